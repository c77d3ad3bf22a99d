"""The demo: every flow once, on the sandbox, from one settings file, each after something has happened.

A new flow gets a scene here: what happens in the world before it plans.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Final

from ..clients import Bridge
from ..flows.changes import amount
from ..flows.shop import Shop
from ..flows.table import FLOWS
from ..mapping.money import to_minor
from ..settings import Settings
from . import Sandbox

__all__ = ["SCENES", "play", "settings"]

FACTS: Final = ("three_pieces", "packeta", "two_vat_rates", "voucher", "home_delivery")


def settings() -> Settings:
    """The settings file of the demo."""
    return Settings.loads(files("kaufland_shoptet.sandbox").joinpath("shop.toml").read_text(encoding="utf-8"))


def _nothing(_: Sandbox) -> None:
    """Nothing has to happen."""


def _cancel(sandbox: Sandbox) -> None:
    sandbox.kaufland.cancel("MHM2D10")


def _send(sandbox: Sandbox) -> None:
    orders = sandbox.shoptet.orders.values()
    (code,) = (order.code for order in orders if order.row["externalCode"] == "MA1B2C3")
    sandbox.shoptet.ship(code, "80001", "80002")
    sandbox.shoptet_client().orders.update_status(code, status_id=52)


def _send_back(sandbox: Sandbox) -> None:
    unit = sandbox.kaufland.orders["MA1B2C3"].pieces[0]
    sandbox.kaufland.deliver(unit.id)
    parcel = sandbox.kaufland.begin_return(unit.id)
    sandbox.kaufland.receive_return(parcel.id)
    sandbox.kaufland.accept(parcel.units[0])


def _count(sandbox: Sandbox) -> None:
    sandbox.shoptet.set_stock("32/ZEL", Decimal(7))


SCENES: Final[Mapping[str, tuple[str, Callable[[Sandbox], None]]]] = {
    "orders": ("Kaufland's buyers have ordered.", _nothing),
    "statuses.pull": ("Kaufland's customer service cancels an order.", _cancel),
    "statuses.push": ("The merchant sends an order in two parcels and sets its status.", _send),
    "returns": ("A parcel arrives, one piece comes back, and the merchant accepts it.", _send_back),
    "returns.credit": ("With its status the order has got an invoice.", _nothing),
    "invoices": ("With the status the shop has issued an invoice.", _nothing),
    "products": ("The shop has products.", _nothing),
    "offers": ("The merchant counts his stock, and prices for sk have a coefficient now.", _count),
    "notifications": ("Nobody is told of anything yet.", _nothing),
}
"""What happens before each flow plans."""


def play() -> Iterator[tuple[str, bool]]:
    """Lines to print, each with whether all is as it should be."""
    sandbox = Sandbox.demo(*FACTS)
    bridge = sandbox.bridge(settings())
    findings = bridge.doctor.examine()
    yield findings.title, findings.good
    for each in FLOWS:
        sandbox.clock.advance(61)
        scene, happen = SCENES[each.name]
        happen(sandbox)
        plan = bridge.run(each.planned(Shop(bridge.settings, bridge.ledger)))
        report = bridge.apply(plan)
        yield f"\n{each.name}: {each.does}. {scene}\n{plan}\n{report.title}", bool(plan) and report.good
    yield from _money(sandbox, bridge)
    sandbox.clock.advance(61)
    again = bridge.sync(dry_run=True)
    left = sum(len(each.plan.changes) for each in again.flows if each.plan)
    yield f"\nA synchronisation afterwards has {left or 'nothing'} to do.", again.good and not left
    since = sandbox.clock.now() - timedelta(days=30)
    compared = bridge.reconcile.report(since)
    yield f"\n{compared}", compared.good
    yield f"\n{bridge.reconcile.deadlines()}", True


def _money(sandbox: Sandbox, bridge: Bridge) -> Iterator[tuple[str, bool]]:
    paid: Counter[str] = Counter()
    for entry in bridge.ledger.orders():
        paid[entry.currency] += entry.total
    counted: Counter[str] = Counter()
    for row in sandbox.shoptet_client().orders.list():
        counted[row.price.currency_code] += to_minor(row.price.with_vat or Decimal(0))
    for currency, total in sorted(paid.items()):
        told = (
            f"Customers paid {amount(total, currency)}, Shoptet counts {amount(counted[currency], currency)}."
        )
        yield f"\n{told}", total == counted[currency]
