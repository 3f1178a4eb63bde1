"""The console's pages over a stack that has done its work, in a headless browser where there is one.

Runs inside the emulator's environment; the tests themselves are in tests/console.
"""

from __future__ import annotations

import os
import sys
import unittest

import places
import skipped
from journey import Journey

HOW = "Debian and Ubuntu: apt-get install chromium chromium-driver"


def run(journey: Journey) -> tuple[int, int]:
    """How many tests passed and failed."""
    sys.path.insert(0, str(places.ROOT / "tests" / "console"))
    from webdriver import tools

    if not tools():
        what = f"the console over the end-to-end stack: chromedriver or Chromium is not installed ({HOW})"
        print(f"SKIPPED: {what}")
        skipped.keep([what])
        return 0, int(os.environ.get("TALLYMAN_REQUIRE_BROWSER", "") not in ("", "0"))
    import test_console
    import test_demo
    from stack_lab import StackLab

    test_console.LAB = StackLab(journey)
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    # What only looks comes first: what acts changes the world.
    cases = unittest.TestSuite(load(case) for case in test_demo.CASES)
    result = unittest.TextTestRunner(verbosity=2).run(cases)
    failed = len(result.failures) + len(result.errors)
    return result.testsRun - failed, failed
