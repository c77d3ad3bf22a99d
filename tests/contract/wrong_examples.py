"""Examples of the documents that contradict the schemas they stand with, each with what is wrong.

Run as a program it prints them. The tests prove that these are all there are, no more and no fewer.
"""

from __future__ import annotations

COUNTS = {
    "kaufland": {"values": 344, "answers": 125, "bodies": 54, "refusals": 0},
    "shoptet": {"values": 2989, "answers": 329, "bodies": 130, "refusals": 260},
}
"""How many examples there are: of single values, of whole answers, of whole bodies, and of refusals."""

WRONG_VALUES: dict[str, dict[str, str]] = {
    "kaufland": {
        "ProductWithEmbedded.storefront": "DE where the codes are in lower case",
        "Order.is_marketplace_deemed_supplier": "a text where a boolean is due",
        "Product.storefront": "DE where the codes are in lower case",
        "OrderDetails.order_units.storefront": "DE where the codes are in lower case",
        "OrderUnit.storefront": "DE where the codes are in lower case",
        "OrderUnitDetails.storefront": "DE where the codes are in lower case",
        "UnitsBulkUpdateResponse": "the unit lacks is_live and manufacturer_guarantee_years, and its storefront is in upper case",
    },
    "shoptet": {
        "measureUnit.measureAmount": "'1' where three places are due",
        "productPrices.purchasePrice.vatRate": "21.0 where text is due",
        "invoiceItem.amount": "'3.45' where three places are due",
        "productOrderableAmount.minimumAmount": "2 where text is due",
        "productOrderableAmount.maximumAmount": "9 where text is due",
        "priceSales.minPriceRatio": "0.78 where text is due",
        "productVariantParameterValues.color": "eight digits where three or six are due",
        "product.voteAverageScore": "2.6 where text is due",
        "product.variants.measureUnit.packagingAmount": "'64' where three places are due",
        "product.variants.measureUnit.measureAmount": "'1' where three places are due",
        "product.variants.measureUnit.measurePrice": "'3937.5' where two places are due",
        "product.variants.perPricelistPrices.vatRate": "21.0 where text is due",
        "product.setItems.amount": "1.0 where text is due",
        "pricelistUpdate.orderableAmount.minimumAmount": "'1' where three places are due",
        "pricelistUpdate.orderableAmount.maximumAmount": "'10' where three places are due",
        "pricelistUpdate.sales.minPriceRatio": "'0.880' where four places are due",
        "pricelistUpdate.price.priceRatio": "'1.000' where four places are due",
        "pricelistUpdate.priceWithVat.priceRatio": "'1.000' where four places are due",
        "pricelistUpdate.priceWithoutVat.priceRatio": "'1.000' where four places are due",
        "orderItem.amount": "1.0 where text is due",
        "orderItem.amountCompleted": "1.0 where text is due",
        "productSet.amount": "1.0 where text is due",
        "proofPaymentVatBreakdown.items.vatRate": "21.0 where text is due",
        "proofPaymentVatBreakdown.items.priceWithVat": "121.0 where text is due",
        "proofPaymentVatBreakdown.items.priceWithoutVat": "100.0 where text is due",
        "proofPaymentVatBreakdown.items.vat": "21.0 where text is due",
        "proofPaymentVatBreakdown.summary.withVat": "121.0 where text is due",
        "proofPaymentVatBreakdown.summary.withoutVat": "100.0 where text is due",
        "proofPaymentVatBreakdown.summary.vat": "21.0 where text is due",
        "proofPaymentsList.payment": "100.0 where text is due",
        "quantityDiscountSettingsResponse.discountValue.priceRatio": "0.85 where text is due",
        "order.completion.amount": "1.0 where text is due",
        "order.completion.amountCompleted": "1.0 where text is due",
        "/api/products.get.responses.200.data.products.voteAverageScore": "2.6 where text is due",
        "/api/products.post.requestBody.data.variants.stocksLocations.amount": "50.0 where text is due",
        "/api/orders/claims.get.responses.200.data.orders.amount": "'50' where three places are due",
        "/api/orders/claims.get.responses.200.data.orders.amountCompleted": "1.0 where text is due",
        "/api/invoices/{code}/credit-note.post.requestBody.data.items.amount": "1.0 where text is due",
        "/api/stocks/{stockId}/supplies.get.responses.200.data.supplies.amount": "'50' where three places are due",
        "/api/stocks/{stockId}/supplies.get.responses.200.data.supplies.claim": "'5' where three places are due",
        "/api/shipping-request/{shippingRequestCode}/{shippingGuid}.get.responses.200.data.items.amount": "1.0 where text is due",
        "/api/discount-coupons/set.post.requestBody.data.amount": "'100.0' where two places are due",
        "/api/discount-coupons/set.post.requestBody.data.minPrice": "'100.0' where two places are due",
    },
}
"""Examples of single values."""

WRONG_ANSWERS = {
    "kaufland GET /tickets/messages example 0": "a bare list where data and pagination are due",
}
"""Examples of whole answers that do not decode."""

WRONG_BODIES = {
    "kaufland POST /shipments": "a text where the number of an order unit is due",
}
"""Examples of whole bodies that no call sends."""


def main() -> None:
    """Print every wrong example with its reason, and how many there are of how many."""
    for api, counts in COUNTS.items():
        wrong = {
            "values": WRONG_VALUES[api],
            "answers": {name: why for name, why in WRONG_ANSWERS.items() if name.startswith(api)},
            "bodies": {name: why for name, why in WRONG_BODIES.items() if name.startswith(api)},
            "refusals": dict[str, str](),
        }
        for kind, count in counts.items():
            print(f"{api}: {len(wrong[kind])} of {count} examples of {kind} are wrong")
            for name, why in wrong[kind].items():
                print(f"  {name}: {why}")


if __name__ == "__main__":
    main()
