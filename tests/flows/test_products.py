"""Products are published as planned, once each, and only those that are ready."""

from __future__ import annotations

import contextlib
import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_shoptet import MemoryLedger, Plan, Sandbox, Settings, SqliteLedger
from kaufland_shoptet.errors import ApiError, FeedError, OutcomeUnknown, PlanError, SettingsError
from kaufland_shoptet.flows.products import DAILY, Products
from kaufland_shoptet.flows.shop import Shop
from kaufland_shoptet.flows.table import entry
from kaufland_shoptet.mapping import products
from kaufland_shoptet.mapping.products import SafetyContact, write_csv
from kaufland_shoptet.sandbox import Fault
from kaufland_shoptet.sandbox.checks import Flaw
from kaufland_shoptet.sandbox.kaufland.library import FILES_A_DAY
from kaufland_shoptet.sandbox.kaufland.problems import invalid
from kaufland_shoptet.sandbox.sdk import demo_settings
from kaufland_shoptet.sandbox.shoptet.shop import Price
from kaufland_shoptet.settings import PriceSettings, ProductSettings
from kaufland_shoptet.shoptet.feeds import BadItem, CatalogItem, read_feed

CONTACT = SafetyContact(name="Lumi s.r.o.", address="Lesní 1, 370 01 České Budějovice, CZ")
ALL = {"Lumi": CONTACT}
KETTLE = "4010355051486"
LAMP = CatalogItem(
    code="L-1",
    ean="8590000001036",
    name="Stolní lampa",
    description_html="<p>Svítí</p>",
    images=("https://x.example/1.jpg",),
    brand="Alva",
    categories=("Světla",),
    variant=(("Barva", "bílá"),),
)


def chosen(code="cz", **rules) -> Settings:
    """The demo's settings with products on for one storefront."""
    base = {"parameters": {"Barva": "colour"}, "contacts": ALL}
    front = evolve(
        demo_settings().storefronts[code],
        import_orders=False,
        sync_products=True,
        products=ProductSettings(**base | rules),
    )
    return evolve(demo_settings(), storefronts={code: front})


def both(**rules) -> Settings:
    one, other = chosen("cz", **rules), chosen("de", **rules)
    return evolve(one, storefronts={**one.storefronts, **other.storefronts})


def writes(sandbox):
    return [f"{each.method} {each.path}" for each in sandbox.log if each.method not in {"GET", "POST"}]


def reasons(plan):
    return {skip.subject: skip.reason for skip in plan.skips}


def test_r16_products_are_synchronised_only_where_that_is_switched_on():
    """R16: a switch, off by default; the source is the shop's catalogue or its feed."""
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge()
    assert not any(front.sync_products for front in bridge.settings.storefronts.values())
    assert not bridge.products.plan()
    assert sandbox.log == []
    assert bridge.sync(dry_run=True).flows[0].flow != "products"
    with pytest.raises(SettingsError, match=r"storefront\.cz\.sync_products: is off"):
        bridge.products.plan(storefronts=["CZ"])
    on = Sandbox.demo().bridge(chosen())
    assert on.products.plan().changes
    assert on.sync().flows[0].plan.flow == "products"
    assert entry("products").storefronts(chosen()) == ("cz",)


def test_r16_the_source_is_the_shops_catalogue_or_its_feed(tmp_path):
    """R16. Part 5: by API or by feed."""
    by_api = Sandbox.demo().bridge(chosen()).products.plan()
    assert {change.subject for change in by_api.changes} >= {"SHP-0042", "32/ZEL"}
    (tmp_path / "feed.csv").write_text(
        "code;name;ean;description;image;manufacturer\n"
        f"L-1;Stolní lampa bílá;{LAMP.ean};Svítí;https://x.example/1.jpg;Alva\n",
        encoding="cp1250",
    )
    settings = evolve(chosen(feed="feed.csv", fixed={"colour": ("bílá",)}), folder=tmp_path)
    (change,) = Sandbox.demo().bridge(settings).products.plan().changes
    assert (change.subject, change.attributes["title"]) == ("L-1", ("Stolní lampa bílá",))


def test_a_plan_writes_nothing_and_apply_writes_exactly_the_plan():
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(chosen())
    plan = bridge.products.plan()
    assert len(plan.changes) == 8
    assert writes(sandbox) == []
    assert bridge.ledger.actions("product") == []
    report = bridge.apply(plan)
    assert report.good
    assert [each.subject for each in report.outcomes] == [each.subject for each in plan.changes]
    assert writes(sandbox) == ["PUT /product-data"] * 8
    told = sandbox.kaufland.sheets[KETTLE, "cs-CZ"].attributes
    assert told["title"] == ["Rychlovarná konvice 1,7 l"]
    assert told["category"] == ["Kettles"]
    assert told["product_safety_contact"] == {
        "name": "Alva GmbH",
        "address": "Lange Straße 5, 10115 Berlin, DE",
        "email_address": "safety@alva.example",
        "url": "https://alva.example",
    }
    assert "track()" not in json.dumps([sheet.attributes for sheet in sandbox.kaufland.sheets.values()])


def test_a_plan_after_apply_is_empty_and_applying_twice_is_applying_once():
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(chosen())
    plan = bridge.products.plan()
    bridge.apply(plan)
    first = {key: sheet.attributes for key, sheet in sandbox.kaufland.sheets.items()}
    assert not bridge.products.plan()
    everything = bridge.products.plan(full=True)
    assert not everything
    assert reasons(everything) == {"8 products": "they were sent like that before"}
    again = bridge.apply(plan)
    assert {each.result for each in again.outcomes} == {"already"}
    assert len(writes(sandbox)) == 8
    assert {key: sheet.attributes for key, sheet in sandbox.kaufland.sheets.items()} == first


