"""Canaries through every path: no secret is shown by anything, no buyer's data by what is kept or printed.

Secrets are keys, tokens, codes, and addresses that open something. Buyers' data may be in models, whose ``repr`` leaves
it out, and nowhere else: not in logs, exceptions, plans, reports, findings and the ledger.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import warnings
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from kaufland_shoptet import (
    SHOPTET,
    AsyncShoptetAddon,
    Bridge,
    InMemory,
    Kaufland,
    MemoryLedger,
    Plan,
    Reply,
    Shoptet,
    ShoptetAddon,
    SqliteLedger,
)
from kaufland_shoptet.__main__ import main
from kaufland_shoptet._core.rows import RowLimits
from kaufland_shoptet.clients import AsyncBridge, AsyncKaufland, AsyncShoptet
from kaufland_shoptet.errors import KauflandShoptetError, NotificationError
from kaufland_shoptet.flows.table import FLOWS
from kaufland_shoptet.kaufland import notifications
from kaufland_shoptet.kaufland.signing import sign
from kaufland_shoptet.sandbox import Clock
from kaufland_shoptet.sandbox.sdk import on, transport
from kaufland_shoptet.sandbox.server import serve
from kaufland_shoptet.shoptet import webhooks
from kaufland_shoptet.shoptet.resources.jobs import Job
from kaufland_shoptet.shoptet.tokens import FileTokenStore, MemoryTokenStore

from .world import (
    EMAIL,
    HOOK,
    PERSON,
    PERSONAL,
    SIGNATURE_KEY,
    everything_on,
    forms,
    leaks,
    planted,
    reach,
    secrets_of,
    send_back,
    with_locals,
)


class Witness:
    """Collects whatever can be seen, and tells what of it should not."""

    def __init__(self, caplog, capsys, recwarn, sandbox):
        self._sources = caplog, capsys, recwarn
        self._sandbox = sandbox
        self.shown: list[str] = []
        self.locals: list[str] = []
        self.objects = 0

    def see(self, *things, variables=True):
        for each in reach(*things):
            self.objects += 1
            self.shown.append(forms(each))
            if isinstance(each, BaseException) and variables:
                self.locals.append(with_locals(each))

    def read(self, *texts):
        self.shown += texts

    def judge(self, *more):
        caplog, capsys, recwarn = self._sources
        logs = "\n".join([caplog.text, *(f"{record.__dict__}" for record in caplog.records)])
        said = "\n".join([*capsys.readouterr(), *(str(each.message) for each in recwarn)])
        text = "\n".join([logs, said, *self.shown])
        secrets = (*secrets_of(self._sandbox), *more)
        assert leaks(text, (*secrets, *PERSONAL)) == set()
        assert leaks("\n".join(self.locals), secrets) == set()
        return logs, said


@pytest.fixture
def sandbox():
    return planted()


@pytest.fixture
def witness(caplog, capsys, recwarn, sandbox):
    caplog.set_level(logging.DEBUG)
    warnings.simplefilter("always")
    return Witness(caplog, capsys, recwarn, sandbox)


def live(sandbox, ledger=None, *, events=None, **options):
    """A bridge over *sandbox*, its clients with options of their own."""
    base = {**on(sandbox), "on_event": events, **options}
    return Bridge(
        Kaufland(sandbox.client_key, sandbox.secret_key, **base),
        Shoptet(sandbox.private_token, **base),
        everything_on(),
        ledger or MemoryLedger(),
    )


def since(sandbox):
    now = sandbox.clock.now()
    return now - timedelta(days=2), now


def everything_done(bridge, sandbox, witness):
    """Every flow, planned, written down, applied, and looked at from all sides."""
    made = bridge.orders.plan()
    witness.see(made, Plan.from_json(made.to_json()), bridge.apply(made))
    send_back(sandbox)
    for code in list(sandbox.shoptet.orders):
        sandbox.shoptet.issue_invoice(code)
    witness.see(bridge.sync(dry_run=True))
    witness.see(bridge.sync(), bridge.sync())
    witness.see(
        bridge.notifications.plan(take_over=True), bridge.doctor.examine(), bridge.settings.describe()
    )
    witness.see(bridge.reconcile.report(*since(sandbox)), bridge.reconcile.deadlines())
    witness.see(
        bridge, bridge.settings, bridge.ledger.orders(), *(bridge.ledger.actions(each.name) for each in FLOWS)
    )


def test_every_flow_with_all_that_is_logged(witness, sandbox, tmp_path):
    ledger = SqliteLedger(tmp_path / "ledger.sqlite", "Demo shop")
    events = []
    bridge = live(sandbox, ledger, events=events.append)
    everything_done(bridge, sandbox, witness)
    witness.see(*events)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    dump = "\n".join(sqlite3.connect(tmp_path / "ledger.sqlite").iterdump())
    assert "MA1B2C3" in dump
    witness.read(dump, kept.decode("latin-1"))
    logs, _ = witness.judge()
    assert "POST https://api.myshoptet.com/api/orders" in logs
    assert witness.objects > 500


async def _everything_done(bridge, sandbox, witness):
    made = await bridge.orders.plan()
    witness.see(made, await bridge.apply(made))
    send_back(sandbox)
    witness.see(
        await bridge.sync(),
        await bridge.doctor.examine(),
        await bridge.reconcile.report(*since(sandbox)),
        bridge,
    )


def test_every_flow_asynchronously(witness, sandbox):
    import anyio

    async def run():
        base = on(sandbox)
        bridge = AsyncBridge(
            AsyncKaufland(sandbox.client_key, sandbox.secret_key, **base),
            AsyncShoptet(sandbox.private_token, **base),
            everything_on(),
            sandbox.bridge().ledger,
        )
        await _everything_done(bridge, sandbox, witness)

    anyio.run(run)
    witness.judge()


@pytest.mark.parametrize("seed", range(6))
def test_every_flow_while_everything_goes_wrong(witness, sandbox, seed):
    events = []
    bridge = live(sandbox, events=events.append, attempts=2)
    bridge.apply(bridge.orders.plan())
    send_back(sandbox)
    for code in list(sandbox.shoptet.orders):
        sandbox.shoptet.issue_invoice(code)
    sandbox.faults.random(0.3, seed)
    reports = [bridge.sync() for _ in range(3)]
    assert any(flow.error is not None for report in reports for flow in report.flows)
    witness.see(reports, events, bridge)
    witness.judge()


# An API that repeats all it was sent in its complaints, and sends buyers' data where it does not belong.

STATUSES = (302, 400, 401, 403, 404, 409, 413, 422, 423, 429, 500)


def complaint(status, wire):
    """A refusal with everything in it that came, and who the buyer is."""
    sent = [
        *(f"{name}: {value}" for name, value in wire.headers.items()),
        wire.url,
        wire.body.decode("latin-1"),
    ]
    quoted = [" ".join(sent), f"mail to {EMAIL} or {PERSON['phone']} failed", wire.body.decode()]
    rows = [
        {"errorCode": "wrong", "message": each, "instance": each, "field": EMAIL, "key": each}
        for each in quoted
    ]
    body = {"type": "/problems/x", "message": quoted[0], "data": None, "errors": rows, "error": quoted[0]}
    headers = {
        "location": f"https://x.cz/?token={HOOK}",
        "set-cookie": HOOK,
        "www-authenticate": quoted[0][:50],
    }
    return Reply(status, headers, json.dumps(body).encode())


def misplaced(value):
    """Each buyer's datum within *value* becomes an object, a list or a number, and a key."""
    if isinstance(value, dict):
        return {key: misplaced(each) for key, each in value.items()}
    if isinstance(value, list):
        return [misplaced(each) for each in value]
    return {value: [value]} if value in PERSONAL else value


