import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_shoptet import ledger as module
from kaufland_shoptet.errors import LedgerError
from kaufland_shoptet.ledger import Action, Imported, Ledger, MemoryLedger, SqliteLedger

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
PRAGUE = timezone(timedelta(hours=2))


def entry(id_order: str = "MA1B2C3", **changes) -> Imported:
    made = Imported(
        id_order=id_order,
        storefront="cz",
        state="intended",
        lines=((314568015200001, 314568015200002), (314568015200003,)),
        cancelled=(314568015200004,),
        total=159600,
        currency="CZK",
        updated=NOON,
    )
    return evolve(made, **changes)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "shop.sqlite"


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, path) -> Ledger:
    return MemoryLedger() if request.param == "memory" else SqliteLedger(path)


class TestALedger:
    def test_is_empty_at_first(self, ledger):
        assert ledger.order("MA1B2C3") is None
        assert ledger.orders() == []
        assert ledger.watermark("orders.cz") is None

    def test_keeps_what_is_intended(self, ledger):
        ledger.intend(entry())
        assert ledger.order("MA1B2C3") == entry()
        assert ledger.orders() == [entry()]

    def test_keeps_how_it_ended(self, ledger):
        ledger.intend(entry())
        settled = ledger.settle("MA1B2C3", "imported", "2026000012", LATER)
        assert settled == entry(state="imported", code="2026000012", updated=LATER)
        assert ledger.order("MA1B2C3") == settled

    def test_an_intent_may_be_repeated_and_is_the_last_one_then(self, ledger):
        ledger.intend(entry())
        ledger.intend(entry(total=1, updated=LATER))
        assert ledger.orders() == [entry(total=1, updated=LATER)]

    def test_what_was_refused_may_be_intended_again(self, ledger):
        ledger.intend(entry())
        assert ledger.settle("MA1B2C3", "refused", None, LATER).state == "refused"
        ledger.intend(entry(updated=LATER))
        assert ledger.settle("MA1B2C3", "imported", "2026000012", LATER).code == "2026000012"

    def test_what_is_imported_is_never_intended_again(self, ledger):
        ledger.intend(entry())
        imported = ledger.settle("MA1B2C3", "imported", "2026000012", LATER)
        with pytest.raises(LedgerError, match="MA1B2C3 is imported already, as 2026000012; nothing was"):
            ledger.intend(entry())
        assert ledger.orders() == [imported]

    def test_the_message_does_without_a_code_that_is_not_known(self, ledger):
        ledger.intend(entry())
        ledger.settle("MA1B2C3", "imported", None, LATER)
        with pytest.raises(LedgerError, match="imported already; nothing"):
            ledger.intend(entry())
        with pytest.raises(LedgerError, match="imported already; it cannot be refused"):
            ledger.settle("MA1B2C3", "refused", None, LATER)

    @pytest.mark.parametrize("state", ["imported", "refused"])
    def test_an_intent_is_only_an_intent(self, ledger, state):
        with pytest.raises(LedgerError, match=f"MA1B2C3: an intent has the state 'intended', not '{state}'"):
            ledger.intend(entry(state=state))
        assert ledger.orders() == []

    def test_nothing_is_settled_without_an_intent(self, ledger):
        with pytest.raises(LedgerError, match="MA1B2C3: settled without an intent"):
            ledger.settle("MA1B2C3", "imported", "2026000012", NOON)
        assert ledger.orders() == []

    def test_an_intent_does_not_end_as_an_intent(self, ledger):
        ledger.intend(entry())
        ledger.settle("MA1B2C3", "refused", None, LATER)
        with pytest.raises(LedgerError, match="ends as imported or refused"):
            ledger.settle("MA1B2C3", "intended", None, LATER)
        assert ledger.order("MA1B2C3").state == "refused"

    def test_the_code_cannot_change(self, ledger):
        ledger.intend(entry())
        imported = ledger.settle("MA1B2C3", "imported", "2026000012", LATER)
        with pytest.raises(LedgerError, match="as 2026000012; it cannot become 2026000013"):
            ledger.settle("MA1B2C3", "imported", "2026000013", LATER)
        with pytest.raises(LedgerError, match="as 2026000012; it cannot be refused"):
            ledger.settle("MA1B2C3", "refused", None, LATER)
        assert ledger.orders() == [imported]

    def test_the_same_end_may_be_told_twice(self, ledger):
        ledger.intend(entry())
        ledger.settle("MA1B2C3", "imported", "2026000012", NOON)
        assert ledger.settle("MA1B2C3", "imported", "2026000012", LATER).updated == LATER
        assert ledger.settle("MA1B2C3", "imported", None, LATER).code == "2026000012"

    def test_a_code_may_become_known_later(self, ledger):
        ledger.intend(entry())
        assert ledger.settle("MA1B2C3", "imported", None, NOON).code is None
        assert ledger.settle("MA1B2C3", "imported", "2026000012", LATER).code == "2026000012"

    def test_a_success_elsewhere_outdoes_a_refusal(self, ledger):
        ledger.intend(entry())
        ledger.settle("MA1B2C3", "refused", None, NOON)
        assert ledger.settle("MA1B2C3", "imported", "2026000012", LATER).state == "imported"

    def test_orders_are_sorted(self, ledger):
        for id_order in ("MB", "ma", "MA10", "MA9", "MÁ", "M🙂", "M豈"):
            ledger.intend(entry(id_order))
        assert [each.id_order for each in ledger.orders()] == ["MA10", "MA9", "MB", "MÁ", "M豈", "M🙂", "ma"]

    def test_a_watermark_never_moves_backwards(self, ledger):
        ledger.move_watermark("orders.cz", NOON)
        ledger.move_watermark("orders.cz", NOON - timedelta(microseconds=1))
        assert ledger.watermark("orders.cz") == NOON
        ledger.move_watermark("orders.cz", NOON + timedelta(microseconds=1))
        assert ledger.watermark("orders.cz") == NOON + timedelta(microseconds=1)
        assert ledger.watermark("orders.sk") is None

    def test_a_watermark_is_a_moment_whatever_the_time_zone(self, ledger):
        ledger.move_watermark("orders.cz", NOON)
        ledger.move_watermark("orders.cz", datetime(2026, 9, 1, 13, 59, tzinfo=PRAGUE))
        assert ledger.watermark("orders.cz") == NOON
        ledger.move_watermark("orders.cz", datetime(2026, 9, 1, 14, 1, tzinfo=PRAGUE))
        assert ledger.watermark("orders.cz") == LATER
        assert ledger.watermark("orders.cz").tzinfo is UTC

    def test_a_moment_needs_a_zone(self, ledger):
        naive = datetime(2026, 9, 1, 12)  # noqa: DTZ001
        ledger.intend(entry())
        with pytest.raises(LedgerError, match="has no time zone"):
            ledger.move_watermark("orders.cz", naive)
        with pytest.raises(LedgerError, match="has no time zone"):
            ledger.settle("MA1B2C3", "refused", None, naive)
        with pytest.raises(LedgerError, match="has no time zone"):
            entry(updated=naive)
        assert ledger.watermark("orders.cz") is None
        assert ledger.orders() == [entry()]

    def test_threads_lose_nothing(self, ledger):
        barrier = Barrier(6)

        def write(name: int) -> None:
            barrier.wait()
            for number in range(10):
                id_order = f"{name}-{number}"
                ledger.intend(entry(id_order))
                ledger.settle(id_order, "imported", id_order, LATER)
                ledger.move_watermark("orders.cz", NOON + timedelta(seconds=number))
                ledger.orders()

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(write, range(6)))
        found = ledger.orders()
        assert len(found) == 60
        assert {each.state for each in found} == {"imported"}
        assert ledger.watermark("orders.cz") == NOON + timedelta(seconds=9)

    def test_of_many_threads_one_decides_on_the_code(self, ledger):
        ledger.intend(entry())
        barrier = Barrier(6)

        def settle(code: str) -> str | None:
            barrier.wait()
            try:
                return ledger.settle("MA1B2C3", "imported", code, LATER).code
            except LedgerError:
                return None

        with ThreadPoolExecutor(6) as pool:
            codes = list(pool.map(settle, "ABCDEF"))
        assert [code for code in codes if code] == [ledger.order("MA1B2C3").code]


