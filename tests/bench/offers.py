"""Offers: planning beside a plain loop over dicts, and the requests and time of a whole run."""

from __future__ import annotations

import argparse
import resource
import time
import tracemalloc
from decimal import ROUND_HALF_UP, Decimal

from attrs import evolve
from measure import best, table

from kaufland_shoptet.mapping.offers import Front, Offer, StockRule, compare, pieces
from kaufland_shoptet.mapping.prices import PriceRule
from kaufland_shoptet.sandbox import Sandbox, Switches
from kaufland_shoptet.sandbox.data import articles, fill_catalogue
from kaufland_shoptet.sandbox.sdk import demo_settings
from kaufland_shoptet.settings import PriceSettings, StockSettings, StorefrontSettings

RULE = PriceRule(source="CZK", target="EUR", coefficient=Decimal("0.0398"))
STOCK = StockRule(buffer=1, cap=500)
CENT = Decimal("0.01")


def plain(rows, stock, asked) -> list[tuple[int, dict[str, int]]]:
    """The same arithmetic in a loop over dicts."""
    changes = []
    for row in rows:
        code = row["id_offer"]
        amount = max(0, min(int(stock[code]) - 1, 500))
        price = int((asked[code] * RULE.coefficient).quantize(CENT, ROUND_HALF_UP) * 100)
        change = {}
        if amount != row["amount"]:
            change["amount"] = amount
        if price != row["listing_price"]:
            change["listing_price"] = price
        if change:
            changes.append((row["id_unit"], change))
    return changes


def planning(number: int) -> None:
    """The pure part: offers a second, ratio, memory."""
    stock = {f"GEN-{place:06d}": place % 300 for place in range(number)}
    asked = {f"GEN-{place:06d}": Decimal(9_900 + place % 9_000) / 100 for place in range(number)}
    offers = {}
    for place, code in enumerate(stock):
        price = int((asked[code] * RULE.coefficient).quantize(CENT, ROUND_HALF_UP) * 100)
        amount = pieces(stock[code], STOCK) + (place % 20 == 0)
        offers[code] = Offer(place, code, amount, price, 1, "AVAILABLE")
    front = Front(storefront="de", offers=offers, stock=STOCK, supply=stock, price=RULE, selling=asked)
    rows = [
        {"id_unit": each.id_unit, "id_offer": code, "amount": each.amount, "listing_price": each.price}
        for code, each in offers.items()
    ]
    tracemalloc.start()
    (found,) = compare([front])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.updates) == len(plain(rows, stock, asked)) == number // 20
    times = best(
        {"plain": lambda: plain(rows, stock, asked), "ours": lambda: compare([front])}, rounds=8, seconds=0.1
    )
    print(f"Planning {number:,} offers, 5 % of them different (the target: at most 3.00)")
    table(
        [
            ["", "seconds", "offers/s", "ratio", "peak"],
            ["a loop over dicts", f"{times['plain']:.3f}", f"{number / times['plain']:,.0f}", "1.00", ""],
            [
                "compare",
                f"{times['ours']:.3f}",
                f"{number / times['ours']:,.0f}",
                f"{times['ours'] / times['plain']:.2f}",
                f"{peak / 1e6:.1f} MB",
            ],
        ]
    )


def whole(number: int) -> None:
    """A run over the sandbox: requests, simulated seconds at 111 requests a second, memory."""
    sandbox = Sandbox(switches=Switches(bucket_costs=False))
    fill_catalogue(sandbox.kaufland, sandbox.shoptet, articles(number), ("de",))
    front = StorefrontSettings(
        sync_offers=True,
        sync_prices=True,
        prices=PriceSettings(coefficient=1 / Decimal("25.1")),
        stock=StockSettings(reserve=False),
    )
    bridge = sandbox.bridge(evolve(demo_settings(), storefronts={"de": front}))
    for code in [*sandbox.shoptet.variants][::20]:
        sandbox.shoptet.set_stock(code, Decimal(50))
    changed = number // 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, real = sandbox.clock.timestamp(), time.perf_counter()
    plan = bridge.offers.plan()
    middle, halfway = sandbox.clock.timestamp(), time.perf_counter()
    assert len(plan.changes) == changed, len(plan.changes)
    asked = sum(entry.api == "kaufland" for entry in sandbox.log)
    shop = len(sandbox.log) - asked
    report = bridge.apply(plan)
    assert report.good
    ended, end = sandbox.clock.timestamp(), time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sent = sum(entry.api == "kaufland" for entry in sandbox.log) - asked
    print(f"A run over {number:,} offers with {changed:,} changed, on the simulated clock")
    table(
        [
            ["", "Kaufland", "Shoptet", "simulated s", "real s, sandbox included"],
            ["walk and plan", f"{asked:,}", f"{shop:,}", f"{middle - began:.2f}", f"{halfway - real:.1f}"],
            ["bulk", f"{sent:,}", "0", f"{ended - middle:.2f}", f"{end - halfway:.1f}"],
            ["one PATCH each", f"{asked + changed:,}", "", f"{(asked + changed) / 111:.2f}", ""],
        ]
    )
    print(
        f"requests: {(asked + sent) / (asked + changed):.3f} of a walk and one PATCH each; writes: "
        f"{sent / changed:.4f} of one PATCH each; {sent * 150 / changed:.3f} of the limit of 150 a request; "
        f"memory of the process grew by {(peak - before) / 1024:.0f} MB, {(peak - before) * 1024 / number:.0f} "
        "bytes an offer, the sandbox's answers included"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--offers", type=int, default=100_000)
    number = parser.parse_args().offers
    planning(number)
    whole(number)


if __name__ == "__main__":
    main()
