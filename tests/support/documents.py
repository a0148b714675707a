"""The documents as they stand: their blocks of code, and a machine on which these are run."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"

Ran = subprocess.CompletedProcess[str]


def blocks(document: str, *kinds: str) -> list[str]:
    """The blocks of code of docs/`document` that are of these kinds, in their order."""
    text = (DOCS / document).read_text("utf-8")
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for kind, block in found if kind in kinds]


# What stands in for a command that needs root, a network or minutes: what is noted, and then done.
# A unit is started as systemd starts it; the program is this one, with the Python of the tests.
STAND_INS = {
    "apt-get": "",
    "adduser": "",
    "chown": "",
    "runuser": 'shift 3; exec "$@"',
    "install": """
        set -- $(echo "$@" | sed -E 's/-[og] [a-z]+ //g'); exec /usr/bin/install "$@" """,
    "tar": 'for one in bot.py requirements.txt; do ln -s "$PROGRAM/$one" "$4/$one"; done',
    "python3": """
        mkdir -p .venv/bin
        printf '#!/bin/sh\\ncase "$2" in pip|compileall) exit 0;; esac\\nexec %s "$@"\\n' \\
            "$PYTHON" > .venv/bin/python
        chmod +x .venv/bin/python""",
    "systemctl": """
        case "$1" in
            enable) [ "$2" = --now ] || exit 0; shift;;
            start) ;;
            stop) kill "$(cat "$MACHINE/pid")"; rm "$MACHINE/pid"; exit 0;;
            *) exit 0;;
        esac
        unit="$MACHINE/etc/systemd/system/$2.service"
        cd "$(sed -n 's/^WorkingDirectory=//p' "$unit")"
        $(sed -n 's/^ExecStart=//p' "$unit") > "$MACHINE/log" 2>&1 &
        echo $! > "$MACHINE/pid"
        for _ in 1 2 3 4 5 6 7 8 9; do  # it listens within that, or the next command says so
            curl -s "http://127.0.0.1:$PORT/healthz" > /dev/null 2>&1 && break; sleep 0.5; done""",
    "curl": """
        exec "$PYTHON" -c 'import sys, urllib.request as r
print(r.urlopen(sys.argv[1], timeout=10).read().decode())' "$2" """,
}
FOLDERS = ("/opt", "/root", "/etc", "/var", "/backups")


class Machine:
    """A machine in a folder: its /opt, /root, /etc and /var lie there, and nobody needs root."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.noted = folder / "noted"
        (folder / "bin").mkdir(parents=True)
        for name in FOLDERS[:-1]:
            (folder / name[1:]).mkdir()
        for name, does in STAND_INS.items():
            self.stand_in(name, does)

    def stand_in(self, name: str, does: str) -> None:
        script = self.folder / "bin" / name
        script.write_text(f'#!/bin/sh\necho "{name} $@" >> {self.noted}\n{does}\n', "utf-8")
        script.chmod(0o755)

    def place(self, path: str) -> Path:
        """Where a file of the machine lies."""
        return self.folder / path.lstrip("/")

    def there(self, text: str) -> str:
        """The text with the machine's folders and its port; nothing else is changed."""
        folders = "|".join(FOLDERS)
        text = re.sub(rf"(?<![\w.])({folders})(?=[/\s])", lambda m: f"{self.folder}{m[1]}", text)
        left = re.findall(rf"(?<![\w.])(?:{folders})\b", text.replace(str(self.folder), "here"))
        assert not left, f"would be this machine's own: {left}"
        return text.replace(":8710", f":{self.port}")

    def run(self, script: str, typed: str = "") -> Ran:
        """A block as its reader types it in: one command after the other, until one fails."""
        return subprocess.run(
            ["/bin/sh", "-euc", self.there(script)],
            cwd=self.folder,
            env={
                "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
                "MACHINE": str(self.folder),
                "PORT": str(self.port),
                "PROGRAM": str(ROOT),
                "PYTHON": sys.executable,
                "LANG": "C.UTF-8",
            },
            input=typed,
            text=True,
            capture_output=True,
            timeout=100,
            check=False,
        )


def has(program: str) -> bool:
    return shutil.which(program) is not None
