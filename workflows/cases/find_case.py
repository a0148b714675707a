"""Finding a case: by its number, or by the person it is about (the same person or household)."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from workflows.cases.find_person import FOUND, SEARCHED, WITHIN, record_found, too_often
from workflows.cases.story import who
from workflows.core.errors import NotFound
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.unreadable import may_know_of
from workflows.core.work import Work
from workflows.japanese.characters import HYPHENS, one_width, trimmed, without_invisible
from workflows.japanese.dates import NotADate, parse_date
from workflows.japanese.same_person import SURE, PersonTyped, same_person_keys
from workflows.model.case_row import CaseRow


@dataclass(frozen=True)
class GetCaseId(Query[str]):
    """The id behind a case number; one that may not be seen is as unknown as one that is not."""

    number: str


@handles(GetCaseId, Action.USE, code="get_case_id", others={"number": "SEE_CASE is asked"})
def get_case_id(query: GetCaseId, work: Work) -> str:
    number = case_number(query.number) or plain_number(query.number)
    case_id = work.uow.cases.id_of(number)
    row = work.uow.cases.row(case_id) if case_id else None
    if row is None:
        raise NotFound("not_found.case")
    if row.broken and may_know_of(row, work):
        return row.id  # whoever opens it reads that it cannot be read, and whom to call
    work.must(Action.SEE_CASE, row)
    return row.id


LONGEST_NUMBER: Final = 100  # characters


def plain_number(typed: str) -> str:
    """A case number in one spelling: ｒ８－０００１ is R8-0001.

    Of what is far longer than any number its beginning, which is none.
    """
    return trimmed(one_width(without_invisible(trimmed(typed)[:LONGEST_NUMBER]))).upper()


# A number as people type it: year and running number, with or without R, hyphen and zeros.
# A Japanese keyboard puts its mark for long vowels where a hyphen is meant.
_TYPED: Final = re.compile(rf"R?(\d{{1,2}})[{HYPHENS}ー](\d{{1,6}})|R(\d{{1,2}}?)(\d{{4}})")


def case_number(typed: str) -> str:
    """The case number that somebody means by ｒ８ー１２, r80012 or 8-12; "" when it is none."""
    found = _TYPED.fullmatch("".join(plain_number(typed).split()))
    if found is None:
        return ""
    year, number = (found[1], found[2]) if found[1] else (found[3], found[4])
    return f"R{int(year)}-{int(number):04d}"


_ASKED = ("name", "kana", "birth_date", "phone", "address")


@dataclass(frozen=True)
class SameCase:
    """A case about the same person or household; `kinds` says what is the same.

    `is_sure`: it is the same person, as far as that can be told; else perhaps, or somebody of
    the same household.
    """

    number: str
    state: str
    is_open: bool
    kinds: tuple[str, ...]
    is_sure: bool
    answering_agency: str
    opened_at: datetime


@dataclass(frozen=True)
class FindSame(Query[tuple[SameCase, ...] | None]):
    """Cases with the same kana or name and birth date, kana and telephone, or house, as typed.

    It is asked at every change of a sheet, so that only finding somebody new counts as a search
    (find_person.py): a case found before in the same ten minutes is a look more, not a search
    more, and what finds nobody has told nothing about anybody. None when the member has searched
    too often: then nothing was looked up.
    """

    name: str = ""
    kana: str = ""
    birth_date: str = ""
    phone: str = ""
    address: str = ""
    except_case_id: str = ""


@handles(
    FindSame,
    Action.USE,
    code="find_same_person",
    others={"except_case_id": "it is left out, and nothing is said of it"},
)
def find_same(query: FindSame, work: Work) -> tuple[SameCase, ...] | None:
    born = _day(query.birth_date, work)
    person = PersonTyped(query.name, query.kana, born, query.phone, query.address)
    keys = same_person_keys(person, work.uow.directory.town().name)
    asked = [f for f in _ASKED if trimmed(getattr(query, f))]
    if not keys:
        return ()
    if too_often(asked, work):
        return None
    found: list[tuple[CaseRow, tuple[str, ...]]] = []
    for case_id, kinds in work.uow.cases.matching(keys).items():
        row = work.uow.cases.row(case_id)
        if row is None or case_id == query.except_case_id:
            continue
        # Whose case it is is content: who sees no more than its state is told nothing.
        if work.may(Action.READ_CASE, row).allowed:
            found.append((row, kinds))
    if {row.id for row, _ in found} - _found_before(work):
        work.record(SEARCHED, kinds=sorted(asked), hits=len(found))
    for row, _ in found:
        record_found(row, work)
    found.sort(key=lambda one: (not SURE & set(one[1]), not one[0].is_open, one[0].number))
    return tuple(
        SameCase(
            number=row.number,
            state=str(row.state),
            is_open=row.is_open,
            kinds=kinds,
            is_sure=bool(SURE & set(kinds)),
            answering_agency=work.agency_name(row.answering_agency_id),
            opened_at=row.opened_at,
        )
        for row, kinds in found
    )


def _found_before(work: Work) -> set[str | None]:
    """The cases that the member was shown by a search a short while ago."""
    looks = work.uow.events.of_kinds((FOUND,), work.now - WITHIN)
    return {r.case_id for r in looks if r.actor_id == work.me.id}


def _day(typed: str, work: Work) -> date | None:
    """A birth date while it is being typed: half of one is none yet."""
    try:
        return parse_date(typed, today=work.today, past=True) if trimmed(typed) else None
    except NotADate:
        return None


@dataclass(frozen=True)
class MyReply:
    """The reply of my agency to a referral after it lost access to the case."""

    number: str
    answer: str
    by: str
    at: datetime
    next_agency: str
    heard_by: str


@dataclass(frozen=True)
class GetMyReply(Query[MyReply]):
    """An agency that passed a referral on sees the case no more, but knows what it answered."""

    number: str
    referral_id: str


@handles(
    GetMyReply,
    Action.USE,
    code="get_my_reply",
    others={
        "number": "only of what my own agency answered",
        "referral_id": "only one that my own agency answered",
    },
)
def get_my_reply(query: GetMyReply, work: Work) -> MyReply:
    case_id = work.uow.cases.id_of(plain_number(query.number))
    case = work.uow.cases.get(case_id) if case_id else None
    referral = case.referral(query.referral_id) if case else None
    reply = referral.reply if referral else None
    if case is None or referral is None or reply is None:
        raise NotFound("not_found.case")
    if referral.agency_id != work.me.agency_id or case.is_restricted:
        raise NotFound("not_found.case")
    return MyReply(
        number=case.number,
        answer=str(reply.answer),
        by=who(reply.by, work, reply.at),
        at=reply.at,
        next_agency=work.agency_name(reply.next_agency_id, reply.at)
        if reply.next_agency_id
        else "",
        heard_by=reply.heard_by,
    )
