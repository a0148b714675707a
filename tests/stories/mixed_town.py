"""One town whose agencies are reached by three ways: Slack, LINE WORKS, and mail with its links.

Wired as bot.py does it: one desk, one delivery, one application; the three ways out go to Slack's
and LINE WORKS's stand-ins and to a real SMTP server. Who is in which is named by the test; whoever
is named nowhere has no account in either, and is reached by mail.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from handlers.clock.ticks import Ticks
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.delivery.sending import Channel
from handlers.lineworks.door import LINEWORKS
from handlers.mail.channel import MailChannel
from handlers.mail.smtp import SmtpPost
from handlers.mail.written import Writer
from handlers.runtime.answer_tokens import AnswerTokens, answer_address
from handlers.settings.sign_in import MailServer
from handlers.slack.door import SLACK
from handlers.web.server.navigation import link
from handlers.words.notice_heads import MAILED
from tests.lineworks.product import LineworksTown, lineworks_product
from tests.lineworks.product import user_of as lineworks_user
from tests.slack.product import SlackTown, slack_product
from tests.slack.product import user_of as slack_user
from tests.support.mail import (
    PASSWORD,
    SENDER,
    USER,
    Office,
    certificate,
    html_of,
    mail_office,
    read_mail,
    text_of,
)
from tests.support.town import TownHall
from tests.support.web import TEXTS
from workflows.sign_in.sign_in import MAIL

WEB_SECRET = b"only for tests"  # the pages' key in tests/support/web.py


@dataclass(frozen=True)
class MixedTown:
    """`slack` and `lineworks` are the same town, looked at from each; `office` took the mails."""

    slack: SlackTown
    lineworks: LineworksTown
    office: Office

    @property
    def app(self) -> Flask:
        return self.slack.app

    def tick(self) -> None:
        """What time does, once nobody's press is worked on any more."""
        self.lineworks.settle()
        self.slack.tick()

    def mails(self, member_id: str, title: str = "") -> list[bytes]:
        """What came to this member's address with these words on top, the oldest first."""
        to = f"{member_id.lower()}@example.jp"
        found = [_content(e.content) for e in self.office.taken if to in e.rcpt_tos]
        return [m for m in found if title in f"{read_mail(m)['Subject']}\n{text_of(m)}"]

    def mailed(self) -> str:
        """Every mail to anybody: its head, and each of its parts as a reader opens it."""
        shown: list[str] = []
        for envelope in self.office.taken:
            content = _content(envelope.content)
            mail = read_mail(content)
            shown += [str(mail.items()), text_of(content), html_of(content)]
            for part in mail.walk():
                raw = part.get_payload(decode=True)
                if isinstance(raw, bytes):
                    shown.append(raw.decode().replace("\r\n ", ""))
        return "\n".join(shown)


@contextmanager
def mixed_town(
    hall: TownHall, folder: Path, *, in_slack: tuple[str, ...], in_lineworks: tuple[str, ...]
) -> Iterator[MixedTown]:
    """The whole product over this town until the block ends; `folder` is for a certificate."""
    office, tls = Office(), certificate(folder)
    with (
        slack_product(hall, linked=False) as slack,
        lineworks_product(
            hall, linked=False, desk=slack.desk, LINEWORKS_CALENDAR="yes"
        ) as lineworks,
        mail_office(office, tls.server) as port,
    ):
        post = SmtpPost(MailServer("127.0.0.1", port, False, True, USER, PASSWORD), tls.client)
        ways: dict[str, Channel] = {
            MAIL: _mail(slack, post),
            SLACK: slack.part.channel,
            LINEWORKS: lineworks.part.channel,
        }
        inbox = Inbox([SLACK, LINEWORKS], MAILED)
        delivery = OutboxSender(hall.database.open, slack.desk, TEXTS, inbox, ways)
        background_jobs = slack.part.background_jobs | lineworks.part.background_jobs
        ticks = Ticks(slack.desk, delivery, more=background_jobs)
        lineworks.part.mount(slack.app)
        lineworks.endpoint = lineworks.lineworks.callback(slack.app)
        for town in (slack, lineworks):
            town.app, town.delivery, town.ticks = slack.app, delivery, ticks
        _let_in(slack, lineworks, in_slack, in_lineworks)
        yield MixedTown(slack, lineworks, office)


def _let_in(
    slack: SlackTown,
    lineworks: LineworksTown,
    in_slack: tuple[str, ...],
    in_lineworks: tuple[str, ...],
) -> None:
    """These have an account and are known by it; nobody else has one."""
    with slack.database.open() as unit:
        members = [member.id for member in unit.directory.members()]
    for member in members:
        if member in in_slack:
            slack.link(member)
        elif slack_user(member) in slack.slack.world.users:
            slack.slack.deactivate(slack_user(member))
        if member in in_lineworks:
            lineworks.link(member)
        elif lineworks_user(member) in lineworks.lineworks.world.users:
            lineworks.lineworks.remove(lineworks_user(member))


def _mail(town: SlackTown, post: SmtpPost) -> MailChannel:
    tokens = AnswerTokens(WEB_SECRET)
    return MailChannel(
        desk=town.desk,
        post=post,
        texts=TEXTS,
        writer=Writer(TEXTS, SENDER),
        sender=SENDER,
        page_of=lambda action: town.settings.page_address + link(action),
        answer_address=lambda link_id: answer_address(town.settings, tokens.seal(link_id)),
    )


def _content(given: bytes | str | None) -> bytes:
    assert isinstance(given, bytes)
    return given
