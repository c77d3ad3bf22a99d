"""The process may die between any two steps of a synchronisation; the next runs make up for it.

No offer is made twice, and when all is said and done Kaufland has exactly what the shop has.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from kaufland_shoptet import Sandbox, SqliteLedger
from kaufland_shoptet.sandbox import Switches
from kaufland_shoptet.sandbox.data import articles, fill_catalogue
from kaufland_shoptet.sandbox.sdk import demo_settings
from kaufland_shoptet.settings import OfferSettings, PriceSettings, Settings, StorefrontSettings

from .mortal import Killed, Process, bridge

STOCK = {"GEN-00001": 7, "GEN-00002": 9}


def chosen() -> Settings:
    new = OfferSettings(create=True, handling_time=1, shipping_group=195844)
    fronts = {
        "cz": StorefrontSettings(sync_offers=True, sync_prices=True, offers=OfferSettings(orphans="pause")),
        "pl": StorefrontSettings(
            sync_offers=True, sync_prices=True, prices=PriceSettings(coefficient=Decimal("0.17")), offers=new
        ),
    }
    return evolve(demo_settings(), storefronts=fronts)


def world() -> Sandbox:
    """Two variants that sold and cost more than Kaufland knows, one that is gone, and none offered in Poland."""
    sandbox = Sandbox(switches=Switches(bucket_costs=False))
    fill_catalogue(sandbox.kaufland, sandbox.shoptet, articles(3), ("cz",))
    for code, amount in STOCK.items():
        sandbox.shoptet.set_stock(code, Decimal(amount))
        sandbox.shoptet.prices[1][code].price += 5
    del sandbox.shoptet.variants["GEN-00003"]
    return sandbox


def run(sandbox: Sandbox, ledger: SqliteLedger, process: Process) -> None:
    """What cron does, in a process of its own."""
    with_process = bridge(sandbox, chosen(), ledger, process)
    with_process.apply(with_process.offers.plan())


def check(sandbox: Sandbox, number: int) -> None:
    """Both sides agree, and every offer stands there once."""
    rows = list(sandbox.kaufland.offers.values())
    assert Counter((row.storefront, row.id_offer) for row in rows) == {
        **{(front, code): 1 for front in ("cz", "pl") for code in STOCK},
        ("cz", "GEN-00003"): 1,
    }, number
    for row in rows:
        if row.id_offer in STOCK:
            assert row.amount == STOCK[row.id_offer], number
            price = sandbox.shoptet.prices[1][row.id_offer].price * (
                1 if row.storefront == "cz" else Decimal("0.17")
            )
            assert row.facts["listing_price"] == round(price * 100), number
        else:
            assert row.status == "ONHOLD", number


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_step(tmp_path, after):
    whole = Process(None, after=False)
    run(world(), SqliteLedger(tmp_path / "whole.sqlite"), whole)
    assert whole.steps > 35
    for number in range(1, whole.steps + 1):
        sandbox = world()
        ledger = SqliteLedger(tmp_path / f"{number}-{after}.sqlite")
        with pytest.raises(Killed):
            run(sandbox, ledger, Process(number, after=after))
        assert all(row.amount <= 100 for row in sandbox.kaufland.offers.values()), number
        run(
            sandbox, ledger, Process(None, after=False)
        )  # restarted at once: what may be there is not repeated
        sandbox.clock.advance(timedelta(minutes=61))
        run(sandbox, ledger, Process(None, after=False))
        check(sandbox, number)
        sent = len(sandbox.log)
        run(sandbox, ledger, Process(None, after=False))
        assert all(entry.method == "GET" for entry in sandbox.log[sent:]), number


def test_killed_again_and_again(tmp_path):
    sandbox = world()
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    for number in range(1, 80):
        try:
            run(sandbox, ledger, Process(number, after=bool(number % 2)))
        except Killed:
            sandbox.clock.advance(timedelta(minutes=61))
            continue
        break
    sandbox.clock.advance(timedelta(minutes=61))
    run(sandbox, ledger, Process(None, after=False))
    check(sandbox, 0)
