"""Issue part 7, reconciliation: what agrees is not reported, what does not is, with what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet import Action, Imported
from kaufland_shoptet.mapping.money import from_minor
from kaufland_shoptet.mapping.offers import Index
from kaufland_shoptet.mapping.reconcile import (
    Kept,
    Sold,
    SoldUnit,
    Terms,
    compare_offers,
    compare_orders,
    unfinished,
)
from kaufland_shoptet.mapping.statuses import Label, StatusMap

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
TABLE = StatusMap.of(
    {
        Label.NOT_DISPATCHED: [26],
        Label.DISPATCHED: [52, -3],
        Label.DELIVERED: [53],
        Label.CANCELLED: [-4],
    }
)
TERMS = {"cz": Terms(statuses=TABLE)}


def piece(unit: int, status: str = "need_to_be_sent", **changes) -> SoldUnit:
    return evolve(SoldUnit(unit=unit, status=status, price=49_900, shipping=0), **changes)


def sold(*units: SoldUnit, id_order: str = "M1") -> Sold:
    return Sold(id_order=id_order, storefront="cz", currency="CZK", units=units or (piece(1), piece(2)))


def booked(order: Sold, code: str | None = "S1", **changes) -> Imported:
    entry = Imported(
        id_order=order.id_order,
        storefront="cz",
        state="imported",
        code=code,
        lines=(tuple(unit.unit for unit in order.units),),
        total=sum(unit.price + unit.shipping - unit.discount for unit in order.units),
        currency="CZK",
        updated=NOON,
    )
    return evolve(entry, **changes)


def kept(order: Sold, code: str = "S1", **changes) -> Kept:
    row = Kept(
        code=code,
        id_order=order.id_order,
        status=26,
        status_name="To send",
        total=from_minor(booked(order).total),
        currency="CZK",
    )
    return evolve(row, **changes)


def compare(order: Sold | None, rows, entry: Imported | None, **how):
    known = {} if entry is None else {entry.id_order: entry}
    return compare_orders([] if order is None else [order], rows, known, TERMS, **how)


@given(
    st.lists(
        st.tuples(st.integers(1, 10**7), st.integers(0, 10**5), st.integers(0, 1_000)),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([("need_to_be_sent", 26), ("sent", 52), ("sent", -3), ("received", 53)]),
)
def test_what_agrees_is_not_reported(units, states):
    """Part 7, a law."""
    status, number = states
    order = sold(
        *(
            SoldUnit(unit=place, status=status, price=price, shipping=shipping, discount=off)
            for place, (price, shipping, off) in enumerate(units)
        )
    )
    assert compare(order, [kept(order, status=number)], booked(order)) == []


@pytest.mark.parametrize(
    ("statuses", "changes", "problem"),
    [
        (["need_to_be_sent", "open"], None, "is not in the shop, and waits to be sent."),
        (["sent", "cancelled"], None, "is not in the shop, and is Dispatched on Kaufland."),
        (["in_clearance"], None, "is not in the shop, and is in_clearance on Kaufland."),
        (["open"], None, None),
        (["cancelled"], None, None),
        (["sent"], {"state": "refused", "code": None}, "is not in the shop, which refused it."),
        (["sent"], {}, "was imported as S1, which the shop does not have."),
        (["sent"], {"code": None}, "was imported, and its code in the shop is not known."),
    ],
)
def test_orders_on_kaufland_only(statuses, changes, problem):
    """Part 7: orders on one side only."""
    order = sold(*(piece(place, status) for place, status in enumerate(statuses)))
    entry = None if changes is None else evolve(booked(order), **changes)
    found = compare(order, [], entry)
    assert [each.problem for each in found] == ([] if problem is None else [problem])
    assert all((each.side, each.subject) == ("kaufland", "M1") for each in found)


def test_orders_in_the_shop_only():
    """Part 7: orders on one side only."""
    order = sold()
    (stray,) = compare(None, [kept(order, id_order=None)], None)
    assert (stray.subject, stray.side, stray.storefront) == ("S1", "shoptet", "")
    assert stray.problem == "is paid by the method of Kaufland's orders and has no external code."
    (unknown,) = compare(None, [kept(order)], booked(order), unknown={"M1"})
    assert (unknown.subject, unknown.storefront) == ("M1", "cz")
    assert unknown.problem == "is in the shop as S1, and Kaufland has no such order."
    assert compare(None, [kept(order)], None) == [], "it may be of another time"


def test_the_ledger_tells_what_the_external_code_does_not():
    """Part 7."""
    order = sold()
    assert compare(order, [kept(order, id_order=None)], booked(order)) == []


def test_duplicates():
    """Part 7: two orders of the shop with one external code, but for what comes before it."""
    order = sold()
    rows = [kept(order), kept(order, code="S2")]
    (found,) = compare(order, rows, booked(order))
    assert found.problem == "is in the shop 2 times: S1, S2."
    assert found.remedy == "Cancel all but S1 in the shop before they are sent twice."
    (of_another_time,) = compare(None, rows, None)
    assert of_another_time.remedy.startswith("Cancel all but one")


@pytest.mark.parametrize("entry", [None, {"code": None}, {"state": "refused", "code": None}])
def test_what_the_ledger_does_not_know(entry):
    """Part 7."""
    order = sold()
    known = None if entry is None else evolve(booked(order), **entry)
    (found,) = compare(order, [kept(order)], known)
    assert (found.side, found.problem) == (
        "ledger",
        "is in the shop as S1, and the ledger does not know that.",
    )


@pytest.mark.parametrize(
    ("status", "number", "problem", "remedy"),
    [
        ("sent", 26, "is Dispatched on Kaufland, and S1 is X (Not Dispatched) in the shop.", "plan_pull"),
        ("sent", 99, "is Dispatched on Kaufland, and S1 is X, outside the table in the shop.", "plan_pull"),
        ("sent", None, "is Dispatched on Kaufland, and S1 is X, outside the table in the shop.", "plan_pull"),
        ("need_to_be_sent", 52, "is Not Dispatched on Kaufland, and S1 is X (Dispatched)", "plan_push"),
        ("need_to_be_sent", 53, "is Not Dispatched on Kaufland, and S1 is X (Delivered)", "does not let"),
        ("sent", -3, None, None),
        ("returned", 26, None, None),
        ("in_clearance", 26, None, None),
    ],
)
def test_status_disagreements(status, number, problem, remedy):
    """Part 7: which side is ahead says what to do; what the table does not name is left alone."""
    order = sold(piece(1, status))
    found = compare(order, [kept(order, status=number, status_name="X")], booked(order))
    if problem is None:
        assert found == []
    else:
        assert found[0].problem.startswith(problem)
        assert remedy in found[0].remedy


def test_totals_that_differ():
    """Part 7."""
    order = sold()
    (found,) = compare(order, [kept(order, total=Decimal("998.01"))], booked(order))
    assert found.problem == "S1 is 998.01 CZK in the shop, and 998.00 CZK on Kaufland."
    assert found.remedy == "Look who edited the order in the shop."
    (other,) = compare(order, [kept(order, currency="EUR")], booked(order))
    assert other.problem == "S1 is 998.00 EUR in the shop, and 998.00 CZK on Kaufland."
    assert compare(order, [kept(order, total=None)], booked(order)) == []


def test_pieces_that_were_cancelled_since():
    """Part 7."""
    whole = sold()
    order = sold(piece(1), piece(2, "cancelled"))
    (found,) = compare(order, [kept(whole)], booked(whole))
    assert found.problem.endswith(
        "998.00 CZK in the shop, and 499.00 CZK on Kaufland. 1 of 2 pieces were cancelled since the import."
    )
    assert found.remedy == "Take the cancelled pieces out of the order in the shop."
    before = booked(whole, lines=((1,),), cancelled=(2,), total=49_900)
    assert compare(order, [kept(whole, total=Decimal(499))], before) == []
    gone = sold(piece(1, "cancelled"), piece(2, "cancelled"))
    assert compare(gone, [kept(whole, status=-4)], booked(whole)) == []


def test_discounts_that_the_settings_leave_out():
    """Part 7."""
    order = sold(piece(1, discount=5_000))
    terms = {"cz": Terms(statuses=TABLE, discounts="ignore")}
    row = kept(order, total=Decimal(499))
    assert compare_orders([order], [row], {"M1": booked(order)}, terms) == []
    assert len(compare(order, [row], booked(order))) == 1


def test_a_storefront_without_settings():
    """Part 7."""
    order = evolve(sold(), storefront="sk")
    assert compare(order, [kept(order)], booked(order)) == []


def test_what_was_begun_and_did_not_end():
    """Part 7: entries without an end in the ledger, each with what to do."""
    order = sold()
    entries = [booked(order), booked(sold(id_order="M2"), state="intended", code=None)]
    refund = '{"unit": 7, "amount": 9900, "currency": "CZK", "reason": "defect"}'
    actions = [
        Action(kind="refund", key="C-17", state="intended", detail=refund, updated=NOON),
        Action(kind="remark", key="1/x", state="intended", updated=NOON),
        Action(kind="novelty", key="1", state="intended", updated=NOON),
        Action(kind="send", key="1", state="done", updated=NOON),
    ]
    found = unfinished(entries, actions)
    assert [each.subject for each in found] == ["M2", "refund C-17", "remark 1/x", "novelty 1"]
    assert found[0].problem == "its import was begun at 2026-09-01 12:00 UTC and did not end."
    assert found[1].problem.endswith("did not end: 99.00 CZK for unit 7.")
    assert "returns.settle_refund" in found[1].remedy
    assert found[3].remedy == "Run the flow that began it: it looks first."
    intended = booked(order, state="intended", code=None)
    assert compare(order, [kept(order)], intended) == [], "that is told already"


class Unit:
    """A row of Kaufland's list of units."""

    amount = listing_price = handling_time = 1
    status, minimum_price = "AVAILABLE", None
    storefront, fulfillment_type = "cz", "fulfilled_by_merchant"

    def __init__(self, id_unit: int, id_offer: str | None) -> None:
        self.id_unit, self.id_offer = id_unit, id_offer


def test_offers_that_are_orphaned_or_duplicated():
    """Part 7."""
    index = Index("cz")
    for number, code in enumerate(["A", "b", "B", None, "C"], 1):
        index.add(Unit(number, code))
    found = compare_offers(index, {"A", "B"})
    assert [(each.subject, each.side) for each in found] == [
        ("C", "kaufland"),
        ("B", "kaufland"),
        ("unit 4", "kaufland"),
    ]
    assert found[0].problem == "is offered as unit 5, and the shop has no such variant."
    assert "unit 3 is a second offer of the variant of unit 2" in found[1].problem
    assert found[0].row[:3] == ("kaufland", "C", "cz")
