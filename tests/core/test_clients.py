from __future__ import annotations

import gc
import inspect
import logging
import threading
from functools import cached_property

import anyio
import pytest

from kaufland_shoptet import (
    KAUFLAND,
    SHOPTET,
    Answered,
    AsyncBridge,
    AsyncKaufland,
    AsyncShoptet,
    Bridge,
    InMemory,
    Kaufland,
    Reply,
    Resource,
    Retrying,
    Sandbox,
    Sent,
    Shoptet,
    SqliteLedger,
    SystemClock,
    clients,
    together,
)
from kaufland_shoptet._core.request import Endpoint
from kaufland_shoptet.errors import MissingCredentials, NotFound, ServerError, SettingsError, UnexpectedAnswer
from kaufland_shoptet.sandbox.sdk import demo_settings

PING = Endpoint(KAUFLAND, "Ping", "GET", "/status/ping", str, at=("data",)).request()
ESHOP = Endpoint(SHOPTET, "getEshop", "GET", "/api/eshop", str, at=("data",)).request()
KEY, SECRET = "k" * 32, "s" * 64
GOOD = Reply(200, {"content-type": "application/json"}, b'{"data": "Pong"}')


def good(wire):
    return GOOD


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch):
    for name in ("KAUFLAND_CLIENT_KEY", "KAUFLAND_SECRET_KEY", "SHOPTET_PRIVATE_TOKEN"):
        monkeypatch.delenv(name, raising=False)


class Listener:
    """Remembers the last request."""

    def __call__(self, wire):
        self.wire = wire
        return GOOD


@pytest.fixture
def listener():
    return Listener()


# Credentials.


def test_keys_come_from_the_environment(monkeypatch, listener):
    monkeypatch.setenv("KAUFLAND_CLIENT_KEY", f" {KEY}\n")
    monkeypatch.setenv("KAUFLAND_SECRET_KEY", SECRET)
    Kaufland(transport=InMemory(listener)).run(PING)
    assert listener.wire.headers["Shop-Client-Key"] == KEY


def test_keys_that_are_given_are_worth_more_than_the_environment(monkeypatch, listener):
    monkeypatch.setenv("KAUFLAND_CLIENT_KEY", "e" * 32)
    Kaufland(KEY, SECRET, transport=InMemory(listener)).run(PING)
    assert listener.wire.headers["Shop-Client-Key"] == KEY


def test_a_token_comes_from_the_environment(monkeypatch, listener):
    monkeypatch.setenv("SHOPTET_PRIVATE_TOKEN", "private-token")
    Shoptet(transport=InMemory(listener)).run(ESHOP)
    assert listener.wire.headers["Shoptet-Private-API-Token"] == "private-token"


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (Kaufland, "client_key: nothing was given and KAUFLAND_CLIENT_KEY is not set."),
        (lambda: Kaufland(KEY), "secret_key: nothing was given and KAUFLAND_SECRET_KEY is not set."),
        (lambda: Kaufland(KEY, "  "), "secret_key: nothing was given and KAUFLAND_SECRET_KEY is not set."),
        (lambda: Kaufland(KEY, SECRET, partner_client_key=KEY), "partner_secret_key: nothing was given."),
        (lambda: Kaufland(KEY, SECRET, partner_secret_key=SECRET), "partner_client_key: nothing was given."),
        (Shoptet, "private_token: nothing was given and SHOPTET_PRIVATE_TOKEN is not set."),
        (lambda: Shoptet(oauth_token="o"), "token_url: nothing was given."),
        (lambda: Shoptet("p", oauth_token="o"), "private_token: two kinds of token were given."),
    ],
)
def test_what_is_missing_is_named_with_the_way_to_it(make, told):
    with pytest.raises(MissingCredentials) as caught:
        make()
    assert str(caught.value).startswith(told)
    assert caught.value.remedy


