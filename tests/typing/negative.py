"""Static only: mistakes that the checkers must report, one on every line marked BAD. Never executed."""

from __future__ import annotations

from decimal import Decimal

from kaufland_shoptet import AsyncKaufland, Bridge, Kaufland, Request, Shoptet, together
from kaufland_shoptet.kaufland.resources.order_units import OrderUnits
from kaufland_shoptet.kaufland.resources.orders import OrderDetails, Orders
from kaufland_shoptet.shoptet.resources.orders import OrderCreate
from kaufland_shoptet.shoptet.resources.orders import Orders as ShoptetOrders


def wrong_arguments(kaufland: Kaufland, shoptet: Shoptet) -> None:
    kaufland.orders.get(1)  # BAD type
    kaufland.orders.get()  # BAD missing
    kaufland.orders.get("M1", embeded=["delivery"])  # BAD misspelt keyword
    kaufland.orders.get("M1", ["delivery"])  # BAD keyword-only
    kaufland.orders.get("M1", embedded=["deliveries"])  # BAD literal
    kaufland.orders.list(storefront="xx")  # BAD literal
    kaufland.orders.gett("M1")  # BAD attribute
    kaufland.order_units.send(1, tracking_numbers=["Z1"], carrier_code="Packeta")  # BAD a list
    kaufland.order_units.cancel(1, reason="BecauseOfMe")  # BAD literal
    shoptet.orders.create({"externalCode": "M1"})  # BAD a dict for a model
    shoptet.orders.get("1", includ=["notes"])  # BAD misspelt keyword
    Orders.get(1)  # BAD type on the class
    OrderCreate(external_code=1)  # BAD type, and a field missing


async def wrong_mode(kaufland: Kaufland, akaufland: AsyncKaufland) -> None:
    akaufland.orders.get("M1")  # BAD not awaited
    await kaufland.orders.get("M1")  # BAD awaiting a blocking call
    for _ in akaufland.orders.list():  # BAD blocking iteration of asynchronous pages
        pass
    async for _ in kaufland.orders.list():  # BAD asynchronous iteration of blocking pages
        pass
    akaufland.orders.get("M1").order_units  # BAD attribute of a coroutine
    kaufland.run(Orders.list())  # BAD a listing is not one request


async def wrong_flow(order: OrderCreate) -> int:
    ShoptetOrders.create(order)  # BAD a write that is never awaited
    OrderUnits.fulfil(1)  # BAD a write that is never awaited
    one = await Orders.get("M1")
    one.nope  # BAD attribute
    one.id_order = "M2"  # BAD models do not change
    first, second = await together(Orders.get("1"), ShoptetOrders.get("2"))
    first.code  # BAD of the other API
    second.order_units  # BAD of the other API
    return one  # BAD result type


def absent(order: OrderDetails) -> None:
    order.delivery.pickup_location  # BAD may be absent
    order.buyer.email  # BAD may be null


def not_iterable() -> None:
    list(Orders.get("M1"))  # BAD a request is not iterable


def wrong_result(bridge: Bridge) -> str:
    return bridge.orders.plan()  # BAD result type


value: OrderDetails = Orders.get("M1")  # BAD a request is not its answer
other: Request[Decimal] = Orders.get("M1")  # BAD of another type
