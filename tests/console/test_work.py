"""Exceptions and settings, as people work on them in the browser."""

from __future__ import annotations

import datetime
import json
import subprocess

import places
import test_console
from lab import AE_KEY, AE_SECRET, PREFIX, TABLE
from test_console import Person


def stamp(hours: float) -> str:
    """A time so many hours from now."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return (now + datetime.timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


def open_exception(shipment: str, kind: str, hours_left: float, what: str) -> None:
    """One that belongs to no order, as `shared/aws/src/dynamo/keys.rs` lays it out."""
    since = stamp(-20)
    found = {"k": kind, "t": since, "d": stamp(hours_left), "w": what, "n": 3, "l": int(datetime.datetime.now().timestamp())}
    item = {"pk": "S#main", "sk": shipment, "x": json.dumps(found, separators=(",", ":")), "xk": "x", "xs": f"{since}#{shipment}"}
    item_of = {name: {"S": value} for name, value in item.items()}
    test_console.LAB.client("dynamodb").put_item(TableName=TABLE, Item=item_of)


def seed() -> None:
    """What the list shows: late, soon, and with time to spare; two of one kind and more."""
    open_exception("s901", "shipment_unattributed", -3, "shipment s901, number 9400111899560000000001, order number 7001")
    open_exception("s902", "shipment_unattributed", 2, "shipment s902, number 9400111899560000000002, no order number")
    open_exception("s903", "shipment_unattributed", 20, "shipment s903, number 9400111899560000000003, order number GIFT-1")
    open_exception("s904", "cursor_stands", 9, "the sweep of account main stands at 2026-11-20T04:00:00Z")
    open_exception("s905", "unknown_in_warehouse", 30, "ShipStation order 81 has key ae-main:8100000000000009")


def command_line(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The real command line, over a stack that says where the console's table is."""
    lab = test_console.LAB
    stacks = lab.client("cloudformation")
    outputs = {"TableName": TABLE, "ProofBucketName": "none"}
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    try:
        stacks.create_stack(StackName=PREFIX, TemplateBody=json.dumps(template))
    except stacks.exceptions.AlreadyExistsException:
        pass
    stacks.get_waiter("stack_create_complete").wait(StackName=PREFIX, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    environment = places.plain_environment(lab.scratch) | {"AWS_ENDPOINT_URL": lab.url("emulator")}
    command = [str(places.BINARIES / "tallyman"), "--stack", PREFIX, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


FILE = """
[[connection]]
id = "{name}"
marketplace = "aliexpress"
account = "main"
app_key = "{key}"
app_secret = "{secret}"
[connection.settings]
seller_name = "From a file"
[[connection.settings.carriers]]
carrier = "acme"
code = "{code}"
"""


class Exceptions(Person):
    def setUp(self) -> None:
        super().setUp()
        seed()

    def open_list(self, query: str = "") -> None:
        self.browser.open(test_console.LAB.base + "/exceptions" + query)

    def test_the_nearest_deadline_is_on_top_and_tabs_and_filters_narrow_the_list(self) -> None:
        self.sign_in(to="/exceptions")
        self.says("Shipment of no known order", "3 h late", "Reading stands still")
        rows = self.browser.script("return [...document.querySelectorAll('tbody tr')].map(r => r.innerText)")
        self.assertIn("main/s901", rows[0])
        self.browser.click(".tabs li:nth-child(2) a")
        self.assertIn("owner=warehouse", self.browser.address())
        self.assertNotIn("Reading stands still", self.browser.text("tbody"))
        self.open_list()
        self.browser.choose("#kind", "cursor_stands")
        self.browser.click("#filter")
        self.assertIn("main/s904", self.browser.text("tbody"))
        self.assertNotIn("main/s901", self.browser.text("tbody"))

    def test_one_is_taken_commented_and_resolved_with_a_reason(self) -> None:
        self.sign_in(to="/exceptions?kind=cursor_stands")
        self.browser.click("tbody td.main a")
        self.browser.click("#assign-me")
        self.says("Assigned: Reading stands still", "Assigned to operator@example.com")
        self.browser.fill("#text", "asked the people who run it")
        self.browser.click("#comment")
        self.says("asked the people who run it", "by operator@example.com")
        self.browser.fill("#to", "kim@example.com")
        self.browser.click("#assign")
        self.says("Assigned to kim@example.com")
        self.browser.click("#resolve")
        self.says("Resolve this exception?")
        self.browser.fill("#text", "the marketplace was down")
        self.browser.click("#go")
        self.says("Resolved: Reading stands still")
        self.assertFalse("main/s904" in self.browser.text("tbody"))

    def test_several_of_one_cause_are_resolved_at_once_after_a_question(self) -> None:
        self.sign_in(to="/exceptions?kind=shipment_unattributed")
        self.browser.tick("tbody tr:nth-child(1) .pick input")
        self.browser.tick("tbody tr:nth-child(2) .pick input")
        self.browser.click("#resolve")
        self.says("Resolve 2 exceptions?", "main/s901", "main/s902")
        self.browser.fill("#text", "samples for the fair")
        self.browser.click("#go")
        self.says("All 2 were done.")
        self.browser.click("#back")
        self.assertNotIn("main/s901", self.browser.text("tbody"))
        self.assertIn("main/s903", self.browser.text("tbody"))

    def test_those_that_could_not_be_done_are_named(self) -> None:
        self.sign_in(to="/exceptions?kind=shipment_unattributed")
        self.browser.tick("#all")
        self.browser.click("#assign")
        self.says("Assign 3 exceptions")
        key = {"pk": {"S": "S#main"}, "sk": {"S": "s902"}}
        test_console.LAB.client("dynamodb").delete_item(TableName=TABLE, Key=key)
        self.browser.click("#go")
        self.says("2 of 3 were done.", "main/s902", "Not done: it is no longer open.", "Assigned to operator@example.com")

    def test_a_viewer_looks_and_can_not_act(self) -> None:
        self.sign_in("viewer", to="/exceptions?kind=shipment_unattributed")
        self.assertFalse(self.browser.has("main form[method=post]"))
        self.browser.click("tbody td.main a")
        self.says("What to do")
        self.assertFalse(self.browser.has("main form"))


class Settings(Person):
    def open_settings(self, name: str) -> None:
        self.sign_in()
        self.connect("aliexpress", name)
        self.browser.open(f"{test_console.LAB.base}/connections/{name}/settings")

    def test_settings_are_saved_told_in_the_history_and_taken_back(self) -> None:
        self.open_settings("ae-set-one")
        self.browser.fill("#seller_name", "Lamps & Co")
        self.browser.tick("#notify")
        self.browser.fill("[name='carrier.0.carrier']", "acme")
        self.browser.fill("[name='carrier.0.code']", "USPS")
        self.browser.click("#go")
        self.says("The settings of ae-set-one are saved.", "Change 1", "by operator@example.com", "Lamps & Co", "Carrier map: acme")
        self.browser.click(".timeline a")
        self.says("Take back change 1 of ae-set-one?", "Lamps & Co")
        self.browser.click("#go")
        self.says("are again as they were", "takes back change 1")
        self.assertEqual(self.browser.script("return document.querySelector('#seller_name').value"), "")

    def test_a_code_that_the_marketplace_does_not_have_is_refused_with_the_nearest(self) -> None:
        self.open_settings("ae-set-two")
        self.assertNotIn("can't be had now", self.browser.text())
        self.browser.fill("[name='carrier.0.carrier']", "acme")
        self.browser.fill("[name='carrier.0.code']", "UPSS")
        self.browser.fill("#void_window", "never")
        self.browser.click("#go")
        self.says("Nothing was saved.", "whole number of hours")
        self.browser.fill("#void_window", "12")
        self.browser.click("#go")
        self.says("Nothing was saved.", "the marketplace has no code UPSS. Nearest:", "USPS")
        self.browser.open(f"{test_console.LAB.base}/connections/ae-set-two/settings")
        self.says("Nothing was changed yet.")

    def test_a_file_without_tokens_changes_the_settings_of_an_authorised_connection_and_its_tokens_stay(self) -> None:
        self.open_settings("ae-set-file")
        path = test_console.LAB.scratch / "connections.toml"
        secrets = test_console.LAB.client("secretsmanager")
        secret = f"{PREFIX}/connection/ae-set-file"
        before = secrets.get_secret_value(SecretId=secret)["SecretString"]

        def add(code: str) -> subprocess.CompletedProcess[str]:
            path.write_text(FILE.format(name="ae-set-file", key=AE_KEY, secret=AE_SECRET, code=code))
            return command_line("connections", "add", str(path), "--by", "kim")

        refused = add("UPSS")
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertIn('the marketplace has no code "UPSS"; did you mean', refused.stderr)
        for _ in range(2):
            added = add("USPS")
            self.assertEqual(added.returncode, 0, added.stderr)
        self.assertEqual(secrets.get_secret_value(SecretId=secret)["SecretString"], before)
        self.browser.open(f"{test_console.LAB.base}/connections/ae-set-file/settings")
        self.says("Change 1", "by kim", "From a file", "Carrier map: acme")
        self.assertNotIn("Change 2", self.browser.text())
        self.browser.open(f"{test_console.LAB.base}/connections")
        self.assertIn("Connected", self.browser.text("#connection-ae-set-file"))

    def test_a_viewer_sees_settings_and_changes_none(self) -> None:
        self.open_settings("ae-set-three")
        self.browser.forget_cookies()
        self.sign_in("viewer", to="/connections/ae-set-three/settings")
        self.says("Only operators can change them.")
        self.assertFalse(self.browser.has("#go"))


class Reading(Person):
    def test_language_and_time_zone_are_chosen_and_stay(self) -> None:
        self.sign_in()
        self.browser.click("header button[lang=de]")
        self.says("Verbindungen", "Abmelden")
        self.assertEqual(self.browser.script("return document.documentElement.lang"), "de")
        self.browser.click("header a[href^='/preferences']")
        self.browser.script("document.querySelector('#zone').value = 'Europe/Berlin'")
        self.browser.click("#go")
        self.says("Zeiten in Europe/Berlin")
        seed()
        self.browser.open(test_console.LAB.base + "/exceptions")
        self.says("Ausnahmen", "Sendung ohne bekannte Bestellung", "überfällig")
        titles = self.browser.script("return [...document.querySelectorAll('time')].map(t => t.title + '|' + t.textContent)")
        self.assertTrue(titles and all(t.split("|")[0].endswith(" UTC") for t in titles), titles)
        self.assertTrue(all(t.endswith(" CET") or t.endswith(" CEST") for t in titles), titles)


CASES = (Exceptions, Settings, Reading)
