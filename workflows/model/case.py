"""The case: one household's situation, its sheet, referrals, plan and follow-ups.

Times are aware instants (`*_at`), days are dates (`*_on`). Free text here is class H.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from workflows.forms import Value
from workflows.model.carried import Carried
from workflows.model.codes import code_of, is_known
from workflows.model.mail_reply import MailReply
from workflows.model.phone_call import ReachedByPhone

NEAR_MISS = "near_miss"  # the tag of a case to look back on
RESTRICTS = ("danger", "hidden_address")  # the questions of the sheet that restrict a case
GIVEN = ("written", "oral")  # the answers by which a person agrees


class CaseState(StrEnum):
    RECEIVED = "received"
    ASKING = "asking"
    ACCEPTED = "accepted"
    MEETING = "meeting"
    SUPPORTING = "supporting"
    WATCHING = "watching"
    CLOSED = "closed"
    SUSPENDED = "suspended"


class Urgency(StrEnum):
    EMERGENCY = "emergency"
    URGENT = "urgent"
    NORMAL = "normal"


def urgency_known(code: str) -> Urgency:
    """The urgency by which deadlines and orders go: one that this version does not know is taken
    for 至急 [ours], a step above the usual, so that nobody waits because of it."""
    known = code_of(Urgency, code)
    return known if is_known(known) else Urgency.URGENT


class ReplyAnswer(StrEnum):
    ACCEPTED = "accepted"
    PARTLY = "partly"
    PASSED_ON = "passed_on"
    DECLINED = "declined"


class FollowUpResult(StrEnum):
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    WORSE = "worse"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Ground:
    """Why somebody is told beyond consent (docs/rules.md 3): a code and, in words, the reason
    (class H).

    It is stated for one telling, by who tells; empty where consent covers it.
    """

    basis: str = ""
    reason: str = ""


@dataclass
class Reply:
    """`by` entered it: somebody of the agency, or for it who heard it from `said_by` there."""

    answer: ReplyAnswer
    by: str
    at: datetime
    reason: str = ""
    next_agency_id: str | None = None
    heard_by: str = ""  # a HeardBy; "" for the agency's own entry
    said_by: str = ""  # as somebody typed it: class S at best


@dataclass
class Referral:
    """One agency asked to take a part. `passed_from` is the referral it came from."""

    id: str
    agency_id: str
    purpose: str
    request: str
    asked_by: str
    asked_at: datetime
    reply_by: datetime
    passed_from: str | None = None
    reply: Reply | None = None
    # Why it was asked beyond the consent of that moment (docs/rules.md 3); empty within it.
    basis: str = ""
    basis_reason: str = ""
    ground_under: int = 0  # how many consents were on record then
    reply_by_at_first: datetime | None = None  # the deadline as asked, once a closed day moved it
    taken_back: "TakenBack | None" = None
    came: Carried | None = (
        None  # from a case of the same person, or the household: transfer_obligations.py
    )
    went: Carried | None = None  # to one: it is answered there

    @property
    def waits(self) -> bool:
        return self.reply is None and self.taken_back is None and self.went is None

    @property
    def told_at(self) -> datetime:
        """When the agency was told of this very case for it."""
        return max(self.came.at, self.asked_at) if self.came else self.asked_at

    @property
    def took_part(self) -> bool:
        if self.reply is None or self.taken_back is not None:
            return False
        return self.reply.answer in (ReplyAnswer.ACCEPTED, ReplyAnswer.PARTLY)


@dataclass
class AgencyLook:
    """One look at the case before a referral was taken back; `parts` are codes of looks.Part, none
    where it is not known what was shown."""

    member_id: str
    at: datetime
    parts: list[str]


@dataclass
class TakenBack:
    """A referral that ended by whoever asked. `mistake`: the agency should never have been told.

    `looks` are those of the agency until then: with a mistake that is an incident, and stays known
    also where the trail is gone. `reason` is class H.
    """

    by: str
    at: datetime
    mistake: bool
    reason: str = ""
    looks: list[AgencyLook] = field(default_factory=list)

    @property
    def looked(self) -> int:
        """How many people of the agency had looked."""
        return len({one.member_id for one in self.looks})


@dataclass
class StatedGround:
    """Why one agency is told beyond the person's word, apart from a referral: it goes on taking its
    part, or a meeting that may discuss without consent gave it one (`meeting_id`).

    `under` is how many consents were on record then: the next one ends it. `reason` is class H.
    """

    agency_id: str
    basis: str
    reason: str
    by: str | None
    at: datetime
    under: int
    meeting_id: str = ""


@dataclass
class SheetEdit:
    """`before` is what the changed fields held until then (class H), where they held anything."""

    version: int
    by: str
    at: datetime
    fields: list[str]
    before: dict[str, Value]


@dataclass
class Consent:
    """What the person agreed to, as recorded: the newest entry is in force.

    `basis` and `basis_reason` are what stood on the sheet then for sharing beyond it, `reason` why
    it was withdrawn, if the person said so.
    """

    status: str
    by: str
    at: datetime
    on: date | None = None
    method: str = ""
    scope: list[str] = field(default_factory=list)
    basis: str = ""
    basis_reason: str = ""
    reason: str = ""

    @property
    def given(self) -> bool:
        return self.status in GIVEN


@dataclass
class Plan:
    """One version of the 支援プラン; `values` are those of the form `plan`."""

    version: int
    values: dict[str, Value]
    by: str
    at: datetime
    changed: list[str]
    ends_on: date | None = None
    review_on: date | None = None


@dataclass
class RoleAssignment:
    """Who does what by when, as a meeting decided. `ended_at`: owed no more, and was not done."""

    id: str
    agency_id: str
    task: str
    due_on: date
    meeting_id: str
    member_id: str | None = None
    done_at: datetime | None = None
    done_by: str | None = None
    outcome: str = ""
    came: Carried | None = None  # as of a Referral
    went: Carried | None = None
    ended_at: datetime | None = None

    @property
    def waits(self) -> bool:
        return self.done_at is None and self.went is None and self.ended_at is None


@dataclass
class FollowUp:
    """A dated check by the lead agency. `origin` is reply, meeting, plan, answer, reopen.

    One that nobody carried out before the next one came is missed: it waits no more and was never
    done; the check `missed_for`, if there is one, stands in its place.
    """

    id: str
    due_on: date
    origin: str
    asked_at: datetime
    result: FollowUpResult | None = None
    comment: str = ""
    by: str | None = None
    at: datetime | None = None
    missed_at: datetime | None = None
    missed_for: str | None = None
    came: Carried | None = None  # as of a Referral
    went: Carried | None = None

    @property
    def waits(self) -> bool:
        return self.result is None and self.missed_at is None and self.went is None


@dataclass
class Reassessment:
    """How a reassessment that was asked for ended: `how` is meeting, review, improved or closed.

    With review a coordinator says in `outcome` what came of it (class H).
    """

    asked_at: datetime
    at: datetime
    by: str | None
    how: str
    outcome: str = ""


@dataclass
class Closure:
    kind: str
    values: dict[str, Value]
    by: str
    at: datetime
    watched: bool = False  # it was in 見守り before
    reopened_by: str | None = None
    reopened_at: datetime | None = None
    reopen_reason: str = ""


@dataclass
class Judgement:
    """What a meeting judged and somebody has to carry out: `what` is closed, suspended or revise.

    `how` it ended is carried_out, overtaken (a later meeting judged), case_closed (there is nothing
    to revise any more) or set_aside, then with the `reason`, which is class H.
    """

    id: str
    what: str
    meeting_id: str
    at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None
    how: str = ""
    reason: str = ""

    @property
    def waits(self) -> bool:
        return self.ended_at is None


@dataclass
class NeedAsk:
    """That the answering agency was asked whether the case is still needed, and what came of it.

    `how`: needed (somebody said so, with the `reason` and perhaps the `next_step`, both class H),
    or what was done in place of an answer: closed, suspended, watching, held, merged, reopened.
    An answer that was taken back counts no more; then the case is asked about anew.
    """

    id: str
    asked_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None
    how: str = ""
    agency_id: str = ""  # whose word it was
    reason: str = ""
    next_step: str = ""
    taken_back_by: str | None = None
    taken_back_at: datetime | None = None


@dataclass
class Hold:
    """What forbids to dispose of the case, a lawsuit for one; until it is lifted."""

    reason: str
    by: str
    at: datetime
    lifted_by: str | None = None
    lifted_at: datetime | None = None


@dataclass
class Longer:
    """Why the case is kept beyond the town's period, and until when."""

    until: date
    reason: str
    by: str
    at: datetime


