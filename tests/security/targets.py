"""What is fuzzed: functions that take a source of chance or bytes, and raise only when a promise is broken.

The promises: whatever comes in is either read or refused with an error of this package that says where and what,
and whatever was read or raised can be printed.
"""

from __future__ import annotations

import json
import random
import re
import string
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib import import_module
from io import BytesIO
from typing import Any, get_args, get_origin

from attrs import evolve

from kaufland_shoptet import KAUFLAND, SHOPTET, MemoryLedger, Page, Plan, Reply, Settings
from kaufland_shoptet._core import codec
from kaufland_shoptet._core.exchange import Interrupted, Policy, clock_skew, retry_after
from kaufland_shoptet._core.kinds import (
    bare,
    is_enum,
    is_literal,
    is_many,
    is_map,
    is_model,
    is_union,
    members,
)
from kaufland_shoptet._core.limits import Bucket
from kaufland_shoptet._core.request import Endpoint, PagedEndpoint
from kaufland_shoptet._core.rows import Download, RowLimits
from kaufland_shoptet._http import Mint
from kaufland_shoptet.errors import (
    ApiError,
    DecodeError,
    FeedError,
    KauflandShoptetError,
    NotificationError,
    PlanError,
    ResultError,
    SettingsError,
    TokenError,
    UnexpectedAnswer,
)
from kaufland_shoptet.kaufland import notifications
from kaufland_shoptet.kaufland.resources.orders import Orders as KaufOrders
from kaufland_shoptet.kaufland.signing import sign
from kaufland_shoptet.shoptet import webhooks
from kaufland_shoptet.shoptet.feeds import BadItem, CatalogItem, FeedLimits, read_csv, read_feed, read_xml
from kaufland_shoptet.shoptet.resources.orders import Orders as ShopOrders
from kaufland_shoptet.shoptet.tokens import AddonToken, MemoryTokenStore

from .world import everything_on, planted, send_back

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


@cache
def endpoints() -> list[Any]:
    """Every operation of both APIs: a list is asked for its first page."""
    found = []
    for api in (KAUFLAND, SHOPTET):
        for module in sorted({operation.module for operation in api.operations}):
            found += [
                each
                for each in vars(import_module(module)).values()
                if isinstance(each, Endpoint | PagedEndpoint)
            ]
    assert len(found) == len(KAUFLAND.operations) + len(SHOPTET.operations)
    return found


def request_of(endpoint):
    path = ["1"] * endpoint.route.count("{")
    return endpoint.request(path) if isinstance(endpoint, Endpoint) else endpoint.listing(path).page()


# JSON made of chance: near to what a type promises, and then wrong somewhere.


class Raw(str):
    """Goes into the body as it is, not as a string."""

    __slots__ = ()


ODD = [
    None, True, False, 0, -1, 2**31, 2**63, -(2**64), 0.1, "", "x", "0", "-1", "1.5", "NaN", "1E+999999999", "1E-999999999",
    "9" * 70, "\ud800", "\x00\x1b[31m", "2026-13-45", "2026-09-01", "2026-09-01T08:00:00", "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59", "2019-07-19T17:24:05T", "2026-09-01T08:00:00.123456789+0200", "x" * 5000, [], {}, [[]],
    [None], {"": None}, {"data": {}}, Raw("1e999999999"), Raw("-1e-999999999"), Raw("9" * 5000), Raw("NaN"), Raw("1.0"),
    Raw("-0"), Raw("1E400"), Raw("[" * 900 + "]" * 900), Raw("[" * 100_000), Raw('{"a":' * 900 + "1" + "}" * 900),
    Raw('"\\ud83d"'), Raw("nul"), Raw(""), Raw("0.1" * 3), Raw('{"a":1,"a":2}'),
]  # fmt: skip


def body_of(value):
    """*value* as JSON, its raw parts as they are."""
    raws = []

    def plain(each):
        if isinstance(each, Raw):
            raws.append(str(each))
            return f"\x00{len(raws) - 1}\x00"
        if isinstance(each, dict):
            return {key: plain(inner) for key, inner in each.items()}
        return [plain(inner) for inner in each] if isinstance(each, list) else each

    text = json.dumps(plain(value))
    return re.sub(r'"\\u0000(\d+)\\u0000"', lambda found: raws[int(found[1])], text).encode()


