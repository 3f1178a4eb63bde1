"""How each program here begins: set-up, build, then itself again inside the emulator's environment.

Standard library only.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable

import places
import setup
from children import Children, Problem, require_free

PACKAGES = (*places.FUNCTIONS, "tallyman", "sandbox-issuer", "sandbox-marketplaces", "sandbox-shipstation")


def build() -> None:
    """Builds what runs. Cargo shows its own progress."""
    cargo = shutil.which("cargo")
    if not cargo:
        raise Problem("cargo is not on the path: install Rust from https://rustup.rs")
    packages = [argument for package in PACKAGES for argument in ("--package", package)]
    # Cargo compiles a dependency with what all that is built together asks of it. Where `cargo test --workspace` built
    # (only that builds the examples), asking for less would compile most of them once more: seven minutes.
    what = ["--workspace", "--all-targets"] if places.EVERYTHING_BUILT.exists() else packages
    if subprocess.run([cargo, "build", "--locked", *what], cwd=places.ROOT, check=False).returncode != 0:
        raise Problem("cargo build failed, see above")


def inside(parts: tuple[str, ...] = ("emulator", "sam", "fonts")) -> None:
    """Returns inside the emulator's environment; the first call sets up, builds, and starts the program again."""
    if os.environ.pop("TALLYMAN_INSIDE", ""):
        return
    setup.set_up(parts)
    build()
    sys.stdout.flush()
    python = str(places.venv_python("emulator"))
    os.execve(python, [python, *sys.argv], os.environ | {"TALLYMAN_INSIDE": "1"})


def fresh(name: str, ports: dict[str, int]) -> tuple[pathlib.Path, Children]:
    """An empty folder below `target`, and whoever starts processes there. What an earlier run left behind is gone.

    Raises Problem, before anything is touched, when a port is in use: by the earlier run, perhaps, whose folder it is.
    """
    require_free(ports)
    home = places.TARGET / name
    shutil.rmtree(home, ignore_errors=True)
    if home.exists():
        raise Problem(f"{home} is of an earlier run and can't be removed: remove it by hand")
    return home, Children(home / "logs")


def main(program: Callable[[], int]) -> None:
    """Runs a program to its exit code; what the user has to know is a sentence, not a traceback."""
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(sys.modules["__main__"].__doc__)
        sys.exit(0)
    # Also where a shell started us in the background, which ignores Ctrl-C's signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.exit(program())
    except (Problem, setup.Problem) as problem:
        print(f"\n{problem}", file=sys.stderr)
        sys.exit(getattr(problem, "code", 1))
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)
