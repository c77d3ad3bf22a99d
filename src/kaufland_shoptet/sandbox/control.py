"""Steering a sandbox from outside, in any language: what lies behind ``/sandbox`` of its server.

Every function takes a sandbox and a JSON object, checked, and gives a JSON value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import field, frozen

from . import Sandbox
from .checks import Flag, Flaw, Number, Rule, Shape, Text, Whole
from .faults import ANY, KINDS, WEBHOOKS, Fault
from .wire import Json, is_array, is_object

__all__ = ["DOORS", "Door", "Wrong", "status"]

Row = dict[str, Any]
RECENT: Final = 50
"""How many of the latest calls, webhooks and faults are told."""


DECADE: Final = 10 * 366 * 24 * 3600
"""The most seconds that time can be moved, or a fault can last."""


class Wrong(Exception):
    """What was asked for cannot be done; the message says why."""


@frozen
class _Amount:
    """A number from 0 to a maximum."""

    maximum: int

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Type and range."""
        wrong = list(Number().flaws(value, at))
        yield from wrong
        if not wrong and not 0 <= value <= self.maximum:
            yield Flaw(at, f"Must be at least 0 and at most {self.maximum}")


@frozen
class Door:
    """One thing that can be done from outside: its function, and the rule of what it takes."""

    act: Callable[[Sandbox, Row], Json]
    takes: Shape = field(kw_only=True)

    def __call__(self, sandbox: Sandbox, asked: Json) -> Json:
        """Check and do it.

        Raises:
            Wrong: Something does not fit.
        """
        flaws = list(self.takes.flaws(asked, ""))
        if flaws:
            raise Wrong("; ".join(f"{flaw.at or 'body'}: {flaw.message}" for flaw in flaws))
        with sandbox.clock.lock:
            return self.act(sandbox, asked)


# -- what can be done ------------------------------------------------------------------------------------


def _move(sandbox: Sandbox, asked: Row) -> Json:
    sandbox.clock.advance(float(asked["seconds"]))
    return {"now": sandbox.clock.now().isoformat()}


def _plan(sandbox: Sandbox, asked: Row) -> Json:
    if asked.get("clear"):
        sandbox.faults.clear()
    elif "rate" in asked:
        kinds = asked.get("kinds", ANY)
        weights = {kind: float(weight) for kind, weight in kinds.items()} if is_object(kinds) else kinds
        sandbox.faults.random(float(asked["rate"]), asked.get("seed", 0), weights)
    elif "kind" in asked:
        names = ("kind", "api", "method", "path", "nth", "times", "seconds")
        sandbox.faults.add(Fault(**{name: asked[name] for name in names if name in asked}))
    else:
        raise Wrong("kind, rate or clear is required")
    return {"planned": [_fault(each) for each in sandbox.faults.planned]}


def _order(sandbox: Sandbox, asked: Row) -> Json:
    kaufland = asked.get("api", "kaufland") == "kaufland"
    act = sandbox.kaufland.drift if kaufland else sandbox.shoptet.drift
    made: list[Any] = [act() for _ in range(asked.get("number", 1))]
    if None in made:
        raise Wrong("there is nothing to order in this sandbox")
    return {"orders": [order.id if kaufland else order.code for order in made]}


_EVENTS: Final[Mapping[str, tuple[str, Callable[[Sandbox, Any, Row], object]]]] = {
    "deliver": ("id_order_unit", lambda sandbox, name, _: sandbox.kaufland.deliver(name)),
    "autopay": ("id_order_unit", lambda sandbox, name, _: sandbox.kaufland.autopay(name)),
    "cancel": ("id_order", lambda sandbox, name, _: sandbox.kaufland.cancel(name)),
    "begin_return": ("id_order_unit", lambda sandbox, name, _: sandbox.kaufland.begin_return(name).id),
    "ship_return": ("id_return", lambda sandbox, name, _: sandbox.kaufland.ship_return(name)),
    "receive_return": ("id_return", lambda sandbox, name, _: sandbox.kaufland.receive_return(name)),
    "edit": ("order", lambda sandbox, name, _: sandbox.shoptet.edit(name)),
    "invoice": ("order", lambda sandbox, name, _: sandbox.shoptet.issue_invoice(name).code),
    "ship": ("order", lambda sandbox, name, asked: _ship(sandbox, name, asked.get("number", "1"))),
    "count": (
        "variant",
        lambda sandbox, name, asked: sandbox.shoptet.set_stock(name, Decimal(asked.get("amount", 0))),
    ),
}
"""What happens in the world by itself: the key that names what it happens to, and how."""


def _ship(sandbox: Sandbox, code: str, number: str) -> str:
    return str(sandbox.shoptet.ship(sandbox.shoptet.orders[code].code, number)["guid"])