def like(kind, chance, api, depth=0):
    """A JSON value that is likely to be read as *kind*."""
    if chance.random() < 0.02 or depth > 6:
        return chance.choice(ODD)
    kind = bare(kind)
    if is_union(kind):
        kinds, nullable = members(kind)
        return None if nullable and chance.random() < 0.3 else like(chance.choice(kinds), chance, api, depth)
    if is_model(kind):
        slots = api.codec._slots(kind)
        chosen = [slot for slot in slots if not slot.optional or chance.random() < 0.6]
        found = {
            slot.wire: like(slot.kind, chance, api, depth + 1) for slot in chosen if chance.random() > 0.005
        }
        if chance.random() < 0.1:
            found["".join(chance.choices(string.printable, k=5))] = chance.choice(ODD)
        return found
    if is_many(kind):
        return [like(get_args(kind)[0], chance, api, depth + 1) for _ in range(chance.randrange(3))]
    if is_map(kind):
        return {
            f"k{number}": like(get_args(kind)[1], chance, api, depth + 1)
            for number in range(chance.randrange(3))
        }
    if is_enum(kind):
        return chance.choice([each.value for each in kind])
    if is_literal(kind):
        return chance.choice(get_args(kind))
    simple = {
        str: lambda: "".join(chance.choices(string.printable + "žščř€", k=chance.randrange(9))),
        bool: lambda: chance.random() < 0.5,
        int: lambda: chance.randrange(-9, 10 ** chance.randrange(1, 19)),
        Decimal: lambda: chance.choice(["12.50", 3, 0.25, "-1", "1e3"]),
        datetime: lambda: "2026-09-01T08:00:00+0200",
        date: lambda: "2026-09-01",
    }
    return simple.get(kind, lambda: chance.choice(ODD))()


def answer_of(endpoint, chance):
    """The body of an answer to *endpoint*, more or less."""
    api = endpoint.api
    if isinstance(endpoint, PagedEndpoint):
        value: Any = [like(endpoint.item, chance, api) for _ in range(chance.randrange(3))]
    else:
        kind = endpoint.into
        while get_origin(kind) is not None and not is_many(kind) and not is_map(kind) and not is_union(kind):
            kind = get_args(kind)[0]
        value = None if kind in (None, bytes, type(None), Reply) else like(kind, chance, api)
    for key in reversed(endpoint.at):
        value = {key: value}
    if isinstance(value, dict):
        if chance.random() < 0.2:
            value["errors"] = chance.choice(
                [*ODD, [{"errorCode": chance.choice(ODD), "message": chance.choice(ODD)}]]
            )
        if chance.random() < 0.2:
            value["metadata"] = chance.choice([*ODD, {"requestId": chance.choice(ODD)}])
        if isinstance(endpoint, PagedEndpoint):
            numbers = {
                key: chance.choice([*ODD, 1, 20])
                for key in ("total", "offset", "limit", "page", "itemsPerPage", "totalCount")
            }
            value["pagination"] = numbers
            if isinstance(value.get("data"), dict):
                value["data"]["paginator"] = numbers
    return chance.choice(ODD) if chance.random() < 0.02 else value


def printable(*things):
    for thing in things:
        str(thing).encode()
        repr(thing).encode()


def read_answer(chance: random.Random) -> str:
    """An answer to any operation is decoded, or refused with a path."""
    endpoint = chance.choice(endpoints())
    body = body_of(answer_of(endpoint, chance))
    if chance.random() < 0.1:
        body = mangled(body, chance)
    reply = Reply(chance.choice([200, 200, 200, 201, 202]), {"content-type": "application/json"}, body)
    request = request_of(endpoint)
    return decoded(request, reply)


