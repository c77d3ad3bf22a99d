"""Settings of prices, stock and offers: what may stand there, and what is refused with the way out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kaufland_shoptet.errors import SettingsError
from kaufland_shoptet.mapping.prices import PriceGuard, PriceRule
from kaufland_shoptet.settings import (
    OfferSettings,
    PriceSettings,
    Settings,
    StockSettings,
    StorefrontSettings,
)

HEAD = '[shop]\nname = "Shop"\n[ledger]\npath = "x"\n'


def load(text):
    return Settings.loads(HEAD + text)


def refusals(text):
    with pytest.raises(SettingsError) as caught:
        load(text)
    return {each.key: str(each) for each in (caught.value, *caught.value.others)}


def test_r16_synchronisation_is_off_by_default():
    front = StorefrontSettings()
    assert (front.sync_offers, front.sync_prices, front.offers.create) == (False, False, False)
    assert front.offers.orphans == "report"
    assert front.prices.smart_pricing_floor is None


def test_a_section_is_read_whole():
    front = load(
        """
        [storefront.de]
        sync_offers = true
        sync_prices = true
        [storefront.de.prices]
        pricelist = 2
        source_currency = "CZK"
        coefficient = "0.0398"
        surcharge = "1.50"
        endings = [".90", ".49"]
        mode = "up"
        minimum = "2.49"
        maximum = "999"
        max_change = "0.3"
        [storefront.de.stock]
        buffer = 1
        cap = 50
        null_stock = 5
        available = [-1, 7]
        [storefront.de.offers]
        handling_time = 2
        orphans = "pause"
        """
    ).storefront("de")
    assert front.prices.rule("CZK", "EUR") == PriceRule(
        source="CZK",
        target="EUR",
        coefficient=Decimal("0.0398"),
        surcharge=Decimal("1.50"),
        endings=(".90", ".49"),
        mode="up",
        minimum=Decimal("2.49"),
        maximum=Decimal(999),
    )
    assert front.prices.guard == PriceGuard(max_change=Decimal("0.3"))
    assert front.stock == StockSettings(buffer=1, cap=50, null_stock=5, available=(-1, 7))
    assert front.offers == OfferSettings(handling_time=2, orphans="pause")


def test_one_ending_needs_no_list():
    assert load('[storefront.de.prices]\nendings = ".90"').storefront("de").prices.endings == (".90",)


def test_r20_different_currencies_need_a_coefficient():
    found = refusals(
        """
        [storefront.de]
        sync_prices = true
        [storefront.de.prices]
        source_currency = "CZK"
        [storefront.cz]
        sync_prices = true
        [storefront.cz.prices]
        source_currency = "CZK"
        [storefront.pl]
        sync_prices = true
        [storefront.pl.prices]
        source_currency = "EUR"
        [storefront.sk.prices]
        source_currency = "CZK"
        """
    )
    assert list(found) == ["storefront.de.prices.coefficient", "storefront.pl.prices.coefficient"]
    assert "the prices are in CZK, the storefront's in EUR" in found["storefront.de.prices.coefficient"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[prices]\npricelist = 0", "prices.pricelist"),
        ('[prices]\nsource_currency = "czk"', "prices.source_currency"),
        ("[prices]\ncoefficient = 0.0398", "prices.coefficient"),
        ('[prices]\ncoefficient = "0"', "prices.coefficient"),
        ('[prices]\nendings = ["9."]', "prices.endings"),
        ("[prices]\nendings = [9]", "prices.endings"),
        ('[prices]\nendings = [".90"]\nstep = "0.10"', "prices.endings"),
        ('[prices]\nmode = "nearest"', "prices.mode"),
        ('[prices]\nmax_change = "0"', "prices.max_change"),
        ('[prices]\nsmart_pricing_floor = "1.1"', "prices.smart_pricing_floor"),
        ('[prices]\nsmart_pricing_floor = "0"', "prices.smart_pricing_floor"),
        ("[stock]\nbuffer = -1", "stock.buffer"),
        ("[stock]\nstock_id = 0", "stock.stock_id"),
        ('[stock]\nshare_to_zero = "2"', "stock.share_to_zero"),
        ('[stock]\navailable = ["-1"]', "stock.available"),
        ("[offers]\nhandling_time = 101", "offers.handling_time"),
        ('[offers]\ncondition = "OLD"', "offers.condition"),
        ("[offers]\ncreate_limit = 0", "offers.create_limit"),
        ('[offers]\norphans = "delete"', "offers.orphans"),
    ],
)
def test_what_cannot_be_is_named_by_its_key(text, key):
    assert list(refusals(text.replace("[", "[storefront.cz.", 1))) == [f"storefront.cz.{key}"]


def test_new_offers_need_four_things():
    found = refusals("[storefront.cz.offers]\ncreate = true")
    assert list(found) == [
        f"storefront.cz.{key}"
        for key in ("sync_offers", "sync_prices", "offers.shipping_group", "offers.handling_time")
    ]
    offers = OfferSettings(create=True, shipping_group=1, handling_time=0)
    assert StorefrontSettings(sync_offers=True, sync_prices=True, offers=offers).offers.create


def test_values_from_code_are_checked_too():
    with pytest.raises(SettingsError, match="source_currency"):
        PriceSettings(source_currency="Kč")
    with pytest.raises(SettingsError, match="condition"):
        OfferSettings(condition="OLD")
