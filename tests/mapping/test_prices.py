"""Prices go from the shop's currency to the storefront's by the rule, exactly, and never past their bounds."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Context, Decimal, localcontext
from fractions import Fraction
from types import SimpleNamespace

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from kaufland_shoptet.errors import MappingError, SettingsError
from kaufland_shoptet.mapping.prices import (
    LIMITS,
    PriceGuard,
    PriceRule,
    PriceTerms,
    check,
    convert,
    converter,
    preview,
    selling_price,
)

CZK_TO_EUR = PriceRule(source="CZK", target="EUR", coefficient=Decimal("0.0398"))

prices = st.decimals("0.01", "9999999", places=2)
coefficients = st.decimals("0.0001", "99", places=4)
money = st.decimals("0", "99", places=2)
endings = st.lists(st.sampled_from([".90", ".99", ".00", "9", "49.00", "99", "0.50"]), min_size=1, max_size=3)


currencies = st.sampled_from(list(LIMITS))


@st.composite
def rules(draw, target=currencies):
    lattice = draw(st.sampled_from(["none", "step", "endings"]))
    low = draw(st.none() | st.decimals("0.01", "50", places=2))
    return PriceRule(
        source=draw(st.sampled_from(["CZK", "EUR", "HUF"])),
        target=draw(target),
        coefficient=draw(coefficients),
        surcharge=draw(money),
        step=draw(st.decimals("0.01", "100", places=2)) if lattice == "step" else None,
        endings=draw(endings) if lattice == "endings" else (),
        mode=draw(st.sampled_from(["half_up", "up", "down"])),
        minimum=low,
        maximum=draw(st.none() | st.decimals("50", "99999", places=2)),
    )


def converted(amount, rule):
    try:
        return convert(amount, rule)
    except MappingError:
        return None


# One price.


def test_r17_a_price_is_converted_by_the_coefficient():
    """R17: by the coefficient, to the minor unit."""
    assert convert(Decimal("1299.00"), CZK_TO_EUR) == 5170
    assert convert(Decimal("1299.00"), evolve(CZK_TO_EUR, coefficient=Decimal("0.04"))) == 5196


def test_r18_another_coefficient_is_another_rule_and_nothing_else():
    """R18: nothing remembers the old one."""
    assert convert(Decimal(100), CZK_TO_EUR) == 398
    dearer = evolve(CZK_TO_EUR, coefficient=Decimal("0.05"))
    assert convert(Decimal(100), dearer) == 500
    assert convert(Decimal(100), CZK_TO_EUR) == 398


def test_r20_different_currencies_without_a_coefficient_are_an_error_and_never_one_to_one():
    """R20: an error that names both currencies."""
    rule = PriceRule(source="CZK", target="EUR")
    with pytest.raises(MappingError, match=r"there is none from CZK to EUR\. Set the coefficient"):
        convert(Decimal(100), rule)
    assert convert(Decimal(100), PriceRule(source="eur", target="eur")) == 10_000


def test_within_one_currency_a_coefficient_is_a_mark_up():
    assert convert(Decimal(100), PriceRule(source="CZK", target="CZK", coefficient=Decimal("1.15"))) == 11_500


def test_a_price_in_another_currency_than_the_rule_is_for_is_refused():
    assert convert(Decimal(100), CZK_TO_EUR, currency="CZK") == 398
    with pytest.raises(MappingError, match="the price is in PLN, the rule is for CZK"):
        convert(Decimal(100), CZK_TO_EUR, currency="PLN")


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "sNaN", "Infinity", "0.000", "1E+999999", "1E-999999"])
def test_what_is_no_price_is_refused(amount):
    rule = evolve(CZK_TO_EUR, surcharge=Decimal(5), minimum=Decimal(1))
    with pytest.raises(MappingError, match="is not a price"):
        convert(Decimal(amount), rule)


@pytest.mark.parametrize(
    ("mode", "step", "expected"),
    [
        ("half_up", None, 1235),
        ("up", None, 1235),
        ("down", None, 1234),
        ("half_up", "0.10", 1230),
        ("up", "0.10", 1240),
        ("down", "0.10", 1230),
        ("half_up", "5", 1000),
        ("up", "5", 1500),
    ],
)
def test_rounding_to_a_step(mode, step, expected):
    """Part 3: rounding to a step by a named mode."""
    rule = PriceRule(source="EUR", target="EUR", mode=mode, step=step and Decimal(step))
    assert convert(Decimal("12.345"), rule) == expected


@pytest.mark.parametrize(
    ("amount", "endings", "mode", "expected"),
    [
        ("12.34", (".90",), "half_up", 1190),
        ("12.45", (".90",), "half_up", 1290),
        ("12.40", (".90",), "half_up", 1290),
        ("12.34", (".90", ".49"), "up", 1249),
        ("12.34", (".90", ".49"), "down", 1190),
        ("12.49", (".90", ".49"), "down", 1249),
        ("12.49", (".90", ".49"), "up", 1249),
        ("1234.00", ("9",), "half_up", 122_900 + 1_000),
        ("1233.00", ("9",), "half_up", 122_900),
        ("1234.00", ("49", "99"), "up", 124_900),
        ("1260.00", ("49", "99.00"), "up", 129_900),
        ("0.20", (".90",), "half_up", 90),
        ("0.20", (".90",), "up", 90),
    ],
)
def test_rounding_to_an_ending(amount, endings, mode, expected):
    """Part 3: endings such as .90 and .99."""
    rule = PriceRule(source="CZK", target="CZK", endings=endings, mode=mode)
    assert convert(Decimal(amount), rule) == expected


def test_the_surcharge_comes_after_the_coefficient_and_before_the_rounding():
    """Part 3: the surcharge."""
    rule = evolve(CZK_TO_EUR, surcharge=Decimal("1.50"), step=Decimal("0.10"), mode="up")
    assert convert(Decimal(100), rule) == 550  # 3.98 + 1.50 = 5.48


def test_bounds_come_after_the_rounding():
    """Part 3: bounds."""
    rule = evolve(CZK_TO_EUR, endings=(".90",), minimum=Decimal("2.49"), maximum=Decimal(100))
    assert convert(Decimal(10), rule) == 249
    assert convert(Decimal(1_000_000), rule) == 10_000


@pytest.mark.parametrize(
    ("target", "amount"), [("EUR", "1000000.01"), ("CZK", "21474836.48"), ("PLN", "4500000.01")]
)
def test_more_than_kaufland_takes_is_refused(target, amount):
    """Part 3: each storefront's limits."""
    rule = PriceRule(source=target, target=target)
    assert convert(Decimal(amount) - Decimal("0.01"), rule) == LIMITS[target]
    with pytest.raises(
        MappingError, match=r"which Kaufland does not take\. Prices there are between 0.01 and"
    ):
        convert(Decimal(amount), rule)


