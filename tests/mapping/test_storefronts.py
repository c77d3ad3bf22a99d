import pytest

from kaufland_shoptet.errors import MappingError
from kaufland_shoptet.mapping.storefronts import STOREFRONTS, storefront


def test_the_nine_and_their_currencies():
    assert {code: each.currency for code, each in STOREFRONTS.items() if each.currency != "EUR"} == {
        "cz": "CZK",
        "pl": "PLN",
    }
    assert list(STOREFRONTS) == ["de", "cz", "sk", "pl", "at", "fr", "it", "es", "nl"]
    assert {each.code: (each.country, each.locale) for each in STOREFRONTS.values()}["cz"] == ("CZ", "cs-CZ")


def test_case_does_not_count():
    assert storefront("DE") is storefront("de")


def test_an_unknown_one_is_named_beside_those_there_are():
    with pytest.raises(MappingError, match=r"'uk' is not a storefront of Kaufland\. There are de, cz, sk"):
        storefront("uk")
