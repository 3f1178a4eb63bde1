"""What people do with the console, in a headless browser. Each test looks at every answer that the browser got."""

from __future__ import annotations

import unittest

from lab import AE_KEY, AE_SECRET, ALI_KEY, ALI_SECRET, SECRETS, SHIP_KEY, SHIP_SECRET, Lab, header, read_log
from sandboxes import post

LAB: Lab


# Under which name a seller was connected last.
CONNECTED: dict[tuple[str, str], str] = {}


class Person(unittest.TestCase):
    """Somebody with a browser."""

    def setUp(self) -> None:
        LAB.answers.clear()
        self.browser = LAB.browser()
        self.addCleanup(self.browser.close)

    def tearDown(self) -> None:
        for answer in LAB.answers:
            self.assertIn("default-src 'none'; style-src 'self'", header(answer, "content-security-policy"))
            body = answer.body.decode(errors="replace")  # a proof is a picture
            if header(answer, "content-type").startswith("text/html"):
                for inline in ("<script", "<style", " style=", "javascript:"):
                    self.assertNotIn(inline, body)
            for secret in SECRETS:
                self.assertNotIn(secret, body)
        log = read_log(LAB.log)
        for secret in SECRETS:
            self.assertNotIn(secret, log)
            self.assertNotIn(secret, LAB.stored())

    # --- Steps ---

    def sign_in(self, user: str = "operator", to: str = "/connections") -> None:
        self.browser.open(LAB.base + to)
        self.browser.click("#sign-in")
        self.browser.choose("#user", user)
        self.browser.click("#sign-in")

    def begin(self, kind: str, name: str, seller: str = "seller-one") -> None:
        """As far as the marketplace's consent page. A seller is connected once: under an earlier name no more."""
        if earlier := CONNECTED.pop((kind, seller), None):
            self.browser.open(f"{LAB.base}/connections/{earlier}/remove")
            if self.browser.script("return document.querySelector('#go') !== null"):
                self.browser.click("#go")
        CONNECTED[kind, seller] = name
        key, secret = (AE_KEY, AE_SECRET) if kind == "aliexpress" else (ALI_KEY, ALI_SECRET)
        self.browser.open(f"{LAB.base}/connect/{kind}")
        self.browser.fill("#name", name)
        self.browser.fill("#app_key", key)
        self.browser.fill("#app_secret", secret)
        self.browser.choose("#account", "main")
        self.browser.choose("input[name=months]", "6")
        self.browser.click("#go")
        self.assertTrue(self.browser.address().startswith(LAB.url(kind)), self.browser.text())

    def consent(self, seller: str = "seller-one", button: str = "grant") -> None:
        self.browser.choose("#seller", seller)
        self.browser.click(f"#{button}")

    def connect(self, kind: str, name: str, seller: str = "seller-one") -> None:
        self.begin(kind, name, seller)
        self.consent(seller)
        self.assertIn(f"{name} is connected.", self.browser.text())

    def reconnect(self, name: str, seller: str) -> None:
        self.browser.open(f"{LAB.base}/connections/{name}/reconnect")
        self.browser.click("#go")
        self.consent(seller)

    def says(self, *texts: str) -> None:
        page = self.browser.text()
        for text in texts:
            self.assertIn(text, page)


