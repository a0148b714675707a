"""名簿 and 管理 on the pages: found, kept one by one or as lists; nobody leaves a thing behind."""

import base64
import re
from html import unescape
from io import BytesIO

import pytest
from openpyxl import Workbook
from werkzeug.test import TestResponse

from handlers.words.labels import load_labels
from handlers.words.texts import load_texts
from tests.support.hands import confirm_permission_requests
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from workflows.cases.drafts import SaveDraft
from workflows.core.errors import NotAllowed
from workflows.core.permissions import NEEDS, RULES, Caller, Standing
from workflows.directory.edit_lists import ExportMembers, GetDirectoryStamp, ImportMembers
from workflows.directory.look import GetDirectory, sound_row
from workflows.model.legal_basis import ENTRIES
from workflows.overview.access import HOLDS, permission_table

ADMINISTRATOR, COORDINATOR, CLERK, CHAIR, ELDERLY = "M05", "M21", "M06", "M03", "M26"
LABELS = load_labels()


def seat(hall: TownHall, member_id: str = ADMINISTRATOR) -> Seat:
    return Seat(web_app(hall), member_id)


def typed(person: Seat, path: str) -> dict[str, object]:
    """The fields of the form that posts to `path`, as the browser would send them back."""
    text = person.text(path)
    form = re.search(rf'<form method="post" action="{path}".*?</form>', text, re.DOTALL)
    assert form
    found: dict[str, object] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if given.get("type") in ("checkbox", "radio"):
            if " checked" in tag:
                chosen = found.setdefault(given["name"], [])
                assert isinstance(chosen, list)
                chosen.append(unescape(given["value"]))
        else:
            found[given["name"]] = unescape(given.get("value", ""))
    for name, options in re.findall(
        r'<select[^>]* name="(\w+)".*?>(.*?)</select>', form[0], re.DOTALL
    ):
        value = re.search(r'value="([^"]*)" selected', options)
        found[name] = unescape(value[1]) if value else ""
    return found


def upload(person: Seat, which: str, data: bytes) -> TestResponse:
    tokens = person.tokens("/directory/import")
    fields = {**tokens, "list": which, "file": (BytesIO(data), "名簿.csv")}
    return person.client.post("/directory/import", data=fields)


