"""A browser over WebDriver's own HTTP protocol: headless Chromium by chromedriver. Standard library only."""

from __future__ import annotations

import base64
import json
import pathlib
import shutil
import time
import urllib.error
import urllib.request
from typing import Any

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")
WAIT_S = 20
FIND_S = 10


def tools() -> tuple[str, str] | None:
    """chromedriver and Chromium, where both are installed."""
    driver = shutil.which("chromedriver")
    browsers = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    browser = next((found for name in browsers if (found := shutil.which(name))), None)
    return (driver, browser) if driver and browser else None


class Gone(Exception):
    """No such element; the message is WebDriver's."""


class Browser:
    """One browser with cookies of its own."""

    def __init__(self, driver_port: int, binary: str) -> None:
        self.base = f"http://127.0.0.1:{driver_port}"
        options = {"binary": binary, "args": list(FLAGS)}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "timeouts": {"pageLoad": 60000, "implicit": 0}}
        self.session = ""
        self.session = "/session/" + self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body if body is not None else {}).encode() if method == "POST" else None
        request = urllib.request.Request(f"{self.base}{self.session}{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise Gone(json.load(error)["value"]["message"].splitlines()[0]) from None

    def close(self) -> None:
        self._call("DELETE", "")

    # --- Going ---

    def open(self, address: str) -> None:
        self._call("POST", "/url", {"url": address})

    def address(self) -> str:
        return self._call("GET", "/url")

    def source(self) -> str:
        return self._call("GET", "/source")

    def find(self, selector: str) -> str:
        """The element, which a page that is still loading may not have yet."""
        deadline = time.monotonic() + FIND_S
        while True:
            try:
                return self._call("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]
            except Gone:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def has(self, selector: str) -> bool:
        return bool(self._call("POST", "/elements", {"using": "css selector", "value": selector}))

    def text(self, selector: str = "body") -> str:
        return self._call("GET", f"/element/{self.find(selector)}/text")

    def click(self, selector: str) -> None:
        """Clicks, and waits for the page that this leads to."""
        element = self.find(selector)
        self._call("POST", f"/element/{element}/click")
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            try:
                self._call("GET", f"/element/{element}/name")
            except Gone:
                return
            time.sleep(0.05)

    def fill(self, selector: str, text: str) -> None:
        element = self.find(selector)
        self._call("POST", f"/element/{element}/clear")
        self._call("POST", f"/element/{element}/value", {"text": text})

    def choose(self, selector: str, value: str) -> None:
        """An option of a select, or a radio button."""
        self.find(selector)
        picked = f"{selector} option[value='{value}']" if self.has(f"{selector} option") else f"{selector}[value='{value}']"
        self._call("POST", f"/element/{self.find(picked)}/click")

    def tick(self, selector: str) -> None:
        """A checkbox: no page follows."""
        self._call("POST", f"/element/{self.find(selector)}/click")

    def press(self, keys: str) -> None:
        """Keys to whatever has the focus."""
        actions = [action for key in keys for action in ({"type": "keyDown", "value": key}, {"type": "keyUp", "value": key})]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def cookies(self) -> list[dict[str, Any]]:
        return self._call("GET", "/cookie")

    def forget_cookies(self) -> None:
        self._call("DELETE", "/cookie")

    def script(self, code: str) -> Any:
        """Of WebDriver's own, not the page's: the page's policy has no say in it."""
        return self._call("POST", "/execute/sync", {"script": code, "args": []})

    # --- Looking ---

    def devtools(self, command: str, **parameters: Any) -> Any:
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def look_as(self, width: int, dark: bool) -> None:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.devtools("Emulation.setDeviceMetricsOverride", **size)
        self.devtools("Emulation.setScrollbarsHidden", hidden=True)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path: pathlib.Path) -> None:
        taken = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(taken["data"]))
