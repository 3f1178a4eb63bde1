"""Tests of the counting: the meter against a pretended AWS, and the price list."""

from __future__ import annotations

import asyncio
import json
import unittest
from typing import Any

import cost
import meter


def request(first: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers.items()), f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def pretended_aws(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers one request after the other: DynamoDB with a capacity if it was asked for one, others with an echo."""
    while (message := await meter.read_head(reader)) is not None:
        body = await meter.read_body(reader, message)
        answer = {"echo": len(body)}
        if b"Dynamo" in message.header(b"x-amz-target"):
            asked = json.loads(body).get("ReturnConsumedCapacity")
            answer = {"ConsumedCapacity": {"CapacityUnits": 3.0}} if asked else {}
        writer.write(request("HTTP/1.1 200 OK", {}, json.dumps(answer).encode()))
        await writer.drain()
    writer.close()


async def talk(messages: list[bytes]) -> tuple[list[Any], dict[str, Any]]:
    """Sends the messages through a meter on one connection; gives the answers and the counts."""
    aws = await asyncio.start_server(pretended_aws, "127.0.0.1", 0)
    counting = meter.Meter(aws.sockets[0].getsockname()[1])
    proxy = await asyncio.start_server(counting.serve, "127.0.0.1", 0, limit=meter.HEAD_MAX)
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.sockets[0].getsockname()[1])
    answers = []
    for message in messages:
        writer.write(message)
        head = await meter.read_head(reader)
        assert head is not None
        answers.append(json.loads(await meter.read_body(reader, head)))
    writer.close()
    await asyncio.sleep(0.05)  # lets both sides see the end
    for server in (proxy, aws):
        server.close()
    return answers, counting.counts.shown()


class Metering(unittest.TestCase):
    def test_writes_are_counted_by_the_capacity_that_dynamodb_names(self) -> None:
        target = {"X-Amz-Target": "DynamoDB_20120810.UpdateItem"}
        _, counts = asyncio.run(talk([request("POST / HTTP/1.1", target, b'{"TableName":"t"}')]))
        self.assertEqual(counts["write_units_total"], 3.0)
        self.assertEqual(counts["requests"], {"dynamodb.UpdateItem": 1})

    def test_sqs_is_counted_by_64_kb_and_s3_by_method(self) -> None:
        big = b'{"a":"' + b"x" * 70_000 + b'"}'
        messages = [
            request("POST / HTTP/1.1", {"X-Amz-Target": "AmazonSQS.SendMessageBatch"}, big),
            request("PUT /bucket/key HTTP/1.1", {}, b"png"),
            request("GET /bucket?list-type=2 HTTP/1.1", {}),
        ]
        answers, counts = asyncio.run(talk(messages))
        self.assertEqual([answer["echo"] for answer in answers], [len(big), 3, 0])
        self.assertEqual(counts["sqs_chunks"], 2)
        self.assertEqual(counts["requests"], {"sqs.SendMessageBatch": 1, "s3.PUT": 1, "s3.LIST": 1})

    def test_a_chunked_body_arrives_whole(self) -> None:
        chunked = b"PUT /b/k HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        answers, _ = asyncio.run(talk([chunked]))
        self.assertEqual(answers, [{"echo": 5}])

    def test_a_refused_condition_costs_a_unit_and_another_failure_none(self) -> None:
        counting = meter.Meter(0)
        asked = meter.Message(b"POST / HTTP/1.1", [], b'{"Item":{"pk":{"S":"O#a#1"},"sk":{"S":"f#12"}}}')
        for kind in (b"ConditionalCheckFailedException", b"ValidationException"):
            counting.count("dynamodb", "PutItem", asked, meter.Message(b"HTTP/1.1 400 Bad", [], kind))
        self.assertEqual(counting.counts.write_units["PutItem"], 1)
        self.assertEqual(dict(counting.counts.write_units_by_item), {"O f, in vain": 1, "O f": 0})

    def test_a_batch_read_rounds_up_item_by_item(self) -> None:
        asked = meter.Message(b"", [], b'{"RequestItems":{"t":{"Keys":[]}}}')
        answer = json.dumps({"Responses": {"t": [{"a": "x"}, {"a": "x" * 5000}]}}).encode()
        self.assertEqual(meter.read_units(asked, answer), 1.5)


    def test_an_item_is_named_by_its_kind_and_not_by_whose_it_is(self) -> None:
        names = {
            b'{"Key":{"pk":{"S":"BUDGET#shipstation/main"},"sk":{"S":"book"}}}': "budget shipstation",
            b'{"Key":{"pk":{"S":"BUDGET#aliexpress/app/12ab"},"sk":{"S":"book"}}}': "budget aliexpress app",
            b'{"Key":{"pk":{"S":"O#ae-one#77"},"sk":{"S":"h#9#12"}}}': "O h",
            b'{"RequestItems":{}}': "several",
        }
        for body, name in names.items():
            self.assertEqual(meter.kind_of_item(meter.Message(b"", [], body)), name)


class Prices(unittest.TestCase):
    def test_a_bill_adds_up(self) -> None:
        counted = {
            "requests": {"s3.PUT": 1, "s3.GET": 2, "secretsmanager.GetSecretValue": 1},
            "write_units_total": 10,
            "read_units_total": 8,
            "sqs_chunks": 3,
        }
        report = "REPORT RequestId: x\tDuration: 100 ms\tBilled Duration: 100 ms\tMemory Size: 1024 MB\tMax Memory"
        invocations = cost.read_logs([(True, [report, "a line"]), (False, [report])])
        self.assertEqual((invocations.count, invocations.from_queues), (2, 1))
        self.assertAlmostEqual(invocations.gb_seconds, 0.2)
        dollars = cost.bill(counted, invocations)
        self.assertAlmostEqual(dollars["DynamoDB writes"] * 1e6, 6.25)
        self.assertAlmostEqual(dollars["SQS"] * 1e6, 5 * 0.40)
        self.assertAlmostEqual(dollars["S3"] * 1e6, 5.0 + 2 * 0.4)
        self.assertAlmostEqual(dollars["Lambda"] * 1e6, 0.4 + 0.2 * 13.3334)
        self.assertEqual(cost.per_million_orders({"all": 0.000_024}, 2), 12.0)


if __name__ == "__main__":
    unittest.main()
