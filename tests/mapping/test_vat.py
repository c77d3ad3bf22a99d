from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet.errors import SettingsError
from kaufland_shoptet.mapping.vat import VatDecision, VatRules, decide

RATES = {"cz": Decimal(21), "at": Decimal(20), "de": Decimal(19), "fr": Decimal("5.5")}


def ask(vat, **changes):
    given = {
        "storefront": "cz",
        "country": "CZ",
        "deemed_supplier": False,
        "rules": VatRules(),
        "rates": RATES,
    }
    return decide(vat if vat is None else Decimal(vat), **(given | changes))


class TestTheUnitsRate:
    @pytest.mark.parametrize(
        ("vat", "rate"), [("21", "21.00"), ("19.0", "19.00"), ("5.5", "5.50"), ("5.123", "5.123")]
    )
    def test_is_taken_as_it_is(self, vat, rate):
        decision = ask(vat)
        assert str(decision.rate) == rate
        assert decision == VatDecision(rate=Decimal(rate), source="unit")

    def test_even_if_it_is_not_the_rate_of_the_country(self):
        assert ask("19", storefront="de", country="AT").rate == 19


class TestAWrongZero:
    @pytest.mark.parametrize("vat", [None, "0", "0.0", "-1", "100", "NaN", "Infinity"])
    def test_falls_back_and_says_so(self, vat):
        decision = ask(vat)
        assert (decision.rate, decision.source) == (21, "fallback")
        assert "21.00 % taken" in decision.note

    def test_takes_the_settings_first(self):
        rules = VatRules(fallback={"cz": Decimal(12)})
        decision = ask(None, rules=rules)
        assert decision.rate == 12
        assert "the settings' rate for CZ" in decision.note

    def test_takes_the_rate_of_the_destination_before_that_of_the_storefront(self):
        assert ask("0", storefront="de", country="at").rate == 20
        assert ask("0", storefront="de", country="AT", rules=VatRules(fallback={"DE": Decimal(7)})).rate == 7
        assert ask("0", storefront="de", country="GB").rate == 19
        assert ask("0", storefront="de", country=None).rate == 19

    def test_a_broken_live_rate_is_passed_over(self):
        assert ask("0", country="AT", rates={**RATES, "at": Decimal(0)}).rate == 21

    def test_without_any_rate_it_stays_zero_and_is_flagged(self):
        decision = ask("0", rates={})
        assert (str(decision.rate), decision.source) == ("0.00", "none")
        assert "no rate is known for CZ" in decision.note
        assert "storefront.cz.vat.fallback" in decision.note
        assert "No VAT rate came from Kaufland" in ask(None, rates={}).note


class TestNoTax:
    def test_deemed_supplier_orders_keep_their_zero(self):
        assert ask("0.0", deemed_supplier=True) == VatDecision(rate=Decimal(0), source="unit")
        assert ask(None, deemed_supplier=True) == VatDecision(rate=Decimal(0), source="none")
        assert ask("19", deemed_supplier=True).rate == 19

    @pytest.mark.parametrize("mode", ["Reverse charge", "Outside the EU"])
    def test_zero_is_right_where_no_vat_is_charged(self, mode):
        assert ask("0", rules=VatRules(mode=mode)) == VatDecision(rate=Decimal(0), source="unit")

    def test_non_payers_have_no_rate(self):
        assert str(ask("21", rules=VatRules(payer=False)).rate) == "0.00"


class TestRules:
    def test_modes(self):
        with pytest.raises(SettingsError, match="One Stop Shop"):
            VatRules(mode="OSS")

    def test_all_that_is_wrong_with_the_fallback(self):
        with pytest.raises(SettingsError) as caught:
            VatRules(
                fallback={"CZE": Decimal(21), "CZ": Decimal(0), "DE": Decimal("19.125"), "AT": Decimal(20)}
            )
        keys = [caught.value.key, *(other.key for other in caught.value.others)]
        assert keys == ["fallback.CZE", "fallback.CZ", "fallback.DE"]


@given(
    vat=st.none() | st.decimals(),
    storefront=st.text(),
    country=st.none() | st.text(),
    deemed_supplier=st.booleans(),
    payer=st.booleans(),
    rates=st.dictionaries(st.sampled_from(["cz", "de"]), st.decimals()),
)
def test_there_is_always_a_decision(vat, storefront, country, deemed_supplier, payer, rates):
    decision = decide(
        vat,
        storefront=storefront,
        country=country,
        deemed_supplier=deemed_supplier,
        rules=VatRules(payer=payer),
        rates=rates,
    )
    assert 0 <= decision.rate < 100
    assert payer or decision.rate == 0
    assert (decision.source == "fallback") <= (decision.note is not None)
