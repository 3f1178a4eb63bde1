"""What the end-to-end scenarios share. Runs inside the emulator's environment."""

from __future__ import annotations

import json
import time
import unittest
from typing import Any

import observe
import places
from journey import Journey

# The one run that all scenarios look at; e2e.py sets it before the first test.
RUN: Journey


def event(bodies: list[Any]) -> dict[str, Any]:
    """An SQS event as Lambda's poller makes it. AWS gives up to 10,000 records, the emulator's poller ten."""
    records = [
        {
            "messageId": f"made-{number}",
            "receiptHandle": "made",
            "body": body if isinstance(body, str) else json.dumps(body),
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{places.REGION}:000000000000:made",
            "awsRegion": places.REGION,
        }
        for number, body in enumerate(bodies)
    ]
    return {"Records": records}


def reference(key: str) -> dict[str, str]:
    """From `orderKey` to what hints call the order."""
    connection, _, order = key.partition(":")
    return {"connection": connection, "order": order}


class Story(unittest.TestCase):
    """Whatever a scenario does, afterwards the books must still balance."""

    maxDiff = None

    def outside(self) -> dict[str, Any]:
        """Everything outside that must not change when nothing is to be done."""
        found = RUN.sandboxes.books()
        shipstation = found.pop("shipstation")
        return {
            "orders": sorted((order["orderKey"], order["updates"]) for order in shipstation["orders"]),
            "notices": {name: len(book["notices"]) for name, book in found.items()},
            "uploads": {name: len(book["uploads"]) for name, book in found.items()},
        }

    def wait_until_quiet(self, timeout_s: float = 90) -> None:
        """Until no message is under way for two looks in a row."""
        deadline, calm = time.monotonic() + timeout_s, 0
        while calm < 2 and time.monotonic() < deadline:
            calm = 0 if any(observe.waiting(RUN.stack).values()) else calm + 1
            time.sleep(1)

    def assert_balanced(self) -> None:
        _, _, problems = RUN.verdict()
        self.assertEqual(problems, [])

    def assert_nothing_changed_since(self, before: dict[str, Any]) -> None:
        self.wait_until_quiet()
        self.assertEqual(self.outside(), before)
        self.assert_balanced()

    def keys(self) -> list[str]:
        """The `orderKey`s of ours in ShipStation."""
        orders = RUN.sandboxes.books()["shipstation"]["orders"]
        return [order["orderKey"] for order in orders if order["parentId"] is None]
