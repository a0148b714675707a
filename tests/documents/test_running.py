"""docs/ops/running.md tells what each code of /readyz means."""

import re

from handlers.web.server.health import TICKS_STAND
from storage import cannot_store
from tests.support.documents import DOCS


def test_every_code_of_readyz_stands_there_with_what_to_do() -> None:
    text = (DOCS / "ops/running.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[a-z_]+`(?:、`[a-z_]+`)*) \|", text, re.MULTILINE)
    told = {code for cell in rows for code in re.findall(r"[a-z_]+", cell)}
    assert told == {*cannot_store._SENTENCES, TICKS_STAND}