class Connecting(Person):
    def test_aliexpress_is_connected_and_the_list_says_whose_it_is_and_until_when(self) -> None:
        self.sign_in()
        self.connect("aliexpress", "ae-one")
        card = self.browser.text("#connection-ae-one")
        for text in ("Connected", "AliExpress", "200042001", "main", "days left"):
            self.assertIn(text, card)

    def test_alibaba_is_connected(self) -> None:
        self.sign_in()
        self.connect("alibaba", "ali-one")
        self.assertIn("300042001", self.browser.text("#connection-ali-one"))

    def test_the_same_seller_reconnects_and_another_one_changes_nothing(self) -> None:
        self.sign_in()
        self.connect("aliexpress", "ae-two")
        self.reconnect("ae-two", "seller-one")
        self.says("ae-two is connected.")
        before = LAB.stored()
        self.reconnect("ae-two", "seller-two")
        self.says("This is another seller", "200042001", "Nothing was changed")
        self.assertEqual(before, LAB.stored())

    def test_refusing_at_the_marketplace_says_so_and_leaves_nothing_behind_that_works(self) -> None:
        self.sign_in()
        self.begin("aliexpress", "ae-three")
        self.consent(button="refuse")
        self.says("Consent was not given", "Nothing was changed", "What to do next")
        self.browser.open(LAB.base + "/connections")
        self.assertIn("Waiting for authorisation", self.browser.text("#connection-ae-three"))

    def test_a_code_that_is_too_old_says_so_and_the_next_one_works(self) -> None:
        self.sign_in()
        LAB.marketplace("aliexpress", "oauth/app", {"code_life_s": 0})
        self.addCleanup(LAB.marketplace, "aliexpress", "oauth/app", {"code_life_s": 180})
        self.begin("aliexpress", "ae-four")
        self.consent()
        self.says("The authorisation code is no longer valid", "3 minutes", "Nothing was changed")
        LAB.marketplace("aliexpress", "oauth/app", {"code_life_s": 180})
        self.connect("aliexpress", "ae-four")

    def test_an_address_that_is_not_on_the_white_list_says_what_to_enter_where(self) -> None:
        self.sign_in()
        self.begin("aliexpress", "ae-five")
        LAB.marketplace("aliexpress", "oauth/app", {"white_list_refuses": True})
        self.addCleanup(LAB.marketplace, "aliexpress", "oauth/app", {"white_list_refuses": False})
        self.consent()
        self.says("white list", "AppWhiteIpLimit", "Nothing was changed")

    def test_loading_the_way_back_again_spends_no_second_code(self) -> None:
        self.sign_in()
        self.begin("aliexpress", "ae-six")
        self.consent()
        back = next(a for a in reversed(LAB.answers) if "ae-six" in header(a, "location") or header(a, "location") == "/connections")
        self.assertEqual(back.status, 303)
        exchanged = LAB.exchanges("aliexpress")
        self.browser.open(LAB.base + LAB.way_back)
        self.says("This way back is no longer valid")
        self.assertEqual(LAB.exchanges("aliexpress"), exchanged)

    def test_the_process_is_killed_between_any_two_steps_and_the_flow_goes_on(self) -> None:
        restart = LAB.function.restart
        self.browser.open(LAB.base + "/connections")
        restart()
        self.browser.click("#sign-in")
        restart()
        self.browser.choose("#user", "operator")
        self.browser.click("#sign-in")
        restart()
        self.begin("aliexpress", "ae-seven")
        restart()
        self.consent()
        self.says("ae-seven is connected.")
        restart()
        self.browser.open(LAB.base + "/connections")
        self.assertIn("200042001", self.browser.text("#connection-ae-seven"))

    def test_a_connection_is_paused_resumed_and_removed_after_a_question(self) -> None:
        self.sign_in()
        self.connect("aliexpress", "ae-eight")
        self.browser.click("#connection-ae-eight a[href$='/pause']")
        self.says("Pause ae-eight?")
        self.browser.click("#go")
        self.says("ae-eight is paused.")
        self.browser.click("#connection-ae-eight a[href$='/resume']")
        self.says("Resume ae-eight?")
        self.browser.click("#go")
        self.says("ae-eight goes on.")
        self.browser.click("#connection-ae-eight .danger")
        self.says("Remove ae-eight?")
        self.browser.click("#go")
        self.says("ae-eight is removed.")
        self.assertFalse(self.browser.has("#connection-ae-eight"))


