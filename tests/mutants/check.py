"""Plant bugs, one at a time, in a copy of the package, and see that the tests named for each catch it.

    python tests/mutants/check.py [words that are in the names of some bugs]

A bug is a piece of source text and what stands in its place. A text that is not there any more, or there twice,
stops everything: then the bug has to be planted anew. Tests that fail without any bug stop everything, too.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import kaufland_shoptet

PACKAGE = Path(kaufland_shoptet.__file__).parent
ROOT = Path(__file__).parents[2]
IMPORT, UNITS = "tests/flows/test_import.py", "tests/flows/test_offers.py"


class Bug(NamedTuple):
    """A bug: what it is called, where it goes, the text that it replaces, its own, and who should notice."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


BUGS = (
    Bug(
        "an order is sent again without looking for it",
        "flows/orders.py",
        """
    except OutcomeUnknown:
        if again:
            raise
        code = await _find(imported)
""",
        """
    except OutcomeUnknown:
        if again:
            raise
        code = None
""",
        (IMPORT,),
    ),
    Bug(
        "the first order of the buyer is taken for the one that is looked for",
        "flows/orders.py",
        "            if found.external_code == order.external_code:\n",
        "            if found.external_code:\n",
        (IMPORT,),
    ),
    Bug(
        "no intent before an order is created",
        "flows/orders.py",
        "    await do(shop.ledger.intend, intent)\n    return await _write(shop, change, imported)\n",
        "    made = await _write(shop, change, imported)\n    return made\n",
        (IMPORT,),
    ),
    Bug(
        "the end of an import is not written",
        "flows/orders.py",
        '    await do(shop.ledger.settle, change.subject, "imported", code, await now())\n',
        "",
        (IMPORT,),
    ),
    Bug(
        "what the seller gets is summed instead of what the customer paid",
        "mapping/orders.py",
        "    total = sum(unit.price + unit.shipping_rate for unit in units)\n",
        "    total = sum(unit.revenue_gross for unit in units)\n",
        ("tests/mapping/test_orders.py",),
    ),
    Bug(
        "a unit is left out of its line",
        "mapping/orders.py",
        "units=tuple(unit.id_order_unit for unit in group)",
        "units=tuple(unit.id_order_unit for unit in group[:1])",
        ("tests/mapping/test_orders.py",),
    ),
    Bug(
        "pieces of different prices make one line",
        "mapping/orders.py",
        "        same = (what, unit.price, rates[unit.id_order_unit], unit.unit_condition)\n",
        "        same = (what, rates[unit.id_order_unit], unit.unit_condition)\n",
        ("tests/mapping/test_orders.py",),
    ),
    Bug(
        "a refund is tried again",
        "flows/returns.py",
        "    except OutcomeUnknown as error:\n        raise LedgerError(_unknown(intent)) from error\n",
        "    except OutcomeUnknown:\n        await OrderUnits.refund(number, amount=amount, reason=reason)\n",
        ("tests/flows/test_returns.py",),
    ),
    Bug(
        "the client tries a refund again by itself",
        "kaufland/resources/order_units.py",
        '"/order-units/{id_order_unit}/refund", None, repeat="never"',
        '"/order-units/{id_order_unit}/refund", None, repeat="idempotent"',
        ("tests/flows/test_returns.py",),
    ),
    Bug(
        "a write whose answer is lost is sent again",
        "_core/exchange.py",
        '        case NoAnswer():\n            return request.endpoint.repeat in ("safe", "idempotent")\n',
        "        case NoAnswer():\n            return True\n",
        ("tests/core/test_exchange.py",),
    ),
    Bug(
        "a row that is missing in a 207 counts as done",
        "flows/units.py",
        "        else:\n            unknown.append(change)\n",
        '        else:\n            told[change.id_unit] = outcome(change, "done", str(change.id_unit))\n',
        (UNITS,),
    ),
    Bug(
        "200 with errors counts as whole success",
        "shoptet/api.py",
        "            return Answer(data, problems, _request_id(envelope, reply))\n",
        "            return Answer(data, (), _request_id(envelope, reply))\n",
        ("tests/core/test_shoptet_api.py",),
    ),
    Bug(
        "a request is signed once, not anew for each attempt",
        "kaufland/signing.py",
        "        timestamp = int(self.now().timestamp())\n",
        "        timestamp = sign.__dict__.setdefault(wire.url, int(self.now().timestamp()))\n",
        ("tests/core/test_signing.py",),
    ),
    Bug(
        "a stale read moves a status back",
        "mapping/statuses.py",
        "    if here is not None and not advances(here, there):\n",
        "    if here is Label.CANCELLED:\n",
        ("tests/mapping/test_statuses.py",),
    ),
    Bug(
        "without a coefficient prices are converted one to one",
        "mapping/prices.py",
        "Fraction(self.source == self.target if self.coefficient is None else self.coefficient)",
        "Fraction(1 if self.coefficient is None else self.coefficient)",
        ("tests/mapping/test_prices.py",),
    ),
    Bug(
        "customers get the shop's e-mails",
        "flows/orders.py",
        "        suppress_email_sending=not front.send_emails,\n",
        "        suppress_email_sending=False,\n",
        (IMPORT,),
    ),
    Bug(
        "less than nothing is offered",
        "mapping/offers.py",
        "    return 0 if left < 0 else min(left, rule.cap or MOST)\n",
        "    return min(left, rule.cap or MOST)\n",
        ("tests/mapping/test_offers.py",),
    ),
    Bug(
        "pieces that are sold and not imported yet are offered again",
        "flows/goods.py",
        "                reserved=reserved if front.stock.reserve else {},\n",
        "                reserved={},\n",
        (UNITS,),
    ),
    Bug(
        "the walk goes on past orders that failed",
        "flows/applying.py",
        "    if report.good:\n        for mark in plan.marks:\n",
        "    if report:\n        for mark in plan.marks:\n",
        (IMPORT,),
    ),
    Bug(
        "the walk goes on past orders that could not be read",
        "flows/orders.py",
        "reason=reason, again=not over))\n",
        "reason=reason, again=False))\n",
        (IMPORT,),
    ),
    Bug(
        "a unit is sent without a look at where it is",
        "flows/push.py",
        "    if status is not None and dispatch.reached(act, status):\n",
        "    if status is not None and dispatch.reached(act, status) and False:\n",
        ("tests/flows/test_statuses.py", "tests/proof/test_statuses_kill.py"),
    ),
    Bug(
        "two runs at once both do it",
        "flows/applying.py",
        "LIVING: Final = timedelta(minutes=15)\n",
        "LIVING: Final = timedelta(minutes=-1)\n",
        ("tests/proof/test_rivals.py",),
    ),
    Bug(
        "a webhook is believed whatever its signature",
        "shoptet/webhooks.py",
        "        if not verify(signature, body, signature_key):\n",
        "        if not signature:\n",
        ("tests/shoptet/test_webhooks.py",),
    ),
)


