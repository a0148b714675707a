"""Words and messages: every key used has its text, and no card shows anything about a person."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, TemplateError, UndefinedError

import workflows
from handlers.words import filters
from handlers.words.best_reason import best_reason
from handlers.words.notice_heads import MESSAGES, BadHead, NoticeHead, heads, read_head
from handlers.words.texts import ACTIONS, BODY, FACTS, TITLE, Texts, load_texts
from handlers.words.words import TEMPLATES, BadTemplate
from tests.support.hands import PASSED
from tests.support.largest_notice import largest
from tests.support.people import (
    A_AGENCIES,
    CHAIR,
    COMMISSIONER,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
)
from tests.support.town import TownHall
from workflows.cases.close_case import CloseCase, ReopenCase
from workflows.cases.edit_sheet import CONSENT_FIELDS
from workflows.cases.enter_reply import EnterReply
from workflows.cases.name_members import NameMember
from workflows.cases.open_case import OpenCase
from workflows.cases.plan import SavePlan
from workflows.cases.record_consent import RecordConsent
from workflows.cases.refer import Refer
from workflows.cases.reply import ReplyToReferral, SetLead
from workflows.cases.roles import TickRole
from workflows.cases.set_aside import SetAsideJudgement
from workflows.cases.take_back import TakeBackReferral
from workflows.core.errors import Refused
from workflows.core.permissions import RULES, Action, Standing
from workflows.directory.edit_town import GetTownToEdit, SaveTown
from workflows.followups.answer import AnswerFollowUp
from workflows.forms import Raw
from workflows.japanese.dates import TOKYO, show_date
from workflows.japanese.same_person import MatchKey
from workflows.meetings.answer import AnswerDates
from workflows.meetings.attend import ConfirmAttendance, ConfirmSecrecy
from workflows.meetings.attended import PRESENCES
from workflows.meetings.convene import Convene
from workflows.meetings.fix_date import CancelMeeting, FixDate, MoveMeeting
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.record import ConfirmRecord, SaveRecord, TakeOverWriting
from workflows.meetings.run import AddDates, InviteAgency, RemindUnanswered, UninviteAgency
from workflows.meetings.send_back import SendBackRecord
from workflows.meetings.views import DateView
from workflows.meetings.who_hears import ChooseWhoHears, HearingEdit
from workflows.model.card import Card
from workflows.model.case import Case, CaseState, FollowUpResult, ReplyAnswer, Urgency
from workflows.model.directory import FIELDS, AgencyKind, Role
from workflows.model.legal_basis import LegalBasis
from workflows.model.meeting import HeardBy, Meeting, MeetingState, Symbol
from workflows.model.notice import CHECKPOINT, DEADLINES, Fact, Notice, as_of
from workflows.model.promise import PromiseKind
from workflows.model.trail import GROUPS, Fault
from workflows.promises.ladder import LADDERS, Tell

TEXTS = load_texts(None)
WORKFLOWS = Path(workflows.__file__ or "").parent
SECRETS = (
    "架空見本之助",
    "カクウミホンノスケ",
    "みほん団地",
    "0000-77-1234",
    "夜も眠れない",
    "粉ミルク",
)


# -- finding the keys in the source -------------------------------------------------------------


@cache
def calls() -> tuple[tuple[str, ast.Call], ...]:
    found = []
    for path in sorted(WORKFLOWS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                func = node.func
                name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
                found.append((str(name), node))
    return tuple(found)


def texts_in(node: ast.expr) -> set[str]:
    """Every text an expression may come to: a conditional has two."""
    found = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return {value for value in found if isinstance(value, str) and value}


def notice_keys() -> set[str]:
    told = {"tell", "_tell_all", "tell_agency"}
    found = {k for name, call in calls() if name in told and call.args for k in key_of(call, 0)}
    # What goes to no member is put into the outbox without `tell`.
    outside = {str(CHECKPOINT) for name, call in calls() if name == "Notice" and has_address(call)}
    return found | outside | {rung.message for rungs in LADDERS.values() for rung in rungs}


def has_address(call: ast.Call) -> bool:
    return any('"address"' in ast.unparse(k).replace("'", '"') for k in call.keywords)


def key_of(call: ast.Call, at: int) -> set[str]:
    if len(call.args) <= at or isinstance(call.args[at], ast.Attribute | ast.JoinedStr):
        return set()
    argument = call.args[at]
    return (
        CONSTANTS.get(argument.id, set()) if isinstance(argument, ast.Name) else texts_in(argument)
    )


def constants() -> Iterator[tuple[str, set[str]]]:
    """The texts that stand once in a module of workflows, under the name they have there."""
    for path in sorted(WORKFLOWS.rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                    yield name, {text}
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str(text))):
                    yield name, {text}
                case _:
                    pass


CONSTANTS = dict(constants())


def refusal_keys() -> set[str]:
    errors = {"Refused", "NotAllowed", "NotFound", "Conflict", "AlreadyDone", "_Wrong", "NotADate"}
    found: set[str] = {"form.invalid"}
    for name, call in calls():
        if name in errors:
            found |= key_of(call, 0)
        if name in ("one_error", "FieldError"):
            found |= key_of(call, 1)
    return {k for k in found if "." in k or k == "already_done"}


def event_kinds() -> set[str]:
    found = {k for name, call in calls() if name == "record" for k in key_of(call, 0)}
    found |= {f"read.{action}" for action, rule in RULES.items() if rule.content}
    return found | {f"reminded_{kind}" for kind, rungs in LADDERS.items() if rungs}


def test_every_notice_that_a_workflow_sends_has_a_message_and_a_short_name() -> None:
    """No key of a notice is without its template, and no template is without its notice."""
    keys = notice_keys()
    assert {"referral_asked", "meeting_fixed", "weekly_digest", "passed_round"} <= keys
    assert heads().keys() == keys
    assert TEXTS.label("message", "lead_given") == heads()["lead_given"].name


def test_every_refusal_has_its_sentence() -> None:
    """Whatever a workflow refuses, the reader is told so in words."""
    keys = refusal_keys()
    assert {"meeting.needs_consent", "fix.clash", "reply.already", "date.unreadable"} <= keys
    assert sorted(k for k in keys if not TEXTS.has(k)) == []


def test_every_permission_gives_its_reason_in_words() -> None:
    """Allowed or denied, the table's reason is a sentence."""
    reasons = {f"why.{s}" for s in Standing} | {f"denied.{a}" for a in Action}
    reasons |= {"denied.restricted", "denied.confirm_secrecy_first", "denied.not_covered"}
    assert sorted(k for k in reasons if not TEXTS.has(k)) == []


