from __future__ import annotations

import pytest

from .documents import vendors


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "vendor" in metafunc.fixturenames:
        found = vendors()
        missing = pytest.mark.skip(reason="KAUFLAND_OPENAPI and SHOPTET_OPENAPI are not set")
        metafunc.parametrize("vendor", found or [pytest.param(None, marks=missing)], ids=str)
