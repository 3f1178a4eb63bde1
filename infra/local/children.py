"""The processes we start, and their end: whatever happens, what we started is stopped, and nothing else is.

Standard library only.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

# Ctrl-C, `kill`, and a terminal that is closed.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Problem(Exception):
    """Something the user has to know, in a sentence; `code` is what the program exits with."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def require_free(ports: dict[str, int]) -> None:
    """Ports in use are reported, not fought over.

    Raises Problem (exit code 2) that names each one.
    """
    taken = [f"{number} ({name}: TALLYMAN_PORT_{name.upper()})" for name, number in ports.items() if not is_free(number)]
    if taken:
        raise Problem(
            f"ports in use on 127.0.0.1: {', '.join(taken)}. "
            "Stop what listens there, or set the variables named to other ports.",
            code=2,
        )


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # What a server does: a port that a stopped one left in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return not is_listening(port)


class Children:
    """Starts processes, each in a group of its own, and ends every group when this program ends.

    Who is asked to end has `patience_s` seconds for it.
    """

    def __init__(self, logs: pathlib.Path, patience_s: float = 5) -> None:
        self.logs = logs
        self.patience_s = patience_s
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        logs.mkdir(parents=True, exist_ok=True)
        atexit.register(self.stop)
        # SIGTERM and SIGHUP become an exit, so that `finally` and `atexit` run as they do for Ctrl-C.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _leave)

    def start(self, name: str, command: list[str], environment: dict[str, str], cwd: pathlib.Path) -> None:
        # Ctrl-C between the start and the list would leave a process behind that nobody knows of.
        with (self.logs / f"{name}.log").open("ab") as log, held_back():
            child = subprocess.Popen(
                command,
                env=environment,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running.append((name, child))

    def wait_for_port(self, name: str, port: int, timeout_s: float = 30) -> None:
        """Raises Problem with the end of its log when the child dies or stays silent."""
        deadline = time.monotonic() + timeout_s
        while not is_listening(port):
            self.check(name)
            if time.monotonic() > deadline:
                raise Problem(f"{name} does not listen on {port} after {timeout_s:.0f} s:\n{self.tail(name)}")
            time.sleep(0.1)

    def check(self, only: str = "") -> None:
        """Raises Problem when a child (or the one named) has ended by itself."""
        for name, child in self._running:
            if (not only or name == only) and child.poll() is not None:
                raise Problem(f"{name} ended by itself with {child.returncode}:\n{self.tail(name)}")

    def tail(self, name: str, lines: int = 15) -> str:
        path = self.logs / f"{name}.log"
        if not path.is_file():
            return "(no log)"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Ends all groups, last started first: politely, then for sure. Doing it twice does no harm."""
        # A second Ctrl-C, or the `kill` that follows it, must not leave half of them behind.
        before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
        running, self._running = self._running[::-1], []
        try:
            self._end(running)
        finally:
            _set(before)

    def _end(self, running: list[tuple[str, subprocess.Popen[bytes]]]) -> None:
        for _, child in running:
            _signal_group(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + self.patience_s
        for _, child in running:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
        for _, child in running:
            # The group outlives its leader while the functions of the emulator run on.
            _signal_group(child.pid, signal.SIGKILL)
            # Already gone with its group, unless it left that.
            child.kill()
            child.wait()


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Signals that would end the program wait until this is over."""
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in ENDING}
    try:
        yield
    finally:
        _set(before)
        for number in came[:1]:
            os.kill(os.getpid(), number)


def _set(handlers: dict[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        # None: whoever set it wasn't Python.
        signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass


def _leave(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)
