#!/usr/bin/env python3
"""Sets up what the local stack needs, once: virtual environments with pinned packages, and the fonts of the proof.

python3 infra/local/setup.py [emulator] [sam] [lint] [fonts]      everything when nothing is named
Python 3.10+, standard library only. A second run looks at stamps and does nothing.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import pathlib
import shutil
import subprocess
import sys
import time

import places

PARTS = ("emulator", "sam", "lint", "fonts")


class Problem(Exception):
    """Something the user has to know, in a sentence."""


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def stamp_of(requirements: pathlib.Path) -> str:
    """Changes with the pins and with the Python that the environment was made by."""
    return hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()


def pip_hint(output: str) -> str:
    if "ensurepip" in output or "No module named venv" in output:
        return "install the venv module of this Python (Debian, Ubuntu: apt-get install python3-venv)"
    return "is the package index reachable? `pip config list` shows which one is set up"


def run(command: list[str], what: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        output = f"{result.stdout}\n{result.stderr}".strip()
        raise Problem(f"{what} failed: {pip_hint(output)}\n{output[-2000:]}")


def make_venv(name: str) -> None:
    requirements = places.LOCAL / f"requirements-{name}.txt"
    home = places.VENVS / name
    stamp, wanted = home / "stamp", stamp_of(requirements)
    if stamp.is_file() and stamp.read_text() == wanted:
        say(f"{name}: already there")
        return
    started = time.monotonic()
    say(f"{name}: installing {requirements.relative_to(places.ROOT)}")
    shutil.rmtree(home, ignore_errors=True)
    home.parent.mkdir(parents=True, exist_ok=True)
    run([sys.executable, "-m", "venv", str(home)], f"{sys.executable} -m venv")
    pip = [str(places.venv_python(name)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--requirement", str(requirements)], f"pip install for {name}")
    # Last, so that an interrupted installation is done again.
    stamp.write_text(wanted)
    say(f"{name}: installed in {time.monotonic() - started:.0f} s")


def fetch_fonts() -> None:
    script = places.LOCAL / "fonts.py"
    if subprocess.run([sys.executable, str(script), "--into", str(places.FONTS)], check=False).returncode != 0:
        raise Problem("the fonts of the proof of shipment are missing, see above")


def set_up(parts: tuple[str, ...] = PARTS) -> None:
    """Makes sure of the named parts.

    Raises Problem with a sentence for the user.
    """
    if sys.version_info < (3, 10):
        raise Problem(f"Python 3.10 or later is needed, this is {sys.version.split()[0]}")
    # Side by side: pip waits for the network half of the time.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = [pool.submit(fetch_fonts) if part == "fonts" else pool.submit(make_venv, part) for part in parts]
    for part in running:
        part.result()


def main(arguments: list[str]) -> int:
    unknown = set(arguments) - set(PARTS)
    if unknown:
        print(f"setup: no such part: {', '.join(sorted(unknown))} (there are {', '.join(PARTS)})", file=sys.stderr)
        return 2
    try:
        set_up(tuple(arguments) or PARTS)
    except (Problem, OSError) as problem:
        print(f"setup: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