def test_every_event_has_its_sentence_in_the_story() -> None:
    """What is written into the story can be read in it, looks and reminders too."""
    kinds = event_kinds()
    assert {"case_opened", "read.read_case", "reminded_reply", "passed_on"} <= kinds
    assert sorted(k for k in kinds if not TEXTS.has(f"story.{k}")) == []


def test_every_promise_has_a_to_do_line_and_a_short_button() -> None:
    """An inbox and a desk can name every promise; a button has at most 12 characters."""
    for kind in PromiseKind:
        assert TEXTS.say(f"promise.{kind}").endswith("。")
        assert len(TEXTS.say(f"promise_button.{kind}")) <= 12


CODES: dict[str, list[str]] = {
    "case_state": list(CaseState),
    "urgency": list(Urgency),
    "reply_answer": list(ReplyAnswer),
    "heard_by": list(HeardBy),
    "heard_mark": list(HeardBy),
    "purpose": ["inform", "accompany", "handover", "meeting"],
    "follow_up_result": list(FollowUpResult),
    "meeting_state": list(MeetingState),
    "symbol": [*Symbol, "none"],
    "symbol_mark": [*Symbol, "none"],
    "legal_basis": list(LegalBasis),
    "meeting_kind": ["case", "regular", "plenary"],
    "presence": list(PRESENCES),
    "closure_kind": ["closed", "suspended", "watching"],
    "consent": ["written", "oral", "no", "not_asked", "withdrawn"],
    "consent_chat": ["written", "oral", "no", "not_asked", "withdrawn"],
    "role": list(Role),
    "agency_kind": list(AgencyKind),
    "field": list(FIELDS),
    "route": ["visit_desk", "phone", "other"],
    "standing": list(Standing),
    "action": list(Action),
    "promise_kind": list(PromiseKind),
    "delivery_state": ["waiting", "sending", "sent", "dropped", "dead", "unknown"],
    "relation": ["writer", "lead", "accepted", "referred", "role"],
    "rung": list(Tell),
    "fault": list(Fault),
    "trail_group": list(GROUPS),
    "origin": ["reply", "meeting", "plan", "answer", "reopen"],
    "reassessed": ["meeting", "review", "improved", "closed"],
    "match_key": list(MatchKey.__annotations__["kind"].__args__),
}


@pytest.mark.parametrize("group", CODES)
def test_every_code_has_its_label(group: str) -> None:
    """No page ever has to show a code."""
    assert [c for c in CODES[group] if not TEXTS.has(f"label.{group}.{c}")] == []
    assert all(TEXTS.label(group, str(code)) for code in CODES[group])


def test_every_sentence_is_a_sound_template() -> None:
    """A slip in a word shows here, not in front of a reader."""
    environment = Environment(autoescape=True)
    TEXTS.register(environment)
    folder = Path(__file__).parents[2] / "templates" / "words"
    for path in folder.glob("*.yaml"):
        environment.parse(path.read_text("utf-8"))


def test_every_sentence_that_a_door_says_is_there() -> None:
    """Also those that are said on a rare day; keys put together from parts are left out."""
    literal = re.compile(r'\bsay\(\s*"([a-z_]+(?:\.[a-z0-9_]+)+)"')
    folder = Path(__file__).parents[2] / "handlers"
    said = {
        key for path in folder.rglob("*.py") for key in literal.findall(path.read_text("utf-8"))
    }
    assert len(said) > 300
    assert sorted(key for key in said if not TEXTS.has(key)) == []


# -- saying -------------------------------------------------------------------------------------


def test_a_sentence_with_a_missing_fact_or_an_unknown_key_is_refused() -> None:
    """Nothing is said with a hole in it."""
    with pytest.raises(UndefinedError):
        TEXTS.say("form.too_long", max=3)
    with pytest.raises(KeyError):
        TEXTS.say("no.such.key")
    with pytest.raises(KeyError):
        TEXTS.card(Notice("1", "no_such_message", "M01", "x"))


def test_dates_are_shown_in_the_era_with_the_weekday() -> None:
    """Filters give what the field expects, from ISO texts, dates and instants alike."""
    environment = Environment(autoescape=True)
    TEXTS.register(environment)

    def shown(expression: str, **facts: object) -> str:
        return environment.from_string("{{ " + expression + " }}").render(facts)

    at = "2026-12-03T05:00:00+00:00"
    assert shown("x | moment", x=at) == "令和8年12月3日（木）午後2時"
    assert shown("x | moment", x="2026-12-03") == "令和8年12月3日（木）"
    assert shown("x | day", x=datetime(2026, 12, 2, 16, tzinfo=UTC)) == "令和8年12月3日（木）"
    assert shown("x | short", x=at) == "12/3（木）"
    assert shown("x | time", x=at) == "午後2時"
    assert shown("x | day", x="") == ""
    assert shown("x | label('urgency')", x="urgent") == "至急"
    assert shown("x | join_agencies", x=["甲", "乙", "丙"]) == "甲、乙、丙"
    assert shown("x | join_agencies(2)", x=["甲", "乙", "丙", "丁"]) == "甲、乙ほか2機関"
    assert shown("x | cut(4)", x="あいうえお") == "あいう…"


