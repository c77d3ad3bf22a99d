"""Records cassettes: from the sandbox, or with ``--live`` from the shop whose keys are in the environment.

Live, only what reads is recorded, unless ``--writes`` says that the shop may be changed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kaufland_shoptet import Kaufland, Shoptet, Started
from kaufland_shoptet.errors import KauflandShoptetError
from kaufland_shoptet.sandbox.sdk import SimulatedClock
from kaufland_shoptet.sandbox.server import serve

from .scenarios import SCENARIOS, Scenario, furnished
from .tape import ROOT, Origin, Serializer, path, tape

CLIENTS = {"kaufland": Kaufland, "shoptet": Shoptet}
KEYS = {
    "kaufland": ("KAUFLAND_CLIENT_KEY", "KAUFLAND_SECRET_KEY"),
    "shoptet": ("SHOPTET_PRIVATE_TOKEN",),
}


def carry_out(client: Any, scenario: Scenario) -> Any:
    """Run a script with a blocking client; the rows of the job it ends with, if any, are its result."""
    found = client.run(scenario.script())
    return list(client.rows(found)) if isinstance(found, Started) else found


def record_sandbox(scenario: Scenario, root: Path = ROOT) -> Path:
    """Record from a sandbox of its own, over a socket; its clock stands, so each time the same is recorded."""
    sandbox = furnished()
    scenario.prepare(sandbox)
    keys = {"kaufland": (sandbox.client_key, sandbox.secret_key), "shoptet": (sandbox.private_token,)}
    with serve(sandbox) as server:
        base = {"kaufland": server.kaufland_url, "shoptet": server.shoptet_url}[scenario.api]
        client = CLIENTS[scenario.api](*keys[scenario.api], base_url=base, clock=SimulatedClock(sandbox))
        return record(client, scenario, "sandbox", base, root, secrets=keys[scenario.api])


def record_live(scenario: Scenario, root: Path = ROOT) -> Path:
    """Record from the shop whose keys are in the environment."""
    client = CLIENTS[scenario.api]()
    secrets = [os.environ[name] for name in KEYS[scenario.api]]
    return record(client, scenario, "live", client._base_url, root, secrets=secrets)


def record(
    client: Any, scenario: Scenario, origin: Origin, base: str, root: Path, secrets: Iterable[str]
) -> Path:
    """Write a cassette. When something goes wrong, the one that is there stays."""
    file = path(origin, scenario.api, scenario.name, root)
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)  # else the recorder would append to it
    try:
        with client, tape(new, "all", Serializer(origin, scenario.api, base)):
            carry_out(client, scenario)
        text = new.read_text("utf-8")
        if any(secret in text for secret in secrets):
            raise SystemExit(
                f"{scenario.api}/{scenario.name}: a key would have been in the file; nothing is kept"
            )
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
    return file


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Record; the exit status is 1 when a script could not be carried out."""
    parser = argparse.ArgumentParser(prog="nox -s record --", description=__doc__)
    known = [f"{each.api}/{each.name}" for each in SCENARIOS]
    parser.add_argument(
        "names", nargs="*", metavar="NAME", choices=[*known, []], help="only these: " + ", ".join(known)
    )
    parser.add_argument("--live", action="store_true", help="from a real shop, into cassettes/live")
    parser.add_argument("--writes", action="store_true", help="with --live: also what changes the shop")
    asked = parser.parse_args(arguments)
    failures = 0
    for scenario in SCENARIOS:
        name = f"{scenario.api}/{scenario.name}"
        if (asked.names and name not in asked.names) or (asked.live and scenario.writes and not asked.writes):
            continue
        try:
            file = (record_live if asked.live else record_sandbox)(scenario, root)
        except (KauflandShoptetError, LookupError, ValueError) as error:  # also what this shop does not have
            failures += 1
            print(f"{name}: not recorded: {error!r}", file=sys.stderr)
        else:
            print(f"{name}: {file.relative_to(root.parent)}, {file.stat().st_size} bytes")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
