"""A server that answers byte by byte, and never comes to an end, holds nobody for long."""

import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import handlers.lineworks.api as lineworks_api
import handlers.mail.smtp as smtp_module
import handlers.runtime.deadline as deadline_module
import handlers.slack.api as slack_api
import handlers.slack.ui.files as slack_files
from handlers.chat import http_api
from handlers.chat.platform_error import ErrorKind, PlatformError
from handlers.delivery.sending import SendOutcome
from handlers.runtime.deadline import Deadline, calls_end_within
from handlers.settings.sign_in import MailServer, SingleSignOn
from handlers.web.sign_in import oidc
from tests.support.clock import START
from tests.support.mail import certificate

SOON = 20  # seconds within which a thread is surely done that waits for nothing any more
BETWEEN = 0.02  # seconds between two bytes
HTTP, HTTP_BODY = b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n{"


@contextmanager
def slow_server(first: bytes, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Says `first`, and then one letter after the other for ever; answers with its port."""
    over = threading.Event()

    def answer(connection: socket.socket) -> None:
        with suppress(OSError):
            if tls:
                connection = tls.wrap_socket(connection, server_side=True)
            with connection:
                connection.sendall(first)
                for _ in itertools.count():
                    if over.wait(BETWEEN):
                        return
                    connection.sendall(b"a")

    def accept(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, args=(listening,), daemon=True).start()
        yield int(listening.getsockname()[1])
        over.set()
        listening.shutdown(socket.SHUT_RDWR)


def outcome(act: Callable[[], object]) -> object:
    """What it answers or raises, once it has come to its end."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(act())
        except Exception as error:  # noqa: BLE001 - it is what is asked for
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(SOON)
    assert found, "it goes on for ever"
    return found[0]


@pytest.mark.parametrize("first", [HTTP, HTTP_BODY], ids=["headers", "body"])
def test_every_platform_is_given_up_that_answers_byte_by_byte(
    monkeypatch: pytest.MonkeyPatch, first: bytes
) -> None:
    """And then it may have arrived; for who signs in the provider is down."""
    modules: tuple[ModuleType, ...] = (slack_api, slack_files, http_api, oidc)
    for module in modules:
        monkeypatch.setattr(module, "TOTAL_SECONDS", 0.3)
    with slow_server(first) as port:
        url = f"http://127.0.0.1:{port}/"
        slack = slack_api.Api("xoxb-1", url)
        calls: list[Callable[[], object]] = [
            partial(slack.call, "chat.postMessage", text="a"),
            partial(lineworks_api._sent, "POST", url, data=b"{}"),
        ]
        for call in calls:
            answer = outcome(call)
            assert isinstance(answer, PlatformError), answer
            assert answer.kind is ErrorKind.MAYBE
        if first is HTTP:  # of these answers nothing more is read
            assert isinstance(outcome(partial(slack_files._send, slack, url, b"a")), PlatformError)
            assert isinstance(outcome(partial(slack.respond, url, text="a")), PlatformError)
        provider = oidc.Provider(SingleSignOn(url.rstrip("/"), "a", "b"), "https://a.example.jp/c")
        assert isinstance(outcome(partial(provider.begin, START)), oidc.ProviderDown)
        known = oidc.Endpoints(url, url, url, START, says_issuer=False)
        down = outcome(lambda: provider._token(known, "code", "verifier"))
        assert isinstance(down, oidc.ProviderDown)


@pytest.mark.parametrize("implicit_tls", [False, True])
def test_a_mail_server_is_given_up_that_answers_byte_by_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, implicit_tls: bool
) -> None:
    """TLS takes the connection over: it is cut all the same."""
    monkeypatch.setattr(smtp_module, "TOTAL_SECONDS", 0.5)
    kept = certificate(tmp_path)
    with slow_server(b"220-", kept.server if implicit_tls else None) as port:
        server = MailServer("127.0.0.1", port, implicit_tls, starttls=False, user="", password="")
        post = smtp_module.SmtpPost(server, kept.client)
        mail = EmailMessage()
        mail["From"], mail["To"] = "bot@town.example.jp", "m21@example.jp"
        result: Any = outcome(partial(post.take, mail, START))
    assert (result.outcome, result.error) == (SendOutcome.RETRY, smtp_module.CONNECTION)
    assert result.after > timedelta(0)


def test_a_call_that_is_over_in_time_is_left_alone_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    near, far = socket.socketpair()
    with near, far:
        with Deadline(SOON) as one:
            one.watch(near)
        far.sendall(b"here")
        assert near.recv(4) == b"here"
    assert not one.is_over
    assert not deadline_module._Process.under_way
    assert not [t for t in one._timers if not t.finished.is_set()]


def test_when_the_process_ends_calls_do_not_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither those under way nor the next ones."""
    begun = threading.Event()
    with slow_server(HTTP) as port:
        api = slack_api.Api("xoxb-1", f"http://127.0.0.1:{port}/")
        watch = Deadline.watch

        def watched(one: Deadline, connection: socket.socket) -> None:
            watch(one, connection)
            begun.set()

        monkeypatch.setattr(Deadline, "watch", watched)
        under_way = threading.Thread(target=lambda: outcome(partial(api.call, "auth.test")))
        under_way.start()
        assert begun.wait(SOON)
        with calls_end_within(0):
            under_way.join(SOON)
            assert not under_way.is_alive()
            assert isinstance(outcome(partial(api.call, "auth.test")), PlatformError)
