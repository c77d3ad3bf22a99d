"""Offers: pieces by the stock rule, differences only, shared stock once, guards, and codes of products."""

from __future__ import annotations

import sys
import tracemalloc
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet.errors import MappingError, SettingsError
from kaufland_shoptet.mapping.offers import (
    MOST,
    Front,
    Index,
    Offer,
    StockRule,
    check_stock,
    compare,
    gtin,
    lowest,
    missing,
    pieces,
    shared_pieces,
    worth_sending,
)
from kaufland_shoptet.mapping.prices import PriceGuard, PriceRule
from kaufland_shoptet.sandbox.data import ean13

CZK = PriceRule(source="CZK", target="CZK")
EUR = PriceRule(source="CZK", target="EUR", coefficient=Decimal("0.04"))


def offer(code="A", amount=10, price=10_000, *, unit=1, days=1, status="AVAILABLE", floor=None):
    return Offer(unit, code, amount, price, days, status, floor)


def front(*offers, storefront="cz", **changes):
    return Front(storefront=storefront, offers={each.code: each for each in offers}, **changes)


def stocked(*offers, supply=None, rule=None, **changes):
    return front(*offers, stock=rule or StockRule(), supply=supply or {}, **changes)


def only(fronts):
    (found,) = compare(fronts)
    return found


# Pieces.


@pytest.mark.parametrize(
    ("stock", "expected"),
    [("8.900", 8), ("0.999", 0), ("0", 0), ("-0.5", 0), ("-7", 0), ("1E+9", MOST), (7, 7)],
)
def test_pieces_are_whole_and_never_negative(stock, expected):
    stock = Decimal(stock) if isinstance(stock, str) else stock
    assert pieces(stock, StockRule()) == expected


def test_the_buffer_stays_and_the_cap_holds():
    """Part 4: buffer and cap."""
    rule = StockRule(buffer=3, cap=50)
    assert [pieces(stock, rule) for stock in (2, 3, 4, 53, 54, 1000)] == [0, 0, 1, 50, 50, 50]


def test_ordered_pieces_are_held_back():
    assert pieces(10, StockRule(buffer=1), reserved=4) == 5
    assert pieces(3, StockRule(), reserved=4) == 0
    assert pieces(100, StockRule(cap=10), reserved=20) == 10


def test_stock_that_is_not_counted_goes_by_the_rule_and_the_availability():
    assert pieces(None, StockRule()) is None
    assert pieces(None, StockRule(), available=False) is None
    assert pieces(None, StockRule(null_stock=7, buffer=2)) == 7
    assert pieces(None, StockRule(null_stock=7), available=False) == 0


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"buffer": -1}, "buffer"),
        ({"cap": 0}, "cap"),
        ({"cap": 100_000}, "cap"),
        ({"minimum_change": 0}, "minimum_change"),
        ({"null_stock": -1}, "null_stock"),
        ({"share_to_zero": Decimal("1.1")}, "share_to_zero"),
        ({"share_to_zero": Decimal("NaN")}, "share_to_zero"),
    ],
)
def test_rules_that_cannot_be(changes, key):
    with pytest.raises(SettingsError, match=key):
        StockRule(**changes)


rules = st.builds(
    StockRule,
    buffer=st.integers(0, 20),
    cap=st.none() | st.integers(1, 50),
    minimum_change=st.integers(1, 20),
    null_stock=st.none() | st.integers(0, 9),
)
stocks = st.none() | st.decimals("-50", "150", places=3)


@given(stocks, rules, st.integers(0, 20), st.booleans())
def test_nothing_is_offered_that_is_not_there(stock, rule, reserved, available):
    found = pieces(stock, rule, reserved=reserved, available=available)
    if stock is None:
        assert found in (rule.null_stock, 0)
        return
    assert 0 <= found <= min(rule.cap or MOST, max(0, stock))
    assert found + rule.buffer + reserved <= stock or found == 0


@given(st.decimals("-50", "150", places=3), st.decimals("-50", "150", places=3), rules)
def test_more_stock_is_never_fewer_pieces(one, other, rule):
    low, high = sorted((one, other))
    assert pieces(low, rule) <= pieces(high, rule)


