from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet.errors import SettingsError
from kaufland_shoptet.mapping.statuses import (
    Label,
    OrderState,
    StatusMap,
    advances,
    check,
    kaufland_label,
    label,
    order_state,
    shoptet_status,
    step,
)

KNOWN = {
    "open": "Pending",
    "need_to_be_sent": "Not Dispatched",
    "sent": "Dispatched",
    "sent_and_autopaid": "Dispatched",
    "received": "Delivered",
    "returned": "Returned",
    "returned_paid": "Returned",
    "cancelled": "Cancelled",
}
known = st.sampled_from(sorted(KNOWN))
anything = known | st.text()
autopaids = st.sampled_from([Label.DISPATCHED, Label.DELIVERED])
labels = st.sampled_from(Label)


@st.composite
def status_maps(draw):
    """Tables in which each id stands under one label, or is set for a label that cannot act too."""
    ids = draw(st.lists(st.integers(-99, 999), unique=True, max_size=12))
    table = {}
    for status in ids:
        table.setdefault(draw(labels), []).append(status)
    for passive in (Label.DELIVERED, Label.RETURNED):
        if ids and draw(st.booleans()):
            table[passive] = [ids[0], *(i for i in table.get(passive, []) if i != ids[0])]
    return StatusMap.of(table, autopaid=draw(autopaids))


class TestLabel:
    @pytest.mark.parametrize(("status", "expected"), KNOWN.items())
    def test_the_eight_statuses_fold_to_six_labels(self, status, expected):
        assert label(status) == expected

    def test_the_merchant_may_count_autopaid_as_delivered(self):
        assert label("sent_and_autopaid", autopaid=Label.DELIVERED) is Label.DELIVERED
        assert label("sent", autopaid=Label.DELIVERED) is Label.DISPATCHED

    @given(anything, autopaids)
    def test_every_text_has_a_label_or_none(self, status, autopaid):
        """Law 2: the mapping of statuses is total."""
        assert (label(status, autopaid=autopaid) is not None) == (status in KNOWN)

    def test_only_three_labels_can_be_reached_by_a_seller(self):
        assert [each.key for each in Label if each.acts] == ["not_dispatched", "dispatched", "cancelled"]


class TestOrderState:
    def test_cancelled_pieces_do_not_count(self):
        state = order_state(["need_to_be_sent", "need_to_be_sent", "cancelled"])
        assert state == OrderState(label=Label.NOT_DISPATCHED, partially_cancelled=True)

    def test_unless_all_are_cancelled(self):
        assert order_state(["cancelled", "cancelled"]) == OrderState(label=Label.CANCELLED)

    def test_the_least_advanced_of_the_rest_decides(self):
        state = order_state(["received", "sent", "returned"])
        assert state == OrderState(label=Label.DISPATCHED, partially_delivered=True, partially_returned=True)

    def test_open_beside_need_to_be_sent(self):
        assert order_state(["open", "need_to_be_sent"]).label is Label.PENDING

    def test_all_units_alike_are_not_partially_anything(self):
        assert order_state(["returned", "returned_paid"]) == OrderState(label=Label.RETURNED)

    def test_an_order_without_units_has_no_label(self):
        assert order_state([]) == OrderState(label=None)

    def test_unknown_statuses_are_reported_once_each(self):
        state = order_state(["zzz", "in_clearance", "zzz", "sent"])
        assert state.unknown == ("in_clearance", "zzz")
        assert state.label is None
        assert state.partially_dispatched

    def test_an_unknown_status_beside_cancelled_pieces_is_not_a_cancelled_order(self):
        state = order_state(["cancelled", "in_clearance"])
        assert state == OrderState(label=None, partially_cancelled=True, unknown=("in_clearance",))

    def test_autopaid_pieces_take_the_merchants_choice(self):
        units = ["sent_and_autopaid", "received"]
        assert order_state(units).label is Label.DISPATCHED
        assert order_state(units, autopaid=Label.DELIVERED).label is Label.DELIVERED

    @given(st.lists(anything), autopaids)
    def test_total(self, statuses, autopaid):
        state = order_state(statuses, autopaid=autopaid)
        assert set(state.unknown) == set(statuses) - set(KNOWN)
        assert (state.label is None) == (not statuses or bool(state.unknown))

    @given(st.lists(anything, max_size=4), autopaids)
    def test_neither_order_nor_repetition_matters(self, statuses, autopaid):
        state = order_state(statuses, autopaid=autopaid)
        for shuffled in permutations(statuses):
            assert order_state([*shuffled, *statuses], autopaid=autopaid) == state

    @given(st.lists(known, min_size=1), autopaids)
    def test_idempotent(self, statuses, autopaid):
        """Law 2: and idempotent. An order whose units all stand where the order stands, stands there too."""
        whole = order_state(statuses, autopaid=autopaid).label
        unit = next(status for status in KNOWN if label(status, autopaid=autopaid) is whole)
        assert order_state([unit], autopaid=autopaid) == OrderState(label=whole)

    @given(st.lists(known, min_size=1), st.text().filter(lambda text: text not in KNOWN))
    def test_an_unknown_unit_never_moves_the_order_on(self, statuses, unknown):
        for place in range(len(statuses)):
            assert order_state([*statuses[:place], unknown, *statuses[place + 1 :]]).label is None

    @given(st.lists(known, min_size=1), st.data())
    def test_the_order_goes_forward_with_its_units(self, statuses, data):
        """Law 3: an order goes forward with its units. When no unit goes back, and none is cancelled, the order does not go back."""
        place = data.draw(st.integers(0, len(statuses) - 1))
        old = label(statuses[place])
        onward = [s for s in KNOWN if s != "cancelled" and advances(old, label(s))] or [statuses[place]]
        after = [*statuses]
        after[place] = data.draw(st.sampled_from(onward))
        before, now = order_state(statuses).label, order_state(after).label
        assert now is before or advances(before, now)