def decoded(request, reply) -> str:
    try:
        found = request.endpoint.api.read(request, reply)
    except DecodeError as error:
        assert error.path.startswith("$."), error
        printable(error)
        return "refused"
    except (UnexpectedAnswer, ApiError) as error:
        printable(error)
        return "refused"
    printable(found)
    if isinstance(found, Page):
        printable(found.total, len(found))
    return "read"


def read_orders(data: bytes) -> str:
    """An order of either API, with any body."""
    results = set()
    for request in (KaufOrders.get("MA1B2C3"), ShopOrders.get("2026000001")):
        results.add(decoded(request, Reply(200, {}, data)))
    return "read" if "read" in results else "refused"


@cache
def orders() -> list[bytes]:
    """One order as Kaufland and as Shoptet answer it."""
    sandbox = planted()
    bridge = sandbox.bridge(everything_on())
    bridge.apply(bridge.orders.plan())
    return [
        sandbox.kaufland_client().raw(KaufOrders.get("MA1B2C3")).body,
        sandbox.shoptet_client().raw(ShopOrders.get("2026000001")).body,
    ]


def read_refusal(chance: random.Random) -> str:
    """An answer with an error status is one of the errors, whatever its body."""
    endpoint = chance.choice(endpoints())
    problem = {key: chance.choice(ODD) for key in ("type", "message", "error", "error_description", "title")}
    rows = [
        {key: chance.choice(ODD) for key in ("errorCode", "message", "instance", "field")} for _ in range(2)
    ]
    value = chance.choice([*ODD, problem, {**problem, "errors": rows}, {"data": None, "errors": rows}])
    body = body_of(value)
    if chance.random() < 0.2:
        body = mangled(body, chance)
    status = chance.choice(
        [300, 304, 400, 401, 403, 404, 405, 409, 413, 418, 422, 423, 429, 500, 503, 599, 999]
    )
    error = endpoint.api.refusal(request_of(endpoint), Reply(status, {"content-type": "text/html"}, body))
    assert isinstance(error, ApiError | UnexpectedAnswer)
    printable(error)
    return "refused"


def mangled(body: bytes, chance: random.Random) -> bytes:
    """*body* cut, doubled, with other bytes in it."""
    data = bytearray(body)
    for _ in range(chance.randrange(1, 5)):
        place = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                del data[place : place + chance.randrange(9)]
            case 1:
                data[place:place] = bytes(chance.choices(range(256), k=chance.randrange(1, 5)))
            case 2:
                data[place : place + 1] = chance.choice(INTERESTING)
            case 3:
                data[place:place] = data[place : place + chance.randrange(200)]
            case _:
                data = data[:place] if chance.random() < 0.2 else data
    return bytes(data)


INTERESTING = [b"<", b">", b"&", b'"', b"'", b";", b"\n", b"\r", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"]]>", b"<!--", b"-->",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"&#0;", b"&#x10ffff;", b"<![CDATA[", b"<?xml version='1.0' encoding='utf-7'?>",
    b"<?xml version='1.0' encoding='utf-16'?>", b"</SHOP>", b"<SHOPITEM>", b"</SHOPITEM>", b"{", b"}", b"[", b"]", b":", b",",
    b"\\", b"\\u", b"\\ud800", b"1e999999999", b"\x1f\x8b", b"=", b"#", b".", b"-", b"\xe2\x80\xa8", b"\xed\xa0\x80"]  # fmt: skip


# Notifications.

SECRET = "s" * 64
URL = "https://shop.example/hook"


def read_event(data: bytes) -> str:
    """A notification of Shoptet, with any body."""
    try:
        event = webhooks.read(
            data,
            {"Shoptet-Webhook-Signature": webhooks.sign(data, "key")},
            signature_key="key",
            now=NOW if len(data) % 2 else None,
        )
    except NotificationError as error:
        printable(error)
        return "refused"
    printable(event)
    return "read"


def read_notification(data: bytes) -> str:
    """A notification of Kaufland, with any body."""
    moment = int(NOW.timestamp())
    headers = {"Shop-Timestamp": str(moment), "Shop-Signature": sign("POST", URL, data, moment, SECRET)}
    try:
        found = notifications.read(data, headers, url=URL, secret_key=SECRET, now=NOW)
    except NotificationError as error:
        printable(error)
        return "refused"
    printable(found)
    return "read"