def test_a_town_rewords_sentences_messages_and_choices_in_its_own_folder(tmp_path: Path) -> None:
    """What the town wrote is said; everything else is said as before."""
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "own.yaml").write_text("case.closed: 終わったケースです。", "utf-8")
    messages = tmp_path / "messages" / "ja"
    messages.mkdir(parents=True)
    (messages / "role_done.j2").write_text(
        "{% block title %}済みました{% endblock %}{% block body %}{{ agency }}{% endblock %}"
        "{% block facts %}{% endblock %}{% block actions %}{% endblock %}",
        "utf-8",
    )
    (tmp_path / "forms.yaml").write_text(
        "meeting: {fields: {kind: {choices: {add: [{value: x_circle, label: '地域の{{輪}}'}]}}}}",
        "utf-8",
    )
    texts = Texts(tmp_path)
    assert texts.say("case.closed", number="R8-0001") == "終わったケースです。"
    notice = Notice("1", "role_done", "M01", "x", {"number": "R8-0001", "agency": "甲"})
    assert texts.card(notice) == Card("済みました", "甲")
    assert texts.label("meeting_kind", "x_circle") == "地域の{{輪}}"
    assert texts.say("already_done") == TEXTS.say("already_done")


def test_a_town_that_rewords_an_unknown_sentence_is_told_so_at_the_start(tmp_path: Path) -> None:
    """A misspelt key would never be said: it is refused, by its name."""
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "own.yaml").write_text("case.clsoed: 終わりました。", "utf-8")
    with pytest.raises(BadTemplate, match=r"case\.clsoed"):
        Texts(tmp_path)


def test_an_unanswered_referral_is_said_in_one_way_by_page_paper_and_chat() -> None:
    """What waits, until when, or why nobody waits any more; as a label it says no day."""
    say = partial(TEXTS.say, "referral.unanswered")
    assert say(stopped="", until="12/1（火）") == "返信待ち（12/1（火）まで）"
    assert say(stopped="", until="") == "返信待ち"
    assert say(stopped="taken_back", until="12/1（火）") == "取り下げ"
    files = [p for p in TEMPLATES.rglob("*.*") if p.suffix != ".j2"]
    saying = {p.name for p in files if "referral.unanswered" in p.read_text("utf-8")}
    assert saying == {
        "page_case.yaml", "case.html", "_case.html", "slack_sheet.yaml", "slack_desk.yaml"
    }  # fmt: skip
    again = re.compile("返信待ち(（|'|\")")
    assert {p.name for p in files if again.search(p.read_text("utf-8"))} == set()


def test_a_town_rewords_a_message_and_does_not_change_by_which_ways_it_goes(tmp_path: Path) -> None:
    """Our head may stay in its copy of a message; another one would be read by nobody."""
    own = tmp_path / MESSAGES / "role_done.j2"
    own.parent.mkdir(parents=True)
    ours = (TEMPLATES / MESSAGES / "role_done.j2").read_text("utf-8")
    own.write_text(ours, "utf-8")
    Texts(tmp_path)
    own.write_text(ours.replace("\n#}", "\nmail: yes\n#}", 1), "utf-8")
    with pytest.raises(BadTemplate, match=r"role_done\.j2"):
        Texts(tmp_path)


def test_what_a_town_reworded_and_nobody_could_be_told_is_refused_at_the_start(
    tmp_path: Path,
) -> None:
    """A message of no UTF-8, with a slip in it or without its facts; a sentence with a slip."""
    ours = (TEMPLATES / MESSAGES / "role_done.j2").read_text("utf-8")
    message, words = tmp_path / MESSAGES / "role_done.j2", tmp_path / "words" / "own.yaml"
    for folder in (message.parent, words.parent):
        folder.mkdir(parents=True)
    for wrong in (
        ours.encode("cp932", "replace"),
        f"{ours}{{% if %}}".encode(),
        ours.replace("{% block facts %}", "{% block fact %}").encode(),
        ours.replace("{{ agency }}", "{{ agency | shout }}").encode(),
    ):
        message.write_bytes(wrong)
        with pytest.raises(TemplateError, match=r"role_done\.j2"):
            Texts(tmp_path)
    message.unlink()
    for wrong_words in ("{{ place", "{{ place | dya }}"):
        words.write_text(f"cli: {{trouble: {{disk_full: '{wrong_words}'}}}}", "utf-8")
        with pytest.raises(BadTemplate, match=r"disk_full"):
            Texts(tmp_path)
    words.write_text("cli: {trouble: {disk_full: '{{ place }} は満杯です。'}}", "utf-8")
    assert Texts(tmp_path).say("cli.trouble.disk_full", place="D") == "D は満杯です。"


def test_a_head_says_what_is_known_and_nothing_twice() -> None:
    """Whoever misspells a key or a value of a head is told so at the start, with the file."""
    good = "{#\nto: 招集者へ。\nname: 中止\nmail: yes\ndone_by: lead, meeting\n#}\n"
    head = read_head(good, "x.j2")
    assert head == NoticeHead(
        "招集者へ。", "中止", mail=True, done_by=frozenset({"lead", "meeting"})
    )
    assert read_head("{# 招集者へ。 #}\n{% block title %}{% endblock %}", "x.j2") is None
    for wrong in (
        "mial: yes", "mail: no", "calendar: there", "card: cases", "done_by: lead, leads",
        "subject_day: tomorrow", "name: また", "card",
    ):  # fmt: skip
        with pytest.raises(BadHead, match=r"x\.j2"):
            read_head(good.replace("#}", f"{wrong}\n#}}"), "x.j2")
    with pytest.raises(BadHead, match=r"x\.j2"):
        read_head(good.replace("name: 中止\n", ""), "x.j2")