class TestAdvances:
    @given(labels, labels, labels)
    def test_is_a_strict_order(self, a, b, c):
        assert not advances(a, a)
        assert advances(a, b) != advances(b, a) or a is b
        if advances(a, b) and advances(b, c):
            assert advances(a, c)

    @given(st.lists(labels, min_size=1))
    def test_following_reads_of_any_age_never_goes_back(self, reads):
        """Law 3: statuses are monotone."""
        followed = [reads[0]]
        for read in reads[1:]:
            followed.append(read if advances(followed[-1], read) else followed[-1])
        ranks = [list(Label).index(each) for each in followed]
        assert ranks == sorted(ranks)
        assert followed[-1] is max(reads, key=list(Label).index)

    @pytest.mark.parametrize("old", [each for each in Label if each is not Label.CANCELLED])
    def test_everything_may_be_cancelled_and_stays_so(self, old):
        assert advances(old, Label.CANCELLED)
        assert not advances(Label.CANCELLED, old)


class TestStatusMap:
    def test_one_table_serves_both_ways(self):
        table = StatusMap.of({Label.NOT_DISPATCHED: [-2], Label.DISPATCHED: [-3, 26]})
        assert shoptet_status(table, Label.DISPATCHED) == -3
        assert shoptet_status(table, Label.RETURNED) is None
        assert kaufland_label(table, 26) is Label.DISPATCHED
        assert kaufland_label(table, -2) is Label.NOT_DISPATCHED
        assert kaufland_label(table, 70) is None

    def test_a_status_set_for_a_label_means_it(self):
        assert StatusMap(inward={Label.CANCELLED: -4}).outward == {-4: Label.CANCELLED}

    def test_a_shared_status_means_the_label_that_acts(self):
        table = StatusMap.of({Label.DISPATCHED: [26, -3], Label.DELIVERED: [-3], Label.RETURNED: [-3]})
        assert kaufland_label(table, -3) is Label.DISPATCHED
        assert shoptet_status(table, Label.RETURNED) == -3

    def test_of_labels_that_cannot_act_it_means_the_first(self):
        assert kaufland_label(StatusMap(inward={Label.DELIVERED: 5, Label.RETURNED: 5}), 5) is Label.DELIVERED

    def test_a_status_cannot_act_two_ways(self):
        with pytest.raises(SettingsError, match="status -3 already means Dispatched") as caught:
            StatusMap.of({Label.DISPATCHED: [-3], Label.CANCELLED: [-4, -3]})
        assert caught.value.key == "cancelled"

    def test_a_status_without_effect_is_refused(self):
        with pytest.raises(SettingsError, match="under dispatched"):
            StatusMap.of({Label.DISPATCHED: [-3], Label.DELIVERED: [52, -3]})

    def test_all_contradictions_are_told(self):
        with pytest.raises(SettingsError, match="1 more to mend: cancelled") as caught:
            StatusMap.of({Label.NOT_DISPATCHED: [1], Label.DISPATCHED: [1, 2], Label.CANCELLED: [2]})
        assert [other.key for other in caught.value.others] == ["cancelled"]

    def test_a_meaning_needs_a_status_of_its_own(self):
        with pytest.raises(SettingsError, match="no status is set for Dispatched"):
            StatusMap(inward={}, outward={26: Label.DISPATCHED})

    def test_the_two_directions_may_not_contradict(self):
        with pytest.raises(SettingsError, match="status -3 cannot mean Delivered: it is set for Dispatched"):
            StatusMap(
                inward={Label.DISPATCHED: -3, Label.DELIVERED: -3},
                outward={-3: Label.DELIVERED},
            )

    def test_autopaid_is_dispatched_or_delivered(self):
        with pytest.raises(SettingsError, match=r"^autopaid: .*Returned"):
            StatusMap(autopaid=Label.RETURNED)

    def test_labels_without_statuses_are_left_out(self):
        assert StatusMap.of({Label.PENDING: ()}) == StatusMap()

    def test_later_changes_of_what_it_was_made_of_do_not_reach_it(self):
        inward = {Label.PENDING: -1}
        table = StatusMap(inward=inward)
        inward[Label.PENDING] = 7
        assert table.inward == {Label.PENDING: -1}

    @given(status_maps())
    def test_a_table_and_its_map_are_the_same(self, table):
        assert StatusMap.of(table.table, autopaid=table.autopaid) == table

    @given(status_maps(), labels)
    def test_a_status_that_was_set_never_means_more_than_its_labels(self, table, each):
        """Setting a status for a label and reading it back gives a label for which it is set."""
        status = shoptet_status(table, each)
        if status is not None:
            meaning = kaufland_label(table, status)
            assert status in table.table[meaning]
            assert meaning is each or meaning.acts or not each.acts

    @given(status_maps(), st.integers())
    def test_total(self, table, status):
        assert (kaufland_label(table, status) is None) == (status not in table.outward)


