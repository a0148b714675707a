"""Every word it says: a key and facts to one sentence, a notice to its card, through templates/."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateSyntaxError,
)

from handlers.words import filters
from handlers.words.notice_heads import MESSAGES, heads, read_head
from handlers.words.verbs import VERBS, is_of_case, is_of_meeting
from handlers.words.words import TEMPLATES, WORDS, BadTemplate, load_words, read_words
from workflows.model.card import Card, CardButton
from workflows.model.notice import IN_PLACE_OF, MAY_BE_REPEAT, Notice

# The limits of a card, for every platform alike.
TITLE: Final = 40
BODY: Final = 120
FACTS: Final = 5
ACTIONS: Final = 3
LABEL: Final = 20

# What a notice says by itself when there is something to say: see Work.tell and notices.as_of.
_NOT_SAID: Final[Mapping[str, object]] = {
    "rung": "",
    "late": False,
    "numbers": (),
    "dates": (),
    "starts_at": "",
    "ends_at": "",
    "moved_from": "",
    "place": "",
    "online": False,
    "requests": 0,
}

_BLOCKS: Final = frozenset({"title", "body", "facts", "actions"})
_ACTION: Final = re.compile(r"(?P<label>[^|]+)\|(?P<verb>[^|]+)(?:\|(?P<item>[^|]*))?")


class Texts:
    """Words and messages, ours with a town's laid over them; words are read once, at the start."""

    def __init__(self, town_folder: Path | None = None) -> None:
        self._words = load_words(town_folder)
        folders = [f for f in (town_folder, TEMPLATES) if f is not None]
        # Plain text on purpose: each door escapes what it shows, in its own way.
        self._env = Environment(
            loader=FileSystemLoader([folder / MESSAGES for folder in folders]),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701
        )
        self.register(self._env)
        if town_folder:
            self._check_own(town_folder)
        self._sentences: dict[str, Template] = {}
        self._plain = {
            key: said.removesuffix("\n") for key, said in self._words.items() if "{" not in said
        }

    def say(self, key: str, /, **facts: object) -> str:
        """One sentence by its dotted key. Raises KeyError, and UndefinedError on a missing fact."""
        if key in self._plain:  # most of a page: nothing in it depends on facts
            return self._plain[key]
        if key not in self._sentences:
            self._sentences[key] = self._env.from_string(self._words[key])
        return self._sentences[key].render(facts)

    def word(self, group: str, code: str, /, **facts: object) -> str:
        """What a group of words says for a stored code; the code itself where it says nothing.

        A choice that a town took away, a code of another version: who reads it sees what stands
        there, and everything beside it. The one way from a code to its words, for every door.
        """
        key = f"{group}.{code}"
        return self.say(key, **facts) if key in self._words else str(code)

    def label(self, group: str, code: str) -> str:
        """The word for a code, such as 受理 for ("reply_answer", "accepted")."""
        return self.word(f"label.{group}", code)

    def has(self, key: str) -> bool:
        return key in self._words

    def card(self, notice: Notice) -> Card:
        """The card of a notice, the same for every platform, within the limits of a card.

        Raises KeyError on an unknown key.
        """
        drawn = self.drawn(notice)
        body = filters.cut(drawn.body, BODY)
        if holder := notice.facts.get(IN_PLACE_OF):
            body = self.say("absence.card", body=body, name=holder)
        if notice.facts.get(MAY_BE_REPEAT):
            body = self.say("delivery.may_be_repeat", body=body)
        return Card(
            title=filters.cut(drawn.title, TITLE),
            body=body,
            facts=drawn.facts[:FACTS],
            actions=drawn.actions[:ACTIONS],
        )

    def own_words(self, key: str) -> tuple[str, ...]:
        """What a message's template says by itself, whatever the facts. Raises KeyError."""
        try:
            source = self._env.loader.get_source(self._env, f"{key}.j2")[0]  # type: ignore[union-attr]
        except TemplateNotFound:
            raise KeyError(key) from None
        said = "\n".join(text for _, kind, text in self._env.lex(source) if kind == "data")
        return tuple(line.strip() for line in said.splitlines() if line.strip())

    def drawn(self, notice: Notice) -> Card:
        """The card as its template says it; a town's own template may say too much."""
        try:
            template = self._env.get_template(f"{notice.key}.j2")
        except TemplateNotFound:
            raise KeyError(notice.key) from None
        told = {name: _one_line(fact) for name, fact in notice.facts.items()}
        # On a rung of the ladder both are facts; asked at once, the promise knows its item.
        item = (notice.promise or "").rpartition(":")[2]
        told = {**_NOT_SAID, "item": item, **told}

        def block(name: str) -> list[str]:
            lines = "".join(template.blocks[name](template.new_context(told))).splitlines()
            return [line.strip() for line in lines if line.strip()]

        return Card(
            title="".join(block("title")),
            body="".join(block("body")),
            facts=tuple(_fact(line) for line in block("facts")),
            actions=tuple(
                _action(line, notice, primary=number == 0)
                for number, line in enumerate(block("actions"))
            ),
        )

    def register(self, env: Environment) -> None:
        """Give an environment our filters, `say` as a function, and `is said` for a key that has
        words: pages and messages alike."""
        ours: Mapping[str, Callable[..., str]] = {
            "day": filters.day,
            "moment": filters.moment,
            "short": filters.short,
            "time": filters.time,
            "cut": filters.cut,
            "label": lambda code, group: self.label(group, str(code)),
            "join_agencies": lambda names, most=0: self._joined(names, most, "join.more_agencies"),
            "join_numbers": lambda names, most=0: self._joined(names, most, "join.more_numbers"),
            "join_moments": lambda instants, most=0: self._joined(
                (filters.short(one) + filters.time(one) for one in instants),
                most,
                "join.more_numbers",
            ),
        }
        env.filters.update(ours)
        env.globals["say"] = self.say
        env.tests["said"] = self.has

    def _check_own(self, town_folder: Path) -> None:
        """Whether what a town reworded can be said at all: else nobody would hear of it before
        somebody is not told. Raises BadTemplate, BadHead."""
        for path in sorted((town_folder / MESSAGES).glob("*.j2")):
            try:
                own = read_head(path.read_text("utf-8"), str(path))
                blocks = self._env.get_template(path.name).blocks
            except (UnicodeDecodeError, TemplateSyntaxError) as wrong:
                raise BadTemplate(f"{path}: {wrong}") from None
            # By which ways it goes and what it is called stands in our head of it, which may be
            # copied along.
            missing = _BLOCKS - blocks.keys() if path.stem in heads() else ()
            if missing or (own and own != heads().get(path.stem)):
                raise BadTemplate(f"{path}: {', '.join(sorted(missing)) or 'head'}")
        for key, sentence in read_words(town_folder / WORDS).items():
            try:
                self._env.from_string(sentence)
            except TemplateSyntaxError as wrong:
                raise BadTemplate(f"{town_folder / WORDS}: {key}: {wrong}") from None

    def _joined(self, words: Iterable[str], most: int, more: str) -> str:
        """Words with 、 between; beyond `most` (0: no limit) how many more there are."""
        listed = list(words)
        shown = listed[:most] if most else listed
        rest = len(listed) - len(shown)
        return "、".join(shown) + (self.say(more, count=rest) if rest else "")


