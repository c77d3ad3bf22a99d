"""The doctor finds what is wrong between the settings and the two sides, and says how to mend it."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from kaufland_shoptet import Bridge, Kaufland, MemoryLedger, Sandbox, Settings, Shoptet, SqliteLedger
from kaufland_shoptet.flows.checkup import Findings, Live, validate
from kaufland_shoptet.mapping.dispatch import DispatchRules
from kaufland_shoptet.mapping.findings import Finding
from kaufland_shoptet.mapping.products import SafetyContact
from kaufland_shoptet.mapping.shipping import MethodRules
from kaufland_shoptet.mapping.statuses import Label, StatusMap
from kaufland_shoptet.mapping.vat import VatRules
from kaufland_shoptet.sandbox import START, Fault
from kaufland_shoptet.sandbox.sdk import SimulatedClock, demo_settings, on
from kaufland_shoptet.settings import (
    LedgerSettings,
    NotificationSettings,
    OfferSettings,
    PriceSettings,
    ProductSettings,
    ShopSettings,
    ShoptetSettings,
    StockSettings,
)
from kaufland_shoptet.shoptet.resources.webhooks import WebhookRegistration

UNKNOWN_GUID = "00000000-0000-4000-8000-000000000000"
CARRIERS = DispatchRules(carriers={"ppl": "PPL"})


def only(code="cz", settings=None, **changes):
    """The demo's settings for one storefront, with all labels mapped, and some things changed."""
    base = settings or demo_settings()
    statuses = StatusMap.of(
        {**base.storefronts[code].statuses.table, Label.DELIVERED: (-3,), Label.DISPATCHED: (52,)}
    )
    front = evolve(base.storefronts[code], **{"statuses": statuses, **changes})
    return evolve(base, storefronts={code: front})


@pytest.fixture
def sandbox():
    return Sandbox.demo()


def examine(sandbox, settings=None, **how):
    return sandbox.bridge(settings or only()).doctor.examine(**how)


def found(findings, key=None):
    return {
        each.key: (each.severity, f"{each.problem} {each.remedy}")
        for each in findings.findings
        if key is None or each.key == key
    }


def the(findings, key):
    """The one finding about *key*: how grave it is, and its words."""
    (told,) = found(findings, key).values()
    return told


def test_a_good_setup_has_no_findings_and_nothing_is_written(sandbox):
    findings = examine(sandbox)
    assert findings.findings == ()
    assert findings.good
    assert str(findings) == "Check of 2026-09-01 08:00 for Demo shop, both sides: nothing is wrong"
    assert {entry.method for entry in sandbox.log} == {"GET"}


def renamed(sandbox, path, name):
    """A bridge of the demo under a name of its own, with the ledger that it has by default."""
    settings = evolve(only(), shop=ShopSettings(name=name), ledger=LedgerSettings(path=str(path)))
    return sandbox.bridge(settings, SqliteLedger(settings.ledger_path, settings.shop.name))


def test_a_shop_that_was_renamed_is_told(sandbox, tmp_path):
    """The name is the key of all that stands in the ledger; under another one nothing was done."""
    path = tmp_path / "shop.sqlite"
    assert renamed(sandbox, path, "Mugs").doctor.examine().findings == ()
    bridge = renamed(sandbox, path, "Mugs & Co.")
    for _ in range(2):  # looking does not make it right
        severity, words = the(bridge.doctor.examine(), "shop.name")
        assert severity == "warning"
        assert words.startswith(
            "the ledger has entries of Mugs, and none of this shop. If the shop was renamed"
        )
        assert "give it its old name" in words
    assert renamed(sandbox, path, "Mugs").doctor.examine().findings == ()
    assert bridge.doctor.examine(accept=True).findings != ()
    assert bridge.doctor.examine().findings == ()


def test_a_new_shop_in_a_shared_file_is_told_until_it_has_written_something(tmp_path):
    path = tmp_path / "shop.sqlite"
    SqliteLedger(path, "Mugs").intend_action("send", "1", "", START)
    bridge = renamed(Sandbox.demo("three_pieces"), path, "Bicycles")
    assert "shop.name" in found(bridge.doctor.examine())
    bridge.sync(flows=["orders"])
    assert "shop.name" not in found(bridge.doctor.examine())


