"""Kaufland orders: one by hand, changed where a test says so, and arbitrary ones."""

from datetime import UTC, datetime
from decimal import Decimal

from attrs import evolve
from hypothesis import strategies as st

from kaufland_shoptet._core.values import UNSET
from kaufland_shoptet.kaufland.resources.common import (
    Address,
    Buyer,
    Currency,
    Delivery,
    FulfillmentType,
    OrderUnitDiscount,
    OrderUnitStatus,
    PickupLocation,
    Product,
    Storefront,
)
from kaufland_shoptet.kaufland.resources.orders import OrderDetails, OrderDetailsUnit
from kaufland_shoptet.mapping.orders import ImportRules
from kaufland_shoptet.mapping.shipping import MethodRules
from kaufland_shoptet.mapping.statuses import Label, StatusMap
from kaufland_shoptet.mapping.storefronts import STOREFRONTS
from kaufland_shoptet.mapping.vat import VatRules

SHIPPING = "8921cdc1-051b-11e5-a8d3-ac162d8a2454"
TO_AUSTRIA = "3f8c2b1e-0d41-11ec-a8b5-0cc47a6b4bcc"
TO_PACKETA = "1b02cb8e-d7b5-11e0-9a5c-feab5ed617ed"
PAYMENT = "6f2c8e36-3faf-11e2-a723-705ab6a2ba75"
BOUGHT = datetime(2026, 8, 31, 18, 22, 5, tzinfo=UTC)
STATUSES = StatusMap.of(
    {
        Label.PENDING: [-1],
        Label.NOT_DISPATCHED: [-2],
        Label.DISPATCHED: [-3],
        Label.DELIVERED: [52],
        Label.RETURNED: [53],
    }
)
RATES = {
    "de": Decimal(19),
    "at": Decimal(20),
    "cz": Decimal(21),
    "sk": Decimal(23),
    "pl": Decimal(23),
    "fr": Decimal(20),
    "it": Decimal(22),
    "es": Decimal(21),
    "nl": Decimal(21),
}


# One order, by hand.


def product(**changes):
    made = Product(
        id_product=362524873,
        storefront=Storefront.CZ,
        title="Hrnek s uchem",
        eans=("4010355051486",),
        id_category=1,
        main_picture="https://media.example/1.jpg",
        manufacturer="Example",
        url="https://www.example/1",
        age_rating=0,
        is_valid=True,
        dangerous_goods_li_shipping=None,
        danger_label_9a=None,
    )
    return evolve(made, **changes)


def unit(number=1, **changes):
    """A piece of 499.00 CZK; *number* makes its id."""
    made = OrderDetailsUnit(
        id_order="MA1B2C3",
        id_order_unit=314568015200000 + number,
        storefront=Storefront.CZ,
        currency=Currency.CZK,
        status=OrderUnitStatus.NEED_TO_BE_SENT,
        price=49900,
        shipping_rate=0,
        vat=Decimal(21),
        revenue_gross=43413,
        revenue_net=34753,
        discounts=(),
        product=product(),
        id_offer="SHP-0042",
        unit_condition="new",
        note=None,
        cancel_reason=None,
        order_received_timestamp_iso=None,
        delivery_time_expires_iso=datetime(2026, 9, 4, 21, 59, 59, tzinfo=UTC),
        delivery_time_min=2,
        delivery_time_max=4,
        ts_created_iso=BOUGHT,
        ts_updated_iso=BOUGHT,
        is_marketplace_deemed_supplier=False,
    )
    made = evolve(made, **changes)
    return evolve(made, status=OrderUnitStatus(made.status))


def address(**changes):
    made = Address(
        first_name="Jana",
        last_name="Nováková",
        company_name=None,
        street="Dlouhá",
        house_number="15/3",
        postcode="11000",
        city="Praha",
        additional_field=None,
        phone="+420601000111",
        country="CZ",
    )
    return evolve(made, **changes)


def order(*units, **changes):
    """An order to Prague, of *units* or of one piece; ``address`` is both addresses."""
    both = changes.pop("address", address())
    made = OrderDetails(
        id_order="MA1B2C3",
        ts_created_iso=BOUGHT,
        is_marketplace_deemed_supplier=False,
        storefront=Storefront.CZ,
        fulfillment_type=FulfillmentType.FULFILLED_BY_MERCHANT,
        order_units=units or (unit(),),
        billing_address=both,
        shipping_address=both,
        buyer=Buyer(id_buyer=21631426, email="a1b2c3d4-e5f6a7b8c9d0@kaufland-marktplatz.cz"),
        delivery=Delivery(pickup_location=None),
    )
    return evolve(made, **changes)


def pickup(**changes):
    made = PickupLocation(
        pickup_location_id="12345", provider="Packeta", carrier="Packeta", services="", dhl_post_number=None
    )
    return Delivery(pickup_location=evolve(made, **changes))


def rules(**changes):
    made = ImportRules(
        storefront="cz",
        shipping=MethodRules(
            default=SHIPPING, by_country={"AT": TO_AUSTRIA}, by_pickup={"Packeta": TO_PACKETA}
        ),
        payment=MethodRules(default=PAYMENT),
        statuses=STATUSES,
    )
    return evolve(made, **changes)


# Arbitrary orders.

PERSONAL = "ĚŠČŘŽÝÁÍÉěščřžýáíéäöüßłø☃🙂"
"""Characters of which buyers' names, addresses and numbers are made here, and nothing else is."""

