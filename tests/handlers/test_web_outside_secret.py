"""The address of the answer page is a secret: guessed by nobody, kept nowhere, told to nobody."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.runtime.answer_tokens import AnswerTokens, answer_address
from handlers.settings import load_settings
from tests.support.outside import SECRET, Begun, Outside, address, begun, dating, words
from tests.support.people import COORDINATOR
from tests.support.town import TownMould
from tests.support.web import TOWN, TOWN_SETTINGS, TownSeat
from workflows.meetings.run import UninviteAgency

LEADS = re.compile(r'(?:href|src|action)="([^"]*)"')


@pytest.fixture(scope="module")
def begun_once(mould: TownMould, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    return begun(mould, tmp_path_factory.mktemp("begun"), dating)


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


def token_of(path: str) -> str:
    return path.rpartition("/")[2]


def test_the_address_is_sealed_and_belongs_to_one_key() -> None:
    """It names the link and nothing else; other keys open nothing, and it fits a line of a mail."""
    token = AnswerTokens(SECRET).seal("ab" * 16)
    settings = load_settings(Path("/nowhere"), TOWN_SETTINGS)
    assert answer_address(settings, token) == f"{TOWN}/a/{token}"
    assert AnswerTokens(SECRET).open(token) == "ab" * 16
    assert token == AnswerTokens(SECRET).seal("ab" * 16) != AnswerTokens(b"x").seal("ab" * 16)
    assert re.fullmatch(r"[\w-]{40,100}", token)


def test_no_letter_of_it_can_be_another(out: Outside, poll: str) -> None:
    """Changed anywhere, cut or made longer, it opens nothing, and says nothing of what was near."""
    token, seat = token_of(poll), out.seat()
    near = [
        token[:at] + ("A" if letter != "A" else "B") + token[at + 1 :]
        for at, letter in enumerate(token[:-1])  # the last letter holds bits that mean nothing
    ]
    told = {(seat.get("/a/" + guess).status_code, seat.get("/a/" + guess).text) for guess in near}
    assert len(told) == 1
    ((status, text),) = told
    assert status == 404
    assert "このリンクは使えません" in text
    for guess in (token[:-4], token + "AAAA", token[::-1], "A" * len(token)):
        assert seat.get("/a/" + guess).status_code == 404


def test_who_guesses_is_stopped_and_nobody_else(
    out: Outside, poll: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One address looks and answers only so often, and is told for how long it must wait."""
    seat = out.seat()
    codes = [seat.get(f"/a/{guess}").status_code for guess in range(245)]
    assert set(codes) == {404, 429}
    stopped = seat.get(poll)
    assert stopped.status_code == 429
    assert stopped.headers["Retry-After"]
    assert "rate_limited endpoint=outside.look" in caplog.text
    assert token_of(poll) not in caplog.text
    assert token_of(poll) not in stopped.text
    assert TownSeat(out.app, "203.0.113.9").get(poll).status_code == 200


def test_the_page_needs_no_cookie_and_sets_none(out: Outside, poll: str) -> None:
    for answer in (out.open(poll), out.send(poll, out.dates("ox")), out.open(poll)):
        assert "Set-Cookie" not in answer.headers
    assert "csrf_token" not in out.open(poll).text


def test_no_answer_is_kept_indexed_or_told_elsewhere(
    out: Outside, poll: str, referral: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of every page under the address, the ones that say no included: no copy, no search engine,
    no referrer; and none leads out of the house."""
    client = out.seat().client
    pages = [out.open(path) for path in (poll, poll + "?done=1", referral, "/a/none", poll + "/x")]
    pages += [out.send(poll, out.dates("o-")), out.send(poll, out.dates("oo")), out.open(poll)]
    pages += [client.put(poll, base_url=TOWN), client.head(poll, base_url=TOWN)]
    monkeypatch.setattr(out.hall.desk, "ask", _break)
    pages.append(out.open(poll))
    assert [p.status_code for p in pages] == [200, 200, 200, 404, 404, 422, 302, 200, 405, 200, 500]
    for answer in pages:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        leads = [to for to in LEADS.findall(answer.text) if not to.startswith(("data:", "tel:"))]
        assert all(re.match(r"[/#][^/]|/$", to) for to in leads), leads
        if answer.status_code >= 400 and answer.status_code != 422:
            assert token_of(poll) not in answer.text
    assert '<meta name="referrer" content="no-referrer">' in pages[0].text
    assert '<meta name="robots" content="noindex">' in pages[0].text


def _break(*_: object, **__: object) -> None:
    raise RuntimeError("out of order")


def test_the_address_is_in_no_log(
    out: Outside, poll: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened, answered, refused or broken: who reads the log cannot answer with it."""

    def break_with_it(*_: object, **__: object) -> None:
        raise RuntimeError(poll)

    with caplog.at_level(logging.DEBUG):
        out.open(poll)
        out.send(poll, out.dates("o-"))
        out.send(poll, out.dates("oo"))
        out.seat().client.put(poll, base_url=TOWN)
        out.hall.desk.handle(UninviteAgency(out.meeting_id, "A14"), COORDINATOR)
        assert out.open(poll).status_code == 410
        with monkeypatch.context() as patch:
            patch.setattr(out.hall.desk, "ask", break_with_it)
            broken = TownSeat(out.app, "203.0.113.9").get(poll)
    assert broken.status_code == 500
    assert "page_failed endpoint=outside.look" in caplog.text
    assert token_of(poll) not in caplog.text
    assert token_of(poll) not in broken.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"},
        {"User-Agent": "Mozilla/5.0 (compatible; MailScanner/5.3)"},
    ],
)
def test_whoever_only_looks_changes_nothing(
    out: Outside, poll: str, referral: str, headers: dict[str, str]
) -> None:
    """A scanner or a program that fetches ahead opens every link of a mail, and those it finds."""
    client = out.seat().client
    before = out.hall.meeting(out.meeting_id), out.hall.case(out.case_id)
    written = len(out.hall.events(out.case_id))
    for path in (poll, poll + "?done=1", poll + "?change=1", referral):
        for ask in (client.get, client.head, client.options):
            assert ask(path, base_url=TOWN, headers=headers).status_code == 200
        # Pressed without anything chosen, as a scanner does that tries the buttons as well.
        pressed = client.post(path.partition("?")[0], base_url=TOWN, headers=headers)
        assert pressed.status_code == 400
    assert (out.hall.meeting(out.meeting_id), out.hall.case(out.case_id)) == before
    assert len(out.hall.events(out.case_id)) == written
    assert "保存しました" not in words(out.open(poll))
