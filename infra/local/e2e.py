#!/usr/bin/env python3
"""The end-to-end tests on the emulator: python3 infra/local/e2e.py (part of `make test`)

One stack is brought up, the main job runs through it with few orders, then scenarios try to break what it did. At the end
people look at it all in the console, and act (`e2e_console.py`). A stack of its own then makes a dry run
(`e2e_dry_run.py`). CONSOLE_ONLY=1 leaves the scenarios and the dry run out.
"""

from __future__ import annotations

import os
import unittest
from typing import TYPE_CHECKING

import launch
import places

if TYPE_CHECKING:  # importable only inside the emulator's environment
    from journey import Journey


def prepared() -> Journey:
    import journey
    from sandboxes import Sandboxes
    from stack import Stack

    journey.require_binaries()
    ports = places.Ports()
    home, children = launch.fresh("e2e", ports.named(journey.ports_of_a_run()))
    warehouse = {"every_s": 3, "batch": 20, "mark_share": 0.15, "split_share": 0.15}
    plan = journey.Plan(aliexpress=30, alibaba=15, others=10, deadline_s=420, warehouse=warehouse)
    return journey.Journey(Stack(home, ports, children), Sandboxes(ports, children), plan)


def suite() -> unittest.TestSuite:
    import e2e_flow
    import e2e_webhooks

    load = unittest.defaultTestLoader.loadTestsFromTestCase
    return unittest.TestSuite(load(case) for case in (*e2e_flow.CASES, *e2e_webhooks.CASES))


def main() -> int:
    launch.inside()
    import e2e_console
    import e2e_dry_run
    import story

    run = prepared()
    story.RUN = run
    console_only = os.environ.get("CONSOLE_ONLY", "") not in ("", "0")
    scenarios = unittest.TestSuite() if console_only else suite()
    try:
        run.start()
        run.watch()
        result = unittest.TextTestRunner(verbosity=2).run(scenarios)
        seen, unseen = e2e_console.run(run)
    finally:
        run.stack.children.stop()
    dry, not_dry = (0, 0) if console_only else e2e_dry_run.run()
    # Plain lines, in the form that CI reads.
    failed = len(result.failures) + len(result.errors)
    print(f"e2e: {result.testsRun - failed} passed, {failed} failed")
    print(f"e2e console: {seen} passed, {unseen} failed")
    print(f"e2e dry run: {dry} passed, {not_dry} failed")
    return 1 if failed or unseen or not_dry else 0


if __name__ == "__main__":
    launch.main(main)