def workbook(*rows: list[str]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def member_lists(hall: TownHall) -> bytes:
    return hall.desk.ask(ExportMembers(LABELS), Caller.CONSOLE)


# -- looking --------------------------------------------------------------------------------------


def test_agencies_stand_in_the_order_of_the_fifty_sounds(hall: TownHall) -> None:
    """Every agency of today once, row after row; those that have ended are not among them."""
    text = seat(hall, CLERK).text("/directory")
    kana = re.findall(r'<span class="note">([ァ-ヶー・]+)（', text)
    view = hall.desk.ask(GetDirectory(), CLERK)
    assert kana == [a.kana for a in view.agencies]
    assert len(kana) == view.total
    rows = [sound_row(k) for k in kana]
    assert rows == sorted(rows)


@pytest.mark.parametrize(
    ("kana", "row"),
    [("ガッコウ", "カ"), ("パン", "ハ"), ("ヴォ", "ア"), ("ワークス", "ワ"), ("ンゴロ", "ワ")],
)
def test_a_reading_stands_in_its_row(kana: str, row: str) -> None:
    """Voiced and half-voiced sounds stand with the plain ones."""
    assert sound_row(kana) == row


def test_agencies_are_found_by_kana_field_district_and_kind(hall: TownHall) -> None:
    """Hiragana finds katakana; filters narrow together; an agency for the whole town is near."""
    desk = hall.desk
    by_kana = desk.ask(GetDirectory(text="ふくしそうむ"), CLERK).agencies
    assert [a.id for a in by_kana] == ["A01"]
    narrow = desk.ask(GetDirectory(field="elderly", district_id="D01", kind="centre"), CLERK)
    assert narrow.agencies
    for agency in narrow.agencies:
        assert agency.kind == "centre"
        assert "elderly" in agency.fields
        assert agency.districts == () or "ひだまり圏域" in agency.districts
    text = seat(hall, CLERK).text("/directory?q=そんな機関はない")
    assert "当てはまる機関がありません。" in text


def test_a_members_name_is_no_search_word(hall: TownHall) -> None:
    """A name typed into the search would stand in an address: it finds nothing there."""
    assert hall.desk.ask(GetDirectory(text="縁側"), CLERK).agencies == ()


def test_a_colleague_sees_whom_to_turn_to_and_no_private_address(hall: TownHall) -> None:
    """The window is marked; a member's e-mail and the form are for the administrators."""
    clerk, administrator = seat(hall, CLERK), seat(hall)
    for path in ("/directory/agencies/A14", "/directory/members/M26"):
        text = clerk.text(path)
        assert "窓口担当" in text
        assert "m26@example.jp" not in text
        assert "登録の内容を直す" not in text
    assert "m26@example.jp" in administrator.text("/directory/members/M26")


def test_who_has_left_is_found_by_the_administrators_alone(hall: TownHall) -> None:
    """To a colleague, somebody who has left is not there."""
    hall.has_left(ELDERLY)
    assert seat(hall, CLERK).get(f"/directory/members/{ELDERLY}").status_code == 404
    assert "在籍期間の外" in seat(hall).text(f"/directory/members/{ELDERLY}")


# -- who may not ----------------------------------------------------------------------------------


@pytest.mark.parametrize("member_id", [CLERK, COORDINATOR, CHAIR, "M04", "M34"])
def test_only_administrators_keep_the_lists(hall: TownHall, member_id: str) -> None:
    """Clerk, coordinator, chair, manager, commissioner: no form, no list, no change, 403."""
    person = seat(hall, member_id)
    before = member_lists(hall)
    for path in (
        "/directory/agencies/new",
        "/directory/members/new",
        "/directory/import",
        "/directory/export/agencies.csv",
        "/directory/export/members.csv",
        "/admin",
    ):
        assert person.get(path).status_code == 403, path
    for path in (
        "/directory/members/M26",
        "/directory/members/new",
        "/directory/agencies/A14",
        "/admin/deliveries/x/again",
    ):
        assert person.send(path, {"name": "別人", "id": "M99"}).status_code == 403, path
    tokens = person.tokens("/")
    fields = {**tokens, "list": "members", "file": (BytesIO(before), "x.csv")}
    assert person.client.post("/directory/import", data=fields).status_code == 403
    assert member_lists(hall) == before


# -- one by one -----------------------------------------------------------------------------------


def test_a_form_sent_back_unchanged_changes_nothing(hall: TownHall) -> None:
    """Agency and member: what the form shows is what is kept, dates in Japanese included."""
    person, before = seat(hall), member_lists(hall)
    for path in ("/directory/agencies/A13", "/directory/members/M21", "/directory/members/M01"):
        fields = typed(person, path)
        answer = person.post(path, fields, follow=True)
        assert "変わったところはありません。" in answer.text, path
    assert member_lists(hall) == before


def test_an_agency_is_added_and_changed(hall: TownHall) -> None:
    """The next free code is offered; the kana may be hiragana; a full-width number is taken."""
    person = seat(hall)
    fields = typed(person, "/directory/agencies/new")
    assert fields["id"] == "A46"
    fields |= {"name": "新しい支援室", "kana": "あたらしいしえんしつ", "kind": "NPO"}
    fields |= {"fields": ["就労", "住まい"], "phone": "００００-10-9999"}
    assert person.post("/directory/agencies/new", fields).location == "/directory/agencies/A46"
    text = person.text("/directory/agencies/A46")
    for shown in ("アタラシイシエンシツ", "就労、住まい", "0000-10-9999", "窓口担当がいません。"):
        assert shown in text
    changed = typed(person, "/directory/agencies/A46") | {"district_ids": ["ひだまり圏域"]}
    person.post("/directory/agencies/A46", changed)
    assert "ひだまり圏域" in person.text("/directory/agencies/A46").partition("<h2>職員")[0]


def test_wrong_fields_keep_what_was_typed_and_say_what_to_mend(hall: TownHall) -> None:
    """The same checks as a row of the list, beside the field; nothing is saved."""
    person, before = seat(hall), member_lists(hall)
    fields = typed(person, "/directory/members/new")
    fields |= {"name": "<新人>", "kana": "新人", "agency_id": "A01", "email": "あ@", "roles": []}
    answer = person.post("/directory/members/new", fields)
    assert answer.status_code == 422
    assert "2か所を直してください" in answer.text
    assert 'value="&lt;新人&gt;"' in answer.text
    assert "「新人」はかなではありません。" in answer.text
    assert 'id="f-email" name="email" value="あ@"' in answer.text
    assert member_lists(hall) == before


def test_a_code_that_is_taken_is_refused(hall: TownHall) -> None:
    """Adding never writes over somebody, also not in other letters."""
    person, before = seat(hall), member_lists(hall)
    fields = typed(person, "/directory/members/new")
    fields |= {"id": "m26", "name": "別人", "kana": "ベツジン", "agency_id": "A01"}
    answer = person.post("/directory/members/new", fields)
    assert (answer.status_code, "もう使われています" in answer.text) == (422, True)
    assert member_lists(hall) == before


def test_two_administrators_do_not_undo_each_other(hall: TownHall) -> None:
    """The second one is told, keeps what was typed, and may send it again after looking."""
    first, second = seat(hall), seat(hall, "M61")
    path = "/directory/members/M26"
    mine, theirs = typed(first, path), typed(second, path)
    first.post(path, mine | {"email": "first@example.jp"})
    confirm_permission_requests(hall.desk)
    answer = second.post(path, theirs | {"email": "second@example.jp"})
    assert answer.status_code == 409
    assert "ほかの方が先に名簿を変えました。" in answer.text
    assert 'value="second@example.jp"' in answer.text
    assert "first@example.jp" in answer.text


def test_the_last_administrator_cannot_go(hall: TownHall) -> None:
    """Somebody always keeps the list."""
    person = seat(hall)
    path = "/directory/members/M61"
    person.post(path, typed(person, path) | {"roles": []})
    path = "/directory/members/M05"
    answer = person.post(path, typed(person, path) | {"roles": []})
    assert (answer.status_code, "1人もいなくなります" in answer.text) == (422, True)


# -- leaving --------------------------------------------------------------------------------------


def test_an_end_is_taken_once_it_is_known_who_has_what_is_left(hall: TownHall) -> None:
    """What the member holds is listed with the heirs; without a tick the end is not taken."""
    case_id = hall.open_case("A14", by=COORDINATOR)
    hall.convene(case_id, by=COORDINATOR)
    person, path = seat(hall), "/directory/members/M21"
    text = person.text(path)
    assert "招集した会議" in text
    assert "日程の決定" in text
    assert "引き継ぎます" in text
    assert "R8-0001" not in text  # an administrator has no part in the case
    ending = typed(person, path) | {"active_until": "令和8年11月30日"}
    answer = person.post(path, ending)
    assert answer.status_code == 422
    assert "まだ受け持っていることが" in answer.text
    assert 'value="令和8年11月30日"' in answer.text
    again = {**ending, **person.tokens(path), "handover_seen": "1"}
    assert person.post(path, again).status_code == 302
    assert "令和8年11月30日" in person.text(path)


def test_a_chair_who_leaves_leaves_a_record_that_nobody_confirms(hall: TownHall) -> None:
    """What nobody inherits by itself is marked, with what to do."""
    case_id = hall.open_case("A14", by=COORDINATOR)
    hall.convene(case_id, by=COORDINATOR)
    text = seat(hall).text(f"/directory/members/{CHAIR}")
    assert "議長を務める会議" in text
    assert "引き継ぎが必要" in text


def test_a_draft_is_counted_and_not_shown(hall: TownHall) -> None:
    """Nobody inherits a draft: the administrator learns that there is one, and not of what."""
    hall.desk.handle(SaveDraft("sheet", {"name": "架空 太郎"}), COORDINATOR)
    text = seat(hall).text("/directory/members/M21")
    assert "送っていない下書き1件" in text
    assert "架空 太郎" not in text


def test_an_agency_that_ends_says_what_it_answers_for(hall: TownHall) -> None:
    """Open referrals and its people are listed; the end needs the tick."""
    hall.open_case("A14", by=COORDINATOR)
    person, path = seat(hall), "/directory/agencies/A14"
    text = person.text(path)
    assert "つなぎへの返信" in text
    assert "在籍している職員" in text
    answer = person.post(path, typed(person, path) | {"active_until": "R8.12.31"})
    assert answer.status_code == 422
    assert "自動では引き継がれません" in answer.text


# -- lists ----------------------------------------------------------------------------------------


def test_an_upload_is_looked_at_before_it_is_taken(hall: TownHall) -> None:
    """The preview shows old and new and saves nothing; the second step does."""
    person, before = seat(hall), member_lists(hall)
    data = before.replace(b"m26@example.jp", b"new26@example.jp")
    answer = upload(person, "members", data)
    assert answer.status_code == 200
    for shown in ("変更1件", "m26@example.jp", "new26@example.jp", "まだ取り込んでいません"):
        assert shown in answer.text
    assert member_lists(hall) == before
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text)) | {"apply": "1"}
    assert "別の方が承認すると反映されます" in answer.text
    assert person.post("/directory/import", fields).location == "/directory"
    assert member_lists(hall) == before
    assert "別の方が承認すると反映されます" in person.text("/directory")
    confirm_permission_requests(hall.desk)
    assert b"new26@example.jp" in member_lists(hall)


