"""Static only: what the checkers must infer. Never executed."""
# mypy: disable-error-code="unused-awaitable, unused-coroutine"
# pyright: reportUnusedCoroutine=false

from __future__ import annotations

from collections.abc import AsyncGenerator, Coroutine, Generator, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from typing_extensions import assert_type

from kaufland_shoptet import (
    UNSET,
    Answer,
    Async,
    AsyncBridge,
    AsyncKaufland,
    AsyncPages,
    AsyncShoptet,
    Bridge,
    Deadlines,
    Done,
    Failed,
    Flow,
    Kaufland,
    Listing,
    Outcome,
    Page,
    Pages,
    Plan,
    Reconciliation,
    Report,
    Request,
    Shoptet,
    Started,
    Sync,
    do,
    now,
    pause,
    settle,
    together,
)
from kaufland_shoptet.flows.orders import Orders as OrderFlows
from kaufland_shoptet.flows.shop import Shop
from kaufland_shoptet.kaufland.resources.order_units import OrderUnit, OrderUnits
from kaufland_shoptet.kaufland.resources.orders import Order, OrderDetails, Orders
from kaufland_shoptet.shoptet.jobs import wait
from kaufland_shoptet.shoptet.resources.jobs import Job
from kaufland_shoptet.shoptet.resources.orders import Order as ShoptetOrder
from kaufland_shoptet.shoptet.resources.orders import OrderCreate
from kaufland_shoptet.shoptet.resources.orders import Orders as ShoptetOrders
from kaufland_shoptet.shoptet.resources.products import Product

assert_type(Orders.get("M1", embedded=["delivery"]), Request[OrderDetails])
assert_type(Orders.list(storefront="de"), Listing[Order])
assert_type(OrderUnits.send(1, tracking_numbers="Z1", carrier_code="Packeta"), Request[None])


def values(order: OrderCreate, shop: Shop, plan: Plan) -> None:
    assert_type(ShoptetOrders.create(order), Request[Answer[ShoptetOrder]])
    assert_type(OrderFlows.plan(shop), Flow[Plan])
    assert_type(OrderFlows.apply(shop, plan), Flow[Report])


def blocking(kaufland: Kaufland, shoptet: Shoptet, bridge: Bridge, order: OrderCreate) -> None:
    assert_type(kaufland.orders, Orders[Sync])
    assert_type(kaufland.orders.get("M1"), OrderDetails)
    assert_type(kaufland.order_units.fulfil(1), None)
    assert_type(kaufland.run(Orders.get("M1")), OrderDetails)
    assert_type(kaufland.options(timeout=3).orders.get("M1"), OrderDetails)
    assert_type(shoptet.orders.create(order), Answer[ShoptetOrder])
    assert_type(shoptet.orders.create(order).data.code, str)
    assert_type(shoptet.orders.get("2018").price.with_vat, Decimal | None)
    pages = kaufland.order_units.list(storefront="cz", status=["need_to_be_sent"])
    assert_type(pages, Pages[OrderUnit])
    assert_type([unit for unit in pages], list[OrderUnit])  # noqa: C416
    assert_type([unit.price for unit in pages], list[int])
    assert_type(pages.pages(), Iterator[Page[OrderUnit]])
    assert_type(pages.first(), OrderUnit | None)
    assert_type(pages.count(), int | None)
    started = shoptet.orders.snapshot()
    assert_type(started, Started[ShoptetOrder])
    assert_type(shoptet.rows(started), Generator[ShoptetOrder, None, None])
    assert_type([row.code for row in shoptet.rows(started, finished=True)], list[str])
    job = shoptet.run(wait(started))
    assert_type(job, Job)
    assert_type(shoptet.rows(job, Product), Generator[Product, None, None])
    assert_type(bridge.orders.plan(), Plan)
    assert_type(bridge.apply(bridge.orders.plan(full=True)), Report)
    assert_type(bridge.returns.reject(1, "It was worn."), Outcome)
    assert_type(bridge.returns.refund(1, 100, "defect", key="C-17"), Outcome)
    assert_type(bridge.reconcile.deadlines(), Deadlines)
    assert_type(bridge.run(my_flow()), int)


async def asynchronous(kaufland: AsyncKaufland, shoptet: AsyncShoptet, bridge: AsyncBridge) -> None:
    assert_type(kaufland.orders, Orders[Async])
    assert_type(kaufland.orders.get("M1"), Coroutine[Any, Any, OrderDetails])
    assert_type(await kaufland.orders.get("M1"), OrderDetails)
    assert_type(await kaufland.run(Orders.get("M1")), OrderDetails)
    assert_type((await shoptet.orders.get("2018")).creation_time, datetime | None)
    pages = kaufland.order_units.list()
    assert_type(pages, AsyncPages[OrderUnit])
    assert_type([unit async for unit in pages], list[OrderUnit])
    assert_type(pages.pages(), AsyncGenerator[Page[OrderUnit], None])
    assert_type(await pages.count(), int | None)
    started = await shoptet.products.snapshot()
    assert_type(shoptet.rows(started), AsyncGenerator[Product, None])
    assert_type([row async for row in shoptet.rows("1xv8s4c", Product)], list[Product])
    assert_type(await shoptet.run(wait(started, finished=lambda: True)), Job)
    assert_type(await bridge.orders.plan(), Plan)
    assert_type(await bridge.apply(await bridge.orders.plan()), Report)
    assert_type(await bridge.apply(await bridge.invoices.plan()), Report)
    assert_type(await bridge.reconcile.report(datetime.now()), Reconciliation)  # noqa: DTZ005
    assert_type(await bridge.run(my_flow()), int)


async def my_flow() -> int:
    order = await Orders.get("M1")
    assert_type(order, OrderDetails)
    await pause(3)
    assert_type(await now(), datetime)
    assert_type(await do(len, "abc"), int)
    one, two = await together(Orders.get("1"), ShoptetOrders.get("2"))
    assert_type(one, OrderDetails)
    assert_type(two, ShoptetOrder)
    many = await together(Orders.get(number) for number in ["1", "2"])
    assert_type(many, list[OrderDetails])
    settled = await settle([OrderUnits.fulfil(1)])
    assert_type(settled, list[Done[None] | Failed])
    async for summary in Orders.list():
        assert_type(summary, Order)
    assert_type(await Orders.list().collect(), list[Order])
    return len(order.order_units)


def absent(order: OrderDetails) -> None:
    if order.delivery:
        assert_type(order.delivery.pickup_location is None, bool)
    if order.delivery is not UNSET:
        assert_type(order.delivery.pickup_location is None, bool)
