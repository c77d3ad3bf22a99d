"""``python -m kaufland_shoptet``: everything that one shop needs from a terminal or from cron."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .errors import (
    ApiError,
    KauflandShoptetError,
    LedgerError,
    NoAnswer,
    PlanError,
    SettingsError,
    TokenError,
    UnexpectedAnswer,
)

if TYPE_CHECKING:
    from .clients import Bridge
    from .flows.plans import Plan, Report
    from .settings import Settings

__all__ = ["main"]

DONE: Final = 0
NOT_IN_PLACE: Final = 1
MISUSED: Final = 2
CLOSED: Final = 3
TO_DO: Final = 4
UNREAD: Final = 141
"""What a shell says of a program whose reader has gone."""

_STATUSES = """\
exit status:
  0  done; everything that was to be written is in place
  1  something is not in place, or would not be: a change was refused or failed, a guard stopped a plan,
     the doctor found an error
  2  the arguments, the settings, a key, the ledger or the plan's file: nothing was written
  3  a side could not be reached, refused the keys, or answered with an error
  4  with --check: there is something to do
  141  whoever read the output has gone, as `head` does; what was to be written is written

environment:
  The keys come from the variables that the settings name, by default KAUFLAND_CLIENT_KEY,
  KAUFLAND_SECRET_KEY and SHOPTET_PRIVATE_TOKEN. KAUFLAND_BASE_URL and SHOPTET_BASE_URL lead to other
  addresses, such as those of the local sandbox.

Tables or JSON go to the standard output, messages to the standard error."""


# What needs no shop.


def demo(_: argparse.Namespace) -> int:
    """Run every flow on the sandbox, from one settings file, and show each step."""
    from .sandbox.demo import play

    good = True
    for line, fine in play():
        print(line)
        good = good and fine
    return DONE if good else NOT_IN_PLACE


def sandbox(arguments: argparse.Namespace) -> int:
    """Serve both APIs of a sandbox on 127.0.0.1 until interrupted."""
    from .sandbox import Clock, Sandbox
    from .sandbox.server import serve

    clock = Clock(datetime.now(UTC), running=True)
    products, orders = arguments.products, arguments.orders
    if products is None and orders is None:
        simulated = Sandbox.demo(clock=clock, seed=arguments.seed)
    else:
        products, orders = (1000 if products is None else products), orders or 0
        simulated = Sandbox.generated(products, orders, clock=clock, seed=arguments.seed)
    with serve(simulated, arguments.port) as server:
        print(f"Both APIs are served; {server.url} shows what is called. Ctrl-C stops it.")
        print("Clients and commands go there from a terminal in which you set:\n")
        print(f"export KAUFLAND_CLIENT_KEY={simulated.client_key}")
        print(f"export KAUFLAND_SECRET_KEY={simulated.secret_key}")
        print(f"export SHOPTET_PRIVATE_TOKEN={simulated.private_token}")
        print(f"export KAUFLAND_BASE_URL={server.kaufland_url}")
        print(f"export SHOPTET_BASE_URL={server.shoptet_url}", flush=True)
        with suppress(KeyboardInterrupt):
            server.wait()
    return DONE


def example(_: argparse.Namespace) -> int:
    """Print settings to fill in."""
    from .settings import Settings

    print(Settings.example(), end="")
    return DONE


def operations(arguments: argparse.Namespace) -> int:
    """List every operation of one API, or of both: vendor's path, our name, and what is safe to repeat."""
    from ._tables import text_table
    from .kaufland.api import KAUFLAND
    from .shoptet.api import SHOPTET

    apis = [api for api in (KAUFLAND, SHOPTET) if arguments.api in (None, api.name)]
    if arguments.json:
        import json

        facts = ("vendor_id", "method", "route", "resource", "name", "repeat")
        listed = [
            {"api": api.name} | {fact: getattr(each, fact) for fact in facts}
            for api in apis
            for each in api.operations
        ]
        print(json.dumps(listed, indent=2))
        return DONE
    columns = ("method", "path", "call", "repeat", "vendor's id")
    for api in apis:
        rows = [
            (each.method, each.route, f"{api}.{each.resource}.{each.name}", each.repeat, each.vendor_id)
            for each in api.operations
        ]
        print(text_table(str(api), columns, rows))
        print(f"{len(rows)} operations\n")
    return DONE


# What needs a shop.


def describe(arguments: argparse.Namespace) -> int:
    """Show the finished setup as a whole: what is on, and every setting. Asks nobody."""
    _show(arguments, _settings(arguments).describe())
    return DONE


def doctor(arguments: argparse.Namespace) -> int:
    """Hold the settings against both sides and say how to mend what is wrong. Writes nothing."""
    with _bridge(arguments) as bridge:
        findings = bridge.doctor.examine(accept=arguments.accept_names)
    _show(arguments, findings)
    return DONE if findings.good else NOT_IN_PLACE