class TestActions:
    def test_there_are_none_at_first(self, ledger):
        assert ledger.action("send", "1") is None
        assert ledger.actions("send") == []

    def test_keeps_what_is_intended_and_how_it_ended(self, ledger):
        made = ledger.intend_action("send", "1", '{"carrier": "PPL"}', NOON)
        assert made == Action(
            kind="send", key="1", state="intended", detail='{"carrier": "PPL"}', updated=NOON
        )
        assert ledger.action("send", "1") == made
        ended = ledger.settle_action("send", "1", "done", "{}", LATER)
        assert ended == Action(kind="send", key="1", state="done", detail="{}", updated=LATER)
        assert ledger.actions("send") == [ended]

    @pytest.mark.parametrize("state", ["intended", "refused"])
    def test_may_be_intended_again(self, ledger, state):
        ledger.intend_action("send", "1", "first", NOON)
        if state == "refused":
            ledger.settle_action("send", "1", "refused", "why", NOON)
        ledger.intend_action("send", "1", "second", LATER)
        assert ledger.action("send", "1").detail == "second"
        assert ledger.settle_action("send", "1", "done", "", LATER).state == "done"

    def test_what_is_done_is_done_again_only_if_said_so(self, ledger):
        ledger.intend_action("refund", "1", "", NOON)
        done = ledger.settle_action("refund", "1", "done", "", NOON)
        with pytest.raises(LedgerError, match="refund 1 is done already; nothing was written"):
            ledger.intend_action("refund", "1", "", LATER)
        assert ledger.actions("refund") == [done]
        assert ledger.intend_action("refund", "1", "", LATER, again=True).state == "intended"

    def test_what_must_not_be_tried_twice_is_intended_once(self, ledger):
        ledger.intend_action("refund", "1", "first", NOON, once=True)
        with pytest.raises(LedgerError, match="refund 1 was begun before, and its end is not known"):
            ledger.intend_action("refund", "1", "second", LATER, once=True)
        assert ledger.action("refund", "1").detail == "first"
        ledger.settle_action("refund", "1", "refused", "", LATER)
        assert ledger.intend_action("refund", "1", "third", LATER, once=True).detail == "third"

    def test_what_was_intended_long_ago_may_be_intended_anew(self, ledger):
        ledger.intend_action("invoice", "1", "first", NOON, once=True)
        with pytest.raises(LedgerError, match="was begun before"):
            ledger.intend_action("invoice", "1", "second", LATER, once=True, stale=NOON)
        again = ledger.intend_action("invoice", "1", "third", LATER, once=True, stale=LATER)
        assert (again.detail, again.updated) == ("third", LATER)
        with pytest.raises(LedgerError, match="was begun before"):  # of two that come late one gets through
            ledger.intend_action("invoice", "1", "fourth", LATER, once=True, stale=LATER)

    def test_nothing_is_settled_without_an_intent(self, ledger):
        with pytest.raises(LedgerError, match="send 1: settled without an intent"):
            ledger.settle_action("send", "1", "done", "", NOON)
        assert ledger.actions("send") == []

    def test_an_intent_does_not_end_as_an_intent(self, ledger):
        ledger.intend_action("send", "1", "", NOON)
        with pytest.raises(LedgerError, match="send 1: an intent ends as done or refused"):
            ledger.settle_action("send", "1", "intended", "", NOON)

    def test_what_is_done_stays_done(self, ledger):
        ledger.intend_action("send", "1", "", NOON)
        ledger.settle_action("send", "1", "refused", "", NOON)
        ledger.settle_action("send", "1", "done", "first", NOON)
        with pytest.raises(LedgerError, match="send 1 is done already; it cannot be refused"):
            ledger.settle_action("send", "1", "refused", "", LATER)
        assert ledger.settle_action("send", "1", "done", "second", LATER).detail == "second"

    def test_are_sorted_and_told_apart_by_kind(self, ledger):
        for kind, key in (("send", "b"), ("send", "a"), ("refund", "c"), ("send", "á"), ("send", "B")):
            ledger.intend_action(kind, key, "", NOON)
        assert [each.key for each in ledger.actions("send")] == ["B", "a", "b", "á"]
        assert [each.key for each in ledger.actions("refund")] == ["c"]
        assert ledger.action("refund", "a") is None

    def test_a_moment_needs_a_zone(self, ledger):
        naive = datetime(2026, 9, 1, 12)  # noqa: DTZ001
        with pytest.raises(LedgerError, match="has no time zone"):
            ledger.intend_action("send", "1", "", naive)
        assert ledger.actions("send") == []
        moved = ledger.intend_action("send", "1", "", NOON.astimezone(PRAGUE)).updated
        assert (moved, moved.tzinfo) == (NOON, UTC)