def test_a_towns_own_message_is_made_to_fit_a_card(tmp_path: Path) -> None:
    """A town may say too much; the card stays a card."""
    messages = tmp_path / "messages" / "ja"
    messages.mkdir(parents=True)
    (messages / "role_done.j2").write_text(
        "{% block title %}" + "長" * 60 + "{% endblock %}{% block body %}" + "長" * 200
        + "{% endblock %}{% block facts %}" + "見出し: 値\n" * 9 + "{% endblock %}"
        "{% block actions %}" + "開く | open_case\n" * 9 + "{% endblock %}",
        "utf-8",
    )  # fmt: skip
    card = Texts(tmp_path).card(Notice("1", "role_done", "M01", "x", {"number": "R8-0001"}))
    assert (len(card.title), len(card.body)) == (TITLE, BODY)
    assert (len(card.facts), len(card.actions)) == (FACTS, ACTIONS)


# -- cards --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(notice_keys()))
def test_a_card_keeps_its_limits_when_everything_is_as_long_as_can_be(key: str) -> None:
    """Title 40, body 120, five facts, three buttons of 20: before anything is cut off."""
    for notice in largest(key):
        card = TEXTS.drawn(notice)
        assert 0 < len(card.title) <= TITLE
        assert 0 < len(card.body) <= BODY
        assert card.body.endswith("。")
        assert len(card.facts) <= FACTS
        assert all(heading and value for heading, value in card.facts)
        assert len(card.actions) <= ACTIONS
        assert [a.primary for a in card.actions] == [n == 0 for n in range(len(card.actions))]
        said = TEXTS.card(notice)
        assert card == replace(said, body=card.body)
        for_whom = TEXTS.say("absence.card", name="名" * 80, body="")
        assert said.body == for_whom + card.body
        assert len(for_whom) <= 21


def test_a_button_carries_the_number_of_its_case_or_the_id_of_its_meeting() -> None:
    """The first button is the next step, and knows its item from the promise or the rung."""
    facts: dict[str, Fact] = {
        "number": "R8-0001",
        "agency": "甲",
        "from_agency": "乙",
        "purpose": "inform",
        "urgency": "normal",
        "reply_by": "2026-11-26T17:15:00+09:00",
        "passed": False,
    }
    asked = Notice("1", "referral_asked", "M26", "x", facts, promise="reply:c1:r1")
    first = TEXTS.card(asked).actions[0]
    assert (first.verb, first.subject, first.item) == ("reply", "R8-0001", "r1")
    answer: dict[str, Fact] = {"kind": "case", "answer_by": "2026-11-27T17:15:00+09:00"}
    again = Notice("2", "dates_asked_again", "M26", "x", answer, meeting_id="m1")
    assert [(a.verb, a.subject) for a in TEXTS.card(again).actions] == [
        ("answer_dates", "m1"),
        ("open_meeting", "m1"),
    ]


def test_typed_text_in_a_fact_makes_no_line_and_no_button_of_its_own() -> None:
    """A place with line breaks stays one fact."""
    notice = next(iter(largest("meeting_fixed")))
    place = "市役所\n場所: にせ\n押す | open_meeting"
    card = TEXTS.card(replace(notice, facts={**notice.facts, "place": place, "online": False}))
    assert len(card.actions) == 3
    assert ("場所", "市役所 場所: にせ 押す | open_meeting") in card.facts


def test_a_passer_by_does_not_learn_why_a_case_is_watched_closely() -> None:
    """A restricted case and a worse state are named by neither title nor body."""
    for key in ("member_named", "follow_up_worse", "reassess"):
        for notice in largest(key):
            card = TEXTS.card(notice)
            assert not re.search("限られ|悪|DV|虐待|秘匿", card.title + card.body)


def test_the_best_date_says_why() -> None:
    """必須6機関すべてが出席できます: the ranking in a sentence, with names where they matter."""
    at = datetime(2026, 12, 3, 14, tzinfo=TOKYO)
    all_yes = DateView(
        "s", at, at + timedelta(hours=1), 6, 6, (), (), (), 1, 1, (), (), past=False, left=9
    )
    assert best_reason(TEXTS, all_yes) == (
        "必須6機関すべてが出席できます。任意1機関は、すべて出席できます。"
    )
    mixed = replace(
        all_yes,
        required_yes=3,
        required_maybe=("甲",),
        required_no=("乙",),
        required_unanswered=("丙",),
        optional=2,
        optional_yes=0,
        optional_no=("丁",),
        optional_unanswered=1,
    )
    assert best_reason(TEXTS, mixed) == (
        "必須6機関のうち3機関が出席できます。必須の乙が出席できません（×）。丙は未回答です。"
        "甲は、必要なら出席できます（△）。任意2機関のうち0機関が出席できます（丁は×、未回答1）。"
    )
    refused = replace(mixed, optional=1, optional_unanswered=0)
    assert best_reason(TEXTS, refused).endswith("任意1機関は、出席できません（×）。")
    silent = replace(mixed, optional_no=(), optional_unanswered=2)
    assert best_reason(TEXTS, silent).endswith("任意2機関は、未回答です。")
    maybe = replace(mixed, optional=4, optional_yes=1)
    assert best_reason(TEXTS, maybe).endswith(
        "任意4機関のうち1機関が出席できます（必要なら1（△）、丁は×、未回答1）。"
    )


# -- the real desk ------------------------------------------------------------------------------