@dataclass
class Proposal:
    """What two people decide together: one proposed it, another one ended it. `how`: agreed,
    declined or taken_back. The reason is class H.

    `member_id` is who is to read a restricted case that nobody reads; "" where it is proposed that
    a case be restricted no more.
    """

    id: str
    reason: str
    by: str
    at: datetime
    member_id: str = ""
    ended_at: datetime | None = None
    ended_by: str | None = None
    how: str = ""


def waiting(proposals: list[Proposal]) -> Proposal | None:
    """The one that waits for a second person, if there is one."""
    last = proposals[-1] if proposals else None
    return last if last and last.ended_at is None else None


@dataclass
class WrongPerson:
    """Whom the sheet was about until version `version`, by mistake: somebody else than the case is.

    `sheet` is what stood there (class P and H), `agency_ids` and `member_ids` are who had been told
    of it until then. Said by mistake itself, it was taken back: then it was the same person.
    `until` is when the sheet was corrected, where that was said afterwards.
    """

    id: str
    by: str
    at: datetime
    version: int
    sheet: dict[str, Value]
    agency_ids: list[str]
    member_ids: list[str]
    taken_back_by: str | None = None
    taken_back_at: datetime | None = None
    until: datetime | None = None

    @property
    def corrected_at(self) -> datetime:
        return self.until or self.at


