"""Models as rows of plain values, and as tables for a notebook."""

from decimal import Decimal

from attrs import field, frozen

from kaufland_shoptet import UNSET, Model, Sandbox, Unset, flat
from kaufland_shoptet._core.values import OpenStrEnum
from kaufland_shoptet.sandbox.sdk import demo_settings


class Colour(OpenStrEnum):
    RED = "red"


@frozen(kw_only=True)
class Owner(Model):
    name: str = field(repr=False)
    country: str


@frozen(kw_only=True)
class Kettle(Model):
    colour: Colour
    price: Decimal | None = None
    owner: Owner | None = None
    parts: tuple[Owner, ...] | Unset = UNSET
    eans: tuple[str, ...] = ()


JANA = Owner(name="Jana", country="CZ")


def test_what_is_nested_stands_beside_the_rest():
    kettle = Kettle(colour=Colour("blue"), price=Decimal("1.50"), owner=JANA, eans=("1", "2"), extra={"a": 1})
    assert flat(kettle) == {
        "colour": "blue",
        "price": Decimal("1.50"),
        "owner.country": "CZ",
        "parts": None,
        "eans": ("1", "2"),
    }


def test_buyers_data_come_only_when_they_are_asked_for():
    kettle = Kettle(colour=Colour.RED, owner=JANA, parts=(JANA,))
    assert flat(kettle)["parts"] == ({"country": "CZ"},)
    assert flat(kettle, personal=True)["owner.name"] == "Jana"
    assert flat(kettle, personal=True)["parts"] == ({"name": "Jana", "country": "CZ"},)


def test_a_notebook_shows_a_model_as_a_table():
    shown = Kettle(colour=Colour("<b>"), owner=JANA, parts=(JANA, JANA), eans=("1", "2"))._repr_html_()
    assert "<caption>Kettle</caption>" in shown
    assert "<td>colour</td><td>&lt;b&gt;</td>" in shown
    assert "<td>parts</td><td>2 rows</td>" in shown
    assert "<td>eans</td><td>1, 2</td>" in shown
    assert "price" not in shown
    assert "Jana" not in shown
    assert "<td>1 row</td>" in Kettle(colour=Colour.RED, parts=(JANA,))._repr_html_()


def test_a_notebook_shows_settings_as_their_description():
    settings = demo_settings()
    assert settings._repr_html_() == settings.describe()._repr_html_()


def test_an_order_shows_no_buyer():
    order = Sandbox.demo("packeta").kaufland_client().orders.get("MPK4T09", embedded=["delivery"])
    assert "shipping_address.country" in order._repr_html_()
    for told in (order._repr_html_(), repr(flat(order))):
        assert not any(each in told for each in (order.buyer.email, order.shipping_address.last_name))
    assert flat(order, personal=True)["shipping_address.last_name"] == order.shipping_address.last_name