def test_one_bad_row_and_nothing_of_the_file_is_kept(hall: TownHall) -> None:
    """Every bad row is named, and there is no button to take the rest; forging one does nothing."""
    person, before = seat(hall), member_lists(hall)
    data = before + "M90,良 い,ヨイ,A01,,いいえ,,,,\r\nM91,,ワルイ,A99,王様,,,,,\r\n".encode()
    answer = upload(person, "members", data)
    assert answer.status_code == 422
    last = before.count(b"\r\n") + 2
    assert answer.text.count(f"{last}行目") == 3
    assert 'name="apply"' not in answer.text
    forged = {**person.tokens("/directory/import"), "list": "members", "apply": "1"}
    forged["data"] = base64.b64encode(data).decode()
    assert person.post("/directory/import", forged).status_code == 422
    assert member_lists(hall) == before


def test_what_changed_since_the_preview_is_looked_at_again(hall: TownHall) -> None:
    """Somebody else's change in between is not undone unseen."""
    person, before = seat(hall), member_lists(hall)
    answer = upload(person, "members", before.replace(b"m26@", b"new26@"))
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text)) | {"apply": "1"}
    between = before.replace(b"m27@", b"new27@")
    hall.desk.handle(ImportMembers(between, LABELS, save=True), Caller.CONSOLE)
    confirm_permission_requests(hall.desk)
    answer = person.post("/directory/import", fields)
    assert answer.status_code == 409
    assert "new27@example.jp" in answer.text
    assert member_lists(hall) == between


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n\x00\x00", b"a" * (301 * 1024)])
def test_a_file_that_is_no_list_is_refused_in_words(hall: TownHall, data: bytes) -> None:
    """Empty, a picture, too large: 422 and a sentence."""
    answer = upload(seat(hall), "members", data)
    assert (answer.status_code, "取り込めませんでした" in answer.text) == (422, True)