def test_a_plan_survives_json_and_applies_the_same():
    told = []
    for through_json in (False, True):
        sandbox = Sandbox.demo()
        bridge = sandbox.bridge(chosen())
        plan = bridge.products.plan()
        copied = Plan.from_json(plan.to_json())
        assert copied == plan
        report = bridge.apply(copied if through_json else plan)
        told.append((report, {key: sheet.attributes for key, sheet in sandbox.kaufland.sheets.items()}))
    assert told[0] == told[1]
    damaged = json.loads(plan.to_json())
    damaged["changes"][0]["contact"]["name"] = ""
    with pytest.raises(PlanError, match="this is not a plan"):
        Plan.from_json(json.dumps(damaged))


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.anyio
async def test_the_same_flow_runs_under_an_event_loop(anyio_backend):
    blocking = Sandbox.demo().bridge(chosen())
    sandbox = Sandbox.demo()
    bridge = sandbox.async_bridge(chosen())
    plan, other = await bridge.products.plan(), blocking.products.plan()
    assert (plan.changes, plan.skips) == (other.changes, other.skips)
    assert await bridge.apply(plan) == blocking.apply(other)
    assert await bridge.products.status() == blocking.products.status()
    items = [LAMP, BadItem(line=3, offset=9, problem="x")]
    plan, other = await bridge.products.plan(items), blocking.products.plan(items)
    assert (plan.changes, plan.skips) == (other.changes, other.skips)


def test_flows_are_values():
    shop = Shop(chosen(), MemoryLedger())
    assert str(Products.plan(shop)) == "Products.plan"
    assert str(Products.status(shop)) == "Products.status"


def test_a_printed_plan_says_what_and_why():
    bridge = Sandbox.demo().bridge(chosen(contacts={}))
    text = str(bridge.products.plan())
    title, _, *rows = text.splitlines()
    assert title.endswith("6 to publish, 2 skipped")
    assert f"{KETTLE} cs-CZ: Rychlovarná konvice 1,7 l" in rows[0]
    assert "not ready: product_safety_contact: nobody is named" in text


def test_what_changed_in_the_shop_is_sent_again_and_nothing_else():
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(chosen())
    bridge.apply(bridge.products.plan())
    guid = sandbox.shoptet.variants["SHP-0042"].product
    sandbox.clock.advance(3600)
    sandbox.shoptet.pages[guid]["description"] = "Nový popis"
    sandbox.shoptet.pages[guid]["changeTime"] = "2026-09-01T10:30:00+0200"
    before = len(sandbox.log)
    plan = bridge.products.plan()
    (change,) = plan.changes
    assert (change.subject, change.reason) == ("SHP-0042", "it changed since it was sent")
    assert [each.path for each in sandbox.log[before:]].count(f"/api/products/{guid}") == 1
    assert sum(each.path.startswith("/api/products/") for each in sandbox.log[before:]) == 1
    bridge.apply(plan)
    assert not bridge.products.plan()


def test_other_settings_or_contacts_are_a_reason_to_look_at_everything():
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(chosen(contacts={}))
    bridge.apply(bridge.products.plan())
    assert not bridge.products.plan().skips
    later = sandbox.bridge(chosen(), bridge.ledger)
    assert {change.subject for change in later.products.plan().changes} == {"32/ZEL", "15/ZLU"}
    sandbox.shoptet.brands[2]["postalAddress"] = "Lumi Street 1, London, UK"
    assert {change.subject for change in bridge.products.plan().changes} == {"32/ZEL", "15/ZLU"}


def test_a_product_that_could_not_be_read_is_looked_at_by_the_next_run():
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(chosen())
    path = f"/api/products/{sandbox.shoptet.variants['0035'].product}"
    sandbox.faults.add(Fault(kind="500", api="shoptet", method="GET", path=path, times=20))
    plan = bridge.products.plan()
    (skip,) = plan.skips
    assert (skip.subject, skip.again) == ("Med květový 900 g", True)
    assert plan.marks == ()
    bridge.apply(plan)
    sandbox.faults.clear()
    assert [change.subject for change in bridge.products.plan().changes] == ["0035"]


def test_a_product_that_is_deleted_meanwhile_is_nothing():
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(chosen())
    real = sandbox.handle

    def handle(call):
        if call.path.startswith("/api/products/"):
            sandbox.shoptet.variants.pop("0035", None)
        return real(call)

    sandbox.handle = handle
    plan = bridge.products.plan()
    assert len(plan.changes) == 7
    assert plan.skips == ()


def test_hidden_products_are_not_even_read():
    sandbox = Sandbox.demo()
    guid = sandbox.shoptet.variants["0035"].product
    sandbox.shoptet.pages[guid]["visibility"] = "hidden"
    other = sandbox.shoptet.variants["PHONE-12"].product
    sandbox.shoptet.pages[other]["type"] = "service"
    plan = sandbox.bridge(chosen(visibility=["normal"])).products.plan()
    assert reasons(plan) == {"1 product": "it is of the kind service"} | {
        "1 product": reasons(plan)["1 product"]
    }
    assert sorted(skip.reason for skip in plan.skips) == [
        "it is hidden in the shop",
        "it is of the kind service",
    ]
    assert not any(each.path == f"/api/products/{guid}" for each in sandbox.log)
    assert len(sandbox.bridge(chosen(visibility=[], types=[])).products.plan().changes) == 8


