"""On the pages: what stood at a meeting before an agency, or a case, was taken off it."""

from tests.support.hands import consented
from tests.support.people import CHAIR, COORDINATOR, DISABILITY, ELDERLY
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from tests.workflows.test_former_invitation import ANEW, WORDS, answer, prepare, take_off
from workflows.model.mail_reply import MailReply


def test_answers_sheets_and_letters_of_an_agency_that_was_taken_off(hall: TownHall) -> None:
    """Marked as of then, for who runs the meeting; the others see no answers of it."""
    case_id = hall.open_case("A14", "A17", **consented("A13", "A14", "A17"))
    meeting_id = hall.convene(case_id, bases=("multi_layered",), required=("A13", "A14", "A17"))
    hall.swear(meeting_id, ELDERLY, COORDINATOR, CHAIR, DISABILITY)
    for words in (WORDS, ANEW):
        prepare(hall, meeting_id, words)
    answer(hall, meeting_id, "午後は難しいです。")
    with hall.database.open() as unit:
        meeting = unit.meetings.get(meeting_id, change=True)
        assert meeting is not None
        at = hall.desk.now()
        letter = MailReply("m1", at, ELDERLY, "A14", "", "", "", "遅れます。", True, "")
        meeting.mail_replies.append(letter)
        unit.commit()
    take_off(hall, meeting_id)
    app, base = web_app(hall), f"/meetings/{meeting_id}"
    text = Seat(app, COORDINATOR).text(base)
    assert "出席機関から外れる前の回答" in text
    assert "午後は難しいです。" in text
    assert "午後は難しいです。" not in Seat(app, DISABILITY).text(base)
    sheets = Seat(app, COORDINATOR).text(f"{base}/preparation/R8-0001")
    assert "出席機関から外れる前に書いたものです" in sheets
    assert WORDS in sheets
    assert ANEW in sheets
    others = Seat(app, DISABILITY).text(f"{base}/preparation/R8-0001")
    assert ANEW in others
    assert WORDS not in others
    letters = Seat(app, COORDINATOR).text(f"{base}/mail-replies")
    assert "いまは出席機関ではありません" in letters
    assert "遅れます。" in letters


def test_a_case_that_was_taken_off_leads_to_what_was_prepared(hall: TownHall) -> None:
    case_id = hall.open_case("A14", "A17", **consented("A13", "A14", "A17"))
    meeting_id = hall.convene(case_id, bases=("multi_layered",), required=("A13", "A14", "A17"))
    hall.swear(meeting_id, ELDERLY, COORDINATOR, CHAIR)
    prepare(hall, meeting_id, ANEW)
    hall.consent(case_id, consent="withdrawn", consent_scope=[], consent_on="")
    app, base = web_app(hall), f"/meetings/{meeting_id}"
    path = f"{base}/preparation/R8-0001"
    assert f'href="{path}"' in Seat(app, COORDINATOR).text(base)
    text = Seat(app, COORDINATOR).text(path)
    assert "この議題は、この会議から外れました" in text
    assert ANEW in text
    assert "事前準備シートを保存する" not in text
    assert path not in Seat(app, CHAIR).text(base)
    assert Seat(app, ELDERLY).get(path).status_code in (403, 404)
