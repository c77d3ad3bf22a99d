"""Customers, the merchant, the marketplace and time do as they please, calls fail and the bridge dies.

When all is quiet again, both sides and the ledger agree. The usual lives are few and the same every time;
``PROOF_LIVES=500 PROOF_STEPS=60 pytest tests/proof/test_machine.py`` looks for new ones.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from kaufland_shoptet.sandbox import Fault, Switches
from kaufland_shoptet.sandbox.faults import ANY, KINDS

from .world import ARTICLES, COEFFICIENTS, World

SOME = st.integers(0, 99)
PLACES = st.integers(0, len(ARTICLES) - 1)
GOODS = st.lists(
    st.tuples(PLACES, st.integers(1, 3), st.sampled_from((0, 9900))),
    min_size=1,
    max_size=2,
    unique_by=lambda each: each[0],
)
FRONTS = st.sampled_from(("cz", "sk"))
FLOWS = ("orders", "statuses.pull", "statuses.push", "returns", "returns.credit", "invoices", "offers")
SWITCHES = st.builds(
    Switches,
    storefront_omitted=st.sampled_from(("all", "default")),
    second_send_status=st.sampled_from((400, 403, 409)),
    stock_falls_on_order=st.booleans(),
    discount_sign=st.sampled_from((1, -1)),
    kaufland_retry_after=st.sampled_from(("none", "seconds", "date")),
    return_follows_its_units=st.booleans(),
    autopaid_after=st.sampled_from((None, timedelta(days=2))),
    delivered_after=st.sampled_from((None, timedelta(days=1))),
    documents_fail=st.booleans(),
)
"""What nobody knows of the two vendors: it must not matter."""
FAULTS = st.builds(
    Fault,
    kind=st.sampled_from([kind for kind in ANY if kind in KINDS]),
    api=st.sampled_from((None, "kaufland", "shoptet")),
    method=st.sampled_from((None, "POST", "PATCH")),
    nth=st.integers(1, 30),
    times=st.integers(1, 7),
    seconds=st.sampled_from((1, 30, 300)),
)
CALLS = st.builds(Fault, kind=st.just("meanwhile"), nth=st.integers(1, 40))


MERCHANT = ("dispatch", "dispatch", "cancel_in_shop", "edit", "issue_invoice")
MARKETPLACE = ("deliver", "deliver", "autopay", "send_back")
"""Named more than once: happens more often."""


class Lives(RuleBasedStateMachine):
    """Everything that may happen, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.world: World

    seen: ClassVar[Counter[str]] = Counter()

    @initialize(switches=SWITCHES, choices=st.lists(SOME, min_size=3, max_size=3))
    def history(self, switches, choices):
        """Everybody has been at it for a while, so that something is there in every state."""
        self.world = World(Path(self._folder.name), switches)
        for choice in range(5):
            goods = [(choice % len(ARTICLES), 1 + choice % 3, 9900)]
            self.world.order(("cz", "sk")[choice % 2], goods, pickup=choice == 2, voucher=choice == 4)
        self.world.pass_time(20)
        self.world.run("sync")
        for choice in choices:
            self.world.dispatch(choice)
        self.world.cancel_in_shop(choices[0])
        self.world.run("sync")
        for choice in choices:
            self.world.issue_invoice(choice)
            self.world.deliver(choice)
        self.world.send_back(choices[0])
        self.world.refund(choices[1])
        self.world.pass_time(60 * 24 * 4)

    # Customers.

    @rule(front=FRONTS, goods=GOODS, pickup=st.booleans(), voucher=st.booleans(), call=st.none() | CALLS)
    def order(self, front, goods, pickup, voucher, call):
        """Somebody orders; if so, while the bridge runs."""
        act = partial(self.world.order, front, goods, pickup=pickup and front == "cz", voucher=voucher)
        act() if call is None else self.world.meanwhile(act, call)

    # The merchant.

    @rule(what=st.sampled_from(MERCHANT), choice=SOME)
    def in_the_shop(self, what, choice):
        getattr(self.world, what)(choice)

    @rule(place=PLACES, pieces=st.integers(0, 12), crowns=st.none() | st.integers(99, 999))
    def count(self, place, pieces, crowns):
        self.world.count(place, pieces)
        if crowns is not None:
            self.world.reprice(place, crowns)

    @rule(coefficient=st.sampled_from(COEFFICIENTS))
    def exchange(self, coefficient):
        self.world.exchange(coefficient)

    # The marketplace, and time.

    @rule(what=st.sampled_from(MARKETPLACE), choice=SOME)
    def on_the_market(self, what, choice):
        getattr(self.world, what)(choice)

    @rule(choice=SOME, whole=st.booleans(), call=st.none() | CALLS)
    def cancel_by_service(self, choice, whole, call):
        """Customer service cancels; if so, while the bridge runs."""
        act = partial(self.world.cancel_by_service, choice, whole=whole)
        act() if call is None else self.world.meanwhile(act, call)

    @rule(minutes=st.sampled_from((5, 20, 90, 60 * 24, 60 * 24 * 4)))
    def pass_time(self, minutes):
        self.world.pass_time(minutes)

    # The bridge, and what goes wrong.

    @rule(what=st.sampled_from(("sync", *FLOWS)), asynchronous=st.booleans())
    def run_well(self, what, asynchronous):
        self.world.run(what, asynchronous=asynchronous)

    @rule(what=st.sampled_from(("sync", *FLOWS)), steps=st.integers(1, 80), after=st.booleans())
    def die(self, what, steps, after):
        self.world.doom(steps, after=after)
        self.world.run(what)

    @rule(steps=st.integers(1, 120), after=st.booleans())
    def die_asynchronously(self, steps, after):
        self.world.doom(steps, after=after)
        self.world.run("sync", asynchronous=True)

    @rule(rate=st.sampled_from((0.05, 0.2)), seed=SOME, asynchronous=st.booleans())
    def storm(self, rate, seed, asynchronous):
        self.world.storm(rate, seed)
        self.world.run("sync", asynchronous=asynchronous)
        self.world.storm(0, 0)

    @rule(fault=FAULTS)
    def fault(self, fault):
        self.world.plan_fault(fault)

    @rule(choice=SOME, steps=st.none() | st.integers(1, 8), after=st.booleans())
    def refund(self, choice, steps, after):
        self.world.doom(steps, after=after)
        self.world.refund(choice)

    def teardown(self):
        try:
            self.world.calm_down()
            self.world.check()
            self.seen.update(self.world.happened())
        finally:
            self._folder.cleanup()


def test_all_is_well_in_the_end():
    lives = os.environ.get("PROOF_LIVES")
    Lives.seen.clear()
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=int(lives or 20),
            stateful_step_count=int(os.environ.get("PROOF_STEPS", "30")),
            derandomize=lives is None,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert all(Lives.seen.values()), Lives.seen  # all that is held against each other did happen