SHEET: dict[str, Any] = {
    "received_at": "令和8年11月20日 9:30",
    "route": "phone",
    "matters": ["care", "income"],
    "summary": "夜も眠れないとのこと。",
    "urgency": "normal",
    "danger": "no",
    "hidden_address": "no",
    "district": "D01",
    "consent": "written",
    "consent_on": "令和8年11月20日",
    "consent_scope": list(A_AGENCIES.values()),
    "name": "架空見本之助",
    "kana": "カクウミホンノスケ",
    "birth_date": "昭和25年4月1日",
    "address": "つなぎ野市みほん団地3-2-1",
    "phone": "0000-77-1234",
}
ADMINISTRATOR = "M05"
CLOSED_AGENCY = "A44"  # nobody answers there any more
REQUEST = "粉ミルクを届けてください。"


def referral(agency: str) -> dict[str, str]:
    return {"agency": agency, "purpose": "accompany", "request": REQUEST}


@pytest.fixture
def told(hall: TownHall) -> list[Notice]:  # noqa: PLR0915 - one year, told in its order
    """What the main flows of a year tell, from the sheet to the weekly digest."""
    desk, clock = hall.desk, hall.clock

    def case(case_id: str) -> Case:
        with hall.database.open() as unit:
            found = unit.cases.get(case_id)
        assert found is not None
        return found

    def meeting(meeting_id: str) -> Meeting:
        with hall.database.open() as unit:
            found = unit.meetings.get(meeting_id)
        assert found is not None
        return found

    def convene(number: str, *, bases: str = "act_106_6", day: str = "令和8年12月17日") -> str:
        raw = {
            "kind": "case",
            "bases": [bases],
            "basis_reason": "命に関わるため。",
            "required_agencies": ["A13", "A14", "A17"],
            "optional_agencies": ["A19"],
            "chair": CHAIR,
            "minutes": "60",
            "place": "市役所3階 会議室",
        }
        slots = ({"day": day, "starts": "14:00"}, {"day": day, "starts": "16:00"})
        command = Convene(raw, (number,), slots, "令和8年11月30日")
        return desk.handle(command, COORDINATOR)

    def days(count: int) -> None:
        for _ in range(count):
            clock.move(days=1)
            hall.keep_promises()

    asked = tuple(referral(a) for a in ("A14", "A17", "A19"))
    first = desk.handle(OpenCase(SHEET, asked), COORDINATOR)
    second = desk.handle(OpenCase(SHEET, (referral("A20"),)), COORDINATOR)
    number = case(first).number
    one, two, three = (r.id for r in case(first).referrals)
    accept = {"answer": "accepted", "lead": "no", "reason": "訪問します。"}
    desk.handle(ReplyToReferral(first, one, accept), ELDERLY)
    pass_on = {"answer": "passed_on", "reason": "担当外のため。", "next_agency": "A20", **PASSED}
    desk.handle(ReplyToReferral(first, two, pass_on), DISABILITY)
    passed = case(first).referrals[-1].id
    round_again = {
        "answer": "declined",
        "reason": "人手がないため。",
        "next_agency": "A21",
        **PASSED,
    }
    desk.handle(ReplyToReferral(first, passed, round_again), FARMING)
    partly = {"answer": "partly", "reason": "家計の相談だけ。"}
    desk.handle(EnterReply(first, three, partly, "telephone", "葉山 のどか"), COORDINATOR)
    days(10)
    desk.handle(SetLead(first, "A14", "令和9年2月1日"), COORDINATOR)
    desk.handle(Refer(first, (referral("A17"),), "act_106_6", "必要なため。"), COORDINATOR)
    clock.set(datetime(2026, 11, 24, 10, 0, tzinfo=TOKYO))

    held = convene(number)
    town = desk.ask(GetTownToEdit(), ADMINISTRATOR)
    closed = (meeting(held).slots[0].starts_at.date().isoformat(),)
    districts = tuple((d.id, d.name, d.kana) for d in town.town.districts)
    same = (town.town.name, town.town.kana, districts)
    desk.handle(SaveTown(*same, closed, town.stamp), ADMINISTRATOR)
    town = desk.ask(GetTownToEdit(), ADMINISTRATOR)
    desk.handle(SaveTown(*same, (), town.stamp), ADMINISTRATOR)
    desk.handle(RemindUnanswered(held), COORDINATOR)
    desk.handle(InviteAgency(held, "A20", False), COORDINATOR)
    desk.handle(UninviteAgency(held, "A20"), COORDINATOR)
    desk.handle(InviteAgency(held, CLOSED_AGENCY, False), COORDINATOR)
    desk.handle(UninviteAgency(held, CLOSED_AGENCY), COORDINATOR)
    new = ({"day": "令和8年12月18日", "starts": "10:00"},)
    desk.handle(AddDates(held, new, "令和8年12月2日"), COORDINATOR)
    days(12)
    slots = meeting(held).slots
    for member, agency in ((COORDINATOR, "A13"), (ELDERLY, "A14"), (DISABILITY, "A17"),
                           (LIVELIHOOD, "A19")):  # fmt: skip
        answers = {s.id: "yes" for s in slots}
        desk.handle(AnswerDates(held, agency, answers, {}), member)
    desk.handle(PutOnAgenda(held, (case(second).number,), "世帯が同じため。"), COORDINATOR)
    for change in ({"add": ("A14",)}, {"remove": ("A14",)}):
        heard = HearingEdit(case(second).number, **change)
        desk.handle(ChooseWhoHears(held, (heard,)), COORDINATOR)
    desk.handle(FixDate(held, slots[0].id), COORDINATOR)
    desk.handle(MoveMeeting(held, "令和8年12月21日", "14:00", "会場の都合。"), COORDINATOR)
    desk.handle(ConfirmAttendance(held, "A14", False), ELDERLY)
    desk.handle(ConfirmAttendance(held, "A19", False), LIVELIHOOD)
    days(25)
    desk.handle(ConfirmSecrecy(held), COORDINATOR)
    desk.handle(ConfirmSecrecy(held), CHAIR)
    desk.handle(TakeOverWriting(held, COORDINATOR), COORDINATOR)
    record: Raw = {
        "held_at": "令和8年12月21日 14:00",
        "chair": CHAIR,
        "decisions": [{"text": "夜も眠れないことを医師に伝える。"}],
        "roles": [{"agency": a, "task": "粉ミルク", "due_on": "令和9年1月20日"}
                  for a in ("A13", "A14", "A17", "A19")],
        "next_on": "令和9年2月15日",
    }  # fmt: skip
    judged = {"plan_adequate": "revise", "closure_judgement": "closed",
              "missing_resources": "夜の見守り"}  # fmt: skip
    typed = {first: record, second: {**record, **judged}}
    begun = meeting(held).record
    assert begun is not None
    came = dict.fromkeys(("A13", "A14", "A17", "A19", "A01"), ("present", ""))
    version = desk.handle(SaveRecord(held, begun.version, came, typed, True), COORDINATOR).version
    desk.handle(SendBackRecord(held, version), CHAIR)
    version = desk.handle(SaveRecord(held, version, {}, typed, True), COORDINATOR).version
    days(6)
    desk.handle(ConfirmRecord(held, version), CHAIR)
    desk.handle(TickRole(first, case(first).roles[0].id, "夜も眠れない"), COORDINATOR)
    plan: dict[str, Any] = {
        "issues": "夜も眠れない", "long_goal": "粉ミルク", "short_goal": "粉ミルク",
        "parts": [{"agency": "A17", "content": "粉ミルク"}],
        "starts_on": "令和9年1月25日", "ends_on": "令和9年3月31日",
    }  # fmt: skip
    desk.handle(SavePlan(first, 0, plan), COORDINATOR)
    desk.handle(SavePlan(first, 1, {**plan, "short_goal": "みほん団地"}), COORDINATOR)
    days(40)
    follow_up = case(first).next_follow_up
    assert follow_up is not None
    worse = {"result": "worse", "comment": "夜も眠れない"}
    desk.handle(AnswerFollowUp(first, follow_up.id, worse), ELDERLY)
    days(20)
    waits = next(j for j in case(second).judgements if j.what == "closed")
    desk.handle(SetAsideJudgement(second, waits.id, "夜も眠れない"), COORDINATOR)

    again = {**SHEET, "consent": "withdrawn", "consent_on": "令和9年3月1日", "consent_scope": []}
    third = desk.handle(OpenCase(SHEET, (referral("A14"),)), COORDINATOR)
    days(4)
    assert clock.now().astimezone(TOKYO).year == 2027
    ahead = show_date(clock.now().astimezone(TOKYO).date() + timedelta(days=60))
    soon = show_date(clock.now().astimezone(TOKYO).date() + timedelta(days=14))
    layered = desk.handle(
        Convene(
            {"kind": "regular", "bases": ["multi_layered"],
             "required_agencies": ["A13", "A14", "A17"],
             "chair": CHAIR, "minutes": "60"},
            (case(third).number,), ({"day": ahead, "starts": "14:00"},), soon,
        ),
        COORDINATOR,
    )  # fmt: skip
    narrower = [a for a in A_AGENCIES.values() if a != "A17"]
    said: Raw = {f: SHEET[f] for f in CONSENT_FIELDS if f in SHEET}
    desk.handle(RecordConsent(third, 1, {**said, "consent_scope": narrower}), COORDINATOR)
    waiting = [r.id for r in case(third).referrals if r.waits]
    desk.handle(ReplyToReferral(third, waiting[0], {**accept, "lead": "yes",
                "next_check_on": ahead}), ELDERLY)  # fmt: skip
    desk.handle(RecordConsent(third, 2, again), COORDINATOR)
    fourth = desk.handle(OpenCase(SHEET, (referral("A17"),)), COORDINATOR)
    sent = case(fourth).referrals[0].id
    desk.handle(TakeBackReferral(fourth, sent, True, "粉ミルク"), COORDINATOR)
    desk.handle(CancelMeeting(layered, "対象がなくなったため。"), COORDINATOR)
    desk.handle(NameMember(third, OTHER_COORDINATOR, True), COORDINATOR)
    desk.handle(CloseCase(third, {"kind": "suspended", "reason": "夜も眠れない"}), COORDINATOR)
    desk.handle(ReopenCase(third, "粉ミルク"), COORDINATOR)
    desk.handle(OpenCase({**SHEET, "urgency": "emergency"}, (referral("A17"),)), ELDERLY)
    return hall.notices()


