from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet.errors import MappingError, SettingsError
from kaufland_shoptet.mapping.shipping import MethodRules, PickupPoint, check, choose, pickup_point

HOME = "1b02cb8e-d7b5-11e0-9a5c-feab5ed617ed"
AUSTRIA = "3f8c2b1e-0d41-11ec-a8b5-0cc47a6b4bcc"
PACKETA = "1e3f3f32-3f3f-6766-3f3f-3f3f3f3f3f3f"  # neither version nor variant of a UUID
RULES = MethodRules(default=HOME, by_country={"AT": AUSTRIA}, by_pickup={"Packeta": PACKETA})


class TestChoose:
    @pytest.mark.parametrize(
        ("country", "provider", "expected"),
        [
            ("CZ", None, HOME),
            (None, None, HOME),
            ("AT", None, AUSTRIA),
            ("at", None, AUSTRIA),
            ("AT", "Packeta", PACKETA),
            ("CZ", " PACKETA ", PACKETA),
            ("AT", "DHL", AUSTRIA),
            ("", "", HOME),
        ],
    )
    def test_pickup_beats_country_beats_default(self, country, provider, expected):
        assert choose(RULES, country=country, pickup_provider=provider) == expected

    @given(st.none() | st.text(), st.none() | st.text())
    def test_there_is_always_a_method(self, country, provider):
        assert choose(RULES, country=country, pickup_provider=provider) in {HOME, AUSTRIA, PACKETA}


class TestMethodRules:
    def test_values_are_put_in_order(self):
        rules = MethodRules(default=f" {HOME.upper()} ", by_country={"at": AUSTRIA.upper()})
        assert (rules.default, rules.by_country) == (HOME, {"AT": AUSTRIA})

    @pytest.mark.parametrize("guid", ["", HOME[:-1], HOME.replace("-", ""), HOME.replace("1", "g"), "PPL"])
    def test_only_guids(self, guid):
        with pytest.raises(SettingsError, match="is not a GUID") as caught:
            MethodRules(default=guid)
        assert caught.value.key == "default"

    def test_placeholders_are_recognised(self):
        with pytest.raises(SettingsError, match="placeholder"):
            MethodRules(default="<GUID of the shipping method>")

    def test_every_wrong_guid_is_named(self):
        with pytest.raises(SettingsError) as caught:
            MethodRules(default=HOME, by_country={"AT": "x", "DE": HOME, "PL": "y"})
        keys = [caught.value.key, *(other.key for other in caught.value.others)]
        assert keys == ["by_country.AT", "by_country.PL"]

    def test_country_codes_have_two_letters(self):
        with pytest.raises(SettingsError, match=r"by_country\.AUT: is not a country code"):
            MethodRules(default=HOME, by_country={"aut": HOME})

    def test_case_does_not_make_another_provider(self):
        with pytest.raises(SettingsError, match="same provider as Packeta"):
            MethodRules(default=HOME, by_pickup={"Packeta": HOME, "PACKETA": PACKETA})


class TestCheck:
    def test_all_there(self):
        live = {HOME: "Home", AUSTRIA.upper(): "Austria", PACKETA: "Packeta"}
        assert check(RULES, live, key="shipping") == ()

    def test_missing_methods_are_named_with_those_there_are(self):
        (first, second) = check(RULES, {HOME: "Home"}, key="storefront.cz.shipping")
        assert first.key == "storefront.cz.shipping.by_country.AT"
        assert second.key == "storefront.cz.shipping.by_pickup.Packeta"
        assert f"no method {AUSTRIA}" in first.problem
        assert first.remedy == f"Choose one of: {HOME} Home."

    def test_a_slip_of_the_pen(self):
        (found,) = check(MethodRules(default=HOME[:-1] + "0"), {HOME: "Home"}, key="payment")
        assert str(found).endswith(f"Is {HOME} Home meant?")

    def test_a_shop_without_methods(self):
        assert check(MethodRules(default=HOME), {}, key="payment")[0].remedy == "Choose one of: none."


def location(**changes):
    told = {
        "pickup_location_id": "12345",
        "provider": "Packeta",
        "carrier": "Packeta",
        "services": "",
        "dhl_post_number": None,
    }
    return SimpleNamespace(**(told | changes))


class TestPickupPoint:
    def test_packeta(self):
        assert pickup_point(location()) == PickupPoint(
            provider="Packeta",
            branch_id="12345",
            branch_name="Packeta 12345",
            carrier_id=None,
            remark="Pickup point 12345; provider Packeta; carrier Packeta",
        )

    def test_a_numeric_carrier_of_packeta_is_its_id(self):
        assert pickup_point(location(carrier="3060")).carrier_id == 3060
        assert pickup_point(location(provider="PPL", carrier="3060")).carrier_id is None

    def test_the_post_number_of_a_packstation_is_kept_twice(self):
        point = pickup_point(location(provider="DHL", carrier="DHL", dhl_post_number="999999999999"))
        assert "999999999999" in point.branch_name
        assert "999999999999" in point.remark

    def test_services(self):
        assert "services COD, PPCK" in pickup_point(location(services="COD, PPCK")).remark

    def test_a_point_nobody_runs(self):
        point = pickup_point(location(provider=None, carrier=None, services=None))
        assert (point.branch_name, point.provider, point.remark) == (None, "", "Pickup point 12345")

    @pytest.mark.parametrize("number", ["", "  ", None])
    def test_a_point_without_a_number_cannot_be_served(self, number):
        with pytest.raises(MappingError, match=r"pickup_location_id: .* import it by hand"):
            pickup_point(location(pickup_location_id=number))

    @given(st.fixed_dictionaries(dict.fromkeys(vars(location()), st.text(min_size=1).filter(str.strip))))
    def test_nothing_told_is_lost(self, told):
        point = pickup_point(SimpleNamespace(**told))
        assert all(text.strip() in point.remark for text in told.values())