class Accounts(Person):
    def test_a_key_that_shipstation_refuses_is_not_stored(self) -> None:
        self.sign_in()
        self.browser.open(LAB.base + "/accounts/new")
        self.browser.fill("#name", "refused")
        self.browser.fill("#api_key", "wrong-key")
        self.browser.fill("#api_secret", "wrong-secret")
        self.browser.click("#go")
        self.says("ShipStation refused this key and secret. Nothing was stored.")
        self.assertNotIn("account#refused", LAB.stored())

    def test_shipstation_down_is_said_and_nothing_is_stored(self) -> None:
        post(f"{LAB.url('shipstation')}/_sandbox/fault", {"route": "GET /webhooks", "kind": "error_before", "count": 1})
        self.sign_in()
        self.browser.open(LAB.base + "/accounts/main/keys")
        self.browser.fill("#api_key", SHIP_KEY)
        self.browser.fill("#api_secret", SHIP_SECRET)
        self.browser.click("#go")
        self.says("ShipStation could not be asked just now, so nothing was stored.")


class Access(Person):
    def test_a_viewer_looks_and_can_not_act(self) -> None:
        self.sign_in("viewer")
        self.says("Connections", "viewer@example.com")
        self.assertFalse(self.browser.has("main form, main .button"))
        self.browser.open(LAB.base + "/connect/aliexpress")
        self.says("You may look, but not change")

    def test_somebody_of_no_group_stays_outside(self) -> None:
        self.sign_in("stranger")
        self.says("You have no access here")
        self.assertEqual(self.browser.cookies(), [])

    def test_after_the_session_nothing_is_done_and_signing_in_leads_back(self) -> None:
        self.sign_in()
        self.browser.open(LAB.base + "/accounts/new")
        self.browser.fill("#name", "too-late")
        self.browser.fill("#api_key", SHIP_KEY)
        self.browser.fill("#api_secret", SHIP_SECRET)
        # What a browser does with the cookie after eight hours; that the console does the same is tested in Rust.
        self.browser.forget_cookies()
        self.browser.click("#go")
        self.says("Your session has ended", "Nothing was changed")
        self.assertNotIn("account#too-late", LAB.stored())
        self.sign_in(to="/accounts/new")
        self.assertEqual(self.browser.address(), LAB.base + "/accounts/new")

    def test_a_session_that_ends_while_the_person_is_at_the_marketplace_connects_nothing(self) -> None:
        self.sign_in()
        self.begin("aliexpress", "ae-nine")
        LAB.way_back = ""
        at, exchanged = self.browser.address(), LAB.exchanges("aliexpress")
        self.browser.open(LAB.base + "/connections")
        self.browser.forget_cookies()
        self.browser.open(at)
        self.consent()
        self.assertIn("code=", LAB.way_back)
        self.assertEqual(LAB.exchanges("aliexpress"), exchanged)
        self.assertTrue(self.browser.has("#sign-in"))
        self.assertNotIn("code", self.browser.address())

    def test_everything_is_done_with_the_keyboard_alone(self) -> None:
        self.browser.open(LAB.base + "/connections")
        self.browser.press("\ue004")
        self.assertEqual(self.browser.script("return document.activeElement.className"), "skip")
        self.browser.press("\ue004\ue007")
        self.browser.choose("#user", "operator")
        self.browser.click("#sign-in")
        self.browser.open(LAB.base + "/accounts/new")
        order = []
        for _ in range(16):
            self.browser.press("\ue004")
            order.append(self.browser.script("const e = document.activeElement; return e.id || e.textContent.trim()"))
        first = order.index("name")
        self.assertEqual(order[first : first + 5], ["name", "api_key", "api_secret", "go", "Cancel"], order)

    def test_signing_out_is_final(self) -> None:
        self.sign_in()
        self.browser.click("#sign-out")
        self.says("You are signed out")
        self.browser.open(LAB.base + "/connections")
        self.assertTrue(self.browser.has("#sign-in"))


CASES = (Accounts, Connecting, Access)