SHOP = {-1: "New", -2: "In progress", -3: "Done", -4: "Cancelled", 52: "Delivered", 53: "Returned"}
WHOLE = StatusMap(
    inward={
        Label.PENDING: -1,
        Label.NOT_DISPATCHED: -2,
        Label.DISPATCHED: -3,
        Label.DELIVERED: 52,
        Label.RETURNED: 53,
        Label.CANCELLED: -4,
    }
)


class TestCheck:
    def test_a_whole_table_has_notes_on_what_cannot_act_only(self):
        found = check(WHOLE, SHOP, key="storefront.cz.statuses")
        assert [(each.severity, each.key) for each in found] == [
            ("note", "storefront.cz.statuses.pending"),
            ("note", "storefront.cz.statuses.delivered"),
            ("note", "storefront.cz.statuses.returned"),
        ]

    def test_deleted_statuses(self):
        shop = {status: name for status, name in SHOP.items() if status != -3}
        (found,) = (each for each in check(WHOLE, shop) if each.severity == "error")
        assert found.key == "statuses.dispatched"
        assert "no status -3" in found.problem
        assert "52 Delivered" in found.remedy

    def test_a_shop_without_statuses(self):
        assert "Choose one of: none." in str(check(StatusMap(inward={Label.PENDING: -1}), {})[0])

    def test_renamed_statuses(self):
        found = check(WHOLE, {**SHOP, 52: "Lost"}, seen=SHOP)
        assert "'Delivered' and is now 'Lost'" in next(each.problem for each in found if "52" in each.problem)

    def test_unmapped_labels(self):
        found = check(StatusMap(), SHOP)
        assert [each.key for each in found] == [f"statuses.{each.key}" for each in Label]
        assert {each.severity for each in found} == {"warning"}

    def test_shared_statuses(self):
        table = StatusMap(inward={**WHOLE.inward, Label.DELIVERED: -3})
        (found,) = (each for each in check(table, SHOP) if each.severity == "warning")
        assert str(found) == (
            "warning: statuses.delivered: status -3 is also set for Dispatched. In the shop it will mean "
            "Dispatched; a status of its own would tell the two apart."
        )


