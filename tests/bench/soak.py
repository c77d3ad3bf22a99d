"""A season of orders while calls fail: what is lost, what is doubled, and what that takes.

Customers order all the time, the merchant sends what has come, and every twenty minutes somebody synchronises:
this package, blocking and asynchronous, with and without retries; and for comparison the scripts of naive.py,
which only import. All of it is on the sandbox and its clock, and the same seed gives the same customers and the
same dice for faults. Then several processes share one ledger and one key against a server, and are killed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import anyio
import attrs
import httpx
from measure import table
from naive import TRIES, Naive

from kaufland_shoptet import (
    AsyncBridge,
    AsyncKaufland,
    AsyncShoptet,
    Bridge,
    Kaufland,
    Sandbox,
    Settings,
    Shoptet,
    SqliteLedger,
)
from kaufland_shoptet._core.exchange import Retrying
from kaufland_shoptet.errors import KauflandShoptetError
from kaufland_shoptet.flows.sync import SyncReport
from kaufland_shoptet.mapping.dispatch import DispatchRules
from kaufland_shoptet.sandbox import Clock
from kaufland_shoptet.sandbox.data import GUIDS, Good, Scribe, articles, fill_catalogue
from kaufland_shoptet.sandbox.data.facts import PACKETA
from kaufland_shoptet.sandbox.faults import ANY, KINDS
from kaufland_shoptet.sandbox.kaufland.market import Order
from kaufland_shoptet.sandbox.kaufland.tables import STOREFRONTS
from kaufland_shoptet.sandbox.sdk import SimulatedClock, demo_settings, transport
from kaufland_shoptet.sandbox.server import serve

FRONTS = ("cz", "sk", "de")
WAITING, SENT = 26, 52
EVERY = timedelta(minutes=20)
LONGEST = 900
"""Seconds after which processes that share are given up: they wait in real time where a fault says so."""
ROUNDS = 100
"""Runs with new orders; then there are some without."""
CLOSING = 3
"""Runs without new orders while calls go on failing, and then as many in which none fails."""
CALLS = [kind for kind in ANY if kind in KINDS]
QUICK = [kind for kind in CALLS if kind not in {"slow", "429_seconds", "429_date"}]
"""What does not make real time pass."""


def settings() -> Settings:
    """Orders are imported, statuses go both ways."""
    demo = demo_settings()
    front = attrs.evolve(
        demo.storefronts["cz"],
        pull_statuses=True,
        push_statuses=True,
        dispatch=DispatchRules(carriers={"ppl": "PPL"}),
    )
    return attrs.evolve(demo, storefronts=dict.fromkeys(FRONTS, front))


class Season:
    """The world: orders come in, parcels go out.

    Args:
        sandbox: Where.
        orders: How many orders there will be.
        seed: Which ones.
        imports: Whether importing is all there is to do, as for the scripts; the merchant sends nothing then.
    """

    def __init__(self, sandbox: Sandbox, orders: int, seed: int, *, imports: bool = False) -> None:
        self.sandbox = sandbox
        self.flows = ["orders"] if imports else None
        self.orders = orders
        self._dice = Random(seed)
        self._scribe = Scribe(sandbox.kaufland)
        self._goods = articles(40)
        self._sent: set[str] = set()
        self.placed = 0
        fill_catalogue(sandbox.kaufland, sandbox.shoptet, self._goods, FRONTS)
        sandbox.shoptet.settings["negativeStockAmount"] = "allowed"

    def order(self, number: int, *, ripe: bool = False) -> None:
        """So many customers order. `ripe` orders can be imported at once, others after 15 minutes."""
        for _ in range(min(number, self.orders - self.placed)):
            self.placed += 1
            made = self._order(ripe=ripe)
            (self.sandbox.kaufland.add if ripe else self.sandbox.kaufland.place)(made)

    def _order(self, *, ripe: bool) -> Order:
        dice = self._dice
        storefront = dice.choices(FRONTS, (60, 25, 15))[0]
        front = STOREFRONTS[storefront]
        low, high = (9_900, 990_000) if front.currency == "CZK" else (390, 39_900)
        goods = [
            Good(
                each.code,
                dice.randint(low, high),
                (dice.choice((0, low // 2)), *(0,) * dice.choices((0, 1, 2), (80, 15, 5))[0]),
                str(dice.choices((front.vat["standard_rate"], front.vat["reduced_rate_1"]), (90, 10))[0]),
                dice.choices((0, low // 4), (95, 5))[0],
            )
            for each in dice.sample(self._goods, k=dice.choices((1, 2, 3), (80, 15, 5))[0])
        ]
        now = self.sandbox.clock.now()
        return self._scribe.order(
            f"MS{self.placed:06d}",
            storefront,
            goods,
            status="need_to_be_sent" if ripe else "open",
            ordered=now - EVERY if ripe else now,
            pickup=PACKETA if storefront == "cz" and dice.random() < 0.3 else None,
        )

    def send(self) -> None:
        """The merchant sends everything that the shop has."""
        if self.flows is not None:
            return
        shop = self.sandbox.shoptet
        with self.sandbox.clock.lock:
            for code, order in shop.orders.items():
                if code not in self._sent and order.status == WAITING:
                    self._sent.add(code)
                    shop.ship(code, f"8{len(self._sent):07d}")
                    shop.set_status(order, SENT, mails=False, documents=False)
                    shop.note_change(order)

    def in_shop(self) -> Counter[str]:
        """How often each of Kaufland's orders is in the shop; scripts put a number behind its code."""
        rows = (order.row for order in self.sandbox.shoptet.orders.values())
        return Counter(str(row["externalCode"]).partition("-")[0] for row in rows)

    def difference(self) -> int:
        """Minor units between what customers paid and what the shop counts, over orders that are there once."""
        count, wrong = self.in_shop(), 0
        for order in self.sandbox.shoptet.orders.values():
            number = str(order.row["externalCode"]).partition("-")[0]
            if count[number] == 1:
                paid = self.sandbox.kaufland.orders[number].total
                wrong += abs(paid - int(Decimal(order.row["price"]["withVat"]) * 100))
        return wrong

    def figures(self) -> dict[str, Any]:
        """What is to be counted on both sides."""
        count, box = self.in_shop(), self.sandbox
        answers = Counter((entry.api, entry.method, entry.path, entry.status) for entry in box.log)
        turned_away = sum(entry.status in (423, 429) for entry in box.log)
        injected = sum(strike.kind[:3] in ("423", "429") for strike in box.faults.struck)
        parcels = Counter(each.id_order_unit for each in box.kaufland.shipments)
        return {
            "orders": self.placed,
            "in the shop": len(count),
            "lost": self.placed - len(count),
            "doubled": sum(count.values()) - len(count),
            "money difference": self.difference(),
            "units": len(box.kaufland.pieces),
            "units sent": len(parcels),
            "units sent twice": sum(parcels.values()) - len(parcels),
            "second orders refused by Shoptet": answers["shoptet", "POST", "/api/orders", 422],
            "requests": len(box.log),
            "faults": len(box.faults.struck),
            "turned away by a limit or lock": turned_away - injected,
            "most requests in a second": max(w.peak for w in box.kaufland.windows.values()),
            "most connections to Shoptet": box.shoptet.lines.peak,
        }


