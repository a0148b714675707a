"""Somebody who presses whatever can be pressed and fills in whatever can be filled in.

A walk begins on a surface (a message, the Home tab, a modal) and follows every button that does
something here, each kind of deed a few times. A modal is handed in empty first and then with
everything at its longest, and is put back as it was before the next button is tried.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy

from handlers.runtime.tokens import BadToken
from handlers.slack.door import PRESS
from handlers.slack.ui.modals import REVISION, token_of
from tests.slack.allowed import MULTI
from tests.slack.fields import LISTS, Field, elements_of, fields_of, state_key
from tests.slack.largest_town import WHO, long
from tests.slack.limits import Json
from tests.slack.person import Person
from tests.slack.product import SlackTown
from tests.slack.screen import options_of, sent_at_once, state_value
from tests.slack.world import Shown

MOST = 1  # of each kind of deed
DEEPEST = 14  # modals behind one another
LAST = (  # deeds after which others cannot be done any more, in this order
    "close_answers", "reopen_answers", "move_meeting", "fix_slot", "fix_date", "cancel_meeting",
    "close_case",
)  # fmt: skip
KNOWN = WHO | {"answer_by": "令和8年11月25日", "answer_by_new": "令和8年11月25日"}
ROUNDS = 5  # of correcting what the modal says is wrong
TYPED = ("令和9年1月15日", "10:00", "")  # tried in turn where the longest text is refused


class Walker:
    """One member's hands; `done` counts what has been done, by all of them, and is done but
    `MOST` times."""

    def __init__(self, town: SlackTown, member_id: str, done: Counter[object]) -> None:
        self.town, self.done = town, done
        self.person: Person = town.person(member_id)

    # -- where a walk begins ----------------------------------------------------------------------

    def messages(self) -> None:
        """Everything in the conversation with the app, the newest first."""
        for message in reversed(self.person.messages()):
            self.surface(message)

    def surface(self, where: Json) -> None:
        self._follow(where["blocks"], where)

    def home(self) -> None:
        """The Home tab as it was published last."""
        assert self.person.home is not None
        self._follow(self.person.home.blocks, "home")

    def opened_by(self, deed: Callable[[], None]) -> None:
        """Whatever modal a command or a shortcut opens."""
        deed()
        if self._shown():
            self._modal(0)
        self._put_back([])

    def opened(self, verb: str, subject: str = "", item: str = "") -> None:
        """Whatever modal a button with this verb opens, wherever it stands."""
        self.opened_by(lambda: self.town.press(self.person, verb, subject, item))

    # -- the walk ---------------------------------------------------------------------------------

    def _follow(self, blocks: list[Json], where: object, depth: int = 0) -> None:
        before = self._stack()
        for element, verb in sorted(self._acting(blocks), key=lambda a: _at(a[1])):
            if self.done[verb] >= MOST:
                continue
            self.done[verb] += 1
            self._act(element, where)
            if self._hashes() not in ([], [one.view["hash"] for one in before]):
                self._modal(depth + 1)
            self._put_back(before)

    def _acting(self, blocks: list[Json]) -> Iterator[tuple[Json, str]]:
        """What does something when pressed or chosen, and which deed."""
        for block in blocks:
            if block["type"] == "input":
                continue
            for element in elements_of(block):
                if element.get("url") or element["type"] == "image":
                    continue
                try:
                    token = self.town.part.door.tokens.open(PRESS, token_of(element))
                except BadToken:
                    continue
                yield element, token["v"]

    def _act(self, element: Json, where: object) -> None:
        name, value = element["action_id"], element.get("value")
        if element["type"] == "button":
            self.person.press(
                lambda one: one.get("action_id") == name and one.get("value") == value,
                in_=where,  # type: ignore[arg-type]
            )
        else:
            chosen = options_of(element)[-1]["value"]
            several = element["type"] in LISTS
            self.person.choose(name, [chosen] if several else chosen, in_=where)  # type: ignore[arg-type]

    def _modal(self, depth: int) -> None:
        shown = self._shown()
        assert shown is not None
        blocks, before = list(shown.view["blocks"]), self._stack()
        view_id, submit = shown.view["id"], shown.view["submit"]
        if depth < DEEPEST:
            self._follow(blocks, "view", depth)
        asked = tuple(one.key[0].partition(REVISION)[0] for one in fields_of(blocks))
        key = (shown.view["callback_id"], asked)
        if not submit or self.done[key] >= MOST or depth >= DEEPEST:
            return
        self.done[key] += 1
        self.person.submit()  # as it is: often refused
        now = self._shown()
        if now and now.view["id"] == view_id and self.person.errors:
            self._filled()
        if self._shown() and not self.person.errors:
            self._modal(depth + 1)
        self._put_back(before)
        self._fresh_hash()
        self._filled()
        if self._shown() and not self.person.errors:
            self._modal(depth + 1)

    def _filled(self) -> None:
        """Fill in the modal on top at its longest, and correct what is refused."""
        wrong: Counter[str] = Counter()
        for _ in range(ROUNDS):
            shown = self._shown()
            if shown is None or not shown.view["submit"]:
                return
            for name in [one.key for one in fields_of(shown.view["blocks"]) if one.is_input]:
                here = {one.key: one for one in fields_of(shown.view["blocks"])}
                one = here.get(name)  # what is answered may change what is asked
                if one and (one.label in self.person.errors or not wrong):
                    self._put(shown, one, _answer(one, wrong[one.label]))
            if not shown.view["submit"]:  # an answer led to another page
                return
            self.person.submit()
            if not self.person.errors:
                return
            wrong.update(self.person.errors.keys())

    def _put(self, shown: Shown, one: Field, value: object) -> None:
        """As `person.fill`, which takes a copy of the whole screen each time."""
        if sent_at_once(one):
            self.person.fill({one.key[0]: value})
            return
        kind = one.element["type"]
        state = {"type": kind, state_key(kind): state_value(kind, value, options_of(one.element))}
        with self.town.slack.world.lock:
            shown.values.put(one.key, state)

    def _shown(self) -> Shown | None:
        with self.town.slack.world.lock:
            stack = self.town.slack.world.screens.get(self.person.id)
            return stack[-1] if stack else None

    # -- the screen as it was ---------------------------------------------------------------------

    def _stack(self) -> list[Shown]:
        with self.town.slack.world.lock:
            return deepcopy(self.town.slack.world.screens.get(self.person.id, []))

    def _hashes(self) -> list[str]:
        with self.town.slack.world.lock:
            stack = self.town.slack.world.screens.get(self.person.id, [])
            return [shown.view["hash"] for shown in stack]

    def _put_back(self, stack: list[Shown]) -> None:
        with self.town.slack.world.lock:
            self.town.slack.world.screens[self.person.id] = deepcopy(stack)

    def _fresh_hash(self) -> None:
        """Another look at the same modal: handing it in again is no repeat."""
        with self.town.slack.world.lock:
            for shown in self.town.slack.world.screens[self.person.id]:
                shown.view["hash"] += "0"


def _at(verb: str) -> int:
    return LAST.index(verb) if verb in LAST else -1


def _answer(one: Field, refused: int) -> object:
    """The longest answer to a question; after `refused` refusals the next that may be meant."""
    kind, name = one.element["type"], one.key[0].partition(REVISION)[0]
    if "options" in one.element or "option_groups" in one.element:
        values = [option["value"] for option in options_of(one.element)]
        if kind in LISTS:
            return values[: 10 if kind in MULTI else None] if not refused else values[:1]
        return values[-1 - refused % len(values)]
    match kind:
        case "datepicker":
            return "2026-12-10"
        case "timepicker":
            return "14:00"
        case "plain_text_input" if name in KNOWN and not refused:
            return KNOWN[name]
        case "plain_text_input":
            text = long(one.element.get("max_length", 3000))
            if not one.element.get("multiline"):
                text = text.replace("\n", " ")
            example = one.element.get("placeholder", {}).get("text", "").partition("：")[2]
            begun = one.element.get("initial_value", "")
            return [text, begun, example, *TYPED][min(refused, len(TYPED) + 2)]
        case _:
            raise TypeError(f"say here how a {kind} is filled in")
