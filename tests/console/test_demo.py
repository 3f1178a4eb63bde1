"""The console over what the real functions made of the sandboxes' orders: what it shows is held against the books, and what
people do with it has to arrive there.

Run by infra/local/e2e.py, last: these tests leave the world changed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from collections.abc import Callable
from typing import Any

import observe
import test_console
from sandboxes import ACCOUNT, ALIBABA, ALIEXPRESS
from test_looks import Looks

# USPS writes its numbers so; no warehouse of ours gives this one out.
BY_HAND = "9400111899560000000017"
TABS = ("awaiting_payment", "awaiting_shipment", "on_hold", "shipped", "cancelled", "needs_attention")


def page_of(key: str, rest: str = "") -> str:
    connection, order = key.split(":")
    return f"/orders/{connection}/{order}{rest}"


class Demo(Looks):
    # Both themes and both widths; all four together are seen in `make console`.
    sizes = ((1280, False), (360, True))
    # Its looking, not its tests.
    test_every_page_fits_a_phone_and_its_picture_is_taken = None
    test_exceptions_and_settings_fit_a_phone_and_their_pictures_are_taken = None

    @property
    def lab(self) -> Any:
        return test_console.LAB

    def look(self, name: str, path: str = "") -> None:
        super().look(f"demo-{name}", path)
        self.browser.look_as(1280, False)

    def go(self, path: str) -> None:
        self.browser.open(self.lab.base + path)

    def table(self, path: str) -> list[dict[str, str]]:
        """A list as its CSV file."""
        status, body = self.lab.fetch(self.browser, path)
        self.assertEqual(status, 200, path)
        rows = list(csv.DictReader(io.StringIO(body.decode())))
        self.assertFalse([row for row in rows if row["Connection"].startswith("###")], "the file is not whole")
        return rows

    def shipped(self, connection: str, fits: Callable[[dict[str, Any]], bool] = lambda order: True) -> tuple[str, dict[str, Any]]:
        """An order of which the marketplace was told, with its one notice: the same one whichever was told first."""
        notices = [notice for notice in self.lab.books()[connection]["notices"] if notice["accepted"]]
        once = [notice for notice in notices if sum(n["order_id"] == notice["order_id"] for n in notices) == 1]
        once = [notice for notice in once if fits(self.lab.marketplace(connection, f"orders/{notice['order_id']}"))]
        first = min(once, key=lambda notice: notice["order_id"])
        return f"{connection}:{first['order_id']}", first


class Pages(Demo):
    def test_the_list_and_its_file_have_every_order_once_and_each_tab_its_own(self) -> None:
        self.sign_in(to="/orders")
        self.look("orders", "/orders")
        states = observe.states(self.lab.run.stack)
        rows = self.table("/orders.csv")
        self.assertEqual(sorted(f"{row['Connection']}:{row['Order']}" for row in rows), sorted(states))
        confirmed = sum(int(row["Confirmed"]) for row in rows)
        self.assertEqual(confirmed, observe.notices(self.lab.run.stack)["confirmed"])
        of_tabs = {tab: self.table(f"/orders.csv?tab={tab}") for tab in TABS}
        by_stage = [row["Order"] for tab in TABS if tab != "needs_attention" for row in of_tabs[tab]]
        self.assertEqual(sorted(by_stage), sorted(row["Order"] for row in rows), "each order is under one tab")
        attention = {f"{row['Connection']}:{row['Order']}" for row in of_tabs["needs_attention"]}
        open_kinds = observe.exception_kinds(self.lab.run.stack)
        self.assertEqual(attention, {key for key in open_kinds if key in states})
        counts = self.browser.script("return [...document.querySelectorAll('.tabs li')].map(e => e.innerText)")
        self.assertIn(str(len(rows)), counts[0])
        for tab in ("shipped", "on_hold", "cancelled", "needs_attention"):
            self.assertTrue(of_tabs[tab], f"the world has no order under {tab}: nothing would be looked at")
            self.look(f"orders-{tab.replace('_', '-')}", f"/orders?tab={tab}")

    def test_an_order_is_found_by_number_buyer_sku_and_tracking_number_and_filters_narrow_the_list(self) -> None:
        # Some goods of this world have no SKU.
        key, notice = self.shipped(ALIEXPRESS, lambda order: all(line["sku_code"] for line in order["lines"]))
        order = self.lab.marketplace(ALIEXPRESS, f"orders/{notice['order_id']}")
        self.sign_in(to="/orders")
        words = {"order number": notice["order_id"], "tracking number": notice["tracking_number"],
                 "buyer": order["address"]["contact_person"], "SKU": order["lines"][0]["sku_code"]}  # fmt: skip
        for how, typed in words.items():
            self.browser.fill("#q", typed)
            self.browser.click("#find")
            self.assertIn(notice["order_id"], self.browser.text("#orders"), f"not found by {how}: {typed}")
        self.look("orders-found")
        for row in self.table(f"/orders.csv?connection={ALIBABA}"):
            self.assertEqual(row["Connection"], ALIBABA)
        country = order["address"]["country"]
        rows = self.table(f"/orders.csv?country={country}")
        self.assertTrue(rows and all(row["Country"] == country for row in rows), rows)
        self.go(f"/orders?country={country}&connection={ALIEXPRESS}")
        self.says(notice["order_id"])
        self.go("/orders?to=2020-01-01")
        self.says("No orders here.")

    def test_one_order_shows_the_notice_that_the_marketplace_has_and_the_very_proof_that_is_kept(self) -> None:
        kept = {proof.key: proof.sha256 for proof in observe.proofs(self.lab.run.stack)}
        self.sign_in(to="/orders")
        for connection in (ALIEXPRESS, ALIBABA):
            key, notice = self.shipped(connection)
            self.look(f"order-{connection}", page_of(key))
            self.says(notice["tracking_number"], "confirmed: the marketplace shows it", "Took the order", "A label was made",
                      "The proof was drawn and is kept", "The notice is about to be sent", "Shows the notice", "took ")  # fmt: skip
            href = self.browser.script("return document.querySelector('.proof a').getAttribute('href')")
            status, picture = self.lab.fetch(self.browser, href)
            digest = hashlib.sha256(picture).hexdigest()
            shown = self.browser.text(".proof code")
            self.assertEqual((status, shown), (200, digest))
            of_order = {sha for name, sha in kept.items() if name.startswith(f"proofs/{key.replace(':', '/')}/")}
            self.assertIn(digest, of_order)
            self.browser.script("document.querySelector('.proof img').scrollIntoView()")
            loaded = "const i = document.querySelector('.proof img'); return i.complete && i.naturalWidth > 0"
            self.lab.until("the proof's picture is shown", lambda: self.browser.script(loaded))
            self.browser.picture(self.lab.pictures / f"demo-proof-{connection}.png")

    def test_both_sides_are_compared_as_they_are_now(self) -> None:
        key, _ = self.shipped(ALIEXPRESS)
        self.sign_in(to=page_of(key))
        self.look("order-compare", page_of(key, "/compare"))
        self.assertTrue(self.browser.has("#sides tbody tr"))
        self.assertFalse(self.browser.has(".note.bad"), self.browser.text())

    def test_overview_exceptions_connections_and_settings_show_this_world(self) -> None:
        self.sign_in(to="/")
        self.look("healed", "/healed")
        self.look("lags-in", "/lags/in")
        self.look("lags-back", "/lags/back")
        self.look("overview", "/")
        self.says("Awaiting shipment", "Who has to act")
        kinds = observe.exception_kinds(self.lab.run.stack)
        self.look("exceptions", "/exceptions")
        # Those of no order have an address of their own.
        for key in (key for key in kinds if ":" in key):
            self.assertIn(key.split(":")[1], self.browser.text())
        self.look("connections", "/connections")
        for connection in (ALIEXPRESS, ALIBABA):
            self.assertIn("Connected", self.browser.text(f"#connection-{connection}"))
        self.assertIn(ACCOUNT, self.browser.text())
        # Used, left and when it starts again: of the account, of a connection, of the app's day.
        for allowed in (40, 1200, 4000):
            self.assertRegex(self.browser.text(), rf"\d+ of {allowed} used, \d+ left\s+starts again")
        self.look("settings", f"/connections/{ALIEXPRESS}/settings")
        self.look("preferences", "/preferences")

    def test_a_viewer_sees_no_buyer_and_no_action(self) -> None:
        key, notice = self.shipped(ALIEXPRESS)
        name = self.lab.marketplace(ALIEXPRESS, f"orders/{notice['order_id']}")["address"]["contact_person"]
        self.sign_in(user="viewer", to=page_of(key))
        self.look("order-viewer", page_of(key))
        for path in ("/orders", page_of(key), "/orders.csv"):
            status, body = self.lab.fetch(self.browser, path)
            self.assertEqual(status, 200)
            self.assertNotIn(name, body.decode())
        self.assertFalse(self.browser.has("a[href*='/act/'], .proof img"))


class Acts(Demo):
    """On orders of their own, which no warehouse takes."""

    fresh: list[str] = []

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if Acts.fresh:
            return
        lab = test_console.LAB
        lab.run.sandboxes.warehouse(auto=False)
        ids = lab.run.sandboxes.seed(ALIEXPRESS, 6, 0)["ids"]
        Acts.fresh = [f"{ALIEXPRESS}:{order}" for order in ids]
        # They were bought before the import's last look: somebody has that time read again.
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 2 * 3600))
        lab.run.stack.must_cli("resync", "--connection", ALIEXPRESS, "--from", since)
        lab.until("new orders are in ShipStation", lambda: all(map(lab.warehouse_order, Acts.fresh)))

    def status(self, key: str) -> str:
        return self.lab.warehouse_order(key)["orderStatus"]

    def bought(self, key: str) -> dict[str, Any]:
        return self.lab.marketplace(ALIEXPRESS, f"orders/{key.split(':')[1]}")

    def act(self, key: str, act: str, reason: str = "") -> None:
        """As people do it: from the order's page to the question, and on."""
        self.go(page_of(key))
        self.browser.click(f"a[href$='/act/{act}']")
        self.look(f"act-{act}")
        if reason:
            self.browser.fill("#reason", reason)
        self.browser.click("#go")

    def asked_to_cancel(self, key: str) -> None:
        """The buyer asks, and somebody has the order read again."""
        self.lab.marketplace(ALIEXPRESS, f"orders/{key.split(':')[1]}/status", {"status": "IN_CANCEL"})
        self.act(key, "sync")
        self.says("It is being read again.")
        self.lab.until("the request is known", lambda: "cancel_requested" in observe.exception_kinds(self.lab.run.stack).get(key, ()))

    def test_a_held_order_is_on_hold_in_shipstation_and_a_released_one_goes_on(self) -> None:
        key = self.fresh[0]
        self.sign_in(to=page_of(key))
        self.act(key, "hold", "the buyer called")
        self.says("It is held.", "operator@example.com", "the buyer called")
        self.lab.until("ShipStation has it on hold", lambda: self.status(key) == "on_hold")
        self.look("order-held", page_of(key))
        self.go("/orders?tab=on_hold")
        self.says(key.split(":")[1])
        self.act(key, "release", "all is well")
        self.says("It is released.")
        self.lab.until("ShipStation has it awaiting shipment", lambda: self.status(key) == "awaiting_shipment")

    def test_an_order_that_is_read_again_brings_a_new_address_to_shipstation(self) -> None:
        key = self.fresh[1]
        address = self.bought(key)["address"] | {"line1": "Rua Nova 17"}
        self.lab.marketplace(ALIEXPRESS, f"orders/{key.split(':')[1]}/address", address)
        self.sign_in(to=page_of(key))
        self.act(key, "sync")
        self.lab.until("ShipStation has the new street", lambda: self.lab.warehouse_order(key)["street1"] == "Rua Nova 17")
        self.assertEqual(len([o for o in self.lab.books()["shipstation"]["orders"] if o["orderKey"] == key]), 1)

    def test_a_parcel_attached_by_hand_is_told_once_with_its_proof(self) -> None:
        key = self.fresh[2]
        self.sign_in(to=page_of(key))
        for again in (False, True):
            self.go(page_of(key, "/act/attach"))
            self.browser.fill("#number", BY_HAND)
            self.browser.fill("#carrier", "stamps_com")
            self.browser.fill("#service", "usps_priority_mail_international")
            self.browser.script(f"document.querySelector('#date').value = '{time.strftime('%Y-%m-%d', time.gmtime())}'")
            if not again:
                self.look("act-attach")
            self.browser.click("#go")
            self.says("It has a parcel with this number already" if again else "The parcel is attached.")

        def notices() -> list[dict[str, Any]]:
            return [n for n in self.lab.books()[ALIEXPRESS]["notices"] if n["order_id"] == key.split(":")[1]]

        self.lab.until("the marketplace is told", notices)
        self.lab.until("the console says it was confirmed", lambda: self.is_confirmed(key))
        (notice,) = notices()
        self.assertEqual((notice["tracking_number"], notice["send_type"], notice["accepted"]), (BY_HAND, "all", True))
        self.assertTrue(notice["proof_witnessed"], "the proof was there first")
        self.look("order-attached", page_of(key))

    def is_confirmed(self, key: str) -> bool:
        self.go(page_of(key))
        return "confirmed: the marketplace shows it" in self.browser.text()

    def test_a_cancellation_is_accepted_at_the_marketplace_and_the_order_ends_in_shipstation(self) -> None:
        key = self.fresh[3]
        self.sign_in(to=page_of(key))
        self.asked_to_cancel(key)
        self.act(key, "accept")
        self.says("accepted the cancellation", "operator@example.com")
        order = self.bought(key)
        self.assertEqual((order["status"], order["end_reason"]), ("FINISH", "cancel_order_close_trade"))
        self.lab.until("ShipStation has it cancelled", lambda: self.status(key) == "cancelled")

    def test_a_cancellation_is_refused_with_a_reason_and_the_order_goes_on(self) -> None:
        key = self.fresh[4]
        self.sign_in(to=page_of(key))
        self.asked_to_cancel(key)
        self.act(key, "refuse", "It is packed already.")
        self.says("refused the cancellation", "It is packed already.")
        self.assertEqual(self.bought(key)["status"], "WAIT_SELLER_SEND_GOODS")
        self.lab.until("ShipStation has it awaiting shipment", lambda: self.status(key) == "awaiting_shipment")
        self.lab.until("nobody is asked any more", lambda: key not in observe.exception_kinds(self.lab.run.stack))

    def test_what_arrived_is_never_tried_again(self) -> None:
        key, notice = self.shipped(ALIEXPRESS)
        before = self.lab.books()[ALIEXPRESS]["notices"]
        self.sign_in(to=page_of(key))
        self.assertFalse(self.browser.has("a[href*='/act/again']"))
        # Somebody who makes the address up himself.
        shipment = self.browser.script("return document.querySelector('[id^=parcel-]').id.slice('parcel-'.length)")
        self.go(page_of(key, f"/act/again?shipment={shipment}"))
        self.look("act-again")
        self.browser.click("#go")
        self.says("Nothing of it was refused")
        self.assertEqual(self.lab.books()[ALIEXPRESS]["notices"], before)

    def test_an_exception_is_taken_commented_given_away_and_resolved_and_the_command_says_the_same(self) -> None:
        key = self.fresh[5]
        self.sign_in(to=page_of(key))
        self.asked_to_cancel(key)
        self.go("/exceptions?kind=cancel_requested")
        self.browser.click(f"tbody td.main a[href*='{key.split(':')[1]}']")
        self.browser.click("#assign-me")
        self.says("Assigned to operator@example.com")
        self.browser.fill("#text", "asked the buyer")
        self.browser.click("#comment")
        self.browser.fill("#to", "kim@example.com")
        self.browser.click("#assign")
        self.look("exception")
        (entry,) = [e for e in self.listed() if e["order"] == key]
        self.assertIn("kim@example.com", json.dumps(entry))
        self.browser.click("#resolve")
        self.browser.fill("#text", "the buyer changed her mind")
        self.look("exception-resolve")
        self.browser.click("#go")
        self.says("Resolved")
        self.assertEqual([e for e in self.listed() if e["order"] == key], [])
        self.go(page_of(key))
        self.says("asked the buyer", "the buyer changed her mind", "operator@example.com")

    def listed(self) -> list[dict[str, Any]]:
        return json.loads(self.lab.run.stack.must_cli("exceptions"))

    def test_a_setting_is_changed_for_the_functions_and_taken_back(self) -> None:
        path = f"/connections/{ALIBABA}/settings"
        self.sign_in(to=path)

        def name() -> str:
            return self.browser.script("return document.querySelector('#seller_name').value")

        before = name()
        self.browser.fill("#seller_name", "Another Name Ltd.")
        self.browser.click("#go")
        self.says(f"The settings of {ALIBABA} are saved.", "Another Name Ltd.", "operator@example.com")
        self.assertIn("Another Name Ltd.", self.lab.stored())
        self.look("settings-changed", path)
        self.browser.click(".timeline a")
        self.look("settings-undo")
        self.browser.click("#go")
        self.says("are again as they were")
        self.assertEqual(name(), before)

    def test_a_connection_is_paused_and_goes_on(self) -> None:
        self.sign_in()
        self.browser.click(f"#connection-{ALIBABA} a[href$='/pause']")
        self.look("pause")
        self.browser.click("#go")
        self.says(f"{ALIBABA} is paused.")
        self.look("connections-paused", "/connections")
        self.browser.click(f"#connection-{ALIBABA} a[href$='/resume']")
        self.browser.click("#go")
        self.says(f"{ALIBABA} goes on.")


CASES = (Pages, Acts)