@pytest.mark.parametrize("make", [Kaufland, AsyncKaufland])
@pytest.mark.parametrize(
    ("client_key", "secret_key", "told"),
    [
        ("k" * 31, SECRET, "client_key has 31 characters where 32 are"),
        (KEY, "s", "secret_key has 1 characters"),
    ],
)
def test_keys_of_an_unusual_length_are_taken_with_a_warning(make, client_key, secret_key, told):
    with pytest.warns(UserWarning, match=told) as caught:
        make(client_key, secret_key, transport=InMemory(good))
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "wrong", ["k" * 31 + "\u200b", "k" * 16 + "\n" + "k" * 15, "k" * 15 + " " + "k" * 16]
)
def test_keys_with_characters_that_no_header_carries_are_refused_without_being_repeated(wrong):
    with pytest.raises(SettingsError, match="client_key: there is a character in it") as caught:
        Kaufland(wrong, SECRET)
    assert wrong not in str(caught.value) + repr(caught.value)
    with pytest.raises(SettingsError, match="private_token: there is a character in it"):
        Shoptet(wrong)


# Addresses.


def test_clients_talk_to_the_real_systems_unless_told_otherwise(listener):
    for client, url in [
        (Kaufland(KEY, SECRET, transport=InMemory(listener)), "https://sellerapi.kaufland.com/v2"),
        (
            Kaufland(KEY, SECRET, playground=True, transport=InMemory(listener)),
            "https://sellerapi-playground.kaufland.com/v2",
        ),
        (
            Kaufland(KEY, SECRET, base_url="http://127.0.0.1:8000/kaufland/v2", transport=InMemory(listener)),
            "http://127.0.0.1:8000/kaufland/v2",
        ),
    ]:
        client.run(PING)
        assert listener.wire.url == f"{url}/status/ping"
        assert repr(client) == f"<Kaufland at {url}>"


def test_the_environment_may_lead_to_another_address(monkeypatch):
    monkeypatch.setenv("KAUFLAND_BASE_URL", "http://127.0.0.1:8000/kaufland/v2")
    monkeypatch.setenv("SHOPTET_BASE_URL", " http://127.0.0.1:8000/shoptet ")
    assert repr(Kaufland(KEY, SECRET, playground=True)) == "<Kaufland at http://127.0.0.1:8000/kaufland/v2>"
    assert repr(AsyncShoptet("t")) == "<AsyncShoptet at http://127.0.0.1:8000/shoptet>"
    assert repr(Shoptet("t", base_url="https://a.example")) == "<Shoptet at https://a.example>"
    # A transport is a place of its own: a sandbox in memory stays one.
    assert repr(Shoptet("t", transport=InMemory(good))) == "<Shoptet at https://api.myshoptet.com>"
    monkeypatch.setenv("SHOPTET_BASE_URL", "http://a.example")
    with pytest.raises(SettingsError, match="SHOPTET_BASE_URL: this is not an address that keys may be sent"):
        Shoptet("t")


def test_clients_say_what_they_are():
    assert repr(Shoptet("token", transport=InMemory(good))) == "<Shoptet at https://api.myshoptet.com>"
    assert repr(AsyncShoptet("t", transport=InMemory(good))) == "<AsyncShoptet at https://api.myshoptet.com>"
    assert set(dir(clients)) == set(clients.__all__)


# Options.


def test_options_make_a_light_copy(kaufland, listener):
    client = kaufland(listener, timeout=30, attempts=5)
    quick = client.options(timeout=2)
    quick.run(PING)
    assert listener.wire.timeout == 2
    client.run(PING)
    assert listener.wire.timeout == 30
    assert type(quick) is Kaufland
    assert repr(quick) == repr(client)
    assert quick.options(attempts=1)._driver.policy.timeout == 2


def test_options_limit_the_attempts(kaufland):
    calls = []

    def broken(wire):
        calls.append(wire)
        return Reply(500)

    client = kaufland(broken)
    with pytest.raises(ServerError):
        client.options(attempts=2).run(PING)
    assert len(calls) == 2


