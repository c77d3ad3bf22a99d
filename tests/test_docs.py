"""Every example in the README and in docstrings runs and shows what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import kaufland_shoptet

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
PAGES = [page for name in ("README.md",) if (page := Path(name)).exists()]
MODULES = [
    module.name
    for module in pkgutil.walk_packages(kaufland_shoptet.__path__, "kaufland_shoptet.")
    if ".resources." not in module.name and "._generate" not in module.name and "__main__" not in module.name
]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_page(page):
    result = doctest.testfile(str(page.resolve()), module_relative=False, optionflags=FLAGS)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("name", ["kaufland_shoptet", *MODULES])
def test_module(name):
    module = importlib.import_module(name)
    assert not doctest.testmod(module, optionflags=FLAGS).failed
    assert module.__doc__, "every module says what it is"
