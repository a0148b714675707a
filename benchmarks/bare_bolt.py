"""The bound of a press: a Bolt app that only acknowledges, behind the product's own page server.

Started as `python -m benchmarks.bare_bolt PORT SIGNING_SECRET THREADS`.
"""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, Response, request
from slack_bolt import App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult

from handlers.web.server.serving import make_page_server
from tests.support.product import free_port

ROOT = Path(__file__).parent.parent
STARTS_WITHIN = 20.0  # seconds


@contextmanager
def bare_bolt(secret: str, threads: int) -> Iterator[tuple[str, int]]:
    """Answers at the address it gives, in the process with this number, until the block ends."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bare_bolt", str(port), secret, str(threads)], cwd=ROOT
    )
    try:
        ends = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > ends:
                    raise
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.kill()
        process.wait()


def main(port: int, secret: str, threads: int) -> None:
    def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T", bot_token="x")  # noqa: S106 - of nobody

    def only_ack(ack: Callable[[], None]) -> None:
        ack()

    app = App(signing_secret=secret, authorize=authorize, process_before_response=True)
    app.action(re.compile(".*"))(only_ack)
    app.command(re.compile(".*"))(only_ack)
    handler = SlackRequestHandler(app)

    def events() -> Response:
        answer: Response = handler.handle(request)
        return answer

    pages = Flask("bare")
    pages.add_url_rule("/slack/events", view_func=events, methods=["POST"])
    make_page_server(socket.create_server(("127.0.0.1", port)), pages, threads=threads).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