HALF = "\ud83d"
"""Half of a character, which no file can hold."""


class TestWhatCannotBeKept:
    @pytest.mark.parametrize("total", [2**63, -(2**63) - 1, 10**30])
    def test_an_amount_that_nobody_pays(self, total):
        with pytest.raises(LedgerError, match="MA1B2C3: total is larger than .* Mend the order") as caught:
            entry(total=total)
        assert str(total) not in str(caught.value)

    @pytest.mark.parametrize("total", [2**63 - 1, -(2**63)])
    def test_the_largest_amount(self, ledger, total):
        ledger.intend(entry(total=total))
        assert ledger.order("MA1B2C3").total == total

    @pytest.mark.parametrize("name", ["id_order", "storefront", "code", "currency"])
    def test_half_a_character_in_an_entry(self, name):
        with pytest.raises(LedgerError, match=f"^{name} has half of a character in it") as caught:
            entry(**{name: f"secret{HALF}"})
        assert "secret" not in str(caught.value)

    def test_half_a_character_anywhere_else(self, ledger):
        ledger.intend(entry())
        for name, call in (
            ("id_order", lambda: ledger.order(HALF)),
            ("id_order", lambda: ledger.settle(HALF, "imported", "1", LATER)),
            ("code", lambda: ledger.settle("MA1B2C3", "imported", HALF, LATER)),
            ("kind", lambda: ledger.action(HALF, "1")),
            ("key", lambda: ledger.action("send", HALF)),
            ("kind", lambda: ledger.actions(HALF)),
            ("kind", lambda: ledger.intend_action(HALF, "1", "", NOON)),
            ("key", lambda: ledger.intend_action("send", HALF, "", NOON)),
            ("detail", lambda: ledger.intend_action("send", "1", HALF, NOON)),
            ("key", lambda: ledger.settle_action("send", HALF, "done", "", NOON)),
            ("name", lambda: ledger.watermark(HALF)),
            ("name", lambda: ledger.move_watermark(HALF, NOON)),
        ):
            with pytest.raises(LedgerError, match=f"^{name} has half of a character in it"):
                call()
        assert ledger.orders() == [entry()]
        assert ledger.actions("send") == []

    def test_a_moment_outside_the_calendar(self, ledger):
        last = datetime.max.replace(tzinfo=timezone(timedelta(hours=-14)))
        for call in (
            lambda: ledger.move_watermark("orders.cz", last),
            lambda: ledger.intend_action("send", "1", "", last),
            lambda: entry(updated=last),
        ):
            with pytest.raises(
                LedgerError, match="is outside the calendar in UTC; use an earlier or a later"
            ):
                call()

    def test_a_moment_without_a_zone_to_compare_with(self, ledger):
        with pytest.raises(LedgerError, match="has no time zone"):
            ledger.intend_action("send", "1", "", NOON, once=True, stale=NOON.replace(tzinfo=None))
        assert ledger.actions("send") == []


