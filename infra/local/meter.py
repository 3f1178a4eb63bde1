#!/usr/bin/env python3
"""A proxy between the functions and the emulator that counts what AWS would charge for.

python3 infra/local/meter.py --port 4567 --to 4566        GET /_meter shows the counts

Functions reach AWS through it, everything else goes to the emulator directly, so it counts the functions' own calls.
DynamoDB is asked for the capacity each write consumed (the emulator computes it by DynamoDB's rules: size before and
after, and every index whose keys changed); the answer's additional field is ignored by clients that didn't ask.
Standard library only; about 0.2 ms of CPU a request.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}
HEAD_MAX = 64 * 1024


@dataclass
class Counts:
    """What was seen since the last reset."""

    requests: Counter[str] = field(default_factory=Counter)
    write_units: Counter[str] = field(default_factory=Counter)
    read_units: Counter[str] = field(default_factory=Counter)
    # SQS charges by 64 KB of payload.
    sqs_chunks: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    # What was written to what: where the money goes.
    write_units_by_item: Counter[str] = field(default_factory=Counter)
    requests_by_item: Counter[str] = field(default_factory=Counter)
    # How long at least one answer was waited for, and how long for each kind of request, this proxy's own time included.
    busy_ms: float = 0
    waited_ms: Counter[str] = field(default_factory=Counter)

    def shown(self) -> dict[str, Any]:
        return {
            "requests": dict(self.requests),
            "requests_total": sum(self.requests.values()),
            "write_units": dict(self.write_units),
            "write_units_total": sum(self.write_units.values()),
            "read_units": dict(self.read_units),
            "read_units_total": sum(self.read_units.values()),
            "sqs_chunks": self.sqs_chunks,
            "failed": dict(self.failed),
            "write_units_by_item": dict(self.write_units_by_item),
            "requests_by_item": dict(self.requests_by_item),
            "busy_ms": round(self.busy_ms, 2),
            "waited_ms": {name: round(ms, 2) for name, ms in self.waited_ms.items()},
        }


@dataclass
class Message:
    """One request or answer."""

    first: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""

    def header(self, name: bytes) -> bytes:
        return next((value for key, value in self.headers if key.lower() == name), b"")

    def encoded(self) -> bytes:
        """With the body whole: a changed or once chunked one needs a length of its own."""
        dropped = (b"content-length", b"transfer-encoding", b"expect", b"connection")
        lines = [self.first, *(k + b": " + v for k, v in self.headers if k.lower() not in dropped)]
        lines.append(b"Content-Length: %d" % len(self.body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


async def read_head(reader: asyncio.StreamReader) -> Message | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head[:-4].split(b"\r\n")
    pairs = [line.partition(b":") for line in lines]
    return Message(first, [(key.strip(), value.strip()) for key, _, value in pairs])


async def read_body(reader: asyncio.StreamReader, message: Message) -> bytes:
    if b"chunked" in message.header(b"transfer-encoding").lower():
        parts = []
        while size := int((await reader.readline()).split(b";")[0], 16):
            parts.append(await reader.readexactly(size))
            await reader.readline()
        while (await reader.readline()).strip():
            pass  # trailers: checksums of the streaming kind
        return b"".join(parts)
    return await reader.readexactly(int(message.header(b"content-length") or 0))


def operation_of(request: Message) -> tuple[str, str]:
    """(service, operation). JSON services name it in a header, S3 is the one that doesn't."""
    service, dot, name = request.header(b"x-amz-target").decode("ascii", "replace").partition(".")
    if dot:
        return {"DynamoDB_20120810": "dynamodb", "AmazonSQS": "sqs"}.get(service, service.lower()), name
    method, path, *_ = request.first.decode("latin-1").split(" ")
    if path.startswith("/20"):
        return "lambda", method
    return "s3", "LIST" if "list-type=2" in path else method


def ask_for_capacity(request: Message) -> None:
    body = json.loads(request.body)
    if body.get("ReturnConsumedCapacity", "NONE") == "NONE":
        body["ReturnConsumedCapacity"] = "TOTAL"
        request.body = json.dumps(body, separators=(",", ":")).encode()


def consumed(answer: bytes) -> float:
    capacity = json.loads(answer).get("ConsumedCapacity") or []
    entries = capacity if isinstance(capacity, list) else [capacity]
    return sum(float(entry.get("CapacityUnits", 0)) for entry in entries)


def read_units(request: Message, answer: bytes) -> float:
    """By 4 KB read, half price unless consistent. The emulator counts calls only, so the size is taken from the JSON,
    which is larger than DynamoDB's own count: an upper bound."""
    asked, got = json.loads(request.body), json.loads(answer)
    per_table = asked.get("RequestItems") or {"": asked}
    price = 1.0 if any(table.get("ConsistentRead") for table in per_table.values()) else 0.5
    if "Responses" in got:  # a batch rounds up item by item
        found = [item for items in got["Responses"].values() for item in items]
        return price * sum(blocks(item) for item in found) or price
    return price * blocks(got.get("Item") or got.get("Items"))


