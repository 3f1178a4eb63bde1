#!/usr/bin/env python3
"""`make demo`: the main job on this machine, from the marketplaces' orders to the confirmed notices.

Exit code 0 only if the sandboxes' own books agree that everything arrived exactly once, the proof first.
KEEP=1 stays up afterwards. ORDERS_ALIEXPRESS, ORDERS_ALIBABA, ORDERS_OTHER and DEADLINE_S change the size.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import console
import launch
import places
from children import Problem


def number(name: str, default: int) -> int:
    return int(os.environ.get(name, default))


def demo() -> int:
    launch.inside()
    import journey
    from sandboxes import Sandboxes
    from stack import Stack

    journey.require_binaries()
    ports = places.Ports()
    home, children = launch.fresh("demo", ports.named(journey.ports_of_a_run()))
    plan = journey.Plan(
        aliexpress=number("ORDERS_ALIEXPRESS", 160),
        alibaba=number("ORDERS_ALIBABA", 80),
        others=number("ORDERS_OTHER", 20),
        deadline_s=number("DEADLINE_S", 420),
        warehouse={"every_s": 4, "batch": 40, "mark_share": 0.06, "split_share": 0.06},
        turns=True,
    )
    run = journey.Journey(Stack(home, ports, children), Sandboxes(ports, children), plan)
    try:
        run.start()
        run.watch()
        problems = close(run)
        if os.environ.get("KEEP", "") not in ("", "0"):
            keep(run)
    finally:
        children.stop()
    return 1 if problems else 0


def close(run: Any) -> list[str]:
    """Takes stock, writes and prints it; gives back what is wrong."""
    import cost
    import observe
    import progress

    elapsed_s = round(run.elapsed_s(), 1)
    meter, invocations = run.stack.meter(), observe.invocations(run.stack)
    balance, confirmed, problems = run.verdict()
    orders = max(1, balance.paid)
    dollars = cost.bill(meter, invocations)
    summary = {
        "orders_paid": balance.paid,
        "orders_exported": balance.exported,
        "shipments": balance.shipments,
        "proofs": balance.proofs,
        "notices": balance.notices,
        "confirmed": confirmed,
        "lost": balance.lost,
        "duplicated": balance.duplicated,
        "exceptions": observe.exceptions(run.stack),
        "http_429": balance.http_429,
        "aws_requests_per_order": round(cost.requests_total(meter, invocations) / orders, 2),
        "write_units_per_order": round(meter["write_units_total"] / orders, 2),
        "usd_per_million_orders": cost.per_million_orders(dollars, orders),
        "purchase_to_shipstation_s_p99": balance.p99_s(),
        "elapsed_s": elapsed_s,
    }
    home = run.stack.home
    (home / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    print()
    print("\n".join(progress.table(("what goes wrong in the world", "how it ended"), run.turns.rows())))
    details = {"turns": dict(run.turns.rows()), "dollars": dollars, "meter": meter, "invocations": vars(invocations), "problems": problems}
    (home / "details.json").write_text(json.dumps(details, indent=2) + "\n")
    copy_proofs(run)
    observe.keep_logs(run.stack)
    show(summary, dollars, orders, problems)
    return problems


def copy_proofs(run: Any) -> None:
    """One proof of each marketplace, to look at."""
    import observe

    folder = run.stack.home / "proofs"
    folder.mkdir(exist_ok=True)
    for connection in run.sandboxes.marketplaces:
        prefix = f"proofs/{connection}/"
        listed = run.stack.client("s3").list_objects_v2(Bucket=run.stack.outputs["ProofBucketName"], Prefix=prefix)
        if not listed.get("Contents"):
            raise Problem(f"no proof of {connection} is stored: there is none to look at")
        for entry in listed["Contents"][:1]:
            order, shipment = entry["Key"].removeprefix(prefix).split("/")
            (folder / f"{connection}-{order}-{shipment}").write_bytes(observe.proof(run.stack, entry["Key"]))


def show(summary: dict[str, Any], dollars: dict[str, float], orders: int, problems: list[str]) -> None:
    from progress import table

    print()
    print("\n".join(table(("what", "value"), [(name.replace("_", " "), value) for name, value in summary.items()])))
    print()
    rows = [(name, f"{amount / orders * 1e6:.2f}") for name, amount in dollars.items()]
    print("\n".join(table(("cost of this run, by item", "$ per million orders"), rows)))
    print()
    for problem in problems[:20]:
        print(f"WRONG  {problem}")
    if len(problems) > 20:
        print(f"WRONG  and {len(problems) - 20} more, see details.json")
    home = os.path.relpath(places.TARGET / "demo")
    verdict = "the books do NOT agree" if problems else "the books agree: everything exactly once, the proof first"
    print(f"{verdict}\nsummary {home}/summary.json, proofs in {home}/proofs, logs in {home}/logs", flush=True)


def keep(run: Any) -> None:
    stack, sandboxes = run.stack, run.sandboxes
    print("\nKEEP=1: everything stays up until Ctrl-C")
    people = ", ".join(console.PEOPLE)
    print(f"  console       {console.address(stack.ports.console)}   (sign in as one of: {people}; no password)")
    print(f"  AWS           {stack.endpoint}   (AWS_ENDPOINT_URL; any key; region {places.REGION})")
    print(f"  meter         {places.url(stack.ports.meter)}/_meter")
    for name, address in sandboxes.marketplaces.items():
        print(f"  {name:<12}  {address}/_sandbox/books")
    print(f"  ShipStation   {sandboxes.shipstation}/_sandbox/books")
    for name, value in stack.outputs.items():
        print(f"  {name:<22} {value}")
    sys.stdout.flush()
    try:
        while True:
            stack.children.check()
            time.sleep(1)
    except KeyboardInterrupt:
        print("\nstopping")


if __name__ == "__main__":
    launch.main(demo)
