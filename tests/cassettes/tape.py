"""Cassettes as files: where they are, what they look like, how they are recorded and replayed."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, Literal

import vcr
import yaml

from kaufland_shoptet import KAUFLAND, SHOPTET, AsyncKaufland, AsyncShoptet, Kaufland, Sandbox, Shoptet
from kaufland_shoptet.sandbox.sdk import SimulatedClock

from .redaction import Place, redact, sent

ROOT = Path(__file__).parents[2] / "cassettes"
Origin = Literal["sandbox", "live"]

BASES = {
    "sandbox": {
        "kaufland": "https://sandbox.example/kaufland/v2",
        "shoptet": "https://sandbox.example/shoptet",
    },
    "live": {"kaufland": KAUFLAND.base_url, "shoptet": SHOPTET.base_url},
}
"""Where an API seems to be, in the files: one can tell by it where a recording comes from."""

HEADS = {
    "sandbox": "# Answers of this project's own sandbox, not of {api}. Written by: python -m nox -s record\n",
    "live": "# Answers of {base}, redacted. Written by: python -m nox -s record -- --live\n",
}
APIS = {"kaufland": KAUFLAND, "shoptet": SHOPTET}


def path(origin: Origin, api: str, name: str, root: Path = ROOT) -> Path:
    """Where a cassette is."""
    return root / origin / api / f"{name}.yaml"


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def loaded(text: str) -> dict[str, Any]:
    """What a cassette says, as it is written."""
    cassette: dict[str, Any] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return cassette


class Serializer:
    """How vcrpy writes and reads a cassette: redacted, and so that two of them can be compared by eye."""

    def __init__(self, origin: Origin, api: str, base: str = "") -> None:
        self.place = Place(APIS[api], base, BASES[origin][api])
        self.head = HEADS[origin].format(api=api.capitalize(), base=base)

    def match_sent(self, one: Any, other: Any) -> bool:
        """Whether two requests send the same, as it would be recorded."""
        return sent(one.body, self.place) == sent(other.body, self.place)

    def serialize(self, cassette: dict[str, Any]) -> str:
        """The text of the file."""
        cassette = {**cassette, "interactions": redact(cassette["interactions"], self.place)}
        return self.head + yaml.dump(cassette, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)

    def deserialize(self, text: str) -> dict[str, Any]:
        """What the text says."""
        cassette = loaded(text)
        for each in cassette["interactions"]:
            body = each["response"]["body"]
            if "gzip" in body:
                each["response"]["body"] = {"string": gzip.compress(body["gzip"].encode(), mtime=0)}
        return cassette


def tape(file: Path, mode: str, serializer: Serializer) -> Any:
    """A recorder (mode ``all``) or player (``none``), as a context manager."""
    machine = vcr.VCR(
        record_mode=vcr.record_mode.RecordMode(mode),
        match_on=["method", "scheme", "host", "path", "query", "sent"],
    )
    machine.register_serializer("redacted", serializer)
    machine.register_matcher("sent", serializer.match_sent)
    return machine.use_cassette(str(file), serializer="redacted", allow_playback_repeats=False)


def play(file: Path, origin: Origin, api: str) -> Any:
    """Replay a cassette: nothing reaches the network."""
    return tape(file, "none", Serializer(origin, api))


CLIENTS = {
    ("kaufland", False): lambda **how: Kaufland("k" * 32, "s" * 64, **how),
    ("kaufland", True): lambda **how: AsyncKaufland("k" * 32, "s" * 64, **how),
    ("shoptet", False): lambda **how: Shoptet("t" * 38, **how),
    ("shoptet", True): lambda **how: AsyncShoptet("t" * 38, **how),
}


def player(origin: Origin, api: str, *, asynchronous: bool) -> Any:
    """A client with keys that open nothing; it waits on a simulated clock."""
    return CLIENTS[api, asynchronous](base_url=BASES[origin][api], clock=SimulatedClock(Sandbox()))