def kind_of_item(request: Message) -> str:
    """What an item is by its keys (shared/aws/src/dynamo/keys.rs), without saying whose."""
    body = json.loads(request.body)
    keys = body.get("Item") or body.get("Key") or body.get("ExpressionAttributeValues") or {}
    pk, sk = (str(keys.get(name, {}).get("S", "")) for name in ("pk", "sk"))
    if not pk:
        return "several"
    kind, _, name = pk.partition("#")
    if kind == "BUDGET":
        return f"budget {name.split('/')[0]}{' app' if '/app/' in name else ''}"
    return f"{kind} {sk.split('#')[0]}"


def where(request: Message) -> str:
    """An operation, and the index that it looks at."""
    service, name = operation_of(request)
    if service != "dynamodb" or name != "Query":
        return f"{service}.{name}"
    body = json.loads(request.body)
    index = body.get("IndexName") or kind_of_item(request).split(" ")[0]
    return f"Query {index}{' (count)' if body.get('Select') == 'COUNT' else ''}"


def blocks(found: Any) -> int:
    return max(1, math.ceil(len(json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode()) / 4096))


class Meter:
    """Counts and forwards."""

    def __init__(self, upstream_port: int) -> None:
        self.upstream_port = upstream_port
        self.counts = Counts()
        self.outstanding = 0
        self.since = 0.0

    def count(self, service: str, name: str, request: Message, answer: Message) -> None:
        operation = f"{service}.{name}"
        self.counts.requests[operation] += 1
        failed = not answer.first.split(b" ")[1].startswith(b"2")
        if failed:
            self.counts.failed[operation] += 1
        if service == "sqs":
            self.counts.sqs_chunks += max(1, math.ceil(len(request.body) / 65536))
        if service != "dynamodb":
            return
        self.counts.requests_by_item[f"{name} {kind_of_item(request)}"] += 1
        if name in WRITES:
            # A refused condition costs what the write would have: one unit for our items of at most 1 KB.
            refused = failed and b"ConditionalCheckFailed" in answer.body
            units = 1 if refused else 0 if failed else consumed(answer.body)
            kind = kind_of_item(request)
            self.counts.write_units[name] += units
            self.counts.write_units_by_item[kind + (", in vain" if refused else "")] += units
        elif name in READS and not failed:
            self.counts.read_units[name] += read_units(request, answer.body)

    def control(self, request: Message) -> Message:
        if request.first.startswith(b"POST"):
            self.counts = Counts()
        body = json.dumps(self.counts.shown()).encode()
        return Message(b"HTTP/1.1 200 OK", [(b"Content-Type", b"application/json")], body)

    async def timed(
        self, request: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Message:
        begun = time.perf_counter()
        if not self.outstanding:
            self.since = begun
        self.outstanding += 1
        try:
            return await self.forward(request, reader, writer)
        finally:
            ended = time.perf_counter()
            self.outstanding -= 1
            if not self.outstanding:
                self.counts.busy_ms += (ended - self.since) * 1000
            self.counts.waited_ms[where(request)] += (ended - begun) * 1000

    async def forward(
        self, request: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Message:
        service, name = operation_of(request)
        if service == "dynamodb" and name in WRITES:
            ask_for_capacity(request)
        writer.write(request.encoded())
        await writer.drain()
        answer = await read_head(reader)
        if answer is None:
            raise ConnectionError("the emulator closed the connection")
        bodiless = request.first.startswith(b"HEAD") or answer.first.split(b" ")[1] in (b"204", b"304")
        if not bodiless:
            answer.body = await read_body(reader, answer)
        self.count(service, name, request, answer)
        return answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client connection, with one of its own to the emulator."""
        upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        try:
            while (request := await read_head(reader)) is not None:
                if request.header(b"expect"):
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                request.body = await read_body(reader, request)
                if request.first.split(b" ")[1].startswith(b"/_meter"):
                    answer = self.control(request)
                else:
                    upstream = upstream or await asyncio.open_connection(
                        "127.0.0.1", self.upstream_port, limit=HEAD_MAX
                    )
                    answer = await self.timed(request, *upstream)
                writer.write(head_answer(answer) if request.first.startswith(b"HEAD") else answer.encoded())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass  # the client sees a cut connection, as it would from AWS, and tries again
        finally:
            writer.close()
            if upstream:
                upstream[1].close()


def head_answer(answer: Message) -> bytes:
    """The length of a HEAD answer is the object's, not that of the body it doesn't have."""
    lines = [answer.first, *(k + b": " + v for k, v in answer.headers if k.lower() != b"connection")]
    return b"\r\n".join(lines) + b"\r\n\r\n"


async def run(port: int, upstream_port: int) -> None:
    server = await asyncio.start_server(Meter(upstream_port).serve, "127.0.0.1", port, limit=HEAD_MAX)
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--to", type=int, required=True, help="port of the emulator")
    arguments = parser.parse_args()
    try:
        asyncio.run(run(arguments.port, arguments.to))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
