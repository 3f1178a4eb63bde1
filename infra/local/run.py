#!/usr/bin/env python3
"""`make run CONNECTIONS=connections.toml [DRY_RUN=1]`: the same stack on this machine, against the real services.

AliExpress, Alibaba.com and ShipStation are met with the keys of the file; AWS is the emulator, so nothing is deployed
and what the stack remembers is gone at the end. DRY_RUN=1 reads everything and writes nothing outside: what would have
been sent is in the log that this prints. ShipStation can't post webhooks to this machine: the sweep finds shipments.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys
import time
from typing import TYPE_CHECKING

import console
import launch
import places
from children import Problem

if TYPE_CHECKING:  # importable only inside the emulator's environment
    from stack import Stack

PORTS = ("emulator", "meter")
# Other upstreams (a sandbox, a recording proxy) can be named by the variables that the functions know them by.
UPSTREAMS = {
    "ALIEXPRESS_BASE_URL": "AliExpressBaseUrl",
    "ALIBABA_BASE_URL": "AlibabaBaseUrl",
    "ALIBABA_AUTH_BASE_URL": "AlibabaAuthBaseUrl",
    "SHIPSTATION_BASE_URL": "ShipStationBaseUrl",
}


def connections_file() -> pathlib.Path:
    given = os.environ.get("CONNECTIONS", "")
    if not given:
        raise Problem("CONNECTIONS=connections.toml is missing; connections.example.toml documents every field", 2)
    path = pathlib.Path(given).expanduser().resolve()
    if not path.is_file():
        raise Problem(f"{path} is not there; connections.example.toml documents every field", 2)
    return path


def run() -> int:
    connections = connections_file()
    launch.inside()
    from stack import EVERY_MINUTE, NEVER, Stack

    dry = os.environ.get("DRY_RUN", "0") not in ("", "0")
    ports = places.Ports()
    home, children = launch.fresh("run", ports.named(PORTS))
    stack = Stack(home, ports, children)
    # The real services are asked as often as the template says, but for the first time, which needn't be waited for.
    parameters = {"DryRun": "1" if dry else "0", "ReconcileSchedule": EVERY_MINUTE} | console.NOBODY
    # Renewing ends the old tokens, and the new ones are gone when this ends: the seller would have to authorise anew.
    parameters["RefreshSchedule"] = NEVER
    parameters |= {name: os.environ[variable] for variable, name in UPSTREAMS.items() if os.environ.get(variable)}
    try:
        stack.start(parameters)
        print(stack.must_cli("register", str(connections)), end="")
        print(f"AWS is the emulator at {stack.endpoint}; {'DRY RUN, ' if dry else ''}Ctrl-C ends it", flush=True)
        stack.invoke("poll-marketplace", {"job": "import"})
        stack.invoke("read-shipments", {"job": "sweep"})
        follow(stack)
    except KeyboardInterrupt:
        print("\nstopping")
    finally:
        children.stop()
    return 0


def follow(stack: Stack) -> None:
    """The functions' logs as they come, and now and then a line of where things stand."""
    import observe

    seen: set[tuple[str, int, str]] = set()
    since_ms, next_line = int(time.time() * 1000) - 60_000, 0.0
    while True:
        stack.children.check()
        for name in places.FUNCTIONS:
            for at_ms, line in observe.log_lines(stack, name, since_ms):
                entry = (name, at_ms, line)
                if entry not in seen and not line.startswith(("START ", "END ", "REPORT ")):
                    print(f"{name:<16} {readable(line)}")
                seen.add(entry)
        # What is older than a minute can't come again.
        since_ms = max(since_ms, int(time.time() * 1000) - 60_000)
        seen = {entry for entry in seen if entry[1] >= since_ms}
        if time.monotonic() > next_line:
            print(standing(stack))
            next_line = time.monotonic() + 30
        sys.stdout.flush()
        time.sleep(2)


def readable(line: str) -> str:
    """From a JSON log line to what it says; anything else as it is."""
    try:
        record = json.loads(line)
        at, level, message = record.pop("timestamp"), record.pop("level"), record.pop("message")
    except (ValueError, KeyError, AttributeError, TypeError):
        return line
    fields = " ".join(f"{name}={value}" for name, value in record.items() if name not in ("target", "span", "spans"))
    return f"{at[11:19]} {'' if level == 'INFO' else level + ' '}{message}  {fields}".rstrip()


def standing(stack: Stack) -> str:
    import observe

    states = observe.states(stack).values()
    exported = sum(1 for state in states if state["e"].get("i"))
    notices = observe.notices(stack)
    waiting = {name: count for name, count in observe.waiting(stack).items() if count}
    return (
        f"== {len(states)} orders read, {exported} in ShipStation, notices {dict(notices)}, "
        f"exceptions {observe.exceptions(stack)}, waiting {waiting}"
    )


if __name__ == "__main__":
    launch.main(run)