def test_an_export_is_what_the_command_line_gives(hall: TownHall) -> None:
    """The same bytes, as a file to save."""
    answer = seat(hall).get("/directory/export/members.csv")
    assert answer.data == member_lists(hall)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="members.csv"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_stamp_changes_with_either_list(hall: TownHall) -> None:
    """Both lists are what a preview was looked at with."""
    before = hall.desk.ask(GetDirectoryStamp(LABELS), ADMINISTRATOR)
    hall.has_left(ELDERLY)
    assert hall.desk.ask(GetDirectoryStamp(LABELS), ADMINISTRATOR) != before


# -- administration -------------------------------------------------------------------------------


def fail(hall: TownHall, state: str) -> str:
    """Claim one notice and let it end in this state. Answers with its id."""
    with hall.database.open() as unit:
        claimed = unit.outbox.claim(hall.clock.now(), "test")
        assert claimed
        notice, attempt = claimed.notice, claimed.attempt
        kept = unit.outbox.settle(
            notice.id, "test", attempt, state, hall.clock.now(), error="smtp_refused"
        )
        assert kept
        unit.commit()
    return notice.id


@pytest.mark.parametrize("state", ["dead", "unknown"])
def test_a_notice_that_failed_is_sent_again(hall: TownHall, state: str) -> None:
    """It stands on top with its reason; one press and it goes out, once."""
    hall.open_case("A14", by=COORDINATOR)
    notice_id, person = fail(hall, state), seat(hall)
    text = person.text("/admin")
    assert "smtp_refused" in text
    assert load_texts(None).label("delivery_state", state) in text
    path = f"/admin/deliveries/{notice_id}/again"
    fields = person.tokens("/admin")
    assert person.post(path, fields).location == "/admin"
    person.post(path, fields)  # a double click
    ticks_of(hall).tick()
    assert [i.notice.id for m in ("M26", "M27") for i in hall.mail(m)].count(notice_id) == 1
    assert person.send(path, {}, page="/directory/import").status_code == 409
    unknown = person.send("/admin/deliveries/none/again", {}, page="/directory/import")
    assert unknown.status_code == 404


