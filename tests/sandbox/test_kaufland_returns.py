"""Issue part 6 in the sandbox: returns and return units as a seller meets them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaufland_shoptet.sandbox.kaufland.desk import Message
from kaufland_shoptet.sandbox.kaufland.tables import BY_KAUFLAND


def begin(sandbox, id_order="MST2R16", **how):
    pieces = sandbox.kaufland.orders[id_order].pieces
    return sandbox.kaufland.begin_return(*(piece.id for piece in pieces), **how)


def arrived(sandbox, id_order="MST2R16", **how):
    parcel = begin(sandbox, id_order, **how)
    sandbox.kaufland.ship_return(parcel.id)
    sandbox.kaufland.receive_return(parcel.id)
    return parcel


def problem(answer):
    return answer.status, answer.json()["type"].removeprefix("/problems/")


# -- reading ---------------------------------------------------------------------------------------------


def test_a_return_goes_its_way(sandbox, seller):
    parcel = begin(sandbox, reason="defect", note="the handle")
    row = seller.data(f"/returns/{parcel.id}")
    assert (row["status"], row["tracking_provider"]) == ("label_generated", "DHL")
    assert "return_units" not in row
    sandbox.clock.advance(3600)
    sandbox.kaufland.ship_return(parcel.id)
    assert seller.data(f"/returns/{parcel.id}")["status"] == "package_sent"
    sandbox.kaufland.receive_return(parcel.id)
    (row,) = seller.data("/returns", status="package_received", tracking_code=parcel.code)
    assert row["ts_updated_iso"] > row["ts_created_iso"]
    whole = seller.data(f"/returns/{parcel.id}", embedded=["buyer", "return_units"])
    assert whole["buyer"]["email"].endswith("@kaufland-marktplatz.de")
    (unit,) = whole["return_units"]
    assert (unit["status"], unit["reason"], unit["note"]) == ("return_arrived", "defect", "the handle")


def test_without_a_label_there_is_nothing_to_follow(sandbox, seller):
    parcel = begin(sandbox, label=False)
    row = seller.data(f"/returns/{parcel.id}")
    assert (row["status"], row["tracking_provider"], row["tracking_code"]) == ("return_requested", None, None)


def test_lists_are_filtered_and_sorted(sandbox, seller):
    first = begin(sandbox)
    sandbox.clock.advance(60)
    second = begin(sandbox, "MD4K9P2")
    sandbox.clock.advance(60)
    sandbox.kaufland.ship_return(first.id)

    def ids(**query):
        return [row["id_return"] for row in seller.data("/returns", **query)]

    assert ids() == [second.id, first.id]
    assert ids(sort="ts_updated:desc") == [first.id, second.id]
    assert ids(storefront="de") == [second.id]
    assert ids(ts_created_from_iso="2026-09-01T08:00:30Z") == [second.id]
    assert ids(ts_updated_from_iso="2026-09-01T08:01:30Z") == [first.id]
    assert ids(tracking_code="nothing") == []
    assert ids(fulfillment_type=BY_KAUFLAND) == []
    units = seller.data("/return-units", storefront="de")
    assert [unit["id_return"] for unit in units] == [second.id]
    assert seller.data("/return-units", status="return_closed") == []
    sandbox.kaufland.turn(first.units[0], "return_arrived")
    newest = seller.data("/return-units", sort="ts_updated:desc")[0]
    assert newest["id_return"] == first.id
    assert "ts_updated_iso" not in newest


@pytest.mark.parametrize(("follows", "found"), [(False, 0), (True, 1)])
def test_whether_a_return_changes_with_its_units_is_not_known(make, seller_of, follows, found):
    sandbox = make(return_follows_its_units=follows)
    parcel = begin(sandbox)
    sandbox.clock.advance(60)
    sandbox.kaufland.turn(parcel.units[0], "return_arrived")
    rows = seller_of(sandbox).data("/returns", ts_updated_from_iso="2026-09-01T08:00:30Z")
    assert len(rows) == found


def test_one_unit_with_its_parts(sandbox, seller):
    parcel = begin(sandbox)
    unit = parcel.units[0]
    row = seller.data(f"/return-units/{unit.id}", embedded=["order_unit", "tickets"])
    assert row["return"]["id_return"] == parcel.id
    assert (row["order_unit"]["id_order"], row["tickets"]) == ("MST2R16", [])
    plain = seller.data(f"/return-units/{unit.id}")
    assert "order_unit" not in plain
    assert plain["return"]["status"] == "label_generated"
    piece = seller.data(f"/order-units/{unit.order_unit}", embedded="return_unit")
    assert piece["return_unit"]["id_return_unit"] == unit.id
    other = sandbox.kaufland.orders["MA1B2C3"].pieces[0].id
    assert seller.data(f"/order-units/{other}", embedded="return_unit")["return_unit"] is None


@pytest.mark.parametrize("path", ["/returns/1", "/return-units/1"])
def test_what_is_not_there(seller, path):
    assert problem(seller.get(path)) == (404, "not-found")
    assert problem(seller.get(path[:-1] + "x")) == (400, "validation-error")


# -- decisions -------------------------------------------------------------------------------------------


def test_accepted_returned_paid_back(sandbox, seller):
    unit = arrived(sandbox).units[0]
    assert seller("PATCH", f"/return-units/{unit.id}/accept").status == 204
    assert unit.status == "return_accepted"
    assert sandbox.kaufland.pieces[unit.order_unit].status == "returned"
    assert problem(seller("PATCH", f"/return-units/{unit.id}/accept")) == (403, "returns/unit-wrong-status")
    sandbox.clock.advance(timedelta(days=1))
    assert unit.status == "return_closed"
    assert sandbox.kaufland.pieces[unit.order_unit].status == "returned_paid"


def test_accepted_by_itself_after_three_working_days(sandbox):
    """The sandbox begins on a Tuesday; a parcel of Thursday is accepted on the next Tuesday."""
    sandbox.clock.advance(timedelta(days=2))
    unit = arrived(sandbox).units[0]
    sandbox.clock.advance(timedelta(days=5) - timedelta(seconds=1))
    assert unit.status == "return_arrived"
    sandbox.clock.advance(1)
    assert unit.status == "return_accepted"


def test_what_was_decided_is_not_accepted_by_itself(sandbox, seller):
    unit = arrived(sandbox).units[0]
    assert seller("PATCH", f"/return-units/{unit.id}/reject", {"message": "It is broken."}).status == 204
    sandbox.clock.advance(timedelta(days=9))
    assert unit.status == "return_rejected"
    sandbox.kaufland.close_return(unit.id)
    assert unit.status == "return_closed"


def test_clarified_then_repaired_then_accepted(sandbox, seller):
    unit = arrived(sandbox).units[0]
    path = f"/return-units/{unit.id}"
    assert seller("PATCH", path + "/clarify", {"message": "Where is the charger?"}).status == 204
    assert sandbox.kaufland.messages == [Message(unit.id, "Where is the charger?")]
    assert problem(seller("PATCH", path + "/clarify", {"message": "x"}))[0] == 403
    assert seller("PATCH", path + "/repair").status == 204
    assert unit.status == "return_in_repair"
    assert seller("PATCH", path + "/accept").status == 204


def test_nothing_is_decided_before_the_parcel_is_there(sandbox, seller):
    unit = begin(sandbox).units[0]
    assert problem(seller("PATCH", f"/return-units/{unit.id}/accept")) == (403, "returns/unit-wrong-status")


def test_what_kaufland_dispatched_it_takes_back_itself(sandbox, seller):
    unit = arrived(sandbox).units[0]
    sandbox.kaufland.orders["MST2R16"].fulfillment = BY_KAUFLAND
    assert problem(seller("PATCH", f"/return-units/{unit.id}/accept")) == (403, "forbidden")


def test_a_message_is_needed(sandbox, seller):
    unit = arrived(sandbox).units[0]
    assert problem(seller("PATCH", f"/return-units/{unit.id}/reject", {})) == (400, "validation-error")


def test_the_client_reads_them(sandbox):
    unit = arrived(sandbox).units[0]
    kaufland = sandbox.kaufland_client()
    kaufland.return_units.accept(unit.id)
    assert kaufland.return_units.get(unit.id).return_.status == "package_received"
    assert [row.id_return_unit for row in kaufland.return_units.list()] == [unit.id]
    assert (
        kaufland.returns.get(unit.parcel, embedded=["return_units"]).return_units[0].id_return_unit == unit.id
    )