def test_brands_that_may_not_be_read_leave_the_contacts_of_the_settings():
    sandbox = Sandbox.demo()
    sandbox.shoptet.denied.add(("brands", "read"))
    plan = sandbox.bridge(chosen()).products.plan()
    assert {change.subject for change in plan.changes} == {"32/ZEL", "15/ZLU"}
    assert reasons(plan)["brands"].startswith("the shop's brands may not be read")


class TestItems:
    def plan(self, *items, sandbox=None, settings=None, **how):
        return (sandbox or Sandbox.demo()).bridge(settings or chosen()).products.plan(items, **how)

    def test_rows_of_a_snapshot(self):
        sandbox = Sandbox.demo()
        shoptet = sandbox.shoptet_client()
        shoptet.webhooks.register([{"event": "job:finished", "url": "https://shop.example/hook"}])
        sections = ["images", "variantParameters", "allCategories", "flags", "descriptiveParameters"]
        rows = shoptet.rows(shoptet.products.snapshot(include=sections))
        bridge = sandbox.bridge(chosen())
        plan = bridge.products.plan(rows)
        assert plan.marks == ()
        assert [change.attributes for change in plan.changes] == [
            change.attributes for change in bridge.products.plan().changes
        ]

    def test_bad_items_are_told_and_the_rest_goes_on(self):
        """Hostile: errors per item, the rest goes on."""
        bad = BadItem(line=17, offset=2, problem="it has no CODE", subject="Lampa")
        nameless = BadItem(line=18, offset=2, problem="it has no CODE")
        plan = self.plan(bad, LAMP, nameless)
        assert [change.subject for change in plan.changes] == ["L-1"]
        assert reasons(plan) == {
            "Lampa": "line 17 (Lampa): it has no CODE",
            "line 18": "line 18: it has no CODE",
        }

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            (
                {"ean": "8590000001037"},
                "not ready: ean: the last digit of 8590000001037 does not fit the others",
            ),
            ({"ean": None, "name": ""}, "not ready: ean: the variant has none"),
            ({"images": ()}, "not ready: picture: the product has no picture"),
        ],
    )
    def test_what_is_not_ready_costs_no_request(self, changes, reason):
        sandbox = Sandbox.demo()
        (skip,) = self.plan(evolve(LAMP, **changes), sandbox=sandbox).skips
        assert skip.reason.startswith(reason)
        assert not any(each.api == "kaufland" for each in sandbox.log)

    def test_two_variants_with_one_ean(self):
        plan = self.plan(LAMP, evolve(LAMP, code="L-2"))
        assert [change.subject for change in plan.changes] == ["L-1"]
        assert reasons(plan) == {"L-2": "its EAN 8590000001036 is the one of L-1, too"}

    def test_one_variant_several_times(self):
        plan = self.plan(LAMP, evolve(LAMP, name="Jiná"))
        assert [change.attributes["title"] for change in plan.changes] == [("Stolní lampa, bílá",)]
        assert reasons(plan) == {"L-1": "it comes several times: the first one counts"}

    def test_an_ean_that_moves_to_another_variant(self):
        bridge = Sandbox.demo().bridge(chosen())
        bridge.apply(bridge.products.plan([LAMP]))
        (change,) = bridge.products.plan([evolve(LAMP, code="L-2", name="Druhá lampa")]).changes
        assert change.reason == "it changed since it was sent for L-1"

    def test_two_storefronts_with_one_language(self):
        settings = chosen("de")
        settings = evolve(
            settings, storefronts={**settings.storefronts, **chosen("at", locale="de-DE").storefronts}
        )
        plan = self.plan(LAMP, settings=settings)
        assert [change.storefront for change in plan.changes] == ["de"]
        assert reasons(plan) == {"1 product": "the same data are for de"}

    def test_each_storefront_has_its_language(self):
        plan = self.plan(LAMP, evolve(LAMP, code="L-2", ean="8590000001043", language="cs"), settings=both())
        assert [(change.subject, change.locale) for change in plan.changes] == [
            ("L-1", "cs-CZ"),
            ("L-1", "de-DE"),
            ("L-2", "cs-CZ"),
        ]
        assert reasons(plan) == {
            "1 product": "its texts are in cs, the storefront's product data are in de-DE"
        }
        assert {change.locale for change in self.plan(LAMP, settings=both(), language="DE").changes} == {
            "de-DE"
        }
        assert {change.locale for change in self.plan(LAMP, settings=both(), storefronts=["de"]).changes} == {
            "de-DE"
        }

    def test_the_catalogue_is_in_the_shops_language(self):
        plan = Sandbox.demo().bridge(both()).products.plan()
        assert {change.storefront for change in plan.changes} == {"cz"}
        assert reasons(plan) == {
            "8 products": "its texts are in cs, the storefront's product data are in de-DE"
        }

    def test_a_limit_is_a_limit_and_the_rest_follows(self):
        items = [
            evolve(LAMP, code=f"L-{n}", ean=f"{859000000000 + n}{-check(859000000000 + n) % 10}")
            for n in range(7)
        ]
        bridge = Sandbox.demo().bridge(chosen(limit=3))
        found = []
        for _ in range(3):
            plan = bridge.products.plan(items)
            found.append([change.subject for change in plan.changes])
            assert bridge.apply(plan).good
        assert found == [["L-0", "L-1", "L-2"], ["L-3", "L-4", "L-5"], ["L-6"]]
        plan = Sandbox.demo().bridge(chosen(limit=3)).products.plan(items)
        assert reasons(plan) == {
            "4 products or more": "the limit of 3 is reached: run again once they are sent"
        }

    def test_a_limit_keeps_the_walk_over_the_catalogue_from_moving_on(self, monkeypatch):
        monkeypatch.setattr("kaufland_shoptet.flows.assortment._CHUNK", 2)
        bridge = Sandbox.demo().bridge(chosen(limit=3))
        seen = 0
        while plan := bridge.products.plan():
            assert len(plan.changes) <= 3
            seen += len(plan.changes)
            bridge.apply(plan)
        assert seen == 8

    def test_reading_stops_at_the_limit(self):
        taken = []

        def endless():
            while True:
                taken.append(len(taken))
                number = 859000000000 + len(taken)
                yield evolve(LAMP, code=f"L-{len(taken)}", ean=f"{number}{-check(number) % 10}")

        plan = Sandbox.demo().bridge(chosen(limit=5)).products.plan(endless())
        assert len(plan.changes) == 5
        assert len(taken) == 100

    def test_texts_with_scripts_and_prices_of_zero(self):
        """Hostile: HTML with scripts, prices of zero."""
        nasty = evolve(
            LAMP,
            description_html="<p>x</p><script>steal()</script><img src=x onerror=y>",
            price=Decimal(0),
            stock=Decimal(-5),
        )
        (change,) = self.plan(nasty).changes
        assert change.attributes["description"] == ("<p>x</p>",)
        assert change.notes == ("what could do harm was taken out of the description",)

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(
            st.builds(
                CatalogItem,
                code=st.sampled_from(["A", "B", "C"]),
                ean=st.sampled_from([None, "8590000001036", "8590000001043", "1"]),
                name=st.sampled_from(["", "lampa", "<b>"]),
                description_html=st.sampled_from(["", "x", "<script>y</script>"]),
                images=st.sampled_from([(), ("https://x.example/1.jpg",), ("x",)]),
                brand=st.sampled_from([None, "Alva", "?"]),
                variant=st.sampled_from([(), (("Barva", "bílá"),)]),
                visibility=st.sampled_from(["visible", "hidden"]),
            ),
            max_size=6,
        )
    )
    def test_whatever_is_planned_is_taken_and_then_nothing_is_left(self, items):
        """Law 5, for arbitrary catalogues."""
        sandbox = Sandbox.demo()
        bridge = sandbox.bridge(chosen(required=["title", "description", "category"]))
        plan = bridge.products.plan(items)
        assert bridge.apply(plan).good
        assert len(sandbox.kaufland.sheets) == len(plan.changes)
        assert not bridge.products.plan(items)