def plan(arguments: argparse.Namespace) -> int:
    """Say what would be written and why, of all flows that are on or of those named. Writes nothing."""
    with _bridge(arguments) as bridge:
        plans = list(_plans(arguments, bridge))
    _show_all(arguments, plans)
    return TO_DO if arguments.check and any(plans) else DONE


def apply(arguments: argparse.Namespace) -> int:
    """Write what a plan says: one from a file, or one that is made on the spot."""
    saved = _saved(arguments.plan) if arguments.plan is not None else None
    reports: list[Report] = []
    with _bridge(arguments) as bridge:
        try:
            for each in _plans(arguments, bridge) if saved is None else saved:
                reports.append(bridge.apply(each))  # noqa: PERF401 - kept, should the next one fail
        except BaseException:
            if reports:  # what was written is told, whatever became of the rest
                try:
                    _show_all(arguments, reports)
                    sys.stdout.flush()
                except BrokenPipeError:
                    _unread()
            raise
    _show_all(arguments, reports)
    return DONE if all(report.good for report in reports) else NOT_IN_PLACE


def sync(arguments: argparse.Namespace) -> int:
    """Do everything that the settings switch on, in a safe order: for cron."""
    with _bridge(arguments) as bridge:
        report = bridge.sync(
            flows=arguments.flow or None, dry_run=arguments.dry_run, max_writes=arguments.max_writes
        )
    _show(arguments, report)
    codes = [_status(each.error) for each in report.flows if each.error is not None]
    return max(codes, default=DONE if report.good else NOT_IN_PLACE)


def reconcile(arguments: argparse.Namespace) -> int:
    """Tell where Kaufland, the shop and the ledger disagree about orders and offers. Writes nothing."""
    until = arguments.until or datetime.now(UTC)
    since = arguments.since or until - timedelta(days=30)
    if until < since:
        raise SettingsError("--to", "it is before --from.", "Give them the other way round.")
    with _bridge(arguments) as bridge:
        found = bridge.reconcile.report(since, until, offers=not arguments.no_offers)
    _show(arguments, found)
    return TO_DO if arguments.check and not found.good else DONE


def deadlines(arguments: argparse.Namespace) -> int:
    """Tell which units are due, what was sent and not reported, and what cancellations cost this month."""
    with _bridge(arguments) as bridge:
        found = bridge.reconcile.deadlines(within_days=arguments.within)
    _show(arguments, found)
    return TO_DO if arguments.check and not found.good else DONE


def _settings(arguments: argparse.Namespace) -> Settings:
    from .settings import Settings

    return Settings.load(arguments.settings)


@contextmanager
def _bridge(arguments: argparse.Namespace) -> Generator[Bridge]:
    """The shop of the settings, with keys from the environment."""
    from .clients import Bridge, Kaufland, Shoptet

    settings = _settings(arguments)
    with (
        Kaufland(
            **settings.kaufland.credentials(os.environ),
            playground=settings.kaufland.playground,
        ) as kaufland,
        Shoptet(**settings.shoptet.credentials(os.environ)) as shoptet,
    ):
        yield Bridge(kaufland, shoptet, settings)


def _plans(arguments: argparse.Namespace, bridge: Bridge) -> Iterator[Plan]:
    """The plans of the flows that are named, or else of those that are on, each made when its turn comes."""
    from .flows.shop import Shop
    from .flows.table import FLOWS, entry

    options: dict[str, Any] = {}
    if arguments.full:
        options["full"] = True
    if arguments.override:
        options["override"] = arguments.override
    chosen = [entry(name) for name in arguments.flow]
    shop = Shop(bridge.settings, bridge.ledger)
    for each in chosen or [each for each in FLOWS if each.storefronts(bridge.settings)]:
        try:
            made = bridge.run(each.planned(shop, **options))
        except KauflandShoptetError:
            raise
        except (TypeError, ValueError) as error:
            if not options:
                raise
            remedy = "Leave --full and --override out, or name another flow."
            raise SettingsError(each.name, f"{error}.", remedy) from error
        yield made


def _saved(name: str) -> list[Plan]:
    """One plan or several, from a file or from the standard input."""
    import json

    from .flows.plans import Plan

    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        listed: list[Any] = json.loads(text if text.lstrip()[:1] in ("", "[") else f"[{text}]")
        return [Plan.from_json(json.dumps(each)) for each in listed]
    except OSError as error:
        raise SettingsError("--plan", f"{name} cannot be read: {error.strerror}.", "Name a file.") from None
    except (ValueError, PlanError) as error:
        raise SettingsError("--plan", f"{name}: {error}.", "Save one with: plan --json > FILE.") from None


# Talking.


def _show(arguments: argparse.Namespace, what: Any) -> None:
    print(what.to_json() if arguments.json else what)


def _show_all(arguments: argparse.Namespace, what: Sequence[Plan | Report]) -> None:
    """With one flow named it is one object in JSON, otherwise a list."""
    import json

    if not arguments.json:
        print("\n\n".join(map(str, what)) if what else "Nothing is switched on.")
    elif len(what) == 1 and len(arguments.flow) == 1:
        print(what[0].to_json())
    else:
        print(json.dumps([json.loads(each.to_json()) for each in what], indent=2, ensure_ascii=False))


