"""Tests of what starts and ends processes: real process trees, real signals, real listeners on free ports of loopback."""

from __future__ import annotations

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from typing import Any

import children
import launch
import places
from children import Children, Problem, require_free

# Neither it nor the child that it starts listens to anything but SIGKILL; both write down who they are.
STUBBORN = """
import os, pathlib, signal, subprocess, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
(pathlib.Path(sys.argv[1]) / f"{os.getpid()}.pid").touch()
if sys.argv[2] == "parent":
    subprocess.Popen([sys.executable, "-c", sys.argv[3], sys.argv[1], "child"])
time.sleep(600)
"""
# What the demo, the run and the end-to-end tests do: start, wait, and end what they started.
PROGRAM = """
import os, pathlib, signal, subprocess, sys, time
import launch
from children import Children, Problem

folder, stubborn, way = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]

class Interrupted(subprocess.Popen):
    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        os.kill(os.getpid(), signal.SIGINT)

def program():
    children = Children(folder / "logs", patience_s=0.4)
    if way == "interrupted start":
        subprocess.Popen = Interrupted
    for name in ("one", "two"):
        command = [sys.executable, "-c", stubborn, str(folder), "parent", stubborn]
        children.start(name, command, dict(os.environ), folder)
    while len(list(folder.glob("*.pid"))) < 4:
        time.sleep(0.02)
    print("up", flush=True)
    if way == "return":
        return 0
    if way == "problem":
        raise Problem("it went wrong", 3)
    try:
        while True:
            time.sleep(0.05)
    finally:
        children.stop()

launch.main(program)
"""
TIME_S = 20
# Whoever was killed is gone at once.
GONE_S = 3