@dataclass
class Merge:
    """That two cases are of one person: `case_id` is the other one. Each keeps what is in it, under
    its own number and its own rules; reopening the one that ended undoes it."""

    case_id: str
    by: str
    at: datetime
    undone_at: datetime | None = None


@dataclass
class Split:
    """That a case was begun for somebody of a household: `case_id` is the other one. `person` is
    who of the household it is (class P), on the case whose sheet names them; "" on theirs. Merging
    the two again undoes it."""

    case_id: str
    by: str
    at: datetime
    person: str = ""
    undone_at: datetime | None = None


@dataclass
class AgendaRequest:
    """A member with the convening right who does not read the case wants to hold a meeting on it.

    `agency_ids` are those they chose to hear it, `agreed_ids` those that were agreed to. `urgent`:
    it was opened to them at once, and is looked at afterwards. `how` is "" while it waits, else
    agreed, declined, taken_back or lapsed; of an urgent one reviewed or taken_off. With other_area
    or own_agency it is no request but a note, made at once, of who took the case up.
    """

    id: str
    meeting_id: str
    by: str
    agency_id: str
    at: datetime
    last_day: date
    agency_ids: list[str]
    reason: str
    urgent: bool = False
    how: str = ""
    ended_by: str = ""
    ended_at: datetime | None = None
    agreed_ids: list[str] = field(default_factory=list)


