"""The playground: orders that a seller makes for himself. On its host alone; their shipping costs nothing.

The document of version 2.44 has no such operation any more. What the page of the playground says is that it
takes a valid offer; the names in the body are our own.
"""

from __future__ import annotations

from ..checks import Flaw, Shape, Text, Whole
from ..params import choice
from ..routes import Asked, Route
from ..wire import Answer, answer
from .market import Market
from .orders import is_playground
from .problems import invalid, unknown
from .tables import STOREFRONTS


def order(market: Market, asked: Asked) -> Answer:
    """Order pieces of one of the seller's offers."""
    if not is_playground(asked):
        raise unknown("Resource", "/playground/orders")
    storefront, name = asked.query["storefront"], asked.body["id_offer"]
    made = next((each for each in market.named(name) if each.storefront == storefront), None)
    if made is None:
        raise invalid(Flaw("id_offer", "is not offered in this storefront"))
    placed = market.buy(made, asked.body.get("amount", 1))
    return answer(201, {"data": {"id_order": placed.id}})


ROUTES: tuple[Route[Market], ...] = (
    Route(
        "POST",
        "/playground/orders",
        order,
        query={"storefront": choice(*STOREFRONTS)},
        needs=("storefront",),
        body=Shape(
            keys={"id_offer": Text(minimum=1), "amount": Whole(minimum=1, maximum=100)},
            required=("id_offer",),
        ),
    ),
)
