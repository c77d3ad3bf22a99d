from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "mapping.catalog",
        "mapping.dispatch",
        "mapping.findings",
        "mapping.invoices",
        "mapping.offers",
        "mapping.prices",
        "mapping.products",
        "mapping.reconcile",
        "mapping.returns",
        "mapping.shipping",
        "mapping.sla",
        "mapping.statuses",
        "mapping.storefronts",
        "mapping.vat",
        "settings",
    ],
)
def test_a_module_shows_what_it_offers(module):
    found = import_module(f"kaufland_shoptet.{module}")
    assert dir(found) == sorted(found.__all__)
    assert all(hasattr(found, name) for name in found.__all__)
