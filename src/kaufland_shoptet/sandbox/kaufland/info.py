"""Status, carriers and what the account can look up about storefronts."""

from __future__ import annotations

from ..params import choice
from ..routes import Asked, Route
from ..wire import Answer, answer
from .market import Market
from .tables import STOREFRONTS


def ping(_: Market, __: Asked) -> Answer:
    """The cheapest check of credentials."""
    return answer(200, {"data": {"message": "Never tell me the odds"}})


def carriers(market: Market, _: Asked) -> Answer:
    """The names that `carrier_code` takes."""
    rows = [{"name": name, "isHauler": hauler} for name, hauler in market.carriers.items()]
    return answer(200, {"data": {"carriers": rows}})


def storefronts(market: Market, _: Asked) -> Answer:
    """The storefronts that the seller has created."""
    return answer(200, {"data": list(market.storefronts)})


def locales(market: Market, _: Asked) -> Answer:
    """The locales of product data."""
    return answer(200, {"data": [STOREFRONTS[name].locale for name in market.storefronts]})


def vat_indicators(_: Market, asked: Asked) -> Answer:
    """VAT rates by indicator, of one storefront or of all."""
    wanted = asked.query.get("storefront")
    rows = [
        {
            "storefront": name,
            "vat_rates": [{"vat_indicator": key, "value": rate} for key, rate in front.vat.items()],
        }
        for name, front in STOREFRONTS.items()
        if wanted in (None, name)
    ]
    return answer(200, {"data": rows})


ROUTES: tuple[Route[Market], ...] = (
    Route("GET", "/status/ping", ping),
    Route("GET", "/carriers", carriers),
    Route("GET", "/info/storefront", storefronts),
    Route("GET", "/info/locale", locales),
    Route("GET", "/info/vat-indicators", vat_indicators, query={"storefront": choice(*STOREFRONTS)}),
)