def refused(*_, **__):
    raise invalid(Flaw("attributes.title", "is not allowed"))


def check(number):
    odd, even = (sum(map(int, str(number)[start::2])) for start in (0, 1))
    return odd + 3 * even


class TestFeeds:
    def test_a_page_instead_of_a_feed_is_an_error(self):
        feed = read_feed(io.BytesIO(b"<!DOCTYPE html><html>404</html>"))
        with pytest.raises(FeedError, match="HTML page"):
            Sandbox.demo().bridge(chosen()).products.plan(feed)

    def test_a_feed_that_breaks_off_is_read_as_far_as_it_goes(self):
        text = (
            f"<SHOP><SHOPITEM><CODE>L-1</CODE><NAME>Lampa</NAME><EAN>{LAMP.ean}</EAN><DESCRIPTION>x</DESCRIPTION>"
            "<IMAGES><IMAGE>https://x.example/1.jpg</IMAGE></IMAGES><MANUFACTURER>Alva</MANUFACTURER></SHOPITEM>"
            "<SHOPITEM><CODE>L"
        )
        plan = (
            Sandbox.demo()
            .bridge(chosen(fixed={"colour": ("bílá",)}))
            .products.plan(read_feed(io.BytesIO(text.encode())))
        )
        assert [change.subject for change in plan.changes] == ["L-1"]
        assert reasons(plan)["the feed"].startswith(
            "it could be read in part only: the feed, line 1, after 1 items"
        )

    def test_a_feed_that_is_not_there(self, tmp_path):
        bridge = Sandbox.demo().bridge(evolve(chosen(feed="no.xml"), folder=tmp_path))
        with pytest.raises(SettingsError, match=r"storefront\.cz\.products\.feed: .*no\.xml cannot be read"):
            bridge.products.plan()

    def test_storefronts_with_different_sources(self, tmp_path):
        text = f"<SHOP><SHOPITEM><CODE>L-1</CODE><NAME>Lampe</NAME><EAN>{LAMP.ean}</EAN></SHOPITEM></SHOP>"
        (tmp_path / "de.xml").write_text(text)
        settings = chosen("de", feed="de.xml", required=["title"])
        settings = evolve(
            settings, storefronts={**settings.storefronts, **chosen().storefronts}, folder=tmp_path
        )
        plan = Sandbox.demo().bridge(settings).products.plan()
        assert [change.subject for change in plan.changes if change.storefront == "de"] == ["L-1"]
        assert len([change for change in plan.changes if change.storefront == "cz"]) == 8


