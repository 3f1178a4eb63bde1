"""What the pages look like: nothing wider than a phone, nothing inline in the document, and a picture of each."""

from __future__ import annotations

import os
import time

import axe
import places
import test_console
import test_work
from test_console import Person

PAGE_BYTES_MAX = 100_000
SIZES = ((1280, False), (1280, True), (360, False), (360, True))


class Looks(Person):
    sizes = SIZES

    @classmethod
    def setUpClass(cls) -> None:
        try:
            cls.axe = axe.source(places.TARGET)
        except axe.NoAxe as why:
            if os.environ.get("TALLYMAN_REQUIRE_BROWSER", "") not in ("", "0"):
                raise
            cls.axe = ""
            print(f"console: ACCESSIBILITY NOT CHECKED, {why}")

    def look(self, name: str, path: str = "") -> None:
        """Opens a page, or takes the one that is open."""
        browser, lab = self.browser, test_console.LAB
        browser.look_as(320, False)
        if path:
            browser.open(lab.base + path)
        self.check(name)
        self.weigh(name)
        for width, dark in self.sizes:
            browser.look_as(width, dark)
            browser.picture(lab.pictures / f"{name}-{width}-{'dark' if dark else 'light'}.png")
            if self.axe:
                self.assertEqual(axe.violations(browser, self.axe), [], f"{name} at {width}, {'dark' if dark else 'light'}")

    def look_in_german(self, name: str, path: str) -> None:
        """The page in German, and back."""
        browser, lab = self.browser, test_console.LAB
        browser.look_as(1280, False)
        browser.open(lab.base + path)
        browser.click("header button[lang=de]")
        self.look(f"{name}-german")
        browser.look_as(1280, False)
        browser.click("header button[lang=en]")

    def check(self, name: str) -> None:
        wide = self.browser.script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self.assertEqual(wide, 0, f"{name} scrolls sideways at 320 px")
        inline = "return document.scripts.length + document.querySelectorAll('style, [style]').length"
        self.assertEqual(self.browser.script(inline), 0, name)
        unnamed = """return [...document.querySelectorAll('input:not([type=hidden]), select, button, a, meter')]
            .filter(e => !(e.labels && e.labels.length) && !e.textContent.trim() && !e.ariaLabel).length"""
        self.assertEqual(self.browser.script(unnamed), 0, f"{name} has a control without a name")
        levels = self.browser.script("return [...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
        self.assertEqual(levels[0], 1, name)
        self.assertTrue(all(b - a <= 1 for a, b in zip(levels, levels[1:])), f"{name}: {levels}")

    def weigh(self, name: str) -> None:
        """The page with all it needs; proofs are pictures of their own, and come when somebody scrolls to them."""
        loaded = """return ['navigation', 'resource'].flatMap(k => performance.getEntriesByType(k))
            .filter(e => !e.name.includes('/proof/')).map(e => [e.name, e.decodedBodySize])"""
        parts = self.browser.script(loaded)
        self.assertTrue(parts and parts[0][1] > 500, f"{name} was not weighed: {parts}")
        self.assertLess(sum(size for _, size in parts), PAGE_BYTES_MAX, f"{name}: {parts}")

    def connect_for(self, kind: str, name: str, **lives: int) -> None:
        lab = test_console.LAB
        lab.marketplace(kind, "oauth/app", lives)
        try:
            self.connect(kind, name, "seller-two")
        finally:
            lab.marketplace(kind, "oauth/app", {"stage": "online"})

    def until_ended(self, name: str) -> None:
        """Its authorisation lives for a second; a quick machine shows the list before that is over."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            self.browser.open(test_console.LAB.base + "/connections")
            if "Has to be reconnected" in self.browser.text(f"#connection-{name}"):
                return
            time.sleep(0.2)

    def test_every_page_fits_a_phone_and_its_picture_is_taken(self) -> None:
        self.look("sign-in", "/sign-in")
        self.look("signed-out", "/signed-out")
        self.browser.look_as(1280, False)
        self.sign_in()
        self.look("connect-aliexpress", "/connect/aliexpress")
        self.look("connect-alibaba", "/connect/alibaba")
        self.browser.look_as(1280, False)
        self.connect("aliexpress", "ae-look-alpha")
        self.connect("alibaba", "ali-look-beta")
        self.connect_for("aliexpress", "ae-look-ending", access_life_s=86_400, refresh_life_s=2 * 86_400)
        self.connect_for("alibaba", "ali-look-ended", access_life_s=1, refresh_life_s=0)
        self.begin("aliexpress", "ae-look-waiting", "buyer")
        self.until_ended("ali-look-ended")
        self.look("list")
        self.assertIn("1 day left", self.browser.text("#connection-ae-look-ending"))
        self.assertIn("Has to be reconnected", self.browser.text("#connection-ali-look-ended"))
        self.browser.look_as(1280, False)
        self.browser.open(test_console.LAB.base + "/accounts/new")
        self.browser.fill("#name", "Not Usable!")
        self.browser.script("document.querySelector('form.fields').noValidate = true")
        self.browser.click("#go")
        self.look("form-wrong")
        self.look("reconnect", "/connections/ae-look-alpha/reconnect")
        self.look("pause", "/connections/ae-look-alpha/pause")
        self.look("resume", "/connections/ae-look-alpha/resume")
        self.look("remove", "/connections/ae-look-alpha/remove")
        self.look("healed", "/healed")
        self.look("lags-in", "/lags/in")
        self.look("lags-back", "/lags/back")
        self.look("account-new", "/accounts/new")
        self.look("account-keys", "/accounts/main/keys")
        self.look("problem-not-found", "/nowhere")
        self.look("preferences", "/preferences")
        self.look_in_german("list", "/connections")
        self.look("problem-consent", "/connect/callback?state=x")

    def test_exceptions_and_settings_fit_a_phone_and_their_pictures_are_taken(self) -> None:
        test_work.seed()
        self.sign_in()
        self.look("exceptions", "/exceptions")
        self.look("exceptions-of-a-kind", "/exceptions?kind=shipment_unattributed")
        self.look("exceptions-none", "/exceptions?owner=finance")
        self.look_in_german("exceptions", "/exceptions")
        self.browser.look_as(1280, False)
        self.browser.open(test_console.LAB.base + "/exceptions?kind=shipment_unattributed")
        self.browser.tick("#all")
        self.browser.click("#resolve")
        self.look("exceptions-question")
        self.browser.look_as(1280, False)
        self.browser.fill("#text", "samples for the fair")
        self.browser.click("#go")
        self.look("exceptions-done")
        self.browser.look_as(1280, False)
        self.browser.open(test_console.LAB.base + "/exceptions?kind=cursor_stands")
        self.browser.click("tbody td.main a")
        self.browser.click("#assign-me")
        self.look("exception")
        self.browser.look_as(1280, False)
        self.connect("aliexpress", "ae-look-set")
        path = "/connections/ae-look-set/settings"
        self.browser.open(test_console.LAB.base + path)
        self.browser.fill("#seller_name", "Lamps & Co")
        self.browser.fill("[name='carrier.0.carrier']", "acme")
        self.browser.fill("[name='carrier.0.code']", "USPS")
        self.browser.click("#go")
        self.look("settings", path)
        self.look_in_german("settings", path)
        self.look("settings-undo", path + "/undo?number=1")
        self.browser.look_as(1280, False)
        self.browser.open(test_console.LAB.base + path)
        self.browser.fill("[name='carrier.0.code']", "UPSS")
        self.browser.fill("#void_window", "never")
        self.browser.click("#go")
        self.look("settings-wrong")


CASES = (Looks,)
