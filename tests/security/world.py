"""A sandbox full of canaries: values that must not be seen where secrets and buyers' data have no place."""

from __future__ import annotations

import itertools
import traceback
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
from attrs import evolve

from kaufland_shoptet import Sandbox, Settings
from kaufland_shoptet.mapping.products import SafetyContact
from kaufland_shoptet.sandbox import Clock
from kaufland_shoptet.sandbox.sdk import demo_settings
from kaufland_shoptet.settings import NotificationSettings, OfferSettings, PriceSettings, ProductSettings

PERSON = {
    "first_name": "Kanarajka",
    "last_name": "Zobakovska",
    "company_name": "Perova Voliera",
    "street": "Hnizdecka",
    "house_number": "4711/39",
    "postcode": "767 93",
    "additional_field": "Zadni trakt 58",
    "city": "Ptacinov",
    "phone": "+420777888999",
}
EMAIL = "kanarajka.zobakovska@ptaci-posta.example"
NOTE = "Zobacek ulomen pri krmeni"
PERSONAL = (*PERSON.values(), EMAIL, NOTE, "777888999", "777 888 999")
"""Buyers' data: not in logs, exceptions, plans, reports and the ledger."""
HERE = str(Path(__file__).parent)
HOOK = "HookPathCanary0123456789abcdefghij"
SIGNATURE_KEY = "SignatureKeyCanary0123456789abcdef"
OURS = (HOOK, SIGNATURE_KEY)


def everything_on(**changes: Any) -> Settings:
    """Settings that switch every flow on."""
    demo = demo_settings()
    contact = SafetyContact(name="Lumi s.r.o.", address="Lesní 1, 370 01 České Budějovice, CZ")
    front = evolve(
        demo.storefronts["cz"],
        pull_statuses=True,
        push_statuses=True,
        remark_returns=True,
        upload_invoices=True,
        sync_products=True,
        products=ProductSettings(parameters={"Barva": "colour"}, contacts={"Lumi": contact}),
        sync_offers=True,
        sync_prices=True,
        offers=OfferSettings(create=True, handling_time=1, shipping_group=195844, warehouse=51234),
        prices=PriceSettings(coefficient=Decimal(1)),
        **changes,
    )
    hooks = NotificationSettings(
        kaufland_url=f"https://shop.example/k?key={HOOK}",
        shoptet_url=f"https://shop.example/s?key={HOOK}",
        fallback_email="merchant@shop.example",
    )
    return evolve(demo, storefronts={"cz": front}, notifications=hooks)


def planted(clock: Clock | None = None) -> Sandbox:
    """A sandbox whose buyers are all one canary."""
    sandbox = Sandbox.demo("three_pieces", "home_delivery", clock=clock)
    for order in sandbox.kaufland.orders.values():
        order.buyer["email"] = EMAIL
        for address in (order.billing, order.shipping):
            address.update(PERSON)
    if clock is None:
        sandbox.clock.advance(timedelta(hours=2))
    return sandbox


def secrets_of(sandbox: Sandbox) -> tuple[str, ...]:
    """Whatever opens something: not to be seen anywhere."""
    return (
        sandbox.client_key,
        sandbox.secret_key,
        sandbox.partner_key,
        sandbox.partner_secret,
        sandbox.private_token,
        sandbox.oauth_token,
        sandbox.installation_code,
        sandbox.add_on.client_secret,
        *OURS,
    )


def send_back(sandbox: Sandbox) -> None:
    """A buyer returns a piece, and says why in words of his own."""
    piece = sandbox.kaufland.orders["MA1B2C3"].pieces[0].id
    sandbox.kaufland.deliver(piece)
    parcel = sandbox.kaufland.begin_return(piece, reason="defect", note=NOTE)
    sandbox.kaufland.receive_return(parcel.id)


# What can be seen.


def forms(thing: Any) -> str:
    """Every way in which a thing can be printed."""
    shown = [str(thing), repr(thing), f"{thing}", str([thing])]
    for name in ("to_json", "_repr_html_"):
        method = getattr(thing, name, None)
        if callable(method) and not isinstance(thing, type):
            shown.append(method())
    if isinstance(thing, BaseException):
        shown.append("".join(traceback.format_exception(thing)))
    return "\n".join(shown)


def with_locals(error: BaseException) -> str:
    """What a tool prints that shows the variables of a traceback, but those of the tests themselves."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    told.stack[:] = [frame for frame in told.stack if not frame.filename.startswith(HERE)]
    return "".join(told.format(chain=False))


def reach(*things: Any) -> list[Any]:
    """*things* and every object of this package, or exception, that hangs on them."""
    found: dict[int, Any] = {}
    waiting = list(things)
    while waiting and len(found) < 20_000:
        thing = waiting.pop()
        if id(thing) in found:
            continue
        if isinstance(thing, list | tuple | set | frozenset):
            waiting += thing
        elif isinstance(thing, dict):
            waiting += thing.values()
        elif (
            type(thing).__module__.startswith("kaufland_shoptet") and ".sandbox" not in type(thing).__module__
        ):
            found[id(thing)] = thing
            waiting += _attributes(thing)
        elif isinstance(thing, BaseException):
            found[id(thing)] = thing
        if isinstance(thing, BaseException):
            waiting += [*_attributes(thing), thing.__cause__, thing.__context__, *thing.args]
    return list(found.values())


def _attributes(thing: Any) -> list[Any]:
    values = list(getattr(thing, "__dict__", {}).values())
    if attrs.has(type(thing)):
        values += [getattr(thing, each.name, None) for each in attrs.fields(type(thing))]
    return values


def leaks(text: str, canaries: tuple[str, ...]) -> set[str]:
    """The canaries in *text*, each with what stands around it."""
    return {
        f"{canary!r} in {text[max(0, place - 90) : place + len(canary) + 30]!r}"
        for canary in canaries
        for place in itertools.islice(_places(text, canary), 1)
    }


def _places(text: str, canary: str):
    place = text.find(canary)
    while place >= 0:
        yield place
        place = text.find(canary, place + 1)