def test_what_is_no_longer_true_is_dropped_when_sent_again(hall: TownHall) -> None:
    """Sending again asks anew whether the receiver may still be told."""
    hall.open_case("A14", by=COORDINATOR)
    notice_id = fail(hall, "dead")
    with hall.database.open() as unit:
        receiver = next(d.member_id for d in unit.outbox.failed() if d.notice_id == notice_id)
    hall.has_left(receiver)
    person = seat(hall)
    person.send(f"/admin/deliveries/{notice_id}/again", {}, page="/admin")
    ticks_of(hall).tick()
    assert "受け取る人が名簿にいなくなった" in person.text("/admin")
    assert hall.mail(receiver) == []


def test_the_administrators_page_shows_no_content(hall: TownHall) -> None:
    """Who and which kind of notice, never what it says and no case number."""
    hall.open_case("A14", by=COORDINATOR)
    ticks_of(hall).tick()
    text = seat(hall).text("/admin")
    assert "つなぎの依頼" in text
    assert "R8-0001" not in text


def test_the_permission_page_is_the_table_itself(hall: TownHall) -> None:
    """Every member sees every rule with its conditions; one's own standings are marked."""
    text = seat(hall, COORDINATOR).text("/permissions")
    texts = load_texts(None)
    lines = [line for group in permission_table().groups for line in group.lines]
    assert {line.action for line in lines} == set(RULES)
    assert text.count("（あなた）") == sum(
        one.standing in {Standing.MEMBER, Standing.COORDINATOR}
        for line in lines
        for one in line.enough
    )
    for line in lines:
        assert f'<th scope="row">{texts.label("action", line.action)}' in text
    for standing in set(NEEDS.values()):
        needed = [1 for line in lines for one in line.enough if one.needs is standing]
        assert text.count(f"（＋{texts.label('condition', standing)}）") == len(needed)
    for basis, entry in ENTRIES.items():
        assert texts.label("legal_basis", basis) in text
        assert texts.label("footing", entry.footing) in text
    for name, facts in HOLDS.items():
        assert texts.say(f"page.permissions.holds.{name}", **facts) in text


def test_a_desk_without_a_caller_answers_nobody(hall: TownHall) -> None:
    """The clock keeps time and nothing else: it gets no list."""
    with pytest.raises(NotAllowed, match="denied"):
        hall.desk.ask(ExportMembers(LABELS), Caller.CLOCK)


def test_a_list_kept_as_a_workbook_is_looked_at_and_taken(hall: TownHall) -> None:
    """With a title above its header, as offices keep it; codes keep their zeros."""
    person = seat(hall)
    head = [*LABELS.agency_columns.values()]
    row = dict.fromkeys(head, "") | {
        **dict(zip(head, ("00120", "新しい課", "アタラシイカ"), strict=False)),
    }
    row |= {LABELS.agency_columns["kind"]: LABELS.kinds["town_hall"][0]}
    row |= {LABELS.agency_columns["fields"]: LABELS.fields["general"][0]}
    data = workbook(["機関の一覧（令和8年4月1日現在）"], [], head, [*row.values()])
    looked = upload(person, "agencies", data)
    assert (looked.status_code, "新しい課" in looked.text) == (200, True), looked.text
    fields = dict(re.findall(r'name="(csrf_token|once|data|stamp)" value="([^"]*)"', looked.text))
    done = person.client.post(
        "/directory/import",
        data={**{k: unescape(v) for k, v in fields.items()}, "list": "agencies", "apply": "1"},
    )
    assert done.status_code == 302, done.text
    assert "00120" in ask_agencies(hall)


