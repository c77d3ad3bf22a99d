"""What the e-shop tells about itself: info, mandatory fields, shipping and payment methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ..params import text
from ..routes import Asked, Route
from ..wire import Answer
from .envelope import Error, Row, refuse, reply
from .orders import included
from .shop import Shop


def _retail(shop: Shop, methods: list[Row], default: str) -> Row:
    def group(rows: list[Row]) -> Row:
        slim = [
            {"guid": row["guid"], "order": place, "name": row["name"], "visible": row["visible"]}
            for place, row in enumerate(rows, 1)
        ]
        return {"methods": slim, default: slim[0]["guid"] if slim else None}

    return {
        "retail": group([row for row in methods if not row["wholesale"]]),
        "wholesale": group([row for row in methods if row["wholesale"]]),
        "wholesaleActive": shop.settings["wholesaleSplitActive"],
    }


def _statuses(shop: Shop) -> Row:
    names = ("id", "order", "name", "markAsPaid")
    return {
        "statuses": [{name: row[name] for name in names} for row in shop.statuses],
        "defaultStatus": shop.default_status,
    }


_SECTIONS: Final[Mapping[str, Callable[[Shop], object]]] = {
    "orderAdditionalFields": lambda shop: shop.order_fields,
    "orderStatuses": _statuses,
    "paymentMethods": lambda shop: _retail(shop, shop.payment_methods, "defaultPayment"),
    "shippingMethods": lambda shop: _retail(shop, shop.shipping_methods, "defaultShipping"),
    "imageCuts": lambda shop: shop.image_cuts,
    "countries": lambda shop: shop.countries,
    "cashDesk": lambda shop: {"defaultOrderStatusId": shop.default_status},
}


def get_eshop(shop: Shop, asked: Asked) -> Answer:
    """Contact, settings, currencies, tax classes and modules; seven more sections on demand."""
    row: Row = {
        "contactInformation": shop.contact,
        "billingInformation": shop.billing,
        "settings": shop.settings,
        "currencies": shop.currencies,
        "taxClasses": shop.tax_classes,
        "activeModules": shop.modules,
        "urls": [
            {"ident": "admin-orders-list", "url": f"{shop.contact['url']}/admin/prehled-objednavek"},
            {"ident": "oauth", "url": f"{shop.contact['url']}/action/OAuthServer/"},
        ],
        "trial": False,
    }
    return reply(
        200, row | {name: _SECTIONS[name](shop) for name in sorted(included(asked, list(_SECTIONS)))}
    )


def customer_fields(shop: Shop, _: Asked) -> Answer:
    """Which fields of a customer the e-shop requires."""
    known = {
        "billingAddress": (
            "company",
            "fullName",
            "street",
            "houseNumber",
            "city",
            "district",
            "zip",
            "countryCode",
        ),
        "deliveryAddress": (
            "company",
            "fullName",
            "street",
            "houseNumber",
            "city",
            "district",
            "zip",
            "countryCode",
        ),
        "billingInfo": ("companyId", "taxId"),
        "contactInfo": ("phone", "email", "birthday"),
    }
    return reply(
        200,
        {
            section: {name: shop.customer_fields.get(section, {}).get(name, "optional") for name in names}
            for section, names in known.items()
        },
    )


def _methods(shop: Shop, asked: Asked, key: str, rows: list[Row]) -> Answer:
    if "salesChannelGuid" in asked.query and not shop.has_module("salesChannels"):
        raise refuse(403, Error("missing-module", 'Module "Sales channel" is not active.', "salesChannel"))
    first = {
        wholesale: next((row["guid"] for row in rows if row["wholesale"] is wholesale), None)
        for wholesale in (False, True)
    }
    active = shop.settings["wholesaleSplitActive"]
    return reply(
        200,
        {
            key: rows,
            "wholesaleActive": active,
            "wholesaleSplitActive": active,
            "defaultRetailMethod": first[False],
            "defaultWholesaleMethod": first[True],
        },
    )


def shipping_methods(shop: Shop, asked: Asked) -> Answer:
    """Shipping methods; the same carrier has another GUID for wholesale."""
    return _methods(shop, asked, "shippingMethods", shop.shipping_methods)


def payment_methods(shop: Shop, asked: Asked) -> Answer:
    """Payment methods."""
    return _methods(shop, asked, "paymentMethods", shop.payment_methods)


def list_endpoints(shop: Shop, asked: Asked) -> Answer:
    """What the token may call. The identifiers are those of the paths; only one of them is documented."""
    pending = asked.query.get("status") == "pending"
    rows = [
        {
            "endpoint": name,
            "description": name,
            "group": {"id": number, "description": name},
            "access": access,
            "action": None,
        }
        for number, (name, access) in enumerate(shop.rights().items(), 1)
        if not pending
    ]
    return reply(200, {"endpoints": rows})


_CHANNEL = {"salesChannelGuid": text}

ROUTES: tuple[Route[Shop], ...] = (
    Route("GET", "/api/eshop", get_eshop, query={"include": text}),
    Route("GET", "/api/eshop/customer-fields", customer_fields),
    Route("GET", "/api/system/endpoints", list_endpoints, query={"status": text}),
    Route("GET", "/api/shipping-methods", shipping_methods, query=_CHANNEL),
    Route("GET", "/api/payment-methods", payment_methods, query=_CHANNEL),
)
