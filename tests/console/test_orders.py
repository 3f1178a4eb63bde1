"""Orders and the overview, as people work on them in the browser."""

from __future__ import annotations

import csv
import http.client
import io
import json
import subprocess
import time
from urllib.parse import urlsplit

import places
import test_console
from lab import BUCKET, TABLE
from test_looks import Looks

COUNT = 240
# The order with the number n, as `shared/aws/examples/fill.rs` makes them: shipped, and waiting to be.
SHIPPED, WAITING, NEEDS = 8_100_000_000_000_000, 8_100_000_000_000_000 + 99, 8_100_000_000_000_000 + 49
# Of order 3.
NAME = "dmnna number 000003"
CONNECTIONS = ("ae-main", "ae-second", "ali-main")


def path(number: int, rest: str = "") -> str:
    return f"/orders/{CONNECTIONS[(number - SHIPPED) % 3]}/{number}{rest}"


class Orders(Looks):
    # Its looking, not its tests.
    test_every_page_fits_a_phone_and_its_picture_is_taken = None
    test_exceptions_and_settings_fit_a_phone_and_their_pictures_are_taken = None
    filled = False

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if Orders.filled:
            return
        lab = test_console.LAB
        environment = places.plain_environment(lab.scratch) | {
            "AWS_ENDPOINT_URL": lab.url("emulator"),
            "TALLYMAN_TABLE": TABLE,
            "TALLYMAN_PROOF_BUCKET": BUCKET,
        }
        fill = places.BINARIES / "examples" / "fill"
        subprocess.run([str(fill), str(COUNT)], env=environment, check=True, stdout=subprocess.DEVNULL)
        Orders.filled = True

    def hints(self, queue: str) -> list[dict[str, object]]:
        """What was put on a queue, taken from it."""
        lab = test_console.LAB
        answer = lab.client("sqs").receive_message(QueueUrl=lab.queues[queue], MaxNumberOfMessages=10)
        messages = answer.get("Messages", [])
        for message in messages:
            lab.client("sqs").delete_message(QueueUrl=lab.queues[queue], ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    def test_the_list_is_looked_through_by_tab_filter_and_page(self) -> None:
        self.sign_in(to="/orders")
        self.says("All", "Awaiting shipment", "Shipped", str(SHIPPED))
        self.look("orders", "/orders")
        self.look("orders-filtered", "/orders?tab=shipped&country=DE")
        self.look_in_german("orders", "/orders")
        self.browser.look_as(1280, False)
        self.browser.open(test_console.LAB.base + "/orders")
        self.browser.click("a[rel=next]")
        self.assertIn("before=", self.browser.address())
        self.assertNotIn(str(SHIPPED), self.browser.text())
        self.browser.open(test_console.LAB.base + "/orders?tab=needs_attention")
        self.says(str(NEEDS), "1 open")

    def test_an_order_is_found_by_name_sku_and_number_and_shown_with_its_proof(self) -> None:
        self.sign_in(to="/orders")
        for typed, found in ((NAME, SHIPPED + 3), ("sku-00007", SHIPPED + 7), (str(SHIPPED), SHIPPED)):
            self.browser.fill("#q", typed)
            self.browser.click("#find")
            self.says(str(found))
        self.look("orders-found", f"/orders?q={SHIPPED}")
        self.look("order", path(SHIPPED))
        self.look_in_german("order", path(SHIPPED))
        self.browser.open(test_console.LAB.base + path(SHIPPED))
        self.says("confirmed: the marketplace shows it", "Number 000000")
        # The picture is loaded when somebody comes near it.
        self.browser.script("document.querySelector('.proof img').scrollIntoView()")
        loaded = "return [...document.images].every(i => i.complete && i.naturalWidth > 0)"
        for _ in range(50):
            if self.browser.script(loaded):
                break
            time.sleep(0.1)
        self.assertTrue(self.browser.script(loaded))

    def test_an_operator_holds_an_order_releases_it_and_has_it_read_again(self) -> None:
        self.sign_in(to=path(WAITING))
        self.browser.open(test_console.LAB.base + path(WAITING, "/act/hold"))
        self.look("order-hold", path(WAITING, "/act/hold"))
        self.browser.fill("#reason", "the buyer called")
        self.browser.click("#go")
        self.says("It is held.", "Held by a person", "the buyer called")
        self.assertIn("read", [hint["hint"] for hint in self.hints("poll")])
        self.browser.open(test_console.LAB.base + "/orders?tab=on_hold")
        self.says(str(WAITING))
        self.browser.open(test_console.LAB.base + path(WAITING, "/act/release"))
        self.browser.fill("#reason", "all is well")
        self.browser.click("#go")
        self.says("It is released.")
        self.browser.open(test_console.LAB.base + path(WAITING, "/act/sync"))
        self.browser.click("#go")
        self.says("It is being read again.")

    def test_an_operator_attaches_a_parcel_once(self) -> None:
        order = WAITING + 3
        order = SHIPPED + 199 if (order - SHIPPED) % 50 != 49 else order
        self.sign_in(to=path(order))
        for again in (False, True):
            self.browser.open(test_console.LAB.base + path(order, "/act/attach"))
            self.browser.fill("#number", "LX123456789CN")
            self.browser.fill("#carrier", "usps")
            self.browser.script("document.querySelector('#date').value = '2026-11-20'")
            if not again:
                self.look("order-attach")
            self.browser.click("#go")
            self.says("It has a parcel with this number already" if again else "The parcel is attached.")
        self.assertIn("proof", [hint["hint"] for hint in self.hints("proof")])

    def test_the_list_as_a_file_leaves_page_by_page_and_has_every_order_once(self) -> None:
        self.sign_in(to="/orders")
        address = urlsplit(test_console.LAB.base)
        connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=60)
        self.addCleanup(connection.close)
        cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in self.browser.cookies())
        connection.request("GET", "/orders.csv", headers={"Cookie": cookies, "Host": address.netloc})
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.getheader("transfer-encoding")), (200, "chunked"))
        self.assertIn("orders-all.csv", answer.getheader("content-disposition", ""))
        # At most one chunk at a time.
        chunks = list(iter(lambda: answer.read1(1024 * 1024), b""))
        self.assertGreater(len(chunks), 1)
        self.assertLess(chunks[0].count(b"\n"), COUNT)
        rows = list(csv.DictReader(io.StringIO(b"".join(chunks).decode())))
        self.assertEqual(len(rows), len({row["Order"] for row in rows}))
        self.assertEqual(len(rows), COUNT)

    def test_a_viewer_sees_no_names_and_no_actions(self) -> None:
        self.sign_in(user="viewer", to="/orders")
        self.assertNotIn("Number 0000", self.browser.text())
        self.browser.open(test_console.LAB.base + path(SHIPPED))
        self.assertNotIn("Number 0000", self.browser.text())
        self.assertFalse(self.browser.has("a[href*='/act/']"))
        self.look("order-viewer", path(SHIPPED))

    def test_the_overview_shows_piles_owners_and_plots(self) -> None:
        self.sign_in(to="/")
        self.says("Overview", "Awaiting shipment", "Who has to act", "From purchase to ShipStation")
        self.assertTrue(self.browser.has("svg polyline, svg circle"))
        self.look("overview", "/")
        self.look_in_german("overview", "/")


CASES = (Orders,)
