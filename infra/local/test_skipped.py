"""Tests of what is said about skipped tests."""

from __future__ import annotations

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import skipped

LINE = "SKIPPED: recorded answers: ../shared/fixtures is not there\n"


class Skipped(unittest.TestCase):
    def test_each_is_named_once_also_when_the_harness_had_begun_a_line(self) -> None:
        lines = ["test a ... ok\n", LINE, f"test b ... {LINE}", "SKIPPED: console: no browser\n", "skipped lines\n"]
        self.assertEqual(
            skipped.found(lines),
            ["recorded answers (2 times): ../shared/fixtures is not there", "console: no browser"],
        )

    def test_the_last_lines_say_what_and_why_or_that_nothing_was(self) -> None:
        self.assertEqual(skipped.last_lines([]), ["nothing was skipped"])
        self.assertEqual(skipped.last_lines(["a: b"])[1:], ["  a: b"])

    def test_a_command_is_run_shown_and_answered_for_and_what_it_skipped_is_kept(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            kept = pathlib.Path(folder) / "below" / "skipped.txt"
            code = f"import sys; print({LINE!r}, end='', file=sys.stderr); print('done'); sys.exit(3)"
            shown = io.StringIO()
            with mock.patch.object(skipped, "KEPT", kept), contextlib.redirect_stdout(shown):
                self.assertEqual(skipped.main(["run", sys.executable, "-c", code]), 3)
                self.assertEqual(skipped.main(["add", "no", "browser"]), 0)
            self.assertIn("done", shown.getvalue())
            self.assertEqual(skipped.kept(kept), ["recorded answers: ../shared/fixtures is not there", "no browser"])


if __name__ == "__main__":
    unittest.main()