def load_texts(town_folder: Path | None) -> Texts:
    """The texts of one town. Ours are read once, however many ask for them."""
    return Texts(town_folder) if town_folder else _ours()


@cache
def _ours() -> Texts:
    return Texts()


def _one_line(fact: object) -> object:
    """Typed text (a place) never makes a line of its own, so it never makes a button."""
    match fact:
        case str():
            return " ".join(fact.split())
        case list():
            return [_one_line(one) for one in fact]
        case _:
            return fact


def _fact(line: str) -> tuple[str, str]:
    heading, _, value = line.partition(": ")
    return heading, value


def _action(line: str, notice: Notice, *, primary: bool) -> CardButton:
    match = _ACTION.fullmatch(line)
    if match is None:
        raise BadTemplate(f"{notice.key}: {line}")
    label, verb, item = match["label"].strip(), match["verb"].strip(), (match["item"] or "").strip()
    if len(label) > LABEL:
        raise BadTemplate(f"{notice.key}: {label}")
    if verb not in VERBS:
        raise BadTemplate(f"{notice.key}: {verb}")
    subject = ""
    if is_of_case(verb):
        subject = str(notice.facts["number"])
    elif is_of_meeting(verb):
        subject = notice.meeting_id or ""
    return CardButton(label, verb, subject, item, primary)
