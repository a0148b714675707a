"""The answer page: an agency answers by a mail's link, without signing in and without content."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from handlers.runtime.answer_tokens import AnswerTokens
from tests.support.hands import PASSED, consented
from tests.support.outside import Begun, Outside, address, begun, first_words, hidden, words
from tests.support.people import COORDINATOR, ELDERLY, MANAGER, OUTSIDER
from tests.support.planted import PLANTED
from tests.support.town import TownHall, TownMould
from tests.support.web import TOWN, Seat, TownSeat, web_app
from workflows.cases.merge_cases import MergeCases
from workflows.cases.take_back import TakeBackReferral
from workflows.meetings.answer import AnswerDates
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.run import AddDates, CloseAnswers, UninviteAgency
from workflows.model.case import ReplyAnswer
from workflows.outside.answer_links import LINK_LIFE, RevokeDatesLinks

COLLEAGUE = "M27"
CHECKED = re.compile(r'name="(slot-\w+)" value="(\w+)" checked')
KNOWN = PLANTED[0]
REQUEST = "架空花子さんの通院に付き添ってください。"


def asked(hall: TownHall) -> Outside:
    """A town in which a meeting is being dated on a case whose person was written down since."""
    case_id = hall.open_case("A14", request=REQUEST, **consented("A14", "A13"))
    meeting_id = hall.convene(case_id, place="架空花子さん宅")
    hall.edit(case_id, **KNOWN.sheet)
    return Outside(hall, web_app(hall, town=True), meeting_id, case_id)


@pytest.fixture(scope="module")
def begun_once(mould: TownMould, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    return begun(mould, tmp_path_factory.mktemp("begun"), asked)


@pytest.fixture
def out(begun_once: Begun, tmp_path: Path) -> Iterator[Outside]:
    found = begun_once.copy(tmp_path)
    yield found
    found.hall.database.close()


@pytest.fixture
def poll(out: Outside) -> str:
    return address(out.hall, poll=out.meeting_id)


@pytest.fixture
def referral(out: Outside) -> str:
    found = out.hall.referral(out.case_id, "A14").id
    return address(out.hall, case=out.case_id, referral=found)


# -- who answers -----------------------------------------------------------------------------------


def test_a_link_lets_in_to_nothing_else(out: Outside, poll: str) -> None:
    """After it was opened and used, every other page still asks to sign in."""
    seat = out.seat()
    seat.get(poll)
    seat.post(poll, {**out.form(poll), **out.dates("oo")})
    for path in (
        "/",
        "/cases",
        f"/meetings/{out.meeting_id}",
        f"/meetings/{out.meeting_id}/answer",
    ):
        assert seat.get(path).status_code == 401


def test_each_link_is_good_for_the_one_thing_that_was_asked(
    out: Outside, poll: str, referral: str
) -> None:
    """Another meeting on the same case has another address, and one answers neither the other nor
    the referral; asked again for the same, it is the same."""
    another = replace(out, meeting_id=out.hall.convene(out.case_id))
    theirs = address(out.hall, poll=another.meeting_id)
    assert len({poll, theirs, referral}) == 3
    assert address(out.hall, poll=out.meeting_id) == poll
    assert address(out.hall, poll=another.meeting_id) == theirs
    out.send(poll, {**out.dates("oo"), **another.dates("oo"), "answer": "accepted"})
    assert (out.answers(), another.answers()) == (["yes", "yes"], ["", ""])
    assert out.hall.referral(out.case_id, "A14").waits
    another.send(theirs, another.dates("xx"))
    assert (out.answers(), another.answers()) == (["yes", "yes"], ["no", "no"])


def test_a_mail_that_goes_out_late_brings_a_link_that_lasts(out: Outside, poll: str) -> None:
    """The same one for the first half of its life; then a fresh one, the old good as well."""
    out.hall.clock.move(days=LINK_LIFE.days // 2 - 1)
    assert address(out.hall, poll=out.meeting_id) == poll
    out.hall.clock.move(days=2)
    fresh = address(out.hall, poll=out.meeting_id)
    assert fresh != poll
    assert out.open(fresh).status_code == out.open(poll).status_code == 200


def test_who_is_signed_in_here_is_not_shown_on_it(out: Outside, poll: str) -> None:
    """The link is its member's; a colleague's session on the same machine makes no difference."""
    seat = TownSeat(out.app)
    seat.sign_in(out.hall, MANAGER)
    text = seat.get(poll).text
    assert "ログアウト" not in text
    assert "ログインしました" not in text  # which waits for that person's next page
    seat.post(poll, {**out.form(poll), **out.dates("oo")})
    given = out.hall.meeting(out.meeting_id).answers["A14"]
    assert {a.by for a in given.values()} == {ELDERLY}


def test_it_works_in_local_mode_as_well(hall: TownHall) -> None:
    meeting_id = hall.convene(hall.open_case("A14"))
    seat = Seat(web_app(hall))
    assert "ご都合をお知らせください" in seat.text(address(hall, poll=meeting_id))


# -- the dates ------------------------------------------------------------------------------------


def test_all_dates_are_asked_with_what_one_must_know(out: Outside, poll: str) -> None:
    """Number, kind, deadline, who asks with a telephone, and how to fill it in."""
    said = words(out.open(poll))
    meeting, case = out.hall.meeting(out.meeting_id), out.hall.case(out.case_id)
    assert case.number in said
    assert "支援会議" in said
    assert "2日すべてに" in said
    assert "11/27（金）午後5時15分まで" in said
    assert "お問い合わせ：" + out.hall.agency_name("A13") in said
    assert "縁側 つむぎ" in said
    assert re.search(r"電話 \d", said)
    for slot in meeting.slots:
        assert out.open(poll).text.count(f'name="slot-{slot.id}"') == 3


def test_after_the_deadline_it_says_that_one_may_still_answer(out: Outside, poll: str) -> None:
    out.hall.clock.move(days=8)
    said = words(out.open(poll))
    assert "を過ぎましたが、まだお答えになれます" in said
    assert "午後5時15分までに" not in said


def test_looking_changes_nothing(out: Outside, poll: str) -> None:
    """A mail scanner opens every link it finds."""
    before = out.hall.meeting(out.meeting_id)
    for path in (poll, poll + "?done=1", poll + "?change=1"):
        assert out.open(path).status_code == 200
        assert out.seat().client.head(path, base_url=TOWN).status_code == 200
    assert out.hall.meeting(out.meeting_id) == before


def test_an_answer_is_saved_and_the_page_says_so_first(out: Outside, poll: str) -> None:
    """With the time, each date, until when and how it can be changed, and what comes next."""
    answer = out.send(poll, out.dates("oa", "午後なら", who="代理の者"))
    assert (answer.status_code, answer.headers["Location"]) == (302, poll + "?done=1")
    assert out.answers() == ["yes", "maybe"]
    text = out.open(poll + "?done=1").text
    said = words(out.open(poll + "?done=1"))
    assert re.search(r"<h1>([^<]*)", text)[1] == "回答を保存しました"  # type: ignore[index]
    for needed in (
        *("11月20日（金）午前10時", "ありがとうございます", "○ 出席", "△ 必要なら", "午後なら"),
        *(
            "出席する方：代理の者",
            "同じリンクから何度でも変えられます",
            "回答期限は",
            "メールでお知らせします",
        ),
    ):
        assert needed in said, needed
    given = next(iter(out.hall.meeting(out.meeting_id).answers["A14"].values()))
    assert (given.by, given.who, given.entered_for) == (ELDERLY, "代理の者", False)


def test_opening_it_again_shows_first_what_is_kept(out: Outside, poll: str) -> None:
    """And 変える leads to the form with the answer in it; the change is what counts."""
    out.send(poll, out.dates("oa", who="架橋"))
    out.hall.clock.move(days=1)
    text = out.open(poll).text
    assert re.search(r"<h1>([^<]*)", text)[1] == "この回答をお預かりしています"  # type: ignore[index]
    assert 'type="radio"' not in text
    change = poll + "?change=1"
    assert f'href="{change}"' in text
    form = out.open(change).text
    assert [v for _, v in CHECKED.findall(form)] == ["yes", "maybe"]
    assert 'value="架橋"' in form
    out.send(poll, out.dates("xx"), page=change)
    assert out.answers() == ["no", "no"]
    assert "× 欠席" in words(out.open(poll))


def test_a_missing_date_is_told_beside_it_and_nothing_typed_is_lost(
    out: Outside, poll: str
) -> None:
    answer = out.send(poll, out.dates("o-", "二週目がよい", who="代理"))
    assert answer.status_code == 422
    assert "1か所を直してください" in words(answer)
    second = out.hall.meeting(out.meeting_id).slots[1].id
    assert f'id="f-slot-{second}-error"' in answer.text
    assert [v for _, v in CHECKED.findall(answer.text)] == ["yes"]
    assert answer.text.count("二週目がよい") == 2
    assert 'value="代理"' in answer.text
    assert out.answers() == ["", ""]
    again = out.seat().post(poll, {**hidden(answer), **out.dates("oo")})
    assert again.status_code == 302


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"who": "あ" * 41}, "f-who-error"),
        ({"who": "123456789012"}, "f-who-error"),
        ({"said_by": "あ" * 41}, "f-said_by-error"),
    ],
)
def test_a_name_is_short_and_no_my_number(
    out: Outside, poll: str, more: dict[str, str], wrong: str
) -> None:
    answer = out.send(poll, out.dates("oo", **more))
    assert answer.status_code == 422
    assert wrong in answer.text
    assert out.answers() == ["", ""]


def test_a_second_click_changes_nothing(out: Outside, poll: str) -> None:
    """The same form once more leads to the page that says it is saved."""
    form = {**out.form(poll), **out.dates("oo")}
    first, second = (out.seat().post(poll, form) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert second.headers["Location"] == poll + "?done=1"
    assert out.answers() == ["yes", "yes"]
    seen = out.form(poll + "?change=1")["seen"]
    spent = {**out.dates("xx"), "once": form["once"], "seen": seen}
    assert out.seat().post(poll, spent).status_code == 302
    assert out.answers() == ["yes", "yes"]


def test_a_second_click_with_a_space_behind_the_words_is_no_other_answer(
    out: Outside, poll: str
) -> None:
    form = {**out.form(poll), **out.dates("oo", "午後なら　")}
    assert [out.seat().post(poll, form).status_code for _ in range(2)] == [302, 302]


def test_nobody_takes_a_form_that_was_not_sent_for_a_saved_one(out: Outside, poll: str) -> None:
    """Beside the button that stays in sight it says so; once saved, title, heading and the first
    words say the other thing."""
    asked = out.open(poll)
    assert first_words(asked) == ("ご都合をお知らせください",) * 2
    end = asked.text.partition('class="form-end stays"')[2]
    assert end.index("まだ保存されていません。") < end.index("回答を保存する")
    wrong = out.send(poll, out.dates("o-"))
    assert first_words(wrong) == ("まだ保存していません",) * 2
    assert "まだ保存されていません。" in words(wrong)
    assert "保存しました" not in words(wrong)
    out.send(poll, out.dates("oo"))
    saved = out.open(poll + "?done=1")
    assert first_words(saved) == ("回答を保存しました",) * 2
    assert "まだ保存" not in words(saved)
    assert "閉じても構いません" in words(saved)
    assert "変更は、まだ保存されていません。" in words(out.open(poll + "?change=1"))


def test_a_colleague_may_answer_by_a_link_that_was_handed_on(out: Outside, poll: str) -> None:
    """It says so, they write their own name, and whoever convened sees it beside the answers."""
    assert "メールを転送して代わりに答えてもらえます" in words(out.open(poll))
    out.send(poll, out.dates("oo", said_by=" 同僚の者 "))
    kept = words(out.open(poll))
    assert "同僚の者さんから、日向坂 ゆるりさんのお名前で受け取りました" in kept
    convener = TownSeat(out.app)
    convener.sign_in(out.hall, COORDINATOR)
    assert "同僚の者さんが回答" in convener.text(f"/meetings/{out.meeting_id}")
    # Opened again the field is empty: it may be somebody else this time.
    assert "同僚の者" not in out.open(poll + "?change=1").text.partition("<form")[2]
    out.hall.clock.move(minutes=5)
    out.send(poll, out.dates("ox"), page=poll + "?change=1")
    assert "同僚の者" not in words(out.open(poll))


def test_an_old_form_is_sent_again_without_typing_again(out: Outside, poll: str) -> None:
    """A form of another link, or none of ours, saves nothing and loses nothing."""
    other = address(out.hall, COLLEAGUE, poll=out.meeting_id)
    for once in ("", "forged", out.form(other)["once"]):
        answer = out.seat().post(poll, {**out.dates("xo", "夕方"), "once": once, "seen": ""})
        assert answer.status_code == 400
        assert "まだ保存していません" in words(answer)
        assert [v for _, v in CHECKED.findall(answer.text)] == ["no", "yes"]
        assert out.answers() == ["", ""]


def test_a_colleagues_answer_is_shown_with_who_gave_it(out: Outside, poll: str) -> None:
    out.hall.answer(out.meeting_id, "A14", by=COLLEAGUE)
    said = words(out.open(poll))
    with out.hall.database.open() as unit:
        colleague = unit.directory.member(COLLEAGUE)
    assert colleague is not None
    assert "この回答をお預かりしています" in said
    assert colleague.name + "さんのお名前で受け取りました" in said


def test_what_was_told_on_the_telephone_is_shown_as_such(out: Outside, poll: str) -> None:
    """Who wrote it down, when, and by which way they heard it; with the delegate they named."""
    answers = {slot.id: "yes" for slot in out.hall.meeting(out.meeting_id).slots}
    ways = {"telephone": "お電話で承り", "fax": "FAXで承り", "": "代わりに承り"}
    for heard_by, so in ways.items():
        heard = AnswerDates(out.meeting_id, "A14", answers, {}, "代理の者", heard_by)
        out.hall.desk.handle(heard, COORDINATOR)
        said = words(out.open(poll))
        assert f"11月20日（金）午前10時に、{so}、縁側 つむぎさんが入力しました" in said
        assert "さんのお名前で" not in said
        assert "出席する方：代理の者" in said
    assert 'value="代理の者"' in out.open(poll + "?change=1").text


def test_of_two_at_once_the_second_sees_the_first_before_writing_over_it(
    out: Outside, poll: str
) -> None:
    """What they typed is kept, and one more press saves it."""
    opened = out.form(poll)
    out.hall.answer(out.meeting_id, "A14", "no", by=COLLEAGUE)
    answer = out.seat().post(poll, {**opened, **out.dates("oo")})
    assert answer.status_code == 409
    assert "先に回答しました" in words(answer)
    assert out.answers() == ["no", "no"]
    assert [v for _, v in CHECKED.findall(answer.text)] == ["yes", "yes"]
    assert out.seat().post(poll, {**hidden(answer), **out.dates("oo")}).status_code == 302
    assert out.answers() == ["yes", "yes"]


def test_a_date_that_was_added_is_asked_for_with_the_others_kept(out: Outside, poll: str) -> None:
    out.send(poll, out.dates("ox"))
    day = out.hall.in_days(25)
    row = {"day": f"{day:%Y-%m-%d}", "starts": "10:00"}
    out.hall.desk.handle(AddDates(out.meeting_id, (row,), ""), COORDINATOR)
    answer = out.open(poll)
    assert "まだ答えていない候補日があります" in words(answer)
    assert [v for _, v in CHECKED.findall(answer.text)] == ["yes", "no"]


# -- when there is nothing to answer --------------------------------------------------------------


def test_closed_fixed_and_cancelled_are_told_with_whom_to_telephone(
    out: Outside, poll: str
) -> None:
    """One sentence each; the date and the place when there is one, and what was kept."""
    hall, agency = out.hall, out.hall.agency_name("A13")
    out.send(poll, out.dates("oo"))
    form = {**out.form(poll + "?change=1"), **out.dates("xx")}
    hall.desk.handle(CloseAnswers(out.meeting_id), COORDINATOR)
    closed = out.open(poll)
    assert closed.status_code == 200
    assert "回答は締め切りました" in words(closed)
    assert "○ 出席" in words(closed)
    assert agency in words(closed)
    late = out.seat().post(poll, form)
    assert late.status_code == 409
    assert "いま送られた内容は、保存していません" in words(late)
    assert out.answers() == ["yes", "yes"]
    hall.fix(out.meeting_id)
    assert "日程が決まりました" in words(out.open(poll))
    assert "12月10日（木）午後2時" in words(out.open(poll))
    hall.desk.handle(CancelMeeting(out.meeting_id, "庁舎の都合のため。"), COORDINATOR)
    over = words(out.open(poll))
    assert "この会議は中止になりました" in over
    assert agency in over
    assert "庁舎の都合" not in over  # what was typed is read after signing in


def test_links_that_lead_nowhere_say_so_politely(out: Outside, poll: str) -> None:
    """Uninvited, revoked, too old and unknown: a sentence each, and who asked where we know it."""
    hall, agency = out.hall, out.hall.agency_name("A13")
    second = address(hall, COORDINATOR, poll=out.meeting_id)
    hall.desk.handle(UninviteAgency(out.meeting_id, "A14"), COORDINATOR)
    gone = out.open(poll)
    assert (gone.status_code, "回答はいりません" in words(gone)) == (410, True)
    assert agency in words(gone)
    assert out.seat().post(poll, {}).status_code == 410
    hall.desk.handle(RevokeDatesLinks(out.meeting_id, "A13"), COORDINATOR)
    revoked = out.open(second)
    assert (revoked.status_code, "使えなくなりました" in words(revoked)) == (410, True)
    assert agency in words(revoked)
    # Whether a new one was sent or none at all: both are true of it.
    assert "あとから新しいメールが届いているときは" in words(revoked)
    assert "ないときは" in words(revoked)
    third = address(hall, COORDINATOR, poll=out.meeting_id)
    hall.clock.move(days=LINK_LIFE.days)
    old = out.open(third)
    assert (old.status_code, "期限が過ぎました" in words(old)) == (410, True)
    assert agency in words(old)
    for path in ("/a/x", "/a/" + "A" * 75, poll[:-2], "/a/" + AnswerTokens(b"other").seal("1")):
        unknown = out.open(path)
        assert (unknown.status_code, "このリンクは使えません" in words(unknown)) == (404, True)
        assert agency not in words(unknown)


def test_whom_the_person_left_out_since_answers_by_no_older_link(
    out: Outside, poll: str, referral: str
) -> None:
    """A14 is not covered any more: neither link takes anything in, nor says whom it was about."""
    reply = {**out.form(referral), "answer": "accepted"}
    out.hall.consent(out.case_id, consent_scope=["A13"])
    for path, form in ((poll, out.form(poll)), (referral, reply)):
        page = out.open(path)
        assert page.status_code == 410, words(page)
        assert out.hall.case(out.case_id).number not in page.text
        assert REQUEST not in page.text
        assert out.seat().post(path, form).status_code == 410
    assert out.hall.referral(out.case_id, "A14").reply is None


def test_who_has_left_answers_no_more(out: Outside, poll: str) -> None:
    form = {**out.form(poll), **out.dates("oo")}
    out.hall.has_left(ELDERLY)
    assert out.open(poll).status_code == 410
    assert out.seat().post(poll, form).status_code == 410
    assert out.answers() == ["", ""]


def test_who_works_for_another_agency_now_answers_by_no_older_link(out: Outside, poll: str) -> None:
    """Neither for the agency they left nor for the one they came to, though it is invited."""
    form = {**out.form(poll), **out.dates("oo")}
    with out.hall.database.open() as unit:
        member = unit.directory.member(ELDERLY)
        assert member is not None
        unit.directory.save_members([replace(member, agency_id="A13")])
        unit.commit()
    assert out.open(poll).status_code == 410
    assert out.seat().post(poll, form).status_code == 410
    assert out.answers("A14") == out.answers("A13") == ["", ""]


# -- a referral -----------------------------------------------------------------------------------


def test_a_referral_is_asked_without_its_words(out: Outside, referral: str) -> None:
    """Number, purpose, urgency, who asks and by when; the words are read after signing in."""
    before = [e.kind for e in out.hall.events(out.case_id) if e.kind.startswith("read.")]
    answer = out.open(referral)
    said, case = words(answer), out.hall.case(out.case_id)
    for needed in (case.number, "引継ぎ", "通常", "返信の期限", "縁側 つむぎ", "電話"):
        assert needed in said, needed
    found = out.hall.referral(out.case_id, "A14")
    assert f'href="/cases/{case.number}/referrals/{found.id}/reply"' in answer.text
    assert answer.text.count('name="answer"') == 4
    assert [e.kind for e in out.hall.events(out.case_id) if e.kind.startswith("read.")] == before


def test_taking_it_is_saved_and_said_first(out: Outside, referral: str) -> None:
    answer = out.send(
        referral, {"answer": "accepted", "lead": "yes", "next_check_on": "2026-12-18"}
    )
    assert answer.headers.get("Location") == referral + "?done=1", words(answer)
    case = out.hall.case(out.case_id)
    reply = out.hall.referral(out.case_id, "A14").reply
    assert reply is not None
    assert (reply.answer, reply.by) == (ReplyAnswer.ACCEPTED, ELDERLY)
    assert case.lead_agency_id == "A14"
    done = out.open(referral + "?done=1")
    assert "返信を保存しました" in words(done)
    assert "受理" in words(done)
    assert "あらためてご連絡します" in words(done)
    again = words(out.open(referral))
    assert "返信は済んでいます" in again


def test_a_helper_by_link_sets_no_check(out: Outside, referral: str) -> None:
    """Without taking the lead the day does not count, here as on the pages."""
    answer = out.send(referral, {"answer": "accepted", "lead": "no", "next_check_on": "2026-12-18"})
    assert answer.headers.get("Location") == referral + "?done=1", words(answer)
    assert out.hall.case(out.case_id).follow_ups == []


def test_passing_on_names_the_next_agency(out: Outside, referral: str) -> None:
    """Without it, or without a reason, both are told beside the fields and nothing is lost."""
    wrong = out.send(referral, {"answer": "passed_on", "reason": "担当の圏域ではありません。"})
    assert wrong.status_code == 422
    assert "担当の圏域ではありません。" in wrong.text
    assert out.hall.referral(out.case_id, "A14").waits
    data = {"answer": "passed_on", "reason": "担当の圏域ではありません。", "next_agency": "A13"}
    answer = out.seat().post(referral, {**hidden(wrong), **data})
    assert answer.status_code == 302, words(answer)
    done = words(out.open(referral + "?done=1"))
    assert out.hall.agency_name("A13") + "に引き継ぎました" in done
    assert "圏域" not in done


def test_by_a_link_no_answer_tells_whom_the_person_named(out: Outside, referral: str) -> None:
    """A13 and A14 were agreed to, others not: the form and what it says are the same for each."""
    page = out.open(referral)
    assert "の範囲外" not in words(page)
    data = {"answer": "passed_on", "reason": "圏域が違います。"}
    said = set()
    out.hall.edit(out.case_id, consent_scope=["A13", "A14", "A17"])
    for to in ("A17", "A19"):
        wrong = out.seat().post(referral, {**hidden(page), **data, "next_agency": to})
        assert wrong.status_code == 422
        errors = re.findall(r"エラー：</span>(.*?)</p>", unescape(wrong.text))
        said.add(tuple(e.replace(out.hall.agency_name(to), "…") for e in errors))
        page = wrong
    assert said == {("「…」に伝える根拠と理由を書いてください。",) * 2}
    asked = {**hidden(page), **data, "next_agency": "A19", **PASSED}
    assert out.seat().post(referral, asked).status_code == 302
    assert out.hall.referral(out.case_id, "A19").basis == PASSED["pass_basis"]


def test_a_reply_is_given_once(out: Outside, referral: str) -> None:
    """A second click, and a colleague who was quicker, are told what stands."""
    form = out.form(referral)
    data = {**form, "answer": "partly", "reason": "訪問だけできます。"}
    assert out.seat().post(referral, data).status_code == 302
    second = out.seat().post(referral, {**data, "answer": "declined"})
    assert second.status_code == 200
    assert "返信は済んでいます" in words(second)
    assert "訪問だけできます。" in words(second), "what was written is there to be copied"
    reply = out.hall.referral(out.case_id, "A14").reply
    assert reply is not None
    assert reply.answer is ReplyAnswer.PARTLY


def test_a_reply_told_on_the_telephone_is_shown_as_such(out: Outside, referral: str) -> None:
    """When, by which way, and who wrote it down; there is nothing left to send."""
    out.hall.enter_reply(out.case_id, by=COORDINATOR)
    answer = out.open(referral)
    said = words(answer)
    assert first_words(answer) == ("返信は済んでいます",) * 2
    assert "11月20日（金）午前10時に、お電話で承りました。" in said
    assert "入力した方 縁側 つむぎ" in said
    assert "<form" not in answer.text


def test_a_link_to_what_is_over_says_how_it_is_and_asks_for_nothing(out: Outside) -> None:
    """Merged into another case, taken back, or answered on the pages and closed."""
    hall = out.hall

    def taken_back(case_id: str) -> None:
        referral_id = hall.referral(case_id, "A14").id
        hall.desk.handle(
            TakeBackReferral(case_id, referral_id, False, "頼む先が変わったため。"), COORDINATOR
        )

    def merged(case_id: str) -> None:
        other = hall.case(hall.open_case("A17")).number
        hall.desk.handle(MergeCases(case_id, other), COORDINATOR)

    def closed(case_id: str) -> None:
        hall.reply(case_id, "A14", by=ELDERLY)
        hall.close(case_id)

    for ends in (merged, taken_back, closed):
        case_id = hall.open_case("A14")
        link = address(hall, case=case_id, referral=hall.referral(case_id, "A14").id)
        assert "<form" in out.open(link).text
        ends(case_id)
        answer = out.open(link)
        assert "<form" not in answer.text
        said = "返信は済んでいます" if ends is closed else "このお願いへの返信はいりません"
        assert first_words(answer) == (said, said)


def test_an_old_reply_form_keeps_what_was_typed(out: Outside, referral: str) -> None:
    answer = out.seat().post(referral, {"answer": "declined", "reason": "人手がありません。"})
    assert answer.status_code == 400
    assert "人手がありません。" in answer.text
    assert out.hall.referral(out.case_id, "A14").waits


def test_a_restricted_case_leads_to_signing_in_alone(out: Outside) -> None:
    """Not its number, nor its purpose, nor who asks; a reply is not taken either."""
    hall = out.hall
    case_id = hall.open_case("A14")
    link = address(hall, case=case_id, referral=hall.referral(case_id, "A14").id)
    hall.edit(case_id, danger="yes")
    answer = out.open(link)
    said = words(answer)
    assert "ログインしてご返信ください" in said
    assert hall.case(case_id).number not in answer.text
    assert hall.agency_name("A13") not in said
    assert "<form" not in answer.text
    out.seat().post(link, {"answer": "accepted"})
    assert hall.referral(case_id, "A14").waits


# -- no content -----------------------------------------------------------------------------------


def test_no_page_says_with_whom_one_agreed_to_share(out: Outside, referral: str) -> None:
    """Which agencies the consent covers is content: it is not marked in the list of who is next."""
    page = words(out.open(referral))
    assert out.hall.agency_name("A19") in page
    assert "同意の範囲" not in page
    assert "（同意" not in page


def test_no_page_says_whom_it_is_about(out: Outside, poll: str, referral: str) -> None:
    """The planted name, in whatever spelling, stands on none of them: not even in the place."""
    hall = out.hall
    pages = [out.open(p).text for p in (poll, referral)]
    out.send(poll, out.dates("oo"))
    out.send(referral, {"answer": "accepted"})
    pages += [out.open(p).text for p in (poll, poll + "?done=1", referral)]
    hall.answer(out.meeting_id, "A13", by=COORDINATOR)
    hall.fix(out.meeting_id)
    pages.append(out.open(poll).text)
    for text in pages:
        for planted in (*KNOWN.sheet.values(), "花子", "カクウ", "通院"):
            assert str(planted) not in text, planted


def test_what_was_done_by_a_link_is_told_so_in_the_trail(out: Outside, poll: str) -> None:
    out.send(poll, out.dates("oo"))
    with out.hall.database.open() as unit:
        rows = [e for e in unit.events.of_meeting(out.meeting_id) if e.kind == "dates_answered"]
    assert [(e.actor_id, e.door) for e in rows] == [(ELDERLY, "link")]


# -- the organiser's side -------------------------------------------------------------------------


def test_the_organiser_sends_a_link_again_or_takes_it_back(hall: TownHall) -> None:
    """On the meeting's page, for each agency."""
    meeting_id = hall.convene(hall.open_case("A14"))
    link = address(hall, poll=meeting_id)
    app = web_app(hall)
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}"
    for label in ("回答の画面を送り直す", "取り消す"):
        assert seat.text(path).count(label) >= 2
    done = seat.send(path + "/links", {"agency": "A14", "do": "again"}, page=path, follow=True)
    assert "新しい回答のリンクをメールで送ります" in done.text
    assert hall.notices(key="answer_link")
    assert Seat(app).get(link).status_code == 410
    link = address(hall, poll=meeting_id)
    done = seat.send(path + "/links", {"agency": "A14", "do": "revoke"}, page=path, follow=True)
    assert "リンクを取り消しました" in done.text
    assert Seat(app).get(link).status_code == 410
    assert "回答の画面を送り直す" not in Seat(app, ELDERLY).text(path)
    assert Seat(app, ELDERLY).send(path + "/links", {"agency": "A14"}).status_code == 403


