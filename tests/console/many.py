#!/usr/bin/env python3
"""How fast the console is over many orders: python3 tests/console/many.py [100000]

Fills a table in the emulator with orders of a year, signs in, and asks for each page 20 times. Two times a page: the whole
one, from the request to the last byte, which is mostly the emulator's (it sorts the whole partition at each query, in
Python); and the processor time that the function's own process spent. Needs Chromium, to sign in. Takes some 8 minutes
for 100,000 orders.
"""

from __future__ import annotations

import http.client
import os
import pathlib
import statistics
import subprocess
import sys
import time
from urllib.parse import urlsplit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "infra" / "local"))

import launch  # noqa: E402
import places  # noqa: E402

TIMES = 20
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
    subprocess.run(["cargo", "build", "--locked", "--workspace", "--examples"], cwd=places.ROOT, check=True,
                   env=os.environ | {"TALLYMAN_BUILD_ALL": "1"})
    import test_console
    from lab import Lab

    test_console.LAB = lab = Lab()
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
    print(f"{'page':58} {'p50 ms':>8} {'max ms':>8} {'own ms':>8} {'KB':>6}")
    worst = own_worst = 0.0
    for pattern in PAGES:
        path = pattern.format(half=half, number=number, name="dmnna+number+000003")
        times, size, before = [], 0, processor_ms(lab)
        for _ in range(TIMES):
            begun = time.monotonic()
            size = ask(lab, path, cookies)
            times.append((time.monotonic() - begun) * 1000)
        own = (processor_ms(lab) - before) / TIMES
        worst, own_worst = max(worst, statistics.median(times)), max(own_worst, own)
        print(f"{path:58} {statistics.median(times):8.1f} {max(times):8.1f} {own:8.1f} {size / 1024:6.1f}", flush=True)
    print(f"console with {count} orders: slowest page {worst:.1f} ms, of the function's own {own_worst:.1f} ms; bar 50 ms")
    return 0 if worst <= 50 else 1


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