def test_findings_can_be_printed_shown_and_written(sandbox):
    """Part 1: a readable report with the fix for each finding."""
    settings = evolve(
        demo_settings(), storefronts={code: demo_settings().storefronts[code] for code in ("cz", "sk", "de")}
    )
    findings = examine(sandbox, settings)
    text = str(findings)
    assert "warning: storefront.cz,sk,de.statuses.delivered\n  no status is set for Delivered." in text
    assert findings.title.endswith("both sides: 5 warnings")
    assert "storefront.cz,sk,de.statuses.delivered" in findings._repr_html_()
    written = json.loads(findings.to_json())
    assert (written["good"], written["live"], len(written["findings"])) == (True, True, 5)
    assert written["made"] == "2026-09-01T08:00:00+00:00"
    hostile = Findings(
        shop="<b>",
        findings=(Finding(severity="note", key="x", problem="\x1b[31m", remedy="<i>"),),
    )
    assert "\x1b" not in str(hostile)
    assert "<b>" not in hostile._repr_html_() + hostile._repr_html_().replace("<table", "")
    assert json.loads(hostile.to_json())["made"] is None


def test_the_gravest_comes_first_and_errors_make_it_bad(sandbox):
    sandbox.shoptet.customer_fields = {"contactInfo": {"phone": "required", "birthday": "required"}}
    findings = examine(sandbox, demo_settings())
    gravities = [each.severity for each in findings.findings]
    assert gravities == sorted(gravities)
    assert not findings.good
    assert "error" in gravities


# Credentials, clock, connections.


def test_keys_that_are_refused_are_explained_once(sandbox):
    """R2: a 401 may mean that the account is not verified yet; R3: keys are not to be made anew."""
    bridge = Bridge(
        Kaufland("0" * 32, "1" * 64, **on(sandbox)), sandbox.shoptet_client(), only(), MemoryLedger()
    )
    findings = bridge.doctor.examine()
    severity, words = the(findings, "kaufland.client_key_env")
    assert severity == "error"
    assert "401 for GET /status/ping: /problems/invalid-credentials" in words
    assert "new accounts are refused until then" in words
    assert "Keep the keys you have" in words
    assert len(findings.findings) == 1, "one cause, one finding; the other side was looked at all the same"
    assert sandbox.counts()["shoptet", "GET", "/api/orders/statuses"] == 1
    assert sandbox.counts()["kaufland", "GET", "/carriers"] == 0


def test_an_account_that_is_not_verified_yet(sandbox):
    """R2: the account, not the keys, is what is the matter."""
    sandbox.kaufland.active = False
    severity, words = the(examine(sandbox), "kaufland.client_key_env")
    assert severity == "error"
    assert "not verified yet" in words
    assert "The keys are fine" in words


def test_a_token_that_is_refused(sandbox):
    bridge = Bridge(sandbox.kaufland_client(), Shoptet("x" * 38, **on(sandbox)), only(), MemoryLedger())
    severity, words = the(bridge.doctor.examine(), "shoptet.private_token_env")
    assert (severity, "401" in words) == ("error", True)


def test_an_addon_that_gets_no_token(sandbox):
    token = Shoptet(oauth_token="wrong", token_url=sandbox.oauth_token_url, **on(sandbox))
    settings = evolve(
        only(), shoptet=ShoptetSettings(oauth_token_env="TOKEN", token_url="https://shop.example/action/x")
    )
    bridge = Bridge(sandbox.kaufland_client(), token, settings, MemoryLedger())
    severity, _ = the(bridge.doctor.examine(), "shoptet.oauth_token_env")
    assert severity == "error"


class Shifted(SimulatedClock):
    """A machine whose clock is wrong."""

    seconds = 0.0

    def now(self):
        return super().now() + timedelta(seconds=self.seconds)


@pytest.mark.parametrize(("seconds", "severity"), [(-20, "warning"), (250, "error")])
def test_a_clock_that_is_off(sandbox, seconds, severity):
    """Part 1: the clock."""
    clock = Shifted(sandbox)
    object.__setattr__(clock, "seconds", seconds)
    options = {**on(sandbox), "clock": clock}
    kaufland = Kaufland(sandbox.client_key, sandbox.secret_key, **options)
    bridge = Bridge(kaufland, Shoptet(sandbox.private_token, **options), only(), MemoryLedger())
    told = found(bridge.doctor.examine())
    assert set(told) == {"kaufland", "shoptet"}
    assert {each[0] for each in told.values()} == {severity}
    side = "behind" if seconds < 0 else "ahead of"
    assert f"this machine's clock is {abs(seconds)} s {side} the server's" in told["kaufland"][1]


