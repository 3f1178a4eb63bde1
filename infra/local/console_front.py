"""A small HTTP server on 127.0.0.1 that hands each request on and sends back what comes, while it comes.

What breaks off behind it breaks off before it: no answer that was cut ends as if it were whole. Standard library only.
"""

from __future__ import annotations

import http.server
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

BODY_BYTES_MAX = 1024 * 1024
# What belongs to one connection, and what this server says itself.
OWN = {"connection", "content-length", "date", "server", "transfer-encoding"}


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    # May raise OSError where it breaks off.
    chunks: Iterable[bytes]
    # What has come of it so far.
    body: bytes = b""


Forward = Callable[[Request], Answer]


def server(port: int, forward: Forward) -> http.server.ThreadingHTTPServer:
    """A server that is bound, but not serving yet."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > BODY_BYTES_MAX:
                self.send_error(413)
                return
            request = Request(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
            try:
                found = forward(request)
            except OSError as error:
                self.send_error(502, explain=f"what is behind this can't be reached: {error}")
                return
            self.send_response_only(found.status)
            for name, value in found.headers:
                if name.lower() not in OWN:
                    self.send_header(name, value)
            bare = self.command == "HEAD" or found.status in (204, 304)
            if not bare:
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                self.send(found, bare)
            except OSError:
                # Without the last chunk, so that the client sees it was cut.
                self.close_connection = True

        def send(self, found: Answer, bare: bool) -> None:
            for chunk in found.chunks:
                found.body += chunk
                if chunk and not bare:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            if not bare:
                self.wfile.write(b"0\r\n\r\n")

        do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = answer  # noqa: N815 (the names are the base class's)

        def log_message(self, *_: object) -> None:
            """Nothing: addresses hold codes."""

    return http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