class Spiteful:
    """A sandbox between which and its client somebody sits who knows everything and tells it."""

    def __init__(self, sandbox, spite, spared=lambda wire: False):
        self._inner = transport(sandbox)._handler
        self._spite = spite
        self._spared = spared

    def __call__(self, wire):
        if self._spared(wire):
            return self._inner(wire)
        spite = self._spite
        if isinstance(spite, int):
            return complaint(spite, wire)
        reply = self._inner(wire)
        if spite == "shape":
            return Reply(
                reply.status, reply.headers, json.dumps(misplaced(json.loads(reply.body or b"0"))).encode()
            )
        if spite == "html":
            return Reply(200, {"content-type": "text/html"}, b"<html>" + wire.url.encode() + reply.body)
        if spite == "cut":
            return Reply(reply.status, reply.headers, reply.body[: len(reply.body) * 2 // 3])
        if spite == "damaged":
            return Reply(reply.status, {"content-encoding": "gzip"}, reply.body)
        raise {"refused": ConnectionRefusedError, "reset": ConnectionResetError, "late": TimeoutError}[spite](
            f"{wire.url} {dict(wire.headers)} {wire.body!r}"
        )


SPITES = [*STATUSES, "shape", "html", "cut", "damaged", "refused", "reset", "late"]


@pytest.mark.parametrize("spared", ["nothing", "reads", "what an import reads"])
@pytest.mark.parametrize("spite", SPITES)
def test_every_flow_against_an_api_that_tells_everything(witness, sandbox, spite, spared):
    spare = {
        "nothing": lambda wire: False,
        "reads": lambda wire: wire.method == "GET",
        "what an import reads": lambda wire: wire.method == "GET" and "/orders/MA1B2C3" not in wire.url,
    }[spared]
    bridge = live(sandbox)
    bridge.apply(evolve(bridge.orders.plan(), changes=bridge.orders.plan().changes[1:]))
    send_back(sandbox)
    events = []
    spiteful = InMemory(Spiteful(sandbox, spite, spare))
    bridge = live(sandbox, bridge.ledger, events=events.append, attempts=2, transport=spiteful)
    reports = [bridge.sync()]
    witness.see(reports, events, bridge)
    calls = [
        bridge.orders.plan,
        bridge.doctor.examine,
        bridge.notifications.plan,
        lambda: bridge.reconcile.report(*since(sandbox)),
        bridge.reconcile.deadlines,
        lambda: bridge.run(KAUFLAND_ORDER),
        lambda: bridge.run(SHOPTET_ORDERS),
        lambda: bridge.run(evolve(SHOPTET_ORDERS, query=(("email", EMAIL), ("phone", PERSON["phone"])))),
    ]
    errors = []
    for call in calls:
        try:
            witness.see(call())
        except KauflandShoptetError as error:
            errors.append(error)
    assert errors or spared == "reads" or any(flow.error for report in reports for flow in report.flows)
    witness.see(errors)
    witness.judge()


def _requests():
    from kaufland_shoptet.kaufland.resources.orders import Orders as KauflandOrders
    from kaufland_shoptet.shoptet.resources.orders import Orders as ShoptetOrders

    return KauflandOrders.get("MA1B2C3"), ShoptetOrders.list().page()


KAUFLAND_ORDER, SHOPTET_ORDERS = _requests()


def test_a_write_that_is_refused_with_all_that_was_sent(witness, sandbox):
    """Shoptet's refusals of orders quote names and streets, which look like any other word."""
    bridge = live(sandbox)
    plan = bridge.orders.plan()
    spiteful = Spiteful(sandbox, 422, lambda wire: wire.method == "GET")
    report = live(sandbox, transport=InMemory(spiteful)).apply(plan)
    assert {outcome.result for outcome in report.outcomes} == {"refused"}
    assert "***" in str(report)
    witness.see(report)
    witness.judge()


# Connections, with all that the HTTP libraries log.


def test_every_flow_over_a_real_connection(witness, tmp_path, caplog):
    sandbox = planted_now()
    witness._sandbox = sandbox
    with (
        serve(sandbox) as server,
        Kaufland(sandbox.client_key, sandbox.secret_key, base_url=server.kaufland_url) as kaufland,
        Shoptet(sandbox.private_token, base_url=server.shoptet_url) as shoptet,
        Kaufland(sandbox.client_key, "0" * 64, base_url=server.kaufland_url) as stranger,
        Shoptet(sandbox.private_token[:-1] + "x", base_url=server.shoptet_url) as guest,
    ):
        bridge = Bridge(kaufland, shoptet, everything_on(), sandbox.bridge().ledger)
        everything_done(bridge, sandbox, witness)
        with pytest.raises(KauflandShoptetError) as refused:
            stranger.status.ping()
        witness.see(refused.value)
        missing = evolve(SHOPTET_ORDERS, query=(("email", EMAIL), ("phone", PERSON["phone"])))
        with pytest.raises(KauflandShoptetError) as refused:
            guest.run(missing)
        witness.see(refused.value)
    late = Kaufland(sandbox.client_key, sandbox.secret_key, base_url=server.kaufland_url, attempts=1)
    with late, pytest.raises(KauflandShoptetError) as unsent:
        late.run(missing_order())
    witness.see(unsent.value)
    logs, _ = witness.judge(sandbox.private_token[:-1])
    assert {"httpx", "httpcore.http11", "httpcore.connection"} <= {record.name for record in caplog.records}
    assert "?email=***&phone=***" in logs


def planted_now():
    """The same on a clock that runs, as a server needs it."""
    from .world import planted

    return planted(Clock(datetime.now(UTC), running=True))


def missing_order():
    return KAUFLAND_ORDER


# Notifications.


def test_notifications_good_and_bad(witness, sandbox):
    now = sandbox.clock.now()
    told = {
        "event": "order:create",
        "eshopId": 1,
        "eventCreated": "x",
        "eventInstance": "1",
        "payload": PERSON,
    }
    body = json.dumps(told).encode()
    signature = webhooks.sign(body, SIGNATURE_KEY)
    witness.see(webhooks.read(body, {"Shoptet-Webhook-Signature": signature}, signature_key=SIGNATURE_KEY))
    url = f"https://shop.example/k?key={HOOK}"
    message = {"event_name": "order_new", "id_message": 1, "resource": "/orders/MA1B2C3/", "payload": PERSON}
    for text, key, when in (
        (json.dumps(message), sandbox.secret_key, now),
        (json.dumps(message), "wrong", now),
        (json.dumps(message), sandbox.secret_key, now - timedelta(days=1)),
        (f"{PERSON} {EMAIL}", sandbox.secret_key, now),
        (json.dumps({**message, "resource": PERSON}), sandbox.secret_key, now),
    ):
        raw, moment = text.encode(), int(when.timestamp())
        headers = {"Shop-Timestamp": str(moment), "Shop-Signature": sign("POST", url, raw, moment, key)}
        try:
            witness.see(notifications.read(raw, headers, url=url, secret_key=sandbox.secret_key, now=now))
        except NotificationError as error:
            witness.see(error, variables=False)  # the key is an argument
    for text, given in ((body, signature[:-1] + "0"), (b"[" + body, None), (b"{}", None)):
        headers = {"Shoptet-Webhook-Signature": given or webhooks.sign(text, SIGNATURE_KEY)}
        with pytest.raises(NotificationError) as caught:
            webhooks.read(text, headers, signature_key=SIGNATURE_KEY)
        witness.see(caught.value, variables=False)
    witness.judge()


def test_the_key_of_notifications_is_renewed_unseen(witness, sandbox):
    client = sandbox.shoptet_client()
    answer = client.webhooks.renew_signature_key()
    witness.see(answer, client)
    witness.judge(sandbox.shoptet.signature_key)


# Files of jobs.

FILE = "https://123456.myshoptet.com/api-results/1xv8s4c-RandomPartCanary0123456789.json"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {}, json.dumps({"jobId": {EMAIL: 1}, "note": PERSON}).encode() + b"\n"),
        Reply(200, {}, json.dumps(PERSON).encode()[:-1]),
        Reply(200, {}, b"\x1f\x8b" + json.dumps(PERSON).encode()),
        Reply(200, {}, json.dumps({"data": [], "errors": [{"message": EMAIL, "instance": EMAIL}]}).encode()),
        Reply(200, {}, b'"' + b"x" * 5000),
        Reply(302, {"location": f"http://evil.example/?token={HOOK}"}),
        Reply(404, {}, json.dumps(PERSON).encode()),
        Reply(500, {}, json.dumps(PERSON).encode()),
        ConnectionResetError(FILE),
        TimeoutError(FILE),
    ],
)
def test_files_of_jobs(witness, sandbox, reply):
    carried = []

    def handler(wire):
        carried.append({name.lower(): value for name, value in wire.headers.items()})
        if isinstance(reply, Exception):
            raise reply
        return reply

    client = Shoptet(sandbox.private_token, **{**on(sandbox), "transport": InMemory(handler)}, attempts=2)
    job = Job(
        job_id="1xv8s4c",
        endpoint="/api/orders/snapshot",
        creation_time=sandbox.clock.now(),
        completion_time=None,
        duration=None,
        status="completed",
        result_url=FILE,
        valid_until=None,
        log=f"mail to {EMAIL}",
        language=None,
    )
    from kaufland_shoptet.shoptet.jobs import download

    file = download(job, dict[str, str], RowLimits(line=4000), client._driver.policy)
    with pytest.raises(KauflandShoptetError) as caught:
        witness.see(*client._driver.download(file, SHOPTET))
    witness.see(caught.value, job, variables=False)  # which hold the address
    witness.judge("RandomPartCanary")
    assert leaks(with_locals(caught.value), (sandbox.private_token,)) == set()
    for headers in carried:
        assert headers.keys() <= {"host", "user-agent", "accept-encoding", "range", "if-range"}


