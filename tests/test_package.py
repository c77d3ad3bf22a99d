"""What the package shows at its top, and what importing it costs."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import kaufland_shoptet
from kaufland_shoptet import KAUFLAND, SHOPTET, Kaufland, Shoptet


def test_all_is_complete_and_what_tab_completion_shows():
    assert dir(kaufland_shoptet) == sorted(kaufland_shoptet.__all__)
    assert len(set(kaufland_shoptet.__all__)) == len(kaufland_shoptet.__all__)
    for name in kaufland_shoptet.__all__:
        assert getattr(kaufland_shoptet, name) is not None


def test_version_is_the_installed_one():
    assert kaufland_shoptet.__version__.count(".") == 2


@pytest.mark.parametrize(
    "name", ["kaufland_shoptet", "kaufland_shoptet.kaufland", "kaufland_shoptet.shoptet"]
)
def test_an_unknown_name_is_an_attribute_error(name):
    module = importlib.import_module(name)
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        module.nope  # noqa: B018
    assert "Orders" in dir(module) or name == "kaufland_shoptet"


LAZY = """
import sys
import kaufland_shoptet
from kaufland_shoptet import Kaufland, Shoptet
kaufland, shoptet = Kaufland("k" * 32, "s" * 64), Shoptet("t" * 38)
def loaded(): return {name.rpartition(".")[2] for name in sys.modules if name.startswith("kaufland_shoptet") and ".resources." in name}
assert loaded() <= {"_operations"}, loaded()
for heavy in ("rich", "pygments", "click", "kaufland_shoptet.ledger", "kaufland_shoptet.settings", "dateutil", "tenacity"):
    assert heavy not in sys.modules, heavy
settings = kaufland_shoptet.Settings.loads("shop.name = 'x'\\nledger.path = 'x.sqlite'")
kaufland_shoptet.Bridge(kaufland, shoptet, settings, ledger="somebody's own")
assert "kaufland_shoptet.ledger" not in sys.modules
kaufland.order_units
assert "order_units" in loaded() and "reports" not in loaded()
shoptet.orders
assert "products" not in loaded()
"""


def test_resources_load_when_touched():
    subprocess.run([sys.executable, "-W", "error", "-c", LAZY], check=True)


@pytest.mark.parametrize(("api", "client", "count"), [(KAUFLAND, Kaufland, 119), (SHOPTET, Shoptet, 328)])
def test_every_operation_is_reachable_by_attribute_and_as_a_value(api, client, count):
    assert len(api.operations) == count
    assert len({operation.vendor_id for operation in api.operations}) == count
    assert len({(operation.resource, operation.name) for operation in api.operations}) == count
    bound = client("k" * 38) if client is Shoptet else client("k" * 32, "s" * 64)
    for operation in api.operations:
        method = getattr(getattr(bound, operation.resource), operation.name)
        assert callable(method)
        assert callable(operation.build)
        endpoint = operation.declared.endpoint
        assert (endpoint.vendor_id, endpoint.method, endpoint.route) == (
            operation.vendor_id,
            operation.method,
            operation.route,
        )
        assert endpoint.repeat == operation.repeat
        assert method.__doc__, f"{operation} is documented"
        first = method.__doc__.splitlines()[0]
        assert first.endswith("."), operation
        assert f"``{operation.method} {operation.route}``" in method.__doc__, operation
    bound.close()


MODULES = [
    module.name
    for module in pkgutil.walk_packages(kaufland_shoptet.__path__, "kaufland_shoptet.")
    if ".resources" not in module.name and "._generate" not in module.name
]


@pytest.mark.parametrize("name", MODULES)
def test_tab_completion_shows_what_is_public(name):
    module = importlib.import_module(name)
    if "__dir__" in vars(module) and hasattr(module, "__all__"):
        assert dir(module) == sorted(module.__all__)


def test_httpx_may_have_been_imported_before():
    code = "import httpx, kaufland_shoptet._http, sys; assert sys.modules['httpx'] is httpx"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
