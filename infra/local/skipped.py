"""What was skipped, and why, where it is seen: in the last lines of `make test`.

    python3 infra/local/skipped.py run COMMAND...    runs it, and keeps the lines with "SKIPPED: " that it prints
    python3 infra/local/skipped.py add TEXT...       keeps one more
    python3 infra/local/skipped.py show              prints what was kept since the last `run`

Tests that look for something outside this project print such a line when it isn't there.
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable

import places

KEPT = places.TARGET / "skipped.txt"
# The test harness may have begun a line of its own before.
MARK = re.compile(r"SKIPPED: (.+)")


def found(lines: Iterable[str]) -> list[str]:
    """What was skipped, each once with the first reason, and how often it was when that is more."""
    reasons: dict[str, str] = {}
    times: Counter[str] = Counter()
    for hit in filter(None, map(MARK.search, lines)):
        what, _, why = hit.group(1).strip().partition(": ")
        reasons.setdefault(what, why)
        times[what] += 1
    return [f"{what}{f' ({times[what]} times)' if times[what] > 1 else ''}: {why}" for what, why in reasons.items()]


def last_lines(kept: list[str]) -> list[str]:
    if not kept:
        return ["nothing was skipped"]
    return [f"{len(kept)} thing(s) were SKIPPED, so nothing is known of them:", *(f"  {text}" for text in kept)]


def run(command: list[str]) -> int:
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as child:
        assert child.stdout is not None
        for line in child.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    keep(found(lines), fresh=True)
    return child.returncode


def keep(texts: list[str], fresh: bool = False) -> None:
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    with KEPT.open("w" if fresh else "a", encoding="utf-8") as file:
        file.writelines(f"{text}\n" for text in texts)


def kept(path: pathlib.Path = KEPT) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def main(words: list[str]) -> int:
    match words:
        case ["run", *command] if command:
            return run(command)
        case ["add", *text] if text:
            keep([" ".join(text)])
        case ["show"]:
            print("\n".join(last_lines(kept())), flush=True)
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