# The two kinds agree.

zones = st.integers(min_value=-14 * 60, max_value=14 * 60).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.none() | zones,
)
numbers = st.sampled_from(["MA1B2C3", "MB", "m", "", "Ž'\";--\0🙂", HALF])
ids = st.integers(min_value=0, max_value=2**70)
states = st.sampled_from(["intended", "intended", "imported", "refused"])
kinds = st.sampled_from(["send", "refund"])
action_states = st.sampled_from(["intended", "done", "done", "refused"])
entries = st.fixed_dictionaries(
    {
        "id_order": numbers,
        "storefront": st.text(max_size=3),
        "state": states,
        "code": st.none() | st.sampled_from(["1", "2"]),
        "lines": st.lists(st.lists(ids, max_size=3).map(tuple), max_size=3).map(tuple),
        "cancelled": st.lists(ids, max_size=2).map(tuple),
        "total": st.integers(min_value=-(2**63) - 1, max_value=2**63),
        "currency": st.text(max_size=3),
        "updated": moments,
    }
)
calls = st.one_of(
    st.tuples(st.just("intend"), entries),
    st.tuples(st.just("settle"), numbers, states, st.none() | st.sampled_from(["1", "2"]), moments),
    st.tuples(st.just("move_watermark"), numbers, moments),
    st.tuples(st.just("watermark"), numbers),
    st.tuples(st.just("order"), numbers),
    st.tuples(
        st.just("intend_action"), kinds, numbers, st.text(max_size=3), moments, st.booleans(), st.booleans()
    ),
    st.tuples(st.just("settle_action"), kinds, numbers, action_states, st.text(max_size=3), moments),
    st.tuples(st.just("action"), kinds, numbers),
    st.tuples(st.just("actions"), kinds),
)