@given(st.integers(0, 99), st.integers(0, 99), st.integers(1, 20))
def test_what_falls_is_always_sent_and_small_rises_are_not(now, wanted, minimum):
    """Part 4: the smallest change worth sending."""
    sent = worth_sending(now, wanted, minimum)
    if wanted < now or (now == 0 and wanted):
        assert sent
    elif wanted - now < minimum:
        assert not sent
    else:
        assert sent


# The index.


def unit(id_unit=1, id_offer="a ", **changes):
    made = {
        "id_unit": id_unit,
        "id_offer": id_offer,
        "amount": 5,
        "listing_price": 100,
        "handling_time": 1,
        "status": "AVAILABLE",
        "minimum_price": None,
        "storefront": "cz",
        "fulfillment_type": "fulfilled_by_merchant",
    }
    return SimpleNamespace(**(made | changes))


def test_an_index_knows_units_by_the_variants_code():
    index = Index("cz")
    for each in (
        unit(1, " a "),
        unit(2, "B", minimum_price=90),
        unit(3, "C", storefront="sk"),
        unit(4, "D", fulfillment_type="fulfilled_by_kaufland"),
        unit(1, " a "),
    ):
        index.add(each)
    assert index.offers == {
        "A": Offer(1, "A", 5, 100, 1, "AVAILABLE", None),
        "B": Offer(2, "B", 5, 100, 1, "AVAILABLE", 90),
    }
    assert index.odd == []


def test_units_that_belong_to_no_variant_are_told():
    index = Index("cz")
    index.add(unit(7, None))
    index.add(unit(8, "  "))
    assert [name for name, _ in index.odd] == ["unit 7", "unit 8"]
    assert "no id_offer" in index.odd[0][1]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_two_units_of_one_variant_would_sell_it_twice(order):
    index = Index("cz")
    for number in order:
        index.add(unit(number, "a" if number == 1 else "A"))
    assert index.offers["A"].id_unit == 1
    ((name, problem),) = index.odd
    assert (name, "unit 2 is a second offer of the variant of unit 1" in problem) == ("A", True)


# Differences.


def test_what_is_as_it_should_be_is_left_alone():
    found = only([stocked(offer(), supply={"A": 10}, price=CZK, selling={"A": Decimal(100)})])
    assert (found.updates, found.orphans, found.problems, found.findings) == ([], [], [], [])


def test_r19_only_what_differs_changes():
    """R19: only differences."""
    offers = [offer("A"), offer("B", unit=2), offer("C", unit=3)]
    selling = {"A": Decimal(100), "B": Decimal(110), "C": Decimal(100)}
    found = only([stocked(*offers, supply={"A": 10, "B": 10, "C": 8}, price=CZK, selling=selling)])
    assert [(each.offer.code, each[1:]) for each in found.updates] == [
        ("B", (None, 11_000, None, None, None)),
        ("C", (8, None, None, None, None)),
    ]


def test_an_amount_and_a_price_of_the_same_number_are_both_sent():
    found = only([stocked(offer(), supply={"A": 7}, price=CZK, selling={"A": Decimal("0.07")})])
    assert found.updates[0][1:3] == (7, 7)


def test_r18_another_coefficient_moves_prices_and_nothing_else():
    """R18: stock stays as it is."""
    made = stocked(offer(price=400), supply={"A": 10}, price=EUR, selling={"A": Decimal(100)})
    assert only([made]).updates == []
    dearer = evolve(made, price=evolve(EUR, coefficient=Decimal("0.05")))
    (update,) = only([dearer]).updates
    assert update[1:] == (None, 500, None, None, None)


def test_prices_alone_and_stock_alone():
    selling = {"A": Decimal(50)}
    (update,) = only([front(offer(), price=CZK, selling=selling)]).updates
    assert update[1:] == (None, 5_000, None, None, None)
    (update,) = only([stocked(offer(), supply={"A": 1})]).updates
    assert update[1:] == (1, None, None, None, None)


def test_handling_time_is_kept_the_same_where_it_is_set():
    offers = (offer("A", days=1), offer("B", days=3, unit=2))
    found = only([stocked(*offers, supply={"A": 10, "B": 10}, handling_time=1)])
    assert [(each.offer.code, each.handling_time) for each in found.updates] == [("B", 1)]


