#!/usr/bin/env python3
"""The console's front door on this machine: http://localhost:<port> leads to its function URL in the emulator.

The emulator finds a function URL by the Host header alone, which no browser lets anybody set. Browsers take our
`__Host-` cookies over plain http from localhost, so the address has to be opened by that name.
Standard library only: python3 console.py --port 4570 --gateway http://127.0.0.1:4566 --url https://x.lambda-url...
"""

from __future__ import annotations

import argparse
import http.client
import http.server
import urllib.parse
from collections.abc import Iterator

import console_front
import places

# The sandbox issuer's people; nobody has a password there.
PEOPLE = ("operator", "viewer", "stranger")
CHUNK_BYTES = 64 * 1024


def address(port: int) -> str:
    """Where people open it."""
    return f"http://localhost:{port}"


def issuer_command(ports: places.Ports) -> list[str]:
    """The sandbox issuer, for this console only."""
    command = [str(places.BINARIES / "sandbox-issuer"), "--port", str(ports.issuer)]
    return command + ["--redirect-uri", f"{address(ports.console)}/sign-in/callback"]


def callback(ports: places.Ports) -> str:
    """What the marketplaces' apps have registered."""
    return f"{address(ports.console)}/connect/callback"


def parameters(ports: places.Ports) -> dict[str, str]:
    """The template's parameters that lead to the console here and to its issuer."""
    return {
        "ConsoleBaseUrl": address(ports.console),
        "OidcIssuer": places.url(ports.issuer),
        "OidcClientId": "sandbox-console",
        # The emulator's function URL collects what is streamed, drops its cookies and breaks pictures (ADR 14).
        "ConsoleInvokeMode": "BUFFERED",
    }


# Where nobody is to sign in, as no person could tell who did: `make run` holds real keys.
NOBODY = {"OidcIssuer": "https://nobody.invalid", "ConsoleInvokeMode": "BUFFERED"}


def front_command(ports: places.Ports, function_url: str) -> list[str]:
    """The front door as a process of its own."""
    command = [str(places.venv_python("emulator")), str(places.LOCAL / "console.py"), "--port", str(ports.console)]
    return command + ["--gateway", places.url(ports.emulator), "--url", function_url]


def forward(gateway: str, function_url: str) -> console_front.Forward:
    """Hands a request on to the gateway, as the function URL's own host."""
    to = urllib.parse.urlsplit(gateway)
    host = urllib.parse.urlsplit(function_url).hostname or ""

    def call(request: console_front.Request) -> console_front.Answer:
        connection = http.client.HTTPConnection(to.hostname or "127.0.0.1", to.port, timeout=60)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in ("host", "connection")}
        connection.request(request.method, request.target, request.body, headers | {"Host": host})
        answer = connection.getresponse()
        return console_front.Answer(answer.status, answer.getheaders(), chunks(connection, answer))

    return call


def chunks(connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """The body as it comes. Raises OSError where it breaks off."""
    try:
        while chunk := answer.read1(CHUNK_BYTES):
            yield chunk
    except http.client.HTTPException as error:
        raise OSError(f"the answer breaks off: {error!r}") from error
    finally:
        connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--gateway", required=True)
    parser.add_argument("--url", required=True)
    given = parser.parse_args()
    server: http.server.HTTPServer = console_front.server(given.port, forward(given.gateway, given.url))
    server.serve_forever()


if __name__ == "__main__":
    main()