@dataclass
class Case:
    id: str
    number: str
    opened_by: str
    opened_at: datetime
    writer_agency_id: str
    sheet: dict[str, Value]
    sheet_version: int = 1
    sheet_edits: list[SheetEdit] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    referrals: list[Referral] = field(default_factory=list)
    lead_agency_id: str | None = None
    lead_since: datetime | None = None
    named_member_ids: list[str] = field(default_factory=list)
    # Meeting id, then agency id, to those of them who were named for hearing it there and for
    # nothing else.
    named_to_hear: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    kept_off: list[str] = field(default_factory=list)  # taken off the list by hand: see named_list
    live_meeting_ids: list[str] = field(default_factory=list)
    past_meeting_ids: list[str] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    roles: list[RoleAssignment] = field(default_factory=list)
    follow_ups: list[FollowUp] = field(default_factory=list)
    supporting_since: datetime | None = None
    watching_since: datetime | None = None
    closures: list[Closure] = field(default_factory=list)
    reassessment_asked_at: datetime | None = None
    reassessments: list[Reassessment] = field(default_factory=list)
    off_agenda_at: datetime | None = None  # when a planned meeting last fell away
    holds: list[Hold] = field(default_factory=list)
    kept_longer: list[Longer] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    watchings: list[Closure] = field(default_factory=list)  # each going over to 見守り by hand
    reached_by_phone: list[ReachedByPhone] = field(default_factory=list)
    mail_replies: list[MailReply] = field(default_factory=list)
    stated_grounds: list[StatedGround] = field(default_factory=list)
    reader_proposals: list[Proposal] = field(default_factory=list)
    unrestrictings: list[Proposal] = field(default_factory=list)
    wrong_persons: list[WrongPerson] = field(default_factory=list)
    merged_into: list[Merge] = field(default_factory=list)  # it ended, the other one goes on
    merged_from: list[Merge] = field(default_factory=list)  # the other one ended, it goes on
    split_into: list[Split] = field(default_factory=list)  # somebody of its household has their own
    split_from: list[Split] = field(default_factory=list)  # the case of the household, at most one

    agenda_requests: list[AgendaRequest] = field(default_factory=list)

    # Whether it is still needed, asked once a period: see still_needed.
    need_asks: list[NeedAsk] = field(default_factory=list)

    @property
    def waiting_agenda_requests(self) -> list[AgendaRequest]:
        """Those that wait for an answer, or for a look afterwards."""
        return [one for one in self.agenda_requests if not one.how]

    @property
    def need_ask(self) -> NeedAsk | None:
        """The one that waits for an answer, if there is one."""
        last = self.need_asks[-1] if self.need_asks else None
        return last if last and last.ended_at is None else None

    @property
    def ends_for_good(self) -> bool:
        """Whether it is closed. [ours] A suspended case is not: nothing of it is solved."""
        return self.closure is not None and self.closure.kind != "suspended"

    @property
    def needed_since(self) -> datetime | None:
        """From when on the time runs after which it is asked whether the case is still needed:
        since it was opened, reopened or suspended, since another one was merged into it, since the
        last answer. None while nobody is to be asked: it is closed, held, or asked already."""
        if self.ends_for_good or self.hold or self.need_ask:
            return None
        since = [
            self.watching_since,
            *(a.ended_at for a in self.need_asks),
            *(w.at for w in self.watchings),
            *(c.at for c in self.closures if c.kind == "suspended"),
            *(c.reopened_at for c in self.closures),
            *(m.at for m in self.merged_from),
            *(h.lifted_at for h in self.holds),
        ]
        return max([self.opened_at, *(at for at in since if at)])

    def wrong_person(self, wrong_id: str) -> WrongPerson | None:
        return next((w for w in self.wrong_persons if w.id == wrong_id), None)

    def edit_after(self, version: int) -> SheetEdit | None:
        """The correction that ended this version of the sheet."""
        return next((e for e in self.sheet_edits if e.version == version + 1), None)

    def wrong_person_at(self, version: int) -> WrongPerson | None:
        """Whose the sheet was in that version, if it was another person's than the case is of."""
        found = [w for w in self.wrong_persons if w.version >= version and not w.taken_back_at]
        return min(found, key=lambda w: w.version, default=None)

    @property
    def unrestricting(self) -> Proposal | None:
        return waiting(self.unrestrictings)

    @property
    def reader_proposal(self) -> Proposal | None:
        return waiting(self.reader_proposals)

    def is_named_to_hear(self, member_id: str) -> bool:
        """Whether they may see it for what they hear at sittings, and for nothing else."""
        heard = self.named_to_hear.values()
        return any(member_id in people for one in heard for people in one.values())

    def name_to_hear(self, meeting_id: str, agency_id: str, member_ids: Iterable[str]) -> list[str]:
        """Put these of an agency on the list for what they hear there; who is on it for something
        else stays so. Answers with who was not on it before."""
        new = []
        for member_id in member_ids:
            known = member_id in self.named_member_ids
            if known and not self.is_named_to_hear(member_id):
                continue
            people = self.named_to_hear.setdefault(meeting_id, {}).setdefault(agency_id, [])
            if member_id not in people:
                people.append(member_id)
            if not known:
                self.named_member_ids.append(member_id)
                new.append(member_id)
        return new

    def name_to_stay(self, member_id: str) -> None:
        """Whoever is named for something else as well stays when a hearing ends."""
        for one in self.named_to_hear.values():
            for people in one.values():
                if member_id in people:
                    people.remove(member_id)

    def end_naming(self, meeting_id: str, agency_id: str | None = None) -> list[str]:
        """Take those off the list who were named for hearing it there alone; of one agency, or all.

        Answers with who they were. Those of the answering agency stay: somebody has to answer.
        """
        heard = self.named_to_hear.get(meeting_id, {})
        ended = [
            member_id
            for one in ([agency_id] if agency_id else list(heard))
            if one != self.answering_agency_id
            for member_id in heard.pop(one, [])
        ]
        gone = [m for m in ended if m in self.named_member_ids and not self.is_named_to_hear(m)]
        self.named_member_ids = [m for m in self.named_member_ids if m not in gone]
        return gone

    @property
    def closure(self) -> Closure | None:
        """The closure in force, if the case is closed or suspended now."""
        last = self.closures[-1] if self.closures else None
        return last if last and last.reopened_at is None else None

    @property
    def is_open(self) -> bool:
        return self.closure is None

    @property
    def hold(self) -> Hold | None:
        """The hold in force, if the case must not be disposed of now."""
        last = self.holds[-1] if self.holds else None
        return last if last and last.lifted_at is None else None

    @property
    def state(self) -> CaseState:
        """Where the case stands; derived from what happened, never set by hand."""
        if self.closure:
            return CaseState.SUSPENDED if self.closure.kind == "suspended" else CaseState.CLOSED
        if self.live_meeting_ids:
            return CaseState.MEETING
        if self.watching_since:
            return CaseState.WATCHING
        if self.supporting_since:
            return CaseState.SUPPORTING
        if any(r.took_part for r in self.referrals):
            return CaseState.ACCEPTED
        if self.waiting_referrals:
            return CaseState.ASKING
        return CaseState.RECEIVED

    @property
    def passed_states(self) -> tuple[CaseState, ...]:
        """What the case has been through: the steps that really happened, in their order."""
        happened = {
            CaseState.RECEIVED: True,
            CaseState.ASKING: bool(self.referrals),
            CaseState.ACCEPTED: any(r.took_part for r in self.referrals),
            CaseState.MEETING: bool(self.live_meeting_ids or self.past_meeting_ids),
            CaseState.SUPPORTING: self.supporting_since is not None,
            CaseState.WATCHING: self.watching_since is not None
            or any(c.watched for c in self.closures),
        }
        return tuple(state for state, was in happened.items() if was)

    @property
    def answering_agency_id(self) -> str:
        """The agency that answers for the case now: the lead agency, until then the writer's."""
        return self.leading_agency_id or self.writer_agency_id

    @property
    def leading_agency_id(self) -> str | None:
        """The lead agency, while the person's word or a ground covers it."""
        lead = self.lead_agency_id
        return lead if lead and self.covers(lead) else None

    @property
    def urgency(self) -> Urgency:
        return code_of(Urgency, str(self.sheet.get("urgency", Urgency.NORMAL)))

    @property
    def district_id(self) -> str:
        return str(self.sheet.get("district", ""))

    @property
    def is_restricted(self) -> bool:
        """DV, abuse or a hidden address: named members only (docs/rules.md 7)."""
        return any(self.sheet.get(name) for name in RESTRICTS)

    @property
    def is_near_miss(self) -> bool:
        """惜しいケース: marked on its sheet to be looked back on."""
        tags = self.sheet.get("tags", [])
        return isinstance(tags, list) and NEAR_MISS in tags

    def replied_since(self, agency_id: str, at: datetime) -> bool:
        """Whether a reply of the agency to a referral was entered after this instant."""
        replies = (r.reply for r in self.referrals if r.agency_id == agency_id)
        return any(reply.at > at for reply in replies if reply)

    @property
    def consent(self) -> str:
        return self.consents[-1].status if self.consents else "not_asked"

    @property
    def has_consent(self) -> bool:
        return self.consent in GIVEN

    def consent_at(self, at: datetime) -> Consent | None:
        """The consent that was in force at a moment."""
        return next((c for c in reversed(self.consents) if c.at <= at), None)

    @property
    def scope(self) -> tuple[str, ...]:
        """The agencies that the consent in force names."""
        return tuple(self.consents[-1].scope) if self.has_consent else ()

    def stated_of(self, agency_id: str) -> StatedGround | None:
        """What was stated last for telling this agency beyond consent, if anything holds.

        [ours] docs/rules.md 3: once the person says something new, what was stated before counts no
        more; whoever goes on telling them states it then.
        """
        now = len(self.consents)
        stated = [
            StatedGround(agency_id, r.basis, r.basis_reason, r.asked_by, r.asked_at, now)
            for r in self.referrals
            if r.agency_id == agency_id and r.basis and r.ground_under == now and not r.taken_back
        ]
        stated += [g for g in self.stated_grounds if g.agency_id == agency_id and g.under == now]
        return max(stated, key=lambda one: one.at, default=None)

    def ground_of(self, agency_id: str) -> Ground | None:
        """The same, as it is carried on."""
        stated = self.stated_of(agency_id)
        return Ground(stated.basis, stated.reason) if stated else None

    def state_ground(
        self, agency_id: str, ground: Ground, by: str | None, at: datetime, meeting_id: str = ""
    ) -> None:
        """The agency is told beyond consent from now on, until the person says something new."""
        self.stated_grounds.append(
            StatedGround(
                agency_id, ground.basis, ground.reason, by, at, len(self.consents), meeting_id
            )
        )

    @property
    def grounds(self) -> tuple[str, ...]:
        """The agencies that are told on a ground of their own."""
        asked = {r.agency_id for r in self.referrals} | {g.agency_id for g in self.stated_grounds}
        return tuple(sorted(a for a in asked if self.ground_of(a)))

    def covers(self, agency_id: str) -> bool:
        """Whether telling this agency rests on the consent in force, or on a ground of its own."""
        return (
            agency_id == self.writer_agency_id
            or agency_id in self.scope
            or self.ground_of(agency_id) is not None
        )

    @property
    def waiting_referrals(self) -> list[Referral]:
        """Those that an agency is to answer, and may."""
        return [r for r in self.referrals if r.waits and self.covers(r.agency_id)]

    @property
    def open_roles(self) -> list[RoleAssignment]:
        """Roles not done yet that an agency has, and may."""
        return [r for r in self.roles if r.waits and self.covers(r.agency_id)]

    @property
    def roles_without_agency(self) -> list[RoleAssignment]:
        """Roles not done yet whose agency the person's word shut out: for others to take on."""
        return [r for r in self.roles if r.waits and not self.covers(r.agency_id)]

    @property
    def next_follow_up(self) -> FollowUp | None:
        waiting = [f for f in self.follow_ups if f.waits]
        return min(waiting, key=lambda f: f.due_on) if waiting else None

    def check_to_answer(self, today: date) -> FollowUp | None:
        """The check that an answer of today is about: the newest whose day has come, else the
        next one ahead."""
        waiting = sorted((f for f in self.follow_ups if f.waits), key=lambda f: f.due_on)
        due = [f for f in waiting if f.due_on <= today]
        return due[-1] if due else waiting[0] if waiting else None

    def end_reassessment(self, at: datetime, by: str | None, how: str, outcome: str = "") -> bool:
        """Whether there was one to end."""
        asked = self.reassessment_asked_at
        if asked is None:
            return False
        self.reassessments.append(Reassessment(asked, at, by, how, outcome))
        self.reassessment_asked_at = None
        return True

    @property
    def plan(self) -> Plan | None:
        return self.plans[-1] if self.plans else None

    @property
    def first_reply_at(self) -> datetime | None:
        times = [r.reply.at for r in self.referrals if r.reply]
        return min(times) if times else None

    def referral(self, referral_id: str) -> Referral | None:
        return next((r for r in self.referrals if r.id == referral_id), None)

    def chain(self, referral: Referral) -> list[Referral]:
        """The referral with those it was passed on from, oldest first."""
        found = [referral]
        while found[0].passed_from:
            earlier = self.referral(found[0].passed_from)
            if earlier is None:
                break
            found.insert(0, earlier)
        return found

    def agency_ids(self) -> dict[str, tuple[str, ...]]:
        """Agency id to how it stands to the case now: writer, lead, accepted, referred, role.

        Those alone that consent or a ground covers: what the others were asked or gave stays
        written, and opens nothing.
        """
        return {a: how for a, how in self.parts().items() if self.covers(a)}

    def parts(self) -> dict[str, tuple[str, ...]]:
        """The same of every agency, also of one that may be told no more."""
        found: dict[str, set[str]] = {self.writer_agency_id: {"writer"}}

        def add(agency_id: str, relation: str) -> None:
            found.setdefault(agency_id, set()).add(relation)

        if self.lead_agency_id:
            add(self.lead_agency_id, "lead")
        for referral in self.referrals:
            read_on = referral.went is not None and referral.went.reads_on
            if referral.waits or (read_on and referral.reply is None):
                add(referral.agency_id, "referred")
            elif referral.took_part:
                add(referral.agency_id, "accepted")
        for role in self.roles:
            if role.ended_at is None and (role.went is None or role.went.reads_on):
                add(role.agency_id, "role")
        return {agency_id: tuple(sorted(relations)) for agency_id, relations in found.items()}
