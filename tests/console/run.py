#!/usr/bin/env python3
"""The console in a headless browser: python3 tests/console/run.py (part of `make test`)

Needs Chromium and chromedriver (Debian: `apt-get install chromium chromium-driver`). Where they are missing, it says
that the browser tests were skipped, unless TALLYMAN_REQUIRE_BROWSER=1 makes that a failure.
Pictures of all pages are left in target/console/pictures.
"""

from __future__ import annotations

import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "infra" / "local"))

import launch  # noqa: E402
import skipped  # noqa: E402
from webdriver import tools  # noqa: E402

HOW = "Debian and Ubuntu: apt-get install chromium chromium-driver"


def main() -> int:
    import test_streams

    if not tools():
        if tried(test_streams.CASES):
            return 1
        needed = os.environ.get("TALLYMAN_REQUIRE_BROWSER", "") not in ("", "0")
        what = f"the console in a browser: chromedriver or Chromium is not installed ({HOW})"
        print(f"SKIPPED: {what}")
        skipped.keep([what])
        return 1 if needed else 0
    launch.inside(("emulator", "fonts"))
    import test_console
    import test_looks
    import test_orders
    import test_work
    from lab import Lab

    test_console.LAB = lab = Lab()
    try:
        add_account(lab)
        return tried((*test_streams.CASES, *test_console.CASES, *test_work.CASES, *test_orders.CASES, *test_looks.CASES))
    finally:
        lab.close()


def tried(cases: tuple[type[unittest.TestCase], ...]) -> int:
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    result = unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(load(case) for case in cases))
    failed = len(result.failures) + len(result.errors)
    # One plain line, in the form that CI reads.
    print(f"console: {result.testsRun - failed} passed, {failed} failed")
    return 0 if result.wasSuccessful() else 1


def add_account(lab: object) -> None:
    """The ShipStation account that the tests pair their connections with, entered as people do it."""
    import test_console
    from lab import SHIP_KEY, SHIP_SECRET

    person = test_console.Person()
    person.browser = test_console.LAB.browser()
    try:
        person.sign_in(to="/accounts/new")
        person.browser.fill("#name", "main")
        person.browser.fill("#api_key", SHIP_KEY)
        person.browser.fill("#api_secret", SHIP_SECRET)
        person.browser.click("#go")
        person.says("ShipStation accepted the keys of main.")
    finally:
        person.browser.close()


if __name__ == "__main__":
    launch.main(main)
