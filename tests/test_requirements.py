"""Requirements of the mission about access and settings, each named; the others are named with their flows."""

from __future__ import annotations

import itertools
import logging
import warnings
from decimal import Decimal

import pytest
from attrs import evolve

from kaufland_shoptet import AsyncKaufland, Bridge, Kaufland, MemoryLedger, Sandbox, Settings, Shoptet
from kaufland_shoptet.errors import AuthenticationError, MissingCredentials, SettingsError
from kaufland_shoptet.mapping.shipping import MethodRules
from kaufland_shoptet.mapping.statuses import Label, StatusMap
from kaufland_shoptet.sandbox.data import GUIDS
from kaufland_shoptet.sandbox.sdk import demo_settings, on
from kaufland_shoptet.settings import KauflandSettings

KEY, SECRET, TOKEN = "c" * 32, "5" * 64, "t" * 38


def only(*codes, **changes):
    settings = demo_settings()
    return evolve(
        settings, storefronts={code: evolve(settings.storefronts[code], **changes) for code in codes}
    )


@pytest.mark.parametrize("client", [Kaufland, AsyncKaufland])
def test_r1_two_keys_give_access_and_their_length_is_checked_softly(client):
    """R1: two keys give access; lengths are checked softly, and keys are never echoed."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client(KEY, SECRET)
    with pytest.warns(UserWarning, match="client_key has 31 characters where 32 are usual") as told:
        client(KEY[:31], SECRET)
    assert KEY[:31] not in str(told[0].message)
    with pytest.warns(UserWarning, match="secret_key has 63 characters where 64 are usual"):
        client(KEY, SECRET[:63])
    with pytest.raises(SettingsError, match="a character in it that does not belong there") as caught:
        client(KEY, SECRET[:60] + " " + SECRET[:3])
    assert SECRET[:3] * 2 not in str(caught.value)


def test_r2_a_401_may_mean_not_verified_yet():
    """R2: a 401 says, among the causes, that a new account is refused until it is verified."""
    sandbox = Sandbox()
    sandbox.kaufland.active = False
    with pytest.raises(AuthenticationError, match="new accounts are refused until then"):
        sandbox.kaufland_client().status.ping()


def test_r3_existing_keys_are_reused():
    """R3: nothing suggests new keys; what is said about keys says to keep those that exist."""
    sandbox = Sandbox()
    with pytest.raises(AuthenticationError) as refused:
        Kaufland(KEY, SECRET, **on(sandbox)).status.ping()
    with pytest.raises(MissingCredentials) as missing:
        KauflandSettings().credentials({})
    texts = [str(refused.value), str(missing.value), Settings.example()]
    assert "Keep the keys you have; other tools may be using them" in texts[0]
    assert "use the pair that exists, other tools may depend on it" in texts[1]
    for word in ("regenerat", "generate", "new keys", "new pair"):
        assert not any(word in text.lower() for text in texts)


def test_r4_missing_keys_say_where_they_are_found(monkeypatch):
    """R4: the error for missing keys names the place: Seller Portal, Shop Settings, API."""
    for name in ("KAUFLAND_CLIENT_KEY", "KAUFLAND_SECRET_KEY", "SHOPTET_PRIVATE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(
        MissingCredentials, match=r"KAUFLAND_CLIENT_KEY is not set.*Seller Portal under Shop Settings, API"
    ):
        Kaufland()
    with pytest.raises(MissingCredentials, match="Seller Portal, Shop Settings, API"):
        KauflandSettings().credentials({})
    with pytest.raises(MissingCredentials, match="Connections, Private API"):
        Shoptet()


def test_r5_secrets_are_masked_everywhere(caplog, capsys):
    """R5: keys and tokens are in no repr, log, error, plan, report, description or finding."""
    sandbox = Sandbox.demo("three_pieces")
    secrets = (sandbox.client_key, sandbox.secret_key, sandbox.private_token, KEY, SECRET, TOKEN)
    shown: list[str] = []
    with caplog.at_level(logging.DEBUG):
        bridge = sandbox.bridge(only("cz"))
        plan = bridge.orders.plan()
        report = bridge.sync()
        findings = bridge.doctor.examine()
        described = bridge.settings.describe()
        for each in (bridge, plan, report, findings, described, bridge.settings, bridge.ledger.orders()):
            shown += [str(each), repr(each)]
        shown += [plan.to_json(), report.to_json(), findings.to_json(), described.to_json()]
        for client in (
            sandbox.kaufland_client(),
            sandbox.shoptet_client(),
            Kaufland(KEY, SECRET),
            Shoptet(TOKEN),
        ):
            shown += [str(client), repr(client), repr(client._driver.__dict__)]
        for refused in (
            Kaufland(KEY, SECRET, **on(sandbox)).status.ping,
            Shoptet(TOKEN, **on(sandbox)).eshop.get,
        ):
            with pytest.raises(AuthenticationError) as caught:
                refused()
            shown += [str(caught.value), repr(caught.value), repr(caught.value.request)]
    text = "".join([*shown, caplog.text, *capsys.readouterr()])
    assert "GET /status/ping" in text
    for secret in secrets:
        assert secret not in text


def test_r6_credentials_and_settings_belong_to_one_shop(tmp_path):
    """R6: many shops live side by side in one process, each with its own keys, settings and ledger."""
    environ = {"BIKES_KEY": KEY, "BIKES_SECRET": SECRET, "BOOKS_KEY": "d" * 32, "BOOKS_SECRET": "6" * 64}
    bikes = KauflandSettings(client_key_env="BIKES_KEY", secret_key_env="BIKES_SECRET")
    books = KauflandSettings(client_key_env="BOOKS_KEY", secret_key_env="BOOKS_SECRET")
    assert bikes.credentials(environ) == {"client_key": KEY, "secret_key": SECRET}
    assert books.credentials(environ)["client_key"] == "d" * 32
    bridges = []
    for seed, name in enumerate(("Bikes", "Books")):
        sandbox = Sandbox.demo("three_pieces", seed=seed)
        settings = evolve(only("cz"), shop=evolve(only("cz").shop, name=name), folder=tmp_path)
        bridges.append(Bridge(sandbox.kaufland_client(), sandbox.shoptet_client(), settings))
    bridges[0].sync()
    assert [len(bridge.ledger.orders()) for bridge in bridges] == [1, 0]
    with pytest.raises(AuthenticationError):
        Kaufland(**books.credentials(environ), **on(Sandbox())).status.ping()


def test_r7_one_section_for_each_storefront():
    """R7: each storefront has a section of its own, and what one says holds for no other."""
    text = (
        only("cz", "sk")
        .dumps()
        .replace("[storefront.sk]\nimport_orders = true", "[storefront.sk]\nimport_orders = false")
    )
    settings = Settings.loads(text)
    assert settings.storefront("cz").import_orders
    assert not settings.storefront("sk").import_orders
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(settings)
    assert {change.storefront for change in bridge.orders.plan().changes} == {"cz"}
    with pytest.raises(SettingsError, match=r"storefront\.de: has no section"):
        settings.storefront("de")


def test_r12_statuses_that_were_deleted_or_renamed_are_reported():
    """R12: status ids are checked against the shop's live ones, by the doctor and before any import."""
    sandbox = Sandbox.demo("three_pieces")
    settings = only("cz", statuses=StatusMap.of({Label.NOT_DISPATCHED: (26,), Label.DISPATCHED: (52,)}))
    bridge = sandbox.bridge(settings, MemoryLedger())
    bridge.doctor.examine()
    sandbox.shoptet.status_row(52)["name"] = "Předáno dopravci"
    sandbox.shoptet.statuses[:] = [row for row in sandbox.shoptet.statuses if row["id"] != 26]
    told = str(bridge.doctor.examine())
    assert "status 52 was called 'Odesláno' and is now 'Předáno dopravci'" in told
    assert "the shop has no status 26" in told
    with pytest.raises(
        SettingsError, match=r"storefront\.cz\.statuses\.not_dispatched: the shop has no status 26"
    ):
        bridge.orders.plan()