short = st.text(PERSONAL + " ", max_size=12)
overlong = st.builds(
    str.__mul__, st.text(PERSONAL, min_size=1, max_size=3), st.integers(min_value=256, max_value=300)
)
parts = short | overlong
minor = st.integers(min_value=1, max_value=10**8)
statuses = st.sampled_from([each.value for each in OrderUnitStatus if each != "cancelled"])
vats = st.none() | st.sampled_from(
    ["0", "0.0", "21", "21.0", "12", "19", "5.5", "7.0000000000000009", "-1", "100"]
).map(Decimal)
discounts = st.just(UNSET) | st.lists(
    st.builds(
        OrderUnitDiscount,
        usage_type=st.sampled_from(["voucher", "volume", "loyalty"]),
        discount_value=st.integers(min_value=-(10**8), max_value=10**8),
    ),
    max_size=3,
).map(tuple)
addresses = st.builds(
    Address,
    first_name=st.none() | parts,
    last_name=st.none() | parts,
    company_name=st.none() | parts,
    street=st.none() | parts,
    house_number=st.none() | parts,
    postcode=st.none() | parts,
    city=st.none() | parts,
    additional_field=st.none() | parts,
    phone=st.none() | parts,
    country=st.sampled_from(["CZ", "DE", "AT", "sk", " pl "]),
)
buyers = st.builds(Buyer, id_buyer=st.just(21631426), email=st.none() | parts)
deliveries = st.builds(
    Delivery,
    pickup_location=st.none()
    | st.builds(
        PickupLocation,
        pickup_location_id=st.integers(min_value=1, max_value=99999).map(str),
        provider=st.sampled_from(["Packeta", "PACKETA ", "DHL", ""]),
        carrier=st.sampled_from(["Packeta", "131", "DHL"]),
        services=st.sampled_from(["", "COD, PPCK"]),
        dhl_post_number=st.none() | st.text(PERSONAL, max_size=5),
    ),
)
titles = st.sampled_from(["", "  ", "Hrnek s uchem", "Hrnek " * 60])
eans = st.lists(st.sampled_from(["0194252013212", "194252013212", "4010355051486", "", "000"]), max_size=3)
offers = st.none() | st.sampled_from(["", "SHP-0042", "SHP-0043", "SHP-" + "9" * 60, "SHP-" + "9" * 61])
products = st.none() | st.builds(
    product, id_product=st.integers(min_value=1, max_value=3), title=titles, eans=eans.map(tuple)
)


@st.composite
def _units(draw, storefront, number):
    # Few different values, so that equal pieces occur.
    price = draw(st.sampled_from([0, 1, 49900]) | minor)
    return unit(
        number,
        storefront=storefront,
        currency=Currency(STOREFRONTS[storefront.value].currency),
        status=OrderUnitStatus(draw(statuses | st.sampled_from(["cancelled", "in_clearance", ""]))),
        price=price,
        shipping_rate=draw(st.sampled_from([0, 2900, 9900]) | minor),
        revenue_gross=draw(minor),
        vat=draw(vats),
        discounts=draw(discounts),
        id_offer=draw(offers),
        product=draw(products),
        unit_condition=draw(st.sampled_from(["new", "used", None])),
        is_marketplace_deemed_supplier=draw(st.booleans()),
    )


@st.composite
def orders(draw, storefront=None):
    """Orders of every kind that can be imported, given ``reservation=True``."""
    code = storefront or draw(st.sampled_from(sorted(STOREFRONTS)))
    front = Storefront(draw(st.sampled_from([code, code.upper()])))
    units = [draw(_units(front, number)) for number in range(draw(st.integers(1, 12)))]
    if all(each.status == "cancelled" for each in units):
        units[-1] = evolve(units[-1], status=OrderUnitStatus(draw(statuses)))
    billing = draw(st.none() | addresses)
    shipping = draw(st.none() | addresses | st.just(billing))
    return order(
        *units,
        storefront=front,
        is_marketplace_deemed_supplier=draw(st.booleans()),
        billing_address=billing,
        shipping_address=shipping,
        buyer=draw(st.none() | buyers),
        delivery=draw(st.just(UNSET) | deliveries),
    )


@st.composite
def rules_for(draw, storefront):
    """Rules of one storefront."""
    return rules(
        storefront=storefront,
        statuses=draw(st.sampled_from([STATUSES, StatusMap(autopaid=Label.DELIVERED)])),
        vat=VatRules(
            mode=draw(st.sampled_from(["Normal", "One Stop Shop", "Outside the EU"])),
            payer=draw(st.booleans()),
            fallback=draw(st.sampled_from([{}, {"CZ": Decimal("12.5")}])),
        ),
        external_code_prefix=draw(st.sampled_from(["", "KL-"])),
        email_fallback=draw(st.sampled_from([None, "orders@example.com"])),
        phone_fallback=draw(st.sampled_from([None, "+420601000111"])),
        exchange_rate=draw(st.none() | st.sampled_from(["25", "25.3", "0.04012345"]).map(Decimal)),
        discounts=draw(st.sampled_from(["deduct", "ignore"])),
        names=draw(st.booleans()),
    )


@st.composite
def imports(draw):
    """What :func:`convert` takes: an order, the rules of its storefront, rates and codes."""
    made = draw(orders())
    return {
        "order": made,
        "rules": draw(rules_for(made.storefront.value)),
        "vat_rates": draw(st.sampled_from([None, RATES])),
        "codes": draw(st.sampled_from([None, {"194252013212": "SHP-0042"}, {"": "WRONG", "000": "WRONG"}])),
        "reservation": True,
    }