def told(ledger: Ledger, name: str, *args):
    """What a call answers, or what it says when it refuses."""
    try:
        if name == "intend":
            return ledger.intend(Imported(**args[0]))
        return getattr(ledger, name)(*args)
    except LedgerError as error:
        return str(error)


@settings(deadline=None, max_examples=60)
@given(made=st.lists(calls, max_size=20))
def test_memory_and_sqlite_agree(made):
    with tempfile.TemporaryDirectory() as folder:
        memory, sqlite = MemoryLedger(), SqliteLedger(Path(folder) / "ledger")
        for call in made:
            assert told(memory, *call) == told(sqlite, *call)
        assert memory.orders() == sqlite.orders() == SqliteLedger(sqlite.path).orders()
        for call in made:
            if call[0] == "move_watermark":
                assert told(memory, "watermark", call[1]) == told(sqlite, "watermark", call[1])


# The file.


class TestTheFile:
    def test_survives_reopening(self, path):
        SqliteLedger(path).intend(entry())
        SqliteLedger(path).move_watermark("orders.cz", NOON)
        assert SqliteLedger(str(path)).order("MA1B2C3") == entry()
        assert SqliteLedger(path).watermark("orders.cz") == NOON

    def test_an_empty_file_will_do(self, path):
        path.touch()
        SqliteLedger(path).intend(entry())
        assert SqliteLedger(path).orders() == [entry()]

    def test_keeps_several_shops_apart(self, path):
        one, other = SqliteLedger(path, "Bicycles"), SqliteLedger(path, "Mugs")
        one.intend(entry())
        one.settle("MA1B2C3", "imported", "2026000012", LATER)
        one.move_watermark("orders.cz", LATER)
        one.intend_action("send", "1", "", NOON)
        assert other.action("send", "1") is None
        assert other.actions("send") == []
        assert other.order("MA1B2C3") is None
        assert other.orders() == []
        assert other.watermark("orders.cz") is None
        with pytest.raises(LedgerError, match="without an intent"):
            other.settle("MA1B2C3", "imported", "1", LATER)
        other.intend(entry(total=1))
        other.move_watermark("orders.cz", NOON)
        assert [each.total for each in (*one.orders(), *other.orders())] == [159600, 1]
        assert (one.watermark("orders.cz"), other.watermark("orders.cz")) == (LATER, NOON)

    def test_tells_whose_entries_it_holds(self, path):
        ledger = SqliteLedger(path, "Mugs")
        ledger.move_watermark("orders.cz", NOON)
        assert ledger.shops() == (), "a look around is no entry"
        ledger.intend(entry())
        SqliteLedger(path, "Bicycles").intend_action("send", "1", "", NOON)
        SqliteLedger(path, "Bicycles").intend_action("send", "2", "", NOON)
        assert ledger.shops() == ("Bicycles", "Mugs")

    def test_new_ones_are_made_by_several_threads_at_once(self, tmp_path):
        for number in range(10):
            barrier = Barrier(8)

            def make(_: int, path=tmp_path / str(number), barrier=barrier) -> SqliteLedger:
                barrier.wait()
                return SqliteLedger(path)

            with ThreadPoolExecutor(8) as pool:
                ledgers = list(pool.map(make, range(8)))
            assert {len(each.orders()) for each in ledgers} == {0}

    def test_another_process_that_writes_is_waited_for(self, path):
        ledger = SqliteLedger(path)
        ledger.intend(entry())
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("DELETE FROM orders")
            assert SqliteLedger(path).orders() == [entry()]
            with pytest.raises(LedgerError, match="locked") as caught:
                SqliteLedger(path, wait=0.01).settle("MA1B2C3", "imported", "1", LATER)
            assert str(path) in str(caught.value)
            with ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(ledger.settle, "MA1B2C3", "imported", "1", LATER)
                other.execute("ROLLBACK")
                assert waiting.result().code == "1"