def test_copies_share_connections_limits_and_threads(kaufland):
    client = kaufland(good)
    copy = client.options(timeout=1)
    assert copy._driver.lines is client._driver.lines
    assert copy._driver._gates is client._driver._gates
    assert copy._driver._pool is client._driver._pool


def test_resources_of_a_copy_use_the_copy(kaufland, listener):
    client = kaufland(listener)
    assert client.status is client.status
    quick = client.options(timeout=2)
    assert quick.status is not client.status
    quick.run(PING)
    assert listener.wire.timeout == 2


def test_an_add_on_keeps_its_credentials_under_other_options():
    sandbox = Sandbox()
    addon = sandbox.shoptet_addon().options(timeout=3)
    assert addon.install(sandbox.installation_code).access_token == sandbox.oauth_token


@pytest.mark.parametrize("make", [Kaufland, AsyncKaufland])
def test_at_least_one_request_must_be_allowed_under_way(make):
    with pytest.raises(ValueError, match="in_flight"):
        make(KEY, SECRET, in_flight=0, transport=InMemory(good))


# Limits.


def limit_of(client, api=KAUFLAND):
    return client._driver.lines[api].limit


def test_clients_with_one_key_share_its_limit():
    one, other = (Kaufland(KEY, SECRET, transport=InMemory(good)) for _ in range(2))
    third = AsyncKaufland(KEY, SECRET, transport=InMemory(good))
    assert limit_of(one) is limit_of(other) is limit_of(third)
    assert limit_of(Kaufland("o" * 32, SECRET, transport=InMemory(good))) is not limit_of(one)
    playground = Kaufland(KEY, SECRET, playground=True, transport=InMemory(good))
    assert limit_of(playground) is not limit_of(one)


def test_clients_with_one_token_share_its_bucket():
    one, other = (Shoptet("token", transport=InMemory(good)) for _ in range(2))
    assert limit_of(one, SHOPTET) is limit_of(other, SHOPTET)


def test_clients_on_another_clock_have_a_limit_of_their_own(clock):
    real = Kaufland(KEY, SECRET, transport=InMemory(good))
    assert limit_of(Kaufland(KEY, SECRET, transport=InMemory(good), clock=clock)) is not limit_of(real)
    assert limit_of(Kaufland(KEY, SECRET, transport=InMemory(good), clock=SystemClock())) is limit_of(real)


def test_a_client_keeps_to_its_pace(kaufland, clock):
    client = kaufland(good, requests_per_second=10)
    for _ in range(21):
        client.run(PING)
    assert clock.passed == pytest.approx(2.0)


def test_a_full_bucket_is_waited_for(shoptet, clock):
    full = Reply(200, {"x-ratelimit-bucket-filling": "200/200"}, GOOD.body)
    client = shoptet(lambda wire: full)
    client.run(ESHOP)
    client.run(ESHOP)
    assert clock.passed == pytest.approx(5.0)


# Raw.


def test_raw_gives_the_reply_as_it_came(kaufland):
    reply = Reply(200, {"content-type": "text/html"}, b"<html>")
    client = kaufland(lambda wire: reply)
    assert client.raw(PING) == Reply(200, {"content-type": "text/html", "content-length": "6"}, b"<html>")
    with pytest.raises(UnexpectedAnswer):
        client.options(attempts=1).run(PING)


def test_raw_raises_refusals_and_repeats_as_ever(kaufland):
    replies = iter([Reply(503), GOOD, Reply(404)])
    client = kaufland(lambda wire: next(replies))
    assert client.raw(PING).body == GOOD.body
    with pytest.raises(NotFound):
        client.raw(PING)


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_raw_asynchronously(anyio_backend, async_kaufland):
    async with async_kaufland(good) as client:
        assert (await client.raw(PING)).body == GOOD.body
        assert (await client.options(timeout=3).raw(PING)).status == 200


