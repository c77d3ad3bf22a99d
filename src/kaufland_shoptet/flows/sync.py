"""Everything that the settings switch on, one flow after the other, with one report: ``bridge.sync()``.

Each flow plans and applies before the next one plans, in the order of :data:`.table.FLOWS`. A flow that fails
does not stop the others: what it would have done, the next run does.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar

from attrs import evolve, field, frozen

from .._core.flows import now
from .._tables import html_table, text_table
from ..errors import KauflandShoptetError
from .plans import Plan, Report, flatten
from .shop import Shop
from .steps import named
from .table import FLOWS, Entry, entry

__all__ = ["SyncReport", "Synced", "synchronise"]


def __dir__() -> list[str]:
    return __all__


@frozen(kw_only=True)
class Synced:
    """What came of one flow.

    Attributes:
        flow: Its name.
        plan: What it would write; ``None`` if it could not even plan.
        report: What came of that; ``None`` if nothing was to be written.
        left: How many changes a limit left to the next run.
        error: Why it stopped, if it did.
    """

    flow: str
    plan: Plan | None = None
    report: Report | None = None
    left: int = 0
    error: KauflandShoptetError | None = field(default=None, eq=False)

    @property
    def good(self) -> bool:
        """Whether it came to its end, and everything that it tried is in place."""
        return self.error is None and (self.report is None or self.report.good)

    @property
    def written(self) -> int:
        """How many changes were tried."""
        return len(self.report.outcomes) if self.report else 0

    @property
    def _row(self) -> tuple[str, ...]:
        done = sum(outcome.good for outcome in self.report.outcomes) if self.report else 0
        counts = {
            "planned": len(self.plan.changes) if self.plan else 0,
            "in place": done,
            "not": self.written - done,
            "left": self.left,
            "skipped": len(self.plan.skips) if self.plan else 0,
        }
        told = flatten(self.error) if self.error else ""
        return self.flow, *(str(number) if number else "" for number in counts.values()), told


@frozen(kw_only=True)
class SyncReport:
    """What came of everything that is switched on, in the order in which it was done.

    Attributes:
        shop: The shop.
        made: When the run began.
        flows: What came of each flow.
        dry_run: Whether it was only planned, and nothing was written.
    """

    shop: str
    made: datetime
    flows: tuple[Synced, ...]
    dry_run: bool = False

    _columns: ClassVar = ("", "planned", "in place", "not in place", "left", "skipped", "what went wrong")

    @property
    def good(self) -> bool:
        """Whether every flow came to its end, and everything that was tried is in place."""
        return all(each.good for each in self.flows)

    def __bool__(self) -> bool:
        """Whether there was anything to do."""
        return any(each.plan for each in self.flows)

    @property
    def title(self) -> str:
        """One line that sums it up."""
        bad = [each.flow for each in self.flows if not each.good]
        what = "What a synchronisation would do" if self.dry_run else "Synchronisation"
        end = f"not good: {', '.join(bad)}" if bad else "all is well"
        return f"{what}, {self.made:%Y-%m-%d %H:%M}, {self.shop}: {end if self.flows else 'nothing is on'}"

    @property
    def _rows(self) -> list[tuple[str, ...]]:
        return [each._row for each in self.flows]

    @property
    def _details(self) -> list[Plan | Report]:
        """What would be written; or reports with something that is not in place."""
        if self.dry_run:
            return [each.plan for each in self.flows if each.plan]
        return [each.report for each in self.flows if each.report and not each.report.good]

    def __str__(self) -> str:
        return "\n\n".join([text_table(self.title, self._columns, self._rows), *map(str, self._details)])

    def _repr_html_(self) -> str:
        tables = [html_table(self.title, self._columns, self._rows)]
        return "".join([*tables, *(each._repr_html_() for each in self._details)])

    def to_json(self) -> str:
        """The report as JSON text, with every plan and every outcome."""
        return json.dumps(
            {
                "shop": self.shop,
                "made": self.made.isoformat(),
                "dry_run": self.dry_run,
                "good": self.good,
                "flows": [_as_json(each) for each in self.flows],
            },
            indent=2,
            ensure_ascii=False,
        )


def _as_json(each: Synced) -> dict[str, Any]:
    return {
        "flow": each.flow,
        "good": each.good,
        "plan": json.loads(each.plan.to_json()) if each.plan is not None else None,
        "report": json.loads(each.report.to_json()) if each.report else None,
        "left": each.left,
        "error": {"kind": type(each.error).__name__, "message": str(each.error)} if each.error else None,
    }


async def synchronise(
    shop: Shop,
    *,
    flows: Collection[str] | None = None,
    dry_run: bool = False,
    max_writes: int | None = None,
) -> SyncReport:
    """Plan and apply what is switched on.

    Args:
        shop: Its settings say what is on.
        flows: Names of flows, to run only these of them, such as those that notifications call for.
        dry_run: Plan only. What comes later is planned as if nothing before it had been done.
        max_writes: Most changes to write in this run, over all flows; what is left is planned again by the
            next run.

    Raises:
        PlanError: There is no flow of one of the names.
    """
    if max_writes is not None and max_writes < 0:
        raise ValueError(f"max_writes cannot be {max_writes}")
    chosen = None if flows is None else {entry(name).name for name in named(flows)}
    moment = await now()
    done: list[Synced] = []
    for each in FLOWS:
        if each.storefronts(shop.settings) and (chosen is None or each.name in chosen):
            spent = sum(synced.written for synced in done)
            limit = None if max_writes is None else max_writes - spent
            done.append(await _synchronised(shop, each, limit, dry_run=dry_run))
    return SyncReport(shop=shop.settings.shop.name, made=moment, flows=tuple(done), dry_run=dry_run)


async def _synchronised(shop: Shop, each: Entry, limit: int | None, *, dry_run: bool) -> Synced:
    synced = Synced(flow=each.name)
    try:
        plan = await each.planned(shop)
        synced = evolve(synced, plan=plan)
        if limit is not None and limit < len(plan.changes):
            # The walk has not come to its end, so its marks stay where they are.
            synced = evolve(synced, left=len(plan.changes) - limit)
            plan = evolve(plan, changes=plan.changes[:limit], marks=())
        if not dry_run and (plan.changes or plan.marks):
            synced = evolve(synced, report=await each.applied(shop, plan))
    except KauflandShoptetError as error:
        synced = evolve(synced, error=error)
    return synced