# Who synchronises.


class Ours:
    """This package; the ledger is a file."""

    def __init__(self, season: Season, ledger: SqliteLedger, attempts: int = 5) -> None:
        self.count: Counter[str] = Counter()
        self._season, self._ledger, self._attempts = season, ledger, attempts
        box = season.sandbox
        options = self._options()
        self._bridge = Bridge(
            Kaufland(box.client_key, box.secret_key, **options),
            Shoptet(box.private_token, **options),
            settings(),
            ledger,
        )

    def _options(self) -> dict[str, Any]:
        box = self._season.sandbox
        return {
            "transport": transport(box),
            "clock": SimulatedClock(box),
            "attempts": self._attempts,
            "on_event": self._event,
        }

    def _event(self, event: object) -> None:
        self.count["retries"] += isinstance(event, Retrying)

    def run(self) -> None:
        """Synchronise."""
        self.note(self._bridge.sync(flows=self._season.flows))

    def note(self, report: SyncReport) -> None:
        """Count what came of it."""
        note(report, self.count)


def note(report: SyncReport, count: Counter[str]) -> None:
    """Count what came of a synchronisation."""
    for each in report.flows:
        count["runs that failed"] += each.error is not None
        if each.report is not None:
            count.update(f"outcomes {outcome.result}" for outcome in each.report.outcomes)


class OursAsync(Ours):
    """The same, asynchronous: each run on an event loop of its own, as cron would start it."""

    def run(self) -> None:
        """Synchronise."""
        anyio.run(self._run)

    async def _run(self) -> None:
        box, options = self._season.sandbox, self._options()
        bridge = AsyncBridge(
            AsyncKaufland(box.client_key, box.secret_key, **options),
            AsyncShoptet(box.private_token, **options),
            settings(),
            self._ledger,
        )
        self.note(await bridge.sync(flows=self._season.flows))