def plant(bug: Bug, package: Path) -> None:
    """Put a bug into a copy.

    Raises:
        LookupError: Its place is not there, or there is more than one.
    """
    file = package / bug.path
    text = file.read_text("utf-8")
    if text.count(bug.old) != 1:
        raise LookupError(f"{bug.name}: {bug.path} has its text {text.count(bug.old)} times, not once")
    file.write_text(text.replace(bug.old, bug.new), "utf-8")


def run(folder: Path, tests: Sequence[str]) -> tuple[int, str]:
    """Run tests on a copy, to the first failure; pytest's verdict and what it printed."""
    env = os.environ | {"PYTHONPATH": str(folder)}
    where = subprocess.run(
        [sys.executable, "-c", "import kaufland_shoptet; print(kaufland_shoptet.__file__)"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if not where.startswith(str(folder)):
        raise LookupError(f"tests would run on {where.strip()}, not on the copy")
    pytest = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=no", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(pytest, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def copied(folder: str) -> Path:
    """A copy of the package in a folder; what is compiled already comes along."""
    shutil.copytree(PACKAGE, Path(folder, PACKAGE.name))
    return Path(folder)


def main() -> int:
    """Print which test caught which bug; 1 if one was not caught."""
    words = [word.lower() for word in sys.argv[1:]]
    chosen = [bug for bug in BUGS if all(word in bug.name for word in words)]
    with tempfile.TemporaryDirectory() as folder:
        code, told = run(copied(folder), sorted({test for bug in chosen for test in bug.tests}))
        if code != 0:
            print(told)
            raise SystemExit("the tests fail without any bug")
    missed = 0
    for bug in chosen:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            copy = copied(folder)
            plant(bug, copy / PACKAGE.name)
            code, told = run(copy, bug.tests)
        caught = re.search(r"^FAILED (\S+::\S+)", told, re.MULTILINE)
        if code == 1 and caught:
            verdict = caught[1]
        else:
            missed += 1
            verdict = f"NOT CAUGHT (pytest says {code})\n{told if code not in (0, 1) else ''}"
        print(f"{bug.name}\n    {bug.path}: {verdict}, {time.perf_counter() - began:.0f} s", flush=True)
    print(f"\n{len(chosen) - missed} of {len(chosen)} bugs were caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
