"""二つのケースが同じ方のとき: one goes on, the other ends as merged into it.

What is still owed goes over to the one that goes on, as far as that one's own consent and grounds
cover it (transfer_obligations.py); the rest ends, and is told. Consents, what was answered and
done, meetings that took place and the trail stay under the number they came from and under its
rules. Of the two consents the newest word stands ([ours] docs/rules.md 2): where the person has
said no since, or taken back what they agreed to, that is recorded on the one that goes on first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from workflows.cases.close_case import end_case
from workflows.cases.edit_sheet import restrict_merged_cases
from workflows.cases.find_case import case_number, plain_number
from workflows.cases.need_asks import end_need_ask
from workflows.cases.obligations import Obligation
from workflows.cases.record_consent import REFUSES, agencies_shut_out, transfer_consent
from workflows.cases.refer import must_be_open
from workflows.cases.related import cases_merged_into
from workflows.cases.story import StoryLine, story_of, who
from workflows.cases.transfer_agenda import begun_meetings
from workflows.cases.transfer_obligations import obligations_of, transfer_obligations
from workflows.core.checking import one_error
from workflows.core.errors import Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.japanese.dates import TOKYO
from workflows.model.case import GIVEN, Case, Consent, Merge

MERGED: Final = "merged"  # the kind of end
_SAID: Final = (*GIVEN, *REFUSES)  # what is the person's own word


@dataclass(frozen=True)
class MergedAgency:
    """An agency with a part in the case that ends; `reads` whether it reads the one that goes on
    now, `will_read` whether it does once what it owes is carried over."""

    name: str
    reads: bool
    will_read: bool = False


@dataclass(frozen=True)
class ObligationLine:
    """An `Obligation` as the page shows it: the agency by its name, "" where none is meant."""

    kind: str
    agency: str
    due: date | datetime | None
    why_not: str


@dataclass(frozen=True)
class ConsentInForce:
    """The consent in force and its day: when it was given, else when it was recorded."""

    status: str
    on: date | None


@dataclass(frozen=True)
class MergePreview:
    """What a merge would do, for whoever decides on it.

    `into` is the number of the case that goes on; the consents are those in force. `newer` is what
    the case that ends heard since: refused (recorded on the other one first), narrower, or "" where
    nothing newer takes anything back. `begun` are kinds of sittings that took place and whose
    record is to be confirmed first.
    """

    into: str
    agencies: tuple[MergedAgency, ...]
    consent: str
    into_consent: str
    said: ConsentInForce
    into_said: ConsentInForce
    newer: str
    goes: tuple[ObligationLine, ...]
    ends: tuple[ObligationLine, ...]
    begun: tuple[str, ...]
    into_lead: str
    shut_out: tuple[str, ...] = ()  # agencies that read the case that ends no more either
    restricts: bool = False  # the case that ends is restricted by it, as the other one is


@dataclass(frozen=True)
class PreviewMerge(Query[MergePreview]):
    """What becomes of whom, should this case be merged into that `number`. Raises Invalid."""

    case_id: str
    number: str


@handles(
    PreviewMerge,
    Action.MERGE_CASES,
    code="preview_merge",
    others={"number": "MERGE_CASES is asked"},
)
def preview_merge(query: PreviewMerge, work: Work) -> MergePreview:
    case = work.case_to_read(query.case_id)
    other = _other(case, query.number, work)
    owed = obligations_of(case, other, work)
    goes = {o.agency_id for o in owed if not o.why_not}

    def reads(agency_id: str) -> bool:
        people = work.contacts(agency_id, other)
        return any(work.as_member(m).may(Action.READ_CASE, other).allowed for m in people)

    def lines(which: Iterable[Obligation]) -> tuple[ObligationLine, ...]:
        return tuple(
            ObligationLine(
                o.kind, work.agency_name(o.agency_id) if o.agency_id else "", o.due, o.why_not
            )
            for o in which
        )

    lead = other.leading_agency_id
    return MergePreview(
        into=other.number,
        agencies=tuple(
            MergedAgency(work.agency_name(a), was := reads(a), not was and a in goes)
            for a in case.agency_ids()
        ),
        consent=case.consent,
        into_consent=other.consent,
        said=_said(case),
        into_said=_said(other),
        newer=_newer_word(case, other),
        goes=lines(o for o in owed if not o.why_not),
        ends=lines(o for o in owed if o.why_not),
        begun=tuple(m.called for m in begun_meetings(case, work)),
        into_lead=work.agency_name(lead) if lead else "",
        shut_out=tuple(map(work.agency_name, _refused_since(case, other))),
        restricts=other.is_restricted and not case.is_restricted,
    )


def _said(case: Case) -> ConsentInForce:
    last = case.consents[-1] if case.consents else None
    return ConsentInForce(case.consent, _day(last) if last else None)


def _day(consent: Consent) -> date:
    return consent.on or consent.at.astimezone(TOKYO).date()


def _newer_word(case: Case, other: Case) -> str:
    """What the person said on this case since the other one was told something, where it lets fewer
    agencies be told. What was never asked is no word. [ours] Two consents that name different
    agencies may both hold: whoever merges asks the person."""
    word = next((c for c in reversed(case.consents) if c.status in _SAID), None)
    theirs = next((c for c in reversed(other.consents) if c.status in _SAID), None)
    if word is None or not other.has_consent or theirs is None:
        return ""
    if (_day(word), word.at) <= (_day(theirs), theirs.at):
        return ""
    if not word.given:
        return "refused"
    return "" if set(other.scope) <= set(word.scope) else "narrower"


def _refused_since(case: Case, other: Case) -> tuple[str, ...]:
    """Agencies of the case that ends that the person shut out since, with the refusal on the one
    that goes on."""
    said, theirs = (c.consents[-1] if c.consents else None for c in (case, other))
    if theirs is None or theirs.status not in REFUSES:
        return ()
    if said and said.given and (_day(said), said.at) > (_day(theirs), theirs.at):
        return ()
    return agencies_shut_out(other, case)


def _other(case: Case, typed: str, work: Work, *, change: bool = False) -> Case:
    """The case that goes on, if whoever asks may merge that one too. Raises Invalid."""
    case_id = work.uow.cases.id_of(case_number(typed) or plain_number(typed))
    row = work.uow.cases.row(case_id) if case_id else None
    if row is None or row.broken or not work.may(Action.MERGE_CASES, row).allowed:
        raise one_error("into", "merge.no_case")
    if row.id == case.id:
        raise one_error("into", "merge.itself")
    # Its line may have been read before it was locked: what counts is how it stands from then on.
    found = work.uow.cases.get(row.id, change=change)
    if found is None or not work.may(Action.MERGE_CASES, found).allowed:
        raise one_error("into", "merge.no_case")
    if not found.is_open:
        raise one_error("into", "merge.not_open")
    if case.is_restricted and not found.is_restricted:
        raise one_error("into", "merge.restricted", number=case.number)
    return found


@dataclass(frozen=True)
class MergeCases(Command[str]):
    """End this case as merged into the one with that number, which is answered with.

    Raises Invalid, and Refused while the record of a sitting is not confirmed, or while the newer
    word of the person is not recorded on the one that goes on.
    """

    case_id: str
    number: str


@handles(
    MergeCases, Action.MERGE_CASES, code="merge_cases", others={"number": "MERGE_CASES is asked"}
)
def merge_cases(command: MergeCases, work: Work) -> str:
    case = work.case(command.case_id)
    must_be_open(case)
    other = _other(case, command.number, work, change=True)
    if begun_meetings(case, work):
        raise Refused("merge.record_waits")
    if _newer_word(case, other) == "refused":
        raise Refused("merge.newer_word", number=case.number, into=other.number)
    owed, refused = obligations_of(case, other, work), _refused_since(case, other)
    transfer_obligations(case, other, owed, work)
    other.kept_off += [
        m for m in case.kept_off if m not in (*other.kept_off, *other.named_member_ids)
    ]
    end_case(case, MERGED, {}, work)
    case.merged_into.append(Merge(other.id, work.me.id, work.now))
    other.merged_from.append(Merge(case.id, work.me.id, work.now))
    end_need_ask(other, "merged", work)
    restrict_merged_cases(other, work)
    if refused:
        for gone in (case, *cases_merged_into(case, work)):
            transfer_consent(other, gone, work)
    carried, ended = _in_codes(owed)
    for one, two in ((case, other), (other, case)):
        for split in (*one.split_into, *one.split_from):
            if split.case_id == two.id and split.undone_at is None:
                split.undone_at = work.now  # it was one case before
    work.record("case_merged", case=case, other=other.id, carried=carried, ended=ended)
    work.record("case_merged_here", case=other, other=case.id, carried=carried, ended=ended)
    return other.number


def _in_codes(owed: Iterable[Obligation]) -> tuple[list[str], list[str]]:
    """(what went over, what ended) for the trail, as kind:id in the case that ends."""
    things = [(o.why_not, f"{o.kind}:{o.item_id}") for o in owed]
    carried = dict.fromkeys(name for why, name in things if not why)
    return list(carried), list(dict.fromkeys(name for why, name in things if why))


@dataclass(frozen=True)
class MergedCase:
    """The other case of a merge, and who merged the two, for who may know of it; its `story` for
    who reads both."""

    number: str
    at: datetime
    by: str
    story: tuple[StoryLine, ...]


def merged_cases(case: Case, merges: list[Merge], work: Work) -> tuple[MergedCase, ...]:
    found = []
    both = work.may(Action.READ_CASE, case).allowed
    for merge in (m for m in merges if m.undone_at is None and m.case_id):
        row = work.uow.cases.row(merge.case_id)
        if row is None or not work.may(Action.SEE_CASE, row).allowed:
            continue
        reads = both and work.may(Action.READ_CASE, row).allowed
        story = story_of(work.uow.events.of_case(row.id), work) if reads else ()
        found.append(MergedCase(row.number, merge.at, who(merge.by, work, merge.at), story))
    return tuple(found)