def _status(error: KauflandShoptetError) -> int:
    match error:
        case SettingsError() | LedgerError():
            return MISUSED
        case ApiError() | NoAnswer() | TokenError() | UnexpectedAnswer():
            return CLOSED
        case _:
            return NOT_IN_PLACE


def _complain(error: KauflandShoptetError) -> None:
    others = error.others if isinstance(error, SettingsError) else ()
    told = (
        [f"{error.key}: {error.problem} {error.remedy}"] if isinstance(error, SettingsError) else [str(error)]
    )
    for text in (*told, *map(str, others), *getattr(error, "__notes__", ())):
        print(f"kaufland-shoptet: {text}", file=sys.stderr)


# Reading the arguments.


def _parser() -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m kaufland_shoptet", description=__doc__, epilog=_STATUSES, formatter_class=plain
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = commands.add_parser(
            run.__name__, help=run.__doc__, description=run.__doc__, epilog=_STATUSES, formatter_class=plain
        )
        made.set_defaults(run=run)
        return made

    def of_shop(run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = command(run)
        made.add_argument("--settings", default="shop.toml", metavar="FILE", help="the shop's (shop.toml)")
        made.add_argument("--json", action="store_true", help="JSON in place of tables")
        return made

    def of_flows(made: argparse.ArgumentParser, where: Any = None) -> None:
        (where or made).add_argument(
            "--flow",
            action="append",
            default=[],
            type=_flow,
            metavar="NAME",
            help=f"only this one; again for more: {_names()}",
        )

    def of_plans(made: argparse.ArgumentParser) -> None:
        made.add_argument("--full", action="store_true", help="look at everything, not only at what changed")
        made.add_argument(
            "--override", action="append", default=[], metavar="GUARD", help="go on although this guard trips"
        )

    command(demo)
    simulated = command(sandbox)
    simulated.add_argument("--port", type=int, default=8734, help="port to listen on (8734)")
    simulated.add_argument(
        "--products",
        type=int,
        metavar="N",
        help="a shop by chance in place of the demo, with so many products (1000)",
    )
    simulated.add_argument("--orders", type=int, metavar="N", help="so many orders on Kaufland in it (0)")
    simulated.add_argument("--seed", type=int, default=0, help="makes keys and everything by chance (0)")
    command(example)
    listing = command(operations)
    listing.add_argument("api", nargs="?", choices=["kaufland", "shoptet"], help="only this one (both)")
    listing.add_argument("--json", action="store_true", help="JSON in place of tables")
    of_shop(describe)
    of_shop(doctor).add_argument(
        "--accept-names",
        action="store_true",
        help="take the names that the shop's statuses have now for right",
    )
    planning = of_shop(plan)
    of_flows(planning)
    of_plans(planning)
    applying = of_shop(apply)
    one = applying.add_mutually_exclusive_group(required=True)
    one.add_argument("--plan", metavar="FILE", help="a plan, or several, from plan --json; - is the input")
    of_flows(applying, one)
    of_plans(applying)
    syncing = of_shop(sync)
    of_flows(syncing)
    syncing.add_argument("--dry-run", action="store_true", help="plan only")
    syncing.add_argument("--max-writes", type=_count, metavar="N", help="write at most so many changes")
    comparing = of_shop(reconcile)
    comparing.add_argument(
        "--from",
        dest="since",
        type=_begin,
        metavar="DAY",
        help="orders from then on (30 days before the end)",
    )
    comparing.add_argument("--to", dest="until", type=_end, metavar="DAY", help="up to the end of then (now)")
    comparing.add_argument("--no-offers", action="store_true", help="orders only")
    checking = of_shop(deadlines)
    checking.add_argument("--within", type=_count, default=2, metavar="DAYS", help="what is near (2 days)")
    for made in (planning, comparing, checking):
        made.add_argument("--check", action="store_true", help="exit with 4 if there is something to do")
    return parser


def _flow(name: str) -> str:
    from .flows.table import entry

    try:
        return entry(name).name
    except PlanError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _begin(text: str) -> datetime:
    """A day, which begins in UTC, or a time."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _end(text: str) -> datetime:
    """A day, of which all counts, or a time."""
    return _begin(text) + timedelta(days="T" not in text and " " not in text)


def _names() -> str:
    from .flows.table import FLOWS

    return ", ".join(each.name for each in FLOWS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except KauflandShoptetError as error:
        _complain(error)
        return _status(error)
    except KeyboardInterrupt:
        print("kaufland-shoptet: stopped; the next run goes on from here", file=sys.stderr)
        return NOT_IN_PLACE
    except BrokenPipeError:  # whoever reads has seen enough, as `head` does; flows print when all is written
        _unread()
        return UNREAD
    return status


def _unread() -> None:
    """Nobody reads any more: what is still to be printed goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
