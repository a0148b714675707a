"""Which tables bear tags, which of their columns no tag covers, and why some tables bear none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from sqlalchemy import Table

from storage import tables
from storage.tables import SEALED

_CLAIM = "who sends it, and when next: the worst is that it goes late, again or not at all"
_READ = "whether it was read: a mark, and nothing follows from it"


@dataclass(frozen=True)
class TaggedTable:
    """A table whose rows are tagged.

    `untagged_columns` are those that no tag covers, with the reason. An `is_versioned` table is one
    that
    lets in or decides: its rows have a version, of which an older one is refused, and are added up
    in the head of the audit trail, so that one that is gone or put back is missed.
    """

    table: Table
    untagged_columns: Mapping[str, str] = field(default_factory=dict)
    is_versioned: bool = False


TAGGED: Final = {
    entry.table.name: entry
    for entry in (
        TaggedTable(tables.town, is_versioned=True),
        TaggedTable(tables.agencies, is_versioned=True),
        TaggedTable(tables.members, is_versioned=True),
        TaggedTable(tables.cases, is_versioned=True),
        TaggedTable(tables.meetings, is_versioned=True),
        TaggedTable(tables.accounts, is_versioned=True),
        TaggedTable(tables.answer_links, is_versioned=True),
        TaggedTable(
            tables.sign_ins,
            {
                "seen_at": "written at every page; a session whose idle time is put off still needs"
                " its token, and ends at `expires_at`"
            },
            is_versioned=True,
        ),
        TaggedTable(tables.passkeys, is_versioned=True),
        TaggedTable(tables.disposals, is_versioned=True),
        TaggedTable(tables.person_requests, is_versioned=True),
        TaggedTable(tables.case_numbers),
        TaggedTable(tables.request_numbers),
        TaggedTable(
            tables.outbox,
            {
                "state": _CLAIM,
                "attempts": _CLAIM,
                "try_at": _CLAIM,
                "worker": _CLAIM,
                "sent_at": _CLAIM,
                "error": _CLAIM,
                "rank": _CLAIM,
                "lost": _CLAIM,
                "in_doubt": _CLAIM,
                "passed_to": _CLAIM,
                "late_told_at": _CLAIM,
            },
        ),
        TaggedTable(tables.mailbox, {"read_at": _READ}),
        TaggedTable(
            tables.drafts,
            {"warned_at": "whether its writer was told that it goes: they are told again"},
        ),
        TaggedTable(
            tables.posts,
            {
                "shown": "a digest of what stands there: it is drawn again, or later",
                "over": "whether a newer card stands below: it is drawn as a line, or whole",
                "moves": _CLAIM,
                "try_at": _CLAIM,
                "attempts": _CLAIM,
                "worker": _CLAIM,
                "error": _CLAIM,
            },
        ),
    )
}

# Tables whose rows bear no tag, with the reason.
UNTAGGED: Final = {
    "about": "what tells keys apart opens under them alone; the rest is when something was done",
    "match_keys": "keyed digests: nobody makes one. What they find is asked for like all; the"
    " nightly check holds them against the documents",
    "promises": "derived from cases and meetings after every command, and nobody reads by them: a"
    " promise that was changed reminds late, early or the wrong agency, which is then told a number"
    " only where it may know of the case",
    "seen": "which event came in before: one of them could be taken in again; and the id of what it"
    " made, to which whoever sends it again is led: whether they may see that is asked there",
    "ways": "how each way out is doing: what is due goes late, or is tried in vain",
    "streams": "the order of presses: one that was overtaken could be carried out",
    "trail": "chained, each row to the one before it",
    "trail_head": "bears a code of its own over all of it",
    "checkpoints": "signed, each of them",
    "digests": "bound to their day; figures to compare the next one with",
    "replicas": "which processes run: the worst is that something is sent late, or again",
    "callbacks": "what was typed opens in its own row, and names who typed it, and when: one put"
    " back after two days (two weeks of Slack's) is not carried out; around it stands who works it"
    " off, and when",
}


@cache
def columns_of(table: Table) -> tuple[str, ...]:
    """The columns that a tag covers, in the order of their names."""
    without = {"tag", "version", *TAGGED[table.name].untagged_columns, *sealed_in(table)}
    return tuple(sorted(c.name for c in table.columns if c.name not in without))


@cache
def sealed_in(table: Table) -> tuple[str, ...]:
    """The columns of sealed values."""
    return tuple(column for one, column in SEALED if one is table)