def _happen(sandbox: Sandbox, asked: Row) -> Json:
    key, act = _EVENTS[asked["event"]]
    if key not in asked:
        raise Wrong(f"{key}: is required for {asked['event']}")
    try:
        return {"made": act(sandbox, asked[key], asked)}
    except KeyError:
        raise Wrong(f"{key}: there is no {asked[key]}") from None


class _Kinds:
    """Kinds of fault in a list, or with weights."""

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Unknown kinds, and weights that are no numbers."""
        if not (is_object(value) or is_array(value)):
            yield Flaw(at, "An array of kinds, or an object with weights, is required")
            return
        for kind in value:
            if kind not in KINDS and kind not in WEBHOOKS:
                yield Flaw(f"{at}.{kind}", "There is no such kind")
        if is_object(value):
            for kind, weight in value.items():
                yield from Number().flaws(weight, f"{at}.{kind}")


_APIS: Final = Text(among=("kaufland", "shoptet"))
_COUNT: Final = Whole(minimum=1, maximum=1000)
_NAMES: Final[Mapping[str, Rule]] = {
    "id_order_unit": Whole(),
    "id_return": Whole(),
    "id_order": Text(),
    "order": Text(),
    "variant": Text(),
}

DOORS: Final[Mapping[str, Door]] = {
    "clock": Door(_move, takes=Shape(keys={"seconds": _Amount(DECADE)}, required=("seconds",))),
    "faults": Door(
        _plan,
        takes=Shape(
            keys={
                "kind": Text(among=(*KINDS, *WEBHOOKS)),
                "api": Text(among=("kaufland", "shoptet"), null=True),
                "method": Text(null=True),
                "path": Text(minimum=1),
                "nth": Whole(minimum=1),
                "times": Whole(minimum=1),
                "seconds": Whole(minimum=0, maximum=DECADE),
                "rate": _Amount(1),
                "seed": Whole(),
                "kinds": _Kinds(),
                "clear": Flag(),
            }
        ),
    ),
    "orders": Door(_order, takes=Shape(keys={"number": _COUNT, "api": _APIS})),
    "events": Door(
        _happen,
        takes=Shape(
            keys={"event": Text(among=tuple(_EVENTS)), **_NAMES, "number": Text(), "amount": Number()},
            required=("event",),
        ),
    ),
}
"""What can be done, by the last part of the path: ``POST /sandbox/clock`` and so on."""


# -- how it stands ---------------------------------------------------------------------------------------


def _fault(fault: Fault) -> Row:
    return {
        "kind": fault.kind,
        "api": fault.api,
        "method": fault.method,
        "path": fault.path,
        "nth": fault.nth,
        "times": fault.times,
        "seconds": fault.seconds,
    }


def status(sandbox: Sandbox) -> Row:
    """How a sandbox stands: clock, counts, limits, and the latest calls, webhooks and faults, the newest first."""
    with sandbox.clock.lock:
        sandbox.clock.catch_up()
        kaufland, shoptet, now = sandbox.kaufland, sandbox.shoptet, sandbox.clock.now()
        windows, buckets = kaufland.windows.values(), shoptet.buckets.values()
        return {
            "now": now.isoformat(timespec="seconds"),
            "clock": "running" if sandbox.clock.running else "standing still",
            "counts": {
                "Kaufland orders": len(kaufland.orders),
                "Kaufland offers": len(kaufland.offers),
                "Kaufland returns": len(kaufland.returns),
                "Shoptet orders": len(shoptet.orders),
                "Shoptet variants": len(shoptet.variants),
                "Shoptet jobs": len(shoptet.jobs),
                "Calls": len(sandbox.log),
                "Webhooks": len(sandbox.post.letters),
                "Faults": len(sandbox.faults.struck),
            },
            "limits": [
                {
                    "what": "Kaufland, calls in one second",
                    "peak": max((window.peak for window in windows), default=0),
                    "limit": kaufland.limit,
                },
                {
                    "what": "Shoptet, drops in the bucket",
                    "peak": max((bucket.peak for bucket in buckets), default=0),
                    "limit": sandbox.switches.bucket_size,
                },
                {
                    "what": "Shoptet, calls at the same time",
                    "peak": shoptet.lines.peak,
                    "limit": sandbox.switches.connections,
                },
            ],
            "calls": [entry._asdict() for entry in reversed(sandbox.log[-RECENT:])],
            "webhooks": [
                {
                    "api": letter.api,
                    "event": letter.event,
                    "url": letter.call.url.partition("?")[0],
                    "state": letter.state,
                    "tries": len(letter.attempts),
                }
                for letter in reversed(sandbox.post.letters[-RECENT:])
            ],
            "struck": [strike._asdict() for strike in reversed(sandbox.faults.struck[-RECENT:])],
            "planned": [_fault(each) for each in sandbox.faults.planned],
        }
