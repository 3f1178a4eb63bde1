#!/usr/bin/env python3
"""How fast the console is over many orders: python3 tests/console/many.py [100000]

Fills a table in the emulator with orders of a year, signs in, and asks for each page 30 times. The handler's time is what the
Runtime API sees: from the event in the function's hands to the first byte of its answer. A meter between the function and
the emulator tells how much of it the emulator took (in Python, it sorts the whole partition at each query and holds every item of
it against the condition); the rest is the function's own, waiting for the processor included, of which its process's processor time
is given too. Needs Chromium, to sign in. Takes some 8 minutes for 100,000 orders.
"""

from __future__ import annotations

import collections
import http.client
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time
import urllib.request
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "infra" / "local"))

import launch  # noqa: E402
import places  # noqa: E402

TIMES = 30
PAGES = (
    "/",
    "/orders",
    "/orders?tab=awaiting_shipment",
    "/orders?tab=shipped",
    "/orders?tab=cancelled",
    "/orders?tab=needs_attention",
    "/orders?country=DE",
    "/orders?tab=shipped&from={half}&to={half}",
    "/orders?q={name}",
    "/orders?q={number}",
    "/exceptions",
    "/orders/ae-main/{number}",
)


def fill(lab: object, count: int) -> None:
    from lab import TABLE

    environment = places.plain_environment(lab.scratch) | {  # type: ignore[attr-defined]
        "AWS_ENDPOINT_URL": lab.url("emulator"),  # type: ignore[attr-defined]
        "TALLYMAN_TABLE": TABLE,
    }
    subprocess.run([str(places.BINARIES / "examples" / "fill"), str(count)], env=environment, check=True)


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    launch.inside(("emulator", "fonts"))
    subprocess.run(["cargo", "build", "--locked", "--workspace", "--examples"], cwd=places.ROOT, check=True)
    import test_console
    from lab import Lab

    test_console.LAB = lab = Lab(metered=True)
    try:
        begun = time.monotonic()
        fill(lab, count)
        print(f"filled in {time.monotonic() - begun:.0f} s", flush=True)
        return measure(lab, test_console, count)
    finally:
        lab.close()


def measure(lab: object, test_console: object, count: int) -> int:
    person = test_console.Person()  # type: ignore[attr-defined]
    person.browser = lab.browser()  # type: ignore[attr-defined]
    try:
        person.sign_in(to="/orders")
        cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in person.browser.cookies())
    finally:
        person.browser.close()
    half = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 182 * 24 * 3600))
    number = str(8_100_000_000_000_000 + 3 * (count // 6))
    print(f"{'handler, to the first byte (ms)':58} {'min':>7} {'p50':>7} {'p99':>7} | {'emulator p50':>12} {'own p50':>8} {'own CPU':>8} | {'calls':>5} {'KB':>6}")
    worst = own_worst = 0.0
    for pattern in PAGES:
        path = pattern.format(half=half, number=number, name="dmnna+number+000003")
        found, where = page(lab, path, cookies)
        worst, own_worst = max(worst, found["p50"]), max(own_worst, found["own"])
        numbers = "{min:7.1f} {p50:7.1f} {p99:7.1f} | {emulator:12.1f} {own:8.1f} {cpu:8.1f} | {calls:5.0f} {kb:6.1f}".format(**found)
        print(f"{path:58} {numbers}", flush=True)
        print("    " + ", ".join(f"{name} {ms:.1f}" for name, ms in where), flush=True)
    print(f"console with {count} orders: slowest page {worst:.1f} ms, of the function's own {own_worst:.1f} ms; bar 50 ms")
    return 0 if worst <= 50 else 1


def page(lab: object, path: str, cookies: str) -> tuple[dict[str, float], list[tuple[str, float]]]:
    """A page, asked for again and again: medians (ms), and what was waited for at the emulator, a request."""
    handled, emulator, own, size, calls = [], [], [], 0, 0
    before = processor_ms(lab)
    waited: collections.Counter[str] = collections.Counter()
    for _ in range(TIMES):
        meter(lab, reset=True)
        lab.runtime.handled.clear()  # type: ignore[attr-defined]
        size = ask(lab, path, cookies)
        counts = meter(lab)
        first, _ = lab.runtime.handled[-1]  # type: ignore[attr-defined]
        handled.append(first)
        emulator.append(counts["busy_ms"])
        own.append(max(0.0, first - counts["busy_ms"]))
        calls += counts["requests_total"]
        waited.update(counts["waited_ms"])
    handled.sort()
    found = {
        "min": handled[0],
        "p50": statistics.median(handled),
        "p99": handled[math.ceil(0.99 * len(handled)) - 1],
        "emulator": statistics.median(emulator),
        "own": statistics.median(own),
        "cpu": (processor_ms(lab) - before) / TIMES,
        "calls": calls / TIMES,
        "kb": size / 1024,
    }
    return found, [(name, ms / TIMES) for name, ms in waited.most_common(5)]


def meter(lab: object, reset: bool = False) -> dict[str, Any]:
    with urllib.request.urlopen(f"{lab.url('meter')}/_meter", b"" if reset else None, timeout=20) as answer:  # type: ignore[attr-defined]
        return json.load(answer)


def processor_ms(lab: object) -> float:
    """What the function's process has used so far (Linux)."""
    stat = pathlib.Path(f"/proc/{lab.function.process.pid}/stat").read_text()  # type: ignore[attr-defined]
    user, system = stat.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) * 1000 / os.sysconf("SC_CLK_TCK")


def ask(lab: object, path: str, cookies: str) -> int:
    address = urlsplit(lab.base)  # type: ignore[attr-defined]
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=60)
    connection.request("GET", path, headers={"Cookie": cookies, "Host": address.netloc})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status}")
    return len(body)


if __name__ == "__main__":
    launch.main(main)
