"""The real serve-console over an emulator, the sandbox marketplaces, ShipStation and issuer, with a browser before it.

Runs inside the emulator's environment (boto3). Everything listens on free ports of 127.0.0.1.
"""

from __future__ import annotations

import json
import pathlib
import shutil
import socket
import threading
from typing import Any

import boto3
import console_front
import places
from children import Children, Problem
from runtime_api import Function, Runtime, front
from sandboxes import get, post
from webdriver import Browser, tools

HOME = places.TARGET / "console"
# Those of a deployed stack (stack_lab.py) begin with `demo-` and are left alone.
PICTURES = HOME / "pictures"
DOMAIN = "abcdefghijklmnopqrstuvwxyz234567.lambda-url.us-east-1.on.aws"
TABLE, PREFIX = "console-test", "console-test"
BUCKET = "console-proofs"
QUEUES = ("poll", "export", "shipments", "proof", "notify")
AE_KEY, AE_SECRET = "ae-app-501", "ae-not-a-secret-9d41"
ALI_KEY, ALI_SECRET = "ali-app-502", "ali-not-a-secret-77c2"
SHIP_KEY, SHIP_SECRET = "sandbox-key", "sandbox-secret"
COOKIE_KEY = "a-cookie-key-of-the-tests-and-of-nothing-else"
# None of these may ever be in an answer to a browser.
SECRETS = (AE_SECRET, ALI_SECRET, SHIP_SECRET, COOKIE_KEY)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Lab:
    """Everything that runs. `close` ends it."""

    def __init__(self, metered: bool = False) -> None:
        self.metered = metered
        self.scratch = HOME / "tmp"
        for old in (self.scratch, HOME / "logs"):
            shutil.rmtree(old, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        self.pictures = PICTURES
        self.pictures.mkdir(exist_ok=True)
        for picture in self.pictures.glob("*.png"):
            if not picture.name.startswith("demo-"):
                picture.unlink()
        self.children = Children(HOME / "logs")
        names = ("emulator", "meter", "aliexpress", "alibaba", "shipstation", "issuer", "runtime", "front", "driver")
        self.port = {name: free_port() for name in names}
        self.base = f"http://localhost:{self.port['front']}"
        self.answers: list[console_front.Answer] = []
        # The last address at which a marketplace sent somebody back, with its code.
        self.way_back = ""
        self._start_services()
        self._start_console()
        self._start_driver()

    def url(self, name: str) -> str:
        return places.url(self.port[name])

    # --- Up ---

    def _start_services(self) -> None:
        environment = places.plain_environment(self.scratch)
        emulator = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port["emulator"])}
        emulator |= {"IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "S3_DATA_DIR": str(self.scratch / "s3")}
        self._child("emulator", [str(places.VENVS / "emulator/bin/ministack")], environment | emulator)
        back = f"{self.base}/connect/callback"
        markets = ["--aliexpress-port", str(self.port["aliexpress"]), "--alibaba-port", str(self.port["alibaba"])]
        self._child("sandbox-marketplaces", self._binary("sandbox-marketplaces", *markets, "--redirect-uri", back))
        ship = self._binary("sandbox-shipstation", "--port", str(self.port["shipstation"]))
        self._child("sandbox-shipstation", [*ship, "--lambda-gateway", self.url("emulator")])
        signed_in = f"{self.base}/sign-in/callback"
        issuer = self._binary("sandbox-issuer", "--port", str(self.port["issuer"]), "--redirect-uri", signed_in)
        self._child("sandbox-issuer", issuer)
        for child, port in (("sandbox-marketplaces", "aliexpress"), ("sandbox-marketplaces", "alibaba"),
                            ("sandbox-shipstation", "shipstation"), ("sandbox-issuer", "issuer"), ("emulator", "emulator")):
            self.children.wait_for_port(child, self.port[port], 60)
        if self.metered:
            meter = [str(places.venv_python("emulator")), str(places.LOCAL / "meter.py")]
            self._child("meter", [*meter, "--port", str(self.port["meter"]), "--to", str(self.port["emulator"])])
            self.children.wait_for_port("meter", self.port["meter"])
        self._make_table()

    def _child(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> None:
        environment = environment or places.plain_environment(self.scratch) | {"RUST_LOG": "info"}
        self.children.start(name, command, environment, self.scratch)

    def _binary(self, name: str, *arguments: str) -> list[str]:
        path = places.BINARIES / name
        if not path.is_file():
            raise Problem(f"{path} is missing: run `make build` first")
        return [str(path), *arguments]

    def client(self, service: str) -> Any:
        keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        return boto3.client(service, endpoint_url=self.url("emulator"), region_name=places.REGION, **keys)

    def _make_table(self) -> None:
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        indexes = {"open": ("ok", "os"), "days": ("dk", "ds"), "exceptions": ("xk", "xs")}
        names = [name for name, _ in keys] + [name for pair in indexes.values() for name in pair]
        schema = [
            {
                "IndexName": index,
                "KeySchema": [{"AttributeName": own, "KeyType": "HASH"}, {"AttributeName": place, "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index, (own, place) in indexes.items()
        ]
        self.client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            GlobalSecondaryIndexes=schema,
        )
        self.client("s3").create_bucket(Bucket=BUCKET)
        queues = self.client("sqs")
        self.queues = {name: queues.create_queue(QueueName=f"{TABLE}-{name}")["QueueUrl"] for name in QUEUES}
        secret = json.dumps({"cookie_key": COOKIE_KEY, "oidc_client_id": "sandbox-console"})
        self.client("secretsmanager").create_secret(Name=f"{PREFIX}/console", SecretString=secret)

    def _start_console(self) -> None:
        self.runtime = runtime = Runtime(self.port["runtime"])
        environment = places.plain_environment(self.scratch) | {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.port['runtime']}",
            "AWS_LAMBDA_FUNCTION_NAME": "serve-console",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/x",
            "AWS_LAMBDA_LOG_STREAM_NAME": "x",
            "AWS_ENDPOINT_URL": self.url("meter" if self.metered else "emulator"),
            "TALLYMAN_TABLE": TABLE,
            "TALLYMAN_PROOF_BUCKET": BUCKET,
            **{f"TALLYMAN_QUEUE_{name.upper()}": url for name, url in self.queues.items()},
            "TALLYMAN_SECRETS_PREFIX": PREFIX,
            "TALLYMAN_CONSOLE_BASE_URL": self.base,
            "TALLYMAN_CONSOLE_INVOKE_MODE": "RESPONSE_STREAM",
            "TALLYMAN_OIDC_ISSUER": self.url("issuer"),
            "ALIEXPRESS_BASE_URL": self.url("aliexpress"),
            "ALIBABA_BASE_URL": self.url("alibaba"),
            "ALIBABA_AUTH_BASE_URL": self.url("alibaba"),
            "SHIPSTATION_BASE_URL": self.url("shipstation"),
        }
        self.log = HOME / "logs" / "serve-console.log"
        self.function = Function(self._binary("serve-console"), environment, str(self.log))
        self.function.start()
        through = front(runtime, DOMAIN)

        def watched(request: console_front.Request) -> console_front.Answer:
            answer = through(request)
            self.answers.append(answer)
            if request.target.startswith("/connect/callback"):
                self.way_back = request.target
            return answer

        self.front = console_front.server(self.port["front"], watched)
        threading.Thread(target=self.front.serve_forever, daemon=True).start()

    def _start_driver(self) -> None:
        found = tools()
        if not found:
            raise Problem("chromedriver or Chromium is missing")
        driver, self.binary = found
        self._child("chromedriver", [driver, f"--port={self.port['driver']}"])
        self.children.wait_for_port("chromedriver", self.port["driver"])

    def browser(self) -> Browser:
        return Browser(self.port["driver"], self.binary)

    # --- Orders ---

    def marketplace(self, name: str, what: str, order: Any) -> Any:
        return post(f"{self.url(name)}/_sandbox/{what}", order)

    def exchanges(self, name: str) -> int:
        """How many token calls a marketplace has seen."""
        return len(get(f"{self.url(name)}/_sandbox/oauth")["calls"])

    def stored(self) -> str:
        """All that the table holds, as text, but for the books in which calls are counted."""
        items = self.client("dynamodb").scan(TableName=TABLE)["Items"]
        return json.dumps([item for item in items if not item["pk"]["S"].startswith("BUDGET#")], default=str)

    def close(self) -> None:
        self.function.kill()
        self.front.shutdown()
        self.children.stop()


def header(answer: console_front.Answer, name: str) -> str:
    return next((value for found, value in answer.headers if found.lower() == name), "")


def read_log(path: pathlib.Path) -> str:
    return path.read_text(errors="replace") if path.is_file() else ""
