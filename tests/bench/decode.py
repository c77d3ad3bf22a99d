"""Decoding: bytes to models, as a ratio to ``orjson.loads`` of the same bytes."""

from __future__ import annotations

import json
import sys
from unittest import mock

import orjson
from bodies import samples
from measure import best, table
from rivals import rival

from kaufland_shoptet._core import codec as codecs


def main() -> None:
    """Print the table."""
    with mock.patch.dict(sys.modules, {"orjson": None}):
        stdlib = codecs._parser()
    rows = [["", "bytes", "ours, orjson", "pydantic", "ours, json", "json.loads"]]
    for name, (api, kind, body) in samples().items():
        codec, adapter = api.codec, rival(api, kind)

        def ours(parse=orjson.loads, codec=codec, kind=kind, body=body) -> object:
            codecs._loads = parse
            return codec.decode(codec.load(body), kind)

        ours()
        adapter.validate_json(body)
        times = best(
            {
                "orjson": lambda body=body: orjson.loads(body),
                "ours": ours,
                "pydantic": lambda body=body, adapter=adapter: adapter.validate_json(body),
                "ours json": lambda ours=ours: ours(stdlib),
                "json": lambda body=body: json.loads(body),
            }
        )
        base = times.pop("orjson")
        rows.append([name, str(len(body)), *(f"{each / base:.2f}" for each in times.values())])
    print("Decoding, ratio to orjson.loads (the targets: at most pydantic's; at most 5.00 with json)")
    table(rows)


if __name__ == "__main__":
    main()