def read_notification_headers(chance: random.Random) -> str:
    """Nothing but the right signature passes; whatever the headers and the address."""
    odd = [
        "",
        "0",
        "-1",
        "9" * 15,
        "9" * 400,
        "٣",
        "a" * 64,
        "\ud800",
        "é",
        "\0",
        "1756200000.75",
        str(int(NOW.timestamp())),
    ]
    headers = {
        name: chance.choice(odd) for name in ("Shop-Timestamp", "Shop-Signature", "Shoptet-Webhook-Signature")
    }
    url = chance.choice(
        [URL, "", "http://[", "\ud800", "?mode=subscribe&challenge=a", "?challenge=%00&mode=subscribe"]
    )
    for call in (
        lambda: notifications.read(b"{}", headers, url=url, secret_key=SECRET, now=NOW),
        lambda: webhooks.read(b"{}", headers, signature_key="key"),
    ):
        try:
            call()
        except NotificationError as error:
            printable(error)
        else:
            raise AssertionError("a notification passed that nobody has signed")
    notifications.challenge(url)
    return "refused"


# Feeds and files of results.

SMALL = FeedLimits(item=20_000, depth=20, total=500_000, bad=200)


def read_feeds(data: bytes) -> str:
    """A feed gives items and says what is wrong with others, or is refused."""
    results = set()
    for read in (read_feed, read_xml, read_csv):
        try:
            for item in read(BytesIO(data), limits=SMALL):
                assert isinstance(item, CatalogItem | BadItem)
                printable(item)
                results.add("read" if isinstance(item, CatalogItem) else "refused")
        except FeedError as error:
            printable(error)
    return "read" if "read" in results else "refused"


def read_rows(data: bytes) -> str:
    """The file of a job gives rows, or says which of them is wrong."""
    file = Download(
        SHOPTET,
        "1xv8s4c",
        "https://1.myshoptet.com/x",
        dict[str, Any],
        RowLimits(total=1 << 20, line=1 << 16),
        Policy(),
    )
    rows = 0
    try:
        file.opened(200, {})
        for start in range(0, len(data), 1000):
            rows += len(list(file.feed(data[start : start + 1000])))
        rows += len(list(file.end()))
    except (ResultError, Interrupted) as error:
        printable(error)
        return "refused"
    return "read" if rows else "refused"


# Headers and tokens.

HEADER_VALUES = ["", " ", "0", "3", "-1", "1.5", "9" * 400, "9" * 5000, "٣", "bytes", "bytes 0-", "bytes 0-1/2", '"tag"', 'W/"tag"',
    "Mon, 01 Jul 2024 00:00:10 GMT", "Mon, 01 Jul 2024 00:00:10 -0000", "Mon, 99 Jul 99999 99:99:99 +9999", "Mon, 01 Jul 0000 00:00:00",
    "2026-09-01T08:00:00Z", "2026-09-01T08:00:00", "9999-12-31T23:59:59-23:59", "170/200", "9/0", "9" * 400 + "/1", "1/" + "9" * 5000,
    "text/html", "gzip", "https://1.myshoptet.com/y", "http://evil.example/", "//evil.example/x", "https://[", "\x00", "1970", "Mon", ","]  # fmt: skip
HEADERS = ["retry-after", "date", "x-ratelimit-bucket-filling", "content-length", "content-range", "accept-ranges", "etag",
    "location", "content-type", "x-request-id"]  # fmt: skip