class TestAnEarlierVersion:
    def make(self, path):
        """A file of version 1, which has no actions."""
        SqliteLedger(path).intend(entry())
        with contextlib.closing(sqlite3.connect(path)) as base:
            base.execute("DROP TABLE actions")
            base.execute("PRAGMA user_version=1")

    def test_is_brought_up_to_date_and_keeps_what_it_has(self, path):
        self.make(path)
        ledger = SqliteLedger(path)
        ledger.intend_action("send", "1", "{}", NOON)
        assert ledger.orders() == [entry()]
        assert [each.key for each in SqliteLedger(path).actions("send")] == ["1"]

    def test_by_several_threads_at_once(self, path):
        self.make(path)
        barrier = Barrier(8)

        def open_it(_: int) -> int:
            barrier.wait()
            return len(SqliteLedger(path).actions("send"))

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(open_it, range(8))) == [0] * 8


class TestAFileThatIsNoLedger:
    def refuse(self, path, match):
        before = path.read_bytes()
        with pytest.raises(LedgerError, match=match) as caught:
            SqliteLedger(path)
        assert str(path) in str(caught.value)
        assert path.read_bytes() == before

    def test_not_a_database(self, path):
        path.write_text("[shop]\nname = 'this is the settings file'\n" * 100)
        self.refuse(path, "file is not a database")

    @pytest.mark.parametrize(
        "statement",
        ["CREATE TABLE orders (id)", "PRAGMA user_version=1", "PRAGMA application_id=1"],
    )
    def test_a_database_of_something_else(self, path, statement):
        with contextlib.closing(sqlite3.connect(path)) as base:
            base.execute(statement)
        self.refuse(path, "a database of something else, not a ledger")

    def test_a_later_version(self, path):
        SqliteLedger(path)
        with contextlib.closing(sqlite3.connect(path)) as base:
            base.execute("PRAGMA user_version=99")
        self.refuse(path, r"later version of this package \(ledger version 99, known is \d+\): update")

    def test_a_damaged_one(self, path):
        ledger = SqliteLedger(path)
        for number in range(200):
            ledger.intend(entry(str(number)))
        whole = path.read_bytes()
        path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
        for call in (
            ledger.orders,
            lambda: ledger.order("1"),
            lambda: ledger.intend(entry()),
            lambda: ledger.settle("1", "refused", None, NOON),
            lambda: ledger.action("send", "1"),
            lambda: ledger.actions("send"),
            lambda: ledger.intend_action("send", "1", "", NOON),
            lambda: ledger.settle_action("send", "1", "done", "", NOON),
            lambda: ledger.watermark("orders.cz"),
            lambda: ledger.move_watermark("orders.cz", NOON),
            ledger.shops,
        ):
            with pytest.raises(LedgerError, match="malformed") as caught:
                call()
            assert str(path) in str(caught.value)

    @pytest.mark.parametrize(
        ("column", "damage"),
        [
            ("lines", "'[[31456'"),
            ("lines", "'[31456]'"),
            ("lines", "'" + "[" * 100_000 + "'"),
            ("cancelled", "'null'"),
            ("total", "'a lot'"),
            ("updated", "'yesterday'"),
            ("updated", "'2026-09-01T12:00:00'"),
            ("updated", "70707"),
        ],
    )
    def test_a_damaged_order(self, path, column, damage):
        ledger = SqliteLedger(path)
        ledger.intend(entry())
        ledger.intend(entry("MB"))
        self.damage(path, f"UPDATE orders SET {column} = {damage} WHERE id_order = 'MA1B2C3'")
        for call in (
            ledger.orders,
            lambda: ledger.order("MA1B2C3"),
            lambda: ledger.intend(entry()),
            lambda: ledger.settle("MA1B2C3", "refused", None, NOON),
        ):
            with pytest.raises(
                LedgerError, match="entry of order MA1B2C3 is damaged: put back .* copy"
            ) as caught:
                call()
            assert str(path) in str(caught.value)
            assert damage.strip("'") not in str(caught.value)
        assert ledger.order("MB") == entry("MB")

    def test_a_damaged_action_and_a_damaged_watermark(self, path):
        ledger = SqliteLedger(path)
        ledger.intend_action("send", "1", "", NOON)
        ledger.move_watermark("orders.cz", NOON)
        self.damage(path, "UPDATE actions SET updated = 'yesterday'")
        self.damage(path, "UPDATE watermarks SET at = '2026-09-01T12:00:00'")
        for call in (
            lambda: ledger.actions("send"),
            lambda: ledger.action("send", "1"),
            lambda: ledger.intend_action("send", "1", "", NOON),
            lambda: ledger.settle_action("send", "1", "done", "", NOON),
        ):
            with pytest.raises(LedgerError, match="the entry of send 1 is damaged: put back"):
                call()
        with pytest.raises(LedgerError, match=r"the watermark orders\.cz is damaged: put back"):
            ledger.watermark("orders.cz")

    def damage(self, path, statement):
        with contextlib.closing(sqlite3.connect(path)) as base:
            base.execute(statement)
            base.commit()

    @pytest.mark.parametrize("name", ["a\0b.sqlite", f"{HALF}.sqlite"])
    def test_a_name_that_no_file_can_have(self, tmp_path, name):
        with pytest.raises(LedgerError, match="cannot be the path of a file: choose another"):
            SqliteLedger(tmp_path / name)
        assert list(tmp_path.iterdir()) == []

    def test_a_shop_with_half_a_character(self, path):
        with pytest.raises(LedgerError, match="^shop has half of a character in it"):
            SqliteLedger(path, HALF)

    def test_a_folder(self, tmp_path):
        with pytest.raises(LedgerError, match="unable to open") as caught:
            SqliteLedger(tmp_path)
        assert str(tmp_path) in str(caught.value)

    def test_no_folder(self, tmp_path):
        with pytest.raises(LedgerError, match="unable to open"):
            SqliteLedger(tmp_path / "missing" / "shop.sqlite")