def test_what_the_desk_really_tells_becomes_cards_without_a_hole(told: list[Notice]) -> None:
    """Every notice of the main flows is drawn with the facts its workflow passed, and fits."""
    for notice in told:
        card = TEXTS.drawn(notice)
        assert card == TEXTS.card(notice)
        for action in card.actions:
            assert action.subject or action.verb in ("digest", "directory", "look_back")
            assert action.item or action.verb not in ("reply", "follow_up", "tick_role", "digest")
    untold = notice_keys() - {n.key for n in told}
    # A passed referral always waits somewhere: see the next test. Links: test_sign_in.py;
    # what the guard masked: test_web_guard.py; a broken trail: test_audit.py; records that
    # do not open, test_broken.py; what nobody reads: test_new_reader.py; what two
    # people decide on in the directory, test_permission_requests.py; on what somebody wants to
    # hold a meeting who does not read it: test_agenda_requests.py; what is restricted
    # no more: test_unrestrict.py; whose sheet it was: test_whose_sheet.py;
    # what is still needed: test_still_needed.py;
    # what falls due: test_web_retention.py; who is linked in a chat: test_accounts.py; who runs a
    # meeting and has a chat: test_slack_meetings.py, test_slack_rooms.py; what goes to a chat
    # alone, because it was asked for there: test_slack_menu.py; what goes by mail alone, or is
    # about mails: test_mail_notices.py, test_mail_bounce.py,
    # test_mailed_checkpoints.py.
    assert untold <= {
        "next_step",
        "sign_in_link",
        "account_asked",
        "case_asked",
        "account_linked",
        "passkey_changed",
        "many_reminders",
        "guard_masked",
        "audit_broken",
        "record_broken",
        "disposal_proposed",
        "disposal_second",
        "restore_left",
        "decisions_kept",
        "checkpoint_kept",
        "disposal_declined",
        "request_due",
        "unread_cases",
        "unrestrict_proposed",
        "unrestrict_settled",
        "restricted_again",
        "still_needed_ask",
        "case_split",
        "wrong_person",
        "right_person",
        "reader_proposed",
        "reader_settled",
        "agenda_request_asked",
        "agenda_request_settled",
        "opened_urgently",
        "case_taken_up",
        "permission_requests_asked",
        "permission_requests_settled",
        "drafts_expiring",
        # Somebody is away: test_absences.py
        "absence_begun",
        "absence_changed",
        "nobody_stands_in",
        "channel_trouble",
        "answer_link",
        "reply_link",
        "mail_returned",
        "mail_replied",
        "meeting_convened",
        "room_refused",
    }, "let what is told above come by it, or name it here, and the test that tells it"


