"""The finished setup as a whole, and what differs between two of them."""

from __future__ import annotations

import json
from decimal import Decimal

from attrs import evolve

from kaufland_shoptet import Settings
from kaufland_shoptet.flows.table import FLOWS
from kaufland_shoptet.sandbox.sdk import demo_settings
from kaufland_shoptet.settings import NotificationSettings, PriceSettings


def setup(*codes, **changes):
    front = demo_settings().storefronts["cz"]
    return evolve(demo_settings(), storefronts={code: evolve(front, **changes) for code in codes})


def rows(text, title):
    """The rows of one table of a description, by their first column."""
    _, found = text.split(title, 1)
    lines = found.split("\n\n")[0].splitlines()[1:]
    return {line.split()[0]: line.split(maxsplit=1)[1:] for line in lines}


def test_what_is_on_is_told_for_each_flow_and_storefront():
    """R21: the finished setup can be looked at as a whole."""
    settings = setup("cz", "sk", pull_statuses=True)
    settings.storefronts["sk"] = evolve(settings.storefronts["sk"], import_orders=False)
    text = str(settings.describe())
    on = rows(text, "Setup of Demo shop\n")
    assert on["orders"][0].startswith("on   off  turn Kaufland's orders")
    assert on["statuses.pull"][0].startswith("on   on ")
    assert on["offers"][0].startswith("off  off")
    assert {each.name for each in FLOWS} <= set(on)


def test_every_setting_is_told_with_its_value_and_whether_it_is_the_default():
    settings = setup("cz", send_emails=True, prices=PriceSettings(coefficient=Decimal("0.0398")))
    text = str(settings.describe())
    cz = rows(text, "Storefront cz: CZK, cs-CZ\n")
    assert cz["send_emails"] == ["on"]
    assert cz["move_stock"][0].split() == ["on", "by", "default"]
    assert cz["statuses.dispatched"] == ["52, -3"]
    assert cz["prices.coefficient"] == ["0.0398"]
    assert cz["external_code_prefix"][0].split() == ['""', "by", "default"]
    shared = rows(text, "All storefronts\n")
    assert shared["kaufland.secret_key_env"] == ["KAUFLAND_SECRET_KEY"], "the name, never the key"


def test_no_setting_is_left_out():
    settings = Settings.loads(setup("cz", "sk").dumps())
    described = settings.describe()
    assert {line.partition(" = ")[0] for line in settings.dumps().splitlines() if " = " in line} <= {
        key.rpartition(".")[2]
        for table in (described.shared, *described.storefronts.values())
        for key in table
    }


def test_a_secret_in_an_address_is_not_shown():
    url = "https://user:password@shop.example/k?token=secret"
    settings = evolve(
        setup("cz"), notifications=NotificationSettings(shoptet_url="https://shop.example/s?token=secret")
    )
    described = settings.describe()
    shown = str(described) + described._repr_html_() + described.to_json()
    assert "secret" not in shown.replace("secret_key_env", "")
    assert "https://shop.example/s?..." in shown
    assert url not in shown
    without = evolve(settings, notifications=NotificationSettings())
    (difference,) = without.diff(settings)
    assert str(difference) == "notifications.shoptet_url: - -> https://shop.example/s?..."


def test_it_can_be_shown_in_a_notebook_and_written():
    hostile = evolve(setup("cz"), shop=evolve(setup("cz").shop, name="<script>"))
    html = hostile.describe()._repr_html_()
    assert "<script>" not in html
    assert html.count("<table>") == 3
    written = json.loads(setup("cz", "de").describe().to_json())
    assert written["flows"]["orders"] == ["cz", "de"]
    assert written["storefronts"]["de"]["import_orders"] == "on"
    assert written["shared"]["shop.name"] == "Demo shop"


def test_a_setup_without_storefronts_says_so():
    assert "no storefront is set up, nothing will be done" in str(setup().describe())


def test_equal_settings_do_not_differ():
    assert setup("cz").diff(setup("cz")) == ()


def test_each_changed_key_is_told_with_both_values():
    """Part 1: diff."""
    old = setup("cz", "sk")
    new = evolve(
        old,
        orders=evolve(old.orders, look_back_days=7),
        storefronts={
            **old.storefronts,
            "sk": evolve(old.storefronts["sk"], prices=PriceSettings(coefficient=Decimal("0.04"))),
        },
    )
    assert [(each.key, each.old, each.new) for each in old.diff(new)] == [
        ("orders.look_back_days", 30, 7),
        ("storefront.sk.prices.coefficient", None, "0.04"),
    ]
    assert [(each.new, each.old) for each in new.diff(old)] == [(30, 7), (None, "0.04")]


def test_a_storefront_that_only_one_has_is_told_by_what_is_not_default():
    keys = [each.key for each in setup("cz").diff(setup("cz", "sk"))]
    assert keys[0] == "storefront.sk"
    assert "storefront.sk.import_orders" in keys
    assert "storefront.sk.move_stock" not in keys
    assert "storefront.sk: set up -> -" in map(str, setup("cz", "sk").diff(setup("cz")))