# Events and logging.


def test_events_are_told_to_whoever_asks(kaufland, caplog):
    events = []
    replies = iter([Reply(503), GOOD])
    with caplog.at_level(logging.DEBUG, "kaufland_shoptet"):
        kaufland(lambda wire: next(replies), on_event=events.append).run(PING)
    assert [type(event) for event in events] == [Sent, Answered, Retrying, Sent, Answered]
    assert [record for record in caplog.records if record.name == "kaufland_shoptet"] == []


def test_events_are_logged_otherwise(kaufland, caplog):
    replies = iter([Reply(503), GOOD])
    with caplog.at_level(logging.DEBUG, "kaufland_shoptet"):
        kaufland(lambda wire: next(replies)).run(PING)
    told = [(each.levelname, each.getMessage()) for each in caplog.records if each.name == "kaufland_shoptet"]
    assert told[0] == ("DEBUG", "GET /status/ping: 503 in 0.000 s")
    assert told[1][0] == "WARNING"
    assert told[1][1].startswith("503 for GET /status/ping; again in ")
    assert told[2] == ("DEBUG", "GET /status/ping: 200 in 0.000 s")
    assert len(told) == 3


# Opening and closing.


def test_a_client_is_closed_by_its_block(crowd):
    others = set(threading.enumerate())
    with Kaufland(KEY, SECRET, transport=InMemory(good)) as client:
        assert client.run(together([PING] * 3)) == ["Pong"] * 3
        threads = set(threading.enumerate()) - others
        assert {each.name.rpartition("_")[0] for each in threads} == {"kaufland-shoptet"}
    assert not [each for each in threads if each.is_alive()]
    client.close()


def test_the_threads_of_a_forgotten_client_end():
    others = set(threading.enumerate())

    def use():
        client = Kaufland(KEY, SECRET, transport=InMemory(good))
        client.run(together([PING] * 3))
        threads = set(threading.enumerate()) - others
        return [each for each in threads if each.name.startswith("kaufland-shoptet")]

    threads = use()
    gc.collect()
    for thread in threads:
        thread.join(5)
    assert not [each for each in threads if each.is_alive()]


def test_both_kinds_of_client_take_the_same_arguments():
    for blocking, asynchronous in [(Kaufland, AsyncKaufland), (Shoptet, AsyncShoptet), (Bridge, AsyncBridge)]:
        assert inspect.signature(blocking) == inspect.signature(asynchronous)


NUMBERS = [
    ("timeout", -1),
    ("timeout", 0),
    ("timeout", float("nan")),
    ("timeout", float("inf")),
    ("timeout", "30"),
    ("timeout", True),
    ("attempts", 0),
    ("attempts", 1.5),
    ("attempts", True),
]


@pytest.mark.parametrize(("name", "value"), [*NUMBERS, ("in_flight", 0), ("largest", -1)])
@pytest.mark.parametrize("kind", [Kaufland, Shoptet, AsyncKaufland, AsyncShoptet])
def test_numbers_that_no_client_could_keep_to(kind, name, value):
    keys = (KEY, SECRET) if kind in {Kaufland, AsyncKaufland} else ("token",)
    with pytest.raises(ValueError, match=f"^{name} is {value!r}: give a "):
        kind(*keys, transport=InMemory(good), **{name: value})


@pytest.mark.parametrize("value", [0, -1, "103", float("nan")])
def test_a_pace_at_which_nothing_moves(value):
    with pytest.raises(ValueError, match=f"^requests_per_second is {value!r}: give a number above 0"):
        Kaufland(KEY, SECRET, transport=InMemory(good), requests_per_second=value)


@pytest.mark.parametrize(("name", "value"), NUMBERS)
def test_other_patience_is_patience_too(kaufland, name, value):
    with pytest.raises(ValueError, match=f"^{name} is {value!r}: give a "):
        kaufland(good).options(**{name: value})


