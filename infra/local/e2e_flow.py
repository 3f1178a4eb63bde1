"""Scenarios around the main job: it happened, and nothing makes it happen twice."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import observe
import places
import story
from sandboxes import ALIEXPRESS
from story import Story, event, reference

JOBS = (
    ("poll-marketplace", "import"),
    ("poll-marketplace", "status"),
    ("poll-marketplace", "deep"),
    ("read-shipments", "sweep"),
    ("read-shipments", "subscriptions"),
    ("reconcile", "reconcile"),
    ("reconcile", "reconcile_deep"),
    ("reconcile", "digest"),
)


class MainFlow(Story):
    def test_every_order_went_out_and_every_shipment_came_back_exactly_once_and_proof_first(self) -> None:
        self.assert_balanced()

    def test_no_function_panicked_or_ran_out_of_time(self) -> None:
        for function in places.FUNCTIONS:
            lines = [line for _, line in observe.log_lines(story.RUN.stack, function)]
            self.assertEqual([line for line in lines if "panicked" in line or "timed out" in line], [], function)

    def test_secrets_buyers_and_raw_bodies_are_in_no_log(self) -> None:
        canaries = ["sandbox-secret", "ae-not-a-secret", "ali-not-a-secret", "seller-token", story.RUN.hook_secret()]
        kept = story.RUN.secrets()
        tokens = [secret for secret in kept if secret.startswith("5000")]
        self.assertTrue(any("seller-token" not in token for token in tokens), "no token was renewed: nothing to look for")
        canaries += kept
        # As a body would have them, in a log line as it is or quoted once more.
        for field in ("contact_person", "orderKey", "trackingNumber", "trade_id"):
            canaries += [f'"{field}":', f'\\"{field}\\":']
        buyers = [buyer for name in story.RUN.sandboxes.marketplaces for buyer in story.RUN.sandboxes.buyers(name)]
        self.assertGreater(len(buyers), 50, "without buyers this test could not fail")
        canaries += buyers
        for function in places.FUNCTIONS:
            text = "\n".join(line for _, line in observe.log_lines(story.RUN.stack, function))
            self.assertEqual([canary for canary in canaries if canary in text], [], function)


class Again(Story):
    def test_jobs_asked_for_twice_by_hand_change_nothing(self) -> None:
        before = self.outside()
        for _ in range(2):
            for function, job in JOBS:
                story.RUN.stack.invoke(function, {"job": job})
        self.assert_nothing_changed_since(before)

    def test_a_batch_of_100_records_finds_nothing_left_to_export(self) -> None:
        before, keys = self.outside(), self.keys()
        orders = [reference(keys[number % len(keys)]) for number in range(100)]
        hints = [{"hint": "export", "orders": [order]} for order in orders]
        self.assertEqual(story.RUN.stack.invoke("export-orders", event(hints)), {"batchItemFailures": []})
        self.assert_nothing_changed_since(before)

    def test_a_record_that_does_not_decode_fails_without_its_neighbour(self) -> None:
        good = {"hint": "export", "orders": [reference(self.keys()[0])]}
        bad = ["<html>", good, {"hint": "nonsense"}, {"hint": "export", "orders": [{"connection": "#", "order": ""}]}]
        answer = story.RUN.stack.invoke("export-orders", event(bad))
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        self.assertEqual(failed, {"made-0", "made-2", "made-3"})

    def test_hints_for_proofs_and_notices_that_come_again_change_nothing(self) -> None:
        before = self.outside()
        labels = story.RUN.sandboxes.books()["shipstation"]["shipments"]
        shipments = [
            [reference(label["orderKey"]), f"s{label['shipmentId']}"] for label in labels if ":" in label["orderKey"]
        ]
        for function, hint in (("upload-proof", "proof"), ("notify-shipment", "notify")):
            answer = story.RUN.stack.invoke(function, event([{"hint": hint, "shipments": shipments[:20]}]))
            self.assertEqual(answer, {"batchItemFailures": []})
        self.assert_nothing_changed_since(before)


class Subscriptions(Story):
    def events(self) -> list[str]:
        return sorted(hook["event"] for hook in story.RUN.sandboxes.books()["shipstation"]["subscriptions"])

    def test_the_four_webhooks_are_subscribed_once_however_often_that_is_checked(self) -> None:
        # When the budget has no call left, the check comes back when it has.
        deadline = time.monotonic() + 90
        while len(self.events()) < 4 and time.monotonic() < deadline:
            time.sleep(2)
        for _ in range(2):
            story.RUN.stack.invoke("read-shipments", {"job": "subscriptions"})
            self.wait_until_quiet()
        self.assertEqual(self.events(), ["FULFILLMENT_SHIPPED", "ITEM_SHIP_NOTIFY", "ORDER_NOTIFY", "SHIP_NOTIFY"])


class CommandLine(Story):
    def test_proofs_are_listed_with_order_shipment_digest_and_time(self) -> None:
        listed = json.loads(story.RUN.stack.must_cli("proofs"))
        kept = {proof.key: proof.sha256 for proof in observe.proofs(story.RUN.stack)}
        self.assertEqual({entry["key"]: entry["digest"] for entry in listed}, kept)
        for entry in listed:
            self.assertTrue(entry["order"] and entry["shipment"] and entry["stored_at"], entry)

    def test_exceptions_are_listed_as_json_and_none_is_of_an_order_that_went_well(self) -> None:
        listed = json.loads(story.RUN.stack.must_cli("exceptions"))
        balanced = {f"{key}" for key in self.expected_keys()}
        self.assertEqual([entry for entry in listed if entry["order"] in balanced], [])

    def expected_keys(self) -> list[str]:
        found = story.RUN.sandboxes.books()
        found.pop("shipstation")
        return [f"{name}:{order['id']}" for name, book in found.items() for order in book["orders"]
                if order["expected_to_ship"]]  # fmt: skip

    def connections(self) -> dict[str, Any]:
        shown = story.RUN.stack.must_cli("connections", "list")
        for secret in story.RUN.secrets():
            self.assertNotIn(secret, shown)
        return {entry["id"]: entry for entry in json.loads(shown)["connections"]}

    def test_connections_are_listed_without_a_key_paused_and_resumed(self) -> None:
        listed = self.connections()
        for name in story.RUN.sandboxes.marketplaces:
            self.assertEqual((listed[name]["state"], listed[name]["paused"]), ("live", False), listed[name])
            self.assertTrue(listed[name]["last_contact_at"], listed[name])
        name = ALIEXPRESS
        self.assertEqual(json.loads(story.RUN.stack.must_cli("connections", "pause", name)), {"paused": name})
        self.addCleanup(story.RUN.stack.must_cli, "connections", "resume", name)
        self.assertEqual(self.connections()[name]["state"], "paused")
        story.RUN.stack.must_cli("connections", "resume", name)
        self.assertEqual(self.connections()[name]["state"], "live")

    def test_a_connection_that_is_added_and_removed_keeps_its_name_and_loses_its_secret(self) -> None:
        path = story.RUN.stack.home / "another.toml"
        keys = 'marketplace = "aliexpress"\naccount = "main"\napp_key = "ae-app-501"\napp_secret = "x-another-secret"\n'
        path.write_text(f'[[connection]]\nid = "another"\n{keys}')
        self.assertEqual(json.loads(story.RUN.stack.must_cli("connections", "add", str(path))), {"added": "another"})
        self.assertEqual(self.connections()["another"]["state"], "not_yet")
        names = [secret["Name"] for secret in story.RUN.stack.client("secretsmanager").list_secrets()["SecretList"]]
        self.assertIn(f"{places.STACK}/connection/another", names)
        story.RUN.stack.must_cli("connections", "remove", "another")
        self.assertEqual(self.connections()["another"]["state"], "removed")
        names = [secret["Name"] for secret in story.RUN.stack.client("secretsmanager").list_secrets()["SecretList"]]
        self.assertNotIn(f"{places.STACK}/connection/another", names)

    def test_a_past_range_that_is_asked_for_again_changes_nothing(self) -> None:
        before = self.outside()
        # Each day of it is a sweep of its own, from ShipStation's 40 calls a minute: a short one.
        since = datetime.now(timezone.utc) - timedelta(hours=6)
        story.RUN.stack.must_cli("resync", "--connection", ALIEXPRESS, "--from", since.strftime("%Y-%m-%dT%H:%M:%SZ"))
        self.assert_nothing_changed_since(before)

    def test_registering_again_changes_no_secret_that_shipstation_holds(self) -> None:
        before, secret = self.outside(), story.RUN.hook_secret()
        story.RUN.register(story.RUN.stack.home / "connections.toml")
        self.assertEqual(story.RUN.hook_secret(), secret)
        story.RUN.stack.invoke("read-shipments", {"job": "subscriptions"})
        self.assert_nothing_changed_since(before)


CASES = (MainFlow, Subscriptions, Again, CommandLine)
