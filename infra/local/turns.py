"""What goes wrong in the world, played in the demo: people void a label, merge and split orders, a buyer cancels late or
moves house. Each turn takes orders of its own, which the automatic warehouse leaves alone, and is judged by the books.

A turn is a generator: it acts, and yields while it waits for the books to show what it needs. Standard library only.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from sandboxes import ALIEXPRESS, Sandboxes, get, post

Json = dict[str, Any]
Waiting = Generator[None, None, None]
NEW_STREET = "Calle Nueva 99"
# Seeded for the turns; those that no turn takes are shipped like all others.
SEEDED = 10


# What the marketplace is to have been told of an order: tracking number, and the number that it took the place of.
Told = list[tuple[str, "str | None"]]


def last_look(told: dict[str, Told], held: dict[str, str], found: Json, connection: str) -> list[str]:
    """What the books say at the very end: a turn that went well can still be told twice, or exported twice, afterwards.

    `told` is what each order is to have been told, exactly and in that order; `held` names the exception that it must
    have; `found` is the books and, under "exceptions", the open kinds by `orderKey`.
    """
    problems = []
    for order, expected in told.items():
        notices = [notice for notice in found[connection]["notices"] if notice["order_id"] == order]
        known = [(notice["tracking_number"], notice.get("replaces")) for notice in notices]
        if known != expected:
            problems.append(f"order {order} was told {known} in place of {expected}")
        key = f"{connection}:{order}"
        # Split-off orders are their parent's; a merged one is kept in the books under its own key.
        roots = [o for o in found["shipstation"]["orders"] if o["orderKey"] == key and o.get("parentId") is None]
        if len(roots) != 1:
            problems.append(f"order {order} is in ShipStation {len(roots)} times")
        kinds = sorted(found.get("exceptions", {}).get(key, ()))
        if kinds != ([held[order]] if order in held else []):
            problems.append(f"order {order} has the exceptions {kinds}")
    return problems


class Turns:
    """The turns of one run. `step` moves them on as far as the books allow."""

    def __init__(self, sandboxes: Sandboxes) -> None:
        self.sandboxes = sandboxes
        self.marketplace = sandboxes.marketplaces[ALIEXPRESS]
        self.found: Json = {}
        self.outcomes: dict[str, str] = {}
        self.orders: dict[str, list[str]] = {}
        self._open: dict[str, Waiting] = {}
        # What the books have to say at the end of the orders whose turn is over.
        self.told: dict[str, Told] = {}
        self.held: dict[str, str] = {}

    def seed(self) -> frozenset[str]:
        """Makes the orders; gives back the `orderKey`s that the turns take."""
        ids = self.sandboxes.seed(ALIEXPRESS, SEEDED, 0)["ids"]
        pieces = {order: self._pieces(order) for order in ids}
        by_size = sorted(ids, key=lambda order: -pieces[order])
        split, relabelled, first, second, cancelled, moved = by_size[:6]
        self.orders = {
            "void and relabel": [relabelled],
            "merged pair": [first, second],
            "split order": [split],
            "late cancellation": [cancelled],
            "changed address": [moved],
        }
        plays = (self._relabel, self._merge, self._split, self._cancel, self._move)
        for (name, orders), play in zip(self.orders.items(), plays):
            self._open[name] = play(name, *orders)
        return frozenset(f"{ALIEXPRESS}:{order}" for orders in self.orders.values() for order in orders)

    def step(self, found: Json) -> None:
        self.found = found
        for name, turn in list(self._open.items()):
            if next(turn, turn) is turn:
                del self._open[name]

    def is_open(self, name: str) -> bool:
        return name in self._open

    def is_done(self) -> bool:
        return not self._open

    def rows(self) -> list[tuple[str, str]]:
        return [(name, self.outcomes.get(name, "not finished")) for name in self.orders]

    def problems(self) -> list[str]:
        open_still = [f"{name} (order {', '.join(self.orders[name])}): not finished" for name in self._open]
        return open_still + last_look(self.told, self.held, self.found, ALIEXPRESS)

    # --- The turns ---

    def _relabel(self, name: str, order: str) -> Waiting:
        entry = yield from self._arrived(order)
        first = self._ship(entry)
        yield from self._told(order, first["trackingNumber"])
        post(f"{self.sandboxes.shipstation}/_sandbox/void", {"shipmentId": first["shipmentId"]})
        second = self._ship(entry)
        yield from self._told(order, second["trackingNumber"])
        *_, last = self._notices(order)
        if last["replaces"] != first["trackingNumber"] or len(self._notices(order)) != 2:
            raise AssertionError(f"{name}: {self._notices(order)}")
        number = first["trackingNumber"]
        self.told[order] = [(number, None), (second["trackingNumber"], number)]
        self.outcomes[name] = "the marketplace was corrected once, with a new proof first"

    def _merge(self, name: str, first: str, second: str) -> Waiting:
        parent = yield from self._arrived(first)
        child = yield from self._arrived(second)
        post(f"{self.sandboxes.shipstation}/_sandbox/merge", {"orderIds": [parent, child]})
        number = self._ship(parent)["trackingNumber"]
        yield from self._told(first, number)
        yield from self._told(second, number)
        self._once(name, first, 1)
        self._once(name, second, 1)
        self.told[first] = self.told[second] = [(number, None)]
        self.outcomes[name] = "both orders were told the one number, once each"

    def _split(self, name: str, order: str) -> Waiting:
        entry = yield from self._arrived(order)
        answer = post(f"{self.sandboxes.shipstation}/_sandbox/split", {"orderId": entry})
        one = self._ship(entry)["trackingNumber"]
        yield from self._told(order, one)
        two = self._ship(answer["childOrderId"])["trackingNumber"]
        yield from self._told(order, two)
        kinds = [notice["send_type"] for notice in self._notices(order)]
        if kinds != ["part", "all"]:
            raise AssertionError(f"{name}: {kinds}")
        self.told[order] = [(one, None), (two, None)]
        self.outcomes[name] = "told as part, and as all when the second parcel left"

    def _cancel(self, name: str, order: str) -> Waiting:
        entry = yield from self._arrived(order)
        status = {"status": "FINISH", "end_reason": "cancel_order_close_trade"}
        post(f"{self.marketplace}/_sandbox/orders/{order}/status", status)
        self._ship(entry)
        while not self._is_exception(order, "cancelled_after_label"):
            yield
        if self._notices(order):
            raise AssertionError(f"{name}: it was told all the same")
        self.told[order], self.held[order] = [], "cancelled_after_label"
        self.outcomes[name] = "nothing was told; a person has until the label can't be voided"

    def _move(self, name: str, order: str) -> Waiting:
        entry = yield from self._arrived(order)
        address = get(f"{self.marketplace}/_sandbox/orders/{order}")["address"] | {"line1": NEW_STREET}
        post(f"{self.marketplace}/_sandbox/orders/{order}/address", address)
        while self._entry(order)["street1"] != NEW_STREET:
            yield
        number = self._ship(entry)["trackingNumber"]
        yield from self._told(order, number)
        self._once(name, order, 1)
        self.told[order] = [(number, None)]
        self.outcomes[name] = "ShipStation had it before the label"

    # --- Looking and acting ---

    def _pieces(self, order: str) -> int:
        return sum(line["quantity"] for line in get(f"{self.marketplace}/_sandbox/orders/{order}")["lines"])

    def _entry(self, order: str) -> Json:
        """The order as ShipStation has it; a split-off one has another key."""
        key = f"{ALIEXPRESS}:{order}"
        return next((entry for entry in self.found["shipstation"]["orders"] if entry["orderKey"] == key), {})

    def _arrived(self, order: str) -> Generator[None, None, int]:
        while not (entry := self._entry(order)):
            yield
        return int(entry["orderId"])

    def _ship(self, entry: int) -> Json:
        answer = post(f"{self.sandboxes.shipstation}/_sandbox/ship", {"orderId": entry})
        assert isinstance(answer, dict)
        return answer

    def _notices(self, order: str) -> list[Json]:
        return [notice for notice in self.found[ALIEXPRESS]["notices"] if notice["order_id"] == order]

    def _told(self, order: str, number: str) -> Waiting:
        while all(notice["tracking_number"] != number for notice in self._notices(order)):
            yield

    def _once(self, name: str, order: str, times: int) -> None:
        if len(self._notices(order)) != times:
            raise AssertionError(f"{name}: order {order} was told {self._notices(order)}")

    def _is_exception(self, order: str, kind: str) -> bool:
        return kind in self.found.get("exceptions", {}).get(f"{ALIEXPRESS}:{order}", ())