def imported(bridge: Bridge, sandbox: Sandbox, id_order: str):
    """The order in the shop."""
    return sandbox.shoptet_client().orders.get(bridge.ledger.order(id_order).code)


def test_r13_shipping_method_of_imported_orders_for_each_storefront():
    """R13: an order gets the shipping method of its storefront. Rule 2: whatever its payment method is."""
    sandbox = Sandbox.demo()
    settings = only("cz", "sk", "de", shipping=MethodRules(default=GUIDS["shipping"]))
    german = evolve(settings.storefronts["de"], shipping=MethodRules(default=GUIDS["ppl"]))
    bridge = sandbox.bridge(evolve(settings, storefronts={**settings.storefronts, "de": german}))
    report = bridge.apply(bridge.orders.plan())
    assert report.good
    for outcome in report.outcomes:
        order = imported(bridge, sandbox, outcome.subject)
        wanted = GUIDS["ppl" if outcome.storefront == "de" else "shipping"]
        assert order.shipping.guid == wanted
    assert {outcome.storefront for outcome in report.outcomes} >= {"cz", "de"}


def test_r14_payment_method_of_imported_orders_for_each_storefront():
    """R14: an order gets the payment method of its storefront. Rule 2: and it is always paid."""
    sandbox = Sandbox.demo()
    other = next(row["guid"] for row in sandbox.shoptet.payment_methods if row["guid"] != GUIDS["payment"])
    settings = only("cz", "de", payment=MethodRules(default=GUIDS["payment"]))
    german = evolve(settings.storefronts["de"], payment=MethodRules(default=other))
    bridge = sandbox.bridge(evolve(settings, storefronts={**settings.storefronts, "de": german}))
    report = bridge.apply(bridge.orders.plan())
    assert {outcome.storefront for outcome in report.outcomes} == {"cz", "de"}
    for outcome in report.outcomes:
        order = imported(bridge, sandbox, outcome.subject)
        assert order.payment_method.guid == (other if outcome.storefront == "de" else GUIDS["payment"])
        assert order.paid