def said_by(notice: Notice) -> str:
    card = TEXTS.card(notice)
    return "\n".join([card.title, card.body, *(f"{h}: {v}" for h, v in card.facts)])


def test_every_notice_says_which_where_and_until_when(told: list[Notice]) -> None:
    """A case or a meeting is named by its numbers, what is to be done by its deadline, and a
    meeting that takes place by date and place; and a deadline that is over is said to be over."""
    wanting: set[tuple[str, str]] = set()
    for notice in told:
        words, facts = said_by(notice), notice.facts
        if facts.get("number") and str(facts["number"]) not in words:
            wanting.add((notice.key, "number"))
        if notice.meeting_id and not {"kind", "numbers", "starts_at", "place"} <= facts.keys():
            wanting.add((notice.key, "facts of the meeting"))
        numbers = facts.get("numbers")
        if isinstance(numbers, list) and numbers and not facts.get("number"):
            wanting |= {(notice.key, "numbers") for n in numbers[:3] if str(n) not in words}
        by = next((str(facts[name]) for name in DEADLINES if facts.get(name)), "")
        if by and filters.day(by) not in words:
            wanting.add((notice.key, "deadline"))
        starts = str(facts.get("starts_at", ""))
        if notice.meeting_id and starts and "role" not in notice.key:
            if filters.moment(starts) not in words:
                wanting.add((notice.key, "date of the meeting"))
            ahead = notice.created_at and datetime.fromisoformat(starts) > notice.created_at
            over = notice.key in {"meeting_cancelled", "scope_followed", "taken_off_agenda"}
            if ahead and not over and str(facts["place"]) not in words:
                wanting.add((notice.key, "place"))
    assert wanting == set()


OVER = ("過ぎ", "遅れ")


def to_be_done() -> list[str]:
    """The messages that name a time by which something is to be done."""
    folder = Path(__file__).parents[2] / "templates" / "messages" / "ja"
    named = re.compile(rf"\b({'|'.join(DEADLINES)}) \|")
    found = [p.stem for p in folder.glob("*.j2") if named.search(p.read_text("utf-8"))]
    return sorted(
        set(found) - {"role_done", "record_posted"}
    )  # what is done, and who has what to do


@pytest.mark.parametrize("key", to_be_done())
def test_a_deadline_that_is_over_is_not_said_to_lie_ahead(key: str) -> None:
    """A notice may go out late, after a stop or a way that was closed: then it says so."""
    for notice in largest(key):
        soon = datetime(2026, 12, 23, 9, 0, tzinfo=TOKYO)
        late = datetime(2027, 1, 20, 9, 0, tzinfo=TOKYO)
        facts = {**notice.facts, "overdue_days": 0, "starts_at": "2027-03-01T10:00:00+09:00"}
        before = said_by(as_of(replace(notice, facts=facts), soon))
        after = said_by(as_of(replace(notice, facts={**facts, "overdue_days": 12}), late))
        assert any(word in after for word in OVER), after
        assert "期限までに" not in after
        assert "近づいています" not in after or "meeting_soon" in key
        if key.endswith(("reminder", "soon", "asked")):
            assert not any(word in before for word in OVER), before


def test_a_reminder_of_the_reply_reads_as_of_now() -> None:
    """A reminder of the reply: before its time, and after it."""
    (notice, *_) = largest("reply_reminder")
    before = as_of(notice, datetime(2026, 12, 23, 8, 30, tzinfo=TOKYO))
    after = as_of(notice, datetime(2026, 12, 24, 8, 30, tzinfo=TOKYO))
    assert "返信の期限が近づいています" in TEXTS.card(before).title
    assert "返信の期限を過ぎています" in TEXTS.card(after).title


