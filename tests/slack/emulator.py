"""The stand-in for Slack as a server of its own: for whoever tries the product without a workspace.

    python -m tests.slack.emulator [members.csv]

It prints the settings for `.env` (with MODE=town) and is then the screens of everybody in the list,
who are users of Slack by their addresses: `M26 press 返信する`. `help` names what one can do.
"""

import csv
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from tests.slack.endpoints import SignedHttp, WsgiApp
from tests.slack.person import Person
from tests.slack.screen import words_in
from tests.slack.server import StandIn

BOT: Final = "http://127.0.0.1:8710"
PORT: Final = 8711
CHANNEL: Final = "C0RENKEI"
MEMBERS: Final = Path("templates/fictional_town/members.csv")
HELP: Final = """\
M26                     what stands on their screen: the open modal, else their messages
M26 home                their Home tab
M26 press 返信する        press a button: of the modal, else of the newest message that has it
M26 fill 氏名=山田 太郎   fill a field of the modal
M26 submit              send the modal
M26 command new         /tsunagu new
M26 say R8-0001         write to the bot
end                     stop"""


def begin(members: Iterable[dict[str, str]], port: int = PORT) -> StandIn:
    """A workspace with everybody of a members' list, and the coordinators' channel."""
    slack = StandIn(port=port)
    inside = []
    for one in members:
        code = one["コード"]
        slack.add_user(f"U{code}", code.lower(), one["氏名"], email=one["メール"])
        inside += [f"U{code}"] if "連携担当者" in one["役割"] else []
    slack.add_channel(CHANNEL, "renkei", members=inside, private=True)
    return slack


def settings(slack: StandIn) -> str:
    """What to write into `.env`."""
    return "\n".join(
        (
            "MODE=town",
            f"SLACK_API_ADDRESS={slack.api.rstrip('/')}",
            f"SLACK_BOT_TOKEN={slack.bot_token}",
            f"SLACK_SIGNING_SECRET='{slack.signing_secret}'",
            f"SLACK_COORDINATORS_CHANNEL={CHANNEL}",
        )
    )


def answer(slack: StandIn, typed: str, bot: WsgiApp | str = BOT) -> str:
    """What somebody sees after what was typed. Raises LookupError for what is not there."""
    who, _, rest = typed.strip().partition(" ")
    verb, _, what = rest.strip().partition(" ")
    person = slack.person(f"U{who}", SignedHttp(bot, slack.signing_secret))
    name, _, value = what.partition("=")
    deeds: dict[str, Callable[[], object]] = {
        "": lambda: None,
        "home": person.open_home,
        "press": lambda: person.press(what),
        "fill": lambda: person.fill({name: value}),
        "submit": person.submit,
        "command": lambda: person.command("/tsunagu", what),
        "say": lambda: person.say_to_bot(what),
    }
    if verb not in deeds:
        return HELP
    deeds[verb]()
    if person.errors:
        return "\n".join(f"{field}: {wrong}" for field, wrong in person.errors.items())
    return person.home_text() if verb == "home" else _screen(person)


def _screen(person: Person) -> str:
    if person.view is not None:
        return person.screen_text()
    shown = [*person.messages(), *person.ephemerals()[-1:]]
    return "\n----\n".join("\n".join(words_in(m.get("blocks", []))) or m["text"] for m in shown)


def main(folder: str) -> None:
    with Path(folder).open(encoding="utf-8-sig", newline="") as file:
        slack = begin(csv.DictReader(file))
    with slack:
        print(settings(slack), HELP, sep="\n\n")  # noqa: T201 - it is a screen
        for line in sys.stdin:
            if line.strip() == "end":
                return
            try:
                print(answer(slack, line))  # noqa: T201
            except Exception:  # noqa: BLE001 - a slip at the screen ends nothing
                print(traceback.format_exc(limit=0))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(MEMBERS))
