#!/usr/bin/env python3
"""`make run CONNECTIONS=... DRY_RUN=1`, end to end: python3 infra/local/e2e_dry_run.py (part of `make test`)

run.py is started as people start it, with the sandboxes for upstreams. One order of each marketplace is in ShipStation
already, as a live run before would have left it, and gets a label. The dry run has to say everything that would be sent,
and the sandboxes' books may not show one write. Takes about 45 s.
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
import unittest
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import dry_run
import launch
import places
from children import Children, Problem, is_free

if TYPE_CHECKING:  # importable only inside the emulator's environment
    from sandboxes import Sandboxes
    from stack import Stack

# Emulator, deployment, first import and its log: half of it on an idle machine.
IMPORT_S, NOTICE_S, END_S = 120, 60, 30
ORDERS = {"ae-demo": 8, "ali-demo": 6}


class DryRun:
    """The one run that all tests look at."""

    def __init__(self) -> None:
        from journey import ports_of_a_run
        from sandboxes import Sandboxes
        from stack import Stack

        ports = places.Ports()
        self.home, self.children = launch.fresh("e2e-dry-run", ports.named(ports_of_a_run()))
        self.stack: Stack = Stack(self.home, ports, self.children)
        self.sandboxes: Sandboxes = Sandboxes(ports, self.children)
        self.log = self.home / "logs" / "run.log"
        self.names = sorted(self.sandboxes.marketplaces)
        self.prepared: dict[str, Any] = {}
        self.books: dict[str, Any] = {}
        self.shipped: set[str] = set()
        self.expected: set[str] = set()
        self.code: int | None = None
        self.next_sweep = 0.0

    def play(self) -> None:
        from sandboxes import post

        self.sandboxes.start(self.stack.scratch)
        for name, paid in ORDERS.items():
            self.sandboxes.seed(name, paid, 2)
        placed = {name: self._place(name) for name in self.names}
        with self.log.open("wb") as log:
            program = subprocess.Popen([sys.executable, str(places.LOCAL / "run.py")], env=self._environment(),
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)  # fmt: skip
        try:
            self.expected = dry_run.to_ship(self.sandboxes.books(), self.names, datetime.now(timezone.utc))
            self._wait(program, IMPORT_S, lambda said: self.expected <= dry_run.said(said, dry_run.EXPORT), "exports")
            for name, number in placed.items():
                post(f"{self.sandboxes.shipstation}/_sandbox/ship", {"orderId": number})
            self.prepared = self.sandboxes.books()["shipstation"]
            self._wait(program, NOTICE_S, self._are_told, "notices")
        finally:
            self._end(program)
        self.books = self.sandboxes.books()

    def _are_told(self, printed: str) -> bool:
        if time.monotonic() > self.next_sweep:
            # As its schedule would in five minutes.
            self.stack.invoke("read-shipments", {"job": "sweep"})
            self.next_sweep = time.monotonic() + 10
        return self.shipped <= dry_run.said(printed, dry_run.NOTICE)

    def _place(self, name: str) -> int:
        """Puts the marketplace's oldest order into ShipStation."""
        from sandboxes import post

        orders = [order for order in self.sandboxes.books()[name]["orders"] if order["expected_to_ship"]]
        oldest = min(orders, key=lambda order: order["modified_at"])
        self.shipped.add(f"{name}:{oldest['id']}")
        key = base64.b64encode(b"sandbox-key:sandbox-secret").decode()
        address, order = f"{self.sandboxes.shipstation}/orders/createorders", dry_run.shipped_order(name, oldest)
        result = post(address, [order], {"Authorization": f"Basic {key}"})["results"][0]
        if not result["success"]:
            raise Problem(f"the sandbox refuses the order that this test prepares: {result}")
        return int(result["orderId"])

    def _environment(self) -> dict[str, str]:
        import sandboxes

        connections = self.home / "connections.toml"
        connections.write_text(sandboxes.CONNECTIONS)
        upstreams = {
            "ALIEXPRESS_BASE_URL": self.sandboxes.marketplaces[sandboxes.ALIEXPRESS],
            "ALIBABA_BASE_URL": self.sandboxes.marketplaces[sandboxes.ALIBABA],
            "ALIBABA_AUTH_BASE_URL": self.sandboxes.marketplaces[sandboxes.ALIBABA],
            "SHIPSTATION_BASE_URL": self.sandboxes.shipstation,
        }
        # Set up and built already: this is the emulator's Python.
        asked = {"CONNECTIONS": str(connections), "DRY_RUN": "1", "TALLYMAN_INSIDE": "1"}
        return os.environ | upstreams | asked

    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    def _wait(self, program: subprocess.Popen[bytes], time_s: float, done: Callable[[str], bool], what: str) -> None:
        deadline = time.monotonic() + time_s
        while not done(self.printed()):
            self.children.check()
            if program.poll() is not None:
                raise Problem(f"run.py ended by itself with {program.returncode}:\n{self.children.tail('run')}")
            if time.monotonic() > deadline:
                raise Problem(f"after {time_s:.0f} s not all {what} were said:\n{self.children.tail('run', 30)}")
            time.sleep(0.5)

    def _end(self, program: subprocess.Popen[bytes]) -> None:
        """As Ctrl-C does. It ends what it started by itself, so it is given time; what it holds up is an error."""
        if program.poll() is None:
            program.send_signal(signal.SIGINT)
        try:
            self.code = program.wait(END_S)
        except subprocess.TimeoutExpired:
            program.terminate()
            self.code = program.wait(END_S)


