"""Steering a running sandbox over real sockets, and what it delivers."""

from __future__ import annotations

import http.client
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlencode, urlsplit

import pytest

from kaufland_shoptet.sandbox import Answer, Call, Clock, Fault, Sandbox, loopback
from kaufland_shoptet.sandbox.server import serve


@pytest.fixture
def server(sandbox):
    with serve(sandbox) as running:
        yield running


class Guest:
    """Any program in any language."""

    def __init__(self, server) -> None:
        self.port = urlsplit(server.url).port

    def __call__(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection.request(method, path, raw, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        kind = answer.getheader("content-type") or ""
        return answer.status, json.loads(text) if "json" in kind else dict(answer.getheaders())

    def form(self, where, /, **fields):
        return self(
            "POST", where, urlencode(fields).encode(), **{"content-type": "application/x-www-form-urlencoded"}
        )

    def status(self):
        return self("GET", "/sandbox")[1]


@pytest.fixture
def guest(server):
    return Guest(server)


# -- controls --------------------------------------------------------------------------------------------


def test_the_clock_is_moved(guest, sandbox):
    before = sandbox.clock.now()
    assert guest("POST", "/sandbox/clock", {"seconds": 3600}) == (200, {"now": "2026-09-01T09:00:00+00:00"})
    assert guest.form("/sandbox/clock", seconds="0.5")[0] == 303
    assert sandbox.clock.now() - before == timedelta(seconds=3600.5)
    assert sandbox.kaufland.orders["MOP8N05"].released


def test_json_that_is_called_a_form_is_json(guest):
    """As ``curl -d`` sends it."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert guest("POST", "/sandbox/clock", {"seconds": 1}, **form) == (
        200,
        {"now": "2026-09-01T08:00:01+00:00"},
    )


def test_faults_are_planned_shown_and_forgotten(guest, sandbox):
    asked = {"kind": "503", "api": "shoptet", "path": "/api/*", "nth": 2}
    planned = {"method": None, "times": 1, "seconds": 30, **asked}
    assert guest("POST", "/sandbox/faults", asked) == (200, {"planned": [planned]})
    fields = {
        "kind": "webhook_lost",
        "api": "",
        "method": "",
        "path": "*",
        "nth": 1,
        "times": 1,
        "seconds": 30,
    }
    assert guest.form("/sandbox/faults", **fields)[0] == 303
    assert guest.status()["planned"] == [
        planned,
        {**planned, "kind": "webhook_lost", "api": None, "path": "*", "nth": 1},
    ]
    assert guest.form("/sandbox/faults", clear="true")[0] == 303
    assert guest.status()["planned"] == sandbox.faults.planned == []


def test_what_has_struck_is_planned_no_more(guest, sandbox, seller):
    sandbox.faults.add(Fault(kind="500", times=2))
    seller.get("/carriers")
    assert len(guest.status()["planned"]) == 1
    seller.get("/carriers")
    now = guest.status()
    assert now["planned"] == []
    assert now["struck"] == [{"kind": "500", "api": "kaufland", "method": "GET", "path": "/carriers"}] * 2


@pytest.mark.parametrize("kinds", [{}, {"kinds": ["503"]}, {"kinds": {"503": 3, "webhook_lost": 0.5}}])
def test_chance_decides(guest, sandbox, seller, kinds):
    assert guest("POST", "/sandbox/faults", {"rate": 1.0, "seed": 3, **kinds})[0] == 200
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kaufland_shoptet.sandbox.faults._SECONDS", {"slow": 0, "skew": 1})
        for _ in range(3):
            try:
                seller.get("/carriers")
            except Exception:
                pass
    assert len(sandbox.faults.struck) == 3


def test_customers_order(guest, sandbox):
    status, made = guest("POST", "/sandbox/orders", {"number": 2})
    assert status == 200
    assert [sandbox.kaufland.orders[name].pieces[0].status for name in made["orders"]] == ["open"] * 2
    (code,) = guest("POST", "/sandbox/orders", {"api": "shoptet"})[1]["orders"]
    assert sandbox.shoptet.orders[code].row["externalCode"] is None
    assert guest.form("/sandbox/orders", api="kaufland", number="1")[0] == 303
    assert len(sandbox.kaufland.orders) == 31


def test_nobody_orders_where_there_is_nothing():
    with serve(Sandbox()) as server:
        for api in ("kaufland", "shoptet"):
            status, answer = Guest(server)("POST", "/sandbox/orders", {"api": api})
            assert (status, answer) == (400, {"error": "there is nothing to order in this sandbox"})


def test_things_happen(guest, sandbox, merchant):
    unit = sandbox.kaufland.orders["MA1B2C3"].pieces[0]

    def happen(event, **about):
        status, answer = guest("POST", "/sandbox/events", {"event": event, **about})
        assert status == 200, answer
        return answer["made"]

    happen("deliver", id_order_unit=unit.id)
    assert unit.status == "received"
    number = happen("begin_return", id_order_unit=unit.id)
    happen("ship_return", id_return=number)
    assert sandbox.kaufland.returns[number].status == "package_sent"
    happen("receive_return", id_return=number)
    assert sandbox.kaufland.returns[number].status == "package_received"
    happen("autopay", id_order_unit=unit.id)
    assert unit.status == "sent_and_autopaid"
    happen("cancel", id_order="MHM2D10")
    assert sandbox.kaufland.orders["MHM2D10"].pieces[0].status == "cancelled"
    code = merchant.order().json()["data"]["order"]["code"]
    assert happen("ship", order=code, number="Z1") == sandbox.shoptet.shipments[0]["guid"]
    assert happen("invoice", order=code) in sandbox.shoptet.invoices
    happen("edit", order=code)
    assert sandbox.shoptet.orders[code].edited
    happen("count", variant="0035", amount=7)
    assert sandbox.shoptet.variants["0035"].stock == 7


def test_a_new_beginning(sandbox, server, guest, seller):
    guest("POST", "/sandbox/orders", {"number": 1})
    guest("POST", "/sandbox/clock", {"seconds": 60})
    assert guest("POST", "/sandbox/reset") == (200, {})
    fresh = server.sandbox
    assert fresh is not sandbox
    assert (len(fresh.kaufland.orders), fresh.log, fresh.clock.now()) == (28, [], Clock().now())
    assert fresh.secret_key == sandbox.secret_key
    assert guest.form("/sandbox/reset")[0] == 303
    call = seller.call("GET", "/status/ping", base=server.kaufland_url, off=-60)
    assert guest("GET", urlsplit(call.url).path, **call.headers)[0] == 200


def test_a_plain_sandbox_begins_anew_empty():
    first = Sandbox(seed=4)
    first.kaufland.active = False
    again = first.again()
    assert (again.secret_key, again.kaufland.active) == (first.secret_key, True)


def test_a_running_clock_begins_anew_at_the_present_time():
    clock = Clock(datetime.now(UTC), running=True)
    clock.advance(3600)
    anew = clock.anew()
    assert abs(anew.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert anew.running


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("clock", {}, "seconds: The property seconds is required"),
        ("clock", {"seconds": -1}, "seconds: Must be at least 0 and at most 316224000"),
        ("clock", {"seconds": "x"}, "seconds: A string found, but a number is required"),
        ("clock", b"nonsense", "the body is not JSON"),
        ("clock", [], "body: An array found, but an object is required"),
        ("clock", b"x" * 70_000, "the body is too long"),
        ("faults", {}, "kind, rate or clear is required"),
        ("faults", {"rate": 2}, "rate: Must be at least 0 and at most 1"),
        ("faults", {"rate": 0.1, "kinds": ["fire"]}, "kinds.fire: There is no such kind"),
        (
            "faults",
            {"rate": 0.1, "kinds": {"500": "x"}},
            "kinds.500: A string found, but a number is required",
        ),
        ("faults", {"rate": 0.1, "kinds": "500"}, "kinds: An array of kinds, or an object"),
        ("events", {"event": "deliver"}, "id_order_unit: is required for deliver"),
        ("events", {"event": "deliver", "id_order_unit": 1}, "id_order_unit: there is no 1"),
        ("events", {"event": "ship", "order": "1"}, "order: there is no 1"),
    ],
)
def test_what_cannot_be_done_is_said(guest, path, body, says):
    status, answer = guest("POST", f"/sandbox/{path}", body)
    assert status == 400
    assert answer["error"].startswith(says)


def test_a_form_may_be_wrong_too(guest):
    assert guest.form("/sandbox/clock", seconds="soon")[0] == 400


def test_what_is_not_there_is_said(guest):
    for method, path in (("POST", "/sandbox/x"), ("GET", "/sandbox/clock"), ("DELETE", "/sandbox/faults")):
        status, answer = guest(method, path)
        assert status == 404
        assert "POST /sandbox/clock" in answer["error"]


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"host": "evil.example"}]
)
def test_pages_of_other_sites_are_kept_out(guest, sandbox, headers):
    """Neither a form on another site nor a name that somebody points at this machine can steer it."""
    before = sandbox.clock.now()
    assert guest("POST", "/sandbox/clock", {"seconds": 60}, **headers)[0] == 403
    assert guest("GET", "/sandbox", **headers)[0] == 403
    assert sandbox.clock.now() == before


def test_the_own_page_is_let_in(server, guest):
    own = f"http://localhost:{guest.port}"
    assert guest("POST", "/sandbox/clock", {"seconds": 1}, origin=server.url)[0] == 200
    assert (
        guest("POST", "/sandbox/clock", {"seconds": 1}, origin=own, host=f"localhost:{guest.port}")[0] == 200
    )


def test_the_status_tells_of_limits(guest, seller, merchant):
    for _ in range(3):
        seller.get("/carriers")
    merchant.order()
    now = guest.status()
    assert [(row["peak"], row["limit"]) for row in now["limits"]] == [(3, 111), (3, 200), (1, 3)]
    assert now["counts"]["Calls"] == 4
    assert now["calls"][0] == {"api": "shoptet", "method": "POST", "path": "/api/orders", "status": 201}
    assert now["clock"] == "standing still"


def test_the_page_shows_everything(server, guest, sandbox, seller, merchant):
    hook = [{"event": "order:create", "url": "https://shop.example/hooks?secret=1"}]
    merchant("POST", "/api/webhooks", {"data": hook})
    sandbox.faults.add(Fault(kind="503"))
    seller.get("/carriers")
    merchant.order()
    sandbox.faults.add(Fault(kind="reset", path="/<b>"))
    connection = http.client.HTTPConnection("127.0.0.1", guest.port, timeout=5)
    connection.request("GET", "/")
    page = connection.getresponse().read().decode()
    connection.close()
    for text in ("order:create", "recorded", "503", "/&lt;b&gt;", "Kaufland offers", server.shoptet_url):
        assert text in page
    assert "secret" not in page


# -- webhooks over real sockets --------------------------------------------------------------------------


@pytest.fixture
def inbox():
    """A server of somebody's own, which answers the challenge and takes what comes."""
    got: list[tuple[str, str, bytes]] = []
    arrived = threading.Semaphore(0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            challenge = self.path.rpartition("challenge=")[2].encode()
            self.send_response(200)
            self.send_header("content-length", str(len(challenge)))
            self.end_headers()
            self.wfile.write(challenge)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200 if self.path != "/bad" else 500)
            self.send_header("content-length", "0")
            self.end_headers()
            got.append((self.path, self.headers.get("shop-signature", ""), body))
            arrived.release()

        def log_message(self, *_):
            """Say nothing."""

    running = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://localhost:{running.server_address[1]}", got, arrived
    running.shutdown()
    thread.join()
    running.server_close()


def test_messages_are_delivered_to_this_machine(server, sandbox, seller, merchant, inbox):
    """Both sides by real calls: Kaufland's challenge, its push, and Shoptet's webhook."""
    base, got, arrived = inbox
    push = {
        "callback_url": f"{base}/push?shop=7",
        "fallback_email": "it@shop.example",
        "event_name": "order_new",
    }
    for storefront in ("cz", "sk", "de", "pl", "at"):
        assert seller("POST", "/subscriptions", push, query={"storefront": storefront}).status == 201
    hook = [{"event": "order:create", "url": f"{base}/hook"}]
    assert merchant("POST", "/api/webhooks", {"data": hook}).status == 201
    code = merchant.order().json()["data"]["order"]["code"]
    Guest(server)("POST", "/sandbox/orders", {})
    assert arrived.acquire(timeout=10)
    assert arrived.acquire(timeout=10)
    by_path = {path: (signature, json.loads(body)) for path, signature, body in got}
    assert by_path["/hook"][1]["eventInstance"] == code
    assert by_path["/push?shop=7"][1]["event_name"] == "order_new"
    assert len(by_path["/push?shop=7"][0]) == 64


def test_other_machines_are_not_called(server, sandbox, merchant, seller):
    hook = [{"event": "order:create", "url": "https://shop.example/hook"}]
    merchant("POST", "/api/webhooks", {"data": hook})
    push = {
        "callback_url": "https://shop.example/",
        "fallback_email": "a@b.example",
        "event_name": "order_new",
    }
    assert seller("POST", "/subscriptions", push, query={"storefront": "cz"}).status == 201
    merchant.order()
    (letter,) = sandbox.post.letters
    for _ in range(500):
        if letter.state != "waiting":
            break
        time.sleep(0.01)
    assert (letter.state, letter.attempts) == ("recorded", [])
    assert loopback.deliver(letter.call) is None


def test_what_is_due_after_the_server_has_stopped_is_left_waiting(sandbox, merchant):
    with serve(sandbox):
        merchant("POST", "/api/webhooks", {"data": [{"event": "order:create", "url": "http://127.0.0.1:9/"}]})
    merchant.order()
    sandbox.clock.advance(3600)
    (letter,) = sandbox.post.letters
    assert (letter.state, letter.attempts) == ("waiting", [])


def test_an_address_where_nobody_answers_the_challenge_is_refused(server, seller):
    push = {
        "callback_url": "http://127.0.0.1:9/x",
        "fallback_email": "a@b.example",
        "event_name": "order_new",
    }
    answer = seller("POST", "/subscriptions", push, query={"storefront": "cz"})
    assert answer.json()["type"] == "/problems/subscriptions/unverified-callback-url"


def test_a_receiver_of_ones_own_is_left_in_place(sandbox):
    receiver = sandbox.post.receiver = lambda _: Answer(status=200)
    visit = sandbox.kaufland.push.visit = lambda _: Answer(status=200)
    with serve(sandbox):
        assert sandbox.post.receiver is receiver
        assert sandbox.kaufland.push.visit is visit


def test_nonsense_is_no_answer(inbox):
    base, _, _ = inbox
    call = Call(method="POST", url=f"{base}/bad", headers={"content-length": "0"}, timeout=2)
    answer = loopback.deliver(call)
    assert answer is not None
    assert answer.status == 500


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/x", "http://127.0.0.1:9/\u0159"])
def test_an_address_that_cannot_be_called_does_not_answer(url):
    with pytest.raises(ConnectionError):
        loopback.deliver(Call(method="GET", url=url, timeout=2))


def test_who_does_not_speak_http_does_not_answer():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def babble():
            connection, _ = listening.accept()
            connection.recv(1000)
            connection.sendall(b"hello\r\n\r\n")
            connection.close()

        thread = threading.Thread(target=babble)
        thread.start()
        with pytest.raises(ConnectionError):
            loopback.deliver(Call(method="GET", url=f"http://127.0.0.1:{port}?x=1", timeout=2))
        thread.join()
