"""What a status of the shop makes Kaufland's units do, and with which parcel."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet.errors import SettingsError
from kaufland_shoptet.kaufland.resources.order_units import OrderUnitCancelReason
from kaufland_shoptet.mapping.dispatch import (
    CANCEL_REASONS,
    DispatchRules,
    Parcel,
    Shipped,
    Waiting,
    check,
    decide,
    parcel,
    reached,
    shortage,
    tracking,
    verb,
)
from kaufland_shoptet.mapping.statuses import Label, label
from kaufland_shoptet.settings import Settings

GUID = "8921cdc1-051b-11e5-a8d3-ac162d8a2454"
CARRIERS = ("Czech Post", "DPD", "DPD Czech Republic", "GLS", "Other", "PPL", "Packeta", "Slovakia Post")
KNOWN = (
    "open",
    "need_to_be_sent",
    "sent",
    "sent_and_autopaid",
    "received",
    "returned",
    "returned_paid",
    "cancelled",
)
EAGER = DispatchRules(fulfil=True, cancel=True, cancel_reason="NoInventory")
PARCEL = Parcel(numbers=("1",), carrier="PPL")
NONE_YET = Waiting(reason="no number yet")


def shipped(status: str, *numbers: str, service: str | None = None) -> Shipped:
    return Shipped(status=status, numbers=numbers, service=service)


class TestTracking:
    @pytest.mark.parametrize(
        ("note", "numbers"),
        [
            (None, ()),
            ("", ()),
            ("  ", ()),
            ("4150123", ("4150123",)),
            ("4150123,4150124", ("4150123", "4150124")),
            ("4150123; 4150124\n4150125", ("4150123", "4150124", "4150125")),
            ("4150123, 4150123,", ("4150123",)),
        ],
    )
    def test_several_numbers_stand_in_the_notes(self, note, numbers):
        assert tracking(note) == numbers

    def test_the_notes_come_before_the_shipments(self):
        assert tracking("1", [shipped("created", "2")]) == ("1",)

    def test_the_newest_live_shipment_counts(self):
        dead = [shipped(each, "9") for each in ("canceled", "cancel_requested", "deleted", "request_failed")]
        assert tracking(None, [shipped("created", "1"), shipped("in_transit", "2", "3"), *dead]) == ("2", "3")
        assert tracking(None, dead) == ()
        assert tracking(None, [shipped("created", "1"), shipped("requested")]) == ()

    @given(
        st.lists(st.from_regex(r"[0-9A-Z]{1,12}", fullmatch=True), unique=True),
        st.sampled_from([",", ";", " "]),
    )
    def test_what_kaufland_gets_are_the_numbers_joined_by_commas(self, numbers, between):
        assert Parcel(numbers=tracking(between.join(numbers)), carrier="PPL").tracking == ",".join(numbers)


class TestParcel:
    def test_the_carrier_is_the_merchants_word_for_what_the_order_ships_by(self):
        rules = DispatchRules(carriers={GUID.upper(): "PPL", "Zasilkovna": "Packeta"})
        assert parcel(rules, note="1", methods=[GUID, "zasilkovna"]).carrier == "PPL"
        assert parcel(rules, note="1", methods=[None, "zasilkovna"]).carrier == "Packeta"

    def test_the_service_of_the_shipment_tells_most(self):
        rules = DispatchRules(carriers={GUID: "PPL", "dpd-classic": "DPD"})
        shipments = [shipped("created", "1", service="dpd-classic")]
        assert parcel(rules, note=None, shipments=shipments, methods=[GUID]) == Parcel(
            numbers=("1",), carrier="DPD"
        )
        assert parcel(rules, note="2", shipments=shipments, methods=[GUID]).carrier == "PPL"

    @pytest.mark.parametrize(
        ("methods", "told"), [([GUID, "ppl"], f"{GUID} or ppl"), ([None], "an order without")]
    )
    def test_without_a_carrier_the_setting_to_complete_is_named(self, methods, told):
        found = parcel(DispatchRules(), note="1", methods=methods, key="storefront.cz.dispatch")
        assert isinstance(found, Waiting)
        assert told in found.reason
        assert "storefront.cz.dispatch.carriers" in found.reason

    def test_without_a_number_it_waits(self):
        assert parcel(DispatchRules(), note=None, waited=timedelta(days=99)) == Waiting(
            reason="there is no tracking number yet"
        )

    @pytest.mark.parametrize(("hours", "sent"), [(0, False), (47, False), (48, True), (None, True)])
    def test_or_is_reported_as_other_after_a_while(self, hours, sent):
        rules = DispatchRules(without_tracking="other", wait_hours=48)
        waited = None if hours is None else timedelta(hours=hours)
        found = parcel(rules, note=" ", waited=waited)
        assert isinstance(found, Parcel) is sent
        if sent:
            assert (found.tracking, found.carrier) == ("", "Other")


class TestDecide:
    """R9: what a label makes of a unit; what cannot act is a no-op with its reason."""

    @pytest.mark.parametrize(
        ("status", "wanted", "action"),
        [
            ("open", Label.NOT_DISPATCHED, "fulfil"),
            ("need_to_be_sent", Label.DISPATCHED, "send"),
            ("open", Label.CANCELLED, "cancel"),
            ("need_to_be_sent", Label.CANCELLED, "cancel"),
        ],
    )
    def test_what_a_seller_can_do(self, status, wanted, action):
        assert decide(status, wanted, EAGER, PARCEL).action == action

    def test_and_nothing_else(self):
        acting = {
            (status, wanted)
            for status in (*KNOWN, "in_clearance")
            for wanted in Label
            if decide(status, wanted, EAGER, PARCEL).action
        }
        assert len(acting) == 4

    @pytest.mark.parametrize(
        ("status", "wanted", "reason"),
        [
            ("need_to_be_sent", Label.PENDING, "Kaufland does not let a seller set Pending"),
            ("sent", Label.DELIVERED, "Kaufland does not let a seller set Delivered"),
            (
                "need_to_be_sent",
                Label.DELIVERED,
                "Kaufland does not let a seller set Delivered, and it still waits to be sent there",
            ),
            ("received", Label.RETURNED, "Kaufland does not let a seller set Returned"),
            ("received", Label.DELIVERED, "Delivered on Kaufland already"),
            ("open", Label.PENDING, "Pending on Kaufland already"),
            ("sent", Label.NOT_DISPATCHED, "Dispatched on Kaufland already"),
            ("returned", Label.DISPATCHED, "sent already"),
            ("cancelled", Label.DISPATCHED, "cancelled on Kaufland: it is not to be sent"),
            ("cancelled", Label.CANCELLED, "cancelled already"),
            ("received", Label.CANCELLED, "sent already: it can only come back as a return"),
            (
                "in_clearance",
                Label.DISPATCHED,
                "Kaufland calls it in_clearance, which this version does not know",
            ),
        ],
    )
    def test_a_no_op_says_why(self, status, wanted, reason):
        found = decide(status, wanted, EAGER, PARCEL)
        assert (found.action, found.reason, found.again) == (None, reason, False)

    def test_what_is_switched_off_is_not_done(self):
        lazy = DispatchRules(cancel_reason="NoInventory")
        assert decide("open", Label.NOT_DISPATCHED, lazy, PARCEL).reason.startswith("open: ")
        found = decide("need_to_be_sent", Label.CANCELLED, lazy, PARCEL)
        assert (found.action, found.again) == (None, False)
        assert "cancelling is switched off" in found.reason

    def test_what_has_to_wait_is_looked_at_again(self):
        assert decide("need_to_be_sent", Label.DISPATCHED, EAGER, NONE_YET).again
        found = decide("open", Label.DISPATCHED, EAGER, PARCEL)
        assert (found.action, found.again) == (None, True)

    @given(
        st.sampled_from(KNOWN) | st.text(),
        st.sampled_from(Label),
        st.builds(
            DispatchRules,
            fulfil=st.booleans(),
            cancel=st.booleans(),
            cancel_reason=st.sampled_from(CANCEL_REASONS),
        ),
        st.sampled_from([PARCEL, NONE_YET]),
    )
    def test_laws(self, status, wanted, rules, what):
        """Total; forward only; and what was done is not to be done again, nor undone."""
        found = decide(status, wanted, rules, what)
        assert found.reason
        if found.action is None:
            return
        assert not found.again
        assert found.action == verb(wanted)
        assert not reached(found.action, status)
        after = {"fulfil": "need_to_be_sent", "send": "sent", "cancel": "cancelled"}[found.action]
        order = list(Label)
        assert order.index(label(status)) < order.index(label(after))
        assert label(after) is wanted
        assert reached(found.action, after)
        assert decide(after, wanted, rules, what).action is None


class TestRules:
    def refusal(self, **rules):
        with pytest.raises(SettingsError) as caught:
            DispatchRules(**rules)
        return str(caught.value)

    def test_the_reasons_are_those_of_the_document(self):
        assert set(CANCEL_REASONS) == {reason.value for reason in OrderUnitCancelReason}

    def test_nothing_is_cancelled_unless_asked_for_with_a_reason(self):
        assert not DispatchRules().cancel
        assert "cancel_reason: is missing. Units are cancelled" in self.refusal(cancel=True)
        assert "Is NoInventory meant?" in self.refusal(cancel_reason="no inventory")
        assert "Write one of BuyerCancelled" in self.refusal(cancel_reason="?!")

    def test_values(self):
        assert "without_tracking: 'never' is unknown" in self.refusal(without_tracking="never")
        assert "wait_hours: 721 is out of range" in self.refusal(wait_hours=721)

    @pytest.mark.parametrize("name", ["", " ", "<name of the carrier>"])
    def test_carriers_have_names(self, name):
        assert "carriers.ppl: names no carrier" in self.refusal(carriers={"ppl": name})
        assert "names no carrier" in self.refusal(carriers={name.strip(" <>") and " ": "PPL", "": "PPL"})

    def test_case_does_not_make_another_key(self):
        assert "carriers.PPL: is the same as ppl" in self.refusal(carriers={"ppl": "PPL", "PPL": "DPD"})

    def test_in_a_file(self):
        section = """
            [shop]
            name = "x"
            [ledger]
            path = "x"
            [storefront.cz]
            push_statuses = true
            [storefront.cz.dispatch]
            cancel = true
            """
        with pytest.raises(SettingsError, match=r"storefront\.cz\.dispatch\.cancel_reason: is missing"):
            Settings.loads(section)
        rules = Settings.loads(section + 'cancel_reason = "NoInventory"\ncarriers = { ppl = "PPL" }')
        assert rules.storefront("cz").dispatch == DispatchRules(
            cancel=True, cancel_reason="NoInventory", carriers={"ppl": "PPL"}
        )


class TestCheck:
    def test_exact_names_pass(self):
        rules = DispatchRules(carriers={"ppl": "PPL", GUID: "DPD Czech Republic"}, without_tracking="other")
        assert check(rules, CARRIERS, key="dispatch") == ()

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("ppl", "Write the exact name: PPL?"),
            ("DPD_CZ", "Write the exact name: DPD"),
            ("DPD Czech", "DPD Czech Republic"),
            ("Zásilkovna", "Write the exact name: Packeta?"),
            ("Balíkovna na adresu", "Write the exact name: Czech Post"),
            ("Slovenská pošta", "Slovakia Post"),
            ("Xyz", "Choose one of: Czech Post, DPD"),
        ],
    )
    def test_others_are_errors_with_the_nearest_names(self, name, told):
        (found,) = check(DispatchRules(carriers={"x": name}), CARRIERS, key="storefront.cz.dispatch")
        assert (found.severity, found.key) == ("error", "storefront.cz.dispatch.carriers.x")
        assert repr(name) in found.problem
        assert told in found.remedy

    def test_the_carrier_that_needs_no_number_has_to_exist_too(self):
        (found,) = check(DispatchRules(without_tracking="other"), ["PPL"], key="dispatch")
        assert found.key == "dispatch.without_tracking"
        (found,) = check(DispatchRules(carriers={"x": "y"}), [], key="dispatch")
        assert found.remedy == "Choose one of: none."

    def test_keys_that_nothing_goes_by_are_told(self):
        rules = DispatchRules(carriers={"PPL": "PPL", "pll": "PPL"})
        (found,) = check(rules, CARRIERS, key="dispatch", known={GUID: "Kaufland", "ppl": "PPL"})
        assert (found.severity, found.key) == ("warning", "dispatch.carriers.pll")


def test_what_the_shop_has_is_held_against_what_kaufland_waits_for():
    lines = [
        ("product", Decimal(2)),
        ("shipping", Decimal(1)),
        ("product-set-item", Decimal(9)),
        ("gift", None),
    ]
    assert shortage(lines, 2) == ""
    assert shortage([*lines, ("generic-item", Decimal(1))], 3) == ""
    assert shortage(lines, 3).startswith("has 2 pieces in the shop, and Kaufland waits for 3: ")
    assert shortage([("product", None)], 1).startswith("has 0 pieces")