class Script:
    """A script of naive.py. Each of its calls takes a fifth of a second, which keeps it below all limits."""

    def __init__(self, season: Season, *, tries: int, fresh: bool) -> None:
        box = season.sandbox
        real = transport(box)

        def slow(request: httpx.Request) -> httpx.Response:
            box.clock.sleep(0.2)
            return real.handle_request(request)

        self._begin = box.clock.now()
        self._naive = Naive(
            (box.client_key, box.secret_key, box.private_token),
            httpx.MockTransport(slow),
            box.clock.now,
            box.clock.sleep,
            tries=tries,
            fresh=fresh,
            methods=(GUIDS["shipping"], GUIDS["payment"]),
        )
        self.count = self._naive.count

    def run(self) -> None:
        """Import."""
        self._naive.run(FRONTS, self._begin)


Contestant = Callable[[Season, Path], Any]

CONTESTANTS: Mapping[str, Contestant] = {
    "ours, blocking": lambda season, path: Ours(season, SqliteLedger(path)),
    "ours, asynchronous": lambda season, path: OursAsync(season, SqliteLedger(path)),
    "ours, retries off": lambda season, path: Ours(season, SqliteLedger(path), attempts=1),
    "script, once": lambda season, _: Script(season, tries=1, fresh=False),
    "script, again": lambda season, _: Script(season, tries=TRIES, fresh=True),
    "script, again, one code": lambda season, _: Script(season, tries=TRIES, fresh=False),
}


