"""出欠 by a mail's link: once the date is fixed, the same address asks whether the agency comes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.outside import (
    Begun,
    Outside,
    address,
    begun,
    dating,
    first_words,
    hidden,
    words,
)
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import TownHall, TownMould
from tests.support.web import TownSeat
from workflows.japanese.dates import show_instant
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.fix_date import CancelMeeting
from workflows.model.meeting import Attendance
from workflows.model.promise import PromiseKind

COLLEAGUE = "M27"
COMES = re.compile(r'name="comes" value="(\w+)" checked')


def fixed(hall: TownHall) -> Outside:
    """A meeting whose date is fixed; the agency had named a delegate with the dates."""
    found = dating(hall)
    link = address(hall, poll=found.meeting_id)
    found.send(link, found.dates("oo", who="架橋"))
    hall.fix(found.meeting_id, reason="急ぐため。")
    return found


@pytest.fixture(scope="module")
def begun_once(mould: TownMould, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    return begun(mould, tmp_path_factory.mktemp("begun"), fixed)


@pytest.fixture
def out(begun_once: Begun, tmp_path: Path) -> Iterator[Outside]:
    found = begun_once.copy(tmp_path)
    yield found
    found.hall.database.close()


@pytest.fixture
def link(out: Outside) -> str:
    """The link of the first mail: the same is good to the end."""
    return address(out.hall, poll=out.meeting_id)


def said(out: Outside) -> Attendance | None:
    invite = out.hall.meeting(out.meeting_id).invite("A14")
    assert invite is not None
    return invite.attendance


def move(out: Outside) -> None:
    out.hall.move(out.meeting_id, 30, "15:00")


def test_the_link_of_the_dates_asks_whether_one_comes(out: Outside, link: str) -> None:
    """The date and the place, two choices, and the delegate who was named already."""
    asked = out.open(link)
    assert first_words(asked) == ("出欠をお知らせください",) * 2
    for needed in ("日程が決まりました", "12月10日（木）午後2時", "第3会議室", "電話"):
        assert needed in words(asked), needed
    assert asked.text.count('name="comes"') == 2
    assert not COMES.search(asked.text)
    assert 'value="架橋"' in asked.text
    assert "まだ保存されていません。" in words(asked)
    owed = out.hall.promises(out.meeting_id, PromiseKind.ATTEND)[0]
    assert f"回答期限は {show_instant(owed.due_at)} です" in words(asked)


@pytest.mark.parametrize(("code", "word"), [("yes", "出席"), ("no", "欠席")])
def test_it_is_saved_and_the_page_says_so_first(
    out: Outside, link: str, code: str, word: str
) -> None:
    """With what was said, by whom and when, and until when it can be changed."""
    typed = {"comes": code, "who": "架橋", "comment": "少し遅れます"}
    answer = out.send(link, typed)
    assert (answer.status_code, answer.headers["Location"]) == (302, link + "?done=1")
    word_kept = said(out)
    assert word_kept is not None
    assert (word_kept.comes, word_kept.by, word_kept.comment) == (
        code == "yes",
        ELDERLY,
        "少し遅れます",
    )
    # Who stays away sends nobody.
    assert word_kept.who == ("架橋" if code == "yes" else "")
    saved = out.open(link + "?done=1")
    assert first_words(saved) == (f"「{word}」と保存しました",) * 2
    for needed in (
        *("11月20日（金）午前10時", "ゆるりさんのお名前", "少し遅れます"),
        *("会議が終わるまで", "閉じても構いません"),
    ):
        assert needed in words(saved), needed
    assert first_words(out.open(link)) == (f"「{word}」とお預かりしています",) * 2


def test_it_is_changed_until_the_meeting_is_over(out: Outside, link: str) -> None:
    out.send(link, {"comes": "yes", "who": "架橋"})
    out.hall.clock.move(days=19)
    change = link + "?change=1"
    assert f'href="{change}"' in out.open(link).text
    form = out.open(change)
    assert COMES.findall(form.text) == ["yes"]
    assert "変更は、まだ保存されていません。" in words(form)
    late = {**hidden(form), "comes": "yes"}
    out.send(link, {"comes": "no"}, page=change)
    assert first_words(out.open(link)) == ("「欠席」とお預かりしています",) * 2
    assert out.hall.notices(COORDINATOR, "will_be_absent")
    out.hall.clock.move(days=2)
    over = out.open(link)
    assert first_words(over) == ("この会議は終わりました",) * 2
    assert "<form" not in over.text
    answer = out.seat().post(link, late)
    assert answer.status_code == 409
    assert "いま送られた内容は、保存していません" in words(answer)
    kept = said(out)
    assert kept is not None
    assert not kept.comes


WRONG: list[tuple[dict[str, str], str]] = [
    ({"who": "架橋"}, "f-comes-error"),
    ({"comes": "perhaps"}, "f-comes-error"),
    ({"comes": "yes", "who": "あ" * 41}, "f-who-error"),
    ({"comes": "yes", "comment": "123456789012"}, "f-comment-error"),
]


def test_what_is_wrong_is_told_beside_it_and_nothing_typed_is_lost(out: Outside, link: str) -> None:
    again: dict[str, str] = {}
    for typed, wrong in WRONG:
        answer = out.send(link, typed)
        assert answer.status_code == 422
        assert f'id="{wrong}"' in answer.text
        assert "1か所を直してください" in words(answer)
        for value in (typed.get("who", ""), typed.get("comment", "")):
            assert f'value="{value}"' in answer.text
        assert said(out) is None
        again = hidden(answer)
    assert out.seat().post(link, {**again, "comes": "yes"}).status_code == 302


def test_a_second_click_changes_nothing(out: Outside, link: str) -> None:
    for typed in ({"comes": "no", "who": "架橋 ", "comment": "公務のため "}, {"comes": "yes"}):
        form = {**out.form(link + "?change=1"), **typed}
        codes = [out.seat().post(link, form).status_code for _ in range(2)]
        assert codes == [302, 302]
    assert len(out.hall.notices(COORDINATOR, "will_be_absent")) == 1


def test_an_old_form_is_sent_again_without_typing_again(out: Outside, link: str) -> None:
    answer = out.seat().post(link, {**out.form(link), "once": "forged", "comes": "yes"})
    assert answer.status_code == 400
    assert "まだ保存していません" in words(answer)
    assert COMES.findall(answer.text) == ["yes"]
    assert said(out) is None


def test_a_colleague_may_answer_by_a_link_that_was_handed_on(out: Outside, link: str) -> None:
    """They write their own name, and whoever convened sees it beside the word."""
    for name in ("", "同僚の者"):  # said once more by somebody else, it is theirs
        out.send(link, {"comes": "yes", "said_by": name}, page=link + "?change=1")
    kept = words(out.open(link))
    assert "同僚の者さんから、日向坂 ゆるりさんのお名前で「出席」と受け取りました" in kept
    convener = TownSeat(out.app)
    convener.sign_in(out.hall, COORDINATOR)
    assert "同僚の者さんが回答" in convener.text(f"/meetings/{out.meeting_id}")


def test_what_was_told_on_the_telephone_is_shown_as_such(out: Outside, link: str) -> None:
    heard = ConfirmAttendance(out.meeting_id, "A14", True, "架橋", "", "telephone")
    out.hall.desk.handle(heard, COORDINATOR)
    kept = words(out.open(link))
    assert "午前10時に、お電話で承り、縁側 つむぎさんが「出席」と入力しました" in kept
    assert "出席する方 架橋" in kept


def test_of_two_at_once_the_second_sees_the_first_before_writing_over_it(
    out: Outside, link: str
) -> None:
    form = {**out.form(link), "comes": "no"}
    out.hall.desk.handle(ConfirmAttendance(out.meeting_id, "A14", True, "同僚の者"), COLLEAGUE)
    answer = out.seat().post(link, form)
    assert answer.status_code == 409
    assert "さんが先に「出席」と入力しました" in words(answer)
    kept = said(out)
    assert kept is not None
    assert kept.comes
    assert COMES.findall(answer.text) == ["no"]
    assert out.seat().post(link, {**hidden(answer), "comes": "no"}).status_code == 302
    assert "欠席" in words(out.open(link))


def test_a_yes_to_the_old_date_is_none_to_the_new_one(out: Outside, link: str) -> None:
    """Moved while the form was open: the new date is shown, and only another press counts."""
    form = {**out.form(link), "comes": "yes", "who": "架橋"}
    move(out)
    answer = out.seat().post(link, form)
    assert answer.status_code == 409
    assert "日時が変わりました。まだ保存していません" in words(answer)
    assert "午後3時" in words(answer)
    assert said(out) is None
    assert COMES.findall(answer.text) == ["yes"]
    assert out.seat().post(link, {**hidden(answer), "comes": "yes"}).status_code == 302
    assert said(out) is not None


def test_after_a_move_it_is_asked_anew(out: Outside, link: str) -> None:
    out.send(link, {"comes": "yes"})
    move(out)
    assert first_words(out.open(link)) == ("出欠をお知らせください",) * 2
    assert first_words(out.open(link + "?done=1")) == ("出欠をお知らせください",) * 2


def test_dates_sent_after_the_fixing_are_no_attendance(hall: TownHall) -> None:
    """They were too late; what is asked now stands below."""
    out = dating(hall)
    link = address(hall, poll=out.meeting_id)
    form = {**out.form(link), **out.dates("oo")}
    hall.fix(out.meeting_id, reason="急ぐため。")
    answer = out.seat().post(link, form)
    assert answer.status_code == 409
    assert "いま送られた内容は、保存していません" in words(answer)
    assert first_words(answer) == ("まだ保存していません",) * 2
    assert answer.text.count('name="comes"') == 2
    assert said(out) is None


def test_of_a_cancelled_meeting_nothing_is_asked(out: Outside, link: str) -> None:
    form = {**out.form(link), "comes": "yes"}
    out.hall.desk.handle(CancelMeeting(out.meeting_id, "庁舎の都合のため。"), COORDINATOR)
    answer = out.seat().post(link, form)
    assert answer.status_code == 409
    assert "この会議は中止になりました" in words(answer)
    assert "いま送られた内容は、保存していません" in words(answer)
    assert "回答も出席もいりません" in words(out.open(link))


def test_looking_changes_nothing(out: Outside, link: str) -> None:
    before = out.hall.meeting(out.meeting_id)
    for path in (link, link + "?done=1", link + "?change=1"):
        assert out.open(path).status_code == 200
    assert out.hall.meeting(out.meeting_id) == before