def test_a_clock_that_is_so_wrong_that_the_keys_are_refused(sandbox):
    clock = Shifted(sandbox)
    object.__setattr__(clock, "seconds", 3600)
    kaufland = Kaufland(sandbox.client_key, sandbox.secret_key, **{**on(sandbox), "clock": clock})
    bridge = Bridge(kaufland, sandbox.shoptet_client(), only(), MemoryLedger())
    _, words = the(bridge.doctor.examine(), "kaufland.client_key_env")
    assert "Set this machine's clock, it is 3600 s ahead of the server's" in words


def test_a_server_that_tells_no_time(sandbox, monkeypatch):
    monkeypatch.setattr("kaufland_shoptet.flows.doctor.clock_skew", lambda *_: None)
    assert examine(sandbox).findings == ()


def test_a_side_that_cannot_be_reached(sandbox):
    sandbox.faults.add(Fault(kind="reset", api="kaufland", times=50))
    severity, words = the(examine(sandbox), "kaufland")
    assert severity == "error"
    assert "GET /status/ping" in words
    assert "Look at the network" in words


def test_one_answer_that_does_not_come_does_not_stop_the_rest(sandbox):
    sandbox.faults.add(Fault(kind="500", api="kaufland", method="GET", path="/carriers", times=50))
    sandbox.faults.add(Fault(kind="html", api="shoptet", method="GET", path="/api/webhooks", times=50))
    settings = only(shipping=MethodRules(default=UNKNOWN_GUID), push_statuses=True, dispatch=CARRIERS)
    told = found(examine(sandbox, settings))
    errors = {key for key, (severity, _) in told.items() if severity == "error"}
    assert errors == {"kaufland", "shoptet", "storefront.cz.shipping.default"}
    assert "500 for GET /carriers" in told["kaufland"][1]
    assert "GET /api/webhooks" in told["shoptet"][1]


def test_an_answer_without_a_reason_and_a_failure_without_a_request(sandbox, monkeypatch):
    from kaufland_shoptet.errors import KauflandShoptetError

    async def broken(*_, **__):
        raise KauflandShoptetError("odd")

    monkeypatch.setattr("kaufland_shoptet.flows.doctor.Notifications.plan", lambda _: broken())
    settings = evolve(only(), notifications=NotificationSettings(shoptet_url="https://shop.example/x"))
    assert the(examine(sandbox, settings), "shoptet")[1].startswith("odd. ")


# What the settings name.


def test_statuses_that_are_gone_and_renamed(sandbox):
    """R12: ids are checked against the shop's live statuses; deleted or renamed ones are reported."""
    bridge = sandbox.bridge(only())
    assert bridge.doctor.examine().good
    sandbox.shoptet.statuses[:] = [row for row in sandbox.shoptet.statuses if row["id"] != 70]
    sandbox.shoptet.status_row(52)["name"] = "Předáno"
    told = found(bridge.doctor.examine())
    assert told["storefront.cz.statuses.returned"][0] == "error"
    assert (
        "the shop has no status 70. Choose one of: -1 Nevyřízená"
        in told["storefront.cz.statuses.returned"][1]
    )
    assert told["storefront.cz.statuses.dispatched"][0] == "warning"
    assert "was called 'Odesláno' and is now 'Předáno'" in told["storefront.cz.statuses.dispatched"][1]
    assert "storefront.cz.statuses.dispatched" in found(bridge.doctor.examine()), "until it is accepted"
    assert "storefront.cz.statuses.dispatched" not in found(bridge.doctor.examine(accept=True))
    assert "storefront.cz.statuses.dispatched" not in found(bridge.doctor.examine())


def test_labels_that_cannot_act_are_noted_when_statuses_are_pushed(sandbox):
    told = found(examine(sandbox, only(push_statuses=True, dispatch=CARRIERS)))
    assert {severity for severity, _ in told.values()} == {"note"}
    assert "changes nothing on Kaufland" in told["storefront.cz.statuses.returned"][1]