def play(
    contestant: Contestant,
    orders: int,
    rate: float,
    seed: int,
    rounds: int = ROUNDS,
    *,
    imports: bool = False,
) -> dict[str, Any]:
    """One season; what came of it. At its end are some runs in which no call fails: what is not there then, is lost."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        season = Season(Sandbox(), orders, seed, imports=imports)
        box = season.sandbox
        who = contestant(season, Path(folder) / "ledger.sqlite")
        box.faults.random(rate, seed, CALLS)
        late: set[str] = set()
        due: set[str] = set()
        missing = 0
        for place in range(rounds + 2 * CLOSING):
            season.order(-(-orders // rounds))
            if place == rounds + CLOSING:
                missing = len(due - set(season.in_shop()))
                box.faults.clear()
            box.clock.advance(EVERY)
            due = {number for number, order in box.kaufland.orders.items() if order.released}
            season.send()
            who.run()
            late |= due - set(season.in_shop())
        found = season.figures() | {
            "not there after its first run": len(late),
            "not there when calls stop failing": missing,
            "retries": who.count["retries"],
            "runs that failed": who.count["runs that failed"],
            "failed and tried by a later run": who.count["outcomes failed"],
            "found again after an answer was lost": who.count["outcomes recovered"],
            "kinds": dict(Counter(strike.kind for strike in box.faults.struck).most_common()),
            "seconds": time.perf_counter() - began,
        }
        if isinstance(who, Ours):
            found["ledger differs"] = _differs(season, SqliteLedger(Path(folder) / "ledger.sqlite"))
        return found


def _differs(season: Season, ledger: SqliteLedger) -> int:
    """Orders that the ledger knows otherwise than the shop."""
    shop = {row.row["externalCode"]: code for code, row in season.sandbox.shoptet.orders.items()}
    entries = {entry.id_order: entry.code for entry in ledger.orders() if entry.state == "imported"}
    return len(set(shop.items()) ^ set(entries.items()))


# Several processes.


def work(kaufland_url: str, shoptet_url: str, ledger: str, share: float) -> None:
    """One of several processes: synchronise until told to stop, and print what came of each run."""
    count: Counter[str] = Counter()

    def event(event: object) -> None:
        count["retries"] += isinstance(event, Retrying)

    options: dict[str, Any] = {"on_event": event, "timeout": 2}
    with (
        Kaufland(base_url=kaufland_url, requests_per_second=share, **options) as kaufland,
        Shoptet(base_url=shoptet_url, in_flight=1, **options) as shoptet,
    ):
        bridge = Bridge(kaufland, shoptet, settings(), SqliteLedger(Path(ledger)))
        while not Path(ledger).with_name("stop").exists():
            try:
                note(bridge.sync(), count)
            except KauflandShoptetError as error:
                count[type(error).__name__] += 1
            print(json.dumps(count), flush=True)
            count.clear()
            time.sleep(0.2)


class Crew:
    """Processes that share one ledger and one key; one that is killed is replaced."""

    def __init__(self, urls: tuple[str, str], folder: Path, sandbox: Sandbox, size: int) -> None:
        self._command = [
            sys.executable,
            __file__,
            "--work",
            *urls,
            str(folder / "ledger.sqlite"),
            str(103 / size),
        ]
        self._env = os.environ | {
            "KAUFLAND_CLIENT_KEY": sandbox.client_key,
            "KAUFLAND_SECRET_KEY": sandbox.secret_key,
            "SHOPTET_PRIVATE_TOKEN": sandbox.private_token,
        }
        self._folder = folder
        self._logs = ExitStack()
        self._started = 0
        self.members = [self._start() for _ in range(size)]

    def _start(self) -> subprocess.Popen[bytes]:
        self._started += 1
        log = self._logs.enter_context((self._folder / f"{self._started}.log").open("wb"))
        return subprocess.Popen(self._command, env=self._env, stdout=log)

    def kill(self, place: int) -> None:
        """Kill one without a word, and start another in its place."""
        self.members[place].send_signal(signal.SIGKILL)
        self.members[place].wait()
        self.members[place] = self._start()

    def stop(self) -> Counter[str]:
        """Let all come to an end; what they counted, apart from the last words of those that were killed."""
        (self._folder / "stop").touch()
        codes = [member.wait(LONGEST) for member in self.members]
        self._logs.close()
        assert not any(codes), codes
        count: Counter[str] = Counter()
        for log in self._folder.glob("*.log"):
            for line in log.read_text().splitlines():
                count.update(json.loads(line))
        return count


def share(orders: int, rate: float, seed: int, size: int, kills: int, batches: int = 10) -> dict[str, Any]:
    """Several processes against one server, in real time; orders come in some batches, deaths in between."""
    began = time.perf_counter()
    dice = Random(seed)
    sandbox = Sandbox(Clock(datetime.now(UTC), running=True))
    season = Season(sandbox, orders, seed)
    sandbox.faults.random(rate, seed, QUICK)
    with tempfile.TemporaryDirectory() as name, serve(sandbox) as server:
        folder = Path(name)
        urls = (server.kaufland_url, server.shoptet_url)
        crew = Crew(urls, folder, sandbox, size)
        left = kills
        try:
            while not _done(season) and time.perf_counter() - began < LONGEST:
                with sandbox.clock.lock:
                    season.order(-(-orders // batches), ripe=True)
                    season.send()
                time.sleep(dice.uniform(0.5, 2.5))
                if left and season.in_shop():
                    left -= 1
                    crew.kill(dice.randrange(size))
        finally:
            count = crew.stop()
        return season.figures() | {
            "processes": size,
            "killed": kills - left,
            "retries": count["retries"],
            "failed and tried by a later run": count["outcomes failed"],
            "found again after an answer was lost": count["outcomes recovered"],
            "kinds": dict(Counter(strike.kind for strike in sandbox.faults.struck).most_common()),
            "ledger differs": _differs(season, SqliteLedger(folder / "ledger.sqlite")),
            "seconds": time.perf_counter() - began,
        }


def _done(season: Season) -> bool:
    box = season.sandbox
    with box.clock.lock:
        waiting = [p for p in box.kaufland.pieces.values() if p.status == "need_to_be_sent"]
        return season.placed == season.orders and not waiting


# What is printed.


def columns(results: Mapping[str, Mapping[str, Any]]) -> None:
    """A column for each contestant."""
    names = dict.fromkeys(name for found in results.values() for name in found if name != "kinds")
    rows = [["", *results]]
    for name in names:
        cells = [found.get(name, "") for found in results.values()]
        rows.append([name, *(f"{c:,.0f}" if isinstance(c, int | float) else c for c in cells)])
    table(rows)
    for name, found in results.items():
        kinds = ", ".join(f"{kind} {number}" for kind, number in found["kinds"].items())
        print(f"faults, {name}: {kinds}")
    print()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=[*CONTESTANTS, "processes"], action="append")
    parser.add_argument("--imports", action="store_true", help="only import, as the scripts do")
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--shared", type=int, default=150, help="orders of the processes that share")
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        *places, ours = args.work
        work(*places, float(ours))
        return
    wanted = args.only or [*CONTESTANTS, "processes"]
    results = {
        name: play(contestant, args.orders, args.rate, args.seed, imports=args.imports)
        for name, contestant in CONTESTANTS.items()
        if name in wanted
    }
    if results:
        print(f"{args.orders:,} orders, {args.rate:.0%} of all calls fail, seed {args.seed}")
        columns(results)
    if "processes" in wanted:
        found = share(args.shared, args.rate, args.seed, args.processes, args.kills)
        print(f"{args.shared:,} orders, one server, one ledger, one key, {args.rate:.0%} of all calls fail")
        columns({f"{args.processes} processes": found})


if __name__ == "__main__":
    main()