def test_once_a_date_is_fixed_the_link_is_sent_again_with_it_or_taken_back(hall: TownHall) -> None:
    """By it one says whether one comes: a wrong hand could, until the meeting is over."""
    meeting_id = hall.convene(hall.open_case("A14"))
    hall.fix(meeting_id, reason="急ぐため。")
    link = address(hall, poll=meeting_id)
    app = web_app(hall)
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}"
    assert Seat(app).get(link).status_code == 200
    for label in ("回答の画面を送り直す", "取り消す"):
        assert seat.text(path).count(label) >= 2
    before = len(hall.notices(ELDERLY, "meeting_fixed"))
    seat.send(path + "/links", {"agency": "A14", "do": "again"}, page=path)
    (*_, again) = hall.notices(ELDERLY, "meeting_fixed")
    assert len(hall.notices(ELDERLY, "meeting_fixed")) == before + 1
    assert (again.via, again.facts["invited"]) == ("mail", True)
    assert Seat(app).get(link).status_code == 410
    link = address(hall, poll=meeting_id)
    done = seat.send(path + "/links", {"agency": "A14", "do": "revoke"}, page=path, follow=True)
    assert "リンクを取り消しました" in done.text
    assert Seat(app).get(link).status_code == 410
    hall.clock.move(days=60)
    assert "回答の画面を送り直す" not in seat.text(path)
    assert seat.send(path + "/links", {"agency": "A14", "do": "again"}).status_code == 409


