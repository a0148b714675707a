"""A referral by telephone or FAX: the sheet on A4, the form of the coordinator, and its marks."""

import re
from dataclasses import replace
from html import unescape

import pytest
from flask import Flask

from handlers.words.pending_reply import referral_to_answer
from tests.support.hands import PASSED
from tests.support.outside import address
from tests.support.people import (
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.support.web import TEXTS, Seat, TownSeat, web_app

PERSON = {"name": "架空 花子", "kana": "カクウ ハナコ", "summary": "近所から心配の声。"}
REQUEST = "週に一度の訪問をお願いします。"
HEARD = {"heard_by": "telephone", "said_by": "葉山 のどか"}
MARK = "電話で聞き取り"


@pytest.fixture
def app(hall: TownHall) -> Flask:
    return web_app(hall)


@pytest.fixture
def case_id(hall: TownHall) -> str:
    return hall.open_case("A14", "A17", request=REQUEST, **PERSON)


def of(hall: TownHall, case_id: str, what: str, agency_id: str = "A14") -> str:
    number = hall.case(case_id).number
    return f"/cases/{number}/referrals/{hall.referral(case_id, agency_id).id}/{what}"


# -- the form --------------------------------------------------------------------------------------


def test_the_form_asks_first_how_it_came_and_who_said_so(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """Then what every reply asks; beside it what was asked for, and for whom one is entering."""
    page = Seat(app, COORDINATOR).text(of(hall, case_id, "entered"))
    names = ["heard_by", "said_by", "answer", "next_agency", "pass_basis", "pass_reason"]
    names += ["lead", "next_check_on"]
    places = [page.index(f'name="{name}"') for name in names]
    assert places == sorted(places)
    for words in ("の代わりに入力しています", REQUEST, "電話で聞いた", "FAXで届いた", "窓口など"):
        assert words in page


def test_what_is_missing_stands_beside_its_field_and_nothing_typed_is_lost(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    path = of(hall, case_id, "entered")
    typed = {"answer": "declined", "reason": "人手がありません。", "said_by": "葉山 のどか"}
    answer = Seat(app, COORDINATOR).send(path, typed, page=path)
    assert answer.status_code == 422
    for field in ("heard_by", "next_agency"):
        assert f'id="f-{field}-error"' in answer.text
    assert "どの方法で聞きましたか" in answer.text
    assert 'value="葉山 のどか"' in answer.text
    assert "人手がありません。" in answer.text
    assert hall.referral(case_id, "A14").waits


def test_it_is_entered_marked_and_told(hall: TownHall, app: Flask, case_id: str) -> None:
    """On the case, its story, its print; the agency's own pages say whose hand it was."""
    path, seat = of(hall, case_id, "entered"), Seat(app, COORDINATOR)
    case = f"/cases/{hall.case(case_id).number}"
    done = seat.send(path, {**HEARD, "answer": "partly", "reason": "訪問だけ。"}, page=path)
    assert done.location == case
    shown = seat.text(case)
    assert "の返信「一部受理」を入力しました。地域包括支援センターひだまりと" in shown
    assert (
        f"{MARK}（葉山 のどかさんのお返事を、縁側 つむぎ（つなぎ野市社会福祉協議会）が入力）"
        in shown
    )
    assert f"の返信「一部受理」を代わりに入力しました（{MARK}）。" in shown
    assert f"{MARK}（葉山 のどかさん" in seat.text(f"{case}/print")
    own = Seat(app, ELDERLY)
    assert f"{MARK}（" in own.text(case)
    assert f"代わりに入力しました（{MARK}、葉山 のどかさん）" in own.text(
        of(hall, case_id, "reply")
    )
    assert "返信は済んでいます" in seat.text(path)
    manager = Seat(app, MANAGER).text(case)
    assert MARK in manager
    assert "葉山" not in manager


def test_who_passed_it_on_by_telephone_is_shown_what_was_entered(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """Though they see the case no more; the next agency reads the way it came."""
    path, seat = of(hall, case_id, "entered"), Seat(app, COORDINATOR)
    typed = {**HEARD, "answer": "passed_on", "reason": "担当外。", "next_agency": "A19"}
    assert seat.send(path, typed, page=path).status_code == 422, "nobody agreed to that agency"
    seat.send(path, {**typed, **PASSED}, page=path)
    assert "に引き継ぎました。" in seat.text(f"/cases/{hall.case(case_id).number}")
    told = Seat(app, ELDERLY).text(of(hall, case_id, "reply"))
    assert f"代わりに入力しました（{MARK}）" in told
    assert "浮舟" not in told
    next_page = Seat(app, "M32").text(of(hall, case_id, "reply", "A19"))
    assert f"、{MARK}）" in next_page


def test_the_page_of_the_link_and_every_chat_say_that_it_is_settled(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """Somebody who opens the mail's link after all is shown what stands, and by whom."""
    hall.enter_reply(case_id, by=COORDINATOR)
    number, item = hall.case(case_id).number, hall.referral(case_id, "A14").id

    class Here:
        def ask(self, query):  # type: ignore[no-untyped-def]
            return hall.desk.ask(query, ELDERLY)

        def say(self, key: str, /, **facts: object) -> str:
            return TEXTS.say(key, **facts)

    said = referral_to_answer(Here(), number, item)
    assert isinstance(said, str)
    assert f"「受理」の返信を代わりに入力しました（{MARK}）" in said
    town = TownSeat(web_app(hall, town=True))
    page = town.get(address(hall, case=case_id, referral=item)).text
    assert "返信は済んでいます" in page
    assert "<dt>入力した方</dt><dd>縁側 つむぎ" in page
    assert "葉山" not in page


def test_the_case_offers_it_for_other_agencies_that_have_not_answered(
    hall: TownHall, app: Flask
) -> None:
    """To coordinators alone; for their own agency they reply."""
    case_id = hall.open_case("A13", "A14", "A17")
    hall.reply(case_id, "A17", by=DISABILITY)
    case = f"/cases/{hall.case(case_id).number}"
    links = re.findall(r'href="([^"]*/(?:entered|fax))"', Seat(app, COORDINATOR).text(case))
    assert links == [of(hall, case_id, "entered"), of(hall, case_id, "fax")]
    for other in (ELDERLY, DISABILITY, MANAGER):
        page = Seat(app, other).text(case)
        assert "/entered" not in page
        assert "/fax" not in page
    own = of(hall, case_id, "entered", "A13")
    refused = Seat(app, COORDINATOR).get(own)
    assert refused.status_code == 409
    assert "返信の画面から返信してください" in refused.text


@pytest.mark.parametrize("what", ["entered", "fax"])
def test_it_is_for_coordinators_and_unknown_to_strangers(
    hall: TownHall, app: Flask, case_id: str, what: str
) -> None:
    path = of(hall, case_id, what)
    expected = {COORDINATOR: 200, OTHER_COORDINATOR: 200, ELDERLY: 403, MANAGER: 403, OUTSIDER: 404}
    assert {who: Seat(app, who).get(path).status_code for who in expected} == expected
    missing = f"/cases/{hall.case(case_id).number}/referrals/{'0' * 32}/{what}"
    assert Seat(app, COORDINATOR).get(missing).status_code == 404


# -- the sheet for the FAX -------------------------------------------------------------------------


def test_the_sheet_says_all_that_an_agency_needs_to_reply(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """To whom and from whom with their numbers, which case, what for, until when, four answers."""
    with hall.database.open() as unit:
        found = [unit.directory.agency(a) for a in ("A14", "A13")]
    page = unescape(Seat(app, COORDINATOR).text(of(hall, case_id, "fax")))
    for agency, times in zip(found, (1, 2), strict=True):
        assert agency is not None
        assert agency.name in page
        assert page.count(agency.fax) == times  # the sender's stands where it goes back to, too
    for words in ("御中", hall.case(case_id).number, "縁側 つむぎ", "11月26日", "まで</strong>に"):
        assert words in page, words
    answers = re.findall(r'<span class="pick">(.*?)</span>', page)
    assert answers == ["受理", "一部受理", "他機関へ", "対応困難", "はい", "いいえ"]


def test_the_sheet_says_nothing_of_the_case(hall: TownHall, app: Flask, case_id: str) -> None:
    """A FAX may come out at a wrong number: no name, no word of the sheet or of the request."""
    page = Seat(app, COORDINATOR).text(of(hall, case_id, "fax"))
    for secret in ("架空", "花子", "カクウ", "近所", "週に一度", "訪問"):
        assert secret not in page
    assert "お電話でお尋ねください" in page


def test_who_asked_is_named_when_another_prints_it(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """The answer goes back to who enters it; what it is about is asked of who asked."""
    page = Seat(app, OTHER_COORDINATOR).text(of(hall, case_id, "fax"))
    assert "担当　繋野 ひかり" in page
    assert "社会福祉協議会　縁側 つむぎ　電話 0000-" in page


def test_nobody_is_asked_for_a_lead_that_there_is(hall: TownHall, app: Flask) -> None:
    case_id = hall.open_case("A14", "A17")
    hall.reply(case_id, "A17", by=DISABILITY, lead="yes")
    assert "主担当機関になる" not in Seat(app, COORDINATOR).text(of(hall, case_id, "fax"))


def test_a_helper_s_reply_by_telephone_sets_no_check(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    path = of(hall, case_id, "entered")
    taken = {"answer": "accepted", "heard_by": "telephone", "said_by": "葉山"}
    taken |= {"lead": "no", "next_check_on": "令和8年12月21日"}
    assert Seat(app, COORDINATOR).send(path, taken, page=path).status_code == 302
    assert hall.case(case_id).follow_ups == []


def test_a_number_that_the_directory_lacks_is_left_to_be_written(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    with hall.database.open() as unit:
        agencies = [unit.directory.agency(a) for a in ("A13", "A14")]
        unit.directory.save_agencies([replace(a, fax="") for a in agencies if a])
        unit.commit()
    page = Seat(app, COORDINATOR).text(of(hall, case_id, "fax"))
    assert page.count('class="blank"') == 3
    assert page.count("FAX番号が名簿にありません") == 2


def test_no_sheet_of_a_restricted_case_or_of_one_that_was_replied_to(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    secret = hall.open_case("A14", hidden_address="yes")
    seat = Seat(app, COORDINATOR)
    refused = seat.get(of(hall, secret, "fax"))
    assert refused.status_code == 409
    assert "FAXでは送れません" in refused.text
    page = seat.text(f"/cases/{hall.case(secret).number}")
    assert "/entered" in page
    assert "/fax" not in page
    hall.reply(case_id, "A14", by=ELDERLY)
    assert seat.get(of(hall, case_id, "fax")).status_code == 409


def test_that_it_was_printed_is_told_once_a_day(hall: TownHall, app: Flask, case_id: str) -> None:
    seat = Seat(app, COORDINATOR)
    for agency_id in ("A14", "A14", "A17"):
        seat.text(of(hall, case_id, "fax", agency_id))
    hall.clock.move(days=1)
    seat.text(of(hall, case_id, "fax"))
    printed = [e.facts["agency"] for e in hall.events(case_id) if "printed" in e.kind]
    assert printed == ["A14", "A17", "A14"]
    assert "FAX用の返信用紙" in seat.text(f"/cases/{hall.case(case_id).number}")