# Bridges.


def both(wire):
    return GOOD


def test_a_bridge_tells_what_is_due(kaufland, shoptet, async_kaufland, async_shoptet, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = demo_settings()
    one, other = kaufland(both), shoptet(both)
    waiting, awaited = async_kaufland(both), async_shoptet(both)
    cases = [
        (Bridge, (other, one, settings), "kaufland is of type Shoptet: Bridge takes Kaufland"),
        (Bridge, (waiting, other, settings), "kaufland is of type AsyncKaufland: Bridge takes Kaufland"),
        (Bridge, (one, awaited, settings), "shoptet is of type AsyncShoptet: Bridge takes Shoptet"),
        (Bridge, (one, other, "shop.toml"), "settings is of type str: Bridge takes Settings"),
        (
            AsyncBridge,
            (one, awaited, settings),
            "kaufland is of type Kaufland: AsyncBridge takes AsyncKaufland",
        ),
        (
            AsyncBridge,
            (waiting, other, settings),
            "shoptet is of type Shoptet: AsyncBridge takes AsyncShoptet",
        ),
    ]
    for kind, given, told in cases:
        with pytest.raises(TypeError, match=f"^{told}$"):
            kind(*given)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def bridge(kaufland, shoptet, tmp_path):
    ledger = SqliteLedger(tmp_path / "ledger.sqlite", "Demo shop")
    return Bridge(kaufland(both), shoptet(both), demo_settings(), ledger)


def test_a_bridge_speaks_to_both(bridge):
    async def flow():
        return await together(PING, ESHOP), await PING

    assert bridge.run(flow()) == (("Pong", "Pong"), "Pong")
    assert repr(bridge) == "<Bridge of Demo shop>"


FLOWS = [name for name, each in vars(clients._Bridge).items() if isinstance(each, cached_property)]


@pytest.mark.parametrize("name", FLOWS)
def test_a_bridge_offers_its_flows_as_attributes(bridge, name):
    assert isinstance(getattr(bridge, name), Resource)
    assert getattr(bridge, name) is getattr(bridge, name)


def test_a_bridge_does_not_let_more_requests_through_than_its_clients(kaufland, shoptet, crowd, clock):
    transport = crowd(both)
    shop = shoptet(transport, in_flight=2)
    bridge = Bridge(kaufland(both), shop, demo_settings(), object())
    threads = [threading.Thread(target=each.run, args=(together([ESHOP] * 6),)) for each in (bridge, shop)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(transport.ended) == 12
    assert transport.most <= 2


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_an_asynchronous_bridge_speaks_to_both(anyio_backend, async_kaufland, async_shoptet, crowd):
    transport = crowd(both)
    async with async_kaufland(both) as kaufland, async_shoptet(transport, in_flight=2) as shop:
        bridge = AsyncBridge(kaufland, shop, demo_settings(), object())
        assert await bridge.run(together(PING, ESHOP)) == ("Pong", "Pong")
        assert repr(bridge) == "<AsyncBridge of Demo shop>"
        async with anyio.create_task_group() as group:
            group.start_soon(bridge.run, together([ESHOP] * 6))
            group.start_soon(shop.run, together([ESHOP] * 6))
    assert transport.most <= 2


def test_a_bridge_keeps_its_ledger_where_the_settings_say(kaufland, shoptet, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bridge = Bridge(kaufland(both), shoptet(both), demo_settings())
    assert isinstance(bridge.ledger, SqliteLedger)


def test_a_bridge_applies_what_it_planned():
    bridge = Sandbox.demo().bridge()
    plan = bridge.orders.plan()
    assert plan.changes
    assert bridge.apply(plan).good


def test_an_asynchronous_bridge_applies_what_it_planned():
    async def main():
        bridge = Sandbox.demo().async_bridge()
        return await bridge.apply(await bridge.orders.plan())

    assert anyio.run(main).good