TABLE = StatusMap.of(
    {
        Label.NOT_DISPATCHED: [26],
        Label.DISPATCHED: [52, -3],
        Label.RETURNED: [70],
        Label.CANCELLED: [-4],
    }
)


class TestStep:
    """What Kaufland makes of the status of an order in the shop."""

    @pytest.mark.parametrize(
        ("units", "current", "status"),
        [
            (["need_to_be_sent"], -1, 26),
            (["sent"], 26, 52),
            (["sent"], None, 52),
            (["returned"], 26, 70),
            (["cancelled"], 70, -4),
            (["sent", "cancelled"], 26, 52),
        ],
    )
    def test_forward(self, units, current, status):
        found = step(TABLE, order_state(units), current=current)
        assert (found.status, found.in_place) == (status, False)

    @pytest.mark.parametrize(
        ("units", "current", "reason"),
        [
            ([], 26, "no units"),
            (["sent", "in_clearance"], 26, "in_clearance, which this version does not know"),
            (["received"], 26, "is Delivered on Kaufland, for which no status is set"),
            (["need_to_be_sent"], 52, "Not Dispatched would be a step back"),
            (["sent", "need_to_be_sent"], 52, "Not Dispatched would be a step back"),
            (["sent"], -4, "is Cancelled in the shop already, Dispatched would be a step back"),
        ],
    )
    def test_or_nothing_with_a_reason(self, units, current, reason):
        found = step(TABLE, order_state(units), current=current)
        assert (found.status, found.in_place) == (None, False)
        assert reason in found.reason

    @pytest.mark.parametrize("current", [52, -3])
    def test_several_statuses_of_the_shop_mean_one_label(self, current):
        """R11: none of them is replaced by another that means the same."""
        found = step(TABLE, order_state(["sent"]), current=current)
        assert (found.status, found.in_place) == (None, True)

    def test_what_was_written_last_counts_too(self):
        """Who moves an order back by hand, or to a status outside the table, is not overruled."""
        sent = order_state(["sent"])
        for current in (26, 99, None):
            assert step(TABLE, sent, current=current, last=Label.DISPATCHED).in_place
            assert step(TABLE, sent, current=current, last=Label.RETURNED).status is None
            assert step(TABLE, order_state(["returned"]), current=current, last=Label.DISPATCHED).status == 70

    def test_a_status_outside_the_table_stays_until_there_is_news(self):
        waits = order_state(["need_to_be_sent"])
        found = step(TABLE, waits, current=99, news=False)
        assert (found.status, found.reason) == (
            None,
            "has a status of its own in the shop, and Kaufland tells nothing new",
        )
        assert step(TABLE, waits, current=99).status == 26
        assert step(TABLE, order_state(["sent"]), current=26, news=False).status == 52

    @given(
        status_maps(),
        st.lists(st.tuples(st.lists(anything, max_size=4), st.booleans()), max_size=12),
        st.none() | st.integers(-99, 999),
    )
    def test_laws(self, table, reads, current):
        """Total; idempotent; and the labels that are written only ever advance, whatever is read."""
        last = None
        for units, news in reads:
            state = order_state(units, autopaid=table.autopaid)
            found = step(table, state, current=current, last=last, news=news)
            assert found.reason
            if found.status is None:
                continue
            assert found.status == shoptet_status(table, state.label) != current
            assert last is None or advances(last, state.label)
            meaning = None if current is None else kaufland_label(table, current)
            assert meaning is None or advances(meaning, state.label)
            current, last = found.status, state.label
            assert step(table, state, current=current, last=last).in_place


def test_the_flags_of_an_order_in_words():
    assert order_state(["open", "sent", "received", "returned", "cancelled"]).parts == (
        "partly dispatched",
        "partly delivered",
        "partly returned",
        "partly cancelled",
    )
    assert order_state(["sent"]).parts == ()
