"""How fast large feeds are read, and how much memory that takes: ``python tests/bench/feeds.py [MEGABYTES]``.

Prints the figures of a feed of 300 MB for each of the three forms. The feed is made while it is read, so that no
disk counts; the time to make it is measured apart and taken off.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from kaufland_shoptet.shoptet.feeds import CatalogItem, read_feed

TEXT = "Popis výrobku s háčky a čárkami. " * 60


def complete() -> Iterator[bytes]:
    """Shoptet's complete export: products with three variants each."""
    yield b'<?xml version="1.0" encoding="utf-8"?>\n<SHOP>\n'
    place = 0
    while True:
        place += 1
        variants = "".join(
            f"<VARIANT id='{place}{size}'><CODE>C{place}/{size}</CODE><EAN>8590000001012</EAN>"
            f"<PRICE_VAT>129,50</PRICE_VAT><CURRENCY>CZK</CURRENCY><STOCK><AMOUNT>5</AMOUNT></STOCK>"
            f"<PARAMETERS><PARAMETER><NAME>Velikost</NAME><VALUE>{size}</VALUE></PARAMETER></PARAMETERS></VARIANT>\n"
            for size in "SML"
        )
        yield (
            f"<SHOPITEM id='{place}'><NAME>Zboží {place}</NAME><DESCRIPTION><![CDATA[<p>{TEXT}</p>]]></DESCRIPTION>"
            f"<MANUFACTURER>Alva</MANUFACTURER><CATEGORIES><CATEGORY id='7'>Dům &gt; Svítidla</CATEGORY></CATEGORIES>"
            f"<IMAGES><IMAGE>https://x.example/{place}.jpg</IMAGE></IMAGES><VARIANTS>{variants}</VARIANTS></SHOPITEM>\n"
        ).encode()


def heureka() -> Iterator[bytes]:
    """Heureka's form."""
    yield b"<SHOP>\n"
    place = 0
    while True:
        place += 1
        yield (
            f"<SHOPITEM><ITEM_ID>C{place}</ITEM_ID><PRODUCTNAME>Zboží {place}</PRODUCTNAME><DESCRIPTION>{TEXT}"
            f"</DESCRIPTION><EAN>8590000001012</EAN><PRICE_VAT>129.5</PRICE_VAT><IMGURL>https://x.example/{place}.jpg"
            f"</IMGURL><CATEGORYTEXT>Dům | Svítidla</CATEGORYTEXT></SHOPITEM>\n"
        ).encode()


def table() -> Iterator[bytes]:
    """Shoptet's CSV."""
    yield b"code;pairCode;name;ean;price;stock;description;image\n"
    place = 0
    while True:
        place += 1
        row = f'C{place};;Zboží {place};8590000001012;"129,50";5;"<p>{TEXT}\n</p>";https://x.example/{place}.jpg\n'
        yield row.encode("cp1250")


class Stream:
    """A feed of some bytes, made while it is read."""

    def __init__(self, make: Callable[[], Iterator[bytes]], size: int, end: bytes) -> None:
        self._pieces = make()
        self._held = b""
        self._left = size
        self._end = end
        self.size = 0

    def read(self, wanted: int) -> bytes:
        while len(self._held) < wanted and self._left > 0:
            piece = b"".join(islice(self._pieces, 20))
            self._left -= len(piece)
            self._held += piece if self._left > 0 else piece + self._end
        given, self._held = self._held[:wanted], self._held[wanted:]
        self.size += len(given)
        return given


def measure(make: Callable[[], Iterator[bytes]], megabytes: int) -> None:
    """Read a feed and print the figures."""
    end = b"" if make is table else b"</SHOP>"
    start = time.perf_counter()
    blank = Stream(make, megabytes * 1_000_000, end)
    while blank.read(1 << 16):
        pass
    making = time.perf_counter() - start
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    stream: Any = Stream(make, megabytes * 1_000_000, end)
    items = sum(isinstance(item, CatalogItem) for item in read_feed(stream))
    taken = time.perf_counter() - start - making
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"{make.__name__:10} {stream.size / 1e6:7.0f} MB {items:9,} items {taken:6.1f} s "
        f"{stream.size / 1e6 / taken:5.0f} MB/s, peak memory grew by {grown:.1f} MB"
    )


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    for each in (complete, heureka, table):
        measure(each, wanted)