class TestCategories:
    def plan(self, item=LAMP, sandbox=None, **rules):
        sandbox = sandbox or Sandbox.demo()
        return sandbox, sandbox.bridge(chosen(**rules)).products.plan([item])

    def test_the_table_goes_before_the_guess(self):
        sandbox, plan = self.plan(categories={"Světla": 20101})
        assert plan.changes[0].attributes["category"] == ("Kettles",)
        assert not any(each.path == "/categories/decide" for each in sandbox.log)

    def test_a_category_that_does_not_exist(self):
        _, plan = self.plan(categories={"Světla": 99})
        assert reasons(plan)["L-1"].startswith("not ready: category: Kaufland's is not known")
        assert reasons(plan)["L-1"].endswith("Kaufland has no category 99")

    def test_no_guess_is_wanted(self):
        sandbox, plan = self.plan(decide=False)
        assert reasons(plan)["L-1"].startswith("not ready: category")
        assert not any(each.api == "kaufland" for each in sandbox.log)

    def test_no_guess_is_made(self):
        _, plan = self.plan(evolve(LAMP, name="Předmět", description_html="neznámý"))
        assert reasons(plan)["L-1"].startswith("not ready: category")

    def test_what_the_category_requires_is_asked_for(self):
        """Part 5: required attributes are checked."""
        _, plan = self.plan(parameters={})
        assert reasons(plan)["L-1"].startswith("not ready: colour: Colour: Table lamps requires it")

    def test_a_category_is_read_once(self):
        sandbox = Sandbox.demo()
        items = [LAMP, evolve(LAMP, code="L-2", ean="8590000001043")]
        sandbox.bridge(chosen()).products.plan(items)
        assert sum(each.path == "/categories/20401" for each in sandbox.log) == 1

    @pytest.mark.parametrize("path", ["/categories/decide", "/categories/20401"])
    def test_what_kaufland_does_not_answer_is_asked_by_the_next_run(self, path):
        sandbox = Sandbox.demo()
        sandbox.faults.add(Fault(kind="500", api="kaufland", path=path, times=20))
        _, plan = self.plan(sandbox=sandbox)
        (skip,) = plan.skips
        assert (skip.subject, skip.again) == ("L-1", True)

    @pytest.mark.parametrize(
        ("item", "prices", "hint"),
        [
            ({"price": Decimal("12.50"), "currency": "CZK"}, {}, 1250),
            ({"price": Decimal("12.50"), "currency": "EUR"}, {}, 1),
            ({"price": Decimal("12.50"), "currency": "EUR"}, {"coefficient": Decimal(25)}, 31250),
            ({"price": Decimal("12.50"), "currency": None}, {}, 1),
            ({"price": Decimal(0), "currency": "CZK"}, {}, 1),
            ({"price": None}, {}, 1),
        ],
    )
    def test_the_price_is_a_hint_in_the_storefronts_currency(self, item, prices, hint, monkeypatch):
        asked = []
        sandbox = Sandbox.demo()
        real = sandbox.handle
        monkeypatch.setattr(sandbox, "handle", lambda call: (asked.append(call), real(call))[1])
        settings = chosen()
        front = evolve(settings.storefronts["cz"], prices=PriceSettings(**prices))
        sandbox.bridge(evolve(settings, storefronts={"cz": front})).products.plan([evolve(LAMP, **item)])
        (query,) = [call.json() for call in asked if call.path.endswith("/decide")]
        assert query == {
            "item": {"title": "Stolní lampa, bílá", "description": "Svítí", "manufacturer": "Alva"},
            "price": hint,
        }

    def test_only_what_has_a_price_in_the_chosen_list(self):
        """Part 5: selection by price list."""
        sandbox = Sandbox.demo()
        other = evolve(LAMP, code="L-2", ean="8590000009995")
        unpriced = evolve(LAMP, code="L-3", ean="8590000001043")
        sandbox.shoptet.prices[2] = {
            "L-1": Price(price=Decimal(10)),
            "L-3": Price(price=None),
        }
        bridge = sandbox.bridge(chosen(pricelist=2))
        plan = bridge.products.plan([LAMP, other, unpriced])
        assert {change.subject for change in plan.changes} == {"L-1"}
        assert reasons(plan) == {"2 products": "it has no price in price list 2"}
        missing = sandbox.bridge(chosen(pricelist=9))
        with pytest.raises(SettingsError, match=r"cz\.products\.pricelist: the shop has no price list 9.*1 "):
            missing.products.plan([LAMP])

    def test_a_product_that_comes_into_the_price_list_is_looked_at(self):
        sandbox = Sandbox.demo()
        sandbox.shoptet.prices[2] = {}
        bridge = sandbox.bridge(chosen(pricelist=2))
        assert bridge.apply(bridge.products.plan()).good
        sandbox.clock.advance(86_400)
        sandbox.shoptet.prices[2]["SHP-0042"] = Price(price=Decimal(10))
        assert [change.subject for change in bridge.products.plan().changes] == ["SHP-0042"]

    def test_products_that_kaufland_has_a_page_of(self):
        sandbox = Sandbox.demo()
        new = evolve(LAMP, code="L-2", ean="8590000009995")
        shell = evolve(LAMP, code="L-3", ean="8590000001043")
        sandbox.kaufland.products[shell.ean]["is_valid"] = False
        plan = sandbox.bridge(chosen(existing="skip")).products.plan([LAMP, new, shell])
        assert {change.subject for change in plan.changes} == {"L-2", "L-3"}
        assert reasons(plan) == {"1 product": "Kaufland has a page of them already"}


