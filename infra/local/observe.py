"""What the deployed stack itself holds: states, exceptions, proofs, queues, logs. Reads only.

Runs inside the emulator's environment.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

import books
import cost
import places
from stack import Stack

QUEUES = ("Poll", "Export", "Shipments", "Proof", "Notify")
# The tags of a notice's state in the state item (shared/domain/src/state.rs).
NOTICE = {"w": "wanted", "a": "attempting", "s": "sent", "c": "confirmed", "p": "parked", "x": "not wanted"}


def states(stack: Stack) -> dict[str, dict[str, Any]]:
    """The state of every order, by its `orderKey`."""
    pages = stack.client("dynamodb").get_paginator("scan")
    found = {}
    for page in pages.paginate(
        TableName=stack.outputs["TableName"],
        FilterExpression="sk = :state",
        ExpressionAttributeValues={":state": {"S": "state"}},
        ConsistentRead=True,
    ):
        for item in page["Items"]:
            _, connection, order = item["pk"]["S"].split("#")
            found[f"{connection}:{order}"] = json.loads(item["s"]["S"])
    return found


def notices(stack: Stack, apart: frozenset[str] = frozenset()) -> Counter[str]:
    """How many notices are in which state, without those of some orders."""
    counted = (state for key, state in states(stack).items() if key not in apart)
    tags = (shipment["n"]["k"] for state in counted for shipment in state.get("h", []))
    return Counter(NOTICE.get(tag, tag) for tag in tags)


def exceptions(stack: Stack) -> int:
    """Orders and strays that a person has to look at."""
    pages = stack.client("dynamodb").get_paginator("scan")
    return sum(page["Count"] for page in pages.paginate(TableName=stack.outputs["TableName"], IndexName="exceptions"))


def exception_kinds(stack: Stack) -> dict[str, set[str]]:
    """What kinds of exceptions each order has, by its `orderKey`, as the `tallyman` command lists them."""
    found: dict[str, set[str]] = {}
    for entry in json.loads(stack.must_cli("exceptions")):
        found.setdefault(entry["order"], set()).add(entry["kind"])
    return found


def proofs(stack: Stack) -> list[books.Proof]:
    """Every proof of the vault, with the digest of its bytes and how often its key was written."""
    s3, bucket = stack.client("s3"), stack.outputs["ProofBucketName"]
    versions: Counter[str] = Counter()
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix="proofs/"):
        versions.update(version["Key"] for version in page.get("Versions", []))
    return [books.Proof(key, hashlib.sha256(proof(stack, key)).hexdigest(), n) for key, n in sorted(versions.items())]


def proof(stack: Stack, key: str) -> bytes:
    return stack.client("s3").get_object(Bucket=stack.outputs["ProofBucketName"], Key=key)["Body"].read()


def depth(stack: Stack, queue: str) -> int:
    """Messages in a queue, on their way or waiting for their time."""
    names = ("", "NotVisible", "Delayed")
    attributes = [f"ApproximateNumberOfMessages{name}" for name in names]
    answer = stack.client("sqs").get_queue_attributes(QueueUrl=stack.outputs[queue], AttributeNames=attributes)
    return sum(int(answer["Attributes"][attribute]) for attribute in attributes)


def waiting(stack: Stack) -> dict[str, int]:
    return {name.lower(): depth(stack, f"{name}QueueUrl") for name in QUEUES}


def dead_letters(stack: Stack) -> dict[str, int]:
    found = {name.lower(): depth(stack, f"{name}DeadLettersUrl") for name in (*QUEUES, "Schedule")}
    return {name: count for name, count in found.items() if count}


def log_lines(stack: Stack, function: str, since_ms: int = 0) -> list[tuple[int, str]]:
    """(time, line) of a function's log, oldest first."""
    pages = stack.client("logs").get_paginator("filter_log_events")
    group = f"/aws/lambda/{places.STACK}-{function}"
    events = [event for page in pages.paginate(logGroupName=group, startTime=since_ms) for event in page["events"]]
    return sorted((event["timestamp"], event["message"].rstrip("\n")) for event in events)


def keep_logs(stack: Stack) -> None:
    """What the functions logged, a file each beside the other logs: the emulator's end takes it away."""
    for name in places.FUNCTIONS:
        lines = (f"{at_ms} {line}\n" for at_ms, line in log_lines(stack, name))
        (stack.home / "logs" / f"{name}.log").write_text("".join(lines))


def invocations(stack: Stack) -> cost.Invocations:
    by_queue = {"export-orders", "upload-proof", "notify-shipment", "read-shipments", "poll-marketplace"}
    groups = ((name in by_queue, [line for _, line in log_lines(stack, name)]) for name in places.FUNCTIONS)
    return cost.read_logs(groups)