@pytest.mark.parametrize(
    "changes", [{"mode": "down"}, {"step": Decimal(10)}, {"endings": (".90",), "mode": "up"}]
)
def test_a_price_that_comes_to_nothing_is_refused(changes):
    rule = evolve(CZK_TO_EUR, **changes)
    found = converted(Decimal("0.01"), rule)
    assert found == (90 if "endings" in changes else None)
    down = evolve(CZK_TO_EUR, endings=(".90",), mode="down")
    assert converted(Decimal("0.01"), down) is None


# Laws.


@given(prices, rules())
def test_a_price_is_whole_minor_units_within_its_bounds(amount, rule):
    """Law 4: conversion never leaves the bounds."""
    found = converted(amount, rule)
    assume(found is not None)
    assert type(found) is int
    assert 1 <= found <= LIMITS[rule.target]
    if rule.minimum is not None:
        assert found >= rule.minimum * 100
    if rule.maximum is not None:
        assert found <= rule.maximum * 100


@given(prices, prices, rules())
def test_a_higher_price_never_becomes_a_lower_one(one, other, rule):
    low, high = sorted((one, other))
    first, second = converted(low, rule), converted(high, rule)
    if first is not None and second is not None:
        assert first <= second


def outcome_of(how, amount):
    try:
        return how(amount)
    except MappingError as error:
        return str(error)


extreme = st.decimals(allow_nan=True, allow_infinity=True) | st.integers(-(10**18), 10**18).map(Decimal)
long_ones = st.integers(1, 10**60).map(lambda digits: Decimal(digits).scaleb(-60))


