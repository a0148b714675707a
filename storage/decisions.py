"""Lines of the list of decisions that is kept outside the database: sealed, each with its row."""

import json

from storage.documents import from_text, to_text
from storage.vault import Vault
from workflows.kept_decisions import NO_LINE, KeptDecision, row_of_line
from workflows.ports import FAULTS


class DecisionSeals:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, decision: KeptDecision) -> str:
        sealed = self._vault.seal(to_text(decision), f"decisions:{decision.seq}")
        return json.dumps({"seq": decision.seq, "sealed": sealed})

    def row_of(self, line: str) -> int | None:
        """The row of the trail that stands in the clear; None when the line is none of ours."""
        return row_of_line(line)

    def open(self, line: str) -> KeptDecision | None:
        try:
            found = json.loads(line)
            text = self._vault.open(found["sealed"], f"decisions:{int(found['seq'])}")
            return from_text(text, KeptDecision)
        except (*FAULTS, *NO_LINE):
            return None