def read_headers(chance: random.Random) -> str:
    """Headers are understood or passed over."""
    headers = {name: chance.choice(HEADER_VALUES) for name in HEADERS if chance.random() < 0.7}
    if chance.random() < 0.5 and headers:
        name = chance.choice(list(headers))
        headers[name] = mangled(headers[name].encode(), chance).decode("latin-1")
    seconds = retry_after(headers, NOW)
    assert seconds is None or seconds >= 0
    skew = clock_skew(headers, NOW)
    assert skew is None or isinstance(skew, float)
    bucket = Bucket()
    bucket.learn(headers, 0.0)
    assert bucket.delay(0.0) >= 0
    file = Download(SHOPTET, "1xv8s4c", "https://1.myshoptet.com/x", dict[str, Any], RowLimits(), Policy())
    try:
        file.opened(chance.choice([200, 206, 301, 302, 404, 416, 429, 500]), headers)
    except (Interrupted, ResultError) as error:
        printable(error)
        return "refused"
    assert file.url.startswith("https://")
    return "read" if seconds is not None else "refused"


def read_token(chance: random.Random) -> str:
    """The answer of the server that makes tokens."""
    authority = AddonToken("oauth", "https://partner.example/mint", MemoryTokenStore(), lambda: NOW)
    assert isinstance(authority.due(), Mint)
    good = {"access_token": ["token"] * len(ODD), "expires_in": [1800] * len(ODD), "error": []}
    told = {key: chance.choice([*ODD, *more]) for key, more in good.items()}
    reply = Reply(chance.choice([200, 200, 401, 500]), {}, body_of(chance.choice([told, told, told, *ODD])))
    try:
        authority.take(reply)
    except TokenError as error:
        printable(error)
        return "refused"
    token = authority.headers(None)["Shoptet-Access-Token"]
    assert token.isascii()
    assert token.isprintable()
    return "read"


# Settings and plans.


@cache
def settings_text() -> bytes:
    return everything_on().dumps().encode()


def read_settings(data: bytes) -> str:
    """Settings are read, or every mistake is named."""
    try:
        found = Settings.loads(data.decode("utf-8", "replace"))
    except SettingsError as error:
        printable(error, *error.others)
        return "refused"
    printable(found)
    return "read"


@cache
def plans() -> tuple[Any, list[Any]]:
    """A sandbox, and the JSON of plans of all kinds that it leads to."""
    sandbox = planted()
    bridge = sandbox.bridge(everything_on())
    made = [bridge.orders.plan()]
    bridge.apply(made[0])
    send_back(sandbox)
    for code in list(sandbox.shoptet.orders):
        sandbox.shoptet.issue_invoice(code)
    made += [
        flow.plan for flow in bridge.sync(dry_run=True).flows if flow.plan is not None and flow.plan.changes
    ]
    assert len(made) > 4
    return sandbox, [json.loads(plan.to_json()) for plan in made]


def read_plan(chance: random.Random) -> str:
    """A plan that somebody has tampered with is refused, or can be printed and applied without surprise."""
    sandbox, made = plans()
    raw = json.loads(json.dumps(chance.choice(made)))
    for _ in range(chance.randrange(4)):
        spoil(raw, chance)
    body = body_of(raw)
    if chance.random() < 0.2:
        body = mangled(body, chance)
    try:
        plan = Plan.from_json(body.decode("utf-8", "replace"))
    except PlanError as error:
        printable(error)
        return "refused"
    printable(plan)
    plan._repr_html_()
    plan.to_json()
    bridge = sandbox.bridge(everything_on(), MemoryLedger())
    try:
        report = bridge.apply(evolve(plan, changes=plan.changes[:3]))
    except KauflandShoptetError as error:
        printable(error)
        return "refused"
    printable(report)
    return "read"


def spoil(value: Any, chance: random.Random) -> None:
    """Put something odd somewhere into *value*."""
    while True:
        inside = value if isinstance(value, dict) else dict(enumerate(value))
        if not inside:
            return
        key = chance.choice(list(inside))
        if isinstance(inside[key], dict | list) and inside[key] and chance.random() < 0.8:
            value = inside[key]
            continue
        odd = [*ODD, "cz", "import", "2026-09-01T08:00:00", "../../etc/passwd", "a/b?c#d", "-1"]
        value[key] = deepcopy(chance.choice(odd))
        return


# All of them.