# Several processes.

PREAMBLE = """
import sys, time
from datetime import UTC, datetime, timedelta
from kaufland_shoptet.ledger import Imported, SqliteLedger

path, name = sys.argv[1:]
noon = datetime(2026, 9, 1, 12, tzinfo=UTC)

def entry(id_order, **changes):
    return Imported(id_order=id_order, storefront="cz", state="intended", updated=noon, **changes)

def say(word):
    print(word, flush=True)
"""
WRITES = """
say("ready")
sys.stdin.readline()
ledger = SqliteLedger(path)
for number in range(40):
    ledger.intend(entry(f"{name}-{number}"))
    ledger.settle(f"{name}-{number}", "imported", f"{number}", noon)
    ledger.move_watermark("orders.cz", noon + timedelta(seconds=number))
"""
STOPS_IN_THE_MIDDLE = """
ledger = SqliteLedger(path)
with ledger._writing() as base:
    base.execute("PRAGMA cache_size=1")
    for number in range(1000):
        ledger._write(base, entry(f"{number}", currency="x" * 100))
    base.execute("DELETE FROM orders WHERE id_order = 'MA1B2C3'")
    say("ready")
    time.sleep(600)
"""
WRITES_ON_AND_ON = """
ledger = SqliteLedger(path)
number = 0
while True:
    ledger.intend(entry(f"{number}"))
    ledger.settle(f"{number}", "imported", f"{number}", noon)
    say(number)
    number += 1
"""