def test_r15_the_import_is_idempotent():
    """R15: each order once, however often, from however many ledgers, whatever was planned when."""
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(only("cz", "sk"))
    old = bridge.orders.plan()
    assert bridge.apply(old).good
    there = sorted(sandbox.shoptet.orders)
    for again in (old, bridge.orders.plan(), bridge.orders.plan(full=True)):
        assert bridge.apply(again).good
    without = sandbox.bridge(only("cz", "sk"), MemoryLedger())
    assert without.apply(old).good
    assert {entry.code for entry in without.ledger.orders()} == set(there)
    assert sorted(sandbox.shoptet.orders) == there


def test_rule_1_import_and_stock_are_separate_switches():
    """Rule 1: each storefront switches the import and the stock by itself, in any combination."""
    for importing, stock in itertools.product((False, True), repeat=2):
        sandbox = Sandbox.demo("three_pieces")
        bridge = sandbox.bridge(only("cz", import_orders=importing, sync_offers=stock))
        sandbox.shoptet.set_stock("0035", Decimal(7))
        report = bridge.sync()
        assert report.good
        assert [each.flow for each in report.flows] == ["orders"] * importing + ["offers"] * stock
        assert bool(sandbox.shoptet.orders) is importing
        amounts = {each.amount for each in sandbox.kaufland.offers.values() if each.id_offer == "0035"}
        assert (7 in amounts) is stock


def test_r21_the_finished_setup_can_be_looked_at_as_a_whole():
    """R21: one description tells every flow, on or off, of every storefront, and every setting."""
    described = only("cz", "sk").describe()
    assert described.flows["orders"][1] == ("cz", "sk")
    assert set(described.storefronts) == {"cz", "sk"}
    assert described.shared["shop.name"] == "Demo shop"
    assert "Storefront sk: EUR, sk-SK" in str(described)
    assert described._repr_html_().startswith("<table>")