@pytest.mark.parametrize("rung", [r.tell for r in LADDERS[PromiseKind.NEXT_STEP]])
def test_a_case_that_nobody_took_is_told_up_the_ladder(rung: Tell) -> None:
    """The one message the flows never come to is drawn with the facts of every rung."""
    facts: dict[str, Fact] = {
        "number": "R8-0001",
        "agency": "甲",
        "due_at": "2026-11-26T17:15:00+09:00",
        "overdue_days": 0,
        "rung": str(rung),
        "item": "step",
    }
    card = TEXTS.card(Notice("1", "next_step", "M01", "x", facts))
    assert card.actions[0].verb == ("open_case" if rung is Tell.MANAGER else "refer")


@pytest.mark.parametrize(
    "kind",
    ["reply_overdue", "follow_up_overdue", "role_overdue", "name_lead", "next_step", "plan_review"],
)
def test_a_managers_card_opens_the_case(kind: str) -> None:
    """Of a restricted one managers who are not named are told nothing: the digest counts it."""
    facts: dict[str, Fact] = {
        "number": "R8-0001",
        "agency": "甲",
        "due_at": "2026-11-26T17:15:00+09:00",
        "overdue_days": 3,
        "rung": str(Tell.MANAGER),
        "item": "step",
    }
    seen = TEXTS.card(Notice("1", kind, "M04", "x", facts))
    assert [a.verb for a in seen.actions] == ["open_case"]
    assert "甲" in str(seen.facts)


def test_a_name_a_summary_or_a_request_never_stands_in_a_card(told: list[Notice]) -> None:
    """What was planted in the sheet, the plan and the record shows in no card of anybody."""
    assert {MANAGER, CHAIR, COMMISSIONER, ELDERLY} <= {n.member_id for n in told}
    shown = "\n".join(str(TEXTS.card(notice)) for notice in told)
    assert [secret for secret in SECRETS if secret in shown] == []


def test_the_story_of_the_main_flows_can_be_told(told: list[Notice], hall: TownHall) -> None:
    """Every event has all the facts that its sentence asks for."""
    assert told
    seen = set()
    with hall.database.open() as unit:
        cases = [r.id for r in unit.cases.rows(open_only=False)]
        meetings = [r.id for r in unit.meetings.rows(live_only=False)]
        events = [e for c in cases for e in unit.events.of_case(c)]
        events += [e for m in meetings for e in unit.events.of_meeting(m)]
    for event in events:
        sentence = TEXTS.say(f"story.{event.kind}", **{"who": "見本（甲）", **event.facts})
        assert sentence.endswith("。")
        assert not any(secret in sentence for secret in SECRETS)
        seen.add(event.kind)
    assert {"referred", "replied", "passed_on", "decided", "reminded_reply"} <= seen


def test_the_story_of_a_record_counts_no_roles_that_there_are_not() -> None:
    """The checks follow by themselves: no meeting decided them."""
    bare = TEXTS.say("story.decided", roles=0, checks=["2027-01-12"] * 3, lead="甲")
    assert bare == "会議の記録が確定しました。見守りを3回予定しました。担当は「甲」です。"
    full = TEXTS.say("story.decided", roles=2, checks=[], lead="甲")
    assert full == "会議で2件の役割が決まりました。担当は「甲」です。"
    confirmed = TEXTS.say("story.record_confirmed", who="見本（甲）", roles=0)
    assert confirmed == "見本（甲）が会議記録を確定しました。"
    assert "決めた" not in TEXTS.label("origin", "meeting")


def test_the_story_says_of_whom_attendance_was_asked() -> None:
    """That the organiser was told is no request to the agency."""
    asked = TEXTS.say("story.reminded_attend", told="debtor", agency="甲")
    told = TEXTS.say("story.reminded_attend", told="coordinator", agency="甲")
    assert asked == "「甲」に出欠の回答をお願いしました。"
    assert told == "「甲」の出欠の回答がないことを、招集者か連携担当者にお知らせしました。"


@pytest.mark.parametrize(
    ("facts", "whom"),
    [
        ({"why": "emergency", "to": "core_desk"}, "中核機関に"),
        ({"why": "emergency", "to": "coordinators"}, "連携担当者に"),
        ({"why": "emergency"}, "中核機関（決めていないときは連携担当者）に"),
        ({"why": "nobody_there"}, "中核機関に"),
    ],
)
def test_the_story_says_who_heard_of_an_emergency(facts: dict[str, str], whom: str) -> None:
    """Events written before this said it of nobody in particular."""
    assert TEXTS.say("story.core_desk_told", **facts).endswith(f"、{whom}お知らせしました。")


@pytest.mark.parametrize(
    ("added", "removed", "change"),
    [
        (["A", "B"], ["C"], "2機関を加え、1機関を外しました"),
        (["A"], [], "1機関を加えました"),
        ([], ["C"], "1機関を外しました"),
    ],
)
def test_the_story_says_how_many_hear_a_case(
    added: list[str], removed: list[str], change: str
) -> None:
    hearing = TEXTS.say("story.hearing_changed", who="見本", added=added, removed=removed)
    scope = TEXTS.say("story.scope_followed", gained=added, lost=removed)
    assert hearing.endswith(f"（{change}）。")
    assert scope.endswith(f"（{change}）。")


def test_a_judgement_that_ended_is_said_with_how() -> None:
    said = TEXTS.say("judgement.ended", how="overtaken")
    assert said == "この判断は「後の会議での再判断」になっています。画面を開き直してください。"


def test_a_refusal_says_what_to_do_next(hall: TownHall) -> None:
    """The consent gate answers with the number and the way that is open."""
    sentence = TEXTS.say("meeting.needs_consent", number="R8-0001", consent="no")
    assert "R8-0001" in sentence
    assert "支援会議" in sentence
    with pytest.raises(Refused) as refused:
        hall.desk.handle(CancelMeeting("none", "理由"), COORDINATOR)
    assert TEXTS.say(refused.value.key, **refused.value.facts).endswith("ください。")
