"""Calls, answers, rules of bodies, readers of parameters, route tables."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kaufland_shoptet.sandbox.checks import (
    Anything,
    Branches,
    Deferred,
    Either,
    Flag,
    Flaw,
    Number,
    OrNull,
    Rows,
    Shape,
    Text,
    Whole,
    Words,
)
from kaufland_shoptet.sandbox.params import choice, flag, many, offset_time, text, whole, zulu_time
from kaufland_shoptet.sandbox.routes import Route, Routes, read_query
from kaufland_shoptet.sandbox.wire import Answer, Call, Dropped, TimedOut, answer, dumps


def test_a_call_keeps_the_url_as_sent_and_reads_its_parts():
    call = Call(method="GET", url="https://api.example:8443/a%2Fb?x=1&x=2&y=%C5%A1&z=", body=b'{"a": 1.10}')
    assert (call.host, call.path) == ("api.example", "/a%2Fb")
    assert call.query == {"x": ["1", "2"], "y": ["š"], "z": [""]}
    assert call.json() == {"a": Decimal("1.10")}
    assert Call(method="GET", url="/relative").host == ""


def test_secrets_stay_out_of_the_repr_of_a_call():
    call = Call(method="GET", url="https://a.example/", headers={"shop-signature": "geheim"}, body=b"geheim")
    assert "geheim" not in repr(call)


def test_json_is_compact_and_keeps_letters_and_rates():
    assert dumps({"š": [Decimal(19), Decimal("5.5")]}) == '{"š":[19,5.5]}'.encode()
    with pytest.raises(TypeError, match="object is not JSON"):
        dumps(object())
    assert answer(201, {"a": 1}, {"location": "/x"}) == Answer(
        status=201, headers={"content-type": "application/json", "location": "/x"}, body=b'{"a":1}'
    )


def test_no_answer_says_whether_the_call_had_its_effect():
    assert (Dropped(before=True).before, str(Dropped(before=False))) == (
        True,
        "connection reset after the effect",
    )
    assert (TimedOut(after_effect=True).after_effect, str(TimedOut(after_effect=False))) == (
        True,
        "timed out before the effect",
    )


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (Anything(), [None, 1, {}], []),
        (
            Text(minimum=1, maximum=3, pattern="[a-z]*", among=("a", "abc")),
            ["a", "abc"],
            ["", "abcd", "A", "b", 1, None],
        ),
        (Text(null=True), [None, ""], [1, True, [], {}]),
        (Whole(minimum=1, maximum=5), [1, 5], [0, 6, "1", Decimal("1.0"), True, None]),
        (Whole(null=True), [None, -7], ["1"]),
        (Number(), [1, Decimal("1.5")], ["1", None, True]),
        (
            Number(minimum=Decimal(1), maximum=Decimal(9), step=Decimal("0.5")),
            [1, Decimal("8.5")],
            [0, 10, Decimal("1.2")],
        ),
        (Text(format="date"), ["2026-05-29"], ["2026-05-32", "today"]),
        (Text(format="date-time"), ["2026-05-29T09:02:27Z"], ["today"]),
        (Text(format="email"), ["a@b.cz"], ["a@", "a b@c.cz"]),
        (Rows(of=Whole(), unique=True), [[1, 2], []], [[1, 2, 1]]),
        (Words((1, 2)), [1, 2], [3, "1", True]),
        (OrNull(Flag()), [True, None], [1]),
        (Deferred(Flag), [True], [None]),
        (Branches((Flag(), Whole())), [True, 1], ["1"]),
        (Branches((Number(), Whole()), exactly=True), [Decimal("1.5")], [1, "1"]),
        (
            Either(Shape(keys={}, rest=Anything()), (("a",), ("b", "c"))),
            [{"a": 1}, {"b": 1, "c": 2}],
            [{"b": 1}, 5],
        ),
        (Shape(keys={}, rest=Flag(), minimum=1), [{"a": True}], [{}, {"a": 1}]),
        (Flag(), [True, False], [None, 0, "true"]),
        (Flag(null=True), [None], [1]),
        (Rows(of=Whole(), minimum=1, maximum=2), [[1], [1, 2]], [[], [1, 2, 3], ["1"], None]),
        (
            Shape(keys={"a": Whole()}, required=("a",)),
            [{"a": 1}],
            [{}, {"a": "1"}, {"a": 1, "b": 2}, None, []],
        ),
        (Shape(keys={}, null=True), [None, {}], [1]),
    ],
)
def test_rules_tell_good_from_bad(rule, good, bad):
    assert [value for value in good if list(rule.flaws(value, "x"))] == []
    assert [value for value in bad if not list(rule.flaws(value, "x"))] == []


def test_flaws_name_their_place():
    rule = Shape(keys={"data": Shape(keys={"items": Rows(of=Shape(keys={"price": Text()}))})})
    body = {"data": {"items": [{"price": 1}, {"prices": "1"}]}, "more": 1}
    assert [flaw.at for flaw in rule.flaws(body, "")] == [
        "data.items[0].price",
        "data.items[1].prices",
        "more",
    ]
    assert next(rule.flaws(body, "")) == Flaw(
        "data.items[0].price", "An integer found, but a string is required"
    )
    assert next(Text().flaws(Decimal("1.5"), "x")).message == "A number found, but a string is required"


@pytest.mark.parametrize(
    ("reader", "sent", "value"),
    [
        (text, ["a", "b"], "b"),
        (whole(0, 9), ["9"], 9),
        (whole(-5), ["-5"], -5),
        (choice("a", "b"), ["b"], "b"),
        (many("a", "b"), ["a,b", "a", ""], ("a", "b", "a")),
        (flag, ["true"], True),
        (flag, ["0"], False),
        (zulu_time, ["2026-09-01T08:00:00Z"], "2026-09-01T08:00:00+00:00"),
        (offset_time, ["2026-09-01T10:00:00+0200"], "2026-09-01T10:00:00+02:00"),
        (offset_time, ["2026-09-01T10:00:00+02:00"], "2026-09-01T10:00:00+02:00"),
        (offset_time, ["2026-09-01"], "2026-09-01T00:00:00+00:00"),
    ],
)
def test_parameters_are_read(reader, sent, value):
    read = reader(sent)
    assert (read.isoformat() if hasattr(read, "isoformat") else read) == value


@pytest.mark.parametrize(
    ("reader", "sent"),
    [
        (whole(0, 9), "10"),
        (whole(1), "0"),
        (whole(0), "ten"),
        (choice("a"), "b"),
        (many("a"), "a,b"),
        (flag, "yes"),
        (zulu_time, "2026-09-01T08:00:00.000Z"),
        (zulu_time, "2026-09-01T08:00:00+00:00"),
        (zulu_time, "2026-13-01T08:00:00Z"),
        (offset_time, "2026-09-01T10:00:00 0200"),
    ],
)
def test_parameters_are_refused(reader, sent):
    with pytest.raises(ValueError, match=r"must|month"):
        reader([sent])


def test_a_query_is_sorted_into_values_unknown_names_and_flaws():
    known = {"a": whole(0), "b": whole(0)}
    values, unknown, flaws = read_query(known, {"a": ["1"], "b": ["x"], "c": ["1"]})
    assert (values, unknown, flaws) == ({"a": 1}, ["c"], [Flaw("b", "must be an integer")])


def test_routes_prefer_literal_segments_and_decode_values():
    def act(state, asked):
        raise NotImplementedError

    table = [
        Route("GET", "/orders/{code}", act),
        Route("GET", "/orders/changes", act),
        Route("PATCH", "/orders/{code}/status", act),
    ]
    routes = Routes(table)
    assert routes.find("GET", "/orders/changes") == (table[1], {})
    assert routes.find("GET", "/orders/32%2FZEL/") == (table[0], {"code": "32/ZEL"})
    assert routes.find("PATCH", "/orders/changes/status") == (table[2], {"code": "changes"})
    assert routes.find("PUT", "/orders/changes") == (None, {})
    for path in ("/orders", "/orders/1/status/2", "/other"):
        with pytest.raises(LookupError):
            routes.find("GET", path)
    assert sorted(route.path for route in routes) == sorted(route.path for route in table)
