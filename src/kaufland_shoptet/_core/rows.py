"""The rows of a large result file, one at a time, while the file is still coming. Without I/O."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast
from urllib.parse import urljoin, urlsplit

from attrs import field, frozen
from typing_extensions import TypeForm

from ..errors import KauflandShoptetError, ResultError
from .codec import Mismatch
from .values import Json, JsonObject

if TYPE_CHECKING:
    from .api import Api

T = TypeVar("T")

BLOCK: Final = 1 << 18
"""Bytes that are unpacked at once: what a reader holds besides the row at hand."""
SMALL: Final = 1 << 20
"""A file that unpacks to less is no bomb, however well it was packed."""
REDIRECTS: Final = 5

_GZIP = b"\x1f\x8b"
_ENVELOPE = frozenset({"data", "errors", "metadata"})


@frozen
class RowLimits:
    """How much a result file may be, as protection against files made to exhaust whoever reads them.

    Attributes:
        total: Bytes of the unpacked file.
        ratio: How many times larger than the file itself; orders and products pack to a tenth or so.
        line: Bytes of one row.
    """

    total: int = field(default=1 << 34)
    ratio: int = 300
    line: int = field(default=1 << 24)


class Interrupted(KauflandShoptetError):
    """A download broke off; it may be taken up again. Never leaves a client."""


class RowReader(Generic[T]):
    """Unpacks, splits and decodes: fed with pieces of a file, it gives the rows in them.

    The file is gzip or plain, told apart by its first bytes. It holds one JSON object a line, or a single
    envelope of Shoptet's with the rows in its ``data``.

    Args:
        job_id: Whose result it is, for errors.
        row: What one row decodes to.
        skip: So many rows at the start were given before; they are counted but not decoded.
    """

    def __init__(self, api: Api, job_id: str, row: TypeForm[T], limits: RowLimits, skip: int = 0) -> None:
        self._api = api
        self._job_id = job_id
        self._row: Any = row
        self._limits = limits
        self._skip = skip
        self.rows = 0
        """Rows read so far, the skipped ones included."""
        self._came = 0
        self._made = 0
        self._start = b""
        self._inflater: Any = None
        self._plain = False
        self._line = bytearray()
        self._whole = False

    def feed(self, piece: bytes) -> Iterator[T]:
        """The rows that are complete with *piece*; take them all before the next one."""
        self._came += len(piece)
        for block in self._unpacked(piece):
            self._made += len(block)
            self._check()
            yield from self._split(block)

    def end(self) -> Iterator[T]:
        """The last row, if no line break follows it. Raises :class:`ResultError` when something is missing."""
        if self.cut:
            raise self._error("the file ends in the middle of it")
        if self._start:  # a single byte
            self._line += self._start
        line = bytes(self._line)
        self._line.clear()
        self._whole = False
        yield from self._read(line)
        if self.rows < self._skip:
            raise self._error(f"the file has {self.rows} rows now and had {self._skip} before")

    @property
    def cut(self) -> bool:
        """Whether a packed file has come only in part."""
        return self._inflater is not None and not self._inflater.eof

    def _error(self, problem: str) -> ResultError:
        return ResultError(self._job_id, self.rows + 1, problem)

    def _check(self) -> None:
        limits = self._limits
        if self._made > limits.total:
            raise self._error(f"the file unpacks to more than {limits.total} bytes")
        if self._made > max(SMALL, limits.ratio * self._came):
            raise self._error(f"the file unpacks to more than {limits.ratio} times its size")

    def _unpacked(self, piece: bytes) -> Iterator[bytes]:
        if self._inflater is None and not self._plain:
            piece = self._start = self._start + piece
            if len(piece) < len(_GZIP):
                return
            self._start = b""
            self._plain = not piece.startswith(_GZIP)
        if self._plain:
            yield piece
            return
        rest, more = piece, True
        while rest or more:
            if self._inflater is None or self._inflater.eof:
                rest = rest.lstrip(b"\0")  # a file may be padded, or be several gzip files in a row
                if not rest:
                    return
                self._inflater = zlib.decompressobj(zlib.MAX_WBITS + 16)
            try:
                block: bytes = self._inflater.decompress(rest, BLOCK)
            except zlib.error:
                raise self._error("the file is damaged") from None
            rest = self._inflater.unconsumed_tail or self._inflater.unused_data
            more = len(block) == BLOCK
            yield block

    def _split(self, block: bytes) -> Iterator[T]:
        first, *lines = block.split(b"\n")
        self._line += first
        if len(self._line) > self._limits.line:
            raise self._error(f"it is longer than {self._limits.line} bytes")
        if not lines:
            return
        if self._whole:
            self._line += b"\n" + b"\n".join(lines)
            return
        ...