class TestApply:
    def one(self, **rules):
        sandbox = Sandbox.demo()
        bridge = sandbox.bridge(chosen(**rules))
        return sandbox, bridge, bridge.products.plan([LAMP])

    def test_put_replaces_and_patch_adds(self):
        """Part 5: PUT or PATCH."""
        for method, left in (("put", False), ("patch", True)):
            sandbox, bridge, plan = self.one(method=method)
            sandbox.kaufland.tell(LAMP.ean, "cs-CZ", {"note": ["x"]}, replace=True)
            assert bridge.apply(plan).good
            assert ("note" in sandbox.kaufland.sheets[LAMP.ean, "cs-CZ"].attributes) is left
            assert writes(sandbox) == [f"{method.upper()} /product-data"]

    def test_a_plan_of_another_flow_or_shop_is_refused(self):
        _, bridge, plan = self.one()
        with pytest.raises(PlanError, match="a plan of 'orders' is not for products"):
            bridge.products.apply(evolve(plan, flow="orders"))
        with pytest.raises(PlanError, match="'Another'"):
            bridge.products.apply(evolve(plan, shop="Another"))

    def test_what_was_switched_off_since_is_not_sent(self):
        sandbox, bridge, plan = self.one()
        off = evolve(chosen(), storefronts={"cz": evolve(chosen().storefronts["cz"], sync_products=False)})
        for now in (off, evolve(off, storefronts={})):
            (outcome,) = sandbox.bridge(now, bridge.ledger).products.apply(plan).outcomes
            assert (outcome.result, outcome.detail) == ("changed", "sync_products is off by now")
        assert writes(sandbox) == []

    def test_an_older_plan_does_not_overwrite_newer_data(self):
        sandbox, bridge, old = self.one()
        sandbox.clock.advance(60)
        bridge.apply(bridge.products.plan([evolve(LAMP, name="Nová lampa")]))
        (outcome,) = bridge.apply(old).outcomes
        assert outcome.result == "changed"
        assert "plan again" in outcome.detail
        assert sandbox.kaufland.sheets[LAMP.ean, "cs-CZ"].attributes["title"] == ["Nová lampa, bílá"]

    def test_what_kaufland_refuses_is_told_and_not_sent_again_until_it_changes(self, monkeypatch):
        sandbox, bridge, plan = self.one()
        monkeypatch.setattr(sandbox.kaufland, "tell", refused)
        (outcome,) = bridge.apply(plan).outcomes
        assert outcome.result == "refused"
        again = bridge.products.plan([LAMP])
        assert not again
        assert reasons(again)["L-1"].startswith("Kaufland refused exactly this before: 400")
        monkeypatch.undo()
        (change,) = bridge.products.plan([evolve(LAMP, name="Lampa")]).changes
        assert change.reason == "it changed since it was refused"
        insisting = bridge.products.plan([LAMP], again=True)
        assert insisting.changes[0].reason == "asked for again"
        assert bridge.apply(insisting).good

    def test_what_was_sent_can_be_sent_again_if_asked_for(self):
        sandbox, bridge, plan = self.one()
        bridge.apply(plan)
        sandbox.clock.advance(60)
        insisting = bridge.products.plan([LAMP], again=True)
        assert [each.result for each in bridge.apply(insisting).outcomes] == ["done"]
        assert [each.result for each in bridge.apply(insisting).outcomes] == ["already"]
        assert writes(sandbox) == ["PUT /product-data"] * 2

    @pytest.mark.parametrize("kind", ["timeout", "timeout_after", "reset", "500", "503", "429"])
    def test_a_request_that_is_repeated_does_no_harm(self, kind):
        sandbox, bridge, plan = self.one()
        sandbox.faults.add(Fault(kind=kind, api="kaufland", method="PUT", path="/product-data"))
        assert [each.result for each in bridge.apply(plan).outcomes] == ["done"]
        assert bridge.ledger.action("product", f"{LAMP.ean} cs-CZ").state == "done"

    def test_what_nobody_answers_is_made_up_for_by_the_next_run(self):
        sandbox, bridge, plan = self.one()
        sandbox.faults.add(
            Fault(kind="timeout", api="kaufland", method="PUT", path="/product-data", times=50)
        )
        (outcome,) = bridge.apply(plan).outcomes
        assert outcome.result == "failed"
        assert bridge.ledger.action("product", f"{LAMP.ean} cs-CZ").state == "intended"
        sandbox.faults.clear()
        (change,) = bridge.products.plan([LAMP]).changes
        assert change.reason == "an earlier attempt did not end"
        assert bridge.apply(bridge.products.plan([LAMP])).good

    @pytest.mark.parametrize("step", range(1, 7))
    def test_dying_at_any_step_loses_and_repeats_nothing(self, step, tmp_path):
        sandbox = Sandbox.demo()

        class Killed(BaseException):
            pass

        ledger = SqliteLedger(tmp_path / "l.sqlite", "Demo shop")
        plan = sandbox.bridge(chosen(), ledger).products.plan([LAMP])
        count = 0
        real_handle = sandbox.handle

        def dying(action):
            def call(*args):
                nonlocal count
                count += 1
                if count == step:
                    raise Killed
                return action(*args)

            return call

        class Dying:
            def __getattr__(self, name):
                return dying(getattr(ledger, name))

        sandbox.handle = dying(real_handle)
        with contextlib.suppress(Killed):
            sandbox.bridge(chosen(), Dying()).apply(plan)
        sandbox.handle = real_handle
        bridge = sandbox.bridge(chosen(), ledger)
        assert bridge.apply(plan).good
        assert not bridge.products.plan([LAMP])
        assert sandbox.kaufland.sheets[LAMP.ean, "cs-CZ"].attributes["title"] == ["Stolní lampa, bílá"]