def test_a_lowest_price_is_sent_by_configuration_only():
    made = front(offer(floor=10_000), price=CZK, selling={"A": Decimal(100)})
    assert only([made]).updates == []
    (update,) = only([evolve(made, price_floor=Decimal("0.9"))]).updates
    assert update[1:] == (None, None, None, None, 9_000)
    kept = evolve(made, offers={"A": offer(floor=9_000)}, price_floor=Decimal("0.9"))
    assert only([kept]).updates == []
    assert lowest(1, Decimal("0.1")) == 1


def test_a_variant_without_a_price_keeps_its_stock_in_step():
    offers = (offer("A"), offer("B", unit=2), offer("C", unit=3))
    selling = {"A": "price: the variant has none.", "B": Decimal(0)}
    found = only([stocked(*offers, supply={"A": 1, "B": 2, "C": 3}, price=CZK, selling=selling)])
    assert [each.amount for each in found.updates] == [1, 2, 3]
    assert [code for code, _ in found.problems] == ["A", "B", "C"]
    assert "not in the price list" in found.problems[2][1]


def test_units_without_a_variant_are_orphans_and_left_alone():
    made = stocked(offer("GONE"), offer("A", unit=2), supply={"A": 10})
    found = only([made])
    assert ([each.code for each in found.orphans], found.updates) == (["GONE"], [])
    assert only([evolve(made, partial=True)]).orphans == []


def test_orphans_are_paused_if_asked_for_and_put_back_when_they_are_none_any_more():
    made = stocked(offer("GONE"), offer("OFF", unit=2, status="ONHOLD"), pause_orphans=True)
    (update,) = only([made]).updates
    assert (update.offer.code, update.status) == ("GONE", "ONHOLD")
    back = stocked(offer("A", unit=7, status="ONHOLD"), supply={"A": 10}, paused={7})
    (update,) = only([back]).updates
    assert update[1:] == (None, None, None, "AVAILABLE", None)
    assert only([evolve(back, paused=())]).updates == [], "who paused it was not us"


# Shared stock.


def test_shared_pieces_are_written_once():
    fronts = [
        stocked(offer("A", unit=number), storefront=code, supply={"A": 3})
        for number, code in enumerate(("cz", "sk", "de"), 1)
    ]
    assert [[each.amount for each in found.updates] for found in compare(fronts)] == [[3], [], []]


def test_shared_pieces_are_the_fewest_that_one_storefront_asks_for():
    cz = stocked(offer("A"), storefront="cz", supply={"A": 20})
    sk = stocked(offer("A", unit=2), storefront="sk", supply={"A": 20}, rule=StockRule(buffer=15))
    assert shared_pieces([cz, sk]) == {"A": 5}
    first, second = compare([cz, sk])
    assert ([each.amount for each in first.updates], second.updates) == ([5], [])
    alone = evolve(sk, offers={})
    assert shared_pieces([cz, alone]) == {"A": 20}, "who does not offer it has no say"


def test_a_storefront_that_lags_behind_gets_the_write():
    cz = stocked(offer("A", 5), storefront="cz", supply={"A": 5})
    sk = stocked(offer("A", 9, unit=2), storefront="sk", supply={"A": 5})
    first, second = compare([cz, sk])
    assert (first.updates, [each.amount for each in second.updates]) == ([], [5])


# Guards.


def test_the_guard_of_stock_lets_few_offers_sell_out_and_stops_many():
    rule = StockRule(share_to_zero=Decimal("0.2"))
    assert check_stock(5, 5, rule) == ()
    assert check_stock(6, 30, rule) == ()
    (finding,) = check_stock(7, 30, rule, key="storefront.cz.stock")
    assert finding.key == "storefront.cz.stock.share_to_zero"
    assert "7 of 30 offers on sale would go off sale at once" in finding.problem
    assert 'override=["share_to_zero"]' in finding.remedy


def test_an_empty_answer_of_the_shop_takes_nothing_off_sale():
    offers = [offer(f"A{number}", unit=number) for number in range(20)]
    made = stocked(*offers, supply=dict.fromkeys((each.code for each in offers), 0))
    assert [each.key for each in only([made]).findings] == ["storefront.cz.stock.share_to_zero"]
    paused = stocked(*offers, pause_orphans=True)
    assert [each.key for each in only([paused]).findings] == ["storefront.cz.stock.share_to_zero"]
    assert only([stocked(*offers)]).findings == [], "nothing is written about orphans"


