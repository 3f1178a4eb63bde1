"""Balances the sandboxes' own books against each other and against the vault: what really happened, exactly once.

Pure functions over the books, so that they are tested themselves (test_books.py). Standard library only.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]

HOOKS = ("SHIP_NOTIFY", "ITEM_SHIP_NOTIFY", "FULFILLMENT_SHIPPED", "ORDER_NOTIFY")


@dataclass
class Proof:
    """One object of the vault."""

    key: str
    sha256: str
    versions: int


@dataclass
class Balance:
    """What the books say, and every disagreement in a sentence."""

    paid: int = 0
    exported: int = 0
    shipments: int = 0
    proofs: int = 0
    notices: int = 0
    lost: int = 0
    duplicated: int = 0
    http_429: int = 0
    purchase_to_shipstation_s: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    # Per connection: paid, exported, shipments, notices.
    stages: dict[str, Counter[str]] = field(default_factory=dict)

    def lose(self, text: str) -> None:
        self.lost += 1
        self.problems.append(f"lost: {text}")

    def double(self, text: str) -> None:
        self.duplicated += 1
        self.problems.append(f"twice: {text}")

    def p99_s(self) -> float:
        times = sorted(self.purchase_to_shipstation_s)
        return round(times[math.ceil(0.99 * len(times)) - 1], 1) if times else 0.0


def instant(text: str) -> datetime:
    """The books' timestamps have up to nine decimals, of which Python 3.10 takes three or six."""
    whole, dot, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}{dot}{fraction[:6].ljust(6, '0') if dot else ''}+00:00")


def parcels(shipstation: Json) -> dict[int, list[str]]:
    """Tracking numbers by the order they belong to; those of a split-off order belong to its parent's."""
    parents = {order["orderId"]: order.get("parentId") for order in shipstation["orders"]}

    def root(order: int) -> int:
        while (parent := parents.get(order)) is not None:
            order = parent
        return order

    found: dict[int, list[str]] = {}
    for shipment in shipstation["shipments"]:
        if not shipment["voided"]:
            found.setdefault(root(shipment["orderId"]), []).append(shipment["trackingNumber"])
    for fulfillment in shipstation["fulfillments"]:
        found.setdefault(root(fulfillment["orderId"]), []).append(fulfillment["trackingNumber"])
    return found


def balance(
    marketplaces: dict[str, Json],
    shipstation: Json,
    proofs: Iterable[Proof],
    seeded_at: datetime,
    apart: frozenset[str] = frozenset(),
) -> Balance:
    """`marketplaces` is by connection. An order counts from `seeded_at` on if it claims to be older.

    Orders `apart` (by `orderKey`) are judged elsewhere: here only that each of their notices had its proof.
    """
    result = Balance(http_429=shipstation["http_429"])
    by_key: dict[str, list[Json]] = {}
    for order in shipstation["orders"]:
        if order.get("parentId") is None:
            by_key.setdefault(order["orderKey"], []).append(order)
    sent, kept = parcels(shipstation), list(proofs)
    expected = set()
    for connection, marketplace in marketplaces.items():
        result.http_429 += marketplace["rate_limited"]
        for order in marketplace["orders"]:
            if f"{connection}:{order['id']}" in apart:
                continue
            if order["expected_to_ship"]:
                expected.add(f"{connection}:{order['id']}")
                _balance_order(result, connection, order, marketplace, by_key, sent, seeded_at)
        _check_notices(result, connection, marketplace, kept, apart)
    _check_vault(result, [proof for proof in kept if ":".join(proof.key.split("/")[1:3]) not in apart], expected)
    return result


def _balance_order(
    result: Balance,
    connection: str,
    order: Json,
    marketplace: Json,
    by_key: dict[str, list[Json]],
    sent: dict[int, list[str]],
    seeded_at: datetime,
) -> None:
    key, stage = f"{connection}:{order['id']}", result.stages.setdefault(connection, Counter())
    result.paid += 1
    stage["paid"] += 1
    arrived = by_key.get(key, [])
    if not arrived:
        result.lose(f"order {key} is not in ShipStation")
        return
    for _ in arrived[1:]:
        result.double(f"order {key} is in ShipStation more than once")
    result.exported += 1
    stage["exported"] += 1
    bought = max(instant(order["paid_at"]), seeded_at)
    result.purchase_to_shipstation_s.append(max(0.0, (instant(arrived[0]["createdAt"]) - bought).total_seconds()))
    _balance_parcels(result, key, order["id"], marketplace, sent.get(arrived[0]["orderId"], []))


