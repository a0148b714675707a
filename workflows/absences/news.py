"""Who stands in for somebody hears of it: as it begins, when it changes, and that it is over.

On the first open morning, never at midnight. Absences that are over are forgotten here, too.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from workflows.core.work import Work
from workflows.delivery.stand_ins import BEGUN, CHANGED, absence_facts, deputies_to_tell
from workflows.inbox.topics import town_topic_of
from workflows.model.directory import Absence, Member
from workflows.promises.own import count_held_by

# [ours] How long an absence that is over is known.
KNOWN_FOR: Final = timedelta(days=30)


def tell_begun(member_id: str, work: Work) -> None:
    """Tell who stands in today for somebody who is away, on an open day, and each of them once."""
    member = work.uow.directory.member(member_id)
    absence = member.absence_on(work.today) if member else None
    if member is None or absence is None or not work.days.is_open(work.today):
        return
    seats = work.roster.seats
    new = [m for m in deputies_to_tell(member, seats, work) if m.id not in absence.told]
    for one in new:
        work.tell(
            BEGUN,
            [one],
            once=f"{absence.id}:{work.now.isoformat()}",
            facts=absence_facts(member, absence, work)
            | {
                "absence": absence.id,
                "count": count_held_by(member.id, work.as_member(one)),
                "named": one.id == absence.deputy_id,
            },
        )
    if new:
        known = replace(absence, told=(*absence.told, *(m.id for m in new)))
        _save(member, known, work)


def tell_changed(member_id: str, was: Absence, work: Work) -> None:
    """Tell those who were told of an absence that it lasts until another day, or is over for them.
    `was` is what was known of whom they were told."""
    member = work.uow.directory.member(member_id)
    if member is None or not was.told:
        return
    now = next((one for one in member.absences if one.id == was.id), None)
    lasts = now if now and now.is_on(work.today) else None
    left = [m.id for m in deputies_to_tell(member, work.roster.seats, work)] if lasts else []
    here = {m.id: m for m in work.active_members()}
    for one in [here[m] for m in was.told if m in here and m != work.me.id]:
        facts = absence_facts(member, lasts or was, work) | {"absence": was.id}
        if one.id not in left:
            facts["until"] = ""
        work.tell(CHANGED, [one], once=f"{was.id}:{work.now.isoformat()}", facts=facts)
    for key in (BEGUN, CHANGED):  # what they were told before says how it is now
        matter = town_topic_of(key, absence=was.id)
        work.uow.posts.stale(work.now, cards_of=was.told, matter=matter)
    if lasts:
        _save(member, replace(lasts, told=tuple(m for m in was.told if m in left)), work)


def begin_absences(work: Work) -> None:
    """Notify who stands in for somebody whose absence begins today; run every morning."""
    for member in work.active_members():
        if member.absence_on(work.today):
            tell_begun(member.id, work)


def forget_absences(work: Work) -> int:
    """Delete absences that ended more than KNOWN_FOR ago and those of former members; returns how
    many."""
    here = {m.id for m in work.active_members()}
    found = 0
    for member in work.uow.directory.members():
        kept = tuple(
            one
            for one in member.absences
            if one.until_on + KNOWN_FOR >= work.today and member.id in here
        )
        if kept != member.absences:
            found += len(member.absences) - len(kept)
            work.uow.directory.save_members([replace(member, absences=kept)])
    return found


def _save(member: Member, one: Absence, work: Work) -> None:
    kept = tuple(one if a.id == one.id else a for a in member.absences)
    work.uow.directory.save_members([replace(member, absences=kept)])