def test_methods_currencies_and_storefronts_that_are_not_there(sandbox):
    """Part 1: GUIDs and currencies."""
    sandbox.kaufland.storefronts = ("sk",)
    sandbox.shoptet.currencies[:] = [row for row in sandbox.shoptet.currencies if row["code"] != "CZK"]
    typo = MethodRules(default=demo_settings().storefronts["cz"].payment.default[:-1] + "0")
    told = found(examine(sandbox, only(payment=typo)))
    assert "the shop has no method" in told["storefront.cz.payment.default"][1]
    assert "meant?" in told["storefront.cz.payment.default"][1]
    assert "orders of this storefront are in CZK" in told["storefront.cz.import_orders"][1]
    assert "does not sell there; it does in sk" in told["storefront.cz"][1]
    off = only(import_orders=False)
    assert "storefront.cz" not in found(examine(sandbox, off)), "nothing is on there"
    sandbox.kaufland.storefronts = ()
    assert "it does in none" in the(examine(sandbox, only()), "storefront.cz")[1]


def test_carriers_are_held_against_the_exact_names_with_suggestions(sandbox):
    """Part 1: carriers by exact name, with suggestions."""
    rules = DispatchRules(carriers={"zasilkovna": "Zasilkovna", "ppl": "PPL", "dhl": "DHL"})
    told = found(examine(sandbox, only(push_statuses=True, dispatch=rules)))
    assert told["storefront.cz.dispatch.carriers.zasilkovna"][0] == "error"
    assert "Packeta" in told["storefront.cz.dispatch.carriers.zasilkovna"][1]
    assert told["storefront.cz.dispatch.carriers.dhl"][0] == "warning"
    assert "storefront.cz.dispatch.carriers.ppl" not in told
    sandbox.faults.add(Fault(kind="500", api="shoptet", method="GET", path="/api/shipping-methods", times=50))
    told = found(examine(sandbox, only(push_statuses=True, dispatch=rules)))
    assert "storefront.cz.dispatch.carriers.dhl" not in told


def test_offers_need_groups_warehouses_lists_and_stocks_that_exist(sandbox):
    """Part 1: shipping groups and warehouses."""
    settings = only(
        sync_offers=True,
        sync_prices=True,
        offers=OfferSettings(create=True, handling_time=1, shipping_group=195842, warehouse=1),
        prices=PriceSettings(pricelist=9),
        stock=StockSettings(stock_id=9),
    )
    told = found(examine(sandbox, settings))
    assert (
        "cz has no shipping group 195842. Choose one of: 195841 Standard cz"
        in (told["storefront.cz.offers.shipping_group"][1])
    )
    assert "Choose one of: 51234 Sklad Praha" in told["storefront.cz.offers.warehouse"][1]
    assert "the shop has no price list 9. Choose one of: 1 " in told["storefront.cz.prices.pricelist"][1]
    assert "the shop has no stock 9" in told["storefront.cz.stock.stock_id"][1]
    assert {severity for severity, _ in told.values()} == {"error"}
    right = only(
        sync_offers=True,
        sync_prices=True,
        offers=OfferSettings(create=True, handling_time=1, shipping_group=195841, warehouse=51234),
        prices=PriceSettings(pricelist=2),
        stock=StockSettings(stock_id=1),
    )
    assert examine(sandbox, right).findings == ()
    sandbox.kaufland.warehouses.clear()
    assert "none; make one first" in the(examine(sandbox, right), "storefront.cz.offers.warehouse")[1]
    sandbox.faults.add(Fault(kind="500", api="kaufland", method="GET", path="/warehouses", times=50))
    sandbox.faults.add(Fault(kind="500", api="kaufland", method="GET", path="/shipping-groups", times=50))
    sandbox.faults.add(Fault(kind="500", api="shoptet", method="GET", path="/api/pricelists", times=50))
    sandbox.faults.add(Fault(kind="500", api="shoptet", method="GET", path="/api/stocks", times=50))
    assert set(found(examine(sandbox, right))) == {"kaufland", "shoptet"}


def test_products_need_the_price_list_that_chooses_them(sandbox):
    """Part 1. Part 5: selection by price list."""
    products = ProductSettings(pricelist=9, contact=SafetyContact(name="A", address="B", email="a@b.example"))
    told = found(examine(sandbox, only(sync_products=True, products=products)))
    assert "the shop has no price list 9. Choose one of: 1 " in told["storefront.cz.products.pricelist"][1]
    right = only(sync_products=True, products=evolve(products, pricelist=2))
    assert "storefront.cz.products.pricelist" not in found(examine(sandbox, right))


