"""The sandbox marketplaces and ShipStation: starting them, and their control side. Standard library only."""

from __future__ import annotations

import json
import pathlib
import urllib.error
import urllib.request
from typing import Any

import console
import places
from children import Children, Problem

# Connection id -> what the sandbox of its marketplace calls itself. The ids are the demo's own.
ALIEXPRESS, ALIBABA, ACCOUNT = "ae-demo", "ali-demo", "main"
# The sandboxes' made-up credentials (tests/sandbox-marketplaces/src/platform.rs, sandbox-shipstation/src/config.rs).
CONNECTIONS = f"""# The sandboxes of `make demo`. Nothing in here is a secret.
[[account]]
id = "{ACCOUNT}"
api_key = "sandbox-key"
api_secret = "sandbox-secret"
calls_per_minute = 40

[[connection]]
id = "{ALIEXPRESS}"
marketplace = "aliexpress"
account = "{ACCOUNT}"
app_key = "ae-app-501"
app_secret = "ae-not-a-secret-9d41"
access_token = "50000-sandbox-ae-seller-token"
refresh_token = "50001-sandbox-ae-refresh-token"
[connection.settings]
seller_name = "Sandbox Trading Co."

[[connection]]
id = "{ALIBABA}"
marketplace = "alibaba"
account = "{ACCOUNT}"
app_key = "ali-app-502"
app_secret = "ali-not-a-secret-77c2"
access_token = "50000-sandbox-ali-seller-token"
refresh_token = "50001-sandbox-ali-refresh-token"
[connection.settings]
seller_name = "Sandbox Manufacturing Ltd."
"""


# What push messages are signed with, and where receive-webhook takes them.
APPS = {
    ALIEXPRESS: ("ae-app-501", "ae-not-a-secret-9d41", f"/hooks/aliexpress/{ALIEXPRESS}"),
    ALIBABA: ("ali-app-502", "ali-not-a-secret-77c2", f"/hooks/alibaba/{ALIBABA}"),
}


class Sandboxes:
    """The sandbox processes of one run."""

    def __init__(self, ports: places.Ports, children: Children) -> None:
        self.ports = ports
        self.children = children
        self.marketplaces = {ALIEXPRESS: places.url(ports.aliexpress), ALIBABA: places.url(ports.alibaba)}
        self.shipstation = places.url(ports.shipstation)

    def start(self, scratch: pathlib.Path) -> None:
        ports, environment = self.ports, places.plain_environment(scratch) | {"RUST_LOG": "info"}
        marketplaces = [str(places.BINARIES / "sandbox-marketplaces")]
        marketplaces += ["--aliexpress-port", str(ports.aliexpress), "--alibaba-port", str(ports.alibaba)]
        marketplaces += ["--redirect-uri", console.callback(ports)]
        shipstation = [str(places.BINARIES / "sandbox-shipstation"), "--port", str(ports.shipstation)]
        shipstation += ["--lambda-gateway", places.url(ports.emulator)]
        issuer = console.issuer_command(ports)
        commands = {"sandbox-marketplaces": marketplaces, "sandbox-shipstation": shipstation, "sandbox-issuer": issuer}
        for name, command in commands.items():
            if not pathlib.Path(command[0]).is_file():
                raise Problem(f"{command[0]} is missing: run `make build` first")
            self.children.start(name, command, environment, scratch)
        self.children.wait_for_port("sandbox-marketplaces", ports.aliexpress)
        self.children.wait_for_port("sandbox-marketplaces", ports.alibaba)
        self.children.wait_for_port("sandbox-shipstation", ports.shipstation)
        self.children.wait_for_port("sandbox-issuer", ports.issuer)

    def parameters(self) -> dict[str, str]:
        """The template's parameters that lead to the sandboxes."""
        return {
            "AliExpressBaseUrl": self.marketplaces[ALIEXPRESS],
            "AlibabaBaseUrl": self.marketplaces[ALIBABA],
            "AlibabaAuthBaseUrl": self.marketplaces[ALIBABA],
            "ShipStationBaseUrl": self.shipstation,
        } | console.parameters(self.ports)

    def seed(self, connection: str, paid: int, other: int) -> dict[str, Any]:
        return post(f"{self.marketplaces[connection]}/_sandbox/seed", {"paid": paid, "other": other})

    def witness(self, endpoint: str, bucket: str) -> None:
        """Lets each marketplace look into the vault at the moment a notice arrives."""
        for connection, marketplace in self.marketplaces.items():
            prefix = f"proofs/{connection}/{{order_id}}/"
            template = f"{endpoint}/{bucket}?list-type=2&prefix={prefix}"
            post(f"{marketplace}/_sandbox/witness", {"url_template": template})

    def push(self, gateway: str, webhook_url: str) -> None:
        """Lets each marketplace tell the deployed function of changed orders; its URL is found by its host."""
        host = webhook_url.split("//")[1].strip("/")
        for connection, marketplace in self.marketplaces.items():
            post(f"{marketplace}/_sandbox/push", {"url": f"{gateway}{APPS[connection][2]}", "host": host})

    def buyers(self, connection: str) -> set[str]:
        """What no log may hold: names, streets and phones of the connection's orders."""
        base, found = self.marketplaces[connection], set()
        for order in get(f"{base}/_sandbox/books")["orders"]:
            address = get(f"{base}/_sandbox/orders/{order['id']}").get("address") or {}
            found |= {str(address.get(field) or "") for field in ("contact_person", "line1", "mobile")}
        return {text for text in found if len(text) > 5}

    def warehouse(self, **settings: Any) -> None:
        post(f"{self.shipstation}/_sandbox/warehouse", settings)

    def books(self) -> dict[str, Any]:
        """All books: one per connection, and `shipstation`."""
        found = {name: get(f"{base}/_sandbox/books") for name, base in self.marketplaces.items()}
        return found | {"shipstation": get(f"{self.shipstation}/_sandbox/books")}


def get(address: str) -> Any:
    return _call(urllib.request.Request(address))


def post(address: str, body: Any, headers: dict[str, str] | None = None) -> Any:
    headers = {"Content-Type": "application/json"} | (headers or {})
    return _call(urllib.request.Request(address, json.dumps(body).encode(), headers))


def _call(request: urllib.request.Request) -> Any:
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        raise Problem(f"{request.full_url} answered {error.code}: {error.read()[:300]!r}") from error
    except OSError as error:
        raise Problem(f"{request.full_url} can't be reached: {error}") from error