# Add-ons.


def test_an_installation_and_what_can_fail_about_it(witness, sandbox, tmp_path):
    code = sandbox.installation_code
    add_on = sandbox.shoptet_addon()
    installation = add_on.install(code)
    witness.see(add_on, installation)
    with pytest.raises(KauflandShoptetError) as again:
        add_on.install(code)
    witness.see(again.value, variables=False)
    token = installation.access_token
    minted = []
    for store in (MemoryTokenStore(), FileTokenStore(tmp_path / "token.json")):
        client = Shoptet(
            oauth_token=token, token_url=sandbox.oauth_token_url, token_store=store, **on(sandbox)
        )
        witness.see(client.eshop.get(), client, store, *client._driver.lines.values())
        minted.append(store.get().token)
        sandbox.clock.advance(timedelta(minutes=31))
        client.eshop.get()
    assert (tmp_path / "token.json").stat().st_mode & 0o77 == 0
    known = sandbox.add_on
    given = {"redirect_uri": known.redirect_uri, "exchange_url": sandbox.oauth_exchange_url}
    failures = 0
    for spite in SPITES:
        handler = InMemory(Spiteful(sandbox, spite))
        base = {**on(sandbox), "transport": handler}
        for number, call in enumerate(
            (
                lambda base=base: ShoptetAddon(known.client_id, known.client_secret, **given, **base).install(
                    code
                ),
                lambda base=base: Shoptet(
                    oauth_token=token, token_url=sandbox.oauth_token_url, attempts=2, **base
                ).eshop.get(),
            )
        ):
            try:
                witness.see(call())
            except KauflandShoptetError as error:
                failures += 1
                witness.see(error, variables=number == 1)  # the code is an argument
    assert failures > len(STATUSES) * 2
    witness.judge(token, *minted)