def test_other_currencies_without_a_coefficient(sandbox):
    settings = only("sk", sync_prices=True, import_orders=False)
    severity, words = the(examine(sandbox, settings), "storefront.sk.prices.coefficient")
    assert (severity, "prices are in CZK, the storefront's in EUR" in words) == ("error", True)
    rule = PriceSettings(coefficient=Decimal("0.04"))
    assert examine(sandbox, only("sk", sync_prices=True, import_orders=False, prices=rule)).good


def test_vat_that_does_not_fit_the_shop(sandbox):
    rules = VatRules(
        payer=False, mode="One Stop Shop", fallback={"CZ": Decimal(20), "SK": Decimal(23), "US": Decimal(7)}
    )
    told = found(examine(sandbox, only(vat=rules)))
    assert told["storefront.cz.vat.payer"] == (
        "error",
        "the shop pays VAT. Write payer = true, or mend it in Shoptet's administration.",
    )
    assert "does not use One Stop Shop" in told["storefront.cz.vat.mode"][1]
    assert told["storefront.cz.vat.fallback.CZ"] == (
        "warning",
        "20 % is no VAT rate of CZ. It has 21, 12, 0.",
    )
    assert "storefront.cz.vat.fallback.SK" not in told
    assert "storefront.cz.vat.fallback.US" not in told
    sandbox.shoptet.settings["vatPayer"] = False
    assert "does not pay VAT. Write payer = false" in the(examine(sandbox), "storefront.cz.vat.payer")[1]
    sandbox.shoptet.settings |= {"vatPayer": True, "oss": True}
    assert examine(sandbox, only(vat=VatRules(mode="One Stop Shop"))).findings == ()


def test_a_rate_that_the_shop_does_not_have(sandbox):
    """Part 1: VAT rates."""
    severity, words = the(examine(sandbox, only("de")), "storefront.de.vat.mode")
    assert severity == "warning"
    assert "have 19 % VAT, and the shop has the rates 21.00, 12.00, 0.00" in words
    sandbox.shoptet.tax_classes.clear()
    assert "the rates none" in the(examine(sandbox), "storefront.cz.vat.mode")[1]
    sandbox.faults.add(Fault(kind="500", api="kaufland", path="/info/vat-indicators", times=50))
    assert "storefront.cz.vat.mode" not in found(examine(sandbox))


def test_fields_that_the_shop_demands_and_kaufland_does_not_tell(sandbox):
    """Part 1: mandatory customer fields."""
    sandbox.shoptet.customer_fields = {
        "contactInfo": {"phone": "required", "birthday": "required"},
        "billingAddress": {"district": "required", "city": "required", "fullName": "optional"},
    }
    settings = only(import_open=True, email_fallback="orders@shop.example")
    findings = examine(sandbox, settings)
    told = found(findings)
    assert told["storefront.cz.phone_fallback"][0] == "error"
    assert (
        "the shop demands city, which Kaufland tells after 15 minutes" in told["storefront.cz.import_open"][1]
    )
    demanded = [each.problem for each in findings.findings if each.key == "storefront.cz.import_orders"]
    assert demanded == [
        "the shop demands contact_info.birthday, and Kaufland tells no date of birth.",
        "the shop demands billing_address.district, and Kaufland tells no district.",
    ]
    sandbox.shoptet.customer_fields = {"contactInfo": {"phone": "required"}}
    assert examine(sandbox, only(phone_fallback="+420601000111")).findings == ()


def test_the_list_of_rights_is_looked_at_for_what_is_on(sandbox):
    sandbox.shoptet.denied.add(("orders", "write"))
    severity, words = the(examine(sandbox), "shoptet")
    assert severity == "warning"
    assert "orders: the token's list of rights has no write of orders" in words
    assert "Connections, Private API" in words
    sandbox.shoptet.denied = {("orders", "read")}
    told = [each.problem for each in examine(sandbox).findings]
    assert "403 for GET /api/orders/statuses: invalid-token-no-rights" in told[0]
    assert any("no read of orders" in problem for problem in told)


