"""A notification that was recorded and is sent again does nothing new."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from kaufland_shoptet import Seen
from kaufland_shoptet.errors import NotificationError
from kaufland_shoptet.kaufland import notifications
from kaufland_shoptet.kaufland.signing import sign
from kaufland_shoptet.shoptet import webhooks

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def event(created='"2026-09-01T10:00:00+0200"', now=NOW, **options):
    body = b'{"eshopId":1,"event":"order:update","eventCreated":%s,"eventInstance":"7"}' % created.encode()
    headers = {"shoptet-webhook-signature": webhooks.sign(body, "key")}
    return webhooks.read(body, headers, signature_key="key", now=now, **options)


def message(number=7, now=NOW):
    body = b'{"event_name":"order_new","id_message":%d,"resource":"/orders/MA1B2C3/"}' % number
    headers = {"Shop-Timestamp": str(int(now.timestamp()))}
    headers["Shop-Signature"] = sign("POST", "https://x.cz/", body, int(now.timestamp()), "secret")
    return notifications.read(body, headers, url="https://x.cz/", secret_key="secret", now=now)


@pytest.mark.parametrize("off", [timedelta(), timedelta(minutes=59), timedelta(minutes=-59)])
def test_an_event_of_these_minutes_is_read(off):
    assert event(now=NOW + off).created == "2026-09-01T10:00:00+0200"


@pytest.mark.parametrize("off", [timedelta(minutes=61), timedelta(minutes=-61), timedelta(days=9999)])
def test_an_event_of_another_time_is_a_replay(off):
    with pytest.raises(NotificationError, match="a replay, or a clock is wrong"):
        event(now=NOW + off)


@pytest.mark.parametrize("created", ["null", '""', '"yesterday"', "7", "[]", '"0001-01-01T00:00:00+23:59"'])
def test_an_event_without_a_time_is_refused_when_the_time_matters(created):
    with pytest.raises(NotificationError, match="its time is too far from now, or missing"):
        event(created)
    assert event(created, now=None).event == "order:update"


def test_how_old_is_too_old_can_be_said():
    with pytest.raises(NotificationError, match="replay"):
        event(now=NOW + timedelta(minutes=2), tolerance=timedelta(minutes=1))
    assert event(now=NOW + timedelta(days=2), tolerance=timedelta(days=3))


def test_messages_of_both_sides_are_known_again():
    seen = Seen()
    assert [seen.first(each.id, NOW) for each in (message(1), message(2), message(1), event(), event())] == [
        True,
        True,
        False,
        True,
        False,
    ]
    assert event() == event(now=None)
    assert len(event().id) == 64


def test_a_message_without_a_number_is_always_new():
    seen = Seen()
    assert seen.first("", NOW)
    assert seen.first("", NOW)


def test_what_is_old_is_forgotten():
    seen = Seen(keep=timedelta(hours=1))
    assert seen.first("a", NOW)
    assert seen.first("b", NOW + timedelta(minutes=40))
    assert not seen.first("a", NOW + timedelta(minutes=60))
    assert seen.first("a", NOW + timedelta(minutes=61))
    assert not seen.first("b", NOW + timedelta(minutes=61))


def test_memory_is_limited_and_the_oldest_go_first():
    seen = Seen(most=3)
    assert all(seen.first(each, NOW) for each in "abcd")
    assert not seen.first("d", NOW)
    assert seen.first("a", NOW)
    assert len(seen._known) == 3


def test_one_of_many_threads_is_the_first():
    seen, firsts = Seen(), []
    barrier = threading.Barrier(8)

    def ask():
        barrier.wait()
        firsts.extend(each for each in range(50) if seen.first(str(each), NOW))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(firsts) == list(range(50))