def is_running(pid: int) -> bool:
    """A dead process that nobody has collected yet isn't."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


class Folder(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def environment(self, **more: str) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": str(places.LOCAL), "PYTHONDONTWRITEBYTECODE": "1"} | more


class Trees(Folder):
    def run_program(self, way: str) -> subprocess.Popen[str]:
        folder = self.folder / way.replace(" ", "-")
        folder.mkdir()
        command = [sys.executable, "-c", PROGRAM, str(folder), STUBBORN, way]
        program = subprocess.Popen(
            command, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.addCleanup(self.clean_up, program, folder)
        return program

    def pids(self, folder: pathlib.Path) -> list[int]:
        return sorted(int(path.stem) for path in folder.glob("*.pid"))

    def clean_up(self, program: subprocess.Popen[str], folder: pathlib.Path) -> None:
        program.kill()
        program.communicate()
        for pid in filter(is_running, self.pids(folder)):
            os.kill(pid, signal.SIGKILL)

    def wait_until_up(self, program: subprocess.Popen[str]) -> None:
        assert program.stdout
        self.assertEqual(program.stdout.readline(), "up\n")

    def assert_nothing_remains(self, way: str, at_least: int = 4) -> None:
        pids = self.pids(self.folder / way.replace(" ", "-"))
        self.assertGreaterEqual(len(pids), at_least)
        deadline = time.monotonic() + GONE_S
        while (left := [pid for pid in pids if is_running(pid)]) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(left, [], way)

    def test_ctrl_c_kill_and_a_closed_terminal_end_a_tree_that_listens_to_none_of_them(self) -> None:
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            with self.subTest(number.name):
                program = self.run_program(number.name)
                self.wait_until_up(program)
                program.send_signal(number)
                self.assertEqual(program.wait(TIME_S), code)
                self.assert_nothing_remains(number.name)

    def test_whoever_asks_again_while_things_end_leaves_nothing_behind(self) -> None:
        program = self.run_program("again")
        self.wait_until_up(program)
        program.send_signal(signal.SIGINT)
        deadline = time.monotonic() + TIME_S
        while program.poll() is None and time.monotonic() < deadline:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                program.send_signal(number)
            time.sleep(0.05)
        self.assertIsNotNone(program.returncode)
        self.assert_nothing_remains("again")

    def test_a_program_that_ends_by_itself_or_by_a_problem_leaves_nothing_behind(self) -> None:
        for way, code in (("return", 0), ("problem", 3)):
            program = self.run_program(way)
            self.assertEqual(program.wait(TIME_S), code)
            self.assert_nothing_remains(way)

    def test_ctrl_c_in_the_very_moment_of_a_start_leaves_nothing_behind(self) -> None:
        program = self.run_program("interrupted start")
        output, _ = program.communicate(timeout=TIME_S)
        self.assertEqual((program.returncode, output), (130, "\nstopped\n"))
        # Killed before or after it wrote down who it is: whoever lives is found by what it was started with.
        listed = subprocess.run(["ps", "-A", "-o", "pid=,stat=,args="], capture_output=True, text=True, check=True).stdout
        left = [line for line in listed.splitlines() if str(self.folder) in line and line.split()[1][0] != "Z"]
        self.assertEqual(left, [])

    def test_what_others_started_lives_on(self) -> None:
        other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        program = self.run_program("others")
        self.wait_until_up(program)
        program.send_signal(signal.SIGINT)
        program.wait(TIME_S)
        self.assert_nothing_remains("others")
        self.assertIsNone(other.poll())


class Watching(Folder):
    """In this very process, whose signals are as they were afterwards."""

    def setUp(self) -> None:
        super().setUp()
        for number in children.ENDING:
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        self.children = Children(self.folder / "logs", patience_s=0.4)
        self.addCleanup(self.children.stop)

    def start(self, name: str, program: str) -> None:
        self.children.start(name, [sys.executable, "-c", program], dict(os.environ), self.folder)

    def test_a_child_that_ends_by_itself_is_named_with_the_end_of_its_log(self) -> None:
        self.start("short", "print('its last words'); raise SystemExit(7)")
        with self.assertRaises(Problem) as caught:
            deadline = time.monotonic() + TIME_S
            while time.monotonic() < deadline:
                self.children.check()
                time.sleep(0.02)
        self.assertIn("short ended by itself with 7:\nits last words", str(caught.exception))

    def test_a_child_that_never_listens_is_named_with_its_port(self) -> None:
        self.start("silent", "import time; print('waiting', flush=True); time.sleep(600)")
        with self.assertRaises(Problem) as caught:
            self.children.wait_for_port("silent", free_port(), timeout_s=0.5)
        self.assertIn("silent does not listen on", str(caught.exception))

    def test_stopping_leaves_ctrl_c_as_it_was(self) -> None:
        before = [signal.getsignal(number) for number in children.ENDING]
        self.start("one", "import time; time.sleep(600)")
        self.children.stop()
        self.children.stop()
        self.assertEqual([signal.getsignal(number) for number in children.ENDING], before)

    def test_a_signal_that_is_held_back_comes_afterwards(self) -> None:
        # Whoever is started in the background ignores it.
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        reached = False
        with self.assertRaises(KeyboardInterrupt):
            with children.held_back():
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.05)
                reached = True
        self.assertTrue(reached)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Ports(Folder):
    def listener(self, address: str = "127.0.0.1") -> tuple[socket.socket, int]:
        server = socket.socket()
        self.addCleanup(server.close)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, 0))
        server.listen()
        return server, int(server.getsockname()[1])

    def assert_untouched(self, server: socket.socket) -> None:
        server.settimeout(TIME_S)
        with socket.create_connection(("127.0.0.1", server.getsockname()[1]), TIME_S) as caller:
            caller.sendall(b"still there?")
            while True:
                # Those before it are the looks that closed without a word.
                answered, _ = server.accept()
                with answered:
                    if answered.recv(64) == b"still there?":
                        return

    def test_ports_in_use_are_all_named_with_what_to_do_and_left_alone(self) -> None:
        (one, first), (two, second) = self.listener(), self.listener("0.0.0.0")
        with self.assertRaises(Problem) as caught:
            require_free({"emulator": first, "meter": free_port(), "shipstation": second})
        self.assertEqual(caught.exception.code, 2)
        said = str(caught.exception)
        for part in (f"{first} (emulator: TALLYMAN_PORT_EMULATOR)", f"{second} (shipstation: TALLYMAN_PORT_SHIPSTATION)"):
            self.assertIn(part, said)
        self.assertNotIn("TALLYMAN_PORT_METER", said)
        self.assertIn("Stop what listens there, or set the variables named to other ports.", said)
        self.assert_untouched(one)
        self.assert_untouched(two)

    def test_a_port_whose_listener_has_gone_is_free_though_its_calls_linger(self) -> None:
        server, number = self.listener()
        with socket.create_connection(("127.0.0.1", number), TIME_S) as caller:
            answered, _ = server.accept()
            # Whoever closes first keeps the port in TIME_WAIT.
            answered.close()
            self.assertEqual(caller.recv(1), b"")
        server.close()
        require_free({"emulator": number})

    def test_a_program_that_finds_its_port_taken_ends_with_2_and_a_sentence_and_touches_nothing(self) -> None:
        server, number = self.listener()
        old = self.folder / "demo" / "logs" / "of-the-run-before.log"
        old.parent.mkdir(parents=True)
        old.write_text("kept")
        text = "import launch, places; launch.main(lambda: launch.fresh('demo', places.Ports().named(('emulator',))) and 0)"
        environment = self.environment(CARGO_TARGET_DIR=str(self.folder), TALLYMAN_PORT_EMULATOR=str(number))
        command = [sys.executable, "-c", text]
        result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=TIME_S)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn(f"ports in use on 127.0.0.1: {number} (emulator: TALLYMAN_PORT_EMULATOR)", result.stderr)
        self.assertNotIn("Traceback", result.stderr)
        self.assertEqual(old.read_text(), "kept")
        self.assert_untouched(server)

    def test_what_is_no_port_is_said_in_a_sentence(self) -> None:
        for text in ("", "abc", "0", "70000", "-1", "1.5"):
            environment = self.environment(TALLYMAN_PORT_METER=text)
            command = [sys.executable, "-c", "import launch, places; launch.main(lambda: places.Ports() and 0)"]
            result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=TIME_S)
            self.assertEqual(result.returncode, 2, text)
            self.assertIn(f"TALLYMAN_PORT_METER is {text!r}, which is no port", result.stderr)


class Fresh(Folder):
    def setUp(self) -> None:
        super().setUp()
        for number in children.ENDING:
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        self.target, places.TARGET = places.TARGET, self.folder
        self.addCleanup(setattr, places, "TARGET", self.target)

    def test_what_the_run_before_left_behind_is_gone_and_its_neighbours_are_not(self) -> None:
        kept = {}
        for name in ("e2e/tmp/s3/bucket/a", "e2e/logs/emulator.log", "e2e/summary.json", "demo/summary.json"):
            path: Any = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("old")
            kept[name] = path
        home, running = launch.fresh("e2e", {"emulator": free_port()})
        self.assertEqual(home, self.folder / "e2e")
        self.assertEqual(running.logs, home / "logs")
        self.assertEqual([path.relative_to(home).as_posix() for path in home.rglob("*")], ["logs"])
        self.assertTrue(kept["demo/summary.json"].is_file())


class Run(Folder):
    def test_make_run_without_a_connections_file_says_so_and_starts_nothing(self) -> None:
        for given, said in (("", "CONNECTIONS=connections.toml is missing"), ("/nowhere/x.toml", "x.toml is not there")):
            environment = self.environment(CONNECTIONS=given, CARGO_TARGET_DIR=str(self.folder))
            command = [sys.executable, str(places.LOCAL / "run.py")]
            result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=TIME_S)
            self.assertEqual(result.returncode, 2)
            self.assertIn(said, result.stderr)
            self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
