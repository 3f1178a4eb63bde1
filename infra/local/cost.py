"""What the counted requests would cost in us-east-1 on demand (public prices of November 2026, no free tier).

Pure functions, tested in test_cost.py. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# Dollars a million, except where the name says otherwise.
WRITE_UNIT = 0.625
READ_UNIT = 0.125
SQS_REQUEST = 0.40
S3_PUT = 5.00
S3_GET = 0.40
SECRET_READ = 5.00
LAMBDA_REQUEST = 0.20
LAMBDA_GB_SECOND = 13.3334  # arm64
LOG_GB_DOLLARS = 0.50


@dataclass
class Invocations:
    """What the functions' logs say: every invocation ends with a REPORT line."""

    count: int = 0
    from_queues: int = 0
    gb_seconds: float = 0.0
    log_bytes: int = 0


REPORT = re.compile(r"REPORT RequestId: \S+\s+Duration: ([\d.]+) ms.*?Memory Size: (\d+) MB")


def read_logs(groups: Iterable[tuple[bool, Iterable[str]]]) -> Invocations:
    """`groups` is (is the function woken by a queue?, its lines), one a function."""
    found = Invocations()
    for from_queue, lines in groups:
        for line in lines:
            found.log_bytes += len(line.encode()) + 26  # CloudWatch's own overhead a line
            if report := REPORT.search(line):
                found.count += 1
                found.from_queues += from_queue
                found.gb_seconds += float(report[1]) / 1000 * int(report[2]) / 1024
    return found


def bill(meter: dict[str, Any], invocations: Invocations) -> dict[str, float]:
    """Dollars by item for everything that was counted.

    Lambda's pollers receive and delete once a batch (the emulator's batches are of at most ten; AWS's own polls of
    empty queues are a cost at rest, not of orders, and are left to the README).
    """
    requests = meter["requests"]

    def count(prefix: str) -> int:
        return sum(number for name, number in requests.items() if name.startswith(prefix))

    puts = count("s3.PUT") + count("s3.POST") + count("s3.LIST")
    return {
        "DynamoDB writes": meter["write_units_total"] * WRITE_UNIT / 1e6,
        "DynamoDB reads": meter["read_units_total"] * READ_UNIT / 1e6,
        "SQS": (meter["sqs_chunks"] + 2 * invocations.from_queues) * SQS_REQUEST / 1e6,
        "S3": (puts * S3_PUT + (count("s3.") - puts) * S3_GET) / 1e6,
        "Secrets": count("secretsmanager.") * SECRET_READ / 1e6,
        "Lambda": (invocations.count * LAMBDA_REQUEST + invocations.gb_seconds * LAMBDA_GB_SECOND) / 1e6,
        "Logs": invocations.log_bytes / 1e9 * LOG_GB_DOLLARS,
    }


def requests_total(meter: dict[str, Any], invocations: Invocations) -> int:
    """The functions' own requests, and those that Lambda's pollers make for them."""
    return meter["requests_total"] + 2 * invocations.from_queues


def per_million_orders(dollars: dict[str, float], orders: int) -> float:
    return round(sum(dollars.values()) / max(1, orders) * 1e6, 2)