def test_an_agency_without_mail_is_told_to_be_telephoned(hall: TownHall) -> None:
    meeting_id = hall.convene(hall.open_case("A14"))
    with hall.database.open() as unit:
        people = [m for m in unit.directory.members() if m.agency_id == "A14"]
        unit.directory.save_members([replace(m, email="") for m in people])
        unit.commit()
    seat, path = Seat(web_app(hall), COORDINATOR), f"/meetings/{meeting_id}"
    answer = seat.send(path + "/links", {"agency": "A14", "do": "again"}, page=path)
    assert answer.status_code == 409
    assert "お電話で聞いて" in answer.text


def test_who_may_refer_sends_a_link_again_or_takes_it_back(hall: TownHall) -> None:
    """Beside the referral that waits, on the case's page; not once it was replied to."""
    case_id = hall.open_case("A14")
    referral = hall.referral(case_id, "A14").id
    link = address(hall, case=case_id, referral=referral)
    app = web_app(hall)
    seat, page = Seat(app, COORDINATOR), f"/cases/{hall.case(case_id).number}"
    path = f"{page}/referrals/{referral}/links"
    assert "返信の画面を送り直す" in seat.text(page)
    done = seat.send(path, {"do": "again"}, page=page, follow=True)
    assert "新しい返信のリンクをメールで送ります" in done.text
    assert hall.notices(key="reply_link")
    assert Seat(app).get(link).status_code == 410
    link = address(hall, case=case_id, referral=referral)
    done = seat.send(path, {"do": "revoke"}, page=page, follow=True)
    assert "返信のリンクを取り消しました" in done.text
    assert "返信のリンクを送り直しました" in done.text  # the story
    assert Seat(app).get(link).status_code == 410
    assert "返信の画面を送り直す" not in Seat(app, ELDERLY).text(page)
    assert Seat(app, ELDERLY).send(path, {"do": "again"}).status_code == 403
    assert Seat(app, OUTSIDER).send(path, {"do": "again"}).status_code == 404
    hall.reply(case_id, "A14", by=ELDERLY)
    assert "返信の画面を送り直す" not in seat.text(page)
    late = seat.send(path, {"do": "again"}, page=f"{page}/refer")
    assert late.status_code == 409
    assert "返信済みです" in late.text


def test_no_link_is_offered_for_a_restricted_case(hall: TownHall) -> None:
    """A button pressed on an older page says why, and nothing is sent."""
    case_id = hall.open_case("A14", danger="yes")
    referral = hall.referral(case_id, "A14").id
    seat, page = Seat(web_app(hall), COORDINATOR), f"/cases/{hall.case(case_id).number}"
    assert "返信の画面を送り直す" not in seat.text(page)
    path = f"{page}/referrals/{referral}/links"
    done = seat.send(path, {"do": "again"}, page=f"{page}/refer")
    assert done.status_code == 409
    assert "リンクは送れません" in done.text
    assert not hall.notices(key="reply_link")
