"""News of every kind about one matter, put up at once; and whether what stands there asks."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.slack.door import SLACK
from handlers.words.verbs import READ_ONLY_VERBS
from tests.slack.limits import Json
from tests.slack.product import SlackTown
from tests.slack.screen import words_in
from tests.support.chat_town import ChatTown
from tests.support.largest_notice import LARGEST
from workflows.inbox.news_kinds import NEWS_KINDS
from workflows.model.notice import Fact, Notice
from workflows.model.promise import Promise, PromiseKind
from workflows.promises.ladder import AGAIN, LADDERS

ASKS = re.compile("ください|お願いします|お待ち|ご検討|お答え|ご相談|お急ぎ")
# One line that leads to the newer card, where what it asks stands.
LEADS_ON = "新しいお知らせがあります。下のカードをご覧ください。"

_K = PromiseKind
OF_CASES = (
    *(_K.REPLY, _K.NAME_LEAD, _K.NEXT_STEP, _K.FOLLOW_UP, _K.REASSESS, _K.ROLE),
    *(_K.PLAN_REVIEW, _K.CLOSE_CASE, _K.REVISE_PLAN, _K.STILL_NEEDED),
)
BEFORE_MEETINGS = (_K.ANSWER_DATES, _K.FIX_DATE, _K.ATTEND, _K.MEETING_SOON)
OF_RECORDS = (_K.RECORD, _K.CONFIRM_RECORD)


def owed_keys(kinds: Iterable[PromiseKind]) -> Iterator[tuple[str, PromiseKind]]:
    """Every message of the ladders of these kinds, and of which."""
    for kind in kinds:
        rungs = (*LADDERS.get(kind, ()), *AGAIN.get(kind, ()))
        yield from {rung.message: kind for rung in rungs}.items()


# What goes with a promise from the first, beside the rungs of its ladder.
AT_ONCE = {
    "referral_asked": _K.REPLY,
    "role_given": _K.ROLE,
    "dates_asked": _K.ANSWER_DATES,
    "dates_asked_again": _K.ANSWER_DATES,
    "all_answered": _K.FIX_DATE,
    "meeting_convened": _K.FIX_DATE,
}


def asking_of_case() -> dict[str, PromiseKind | None]:
    """Every message that asks for something on a case, with the promise it goes with."""
    at_once = {key: kind for key, kind in AT_ONCE.items() if kind in OF_CASES}
    found: dict[str, PromiseKind | None] = dict.fromkeys(
        key for key, kind in NEWS_KINDS.items() if kind.with_case
    )
    return {**found, **at_once, **dict(owed_keys(OF_CASES))}


def asking_of_meeting() -> dict[str, PromiseKind | None]:
    """Every message that asks for something at a meeting, with the promise it goes with."""
    kinds = (*BEFORE_MEETINGS, *OF_RECORDS)
    at_once = {key: kind for key, kind in AT_ONCE.items() if kind in kinds}
    writing = ("confirm_record", "record_ask", "record_returned")
    before = {key for key, kind in NEWS_KINDS.items() if kind.with_meeting}
    found: dict[str, PromiseKind | None] = dict.fromkeys(sorted({*before, *writing}))
    return {**found, **at_once, **dict(owed_keys(kinds))}


@dataclass
class PutUp:
    """News put up for members."""

    town: ChatTown
    count: int = 0
    last: int = 0  # how many were put up last

    def put(
        self,
        keys: dict[str, PromiseKind | None],
        member_id: str,
        *,
        case_id: str | None = None,
        meeting_id: str | None = None,
        once: str = "",
        due_at: datetime | None = None,
        **facts: Fact,
    ) -> None:
        """One notice of each of these to this member, with the promise it goes with as if it was
        owed; the next command on the case or meeting derives anew what is."""
        self.last = len(keys)
        self.town.tick()  # what the clock derives anew is done before
        now = self.town.desk.now()
        with self.town.database.open() as unit:
            row = unit.meetings.row(meeting_id) if meeting_id else None
            case = unit.cases.row(case_id) if case_id else None
            about: dict[str, Fact] = {"number": case.number} if case else {}
            subject = case_id or meeting_id or ""
            due_at = due_at or now + timedelta(days=1)
            owed = [
                Promise(kind, subject, key, now, due_at, "A14",
                        case_id=case_id, meeting_id=meeting_id)
                for key, kind in keys.items()
                if kind
            ]  # fmt: skip
            kept = unit.promises.open(subject_id=subject)
            unit.promises.replace(subject, [(p, None) for p in (*kept, *owed)])
            for key, kind in keys.items():
                self.count += 1
                said = once or f"walked{self.count}"
                unit.outbox.put(
                    Notice(
                        f"n{self.count}", key, member_id, f"{key}:{said}:{member_id}",
                        {**LARGEST, "rung": "debtor", "item": key,
                         "due_at": due_at.isoformat(), **about, **facts},
                        case_id, meeting_id, row.sequence if row else None,
                        f"{kind}:{subject}:{key}" if kind else None,
                        created_at=now, not_before=now,
                    )
                )  # fmt: skip
            unit.commit()
        self.town.tick()

    def articles(self, page: str) -> list[str]:
        """The cards of an inbox page that were put up last."""
        found = re.findall(r"<article>.*?</article>", page, re.DOTALL)
        ids = {f'value="n{n}"' for n in range(self.count - self.last + 1, self.count + 1)}
        return [one for one in found if any(i in one for i in ids)]


@dataclass
class Walk(PutUp):
    """News put up for members, and the cards of it in Slack."""

    town: SlackTown

    def cards(self, member_id: str, case_id: str = "", meeting_id: str = "") -> dict[str, Json]:
        """What stands in Slack for this member about that, by the key of its news."""
        with self.town.database.open() as unit:
            posts = unit.posts.find(
                SLACK, kind="notice", member_id=member_id, case_id=case_id, meeting_id=meeting_id
            )
        shown = {m["ts"]: m for m in self.town.slack.messages(self.town.person(member_id).dm_id)}
        self.gone = [shown[p.external_id] for p in posts if not p.notice]
        return {p.notice.key: shown[p.external_id] for p in posts if p.notice}


def asking(message: Json) -> list[str]:
    """What a card in Slack asks for: its buttons but those to read on, and its sentences but its
    title, which is the name of the news."""
    found: list[str] = []
    for number, block in enumerate(message["blocks"]):
        if block["type"] == "actions":
            verbs = (e["action_id"].partition(".")[0] for e in block["elements"])
            found += [
                v for v in verbs if v.removeprefix("page:") not in READ_ONLY_VERBS | {"calendar"}
            ]
        elif number:
            words = "\n".join(words_in([block]))
            found += [words] if ASKS.search(words) and words != LEADS_ON else []
    return found


def asked_on_page(article: str) -> list[str]:
    """What one of them asks for: a sentence, or a link but those to read on."""
    body = re.findall(r'<p class="card-body">(.*?)</p>', article, re.DOTALL)
    links = re.findall(r'<a class="button[^>]*>(.*?)</a>', article, re.DOTALL)
    return [b for b in body if ASKS.search(b)] + [a for a in links if a not in _TO_READ]


_TO_READ = {"ケースを見る", "ケースを開く", "会議を見る", "会議を開く", "記録を読む"}
