"""The console of a deployed stack, with a browser before it: what the real functions made of the sandboxes' orders.

Runs inside the emulator's environment, on a stack that somebody else brought up (infra/local/journey.py).
"""

from __future__ import annotations

import http.client
import json
import pathlib
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import console
import observe
import places
from journey import Journey
from lab import PICTURES, free_port
from sandboxes import get, post
from webdriver import Browser, tools

Json = dict[str, Any]
# Queues are polled every second; what only a schedule does would take a minute.
WAIT_S = 75


class StackLab:
    """Stands where `lab.Lab` stands for the other tests."""

    def __init__(self, run: Journey) -> None:
        self.run = run
        self.base = console.address(run.stack.ports.console)
        self.pictures = PICTURES
        self.pictures.mkdir(parents=True, exist_ok=True)
        for old in self.pictures.glob("demo-*.png"):
            old.unlink()
        # Its answers go through a process of their own.
        self.answers: list[Any] = []
        driver, self.binary = tools() or ("", "")
        self.port = free_port()
        run.stack.children.start("chromedriver", [driver, f"--port={self.port}"], places.plain_environment(run.stack.scratch), run.stack.home)
        run.stack.children.wait_for_port("chromedriver", self.port)

    def browser(self) -> Browser:
        return Browser(self.port, self.binary)

    @property
    def log(self) -> pathlib.Path:
        """What serve-console has logged so far."""
        path = self.run.stack.home / "serve-console.log"
        path.write_text("\n".join(line for _, line in observe.log_lines(self.run.stack, "serve-console")))
        return path

    def stored(self) -> str:
        pages = self.run.stack.client("dynamodb").get_paginator("scan").paginate(TableName=self.run.stack.outputs["TableName"])
        return json.dumps([page["Items"] for page in pages], default=str)

    # --- The world outside ---

    def books(self) -> Json:
        return self.run.sandboxes.books()

    def marketplace(self, connection: str, what: str, order: Json | None = None) -> Any:
        address = f"{self.run.sandboxes.marketplaces[connection]}/_sandbox/{what}"
        return get(address) if order is None else post(address, order)

    def warehouse_order(self, key: str) -> Json:
        """As ShipStation has it."""
        return next((order for order in self.books()["shipstation"]["orders"] if order["orderKey"] == key), {})

    def until(self, what: str, look: Callable[[], Any]) -> Any:
        """Waits for the stack to do its work. Raises AssertionError when it doesn't."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            if found := look():
                return found
            time.sleep(0.5)
        raise AssertionError(f"after {WAIT_S} s: {what}")

    def fetch(self, browser: Browser, path: str) -> tuple[int, bytes]:
        """What the person in this browser gets from an address that is no page."""
        address = urlsplit(self.base)
        connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=60)
        cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in browser.cookies())
        connection.request("GET", path, headers={"Cookie": cookies, "Host": address.netloc})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body
