"""Lambda's Runtime API for one function, and a function URL before it. Standard library only.

The function's binary is a process that can be killed and started again between two requests, which is what a restart
in the middle of something is.
"""

from __future__ import annotations

import base64
import http.server
import json
import queue
import socket
import subprocess
import threading
import uuid
from typing import Any
from urllib.parse import urlsplit

from console_front import Answer, Request

ANSWER_S_MAX = 45


class Runtime:
    """The Runtime API: hands events to whatever process asks for them."""

    def __init__(self, port: int) -> None:
        self.events: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.answers: dict[str, queue.Queue[dict[str, Any]]] = {}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def invoke(self, event: dict[str, Any]) -> dict[str, Any]:
        """The function's answer. Raises OSError when there is none."""
        name = str(uuid.uuid4())
        self.answers[name] = queue.Queue()
        self.events.put((name, event))
        try:
            return self.answers[name].get(timeout=ANSWER_S_MAX)
        except queue.Empty:
            raise OSError("the function does not answer") from None
        finally:
            del self.answers[name]

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        runtime = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                try:
                    waiting = self._wait()
                    if waiting is None:
                        self.close_connection = True
                        return
                    name, event = waiting
                    self.send_response_only(200)
                    self.send_header("Lambda-Runtime-Aws-Request-Id", name)
                    self.send_header("Lambda-Runtime-Deadline-Ms", "9999999999999")
                    self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:0:function:console")
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
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                name, what = self.path.split("/")[-2:]
                if name in runtime.answers:
                    failed = {"statusCode": 502, "body": f"the function failed: {body.decode(errors='replace')}"}
                    runtime.answers[name].put(json.loads(body) if what == "response" else failed)
                self.send_response_only(202)
                self._body(b"{}")

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
        body = answer.get("body") or ""
        raw = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
        found = list(answer.get("headers", {}).items()) + [("set-cookie", c) for c in answer.get("cookies", [])]
        return Answer(answer.get("statusCode", 502), found, raw)

    return forward
