"""Which keys the order operations accept: types, lengths and patterns, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..checks import Flag, Number, Rows, Rule, Shape, Text, Whole

GUID: Final = r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"
DECIMAL: Final = r"-?\d+(\.\d+)?"

_GUID = Text(pattern=GUID)
_GUID_OR_NULL = Text(pattern=GUID, null=True)
_PRICE = Text(pattern=DECIMAL, null=True)
_STREET: Mapping[str, Rule] = dict.fromkeys(
    (
        "company",
        "fullName",
        "street",
        "streetWithNr",
        "houseNumber",
        "city",
        "district",
        "additional",
        "zip",
        "regionName",
        "regionShortcut",
    ),
    Text(maximum=255, null=True),
)
_COUNTRY: Mapping[str, Rule] = {"countryCode": Text(pattern=r"[A-Z]{2}")}

_ITEM = Shape(
    keys={
        "itemType": Text(
            among=(
                "product",
                "bazar",
                "service",
                "shipping",
                "billing",
                "discount-coupon",
                "volume-discount",
                "gift",
                "gift-certificate",
                "generic-item",
                "product-set",
                "product-set-item",
                "deposit",
            )
        ),
        "name": Text(maximum=250),
        "variantName": Text(maximum=128),
        "brand": Text(maximum=64),
        "supplierName": Text(maximum=255),
        "productGuid": _GUID,
        "code": Text(maximum=64, null=True),
        "remark": Text(),
        "warrantyDescription": Text(minimum=1, maximum=255, null=True),
        "amountCompleted": Text(pattern=r"\d+\.\d{3}", null=True),
        "additionalField": Text(maximum=255, null=True),
        "amount": Text(pattern=r"\d+\.?\d{0,3}"),
        "amountUnit": Text(minimum=1, maximum=16),
        "weight": Text(pattern=r"\d+(\.\d+)?"),
        "priceRatio": Text(pattern=r"\d+(\.\d+)?"),
        "vatRate": Text(pattern=r"\d+(\.\d{1,2})?"),
        "itemPriceWithVat": _PRICE,
        "itemPriceWithoutVat": _PRICE,
        "unitPriceWithVat": _PRICE,
        "unitPriceWithoutVat": _PRICE,
        "buyPriceWithVat": _PRICE,
        "buyPriceWithoutVat": _PRICE,
        "buyPriceVatRate": _PRICE,
        "statusId": Whole(null=True),
        "recyclingFeeId": Whole(null=True),
        "surchargeParameters": Rows(
            of=Shape(
                keys={
                    "parameterCode": Text(minimum=1),
                    "valueIndex": Text(minimum=1),
                    "price": Text(pattern=r"-?\d+\.\d{2}"),
                },
                required=("parameterCode", "valueIndex"),
            )
        ),
        "consumptionTaxId": Whole(null=True),
    },
    required=("itemType", "vatRate"),
)


def _data(keys: Mapping[str, Rule], *required: str) -> Shape:
    return Shape(keys={"data": Shape(keys=keys, required=required)}, required=("data",))


def _remarks(text: Rule) -> dict[str, Rule]:
    field = Shape(keys={"index": Whole(minimum=1, maximum=6), "text": text}, required=("index", "text"))
    return {
        "customerRemark": Text(null=True),
        "eshopRemark": Text(null=True),
        "trackingNumber": Text(maximum=32, null=True),
        "additionalFields": Rows(of=field, minimum=1, maximum=6),
    }


_BILLING: Final = Shape(
    keys={
        **_STREET,
        **dict.fromkeys(("company", "regionName", "regionShortcut"), Text(minimum=1, maximum=255, null=True)),
        **_COUNTRY,
        "companyId": Text(minimum=1, maximum=18, null=True),
        "vatId": Text(minimum=1, maximum=16, null=True),
        "taxId": Text(minimum=1, maximum=16, null=True),
    },
    required=("countryCode",),
)

CREATE: Final = _data(
    {
        "creationTime": Text(),
        "code": Text(minimum=1, maximum=10),
        "language": Text(minimum=1),
        "externalCode": Text(minimum=1, maximum=255),
        "cashDeskOrder": Flag(),
        "statusId": Whole(),
        "sourceId": Whole(null=True),
        "salesChannelGuid": _GUID_OR_NULL,
        "email": Text(minimum=1, maximum=100),
        "phone": Text(minimum=1, maximum=32, null=True),
        "birthDate": Text(pattern=r"\d{4}-\d\d-\d\d", null=True),
        "vatPayer": Flag(),
        "paymentMethodGuid": _GUID_OR_NULL,
        "shippingGuid": _GUID_OR_NULL,
        "shippingDetails": Shape(
            keys={"branchId": Text(), "branchName": Text(), "carrierId": Whole()},
            required=("branchId",),
            null=True,
        ),
        "paid": Flag(null=True),
        "billingMethodCode": Whole(minimum=1, maximum=4),
        "clientIPAddress": Text(maximum=255, null=True),
        "customerGuid": _GUID_OR_NULL,
        "billingAddress": _BILLING,
        "addressesEqual": Flag(null=True),
        "deliveryAddress": Shape(keys={**_STREET, **_COUNTRY, "streetWithNr": Text(maximum=255)}, null=True),
        "notes": Shape(keys=_remarks(Text()), null=True),
        "stockId": Whole(),
        "currency": Shape(
            keys={
                "code": Text(pattern="[a-zA-Z]{3}"),
                "exchangeRate": Text(pattern=r"\d+\.\d{2,8}", null=True),
            },
            required=("code",),
        ),
        "vatMode": Text(among=("Normal", "One Stop Shop", "Reverse charge", "Outside the EU")),
        "items": Rows(of=_ITEM, minimum=1),
    },
    "externalCode",
    "currency",
)
"""Body of `POST /api/orders`."""

STATUS: Final = _data(
    {"statusId": Whole(), "paid": Flag(null=True), "billingMethodId": Whole(minimum=1, maximum=4)}
)
"""Body of `PATCH /api/orders/{code}/status`."""

STATUS_CHANGE: Final = _data(
    {"orderCodes": Rows(of=Text(), minimum=1, maximum=100), "statusId": Number()}, "orderCodes", "statusId"
)
"""Body of `PATCH /api/orders/status-change`."""

NOTES: Final = _data(_remarks(Text(null=True)))
"""Body of `PATCH /api/orders/{code}/notes`."""


def _split(keys: Mapping[str, Rule]) -> dict[str, Rule]:
    """An address whose street and number are told apart."""
    return {name: rule for name, rule in keys.items() if name != "streetWithNr"}


HEAD: Final = _data(
    {
        "creationTime": Text(),
        "email": Text(minimum=1, maximum=100, null=True),
        "phone": Text(minimum=1, maximum=32, null=True),
        "birthDate": Text(null=True),
        "customerGuid": Text(minimum=1, maximum=36),
        "addressesEqual": Flag(null=True),
        "billingAddress": Shape(keys=_split(_BILLING.keys), required=("countryCode",)),
        "deliveryAddress": Shape(keys=_split({**_STREET, **_COUNTRY}), null=True),
    }
)
"""Body of `PATCH /api/orders/{code}/head`."""

REMARK: Final = _data({"text": Text(minimum=1), "type": Text(among=("comment", "system"))}, "text")
"""Body of `POST /api/orders/{code}/history`."""