def test_jobs_need_a_webhook(sandbox, monkeypatch):
    """Part 1: the job:finished webhook."""
    from kaufland_shoptet.flows import checkup
    from kaufland_shoptet.flows.table import entry

    monkeypatch.setattr(checkup, "FLOWS", [evolve(entry("orders"), jobs=True)])
    severity, words = the(examine(sandbox), "storefront.cz")
    assert severity == "error"
    assert "orders: Shoptet runs no jobs for who has no webhook for job:finished" in words
    sandbox.shoptet_client().webhooks.register(
        [WebhookRegistration(event="job:finished", url="https://shop.example/x")]
    )
    assert examine(sandbox).findings == ()


def test_subscriptions_that_are_missing_switched_off_or_taken(sandbox):
    settings = evolve(
        only(push_statuses=True, dispatch=CARRIERS),
        notifications=NotificationSettings(
            kaufland_url="https://shop.example/k",
            shoptet_url="https://shop.example/s",
            fallback_email="a@b.cz",
        ),
    )
    bridge = sandbox.bridge(settings)

    def problems():
        findings = bridge.doctor.examine().findings
        return [each.problem for each in findings if each.key == "notifications"]

    assert problems() == [
        "Kaufland, cz: order_new, order_unit_new, order_unit_status_changed: nobody is told.",
        "Shoptet: order:update, order:massUpdate, shipment:create, shipment:update: nobody is told.",
    ]
    bridge.apply(bridge.notifications.plan())
    assert problems() == []
    sandbox.kaufland.push.give_up(11011)
    sandbox.kaufland.push.rows[11012]["callback_url"] = "https://other.example/"
    switched_off, taken = problems()
    assert "switched it off" in switched_off
    assert "another address is told, at other.example" in taken


def test_products_need_their_feed_and_the_package_that_cleans(sandbox, monkeypatch, tmp_path):
    settings = evolve(only(sync_products=True, products=ProductSettings(feed="feed.xml")), folder=tmp_path)
    severity, words = the(examine(sandbox, settings), "storefront.cz.products.feed")
    assert (severity, "there is no file feed.xml" in words) == ("error", True)
    (tmp_path / "feed.xml").write_text("<SHOP/>")
    assert examine(sandbox, settings).good
    monkeypatch.setattr("kaufland_shoptet.flows.doctor.find_spec", lambda _: None)
    severity, words = the(examine(sandbox, only(sync_products=True)), "storefront.cz.products")
    assert (severity, "Install kaufland-shoptet[products]" in words) == ("error", True)


# By the settings alone.


def test_settings_are_looked_at_without_asking_anybody():
    """Part 1: validate offline."""
    nothing = evolve(demo_settings(), storefronts={})
    findings = nothing.validate()
    assert (findings.live, findings.good, findings.made) == (False, True, None)
    assert the(findings, "storefront")[1].startswith("no storefront is set up.")
    assert str(findings).startswith("Check for Demo shop, the settings alone: 1 warning")
    off = only(import_orders=False)
    assert the(off.validate(), "storefront")[1].startswith("nothing is switched on.")
    assert only().validate().findings == ()
    assert validate(only(), Live()).live is True


def test_reservations_without_an_address_of_the_shop():
    severity, words = the(only(import_open=True).validate(), "storefront.cz.email_fallback")
    assert (severity, "before Kaufland tells the buyer's e-mail" in words) == ("error", True)


def test_dispatch_without_a_carrier_sends_nothing():
    told = found(only(push_statuses=True, import_orders=False).validate())
    assert told["storefront.cz.dispatch.carriers"][0] == "warning"
    assert told["storefront.cz.push_statuses"][0] == "note"
    assert found(only(push_statuses=True, dispatch=DispatchRules(without_tracking="other")).validate()) == {}


def test_the_example_can_be_examined(sandbox):
    text = Settings.example()
    for name, guid in (("shipping", "shipping"), ("payment", "payment")):
        rule = getattr(demo_settings().storefronts["cz"], name)
        text = text.replace(f"<GUID of the {guid} method>", rule.default)
    settings = Settings.loads(text)
    assert examine(sandbox, settings).good


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_the_same_under_an_event_loop(anyio_backend):
    blocking, awaited = Sandbox.demo(), Sandbox.demo()
    due = blocking.bridge().doctor.examine()
    assert await awaited.async_bridge().doctor.examine() == due
    assert awaited.counts() == blocking.counts()