def _balance_parcels(result: Balance, key: str, order_id: str, marketplace: Json, numbers: list[str]) -> None:
    stage = result.stages[key.split(":")[0]]
    told = Counter(notice["tracking_number"] for notice in marketplace["notices"] if notice["order_id"] == order_id)
    if not numbers:
        result.lose(f"order {key} was not shipped by the warehouse")
    for number in numbers:
        result.shipments += 1
        stage["shipments"] += 1
        count = told.pop(number, 0)
        result.notices += count
        stage["notices"] += count
        if count == 0:
            result.lose(f"shipment {number} of order {key} was not told to the marketplace")
        for _ in range(count - 1):
            result.double(f"shipment {number} of order {key} was told more than once")
    for number, count in told.items():
        result.notices += count
        result.duplicated += count
        result.problems.append(f"order {key} was told of {number}, which the warehouse never sent")


def _check_notices(
    result: Balance, connection: str, marketplace: Json, kept: list[Proof], apart: frozenset[str]
) -> None:
    shipped = (order for order in marketplace["orders"] if order["expected_to_ship"])
    expected = {order["id"] for order in shipped} | {key.removeprefix(f"{connection}:") for key in apart}
    uploaded = {upload["sha256"] for upload in marketplace["uploads"]}
    vault: dict[str, set[str]] = {}
    for proof in kept:
        vault.setdefault(proof.key.rsplit("/", 1)[0], set()).add(proof.sha256)
    takes_proofs = bool(uploaded) or any(notice["attachments"] for notice in marketplace["notices"])
    for notice in marketplace["notices"]:
        name = f"notice {notice['tracking_number']} of order {connection}:{notice['order_id']}"
        if notice["order_id"] not in expected:
            result.problems.append(f"{name}: the order must not ship")
        if notice["proof_witnessed"] is not True:
            result.problems.append(f"{name}: its proof was not in the vault (witness: {notice['proof_witnessed']})")
        if takes_proofs and not notice["attachments"]:
            result.problems.append(f"{name}: without the proof that this marketplace takes")
        for digest in notice["attachments"]:
            if digest not in uploaded:
                result.problems.append(f"{name}: its attachment was never uploaded")
            if digest not in vault.get(f"proofs/{connection}/{notice['order_id']}", set()):
                result.problems.append(f"{name}: its attachment is not the proof that is kept")


def _check_vault(result: Balance, kept: list[Proof], expected: set[str]) -> None:
    result.proofs = len(kept)
    for proof in kept:
        if proof.versions != 1:
            result.problems.append(f"twice: proof {proof.key} was written {proof.versions} times")
            result.duplicated += 1
        parts = proof.key.split("/")
        if len(parts) != 4 or f"{parts[1]}:{parts[2]}" not in expected:
            result.problems.append(f"proof {proof.key} belongs to no order that ships")
    if result.proofs != result.shipments:
        result.problems.append(f"{result.shipments} shipments, but {result.proofs} proofs")


def webhooks(shipstation: Json) -> list[str]:
    """What is wrong with ShipStation's webhooks: without them only sweeps would find what was shipped."""
    subscribed = Counter(hook["event"] for hook in shipstation["subscriptions"])
    problems = [f"webhook {event} is subscribed {subscribed[event]} times" for event in HOOKS if subscribed[event] != 1]
    deliveries = shipstation["webhook_deliveries"]
    for event in ("SHIP_NOTIFY", "ITEM_SHIP_NOTIFY"):
        if not any(sent["event"] == event and sent["status"] == 200 for sent in deliveries):
            problems.append(f"no webhook {event} was delivered")
    refused = Counter(f"{sent['event']}: {sent['status']}" for sent in deliveries if 400 <= (sent["status"] or 0) < 500)
    problems += [f"{count} webhooks were refused, {answer}" for answer, count in refused.items()]
    return problems
