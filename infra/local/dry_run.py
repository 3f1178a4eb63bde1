"""What a dry run says and does: read from what `make run DRY_RUN=1` prints, and from the sandboxes' books.

Pure functions, tested in test_dry_run.py; e2e_dry_run.py gives them a real run. Standard library only.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from books import instant

Json = dict[str, Any]

# What a dry run says of each thing that it leaves undone (shared/app: export, proof, notify).
EXPORT = "dry run: would be sent to ShipStation"
UPLOAD = "dry run: the proof would be uploaded"
NOTICE = "dry run: the marketplace would be told"
# All that a marketplace may be asked meanwhile: each of these only reads.
READS = {
    "aliexpress.logistics.querysellershipmentinfo",
    "aliexpress.logistics.redefining.listlogisticsservice",
    "aliexpress.solution.order.delivery.info.get",
    "aliexpress.solution.order.get",
    "aliexpress.solution.order.info.get",
    "aliexpress.solution.order.receiptinfo.get",
    "aliexpress.trade.new.redefining.findorderbyid",
    "aliexpress.trade.seller.order.decrypt",
    "/alibaba/order/get",
    "/alibaba/order/list",
    "/alibaba/seller/order/shipping/channels",
    "/alibaba/seller/order/shippingorder/query",
    "/order/logistics/query",
}
# A poll's window ends this long ago (PollMarginSeconds): what is younger may be read, or not yet.
MARGIN = timedelta(seconds=150)


def said(printed: str, what: str) -> set[str]:
    """The `orderKey`s of the lines that say so."""
    lines = (line for line in printed.splitlines() if what in line)
    found = (re.search(r"\border\W{1,3}([a-z0-9-]+:\d+)", line) for line in lines)
    return {match.group(1) for match in found if match}


def to_ship(books: Json, marketplaces: list[str], before: datetime | None = None) -> set[str]:
    """The `orderKey`s of what has to be shipped; of what changed long enough before that moment."""
    orders = ((name, order) for name in marketplaces for order in books[name]["orders"] if order["expected_to_ship"])
    return {f"{name}:{order['id']}" for name, order in orders
            if before is None or instant(order["modified_at"]) <= before - MARGIN}  # fmt: skip


def shipped_order(connection: str, order: Json) -> Json:
    """`createorders` as a live run before this one sent it, as far as shipments are matched by it."""
    lines = (line for line in order["lines"] if not line["warehouse"])
    return {
        "orderNumber": order["id"],
        "orderKey": f"{connection}:{order['id']}",
        "orderDate": "2026-01-01T00:00:00.0000000",
        "orderStatus": "awaiting_shipment",
        "billTo": {"name": "A buyer"},
        "shipTo": {"name": "A buyer", "street1": "1 Main Street", "city": "Austin", "state": "TX", "country": "US"},
        "items": [
            {"lineItemKey": line["id"], "sku": line["sku"], "name": "A thing", "quantity": line["quantity"]}
            for line in lines
        ],
    }


def writes(books: Json, marketplaces: list[str], prepared: Json) -> list[str]:
    """Everything in the books that a dry run must not have done, a sentence each.

    `prepared` is ShipStation's book as it was when what the test itself wrote was done.
    """
    found, shipstation = [], books["shipstation"]
    for name in marketplaces:
        book = books[name]
        found += [f"{name}: a notice for {notice['order_id']}" for notice in book["notices"]]
        found += [f"{name}: an upload of {upload['file_name']}" for upload in book["uploads"]]
        found += [f"{name}: {count} calls of {call}" for call, count in book["calls"].items() if call not in READS]

    def orders(book: Json) -> list[tuple[str, int]]:
        return sorted((order["orderKey"], order["updates"]) for order in book["orders"])

    def posted(book: Json) -> Json:
        return {call: count for call, count in book["calls"].items() if not call.startswith("GET ")}

    if orders(shipstation) != orders(prepared):
        found.append(f"ShipStation: orders {orders(shipstation)} in place of {orders(prepared)}")
    if posted(shipstation) != posted(prepared):
        found.append(f"ShipStation: calls {posted(shipstation)} in place of {posted(prepared)}")
    found += [f"ShipStation: subscription to {hook['event']}" for hook in shipstation["subscriptions"]]
    return found
