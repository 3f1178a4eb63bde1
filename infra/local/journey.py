"""One run of the main job against the sandboxes, watched until the books balance or time is up.

Used by the demo and by the end-to-end tests. Runs inside the emulator's environment.
"""

from __future__ import annotations

import json
import os
import pathlib
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import books
import observe
import places
from children import Problem
from progress import Progress, table
from sandboxes import ACCOUNT, ALIBABA, ALIEXPRESS, CONNECTIONS, Sandboxes
from stack import FAST, Stack
from turns import Turns

QUIET_S = 15
STAGES = ("paid", "exported", "shipments", "notices")


@dataclass
class Plan:
    """How much, and for how long."""

    aliexpress: int
    alibaba: int
    others: int
    deadline_s: float
    warehouse: dict[str, Any] = field(default_factory=dict)
    # Also what goes wrong in the world.
    turns: bool = False


class Journey:
    """Orders on their way. `start` brings everything up, `watch` waits for the end."""

    def __init__(self, stack: Stack, sandboxes: Sandboxes, plan: Plan) -> None:
        self.stack = stack
        self.sandboxes = sandboxes
        self.plan = plan
        self.progress = Progress()
        self.seeded_at = datetime.now(timezone.utc)
        self.started = time.monotonic()
        self._notices: Counter[str] = Counter()
        self._looked_at = 0.0
        self._complete_at = 0.0
        self.turns = Turns(sandboxes)
        self.apart: frozenset[str] = frozenset()

    def start(self) -> None:
        print(f"orders: {self.plan.aliexpress} AliExpress, {self.plan.alibaba} Alibaba.com to ship, and")
        print(f"        {self.plan.others} that must not ship; then the real template into the emulator", flush=True)
        self.sandboxes.start(self.stack.scratch)
        self.sandboxes.seed(ALIEXPRESS, self.plan.aliexpress, self.plan.others - self.plan.others // 2)
        self.sandboxes.seed(ALIBABA, self.plan.alibaba, self.plan.others // 2)
        if self.plan.turns:
            self.apart = self.turns.seed()
        self.seeded_at = datetime.now(timezone.utc)
        self.stack.start(FAST | self.sandboxes.parameters())
        self.sandboxes.witness(self.stack.endpoint, self.stack.outputs["ProofBucketName"])
        self.register(self.stack.home / "connections.toml")
        if os.environ.get("PUSH", "") not in ("", "0"):
            self.sandboxes.push(self.stack.endpoint, self.stack.outputs["WebhookUrl"])
        self.sandboxes.warehouse(auto=True, leave=sorted(self.apart), **self.plan.warehouse)
        self.stack.reset_meter()
        print(f"deployed and registered after {self.elapsed_s():.0f} s; now only schedules, queues and webhooks work")

    def register(self, path: pathlib.Path) -> None:
        path.write_text(CONNECTIONS)
        self.stack.must_cli("register", str(path))

    def hook_secret(self) -> str:
        """The secret in the path of ShipStation's webhooks."""
        name = f"{places.STACK}/account/{ACCOUNT}"
        answer = self.stack.client("secretsmanager").get_secret_value(SecretId=name)
        return json.loads(answer["SecretString"])["webhook_secret"]

    def secrets(self) -> list[str]:
        """What no log may hold of the keys and tokens as they are kept now: the renewed ones, too."""
        client, open_words = self.stack.client("secretsmanager"), {"app_key"}
        names = [f"{places.STACK}/account/{ACCOUNT}"]
        names += [f"{places.STACK}/connection/{name}" for name in self.sandboxes.marketplaces]
        found = set()
        for name in names:
            kept = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
            found |= {text for key, text in kept.items() if isinstance(text, str) and key not in open_words}
        return sorted(found)

    def elapsed_s(self) -> float:
        return time.monotonic() - self.started

    # --- Looking ---

    def balance(self, kept: list[books.Proof] | None = None) -> books.Balance:
        found = self.sandboxes.books()
        if self.turns.is_open("late cancellation"):
            found["exceptions"] = observe.exception_kinds(self.stack)
        self.turns.step(found)
        marketplaces = {name: found[name] for name in self.sandboxes.marketplaces}
        return books.balance(marketplaces, found["shipstation"], kept or [], self.seeded_at, self.apart)

    def look(self) -> tuple[books.Balance, Counter[str]]:
        """The books every time, the table (a scan) seldom."""
        if time.monotonic() - self._looked_at > 5:
            self._notices = observe.notices(self.stack, self.apart)
            self._looked_at = time.monotonic()
        return self.balance(), self._notices

    def watch(self) -> None:
        """Until every shipment is confirmed and the queues are empty.

        Raises Problem when one of our processes dies; says so and returns when time is up.
        """
        while not self._is_done(*self._shown()):
            self.stack.children.check()
            if self.elapsed_s() > self.plan.deadline_s:
                self.progress.end()
                print(f"time is up after {self.elapsed_s():.0f} s; waiting: {observe.waiting(self.stack)}")
                return
            time.sleep(2)
        self.progress.end()

    def _is_done(self, balance: books.Balance, notices: Counter[str]) -> bool:
        if balance.lost or notices["confirmed"] < balance.shipments or balance.shipments == 0:
            return False
        if not self.turns.is_done():
            return False
        # A moment for what is under way and could still come twice. Messages that wait for a far time don't count.
        self._complete_at = self._complete_at or time.monotonic()
        waiting = observe.waiting(self.stack)
        quiet = not any(waiting[name] for name in ("export", "proof", "notify"))
        return quiet or time.monotonic() - self._complete_at > QUIET_S

    def _shown(self) -> tuple[books.Balance, Counter[str]]:
        balance, notices = self.look()
        rows = [
            (name, *(balance.stages.get(name, Counter())[stage] for stage in STAGES), "")
            for name in self.sandboxes.marketplaces
        ]
        total = [sum(stages[stage] for stages in balance.stages.values()) for stage in STAGES]
        rows.append(("all", *total, notices["confirmed"]))
        header = ("", "paid", "in ShipStation", "shipped", "told", "confirmed")
        clock = f"{self.elapsed_s():4.0f} s of at most {self.plan.deadline_s:.0f}"
        figures = ", ".join(f"{name} {number}" for name, number in zip(header[1:], rows[-1][1:]))
        self.progress.show([*table(header, rows), clock], f"{self.elapsed_s():4.0f} s  {figures}")
        return balance, notices

    # --- Judging ---

    def verdict(self) -> tuple[books.Balance, int, list[str]]:
        """The balance with the vault, the number of confirmed notices, and all that is wrong."""
        balance = self.balance(observe.proofs(self.stack))
        # Whoever doubts the verdict finds the books themselves beside it.
        found = self.sandboxes.books()
        (self.stack.home / "books.json").write_text(json.dumps(found, indent=1))
        confirmed = observe.notices(self.stack, self.apart)["confirmed"]
        # Judged again at the very end, with what people were asked: a turn that went well may be spoilt afterwards.
        self.turns.found["exceptions"] = observe.exception_kinds(self.stack)
        problems = [*balance.problems, *self.turns.problems(), *books.webhooks(found["shipstation"])]
        if confirmed != balance.shipments:
            problems.append(f"{balance.shipments} shipments, but {confirmed} confirmed notices")
        if balance.http_429:
            problems.append(f"{balance.http_429} calls were refused because we were too fast")
        if dead := observe.dead_letters(self.stack):
            problems.append(f"dead letters: {dead}")
        return balance, confirmed, problems


def ports_of_a_run() -> tuple[str, ...]:
    return ("emulator", "meter", "console", "aliexpress", "alibaba", "shipstation", "issuer")


def require_binaries() -> None:
    missing = [name for name in (*places.FUNCTIONS, "tallyman") if not (places.BINARIES / name).is_file()]
    if missing:
        raise Problem(f"not built: {', '.join(missing)}; run `make build`")
