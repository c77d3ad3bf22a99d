from __future__ import annotations

import copy
import pickle

import pytest
from attrs import frozen

from kaufland_shoptet import UNSET, Unset
from kaufland_shoptet._core.values import FoldedStrEnum, Model, OpenIntEnum, OpenStrEnum


class Colour(OpenStrEnum):
    RED = "red"
    GREEN = "green"


class Step(OpenIntEnum):
    CART = 0
    DELIVERY = 1


class Country(FoldedStrEnum):
    CZ = "cz"
    SK = "sk"


@frozen(kw_only=True)
class Point(Model):
    x: int
    y: int = 0


def again(value):
    """The same after a trip through pickle."""
    return pickle.loads(pickle.dumps(value))


def test_unset_is_one_false_value_that_says_its_name():
    assert not UNSET
    assert repr(UNSET) == str(UNSET) == "UNSET"
    assert again(UNSET) is copy.deepcopy(UNSET) is UNSET is Unset.UNSET


@pytest.mark.parametrize(("kind", "value"), [(Colour, "red"), (Step, 1), (Country, "cz")])
def test_a_known_value_is_its_member(kind, value):
    assert kind(value) in list(kind)
    assert kind(value).known
    assert again(kind(value)) is copy.deepcopy(kind(value)) is kind(value)


@pytest.mark.parametrize(("kind", "value"), [(Colour, "mauve"), (Step, 7), (Country, "xk")])
def test_an_unknown_value_is_kept_as_it_came(kind, value):
    unknown = kind(value)
    assert unknown.value == value
    assert unknown == value
    assert not unknown.known
    assert unknown.name == str(value)
    assert unknown not in list(kind)


@pytest.mark.parametrize(("kind", "value"), [(Colour, "mauve"), (Step, 7), (Country, "xk")])
def test_an_unknown_value_behaves_like_a_member(kind, value):
    unknown = kind(value)
    assert unknown == kind(value)
    assert hash(unknown) == hash(kind(value)) == hash(value)
    assert {unknown: "found"}[kind(value)] == "found"
    for twin in (again(unknown), copy.copy(unknown), copy.deepcopy(unknown)):
        assert twin == unknown
        assert type(twin) is kind
        assert not twin.known
    assert repr(unknown) == f"{kind.__name__}({value!r})"


def test_an_open_number_is_a_number():
    assert Step(7) + 1 == 8
    assert repr(Step.CART) == "Step(0)"


def test_case_is_folded_where_it_means_nothing():
    assert Country("CZ") is Country.CZ
    assert Country("Xk") == Country("xK") == "xk"
    assert Country("XK").value == "xk"


@pytest.mark.parametrize(
    ("kind", "value"), [(Colour, 1), (Colour, None), (Step, "1"), (Step, 1.5), (Country, 3), (Country, None)]
)
def test_values_of_another_type_are_refused(kind, value):
    with pytest.raises(ValueError, match="is not a valid"):
        kind(value)


def test_models_are_frozen_and_compared_by_value():
    point = Point(x=1)
    assert point == Point(x=1, y=0)
    assert hash(point) == hash(Point(x=1))
    with pytest.raises(AttributeError):
        point.x = 2


def test_unknown_keys_of_a_model_do_not_count_in_comparisons_and_are_not_printed():
    assert Point(x=1, extra={"z": 3}) == Point(x=1)
    assert repr(Point(x=1, extra={"z": 3})) == "Point(x=1, y=0)"


def test_models_without_unknown_keys_share_an_empty_mapping_that_stays_empty():
    nothing = Point(x=1).extra
    assert nothing == {}
    assert again(Point(x=1)).extra is copy.deepcopy(Point(x=1)).extra is nothing
    with pytest.raises(TypeError, match="a model does not change"):
        nothing["z"] = 3
    with pytest.raises(TypeError):
        nothing.update(z=3)
    with pytest.raises(TypeError):
        nothing.setdefault("z", 3)
    with pytest.raises(TypeError):
        nothing |= {"z": 3}
    assert Point(x=1).extra == {}
