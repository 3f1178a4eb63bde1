"""Lambda's Runtime API for one function, and a function URL before it. Standard library only.

Answers are taken as Lambda takes them: whole, as JSON, or streamed: status, headers and cookies as JSON, eight NULs, then
the body as it comes. The function's binary is a process that can be killed and started again between two requests, which is what a restart
in the middle of something is.
"""

from __future__ import annotations

import base64
import collections
import http.server
import itertools
import json
import queue
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from console_front import Answer, Request

ANSWER_S_MAX = 45
# Lambda's own, between what is said about an answer and its body.
DELIMITER = b"\0" * 8
PRELUDE_BYTES_MAX = 64 * 1024
# What the template gives the function.
TIMEOUT_S = 60


class BrokeOff(OSError):
    """The function ended before its answer did."""


@dataclass
class Coming:
    """An answer: what is said about it, and its body, which may still be on its way."""

    said: dict[str, Any]
    chunks: Iterable[bytes]


def whole(answer: dict[str, Any]) -> Coming:
    body = answer.get("body") or ""
    return Coming(answer, [base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()])


def dechunked(file: Any) -> Iterator[bytes]:
    """The chunks of a request. Raises BrokeOff where they end without the last one."""
    while True:
        line = file.readline()
        if not line.endswith(b"\r\n"):
            raise BrokeOff("the function broke its answer off")
        size = int(line.split(b";")[0], 16)
        chunk = file.read(size)
        if len(chunk) < size:
            raise BrokeOff("the function broke its answer off")
        if not size:
            # Trailers, to the empty line behind them.
            while file.readline().strip():
                pass
            return
        file.readline()
        yield chunk


def prelude(chunks: Iterator[bytes]) -> tuple[dict[str, Any], bytes]:
    """What is said about a streamed answer, and what came of its body with that."""
    come = b""
    while DELIMITER not in come:
        if len(come) > PRELUDE_BYTES_MAX:
            raise BrokeOff("a streamed answer begins without a prelude")
        try:
            come += next(chunks)
        except StopIteration:
            raise BrokeOff("a streamed answer ends in its prelude") from None
    said, _, body = come.partition(DELIMITER)
    return json.loads(said), body


def drained(pipe: queue.Queue[bytes | BrokeOff | None]) -> Iterator[bytes]:
    while True:
        try:
            chunk = pipe.get(timeout=ANSWER_S_MAX)
        except queue.Empty:
            raise BrokeOff("the answer comes no further") from None
        if isinstance(chunk, BrokeOff):
            raise chunk
        if chunk is None:
            return
        yield chunk


class Runtime:
    """The Runtime API: hands events to whatever process asks for them."""

    def __init__(self, port: int) -> None:
        self.events: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.answers: dict[str, queue.Queue[Coming]] = {}
        self.handed: dict[str, float] = {}
        # Of the last invocations: from the event in the function's hands to its answer's first byte and its last (ms).
        self.handled: collections.deque[tuple[float, float]] = collections.deque(maxlen=1000)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def invoke(self, event: dict[str, Any]) -> Coming:
        """The function's answer. Raises OSError when there is none; so do its chunks where they break off."""
        name = str(uuid.uuid4())
        self.answers[name] = queue.Queue()
        self.events.put((name, event))
        try:
            return self.answers[name].get(timeout=ANSWER_S_MAX)
        except queue.Empty:
            raise OSError("the function does not answer") from None
        finally:
            del self.answers[name]
            self.handed.pop(name, None)

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        runtime = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are written one after the other: the body must not wait until the head was acknowledged (40 ms).
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                try:
                    waiting = self._wait()
                    if waiting is None:
                        self.close_connection = True
                        return
                    name, event = waiting
                    self.send_response_only(200)
                    self.send_header("Lambda-Runtime-Aws-Request-Id", name)
                    self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + TIMEOUT_S) * 1000)))
                    self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:0:function:console")
                    runtime.handed[name] = time.perf_counter()
                    self._body(json.dumps(event).encode())
                except OSError:
                    self.close_connection = True

            def _wait(self) -> tuple[str, dict[str, Any]] | None:
                """The next event; none when the process that asked was killed meanwhile."""
                while not self._is_gone():
                    try:
                        found = runtime.events.get(timeout=0.2)
                    except queue.Empty:
                        continue
                    if not self._is_gone():
                        return found
                    runtime.events.put(found)
                return None

            def _is_gone(self) -> bool:
                self.connection.settimeout(0.01)
                try:
                    # Whoever waits for an answer sends nothing; nothing at all is the end.
                    return self.connection.recv(1, socket.MSG_PEEK) == b""
                except TimeoutError:
                    return False
                finally:
                    self.connection.settimeout(None)

            def do_POST(self) -> None:
                name, what = self.path.split("/")[-2:]
                waiting = runtime.answers.get(name, queue.Queue())
                begun = runtime.handed.get(name)
                first = time.perf_counter()
                try:
                    if self.headers.get("Lambda-Runtime-Function-Response-Mode", "").lower() == "streaming":
                        self._stream(waiting)
                    else:
                        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                        failed = {"statusCode": 502, "body": f"the function failed: {body.decode(errors='replace')}"}
                        waiting.put(whole(json.loads(body) if what == "response" else failed))
                    if begun is not None:
                        runtime.handled.append(((first - begun) * 1000, (time.perf_counter() - begun) * 1000))
                    self.send_response_only(202)
                    self._body(b"{}")
                except OSError:
                    self.close_connection = True

            def _stream(self, waiting: queue.Queue[Coming]) -> None:
                """Hands an answer on chunk by chunk; none is kept here."""
                come = dechunked(self.rfile)
                said, begun = prelude(come)
                # As small as a pipe: who reads slowly slows the function down.
                pipe: queue.Queue[bytes | BrokeOff | None] = queue.Queue(maxsize=8)
                waiting.put(Coming(said, drained(pipe)))
                try:
                    for chunk in itertools.chain([begun], come):
                        pipe.put(chunk, timeout=ANSWER_S_MAX)
                    pipe.put(None, timeout=ANSWER_S_MAX)
                except BrokeOff as error:
                    pipe.put(error, timeout=ANSWER_S_MAX)
                    raise
                except queue.Full:
                    raise OSError("nobody reads the answer") from None

            def _body(self, body: bytes) -> None:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class Function:
    """A function's process."""

    def __init__(self, command: list[str], environment: dict[str, str], log: str) -> None:
        self.command, self.environment, self.log = command, environment, log
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self) -> None:
        self.starts += 1
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """As Lambda ends an environment: at once."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def restart(self) -> None:
        self.kill()
        self.start()


def front(runtime: Runtime, domain: str) -> Any:
    """What a function URL does: a request becomes an event (payload 2.0), the answer a response."""

    def forward(request: Request) -> Answer:
        target = urlsplit(request.target)
        headers = {name.lower(): value for name, value in request.headers.items()}
        cookies = [cookie.strip() for cookie in headers.pop("cookie", "").split(";") if cookie.strip()]
        event = {
            "version": "2.0",
            "rawPath": target.path,
            "rawQueryString": target.query,
            "headers": headers | {"host": domain},
            "cookies": cookies,
            "requestContext": {"domainName": domain, "http": {"method": request.method, "path": target.path}},
            "body": base64.b64encode(request.body).decode(),
            "isBase64Encoded": True,
        }
        answer = runtime.invoke(event)
        found = list(answer.said.get("headers", {}).items()) + [("set-cookie", c) for c in answer.said.get("cookies", [])]
        return Answer(answer.said.get("statusCode", 502), found, answer.chunks)

    return forward
