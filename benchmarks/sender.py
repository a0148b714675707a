"""Signed requests sent from a process of its own, as Slack's servers would: none of its work is
done by the interpreter that is measured.

Started as `python -m benchmarks.sender`; reads one JSON object (`url`, `at_once`, `requests` of
body and headers), answers with the seconds that each took until its 200, in the order of sending.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.slack.endpoints import Reply, SignedHttp

ROOT = Path(__file__).parent.parent
PATIENCE = 30  # seconds
Request = dict[str, Any]


class Signer(SignedHttp):
    """Signs what is to be sent, and keeps it instead."""

    def __init__(self, secret: str) -> None:
        super().__init__("", secret)
        self.signed: list[Request] = []

    def _over_the_wire(self, address: str, body: bytes, headers: dict[str, str]) -> Reply:
        self.signed.append({"body": body.decode(), "headers": headers})
        return Reply(200, b"")


def send(url: str, requests: Sequence[Request], at_once: int) -> list[float]:
    """Seconds until each had its 200. Raises subprocess.CalledProcessError when one had not."""
    asked = {"url": url, "at_once": at_once, "requests": list(requests)}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.sender"],
        cwd=ROOT,
        input=json.dumps(asked).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    found: list[float] = json.loads(done.stdout)
    return found


def main() -> None:
    asked = json.loads(sys.stdin.buffer.read())
    place = urlsplit(asked["url"])
    begin = threading.Barrier(asked["at_once"])
    met = threading.local()

    def one(request: Request) -> float:
        if not getattr(met, "here", False):  # all of them begin together
            met.here = True
            begin.wait()
        began = time.perf_counter()
        way = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE)
        way.request("POST", "/slack/events", request["body"].encode(), request["headers"])
        answer = way.getresponse()
        answer.read()
        took = time.perf_counter() - began
        way.close()
        if answer.status != 200:
            raise RuntimeError(f"answered with {answer.status} after {took:.2f} s")
        return took

    with ThreadPoolExecutor(asked["at_once"]) as threads:
        print(json.dumps(list(threads.map(one, asked["requests"]))))


if __name__ == "__main__":
    main()