def test_a_workbook_that_cannot_be_read_is_one_sentence(hall: TownHall) -> None:
    answer = upload(seat(hall), "members", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert answer.status_code == 422
    assert "古い形のExcelのブック（.xls）" in answer.text


def ask_agencies(hall: TownHall) -> set[str]:
    with hall.database.open() as unit:
        return {agency.id for agency in unit.directory.agencies()}


# -- what may be a mistake ------------------------------------------------------------------------


def test_another_name_is_asked_about_on_the_page(hall: TownHall) -> None:
    """Renamed or mended: the choice stands beside the name, and the page keeps what was typed."""
    person, path = seat(hall), "/directory/members/M26"
    changed = typed(person, path) | {"name": "木本 ゆるり"}
    answer = person.post(path, changed)
    assert answer.status_code == 422
    assert "名前を「日向坂 ゆるり」から変える理由を選んでください。" in answer.text
    assert 'value="木本 ゆるり"' in answer.text
    chosen = {**changed, **person.tokens(path), "name_change": "renamed"}
    assert person.post(path, chosen).location == path
    assert "<h1>木本 ゆるり</h1>" in person.text(path)


def test_a_colleagues_address_is_kept_after_a_tick(hall: TownHall) -> None:
    """Said beside the address before anything is kept."""
    person, path = seat(hall), "/directory/members/M26"
    changed = typed(person, path) | {"email": "m06@example.jp"}
    answer = person.post(path, changed)
    assert answer.status_code == 422
    said = unescape(answer.text)
    assert re.search(
        r"コード「M26」（日向坂 ゆるり）のメールアドレスは、コード「M06」（.+?）と同じ", said
    )
    again = {**changed, **person.tokens(path), "doubts_seen": "1"}
    assert person.post(path, again).location == path


def test_a_list_shows_days_as_every_other_page_does(hall: TownHall) -> None:
    """Of what changes: the day as people write it, not as the file does."""
    person, before = seat(hall), member_lists(hall).decode("utf-8-sig")
    lines = before.splitlines()
    (at,) = [n for n, line in enumerate(lines) if line.startswith("M26,")]
    cells = lines[at].split(",")
    cells[-2] = "2026-04-01"
    lines[at] = ",".join(cells)
    answer = upload(person, "members", "\r\n".join(lines).encode("utf-8-sig"))
    assert "令和8年4月1日（水）" in answer.text
    assert "2026-04-01" not in answer.text


def test_what_a_list_may_have_wrong_is_ticked_before_it_is_taken(hall: TownHall) -> None:
    """Two with one address: first the warning, and without the tick nothing is kept."""
    person, before = seat(hall), member_lists(hall)
    answer = upload(person, "members", before.replace(b"m26@example.jp", b"m06@example.jp"))
    assert "お確かめいただきたいこと（1件）" in answer.text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text)) | {"apply": "1"}
    ticked = fields.pop("doubts_seen")
    refused = person.post("/directory/import", fields)
    assert refused.status_code == 422
    assert "印を付けてから取り込んでください" in refused.text
    assert member_lists(hall) == before
    again = {**fields, **person.tokens("/directory/import"), "doubts_seen": ticked}
    assert person.post("/directory/import", again).location == "/directory"
    confirm_permission_requests(hall.desk)
    assert member_lists(hall) != before


def test_codes_that_lost_their_zeros_get_them_back_by_a_button(hall: TownHall) -> None:
    """Excel made 00123 of a code 123: the preview says so and offers the code that is there."""
    person = seat(hall)
    one = "00123,零野 あたま,ゼロノ アタマ,A14,,いいえ,,zero@example.jp,,\r\n".encode()
    head = member_lists(hall).split(b"\r\n")[0] + b"\r\n"
    first = upload(person, "members", head + one)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', first.text)) | {"apply": "1"}
    person.post("/directory/import", fields)
    lost = one.replace(b"00123", b"123").replace(b"zero@", b"nil@")
    answer = upload(person, "members", head + lost)
    assert "「00123」の先頭の0が消えたもののようです" in answer.text
    assert "先頭の0を補って、もう一度見る" in answer.text
    sent = base64.b64encode(head + lost).decode()
    look = {**person.tokens("/directory/import"), "list": "members", "data": sent, "zeros": "1"}
    mended = person.post("/directory/import", look)
    assert "追加0件、変更1件" in mended.text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', mended.text)) | {"apply": "1"}
    assert person.post("/directory/import", fields).location == "/directory"
    confirm_permission_requests(hall.desk)
    assert b"00123,\xe9\x9b\xb6" in member_lists(hall)
    assert b"nil@example.jp" in member_lists(hall)
