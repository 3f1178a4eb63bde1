"""Tests of the last look at the turns: a check that can't fail proves nothing."""

from __future__ import annotations

import copy
import unittest
from typing import Any

import turns

TOLD: dict[str, turns.Told] = {"1": [("A", None), ("B", "A")], "2": []}
HELD = {"2": "cancelled_after_label"}
FOUND: dict[str, Any] = {
    "ali": {
        "notices": [
            {"order_id": "1", "tracking_number": "A", "replaces": None},
            {"order_id": "3", "tracking_number": "C"},
            {"order_id": "1", "tracking_number": "B", "replaces": "A"},
        ]
    },
    "shipstation": {
        "orders": [
            {"orderKey": "ali:1", "parentId": None},
            {"orderKey": "ali:1", "parentId": 7},
            {"orderKey": "ali:2", "parentId": None, "mergedInto": 5},
        ]
    },
    "exceptions": {"ali:2": ["cancelled_after_label"], "ali:3": ["stuck"]},
}


class LastLook(unittest.TestCase):
    def setUp(self) -> None:
        self.found = copy.deepcopy(FOUND)

    def look(self) -> list[str]:
        return turns.last_look(TOLD, HELD, self.found, "ali")

    def test_books_that_agree_have_no_problem(self) -> None:
        self.assertEqual(self.look(), [])

    def test_a_notice_too_many_or_too_few_or_of_another_number_is_found(self) -> None:
        notices = self.found["ali"]["notices"]
        notices.append({"order_id": "1", "tracking_number": "B", "replaces": "A"})
        self.assertIn("order 1 was told", self.look()[0])
        del notices[-1], notices[-1]
        self.assertIn("order 1 was told [('A', None)]", self.look()[0])
        notices.append({"order_id": "1", "tracking_number": "B", "replaces": None})
        self.assertEqual(len(self.look()), 1)

    def test_a_notice_of_the_cancelled_order_is_found(self) -> None:
        self.found["ali"]["notices"].append({"order_id": "2", "tracking_number": "X"})
        self.assertIn("order 2 was told [('X', None)] in place of []", self.look()[0])

    def test_an_order_that_is_in_shipstation_twice_or_not_at_all_is_found(self) -> None:
        orders = self.found["shipstation"]["orders"]
        orders.append({"orderKey": "ali:1", "parentId": None})
        self.assertEqual(self.look(), ["order 1 is in ShipStation 2 times"])
        del orders[:]
        self.assertEqual(len(self.look()), 2)

    def test_an_exception_that_is_missing_or_that_nobody_expects_is_found(self) -> None:
        self.found["exceptions"] = {"ali:1": ["stuck"]}
        self.assertEqual(self.look(), ["order 1 has the exceptions ['stuck']", "order 2 has the exceptions []"])


if __name__ == "__main__":
    unittest.main()