class TestStatus:
    def test_from_pending_to_ready(self):
        """Part 5: the status after."""
        sandbox = Sandbox.demo()
        new = evolve(LAMP, ean="8590000009995")
        bridge = sandbox.bridge(chosen())
        bridge.apply(bridge.products.plan([new]))
        (state,) = bridge.products.status().states
        assert (state.ready, state.progress, state.good) == (False, "PENDING", True)
        sandbox.clock.advance(timedelta(minutes=90))
        assert bridge.products.status([new.ean]).states[0].progress == "IN_PROGRESS"
        sandbox.clock.advance(timedelta(hours=1))
        states = bridge.products.status()
        assert states.good
        assert states.states[0].ready
        assert sandbox.kaufland.products[new.ean]["title"] == "Stolní lampa, bílá"
        assert str(states).splitlines()[0] == "Product data: 1 of 1 ready"
        assert "<table>" in states._repr_html_()
        assert json.loads(states.to_json())[0]["progress"] == "SUCCESS"
        assert bridge.products.status(["1"]).states == ()

    def test_what_fails_says_why(self):
        sandbox = Sandbox.demo()
        new = evolve(LAMP, ean="8590000009995", description_html="", name="Lampa lampa")
        bridge = sandbox.bridge(chosen(required=["title"], decide=False))
        bridge.apply(bridge.products.plan([new]))
        sandbox.kaufland.sheets[new.ean, "cs-CZ"].attributes["picture"] = ["nowhere"]
        sandbox.clock.advance(timedelta(hours=3))
        (state,) = bridge.products.status().states
        assert state.problems[:2] == ("NOT_ENOUGH_TEXT", "PROCESSING_FAILED")
        assert state.problems[2].startswith("picture DECLINED")
        assert not state.good

    def test_complaints_are_told_in_kauflands_words(self):
        sandbox = Sandbox.demo()
        new = evolve(LAMP, ean="8590000009995")
        bridge = sandbox.bridge(chosen())
        bridge.apply(bridge.products.plan([new]))
        sandbox.clock.advance(timedelta(hours=3))
        sandbox.kaufland.products[new.ean]["is_valid"] = False
        sheet = sandbox.kaufland.sheets[new.ean, "cs-CZ"]
        sheet.result |= {
            "product_ready": False,
            "update_status": "FAIL",
            "update_fail_reason": "NOT_ENOUGH_DATA",
            "product_not_ready_reason": "MISSING_ATTRIBUTES",
            "missing_attributes": ["size"],
            "min_one_missing_attributes": ["a", "b"],
            "attribute_values": [
                {"attribute": "picture", "original_value": "x", "state": "DECLINED", "message": "too small"},
                {"attribute": "title", "original_value": "x", "state": "MODIFIED", "message": "shorter"},
            ],
        }
        states = bridge.products.status()
        (state,) = states.states
        assert state.problems == (
            "NOT_ENOUGH_DATA",
            "MISSING_ATTRIBUTES",
            "size is missing",
            "one of a, b is missing",
            "picture DECLINED: too small",
        )
        assert not states.good
        assert states.title == "Product data: 0 of 1 ready, 1 with problems"
        assert str(states).splitlines()[2].split()[0] == "bad"

    def test_what_kaufland_does_not_know_or_tell(self):
        sandbox = Sandbox.demo()
        bridge = sandbox.bridge(chosen())
        bridge.apply(bridge.products.plan([LAMP, evolve(LAMP, code="L-2", ean="8590000001043")]))
        del sandbox.kaufland.sheets[LAMP.ean, "cs-CZ"]
        sandbox.faults.add(
            Fault(kind="500", api="kaufland", path="/product-data/status/8590000001043", times=20)
        )
        one, other = bridge.products.status().states
        assert (one.ready, one.problems) == (None, ("Kaufland has no data for it",))
        assert other.ready is None
        assert "500" in other.problems[0]

    def test_only_what_was_sent_for_the_storefronts(self, monkeypatch):
        sandbox = Sandbox.demo()
        bridge = sandbox.bridge(both())
        bridge.apply(bridge.products.plan([LAMP]))
        assert [state.locale for state in bridge.products.status().states] == ["cs-CZ", "de-DE"]
        assert [state.locale for state in bridge.products.status(storefronts=["de"]).states] == ["de-DE"]
        monkeypatch.setattr(sandbox.kaufland, "tell", refused)
        bridge.apply(
            bridge.products.plan([evolve(LAMP, code="L-2", ean="8590000001043")], storefronts=["cz"])
        )
        assert len(bridge.products.status().states) == 2


