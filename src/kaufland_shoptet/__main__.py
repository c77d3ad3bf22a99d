"""``python -m kaufland_shoptet``: the demo, the sandbox as a server, an example of settings."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

__all__ = ["main"]


def demo(_: argparse.Namespace) -> int:
    """Import the sandbox's Kaufland orders into its e-shop and show every step."""
    from .flows.changes import amount
    from .mapping.money import to_minor
    from .sandbox import Sandbox

    sandbox = Sandbox.demo()
    bridge = sandbox.bridge()
    fronts = [code for code, front in bridge.settings.storefronts.items() if front.import_orders]
    print(f"{bridge.settings.shop.name}: orders are imported from {', '.join(fronts)}.")
    plan = bridge.orders.plan()
    print(f"\n{plan}\n")
    report = bridge.apply(plan)
    print(f"{report}\n")
    again = bridge.orders.plan(full=True)
    print(f"Planned again, nothing is left: {len(again.changes)} to import, {len(again.skips)} skipped.")
    paid: Counter[str] = Counter()
    for entry in bridge.ledger.orders():
        paid[entry.currency] += entry.total
    shoptet = sandbox.shoptet_client()
    counted: Counter[str] = Counter()
    for row in shoptet.orders.list():
        counted[row.price.currency_code] += to_minor(row.price.with_vat or Decimal(0))
    for currency, total in sorted(paid.items()):
        print(
            f"Customers paid {amount(total, currency)}, Shoptet counts {amount(counted[currency], currency)}."
        )
    return 0 if report.good and not again.changes and paid == counted else 1


def sandbox(arguments: argparse.Namespace) -> int:
    """Serve both APIs of a sandbox on 127.0.0.1 until interrupted."""
    from .sandbox import Clock, Sandbox
    from .sandbox.server import serve

    simulated = Sandbox.demo(clock=Clock(datetime.now(UTC), running=True))
    with serve(simulated, arguments.port) as server:
        print(f"Kaufland  {server.kaufland_url}   {simulated.client_key}  {simulated.secret_key}")
        print(f"Shoptet   {server.shoptet_url}   {simulated.private_token}")
        print(f"Status    {server.url}   Ctrl-C stops it.")
        with suppress(KeyboardInterrupt):
            server.wait()
    return 0


def example(_: argparse.Namespace) -> int:
    """Print settings to fill in."""
    from .settings import Settings

    print(Settings.example(), end="")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m kaufland_shoptet", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = commands.add_parser(run.__name__, help=run.__doc__, description=run.__doc__)
        made.set_defaults(run=run)
        return made

    command(demo)
    command(sandbox).add_argument("--port", type=int, default=8734, help="port to listen on (8734)")
    command(example)
    arguments = parser.parse_args(argv)
    status: int = arguments.run(arguments)
    return status


if __name__ == "__main__":
    sys.exit(main())