def test_the_guard_of_prices_counts_what_stays():
    offers = [offer(f"A{number}", unit=number) for number in range(10)]
    selling = dict.fromkeys((each.code for each in offers), Decimal(100)) | {"A0": Decimal(140)}
    guard = PriceGuard(max_run_change=Decimal("0.05"))
    made = front(*offers, price=CZK, selling=selling, guard=guard)
    assert only([made]).findings == []
    (finding,) = only([evolve(made, selling=selling | {"A1": Decimal(140)})]).findings
    assert finding.key == "storefront.cz.prices.max_run_change"


# What is not offered.


def test_variants_with_pieces_that_are_not_offered():
    supply = {"A": 1, "C": 3, "B": 2, "ZERO": 0, "NULL": None, "OFF": None}
    made = stocked(offer("A"), supply=supply, rule=StockRule(null_stock=5), unavailable={"OFF"})
    assert missing(made) == [("B", 2), ("C", 3), ("NULL", 5)]
    assert missing(made, {"C": 1, "B": 0}) == [("C", 1), ("NULL", 5)]
    assert missing(front(offer("A"))) == []
    assert missing(stocked(supply={"NULL": None})) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4010355051486", "4010355051486"),
        (" 401 0355 051486 ", "4010355051486"),
        ("194252013212", "0194252013212"),
        ("96385074", "0000096385074"),
        ("10194252013219", "10194252013219"),
        ("04010355051486", "4010355051486"),
    ],
)
def test_eans_that_are_right(text, expected):
    assert gtin(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "has none"),
        ("", "has none"),
        ("  ", "has none"),
        ("4010355051487", "the last digit of 4010355051487 does not fit"),
        ("123", "is not an EAN"),
        ("40103550514ab", "is not an EAN"),
        ("٤010355051486", "is not an EAN"),
        ("0000000000000", "is not an EAN"),
        ("x" * 500, "is not an EAN"),
        (ean13(200000000001), "within one shop"),
        (f"0{ean13(200000000001)}", "within one shop"),
    ],
)
def test_eans_that_are_wrong(text, problem):
    """Hostile: EANs with wrong digits."""
    with pytest.raises(MappingError, match=problem) as caught:
        gtin(text)
    assert len(str(caught.value)) < 200


@given(st.text("0123456789", min_size=8, max_size=14))
def test_the_check_digit_is_as_others_count_it(digits):
    """Part 5: the check of EANs agrees with python-stdnum."""
    stdnum = pytest.importorskip("stdnum.ean")
    try:
        gtin(digits)
    except MappingError as error:
        assert not stdnum.is_valid(digits) or "within one shop" in str(error) or not digits.strip("0")
    else:
        assert stdnum.is_valid(digits)


@given(st.integers(10**10, 10**12 - 1), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number, place, off):
    """Hostile: any one wrong digit is found."""
    right = ean13(number)
    wrong = f"{right[:place]}{(int(right[place]) + off) % 10}{right[place + 1 :]}"
    with pytest.raises(MappingError, match=r"does not fit|not an EAN"):
        gtin(wrong)


# Laws.

codes = st.sampled_from([f"A{number}" for number in range(8)])
live = st.dictionaries(
    codes, st.tuples(st.integers(0, 30), st.integers(1, 3000), st.sampled_from(["AVAILABLE", "ONHOLD"]))
)


@st.composite
def worlds(draw):
    supply = draw(st.dictionaries(codes, st.none() | st.integers(-5, 40)))
    selling = draw(st.dictionaries(codes, st.decimals("0", "30", places=2)))
    numbers = iter(range(1, 100))
    return [
        Front(
            storefront=code,
            offers={
                name: offer(name, amount, price, unit=next(numbers), status=status)
                for name, (amount, price, status) in draw(live).items()
            },
            stock=draw(st.none() | rules),
            supply=supply,
            reserved=draw(st.dictionaries(codes, st.integers(0, 3))),
            price=draw(st.sampled_from([None, CZK if code == "cz" else EUR])),
            selling=selling,
            pause_orphans=draw(st.booleans()),
            paused=draw(st.frozensets(st.integers(1, 20))),
            price_floor=draw(st.sampled_from([None, Decimal("0.9")])),
            handling_time=draw(st.sampled_from([None, 2])),
        )
        for code in ("cz", "sk")
    ]