class TestFile:
    URL = "https://files.example/products.csv"

    def published(self, sandbox, items=(LAMP,), **rules):
        bridge = sandbox.bridge(chosen(**rules))
        plan = bridge.products.plan(items)
        file = io.BytesIO()
        write_csv(plan.changes, file)
        sandbox.kaufland.web[self.URL] = file.getvalue()
        return bridge, plan

    def test_a_file_does_what_requests_do(self):
        sandbox = Sandbox.demo()
        bridge, plan = self.published(sandbox)
        (outcome,) = bridge.products.apply_file(plan, self.URL).outcomes
        assert (outcome.result, outcome.detail) == ("done", "file 123, without its safety contact")
        sandbox.clock.advance(timedelta(minutes=6))
        told = sandbox.kaufland.sheets[LAMP.ean, "cs-CZ"].attributes
        assert told == {name: list(values) for name, values in plan.changes[0].attributes.items()}
        assert not bridge.products.plan([LAMP])
        assert bridge.products.status().states[0].progress == "PENDING"

    def test_giving_it_twice_is_giving_it_once(self):
        sandbox = Sandbox.demo()
        bridge, plan = self.published(sandbox, contacts={}, contact=None, required=["title"])
        bridge.products.apply_file(plan, self.URL)
        assert [each.result for each in bridge.products.apply_file(plan, self.URL).outcomes] == ["already"]
        assert len(sandbox.kaufland.data_files) == 1

    def test_nothing_to_give(self):
        sandbox = Sandbox.demo()
        bridge, plan = self.published(sandbox, ())
        assert bridge.products.apply_file(plan, self.URL).outcomes == ()
        assert sandbox.kaufland.data_files == []

    def test_thirty_files_a_day(self):
        """Part 5: Kaufland's CSV with its limit of 30 a day."""
        sandbox = Sandbox.demo()
        bridge, plan = self.published(sandbox)
        for number in range(DAILY):
            sandbox.clock.advance(60)
            assert bridge.products.apply_file(plan, f"{self.URL}?{number}").good
        assert len(sandbox.kaufland.data_files) == DAILY == FILES_A_DAY
        with pytest.raises(PlanError, match=r"30 files were given.* from 2026-09-02 08:01 UTC on"):
            bridge.products.apply_file(plan, self.URL)
        assert len(sandbox.kaufland.data_files) == DAILY
        sandbox.clock.advance(timedelta(hours=23, minutes=31))
        assert bridge.products.apply_file(plan, self.URL).good

    def test_a_busy_kaufland_does_not_count(self):
        sandbox = Sandbox.demo()
        bridge, plan = self.published(sandbox)
        sandbox.kaufland.busy = True
        for _ in range(DAILY + 1):
            (outcome,) = bridge.products.apply_file(plan, self.URL).outcomes
            assert outcome.result == "failed"
            assert "423" in outcome.detail
        sandbox.kaufland.busy = False
        assert bridge.products.apply_file(plan, self.URL).good

    def test_an_address_that_kaufland_refuses(self):
        sandbox = Sandbox.demo()
        bridge, plan = self.published(sandbox)
        (outcome,) = bridge.products.apply_file(plan, "nowhere").outcomes
        assert outcome.result == "refused"
        assert len(bridge.products.plan([LAMP]).changes) == 1

    def test_a_file_with_something_that_must_not_be_sent_is_not_given(self):
        sandbox = Sandbox.demo()
        bridge, plan = self.published(sandbox)
        sandbox.clock.advance(60)
        bridge.apply(bridge.products.plan([evolve(LAMP, name="Nová lampa")]))
        with pytest.raises(PlanError, match=r"L-1 for cz: other data were sent .*write the file anew"):
            bridge.products.apply_file(plan, self.URL)

    @pytest.mark.parametrize(("kind", "result"), [("timeout_after", "recovered"), ("500_after", "recovered")])
    def test_a_file_that_arrived_without_an_answer_is_found(self, kind, result):
        sandbox = Sandbox.demo()
        bridge, plan = self.published(sandbox)
        bridge.products.apply_file(plan, f"{self.URL}?old")
        real = sandbox.handle

        def handle(call):
            try:
                return real(call)
            finally:  # another tool gives a file at the same time
                if call.method == "POST":
                    row = sandbox.kaufland.data_files[-1]
                    other = {
                        "id_import_file": row["id_import_file"] + 1,
                        "uri": "https://other.example/x.csv",
                    }
                    sandbox.kaufland.data_files.append(row | other)

        sandbox.handle = handle
        sandbox.faults.add(Fault(kind=kind, api="kaufland", method="POST", path="/product-data/import-files"))
        (outcome,) = bridge.products.apply_file(plan, self.URL).outcomes
        assert outcome.result == result
        assert outcome.detail.startswith("file 124")
        assert len(sandbox.kaufland.data_files) == 3

    @pytest.mark.parametrize("arrived", [True, False])
    def test_an_unknown_outcome_is_resolved_by_the_next_run(self, arrived):
        sandbox = Sandbox.demo()
        bridge, plan = self.published(sandbox)
        path = "/product-data/import-files"
        kind = "timeout_after" if arrived else "timeout"
        sandbox.faults.add(Fault(kind=kind, api="kaufland", method="POST", path=path))
        sandbox.faults.add(Fault(kind="500", api="kaufland", method="GET", path=path, times=50, nth=2))
        with pytest.raises((ApiError, OutcomeUnknown)):
            bridge.products.apply_file(plan, self.URL)
        sandbox.faults.clear()
        (outcome,) = bridge.products.apply_file(plan, self.URL).outcomes
        assert outcome.result == ("recovered" if arrived else "done")
        assert len(sandbox.kaufland.data_files) == 1

    def test_a_file_that_did_not_arrive_is_left_to_the_next_run(self):
        sandbox = Sandbox.demo()
        bridge, plan = self.published(sandbox)
        bridge.products.apply_file(plan, f"{self.URL}?old")
        sandbox.faults.add(
            Fault(kind="timeout", api="kaufland", method="POST", path="/product-data/import-files")
        )
        with pytest.raises(OutcomeUnknown):
            bridge.products.apply_file(plan, self.URL)
        assert len(sandbox.kaufland.data_files) == 1
        assert bridge.products.apply_file(plan, self.URL).good


def test_without_the_package_that_cleans_nothing_is_planned(monkeypatch):
    def none(name, *_):
        raise ImportError(name)

    products._sanitizer.cache_clear()
    monkeypatch.setattr(products, "import_module", none)
    sandbox = Sandbox.demo()
    with pytest.raises(SettingsError, match=r"kaufland-shoptet\[products\]"):
        sandbox.bridge(chosen()).products.plan()
    assert sandbox.log == []
