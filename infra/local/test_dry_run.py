"""Tests of how a dry run is judged: a check that can't fail proves nothing."""

from __future__ import annotations

import copy
import unittest
from datetime import datetime, timezone
from typing import Any

import dry_run

BOOK: dict[str, Any] = {
    "ali": {
        "orders": [
            {"id": "1", "expected_to_ship": True, "modified_at": "2026-11-22T10:00:00.123456789Z"},
            {"id": "2", "expected_to_ship": True, "modified_at": "2026-11-22T10:28:00Z"},
            {"id": "3", "expected_to_ship": False, "modified_at": "2026-11-22T10:00:00Z"},
        ],
        "notices": [],
        "uploads": [],
        "calls": {"/alibaba/order/list": 3},
    },
    "shipstation": {
        "orders": [{"orderKey": "ali:1", "updates": 0}],
        "calls": {"POST /orders/createorders": 1, "GET /shipments": 4},
        "subscriptions": [],
    },
}


class Printed(unittest.TestCase):
    def test_orders_are_found_in_lines_for_people_and_in_raw_ones(self) -> None:
        printed = (
            f"export-orders    10:00:00 {dry_run.EXPORT}  order=ae-demo:81 key=ae-demo:81 status=AwaitingShipment\n"
            f'{{"message":"{dry_run.EXPORT}","order":"ali-demo:23","key":"ali-demo:23"}}\n'
            f"notify-shipment  10:00:01 {dry_run.NOTICE}  order=ae-demo:82 shipment=s7\n"
            "export-orders    10:00:02 orders went to ShipStation  account=main sent=1\n"
        )
        self.assertEqual(dry_run.said(printed, dry_run.EXPORT), {"ae-demo:81", "ali-demo:23"})
        self.assertEqual(dry_run.said(printed, dry_run.NOTICE), {"ae-demo:82"})
        self.assertEqual(dry_run.said(printed, dry_run.UPLOAD), set())

    def test_what_is_younger_than_a_polls_window_need_not_be_said(self) -> None:
        now = datetime(2026, 11, 22, 10, 30, tzinfo=timezone.utc)
        self.assertEqual(dry_run.to_ship(BOOK, ["ali"], now), {"ali:1"})
        self.assertEqual(dry_run.to_ship(BOOK, ["ali"]), {"ali:1", "ali:2"})


class Writes(unittest.TestCase):
    def found(self, **changes: Any) -> list[str]:
        books = copy.deepcopy(BOOK)
        for path, value in changes.items():
            name, field = path.split("__")
            books[name][field] = value
        return dry_run.writes(books, ["ali"], BOOK["shipstation"])

    def test_reading_is_no_write(self) -> None:
        self.assertEqual(self.found(shipstation__calls={"POST /orders/createorders": 1, "GET /webhooks": 9}), [])

    def test_every_kind_of_write_is_found(self) -> None:
        one = {"orderKey": "ali:1", "updates": 0}
        for changes in (
            {"ali__notices": [{"order_id": "1"}]},
            {"ali__uploads": [{"file_name": "proof.png"}]},
            {"ali__calls": {"/alibaba/v2/order/shipping": 1}},
            {"ali__calls": {"/auth/token/refresh": 1}},
            {"shipstation__orders": [one, {"orderKey": "ali:2", "updates": 0}]},
            {"shipstation__orders": [one | {"updates": 1}]},
            {"shipstation__calls": {"POST /orders/createorders": 2}},
            {"shipstation__calls": {"POST /orders/createorders": 1, "POST /webhooks/subscribe": 1}},
            {"shipstation__subscriptions": [{"event": "SHIP_NOTIFY"}]},
        ):
            self.assertEqual(len(self.found(**changes)), 1, changes)

    def test_what_the_marketplaces_own_warehouse_ships_is_not_in_the_order(self) -> None:
        lines = [{"id": "7", "sku": None, "quantity": 2, "warehouse": False}]
        lines += [{"id": "8", "sku": "X", "quantity": 1, "warehouse": True}]
        sent = dry_run.shipped_order("ali", {"id": "1", "lines": lines})
        self.assertEqual([item["lineItemKey"] for item in sent["items"]], ["7"])
        self.assertEqual(sent["orderKey"], "ali:1")


if __name__ == "__main__":
    unittest.main()
