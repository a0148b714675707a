"""What stands in LINE WORKS: every message within every limit, also with the longest words."""

from typing import Any

import pytest

from handlers.lineworks import contents
from handlers.lineworks.contents import Button, Column
from handlers.lineworks.door import NOTICES
from tests.lineworks.flex import flex_faults
from tests.lineworks.limits import faults_in, weight
from tests.lineworks.product import LineworksTown, LineworksTownWith
from tests.lineworks.screen import as_text
from tests.support.planted import PLANTED
from tests.support.web import TOWN, TownSeat

LONG = "𠮷野家の漢字" * 800
PRESS = Button(LONG, token="t" * 300)
LINK = Button(LONG, uri="https://example.jp/" + "a" * 900)
COLUMN = Column(LONG, LONG, PRESS)


@pytest.mark.parametrize(
    "content",
    [
        contents.text(LONG, *[PRESS] * 40),
        contents.text("", LINK),
        contents.buttons(LONG, *[PRESS] * 30, LINK),
        contents.buttons(LONG),
        contents.listed(LONG, [COLUMN] * 30),
        contents.carousel([COLUMN] * 30, *[PRESS] * 20),
        contents.flex(LONG, [(LONG, [LONG] * 200)] * 9, LINK, more="続き"),
        contents.flex("", [("", [""])], LINK, more="続き"),
    ],
    ids=["text", "nothing", "buttons", "no button", "list", "carousel", "flex", "empty flex"],
)
def test_the_longest_words_still_make_a_message_that_is_taken(content: dict[str, Any]) -> None:
    assert faults_in(content) == []


def test_a_flex_message_is_as_lines_models_have_it_and_leaves_out_what_has_no_room() -> None:
    content = contents.flex("まとめ", [("待つ人", ["行" * 50] * 400)], LINK, more="続きは画面で")
    assert flex_faults(content["contents"]) == []
    assert 14_000 < weight(content["contents"]) <= contents.FLEX_BYTES
    assert "続きは画面で" in as_text(content)
    assert as_text(content).endswith("…]")  # the link is there all the same


def test_a_letter_of_two_units_is_never_cut_in_half() -> None:
    assert contents.cut("𠮷" * 5, 4) == "𠮷…"
    assert contents.cut("あいう", 3) == "あいう"


def test_what_is_pressed_under_a_message_has_words_to_stand_there() -> None:
    """LINE WORKS refuses a quick reply without displayText, and a postback in a button_template or
    a list_template."""
    quick = contents.text("問い", Button("○", token="t"))["quickReply"]["items"][0]["action"]
    assert quick == {"type": "postback", "label": "○", "data": "t", "displayText": "○"}
    action = contents.buttons("問い", Button("開く", token="t"))["actions"][0]
    assert action == {"type": "message", "label": "開く", "text": "開く", "postback": "t"}
    row = contents.listed("一覧", [Column("題", "文", Button("開く", token="t"))])["elements"][0]
    assert row["action"] == action


def test_a_notice_is_its_card_with_buttons(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    case = town.case(town.open_case("A14"))
    town.tick()
    text = town.person("M26").screen_text()
    assert f"{case.number} つなぎの依頼です" in text
    assert "[返信する]" in text
    assert "回答期限：" in text


def test_no_card_and_no_button_holds_a_word_of_the_sheet(lineworks_town: LineworksTown) -> None:
    """What was typed about somebody is read behind the link alone."""
    town = lineworks_town
    words = {"summary": "台所でひとり泣いていた。", "request": "早めに訪ねてください。"}
    town.open_case("A14", **words)
    town.tick()
    lead = town.person("M26")
    for label in ("返信する", "受理する", "ケースを見る"):
        lead.press(label)
    said = "\n".join(town.lineworks.everything_said().everything())
    assert not [word for word in words.values() if word in said]


def test_what_is_drawn_for_lineworks_alone_is_looked_at_by_the_guard_too(
    lineworks_town: LineworksTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a drawing were to say of somebody is masked before it leaves the house."""
    town = lineworks_town
    known = PLANTED[0]
    case_id = town.open_case("A14", **known.sheet)
    monkeypatch.setitem(
        NOTICES, "referral_asked", lambda drawing: contents.text(f"{known.sheet['name']}さんの件")
    )
    town.tick()
    told = town.person("M26").screen_text("")
    assert town.case(case_id).sheet["name"] == known.sheet["name"]
    assert "■■" in told
    assert known.sheet["name"] not in told


def test_who_asks_how_a_case_stands_has_read_nothing_of_it(lineworks_town: LineworksTown) -> None:
    """Not even behind what is shown: the person may ask one day who has read what."""
    town = lineworks_town
    case_id = town.open_case("A14")
    lead = town.person("M26")
    lead.say(town.case(case_id).number)
    assert "いまの状況" in str(lead.last().content)
    assert [e.kind for e in town.events(case_id) if e.kind.startswith("read.")] == []


def test_the_sheet_opens_by_a_link_that_is_good_once(lineworks_town: LineworksTown) -> None:
    """Signed in as that member, on the page that was wanted; a second time it lets nobody in."""
    town = lineworks_town
    number = town.case(town.open_case("A14")).number
    town.tick()
    lead = town.person("M26")
    lead.press("ケースを見る")
    address = lead.press("画面を開く").removeprefix(TOWN)
    path, _, then = address.partition("?then=")
    first, second = TownSeat(town.app), TownSeat(town.app)
    let_in = first.send(path, {"then": then}, page=address)
    assert let_in.headers["Location"] == f"/cases/{number}"
    assert number in first.text(f"/cases/{number}")
    assert second.get(address).status_code != 200  # it was used


def test_where_single_sign_on_is_all_there_is_the_link_is_the_page(
    lineworks_town_with: LineworksTownWith,
) -> None:
    oidc = {
        "OIDC_ISSUER": "https://id.example.jp",
        "OIDC_CLIENT_ID": "tsunagu",
        "OIDC_CLIENT_SECRET": "secret",
        "OIDC_ONLY": "yes",
    }
    town = lineworks_town_with(**oidc)
    number = town.case(town.open_case("A14")).number
    lead = town.person("M26")
    lead.say(number)
    assert lead.press("画面を開く") == f"{TOWN}/cases/{number}"


def test_whether_a_case_is_still_needed_is_answered_behind_the_cards_link(
    lineworks_town: LineworksTown,
) -> None:
    town = lineworks_town
    case_id = town.open_case("A14")
    town.reply(case_id, "A14", by="M26", lead="yes")
    town.ask_whether_needed(case_id)
    town.tick()
    lead = town.person("M26")
    number = town.case(case_id).number
    assert f"{number} 続ける必要があるかをお答えください" in lead.screen_text()
    lead.press("必要かを答える")
    address = lead.press("画面を開く")
    assert "still-needed" in address