@contextlib.contextmanager
def process(path: Path, code: str, name: str = "") -> Iterator[subprocess.Popen]:
    with subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + code, str(path), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            yield started
        finally:
            started.kill()


class TestProcesses:
    def test_two_that_write_at_once_lose_nothing(self, path):
        with process(path, WRITES, "one") as one, process(path, WRITES, "other") as other:
            for each in (one, other):
                assert each.stdout.readline() == "ready\n"
            for each in (one, other):
                each.stdin.write("go\n")
                each.stdin.flush()
            assert [each.wait(60) for each in (one, other)] == [0, 0]
        found = SqliteLedger(path).orders()
        assert len(found) == 80
        assert {each.state for each in found} == {"imported"}
        assert SqliteLedger(path).watermark("orders.cz") == NOON + timedelta(seconds=39)

    def test_one_that_is_killed_while_it_writes_leaves_the_old_state(self, path):
        ledger = SqliteLedger(path)
        ledger.intend(entry())
        with process(path, STOPS_IN_THE_MIDDLE) as stopped:
            assert stopped.stdout.readline() == "ready\n"
            stopped.kill()
            stopped.wait(60)
            assert path.with_name("shop.sqlite-journal").stat().st_size > 0
            assert SqliteLedger(path, wait=1).orders() == [entry()]
        assert ledger.settle("MA1B2C3", "imported", "1", LATER).code == "1"

    def test_what_was_written_before_the_kill_is_there(self, path):
        with process(path, WRITES_ON_AND_ON) as killed:
            for number in range(15):
                assert killed.stdout.readline() == f"{number}\n"
            killed.kill()
            rest = killed.stdout.read().splitlines()
        confirmed = {str(number) for number in range(15 + len(rest))}
        states = {each.id_order: each.state for each in SqliteLedger(path, wait=1).orders()}
        assert {states.pop(number) for number in confirmed} == {"imported"}
        assert len(states) <= 1


def test_public_names():
    assert dir(module) == sorted(module.__all__)
    assert all(hasattr(module, name) for name in module.__all__)


@pytest.mark.skipif(os.name != "posix", reason="there are no such permissions")
def test_a_new_file_is_for_its_owner_only_and_another_one_stays_as_it_is(tmp_path):
    SqliteLedger(tmp_path / "new.sqlite")
    assert (tmp_path / "new.sqlite").stat().st_mode & 0o777 == 0o600
    shared = tmp_path / "shared.sqlite"
    shared.touch()
    shared.chmod(0o660)
    SqliteLedger(shared)
    assert shared.stat().st_mode & 0o777 == 0o660