def applied(fronts, comparisons):
    """What Kaufland has once the updates are written, linked stock included."""
    made = [dict(each.offers) for each in fronts]
    for place, comparison in enumerate(comparisons):
        for update in comparison.updates:
            code = update.offer.code
            changes = dict(
                zip(("amount", "price", "handling_time", "status", "minimum_price"), update[1:], strict=True)
            )
            given = {name: value for name, value in changes.items() if value is not None}
            made[place][code] = made[place][code]._replace(**given)
            if "amount" in given:
                for other in made:
                    if code in other:
                        other[code] = other[code]._replace(amount=given["amount"])
    paused = {
        update.offer.id_unit for each in comparisons for update in each.updates if update.status == "ONHOLD"
    }
    return [
        evolve(front, offers=offers, paused=front.paused | paused)
        for front, offers in zip(fronts, made, strict=True)
    ]


@given(worlds())
def test_once_written_there_is_nothing_left_to_write(fronts):
    """Law 5: the plan after apply is empty, for arbitrary shops."""
    after = applied(fronts, compare(fronts))
    assert [each.updates for each in compare(after)] == [[], []]


@given(worlds())
def test_no_unit_is_written_twice_and_no_shared_amount_either(fronts):
    updates = [update for each in compare(fronts) for update in each.updates]
    units = [update.offer.id_unit for update in updates]
    amounts = [update.offer.code for update in updates if update.amount is not None]
    assert len(units) == len(set(units))
    assert len(amounts) == len(set(amounts))


@given(worlds())
def test_what_is_written_never_offers_more_than_there_is(fronts):
    for front, comparison in zip(fronts, compare(fronts), strict=True):
        for update in comparison.updates:
            stock = front.supply.get(update.offer.code)
            if update.amount is not None and stock is not None:
                assert update.amount <= max(0, stock)


# Speed.


def plain(rows, stock, asked, coefficient, cent):
    """The same arithmetic in a loop over dicts."""
    changes = []
    for row in rows:
        code = row["id_offer"]
        amount = max(0, min(int(stock[code]) - 1, 500))
        price = int((asked[code] * coefficient).quantize(cent, ROUND_HALF_UP) * 100)
        change = {}
        if amount != row["amount"]:
            change["amount"] = amount
        if price != row["listing_price"]:
            change["listing_price"] = price
        if change:
            changes.append((row["id_unit"], change))
    return changes


def goods(number):
    rule = StockRule(buffer=1, cap=500)
    stock = {f"GEN-{place:06d}": place % 300 for place in range(number)}
    asked = {f"GEN-{place:06d}": Decimal(9_900 + place % 9_000) / 100 for place in range(number)}
    offers = {}
    for place, code in enumerate(stock):
        price = int((asked[code] * EUR.coefficient).quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)
        amount = pieces(stock[code], rule) + (place % 20 == 0)
        offers[code] = Offer(place, code, amount, price, 1, "AVAILABLE")
    return Front(storefront="de", offers=offers, stock=rule, supply=stock, price=EUR, selling=asked)


def calls(work):
    """How many functions are called, of Python and of C, and what comes of it."""
    number = 0

    def count(frame, event, argument):
        nonlocal number
        number += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        made = work()
    finally:
        sys.setprofile(before)
    return number, made


def test_planning_takes_a_dozen_calls_an_offer_and_comes_to_what_a_plain_loop_does():
    """How long that takes is for the bench; a call more for each of many offers is found here."""
    made = goods(20_000)
    rows = [
        {"id_unit": each.id_unit, "id_offer": code, "amount": each.amount, "listing_price": each.price}
        for code, each in made.offers.items()
    ]
    expected = plain(rows, made.supply, made.selling, EUR.coefficient, Decimal("0.01"))
    number, found = calls(lambda: only([made]).updates)
    assert [(each.offer.id_unit, {"amount": each.amount}) for each in found] == expected
    assert number <= 12 * len(made.offers)


def test_planning_keeps_only_what_differs_in_memory():
    made = goods(20_000)
    tracemalloc.start()
    found = only([made])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.updates) == 1_000
    assert peak / len(made.offers) < 200, "bytes for each offer"
