"""Units (offers), shipping groups and warehouses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from ..checks import Anything, Flaw, Rows, Rule, Shape, Text, Whole
from ..params import Parser, choice, many, text, whole
from ..routes import Asked, Refused, Route
from ..wire import Answer, answer
from .market import Market, Offer, Row
from .orders import DONE
from .paging import page, paged, stamp
from .problems import invalid, problem, unknown
from .tables import BY_KAUFLAND, BY_MERCHANT, CONDITIONS, PRICE_LIMITS, STOREFRONTS

BULK_LIMIT = 150
EMBEDS = ("products", "eco_participation", "battery_participation")
STOREFRONT: Mapping[str, Parser] = {"storefront": choice(*STOREFRONTS)}
INT32 = 2**31 - 1


# -- rules -----------------------------------------------------------------------------------------------


@frozen
class _Either:
    """One rule or another, picked by the JSON type."""

    text: Rule
    other: Rule

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        return (self.text if isinstance(value, str) else self.other).flaws(value, at)


_PATCHED: Mapping[str, Rule] = {
    "amount": Whole(minimum=0, maximum=99_999),
    "handling_time": Whole(minimum=0, maximum=100),
    "listing_price": Whole(minimum=1, maximum=INT32),
    "minimum_price": Whole(minimum=1, maximum=INT32),
    "note": Text(maximum=250),
    "id_shipping_group": Whole(minimum=1),
    "id_warehouse": Whole(minimum=1),
    "vat_indicator": Text(
        among=("standard_rate", "reduced_rate_1", "reduced_rate_2", "super_reduced_rate", "zero_rate")
    ),
    "eco_participation": Whole(minimum=1, maximum=INT32, null=True),
    "battery_participation": Whole(minimum=1, maximum=INT32, null=True),
    "manufacturer_guarantee_years": Whole(minimum=1, maximum=99, null=True),
}
PATCH = Shape(keys={**_PATCHED, "status": Text(among=("AVAILABLE", "ONHOLD"))})
CREATE = Shape(
    keys={
        **_PATCHED,
        "ean": Text(pattern=r"\d{8,14}"),
        "id_product": Whole(minimum=1),
        "id_offer": Text(minimum=1, maximum=50),
        "condition": _Either(Text(among=tuple(CONDITIONS.values())), Whole()),
    },
    required=("id_offer", "listing_price", "handling_time"),
)
BULK = Rows(
    of=Shape(keys={"id_unit": Whole(minimum=1), "unit_data": Anything()}, required=("id_unit", "unit_data"))
)


def ean_is_valid(ean: str) -> bool:
    """Does the last digit fit the others, as GS1 computes it?"""
    digits = [int(digit) for digit in reversed(ean)]
    return sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


# -- rows ------------------------------------------------------------------------------------------------

_FACTS: Row = {
    "note": None,
    "minimum_price": None,
    "id_shipping_group": None,
    "handling_time": 1,
    "vat_indicator": "standard_rate",
    "manufacturer_guarantee_years": None,
}


def offer(market: Market, storefront: str, **values: Any) -> Offer:
    """A new offer, not yet put in: `values` are the keys of a request and what `Offer` itself takes."""
    own = {
        name: values.pop(name)
        for name in ("id", "fulfillment", "status", "created", "visible")
        if name in values
    }
    now = market.clock.now()
    ean, number = _product(market, storefront, values.pop("ean", None), values.pop("id_product", None))
    condition = values.pop("condition", "NEW")
    made = Offer(
        id=own.pop("id", None) or next(market.offer_ids),
        storefront=storefront,
        id_offer=values.pop("id_offer"),
        ean=ean,
        id_product=number,
        condition=CONDITIONS.get(condition, condition),
        amount=values.pop("amount", 1),
        id_warehouse=values.pop("id_warehouse", None),
        facts=_FACTS | values,
        created=now,
        changed=now,
        visible=now,
    )
    return evolve(made, **own)


def _product(market: Market, storefront: str, ean: str | None, number: int | None) -> tuple[str, int]:
    if ean is None:
        for known, row in market.products.items():
            if row["id_product"] == number:
                return known, row["id_product"]
        raise invalid(Flaw("id_product", "does not exist"))
    if ean in market.products:
        return ean, market.products[ean]["id_product"]
    made = 900_000_000 + len(market.products)
    market.products[ean] = {
        "id_product": made,
        "storefront": storefront,
        "title": "",
        "eans": [ean],
        "id_category": 1,
        "main_picture": "",
        "manufacturer": "",
        "url": "",
        "age_rating": 0,
        "is_valid": False,
        "dangerous_goods_li_shipping": None,
        "danger_label_9A": None,
    }
    return ean, made


def _option(market: Market, made: Offer) -> Row:
    option: Row = {"cost_first": 0, "transport_time_min": 1, "transport_time_max": 3}
    for group in market.shipping_groups:
        if group["id_shipping_group"] == made.facts["id_shipping_group"]:
            option = group["regions"][0]["shipping_options"][0]
    return option


def offer_row(market: Market, made: Offer, embedded: tuple[str, ...] = ()) -> Row:
    """A unit as the API gives it. `price` is what is charged now, `listing_price` what the seller set."""
    option = _option(market, made)
    product = market.products[made.ean]
    row = {
        "id_unit": made.id,
        "status": made.status,
        "currency": STOREFRONTS[made.storefront].currency,
        "storefront": made.storefront,
        "condition": made.condition,
        "id_offer": made.id_offer,
        "id_product": made.id_product,
        "id_warehouse": made.id_warehouse,
        "amount": made.amount,
        "fulfillment_type": made.fulfillment,
        "date_inserted_iso": stamp(made.created),
        "date_lastchange_iso": stamp(made.changed),
        "shipping_rate": option["cost_first"],
        "transport_time_min": option["transport_time_min"],
        "transport_time_max": option["transport_time_max"],
        "price": made.facts["listing_price"],
        "is_live": made.status == "AVAILABLE" and made.amount > 0 and product["is_valid"],
        **made.facts,
    }
    row["minimum_price"] = made.facts["minimum_price"] or made.facts["listing_price"]
    if "products" in embedded:
        row["product"] = product
    if market.switches.shape == "2.27":
        del row["is_live"], row["manufacturer_guarantee_years"]
    return row


# -- operations ------------------------------------------------------------------------------------------


def list_offers(market: Market, asked: Asked) -> Answer:
    """Units of one storefront. A new one does not show for some minutes."""
    query, now = asked.query, market.clock.now()
    storefront, kinds = query["storefront"], query.get("fulfillment_type", (BY_MERCHANT,))
    named = market.named(query["id_offer"]) if "id_offer" in query else market.offered(storefront)
    rows = [
        made
        for made in named
        if made.storefront == storefront and made.fulfillment in kinds and made.visible <= now
    ]
    for name in ("id_product", "ean"):
        if name in query:
            rows = [made for made in rows if getattr(made, name) == query[name]]
    return page(market, asked, rows, lambda made: offer_row(market, made, query.get("embedded", ())))


def _find(market: Market, asked: Asked) -> Offer:
    name = asked.names["id_unit"]
    made = market.offers.get(int(name)) if name.isdecimal() else None
    if made is None or made.storefront != asked.query["storefront"]:
        raise unknown("Unit", name)
    return made


def get_offer(market: Market, asked: Asked) -> Answer:
    """One unit."""
    made = _find(market, asked)
    return answer(200, {"data": offer_row(market, made, asked.query.get("embedded", ()))})


def _check_values(market: Market, storefront: str, values: Row) -> None:
    limit = PRICE_LIMITS[STOREFRONTS[storefront].currency]
    flaws = [
        Flaw(name, f"must be at most {limit}")
        for name in ("listing_price", "minimum_price")
        if values.get(name, 0) > limit
    ]
    groups = {row["id_shipping_group"] for row in market.shipping_groups if row["storefront"] == storefront}
    if values.get("id_shipping_group") not in groups | {None}:
        flaws.append(Flaw("id_shipping_group", "does not exist in this storefront"))
    if values.get("id_warehouse") not in {row["id_warehouse"] for row in market.warehouses} | {None}:
        flaws.append(Flaw("id_warehouse", "does not exist"))
    if flaws:
        raise invalid(*flaws)


def _check_new(market: Market, storefront: str, body: Row) -> None:
    if storefront not in market.storefronts:
        raise problem(400, "storefront-not-configured", f"Storefront {storefront} is not configured.")
    if "ean" not in body and "id_product" not in body:
        raise invalid(Flaw("ean", "or id_product is required"))
    if "ean" in body and not ean_is_valid(body["ean"]):
        raise invalid(Flaw("ean", "is not a valid EAN"))
    if isinstance(body.get("condition"), int) and body["condition"] not in CONDITIONS:
        raise invalid(Flaw("condition", "is not a known condition"))
    if market.switches.shipping_group_needed and "id_shipping_group" not in body:
        raise invalid(Flaw("id_shipping_group", "is required"))
    _check_values(market, storefront, body)


def create_offer(market: Market, asked: Asked) -> Answer:
    """Offer a product. The storefront belongs into the query only."""
    storefront, body = asked.query["storefront"], asked.body
    _check_new(market, storefront, body)
    made = offer(market, storefront, **body)
    twins = market.named(made.id_offer)
    if any((twin.ean, twin.condition) != (made.ean, made.condition) for twin in twins):
        raise problem(400, "already-exists", f"SKU {made.id_offer} is already in use.")
    here = [twin for twin in twins if twin.storefront == storefront]
    if here and market.switches.second_offer == "refuse":
        raise problem(400, "already-exists", f"Unit {made.id_offer} already exists in this storefront.")
    if here:
        made = here[0]
        _change(market, made, {key: body[key] for key in body if key in PATCH.keys})
    else:
        made.status = "AVAILABLE" if market.products[made.ean]["is_valid"] else "INCOMPLETE"
        made.visible = made.created + market.switches.new_unit_hidden
        market.add_offer(made)
        market.restock(made, {"amount": made.amount})
        market.announce(made, "item_unit_new")
    answers = {
        "location": lambda: Answer(status=201, headers={"location": f"/v2/units/{made.id}"}),
        "body": lambda: answer(201, {"data": {"id_unit": made.id}}),
        "document": lambda: answer(200, {"data": offer_row(market, made)}),
        "nothing": lambda: Answer(status=201),
    }
    return answers[market.switches.unit_created]()


def _change(market: Market, made: Offer, changes: Row) -> None:
    before, made.status = made.status, changes.get("status", made.status)
    made.facts.update(
        {key: value for key, value in changes.items() if key in _PATCHED and key not in _SHARED}
    )
    market.restock(made, {key: changes[key] for key in _SHARED if key in changes})
    made.changed = market.clock.now()
    market.announce(made, "item_unit_changed")
    if made.status != before:
        market.announce(
            made, "item_unit_available" if made.status == "AVAILABLE" else "item_unit_not_available"
        )


_SHARED = ("amount", "id_warehouse")


def _patch(market: Market, made: Offer, changes: Any) -> None:
    flaws = list(PATCH.flaws(changes, ""))
    if flaws:
        raise invalid(*flaws)
    if market.switches.price_with_every_patch and "listing_price" not in changes:
        raise invalid(Flaw("listing_price", "must be greater than 0"))
    if made.fulfillment == BY_KAUFLAND:
        raise invalid(Flaw("fulfillment_type", "is fulfilled by Kaufland"))
    _check_values(market, made.storefront, changes)
    _change(market, made, changes)


def patch_offer(market: Market, asked: Asked) -> Answer:
    """Change a unit; amount and warehouse change on all storefronts of the offer."""
    made = _find(market, asked)
    _patch(market, made, asked.body)
    return answer(200, {"data": offer_row(market, made)})


def delete_offer(market: Market, asked: Asked) -> Answer:
    """Take a unit away."""
    made = _find(market, asked)
    if made.fulfillment == BY_KAUFLAND:
        raise invalid(Flaw("fulfillment_type", "is fulfilled by Kaufland"))
    market.remove_offer(made)
    market.announce(made, "item_unit_deleted")
    return DONE


def bulk(market: Market, asked: Asked) -> Answer:
    """Change up to 150 units; rules for the whole list give 400, everything else stands in the rows."""
    rows: list[Row] = asked.body
    if len(rows) > BULK_LIMIT:
        raise problem(400, "units/bulk-too-many-units", f"At most {BULK_LIMIT} units can be updated at once.")
    if len({row["id_unit"] for row in rows}) < len(rows):
        raise problem(400, "units/bulk-duplicate-units", "A unit must not appear twice.")
    answered = [_bulk_row(market, asked, row) for row in rows]
    return answer(207, {"data": [row for row in answered if row]})


def _bulk_row(market: Market, asked: Asked, row: Row) -> Row:
    number = row["id_unit"]
    fault = market.row_faults.get(number)
    if fault == "internal":
        message = "An internal error occurred."
        return {"id_unit": number, "status_code": 500.0, "key": "internal_error", "message": message}
    try:
        made = _find(market, evolve(asked, names={"id_unit": str(number)}))
        _patch(market, made, row["unit_data"])
    except Refused as refused:
        body = refused.answer.json()
        return {
            "id_unit": number,
            "status_code": refused.answer.status,
            "message": body["message"],
            "errors": body["errors"],
        }
    if fault == "missing":
        return {}
    return {"id_unit": number, "status_code": 200, "unit": offer_row(market, made)}


def list_groups(market: Market, asked: Asked) -> Answer:
    """Shipping groups of one storefront; they cannot be changed through the API."""
    rows = [row for row in market.shipping_groups if row["storefront"] == asked.query["storefront"]]
    return page(market, asked, rows, lambda row: row)


def get_group(market: Market, asked: Asked) -> Answer:
    """One shipping group."""
    for row in market.shipping_groups:
        here = row["storefront"] == asked.query["storefront"]
        if here and str(row["id_shipping_group"]) == asked.names["id_shipping_group"]:
            return answer(200, {"data": row})
    raise unknown("Shipping group", asked.names["id_shipping_group"])


def list_warehouses(market: Market, asked: Asked) -> Answer:
    """Warehouses of the account."""
    return page(market, asked, market.warehouses, lambda row: row)


def get_warehouse(market: Market, asked: Asked) -> Answer:
    """One warehouse."""
    for row in market.warehouses:
        if str(row["id_warehouse"]) == asked.names["id_warehouse"]:
            return answer(200, {"data": row})
    raise unknown("Warehouse", asked.names["id_warehouse"])


_EMBEDDED = {"embedded": many(*EMBEDS)}
_NEEDS = ("storefront",)

ROUTES: tuple[Route[Market], ...] = (
    Route(
        "GET",
        "/units",
        list_offers,
        query={
            **STOREFRONT,
            **_EMBEDDED,
            **paged(100, 0),
            "id_offer": text,
            "id_product": whole(1),
            "ean": text,
            "fulfillment_type": many(BY_MERCHANT, BY_KAUFLAND),
        },
        needs=_NEEDS,
    ),
    Route("POST", "/units", create_offer, query={**STOREFRONT, **_EMBEDDED}, needs=_NEEDS, body=CREATE),
    Route("POST", "/units/bulk", bulk, query={**STOREFRONT, **_EMBEDDED}, needs=_NEEDS, body=BULK),
    Route("GET", "/units/{id_unit}", get_offer, query={**STOREFRONT, **_EMBEDDED}, needs=_NEEDS),
    Route(
        "PATCH",
        "/units/{id_unit}",
        patch_offer,
        query={**STOREFRONT, **_EMBEDDED},
        needs=_NEEDS,
        body=Anything(),
    ),
    Route("DELETE", "/units/{id_unit}", delete_offer, query=STOREFRONT, needs=_NEEDS),
    Route("GET", "/shipping-groups", list_groups, query={**STOREFRONT, **paged(30, 0)}, needs=_NEEDS),
    Route("GET", "/shipping-groups/{id_shipping_group}", get_group, query=STOREFRONT, needs=_NEEDS),
    Route("GET", "/warehouses", list_warehouses, query=paged(30, 0)),
    Route("GET", "/warehouses/{id_warehouse}", get_warehouse),
)
