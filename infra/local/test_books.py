"""Tests of the balance itself: a check that can't fail proves nothing."""

from __future__ import annotations

import copy
import unittest
from datetime import datetime, timezone
from typing import Any

import books

SEEDED = datetime(2026, 11, 21, 10, 0, tzinfo=timezone.utc)


def notice(tracking: str, **other: Any) -> dict[str, Any]:
    return {"order_id": "1", "tracking_number": tracking, "attachments": ["aa"], "proof_witnessed": True} | other


def good() -> tuple[dict[str, Any], dict[str, Any], list[books.Proof]]:
    """One Alibaba.com order in two parcels (one of a split-off order), and one that must not ship."""
    marketplace = {
        "orders": [
            {"id": "1", "expected_to_ship": True, "paid_at": "2026-11-21T09:50:00.123456789Z"},
            {"id": "2", "expected_to_ship": False, "paid_at": None},
        ],
        "notices": [notice("T1"), notice("T2")],
        "uploads": [{"sha256": "aa"}],
        "rate_limited": 0,
    }
    order = {"orderId": 7, "orderKey": "ali:1", "createdAt": "2026-11-21T10:01:30Z", "parentId": None}
    child = {"orderId": 8, "orderKey": "guid", "createdAt": "2026-11-21T10:02:00Z", "parentId": 7}
    label = {"orderId": 7, "trackingNumber": "T1", "voided": False}
    void = {"orderId": 7, "trackingNumber": "T0", "voided": True}
    shipstation = {
        "orders": [order, child],
        "shipments": [label, void],
        "fulfillments": [{"orderId": 8, "trackingNumber": "T2"}],
        "http_429": 0,
    }
    kept = [books.Proof("proofs/ali/1/s1.png", "aa", 1), books.Proof("proofs/ali/1/f2.png", "bb", 1)]
    return {"ali": marketplace}, shipstation, kept


class Balance(unittest.TestCase):
    def setUp(self) -> None:
        self.marketplaces, self.shipstation, self.kept = copy.deepcopy(good())
        self.ali = self.marketplaces["ali"]

    def balance(self) -> books.Balance:
        return books.balance(self.marketplaces, self.shipstation, self.kept, SEEDED)

    def assert_problem(self, text: str) -> books.Balance:
        found = self.balance()
        self.assertTrue(any(text in problem for problem in found.problems), found.problems)
        return found

    def test_books_that_agree_have_no_problem(self) -> None:
        found = self.balance()
        self.assertEqual(found.problems, [])
        counts = (found.paid, found.exported, found.shipments, found.notices, found.proofs)
        self.assertEqual((*counts, found.lost, found.duplicated), (1, 1, 2, 2, 2, 0, 0))
        self.assertEqual(found.p99_s(), 90.0)

    def test_an_order_that_never_arrived_is_lost(self) -> None:
        self.shipstation["orders"][0]["orderKey"] = "ali:9"
        self.assertEqual(self.assert_problem("order ali:1 is not in ShipStation").lost, 1)

    def test_an_order_that_arrived_twice_is_a_duplicate(self) -> None:
        self.shipstation["orders"].append(self.shipstation["orders"][0] | {"orderId": 9})
        self.assertEqual(self.assert_problem("more than once").duplicated, 1)

    def test_a_shipment_that_was_not_told_is_lost(self) -> None:
        self.ali["notices"].pop()
        self.assertEqual(self.assert_problem("shipment T2 of order ali:1 was not told").lost, 1)

    def test_a_shipment_that_was_told_twice_is_a_duplicate(self) -> None:
        self.ali["notices"].append(notice("T1"))
        self.assertEqual(self.assert_problem("told more than once").duplicated, 1)

    def test_a_notice_of_a_parcel_that_never_left_is_found(self) -> None:
        self.ali["notices"].append(notice("T0"))
        self.assert_problem("told of T0, which the warehouse never sent")

    def test_a_notice_before_its_proof_is_found(self) -> None:
        for witnessed in (False, None):
            self.ali["notices"][0]["proof_witnessed"] = witnessed
            self.assert_problem("its proof was not in the vault")

    def test_an_attachment_that_is_not_what_is_kept_is_found(self) -> None:
        self.ali["notices"][0]["attachments"] = ["cc"]
        self.assert_problem("never uploaded")
        self.assert_problem("not the proof that is kept")

    def test_a_notice_without_attachment_is_found_where_proofs_are_taken(self) -> None:
        self.ali["notices"][0]["attachments"] = []
        self.assert_problem("without the proof")

    def test_a_notice_of_an_order_that_must_not_ship_is_found(self) -> None:
        self.ali["notices"].append(notice("T9", order_id="2"))
        self.assert_problem("the order must not ship")

    def test_a_proof_that_was_written_twice_or_is_missing_or_is_nobodys_is_found(self) -> None:
        self.kept[0].versions = 2
        self.kept[1] = books.Proof("proofs/ali/2/s9.png", "bb", 1)
        self.assert_problem("was written 2 times")
        self.assert_problem("belongs to no order")
        self.kept.pop()
        self.assert_problem("2 shipments, but 1 proofs")


class Webhooks(unittest.TestCase):
    def setUp(self) -> None:
        delivered = [{"event": event, "status": 200} for event in ("SHIP_NOTIFY", "ITEM_SHIP_NOTIFY", "ORDER_NOTIFY")]
        lost = {"event": "SHIP_NOTIFY", "status": None}
        subscriptions = [{"event": event} for event in books.HOOKS]
        self.shipstation: dict[str, Any] = {"subscriptions": subscriptions, "webhook_deliveries": [*delivered, lost]}

    def test_subscribed_once_and_delivered_is_well(self) -> None:
        self.assertEqual(books.webhooks(self.shipstation), [])

    def test_one_that_is_missing_double_undelivered_or_refused_is_named(self) -> None:
        hooks, sent = self.shipstation["subscriptions"], self.shipstation["webhook_deliveries"]
        hooks[3] = {"event": "SHIP_NOTIFY"}
        del sent[1]
        sent.append({"event": "SHIP_NOTIFY", "status": 403})
        found = books.webhooks(self.shipstation)
        self.assertEqual(
            found,
            [
                "webhook SHIP_NOTIFY is subscribed 2 times",
                "webhook ORDER_NOTIFY is subscribed 0 times",
                "no webhook ITEM_SHIP_NOTIFY was delivered",
                "1 webhooks were refused, SHIP_NOTIFY: 403",
            ],
        )

if __name__ == "__main__":
    unittest.main()