@given(
    prices | extreme | long_ones,
    rules(),
    st.none() | st.sampled_from([Decimal("1E-60"), Decimal("9" * 70 + "E-69")]),
)
def test_many_prices_of_one_rule_are_converted_like_each_by_itself(amount, rule, coefficient):
    """Law 4: the quick way and the exact one are one."""
    rule = evolve(rule, coefficient=coefficient or rule.coefficient)
    with localcontext(prec=3):
        quick = outcome_of(converter(rule), amount)
    assert quick == outcome_of(lambda each: convert(each, rule), amount)


def test_a_product_with_more_digits_than_the_quick_way_holds():
    """Law 4: then it goes the exact way."""
    rule = PriceRule(source="CZK", target="EUR", coefficient=Decimal("0." + "3" * 45))
    amount = Decimal("12345." + "7" * 70)
    assert converter(rule)(amount) == convert(amount, rule) == 411_526


def test_a_coefficient_with_more_digits_than_the_quick_way_holds():
    """Law 4: all of its prices go the exact way."""
    rule = PriceRule(source="CZK", target="EUR", coefficient=Decimal("0.0" + "3" * 60))
    assert converter(rule)(Decimal("1299.00")) == convert(Decimal("1299.00"), rule) == 4330


@given(prices, rules(), st.sampled_from(["CZK", "EUR", "PLN", "HUF"]))
def test_no_price_crosses_currencies_unasked(amount, rule, currency):
    """Law 4: conversion never crosses currencies without a coefficient."""
    bare = evolve(rule, coefficient=None, surcharge=Decimal(0), step=None, endings=(), minimum=None)
    if bare.source != bare.target:
        with pytest.raises(MappingError, match="coefficient"):
            convert(amount, bare)
    elif (found := converted(amount, evolve(bare, maximum=None))) is not None:
        assert found == amount * 100
    if currency != rule.source:
        with pytest.raises(MappingError, match="currency"):
            convert(amount, rule, currency=currency)


@given(prices, coefficients, coefficients)
def test_a_coefficient_counts_by_what_the_rule_says_only(amount, before, after):
    rule = PriceRule(source="CZK", target="PLN", coefficient=before)
    other = evolve(rule, coefficient=after)
    first, second = converted(amount, rule), converted(amount, other)
    assert other == PriceRule(source="CZK", target="PLN", coefficient=after)
    assert converted(amount, evolve(other, coefficient=before)) == first
    if first is not None and second is not None:
        assert (after >= before) <= (second >= first)


@given(prices, coefficients, money, st.sampled_from(["half_up", "up", "down"]))
def test_it_is_what_decimal_arithmetic_gives(amount, coefficient, surcharge, mode):
    rule = PriceRule(source="CZK", target="EUR", coefficient=coefficient, surcharge=surcharge, mode=mode)
    found = converted(amount, rule)
    assume(found is not None)
    ways = {"half_up": ROUND_HALF_UP, "up": ROUND_UP, "down": ROUND_DOWN}
    with localcontext(Context(prec=60)):
        exact = (amount * coefficient + surcharge).quantize(Decimal("0.01"), ways[mode])
        assert found == exact * 100


@given(prices, rules(), st.integers(1, 6))
def test_the_callers_context_does_not_count(amount, rule, precision):
    found = converted(amount, rule)
    with localcontext(Context(prec=precision)):
        assert converted(amount, rule) == found


@given(prices, rules(), endings)
def test_a_price_with_an_ending_has_one_of_them(amount, rule, chosen):
    free = evolve(rule, step=None, endings=chosen, minimum=None, maximum=None)
    found = converted(amount, free)
    assume(found is not None)
    assert any(f"{found // 100}.{found % 100:02d}".endswith(_two_places(each)) for each in chosen)
    exact = Fraction(amount) * Fraction(free.coefficient) + Fraction(free.surcharge)
    assert abs(Fraction(found, 100) - exact) < 100


def _two_places(ending):
    return ending if "." in ending else f"{ending}.00"


