"""What the modules of the flows and of notifications show is what their __all__ says."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import kaufland_shoptet.flows

MODULES = [
    *(f"flows.{module.name}" for module in pkgutil.iter_modules(kaufland_shoptet.flows.__path__)),
    "description",
    "kaufland.notifications",
    "shoptet.webhooks",
]


@pytest.mark.parametrize("name", MODULES)
def test_dir_is_all(name):
    module = importlib.import_module(f"kaufland_shoptet.{name}")
    if "__all__" in vars(module) and "__dir__" in vars(module):
        assert dir(module) == sorted(module.__all__)
        assert all(hasattr(module, each) for each in module.__all__)
