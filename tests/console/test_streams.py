"""How streamed answers get through to the client, byte for byte, and where they break off. No browser, no function of ours."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import unittest

import console
import console_front
from runtime_api import DELIMITER, Runtime, front, whole

PRELUDE = {"statusCode": 201, "headers": {"content-type": "text/csv"}, "cookies": ["a=1; Path=/", "b=2"]}
PICTURE = bytes(range(256)) * 40


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def framed(chunk: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(chunk), chunk)


class Streams(unittest.TestCase):
    def setUp(self) -> None:
        self.port = free_port()
        self.runtime = Runtime(self.port)
        self.addCleanup(self.runtime.server.server_close)
        self.addCleanup(self.runtime.server.shutdown)
        self.door = self.serve(front(self.runtime, "x.lambda-url.us-east-1.on.aws"))

    def serve(self, forward: console_front.Forward) -> int:
        server = console_front.server(free_port(), forward)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address[1]

    def ask(self, door: int) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", door, timeout=20)
        self.addCleanup(connection.close)
        connection.request("GET", "/orders.csv")
        return connection.getresponse()

    def function(self, said: bytes, goes_on: threading.Event, rest: bytes) -> threading.Thread:
        """Takes one event and answers it with these very bytes: some now, some when told to."""

        def run() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            connection.request("GET", "/2018-06-01/runtime/invocation/next")
            answer = connection.getresponse()
            name, event = answer.getheader("Lambda-Runtime-Aws-Request-Id"), json.load(answer)
            self.event = event
            with socket.create_connection(("127.0.0.1", self.port), timeout=20) as raw:
                head = f"POST /2018-06-01/runtime/invocation/{name}/response HTTP/1.1\r\nHost: x\r\n"
                head += "Transfer-Encoding: chunked\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n"
                raw.sendall(head.encode() + b"Trailer: Lambda-Runtime-Function-Error-Type\r\n\r\n" + said)
                goes_on.wait(20)
                raw.sendall(rest)
                if rest.endswith(b"0\r\n\r\n"):
                    raw.recv(65536)
            connection.close()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        return thread

    def begin(self, rest: bytes, split: int = 20) -> tuple[http.client.HTTPResponse, threading.Event]:
        goes_on = threading.Event()
        self.addCleanup(goes_on.set)
        prelude = json.dumps(PRELUDE).encode()
        # Wherever chunks end: in the prelude, in the delimiter, in a picture.
        said = prelude + DELIMITER + PICTURE[:1000]
        self.function(framed(said[:split]) + framed(said[split:]), goes_on, rest)
        return self.ask(self.door), goes_on

    def test_a_streamed_answer_arrives_byte_for_byte_with_its_cookies_and_its_beginning_first(self) -> None:
        for split in (1, 20, len(json.dumps(PRELUDE)) + 3, len(json.dumps(PRELUDE)) + 8 + 5):
            answer, goes_on = self.begin(framed(PICTURE[1000:]) + b"0\r\n\r\n", split)
            self.assertEqual(answer.status, 201)
            self.assertEqual(answer.headers.get_all("set-cookie"), ["a=1; Path=/", "b=2"])
            self.assertEqual(answer.getheader("content-type"), "text/csv")
            # The function has not sent more yet.
            self.assertFalse(goes_on.is_set())
            first = answer.read(1000)
            goes_on.set()
            self.assertEqual(first + answer.read(), PICTURE)

    def test_a_function_that_dies_in_the_middle_leaves_no_answer_that_looks_whole(self) -> None:
        for rest in (b"", framed(b"x" * 50), b"ff\r\nhalf a chunk"):
            answer, goes_on = self.begin(rest)
            goes_on.set()
            with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
                answer.read()

    def test_the_console_s_front_door_hands_on_what_breaks_off_as_broken(self) -> None:
        door = self.serve(console.forward(f"http://127.0.0.1:{self.door}", "https://x.lambda-url.us-east-1.on.aws"))
        prelude = json.dumps(PRELUDE).encode()
        for rest, is_whole in ((framed(b"rest") + b"0\r\n\r\n", True), (b"", False)):
            goes_on = threading.Event()
            self.function(framed(prelude + DELIMITER + b"begun "), goes_on, rest)
            answer = self.ask(door)
            self.assertEqual((answer.status, answer.read(6)), (201, b"begun "))
            goes_on.set()
            if is_whole:
                self.assertEqual(answer.read(), b"rest")
            else:
                with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
                    answer.read()

    def test_an_answer_that_is_not_streamed_arrives_too(self) -> None:
        self.runtime.invoke = lambda event: whole({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True})
        self.assertEqual(self.ask(self.door).read(), b"hi")


CASES = (Streams,)
