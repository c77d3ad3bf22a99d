"""Webhooks on their way: delivered, tried again, given up, lost, doubled, overtaken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaufland_shoptet.kaufland import notifications
from kaufland_shoptet.sandbox import START, Answer, Fault
from kaufland_shoptet.sandbox.data import Good, Scribe
from kaufland_shoptet.sandbox.post import is_local
from kaufland_shoptet.shoptet import webhooks

HOOK = "https://shop.example/hooks/shoptet"
PUSH = "https://shop.example/hooks/kaufland?shop=7"


class Mailbox:
    """A receiver that notes what comes and answers as told; what it is told last it goes on answering."""

    def __init__(self, *answers):
        self.answers = list(answers) or [Answer(status=200)]
        self.calls = []

    def __call__(self, call):
        self.calls.append(call)
        given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(given, Exception):
            raise given
        return given


@pytest.fixture
def registered(sandbox, seller, merchant):
    """Both sides know an address for what happens to orders."""
    rows = [{"event": event, "url": HOOK} for event in ("order:create", "order:update", "order:massUpdate")]
    assert merchant("POST", "/api/webhooks", {"data": rows}).status == 201
    body = {"callback_url": PUSH, "fallback_email": "it@shop.example", "event_name": "order_new"}
    assert seller("POST", "/subscriptions", body, query={"storefront": "cz"}).status == 201
    return sandbox


def place(sandbox, number=1):
    made = Scribe(sandbox.kaufland).order(
        f"MPOST0{number}", "cz", [Good("SHP-0042", 49_900)], status="open", ordered=sandbox.clock.now()
    )
    return sandbox.kaufland.place(made)


def states(sandbox):
    return [letter.state for letter in sandbox.post.letters]


def test_without_a_receiver_everything_is_only_recorded(registered, merchant):
    merchant.order()
    place(registered)
    registered.clock.advance(timedelta(days=1))
    assert states(registered) == ["recorded", "recorded"]
    assert [len(letter.attempts) for letter in registered.post.letters] == [0, 0]


def test_a_receiver_gets_messages_as_soon_as_the_clock_moves(registered, merchant):
    registered.post.receiver = box = Mailbox()
    code = merchant.order().json()["data"]["order"]["code"]
    assert box.calls == []
    registered.clock.advance(0)
    (call,) = box.calls
    assert (call.method, call.url, call.timeout) == ("POST", HOOK, 4)
    assert call.json()["eventInstance"] == code
    (letter,) = registered.post.letters
    assert (letter.state, letter.attempts) == ("delivered", [(START, 200)])


def test_the_sdk_reads_what_is_delivered(registered, merchant):
    key = merchant("POST", "/api/webhooks/renew-signature-key").json()["data"]["signatureKey"]
    registered.post.receiver = box = Mailbox()
    code = merchant.order().json()["data"]["order"]["code"]
    place(registered)
    registered.clock.advance(1)
    ours, theirs = box.calls
    assert webhooks.read(ours.body, ours.headers, signature_key=key).subjects == (code,)
    message = notifications.read(
        theirs.body,
        theirs.headers,
        url=PUSH,
        secret_key=registered.secret_key,
        now=registered.clock.now(),
    )
    assert (message.event, message.subject) == ("order_new", "MPOST01")


@pytest.mark.parametrize(
    "bad",
    [
        Answer(status=500),
        Answer(status=204),
        Answer(status=200, delay=4.1),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
    ids=["500", "204", "slow", "refused", "silent"],
)
def test_shoptet_tries_three_times_fifteen_minutes_apart(registered, merchant, bad):
    """S23: an answer of 200 within four seconds; after three tries nothing more comes."""
    registered.post.receiver = box = Mailbox(bad)
    merchant.order()
    registered.clock.advance(timedelta(days=1))
    (letter,) = registered.post.letters
    assert letter.state == "failed"
    assert [attempt.at - START for attempt in letter.attempts] == [
        timedelta(minutes=each) for each in (0, 15, 30)
    ]
    assert len(box.calls) == 3
    assert merchant("GET", "/api/webhooks").status == 200


def test_a_second_try_can_be_the_good_one(registered, merchant):
    registered.post.receiver = Mailbox(Answer(status=503), Answer(status=200))
    merchant.order()
    registered.clock.advance(timedelta(minutes=14))
    assert states(registered) == ["waiting"]
    registered.clock.advance(timedelta(minutes=1))
    assert states(registered) == ["delivered"]


def test_kaufland_goes_on_for_twelve_hours_and_then_switches_off(registered, seller):
    """K27: disabled after repeated failures, and a mail to the fallback address."""
    registered.post.receiver = box = Mailbox(Answer(status=500))
    place(registered)
    registered.clock.advance(timedelta(hours=11, minutes=45))
    assert seller.data("/subscriptions/11011")["is_active"] is True
    registered.clock.advance(timedelta(minutes=15))
    waits = [attempt.at - START for attempt in registered.post.letters[0].attempts]
    minutes = [round(wait.total_seconds() / 60) for wait in waits]
    assert (minutes[:6], minutes[-1]) == ([0, 1, 16, 46, 106, 166], 706)
    assert seller.data("/subscriptions/11011")["is_active"] is False
    assert registered.kaufland.push.warned == ["it@shop.example"]
    place(registered, 2)
    registered.clock.advance(timedelta(days=1))
    assert len(box.calls) == 15
    assert seller("PATCH", "/subscriptions/11011", {"is_active": True}).status == 200
    box.answers = [Answer(status=204)]
    place(registered, 3)
    registered.clock.advance(1)
    assert states(registered) == ["failed", "delivered"]


def test_a_subscription_that_is_gone_needs_no_switching_off(registered, seller):
    registered.post.receiver = Mailbox(Answer(status=500))
    place(registered)
    place(registered, 2)
    assert seller("DELETE", "/subscriptions/11011").status == 204
    registered.clock.advance(timedelta(days=1))
    assert states(registered) == ["failed", "failed"]
    assert registered.kaufland.push.warned == []


@pytest.mark.parametrize(("anew", "same"), [(True, False), (False, True)])
def test_each_try_of_a_push_is_signed_anew_or_not(make, seller_of, anew, same):
    sandbox = make(push_signed_anew=anew, push_retry_minutes=(10,), push_patience=15)
    body = {"callback_url": PUSH, "fallback_email": "it@shop.example", "event_name": "order_new"}
    seller_of(sandbox)("POST", "/subscriptions", body, query={"storefront": "cz"})
    sandbox.post.receiver = box = Mailbox(Answer(status=200, delay=15.1), Answer(status=200, delay=15))
    place(sandbox)
    sandbox.clock.advance(timedelta(hours=1))
    first, second = box.calls
    assert first.body == second.body
    assert (first.headers["shop-signature"] == second.headers["shop-signature"]) is same
    assert states(sandbox) == ["delivered"]


def test_an_address_that_does_not_answer_in_time_is_not_verified(sandbox, seller):
    body = {"callback_url": PUSH, "fallback_email": "it@shop.example", "event_name": "order_new"}

    def visit(call):
        assert call.timeout == 15
        return Answer(status=200, body=call.query["challenge"][0].encode(), delay=15.1)

    def nobody(_):
        raise ConnectionRefusedError

    for server in (visit, nobody):
        sandbox.kaufland.push.visit = server
        answer = seller("POST", "/subscriptions", body, query={"storefront": "cz"})
        assert answer.json()["type"] == "/problems/subscriptions/unverified-callback-url"


def test_what_a_receiver_raises_comes_out(registered, merchant):
    registered.post.receiver = Mailbox(LookupError("my own bug"))
    merchant.order()
    with pytest.raises(LookupError):
        registered.clock.advance(1)


def test_a_receiver_may_leave_a_message_alone(registered, merchant):
    registered.post.receiver = lambda _: None
    merchant.order()
    registered.clock.advance(timedelta(days=1))
    assert states(registered) == ["recorded"]


def test_a_receiver_may_call_back_and_wait(registered, merchant):
    """Time does not run backwards when what is told waits longer than the clock was moved."""
    shop = registered.shoptet_client()

    def receive(call):
        shop.orders.get(call.json()["eventInstance"])
        registered.clock.sleep(90)
        return Answer(status=200)

    registered.post.receiver = receive
    merchant.order()
    registered.clock.advance(1)
    assert registered.clock.now() == START + timedelta(seconds=90)
    assert states(registered) == ["delivered"]


def test_messages_are_lost_doubled_and_overtaken(registered, merchant):
    """S23, K27: duplicates and reordering."""
    registered.post.receiver = box = Mailbox()
    faults = [("webhook_lost", 1, 0), ("webhook_twice", 2, 60), ("webhook_late", 3, 120)]
    for kind, nth, seconds in faults:
        registered.faults.add(Fault(kind=kind, path="/hooks/shoptet", nth=nth, seconds=seconds))
    codes = [merchant.order(f"E{number}").json()["data"]["order"]["code"] for number in range(4)]
    registered.clock.advance(300)
    told = [call.json()["eventInstance"] for call in box.calls]
    assert told == [codes[1], codes[3], codes[1], codes[2]]
    assert states(registered) == ["lost", "delivered", "delivered", "delivered", "delivered"]


def test_many_changes_are_told_one_by_one_and_together(registered, merchant):
    """S23: mass and single events come both."""
    codes = [merchant.order(f"E{number}").json()["data"]["order"]["code"] for number in range(2)]
    registered.post.receiver = box = Mailbox()
    body = {"data": {"orderCodes": codes, "statusId": 26}}
    assert merchant("PATCH", "/api/orders/status-change", body).status == 200
    registered.clock.advance(1)
    told = [(call.json()["event"], call.json()["eventInstance"]) for call in box.calls]
    mass = f'["{codes[0]}","{codes[1]}"]'
    assert told == [*(("order:update", code) for code in codes), ("order:massUpdate", mass)]


def test_the_log_of_notifications(registered, merchant):
    registered.post.receiver = Mailbox(*[Answer(status=500)] * 3, Answer(status=200), Answer(status=500))
    registered.faults.add(Fault(kind="webhook_lost", nth=4))
    codes = []
    for number in range(3):
        codes.append(merchant.order(f"E{number}").json()["data"]["order"]["code"])
        registered.clock.advance(3600 if number == 0 else 60)
    merchant.order("E3")
    registered.post.receiver = None
    merchant.order("E4")

    def rows(**query):
        found = merchant.data("/api/webhooks/notifications", **query)["notifications"]
        return [(row["status"], row["active"], row["attempts"]) for row in found]

    everything = [
        ("failed", False, 3),
        ("success", False, 1),
        ("failed", True, 1),
        ("failed", False, 0),
        ("new", True, 0),
    ]
    assert rows() == everything
    assert rows(status="success") == [everything[1]]
    assert rows(active="true") == [everything[2], everything[4]]
    assert rows(event="order:delete") == []
    assert rows(**{"from": "2026-09-01T11:00:00+0200"}) == everything[1:]
    first = merchant.data("/api/webhooks/notifications", itemsPerPage=1)["notifications"][0]
    assert (first["webhookId"], first["webhookUrl"], first["data"]["eventInstance"]) == (
        992801,
        HOOK,
        codes[0],
    )
    assert (first["created"], first["attempted"]) == ("2026-09-01T10:00:00+0200", "2026-09-01T10:30:00+0200")
    registered.clock.advance(timedelta(days=8))
    assert rows() == []


def test_the_life_of_an_add_on(sandbox, merchant, merchant_of):
    """S23: the instance of addon:suspend is a number, that of addon:uninstall a text."""
    sandbox.shoptet.suspend()
    assert sandbox.shoptet.tokens.trouble == "addon_suspended"
    assert sandbox.post.letters == []
    sandbox.shoptet.system_url = "https://add-on.example/system"
    sandbox.post.receiver = box = Mailbox()
    for happen in ("approve", "suspend", "terminate", "uninstall"):
        getattr(sandbox.shoptet, happen)()
    sandbox.clock.advance(1)
    told = [(call.json()["event"], call.json()["eventInstance"]) for call in box.calls]
    assert told == [
        ("addon:approve", 269953),
        ("addon:suspend", 269953),
        ("addon:terminate", 269953),
        ("addon:uninstall", "269953"),
    ]
    assert all(
        webhooks.read(c.body, c.headers, signature_key=None, accept_unsigned=True).system for c in box.calls
    )
    token = {"authorization": f"Bearer {sandbox.oauth_token}"}
    base = "https://partner.myshoptet.com"
    path = "/action/ApiOAuthServer/getAccessToken"
    answer = merchant("GET", path, headers=token, base=base)
    assert answer.json() == {"error": "addon_not_installed"}
    assert merchant.data("/api/webhooks/notifications")["notifications"] == []


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:9/x", True),
        ("http://127.8.8.8/x", True),
        ("http://localhost:9/x", True),
        ("http://[::1]:9/x", True),
        ("http://10.0.0.1/x", False),
        ("http://localhost.example/x", False),
        ("http://127.0.0.1.example/x", False),
        ("http://127.0.0.1@shop.example/x", False),
        ("nonsense", False),
        ("http://[::1", False),
    ],
)
def test_what_is_on_this_machine(url, local):
    assert is_local(url) is local


def test_webhooks_on_this_machine_may_have_any_port(merchant):
    rows = [{"event": "order:create", "url": "http://127.0.0.1:49152/hooks"}]
    assert merchant("POST", "/api/webhooks", {"data": rows}).status == 201