XML = b"""<?xml version="1.0" encoding="utf-8"?><SHOP><SHOPITEM id="7" import-code="x"><NAME>Lampa</NAME><GUID>g</GUID>
<DESCRIPTION><![CDATA[<p>Text &amp; more</p>]]></DESCRIPTION><CATEGORIES><CATEGORY id="3">A &gt; B</CATEGORY></CATEGORIES>
<IMAGES><IMAGE>https://x.cz/a.jpg</IMAGE></IMAGES><VARIANTS><VARIANT id="1"><CODE>A1</CODE><EAN>4006381333931</EAN>
<PRICE_VAT>12,50</PRICE_VAT><STOCK><AMOUNT>3</AMOUNT></STOCK><PARAMETERS><PARAMETER><NAME>Barva</NAME><VALUE>rud\xc3\xa1</VALUE>
</PARAMETER></PARAMETERS></VARIANT></VARIANTS></SHOPITEM><SHOPITEM><CODE>B</CODE><NAME>St\xc5\xafl</NAME></SHOPITEM></SHOP>"""
HEUREKA = b"""<SHOP><SHOPITEM><ITEM_ID>1</ITEM_ID><PRODUCTNAME>Lampa</PRODUCTNAME><PRICE_VAT>10</PRICE_VAT><IMGURL>https://x/</IMGURL>
<PARAM><PARAM_NAME>a</PARAM_NAME><VAL>b</VAL></PARAM><CATEGORYTEXT>A | B</CATEGORYTEXT></SHOPITEM></SHOP>"""
CSV = (
    b"\xef\xbb\xbfcode;pairCode;name;price;stock;image;categoryText;textProperty;variant:Barva;newFlag\r\n"
    b'A1;P;"La;m""pa";12,50;3;https://x/a.jpg;A > B;a;b;"r\xc5\xafz;zel";1\r\nB;;St\xc5\xafl;;;;;;;0\r\n'
)
EVENT = b'{"eshopId":1,"event":"order:massUpdate","eventCreated":"2026-09-01T10:00:00+0200","eventInstance":"[\\"1\\",\\"2\\"]","payload":{}}'
MESSAGE = b'{"event_name":"order_new","id_message":"7","resource":"https://sellerapi.kaufland.com/v2/orders/MA1B2C3/","storefront":"CZ"}'
ROWS = b'{"code":"A"}\n{"code":"B","price":"1.50"}\n\n{"code":"C"}\n'
ENVELOPE = b'{"data":{"products":[{"code":"A"},{"code":"B"}]},"errors":[{"errorCode":"x","message":"y","instance":"z"}],"metadata":{}}'

BY_CHANCE: dict[str, Callable[[random.Random], str]] = {
    "answers": read_answer,
    "refusals": read_refusal,
    "notification headers": read_notification_headers,
    "headers": read_headers,
    "tokens": read_token,
    "plans": read_plan,
}
"""Targets that make their input themselves."""
BY_BYTES: dict[str, tuple[Callable[[bytes], str], Callable[[], list[bytes]]]] = {
    "orders": (read_orders, orders),
    "events": (read_event, lambda: [EVENT, b"{}", b"[]"]),
    "notifications": (read_notification, lambda: [MESSAGE, b"{}"]),
    "feeds": (
        read_feeds,
        lambda: [XML, HEUREKA, CSV, XML.decode().encode("utf-16"), CSV[3:].decode().encode("cp1250")],
    ),
    "rows": (read_rows, lambda: [ROWS, ENVELOPE, gzipped(ROWS), gzipped(ENVELOPE)]),
    "settings": (read_settings, lambda: [settings_text(), Settings.example().encode()]),
}
"""Targets that take bytes, with seeds to begin from."""


def gzipped(data: bytes) -> bytes:
    import gzip

    return gzip.compress(data, mtime=0)


def by_chance(name: str, number: int) -> str:
    return BY_CHANCE[name](random.Random(number))


def by_bytes(name: str, number: int) -> str:
    """One of the seeds, mangled by chance."""
    target, seeds = BY_BYTES[name]
    chance = random.Random(number)
    known = seeds()
    data = chance.choice(known)
    return target(mangled(data, chance) if chance.random() < 0.95 else data)


PARSERS = {"standard": codec._standard, "orjson": codec._parser()}
