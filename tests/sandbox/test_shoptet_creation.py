"""Order insertion: what it takes, what it refuses, what comes of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from kaufland_shoptet.sandbox.shoptet.lines import Line, total
from kaufland_shoptet.sandbox.shoptet.shop import Variant

SHIPPING = "8921cdc1-051b-11e5-a8d3-ac162d8a2454"
PAYMENT = "6f2c8e36-3faf-11e2-a723-705ab6a2ba75"


def created(answer):
    assert answer.status == 201, answer.body
    return answer.json()["data"]["order"]


# -- what comes of it ------------------------------------------------------------------------------------


def test_an_order_comes_back_whole(sandbox, merchant):
    order = created(merchant.order())
    assert (order["code"], order["externalCode"]) == ("2026000001", "MA1B2C3")
    assert order["status"] == {"id": -1, "name": "Nevyřízená"}
    assert order["creationTime"] == order["changeTime"] == "2026-09-01T10:00:00+0200"
    assert (order["paid"], order["addressesEqual"], order["deliveryAddress"]) == (False, True, None)
    assert order["paymentMethod"] == {"guid": PAYMENT, "name": "Kaufland - bankovní převod"}
    assert order["shipping"] == {"guid": SHIPPING, "name": "Kaufland doprava"}
    address = order["billingAddress"]
    assert (address["street"], address["houseNumber"], address["countryCode"]) == ("Dlouhá", "15/3", "CZ")
    goods, shipping, billing = order["items"]
    assert goods["name"] == "Rychlovarná konvice 1,7 l"
    assert goods["productGuid"] == sandbox.shoptet.variants["SHP-0042"].product
    assert (goods["amount"], goods["priceRatio"]) == ("3.000", "1.0000")
    assert goods["unitPrice"] == {
        "withVat": "499.00",
        "withoutVat": "412.40",
        "vat": "86.60",
        "vatRate": "21.00",
    }
    assert goods["itemPrice"] == {
        "withVat": "1497.00",
        "withoutVat": "1237.19",
        "vat": "259.81",
        "vatRate": "21.00",
    }
    assert order["shippings"] == [{"shipping": order["shipping"], "itemId": shipping["itemId"]}]
    assert order["paymentMethods"] == [{"paymentMethod": order["paymentMethod"], "itemId": billing["itemId"]}]
    assert [row["code"] for row in order["completion"]] == ["SHP-0042"]
    assert order["price"] == {
        "withVat": "1596.00",
        "withoutVat": "1319.01",
        "vat": "276.99",
        "toPay": "1596.00",
        "currencyCode": "CZK",
        "exchangeRate": "1.00000000",
        "invoicingExchangeRate": "1.00000000",
    }


def test_everything_that_can_be_given_is_kept(sandbox, merchant, line):
    order = created(
        merchant.order(
            code="KL-1",
            creationTime="2026-08-30T12:00:00+0200",
            language="cs",
            cashDeskOrder=False,
            statusId=26,
            sourceId=-1,
            birthDate="1990-01-01",
            vatPayer=True,
            vatMode="Normal",
            paid=True,
            billingMethodCode=2,
            clientIPAddress="192.0.2.1",
            customerGuid=SHIPPING,
            stockId=1,
            addressesEqual=False,
            billingAddress={"fullName": "Jana", "countryCode": "CZ", "vatId": "CZ1"},
            deliveryAddress={"fullName": "Petr", "streetWithNr": "Náves", "countryCode": "SK"},
            shippingDetails={"branchId": "12345", "branchName": "Z-Box", "carrierId": 3060},
            shippingGuid="018c2a3e-6c1d-7a10-9c55-2f1f6d0f4a01",
            notes={"eshopRemark": "Kaufland", "additionalFields": [{"index": 1, "text": "314568015200001"}]},
            currency={"code": "eur", "exchangeRate": "25.00"},
            items=[
                line(
                    code="32/ZEL",
                    unitPriceWithVat="10",
                    statusId=52,
                    weight="1.5",
                    remark="x",
                    supplierName="y",
                    amountUnit="pár",
                    surchargeParameters=[{"parameterCode": "a", "valueIndex": "b", "price": "1.00"}],
                ),
                line("shipping", name="Z", unitPriceWithVat="0"),
                line("billing", name="P", unitPriceWithVat="0"),
            ],
        )
    )
    assert order["code"] == "KL-1"
    assert order["creationTime"] == "2026-08-30T12:00:00+0200"
    assert (order["status"]["id"], order["source"]["id"], order["paid"]) == (26, -1, True)
    assert order["billingMethod"] == {"id": 2, "name": "Wire transfer"}
    assert order["billingAddress"]["vatIdValidationStatus"] == "unverified"
    assert (order["deliveryAddress"]["street"], order["deliveryAddress"]["houseNumber"]) == ("Náves", None)
    assert (order["price"]["currencyCode"], order["price"]["exchangeRate"]) == ("EUR", "25.00000000")
    goods = order["items"][0]
    assert (goods["status"]["id"], goods["weight"], goods["amountUnit"]) == (52, "1.500", "pár")
    detail = merchant.data("/api/orders/KL-1", include="notes,shippingDetails")["order"]
    assert detail["notes"]["eshopRemark"] == "Kaufland"
    assert detail["notes"]["additionalFields"][0] == {
        "index": 1,
        "label": "1. pole",
        "text": "314568015200001",
    }
    point = detail["shippingDetails"]
    assert (point["branchId"], point["name"], point["shippingCompanyCode"]) == (
        "12345",
        "Z-Box",
        "zasilkovna",
    )


def test_side_effects_happen_unless_they_are_suppressed(sandbox, merchant):
    shop, variant = sandbox.shoptet, sandbox.shoptet.variants["SHP-0042"]
    created(merchant.order("A", statusId=52))
    assert (variant.stock, variant.claim) == (97, 3)
    assert [(mail.kind, mail.to) for mail in shop.mails] == [
        ("welcome", "kupujici@example.com"),
        ("welcome", "obchod@example.com"),
    ]
    assert [document.kind for document in shop.documents] == ["generateInvoice"]
    assert sorted(shop.events) == [("invoice:create", "2026900001"), ("order:create", "2026000001")]
    quiet = dict.fromkeys(
        ("suppressEmailSending", "suppressStockMovements", "suppressDocumentGeneration"), "true"
    )
    created(merchant.order("B", statusId=52, query=quiet))
    assert (variant.stock, len(shop.mails), len(shop.documents)) == (97, 2, 1)
    assert len(shop.events) == 3


def test_suppressing_parameters_do_not_belong_into_the_body(merchant):
    answer = merchant.order(suppressEmailSending=True)
    assert (answer.status, merchant.errors(answer)) == (
        422,
        [("invalid-request-data", "data.suppressEmailSending")],
    )


def test_the_status_decides_about_payment_unless_the_order_says_so(merchant):
    assert created(merchant.order("A", statusId=-3))["paid"] is True
    assert created(merchant.order("B", statusId=-3, paid=False))["paid"] is False
    assert created(merchant.order("C", paid=None))["paid"] is None


def test_the_status_of_items_follows_where_the_status_says_so(merchant):
    assert created(merchant.order("A", statusId=-2))["items"][0]["status"]["id"] == -2
    assert created(merchant.order("B", statusId=26))["items"][0]["status"]["id"] == -1


def test_a_different_delivery_address_is_ignored_while_addresses_are_equal(merchant):
    order = created(merchant.order(deliveryAddress={"fullName": "Petr", "countryCode": "SK"}))
    assert order["deliveryAddress"] is None


def test_a_variant_can_be_named_by_its_guid(sandbox, merchant, line):
    guid = sandbox.shoptet.variants["0035"].product
    items = [line(productGuid=guid, unitPriceWithVat="189.00")]
    order = created(merchant.order(items=items, shippingGuid=..., paymentMethodGuid=...))
    assert (order["items"][0]["code"], order["shipping"], order["paymentMethod"]) == ("0035", None, None)


def test_an_order_of_the_cash_desk_needs_no_email(sandbox, merchant):
    order = created(merchant.order(email=..., cashDeskOrder=True, sourceId=1))
    assert (order["email"], order["source"]) == (None, {"id": 1, "name": "Pokladna"})
    assert [mail.to for mail in sandbox.shoptet.mails] == ["obchod@example.com"]


def test_numbers_follow_one_another_and_skip_those_that_are_taken(merchant):
    created(merchant.order("A", code="2026000002"))
    assert [created(merchant.order(name))["code"] for name in "BC"] == ["2026000001", "2026000003"]


# -- amounts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "with_vat", "without_vat", "unit"),
    [
        ({"unitPriceWithVat": "121"}, "121.00", "100.00", "121.00"),
        ({"unitPriceWithoutVat": "100"}, "121.00", "100.00", "121.00"),
        ({"itemPriceWithVat": "121", "amount": "2"}, "242.00", "200.00", "121.00"),
        ({"itemPriceWithoutVat": "100", "amount": "2"}, "242.00", "200.00", "121.00"),
        ({"unitPriceWithVat": "180.00", "priceRatio": "0"}, "0.00", "0.00", "180.00"),
        ({"unitPriceWithVat": "100", "priceRatio": "0.7"}, "70.00", "57.85", "100.00"),
        ({"unitPriceWithVat": "0.335", "amount": "3"}, "1.01", "0.83", "0.34"),
        ({"unitPriceWithVat": "-50.00"}, "-50.00", "-41.32", "-50.00"),
        ({"unitPriceWithVat": "100", "vatRate": "0.00"}, "100.00", "100.00", "100.00"),
        ({"unitPriceWithVat": None, "unitPriceWithoutVat": "1"}, "1.21", "1.00", "1.21"),
    ],
)
def test_lines(keys, with_vat, without_vat, unit):
    read = Line.read({"vatRate": "21.00", **keys})
    assert (read.total.row()["withVat"], read.total.row()["withoutVat"]) == (with_vat, without_vat)
    assert read.unit.row()["withVat"] == unit


@pytest.mark.parametrize(
    ("rounding", "places", "to_pay"),
    [
        ("none", 0, "10.50"),
        ("math", 0, "11.00"),
        ("up", 0, "11.00"),
        ("down", 0, "10.00"),
        ("math", 2, "10.50"),
    ],
)
def test_what_is_to_be_paid_is_rounded_as_the_currency_says(rounding, places, to_pay):
    currency = {"code": "CZK", "rounding": rounding, "documentPriceDecimalPlaces": places}
    row = total([Line.read({"vatRate": "0", "unitPriceWithVat": "10.50"})], currency, Decimal(1))
    assert (row["withVat"], row["toPay"]) == ("10.50", to_pay)


@pytest.mark.parametrize(
    ("flip", "switch", "echo"),
    [
        (False, "setting", "25.00000000"),
        (True, "setting", "0.04000000"),
        (False, "inverse", "0.04000000"),
        (True, "same", "25.00000000"),
    ],
)
def test_the_exchange_rate_may_come_back_inverted(make, merchant_of, flip, switch, echo):
    merchant = merchant_of(make(exchange_rate_echo=switch))
    merchant.sandbox.shoptet.settings["exchangeRateFlip"] = flip
    order = created(merchant.order(currency={"code": "EUR", "exchangeRate": "25.00"}))
    assert order["price"]["exchangeRate"] == echo


# -- what is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"externalCode": ...}, "data.externalCode"),
        ({"externalCode": "x" * 256}, "data.externalCode"),
        ({"currency": ...}, "data.currency"),
        ({"currency": {"code": "USD"}}, "data.currency.code"),
        ({"currency": {"code": "CZK", "exchangeRate": 1}}, "data.currency.exchangeRate"),
        ({"code": "x" * 11}, "data.code"),
        ({"colour": "red"}, "data.colour"),
        ({"email": ...}, "data.email"),
        ({"email": "x" * 101}, "data.email"),
        ({"phone": "1" * 33}, "data.phone"),
        ({"billingAddress": {"fullName": "x"}}, "data.billingAddress.countryCode"),
        ({"billingAddress": {"countryCode": "CZE"}}, "data.billingAddress.countryCode"),
        ({"billingAddress": {"countryCode": "CZ", "city": "x" * 256}}, "data.billingAddress.city"),
        ({"billingAddress": {"countryCode": "CZ", "company": ""}}, "data.billingAddress.company"),
        ({"billingAddress": ...}, "data.billingAddress.countryCode"),
        ({"addressesEqual": False}, "data.deliveryAddress"),
        ({"statusId": 99}, "data.statusId"),
        ({"sourceId": 99}, "data.sourceId"),
        ({"sourceId": -8}, "data.sourceId"),
        ({"sourceId": 1}, "data.sourceId"),
        ({"sourceId": -1, "cashDeskOrder": True}, "data.sourceId"),
        ({"creationTime": "1. 9. 2026"}, "data.creationTime"),
        ({"creationTime": "2026-99-01T00:00:00"}, "data.creationTime"),
        ({"creationTime": "9999-12-31T23:59:59-1400"}, "data.creationTime"),
        ({"creationTime": "9999-12-31T23:59:59+0000"}, "data.creationTime"),
        ({"creationTime": "9999-12-31T23:59:59"}, "data.creationTime"),
        ({"creationTime": "0001-01-01T00:00:00+1400"}, "data.creationTime"),
        ({"creationTime": "0001-01-01T00:00:00"}, "data.creationTime"),
        ({"vatMode": "Mini One Stop Shop"}, "data.vatMode"),
        ({"vatMode": "One Stop Shop"}, "data.vatMode"),
        ({"shippingDetails": {"branchName": "x"}}, "data.shippingDetails.branchId"),
        ({"notes": {"trackingNumber": "x" * 33}}, "data.notes.trackingNumber"),
        ({"items": []}, "data.items"),
        ({"shippingGuid": ...}, "data.shippingGuid"),
        ({"shippingGuid": None}, "data.shippingGuid"),
        ({"shippingGuid": "00000000-0000-0000-0000-000000000000"}, "data.shippingGuid"),
        ({"paymentMethodGuid": "not a guid"}, "data.paymentMethodGuid"),
    ],
)
def test_bodies_are_checked(sandbox, merchant, changes, at):
    answer = merchant.order(**changes)
    assert answer.status == 422
    assert ("invalid-request-data", at) in merchant.errors(answer)
    assert (len(sandbox.shoptet.orders), sandbox.shoptet.events) == (0, [])
    assert created(merchant.order())["code"] == "2026000001"


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        ({"unitPriceWithVat": 499}, "data.items[0].unitPriceWithVat"),
        ({"unitPriceWithVat": 499.5}, "data.items[0].unitPriceWithVat"),
        ({"unitPriceWithVat": "499,00"}, "data.items[0].unitPriceWithVat"),
        ({"unitPriceWithVat": "1", "amount": 1}, "data.items[0].amount"),
        ({"unitPriceWithVat": "1", "amount": "1.0000"}, "data.items[0].amount"),
        ({"unitPriceWithVat": "1", "vatRate": 21}, "data.items[0].vatRate"),
        ({"unitPriceWithVat": "1", "name": "x" * 251}, "data.items[0].name"),
        ({"unitPriceWithVat": "1", "statusId": 99}, "data.items[0].statusId"),
        ({"unitPriceWithVat": "1", "itemPriceWithVat": "1"}, "data.items[0]"),
        ({"unitPriceWithVat": "1", "unitPriceWithoutVat": "1"}, "data.items[0]"),
        ({"unitPriceWithVat": None}, "data.items[0]"),
        ({}, "data.items[0]"),
        (
            {"unitPriceWithVat": "1", "buyPriceWithVat": "1", "buyPriceWithoutVat": "1"},
            "data.items[0]",
        ),
        ({"unitPriceWithVat": "1", "code": "NOTHING"}, "data.items[0].code"),
        ({"unitPriceWithVat": "1", "code": None, "productGuid": PAYMENT}, "data.items[0].code"),
        ({"unitPriceWithVat": "1", "code": None}, "data.items[0].name"),
        ({"unitPriceWithVat": "1", "itemType": "generic-item", "name": "x"}, "data.items"),
        ({"unitPriceWithVat": "1", "itemType": "thing"}, "data.items[0].itemType"),
        ({"unitPriceWithVat": "1", "price": "1"}, "data.items[0].price"),
    ],
)
def test_items_are_checked(merchant, line, keys, at):
    first = line(**({"code": "SHP-0042"} | keys))
    answer = merchant.order(items=[first], shippingGuid=..., paymentMethodGuid=...)
    assert answer.status == 422
    assert ("invalid-request-data", at) in merchant.errors(answer)


@pytest.mark.parametrize(("kind", "key"), [("shipping", "shippingGuid"), ("billing", "paymentMethodGuid")])
def test_a_method_and_its_item_go_together(merchant, order_body, line, kind, key):
    items = [item for item in order_body()["items"] if item["itemType"] != kind]
    answer = merchant.order(items=items)
    assert merchant.errors(answer) == [("invalid-request-data", "data.items")]
    assert merchant.order("A", items=items, **{key: ...}).status == 201
    nameless = [*items, line(kind, unitPriceWithVat="0")]
    assert merchant.errors(merchant.order(items=nameless)) == [("invalid-request-data", "data.items[2].name")]


def test_historical_orders_may_lack_methods(merchant, order_body):
    query = {"suppressHistoricalPaymentChecking": "true", "suppressHistoricalShippingChecking": "true"}
    order = created(merchant.order(query=query, shippingGuid=None, paymentMethodGuid=None))
    assert (order["shipping"], order["paymentMethod"]) == (None, None)
    assert order["shippings"][0]["shipping"] == {"guid": None, "name": "Doprava"}


def test_an_external_code_is_used_once_and_for_all(merchant):
    code = created(merchant.order())["code"]
    for _ in range(2):
        again = merchant.order()
        assert (again.status, merchant.errors(again)) == (
            422,
            [("invalid-request-data", "data.externalCode")],
        )
        assert "already imported" in again.json()["errors"][0]["message"]
        merchant("DELETE", f"/api/orders/{code}")


def test_the_error_code_of_a_duplicate_is_a_switch(make, merchant_of):
    merchant = merchant_of(make(duplicate_code="order-exists"))
    merchant.order()
    assert merchant.errors(merchant.order()) == [("order-exists", "data.externalCode")]


def test_an_order_number_is_used_once(merchant):
    merchant.order("A", code="KL-1")
    assert merchant.errors(merchant.order("B", code="KL-1")) == [("invalid-request-data", "data.code")]


def test_products_may_be_unknown_if_their_check_is_suppressed(merchant, line):
    def order(external, **keys):
        first = line(code="NOTHING", unitPriceWithVat="1", **keys)
        query = {"suppressProductChecking": "true"}
        return merchant.order(external, query=query, items=[first], shippingGuid=..., paymentMethodGuid=...)

    assert merchant.errors(order("A")) == [("invalid-request-data", "data.items[0].name")]
    assert created(order("B", name="Cizí zboží"))["items"][0]["code"] == "NOTHING"


def test_what_the_shop_requires_of_customers(sandbox, merchant):
    sandbox.shoptet.customer_fields = {
        "billingAddress": {"fullName": "required", "houseNumber": "required", "city": "optional"},
        "deliveryAddress": {"city": "required"},
        "billingInfo": {"companyId": "required"},
        "contactInfo": {"phone": "required", "birthday": "required"},
    }
    found = merchant.errors(merchant.order("A", phone=...))
    assert [at for _, at in found] == ["data.billingAddress.companyId", "data.phone", "data.birthday"]
    where = {"addressesEqual": False, "deliveryAddress": {"countryCode": "CZ"}, "birthDate": "1990-01-01"}
    whole = {"fullName": "x", "street": "y", "houseNumber": "1", "companyId": "1", "countryCode": "CZ"}
    found = merchant.errors(merchant.order("A", billingAddress=whole, **where))
    assert [at for _, at in found] == ["data.deliveryAddress.city"]


def test_mandatory_fields_can_be_suppressed_for_old_orders_only(sandbox, merchant):
    sandbox.shoptet.customer_fields = {"contactInfo": {"phone": "required"}}
    query = {"suppressHistoricalMandatoryFields": "true"}
    new = merchant.order("A", query=query, phone=...)
    assert merchant.errors(new) == [("invalid-request-data", "data.creationTime")]
    old = (sandbox.clock.now() - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%S")
    assert merchant.order("A", query=query, phone=..., creationTime=old).status == 201


def test_sales_channels_need_their_module(sandbox, merchant):
    answer = merchant.order(salesChannelGuid=PAYMENT)
    assert (answer.status, merchant.errors(answer)) == (403, [("missing-module", "salesChannel")])
    sandbox.shoptet.modules.append({"name": "salesChannels", "title": "Prodejní kanály"})
    assert created(merchant.order(salesChannelGuid=PAYMENT))["salesChannelGuid"] == PAYMENT


def test_one_stop_shop_needs_its_setting(sandbox, merchant):
    sandbox.shoptet.settings["oss"] = True
    assert created(merchant.order(vatMode="One Stop Shop"))["vatMode"] == "One Stop Shop"


def test_who_pays_no_vat_has_no_rates(sandbox, merchant):
    sandbox.shoptet.settings["vatPayer"] = False
    assert merchant.errors(merchant.order()) == [
        ("invalid-request-data", f"data.items[{place}].vatRate") for place in range(3)
    ]
    assert merchant.order(vatPayer=True).status == 201


@pytest.mark.parametrize(("accepted", "status"), [(True, 201), (False, 422)])
def test_rates_of_other_countries_are_a_switch(make, merchant_of, line, accepted, status):
    merchant = merchant_of(make(foreign_vat_rates=accepted))
    items = [line(code="0035", unitPriceWithVat="1", vatRate="19.00")]
    answer = merchant.order(items=items, shippingGuid=..., paymentMethodGuid=...)
    assert answer.status == status


def test_short_stock_stops_the_order_where_it_must_not_become_negative(sandbox, merchant, line):
    shop = sandbox.shoptet
    shop.variants["SHP-0042"].stock = Decimal(5)
    pieces = [line(code="SHP-0042", unitPriceWithVat="1", amount="3") for _ in range(2)]

    def order(external, **how):
        return merchant.order(external, items=pieces, shippingGuid=..., paymentMethodGuid=..., **how)

    answer = order("A")
    assert (answer.status, merchant.errors(answer)) == (
        422,
        [("invalid-request-data", "data.items[1].amount")],
    )
    assert (shop.variants["SHP-0042"].stock, shop.orders) == (5, {})
    assert order("A", query={"suppressStockMovements": "true"}).status == 201
    shop.variants["SHP-0042"].negative = True
    assert order("B").status == 201
    assert shop.variants["SHP-0042"].stock == -1
    shop.variants["SHP-0042"].negative = False
    shop.settings["negativeStockAmount"] = "allowed"
    assert order("C").status == 201


def test_stock_that_is_not_tracked_is_never_short(sandbox, merchant, line):
    sandbox.shoptet.add_variant(Variant(code="FREE", product=PAYMENT, name="Volné", stock=None))
    items = [line(code="FREE", unitPriceWithVat="1", amount="999")]
    assert merchant.order(items=items, shippingGuid=..., paymentMethodGuid=...).status == 201
    assert (sandbox.shoptet.variants["FREE"].stock, sandbox.shoptet.variants["FREE"].claim) == (None, 999)