RUN: DryRun


class DryRunOfMakeRun(unittest.TestCase):
    maxDiff = None

    def test_every_order_that_would_be_sent_is_said_and_no_other(self) -> None:
        said = dry_run.said(RUN.printed(), dry_run.EXPORT)
        self.assertGreaterEqual(len(RUN.expected), 8, "too few orders to prove anything")
        self.assertEqual(RUN.expected - said, set())
        # Those that must not ship are sent too, held or unpaid.
        self.assertEqual(said - {f"{name}:{order['id']}" for name in RUN.names for order in RUN.books[name]["orders"]}, set())

    def test_the_proof_and_the_notice_of_each_shipment_are_said(self) -> None:
        printed = RUN.printed()
        self.assertEqual(dry_run.said(printed, dry_run.NOTICE), RUN.shipped)
        takes_proofs = {key for key in RUN.shipped if key.startswith("ali-demo:")}
        self.assertEqual(dry_run.said(printed, dry_run.UPLOAD), takes_proofs)

    def test_the_books_show_not_one_write(self) -> None:
        self.assertEqual(dry_run.writes(RUN.books, RUN.names, RUN.prepared), [])
        self.assertTrue(all(RUN.books[name]["calls"] for name in RUN.names), "nothing was read either")

    def test_nothing_that_is_printed_holds_a_key_or_a_buyer(self) -> None:
        printed = RUN.printed()
        canaries = {"sandbox-secret", "ae-not-a-secret", "ali-not-a-secret", "seller-token"}
        canaries |= {"sandbox-ae-refresh", "sandbox-ali-refresh"}
        buyers = {buyer for name in RUN.names for buyer in RUN.sandboxes.buyers(name)}
        self.assertGreater(len(buyers), 10, "without buyers this test could not fail")
        self.assertEqual([text for text in canaries | buyers if text in printed], [])

    def test_ctrl_c_ends_it_and_all_that_it_started(self) -> None:
        self.assertEqual(RUN.code, 0)
        self.assertIn("DRY RUN, Ctrl-C ends it", RUN.printed())
        self.assertTrue(is_free(RUN.stack.ports.emulator) and is_free(RUN.stack.ports.meter))


def run() -> tuple[int, int]:
    """How many tests passed and failed. Everything else of this kind must have ended: it takes the same ports."""
    global RUN
    RUN = DryRun()
    cases = unittest.defaultTestLoader.loadTestsFromTestCase(DryRunOfMakeRun)
    try:
        RUN.play()
        result = unittest.TextTestRunner(verbosity=2).run(cases)
    except Problem as problem:
        print(f"the dry run came to nothing: {problem}", flush=True)
        return 0, cases.countTestCases()
    finally:
        RUN.children.stop()
    failed = len(result.failures) + len(result.errors)
    return result.testsRun - failed, failed


def main() -> int:
    launch.inside()
    passed, failed = run()
    print(f"e2e dry run: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    launch.main(main)
