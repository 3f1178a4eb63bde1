"""Where things are: paths, ports and names that the modules here share. Standard library only."""

from __future__ import annotations

import os
import pathlib

from children import Problem

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOCAL = ROOT / "infra" / "local"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
BINARIES = TARGET / "debug"
# An example is built with what tests ask of dependencies: what is built afterwards has to ask for the same.
EVERYTHING_BUILT = BINARIES / "examples" / "seeds"
VENVS = TARGET / "venv"
FONTS = TARGET / "fonts"
# Prepared code folders, as `sam build` would make them: lambda/<function>/bootstrap.
LAMBDA = TARGET / "lambda"

STACK = os.environ.get("TALLYMAN_STACK", "tallyman")
REGION = "us-east-1"
FUNCTIONS = (
    "poll-marketplace",
    "export-orders",
    "receive-webhook",
    "read-shipments",
    "upload-proof",
    "notify-shipment",
    "reconcile",
    "refresh-tokens",
    "serve-console",
)


def venv_python(name: str) -> pathlib.Path:
    """The Python of one of our virtual environments: emulator, sam or lint."""
    return VENVS / name / "bin" / "python"


def port(name: str, default: int) -> int:
    """Raises Problem when what is set is no port."""
    variable = f"TALLYMAN_PORT_{name.upper()}"
    text = os.environ.get(variable, str(default))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Problem(f"{variable} is {text!r}, which is no port: a number from 1 to 65535", 2)
    return int(text)


class Ports:
    """Everything listens on 127.0.0.1. Each port can be set: TALLYMAN_PORT_EMULATOR=14566 make demo."""

    def __init__(self) -> None:
        self.emulator = port("emulator", 4566)
        self.meter = port("meter", 4567)
        self.console = port("console", 4570)
        self.aliexpress = port("aliexpress", 4571)
        self.alibaba = port("alibaba", 4572)
        self.shipstation = port("shipstation", 4573)
        self.issuer = port("issuer", 4574)

    def named(self, names: tuple[str, ...]) -> dict[str, int]:
        return {name: getattr(self, name) for name in names}


def url(number: int) -> str:
    return f"http://127.0.0.1:{number}"


# What programs need to run, and to reach the real services from behind a company's proxy (`make run`).
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy")


def plain_environment(scratch: pathlib.Path) -> dict[str, str]:
    """The environment of everything we start: nothing of the user's AWS set-up, so that no real account is ever met.

    The emulator hands its whole environment on to the functions, so it must hold no more than they may see.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    nowhere = os.devnull
    return kept | {
        "TMPDIR": str(scratch),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": "127.0.0.1,localhost",
    }