def test_an_asynchronous_installation(witness, sandbox):
    import anyio

    async def run():
        async with sandbox.async_shoptet_addon() as add_on:
            assert isinstance(add_on, AsyncShoptetAddon)
            witness.see(await add_on.install(sandbox.installation_code), add_on)

    anyio.run(run)
    witness.judge()


# The command line.


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan"],
        ["plan", "--json"],
        ["apply", "--flow", "orders"],
        ["sync"],
        ["sync", "--json"],
        ["doctor"],
        ["describe"],
        ["reconcile"],
        ["deadlines"],
    ],
)
def test_the_command_line(witness, tmp_path, monkeypatch, arguments):
    sandbox = planted_now()
    witness._sandbox = sandbox
    path = tmp_path / "shop.toml"
    everything_on().save(path) if hasattr(everything_on(), "save") else path.write_text(
        everything_on().dumps()
    )
    with serve(sandbox) as server:
        monkeypatch.setenv("KAUFLAND_CLIENT_KEY", sandbox.client_key)
        monkeypatch.setenv("KAUFLAND_SECRET_KEY", sandbox.secret_key)
        monkeypatch.setenv("SHOPTET_PRIVATE_TOKEN", sandbox.private_token)
        monkeypatch.setenv("KAUFLAND_BASE_URL", server.kaufland_url)
        monkeypatch.setenv("SHOPTET_BASE_URL", server.shoptet_url)
        monkeypatch.chdir(tmp_path)
        try:
            main([*arguments, "--settings", str(path)])
        except SystemExit:
            pass
    for file in tmp_path.iterdir():
        if file != path:
            witness.read(file.read_bytes().decode("latin-1"))
    _, said = witness.judge()
    assert said.strip()