# What can be set.


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"coefficient": Decimal(0)}, "coefficient"),
        ({"coefficient": Decimal(-1)}, "coefficient"),
        ({"coefficient": Decimal("NaN")}, "coefficient"),
        ({"coefficient": Decimal("Infinity")}, "coefficient"),
        ({"surcharge": Decimal("-0.01")}, "surcharge"),
        ({"surcharge": Decimal("0.001")}, "surcharge"),
        ({"step": Decimal(0)}, "step"),
        ({"step": Decimal("0.005")}, "step"),
        ({"endings": [""]}, "endings"),
        ({"endings": [".9"]}, "endings"),
        ({"endings": ["x9"]}, "endings"),
        ({"endings": ["12345"]}, "endings"),
        ({"endings": [".90"], "step": Decimal(1)}, "endings"),
        ({"mode": "round"}, "mode"),
        ({"minimum": Decimal("NaN")}, "minimum"),
        ({"maximum": Decimal("1.005")}, "maximum"),
        ({"minimum": Decimal(2), "maximum": Decimal(1)}, "minimum"),
    ],
)
def test_terms_that_cannot_be(changes, key):
    for make in (PriceTerms, lambda **terms: PriceRule(source="CZK", target="EUR", **terms)):
        with pytest.raises(SettingsError) as caught:
            make(**changes)
        assert caught.value.key == key


def test_kaufland_has_three_currencies():
    with pytest.raises(SettingsError, match=r"Kaufland has no prices in USD\. There are EUR, CZK, PLN"):
        PriceRule(source="CZK", target="USD")


# What the shop asks.


def row(price="100", *, ratio="1.000", action=None, including_vat=True, vat="21.00"):
    special = None
    if action is not None:
        amount, begins, ends = action
        special = SimpleNamespace(price=Decimal(amount), from_date=begins, to_date=ends)
    return SimpleNamespace(
        currency_code="CZK",
        including_vat=including_vat,
        vat_rate=Decimal(vat),
        price=SimpleNamespace(
            price=None if price is None else Decimal(price), price_ratio=Decimal(ratio), action_price=special
        ),
    )


TODAY = date(2026, 9, 1)


def test_the_ratio_counts_on_the_price_and_not_on_the_special_price():
    """Part 3: the price ratio."""
    assert selling_price(row("199.90", ratio="0.780"), TODAY) == Decimal("155.922")
    assert selling_price(row("199.90", ratio="0.780", action=("150", None, None)), TODAY) == 150


@pytest.mark.parametrize(
    ("begins", "ends", "valid"),
    [
        (None, None, True),
        (TODAY, TODAY, True),
        (TODAY, None, True),
        (None, TODAY, True),
        (TODAY + timedelta(1), None, False),
        (None, TODAY - timedelta(1), False),
        (TODAY + timedelta(1), TODAY - timedelta(1), False),
    ],
)
def test_a_special_price_has_its_days(begins, ends, valid):
    assert selling_price(row(action=("50", begins, ends)), TODAY) == (50 if valid else 100)


def test_a_price_without_vat_gets_it():
    assert selling_price(row("100", including_vat=False), TODAY) == 121
    assert selling_price(row("99.99", including_vat=False, vat="12.00", ratio="0.900"), TODAY) == Decimal(
        "100.789920"
    )
    assert selling_price(row("100", including_vat=False, vat="0.00"), TODAY) == 100


def test_a_variant_without_a_price_is_refused_unless_a_special_price_is_valid():
    with pytest.raises(MappingError, match="has none in the price list"):
        selling_price(row(None), TODAY)
    assert selling_price(row(None, action=("5", None, None)), TODAY) == 5


@pytest.mark.parametrize("vat", ["-1", "100", "NaN"])
def test_a_rate_that_is_none_is_refused(vat):
    with pytest.raises(MappingError, match="is not a VAT rate"):
        selling_price(row(including_vat=False, vat=vat), TODAY)


@pytest.mark.parametrize("huge", ["1E+999999", "1E-999999", "NaN"])
def test_numbers_that_would_keep_us_busy_are_refused(huge):
    with pytest.raises(MappingError, match="cannot be"):
        selling_price(row(huge), TODAY)
    with pytest.raises(MappingError, match="cannot be"):
        selling_price(row(ratio=huge), TODAY)
    with pytest.raises(MappingError, match="is not a VAT rate"):
        selling_price(row(vat=huge, including_vat=False), TODAY)
    assert converted(selling_price(row(action=(huge, None, None)), TODAY), CZK_TO_EUR) is None


@given(prices, st.decimals("0", "9", places=3), st.decimals("0", "99", places=2), st.integers(1, 6))
def test_the_selling_price_is_exact(price, ratio, vat, precision):
    listed = row(str(price), ratio=str(ratio), vat=str(vat), including_vat=False)
    exact = Fraction(price) * Fraction(ratio) * (100 + Fraction(vat)) / 100
    with localcontext(Context(prec=precision)):
        assert Fraction(selling_price(listed, TODAY)) == exact


# Many prices.


def test_a_guard_names_the_worst_and_how_to_proceed():
    moves = [(f"SHP-{number}", 1000, 400) for number in range(7)]
    (far, run) = check(moves, PriceGuard(), key="storefront.de.prices")
    assert far.key == "storefront.de.prices.max_change"
    assert "7 of 7 prices would change by more than 50 %: SHP-0 from 10.00 to 4.00" in far.problem
    assert far.problem.endswith("and 2 more.")
    assert 'override=["max_change"]' in far.remedy
    assert run.key == "storefront.de.prices.max_run_change"
    assert "from 70.00 to 28.00, by more than 25 %" in run.problem
    assert {far.severity, run.severity} == {"error"}


def test_guards_hold_both_ways_and_count_what_stays():
    guard = PriceGuard(max_change=Decimal("0.2"), max_run_change=Decimal("0.1"))
    assert check([("A", 1000, 1200), ("B", 1000, 800)], guard) == ()
    assert [each.key for each in check([("A", 1000, 1201)], guard, unchanged=9000)] == ["prices.max_change"]
    assert [each.key for each in check([("A", 1000, 1200)], guard)] == ["prices.max_run_change"]
    assert check([], guard) == ()


def test_a_new_price_where_there_was_none_cannot_be_too_far():
    assert check([("A", 0, 0)], PriceGuard()) == ()


@pytest.mark.parametrize("value", ["0", "-1", "1001", "NaN"])
def test_a_guard_that_cannot_be(value):
    for name in ("max_change", "max_run_change"):
        with pytest.raises(SettingsError, match=name):
            PriceGuard(**{name: Decimal(value)})


def test_a_preview_is_a_table_of_old_new_and_difference():
    dearer = evolve(CZK_TO_EUR, coefficient=Decimal("0.08"))
    rows = [("A", Decimal(100)), ("<B>", Decimal(0)), ("C", Decimal(1000))]
    found = preview(rows, CZK_TO_EUR, dearer, key="storefront.de.prices")
    assert [(line.old, line.new, line.difference) for line in found.lines] == [
        (398, 800, 402),
        (None, None, None),
        (3980, 8000, 4020),
    ]
    title, columns, *lines = str(found).splitlines()
    assert title.startswith("Prices in EUR: 2 of 3 change; error: storefront.de.prices.max_change")
    assert columns.split() == ["code", "old", "new", "difference", "note"]
    assert lines[0].split() == ["A", "3.98", "8.00", "4.02"]
    assert "0 is not a price" in lines[1]
    assert "&lt;B&gt;" in found._repr_html_()
    assert "<B>" not in found._repr_html_()
    assert [each.key.rpartition(".")[2] for each in found.findings] == ["max_change", "max_run_change"]


def test_a_preview_shows_what_becomes_possible():
    closed = PriceRule(source="CZK", target="EUR")
    (line,) = preview([("A", Decimal(100))], closed, CZK_TO_EUR).lines
    assert (line.old, line.new, line.difference, line.note) == (None, 398, None, "")


def test_a_preview_compares_prices_of_one_currency():
    with pytest.raises(MappingError, match="end in EUR and PLN"):
        preview([], CZK_TO_EUR, PriceRule(source="CZK", target="PLN", coefficient=Decimal(1)))


@given(st.lists(st.tuples(st.text(max_size=5), prices), max_size=20), rules(st.just("EUR")))
def test_a_preview_of_the_same_rule_changes_nothing(rows, rule):
    found = preview(rows, rule, rule)
    assert found.findings == ()
    assert all(line.old == line.new for line in found.lines)
