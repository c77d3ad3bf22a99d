"""The rows of a large result file, one at a time, while the file is still coming. Without I/O."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, Generic, TypeVar
from urllib.parse import urljoin

from attrs import frozen

from ..errors import ResultError
from .address import sheltered
from .answers import Problem
from .exchange import Interrupted, Policy, _Waits
from .values import Json, Mismatch

if TYPE_CHECKING:
    from typing_extensions import TypeForm

    from .api import Api

T = TypeVar("T")

BLOCK: Final = 1 << 17
"""Bytes unpacked at once; with the row at hand this is all that a reader holds. Much larger ones are handed back
to the system and asked for again, each time."""
SMALL: Final = 1 << 20
"""A file that unpacks to no more is no bomb, however well it was packed."""
REDIRECTS: Final = 5

_NOTHING: Final = object()
_GZIP = b"\x1f\x8b"
_ENVELOPE = frozenset({"data", "errors", "metadata"})


@frozen
class RowLimits:
    """How large a result file may be; protects against files made to exhaust whoever reads them.

    Attributes:
        total: Bytes of the unpacked file.
        ratio: How many times larger the unpacked file may be; real ones pack to a tenth or so.
        line: Bytes of one row.
    """

    total: int = 1 << 34
    ratio: int = 300
    line: int = 1 << 24


class RowReader(Generic[T]):
    """Unpacks, splits and decodes: fed with the pieces of a file, it gives the rows in them.

    The file is gzip or plain, told apart by its first bytes. It has one JSON object a line, or is a single
    envelope with the rows in its ``data``.

    Args:
        job_id: Whose result it is, for errors.
        row: What one row decodes to.
        skip: So many rows at the start were given before; they are counted, not decoded.

    Raises:
        TypeError: *row* is no type that JSON decodes to.
    """

    def __init__(self, api: Api, job_id: str, row: TypeForm[T], limits: RowLimits, skip: int = 0) -> None:
        self._api = api
        self._job_id = job_id
        self._row: TypeForm[T] = row
        self._read = api.codec.quick(row)
        self._limits = limits
        self._skip = skip
        self.rows = 0
        """Rows read so far, skipped ones included."""
        self._packed: bool | None = None
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS + 16)
        self._came = 0
        self._made = 0
        self._line = bytearray()
        self._begun = False
        self._pretty = False
        self._problems: tuple[Problem, ...] = ()

    def feed(self, piece: bytes) -> Iterator[T]:
        """The rows that are complete with *piece*; take them all before feeding the next one."""
        self._came += len(piece)
        for block in self._unpacked(piece):
            self._made += len(block)
            if self._made > self._limits.total:
                raise self._error(f"the file unpacks to more than {self._limits.total} bytes")
            if self._made > max(SMALL, self._limits.ratio * self._came):
                raise self._error(f"the file unpacks to more than {self._limits.ratio} times its size")
            yield from self._decoded(self._split(block))
            if len(self._line) > self._limits.line:
                raise self._too_long()

    def end(self) -> Iterator[T]:
        """The last row, when no line break follows it.

        Raises:
            ResultError: The file is not complete, or tells of errors after its rows.
        """
        if self.cut:
            raise self._error("the file ends in the middle of it")
        if not self._line.isspace():
            yield from self._decoded([bytes(self._line)] if self._line else [])
        if self.rows < self._skip:
            raise self._error("it was given before and is not in the file any more")
        if self._problems:
            raise self._error("; ".join(map(str, self._problems)))

    @property
    def cut(self) -> bool:
        """Whether a packed file has come only in part."""
        return self._packed is True and not self._inflater.eof

    def _error(self, problem: str) -> ResultError:
        return ResultError(self._job_id, self.rows + 1, problem)

    def _unpacked(self, piece: bytes) -> Iterator[bytes]:
        if self._packed is None:
            piece = bytes(self._line) + piece
            self._line = bytearray()
            if len(piece) < len(_GZIP):
                self._line += piece
                return
            self._packed = piece.startswith(_GZIP)
        if not self._packed:
            yield piece
            return
        rest, more = piece, True
        while rest or more:
            if self._inflater.eof:
                rest = rest.lstrip(b"\0")  # a file may be padded, or be several files in a row
                if not rest:
                    return
                self._inflater = zlib.decompressobj(zlib.MAX_WBITS + 16)
            try:
                block = self._inflater.decompress(rest, BLOCK)
            except zlib.error:
                raise self._error("the file is damaged") from None
            rest = self._inflater.unconsumed_tail or self._inflater.unused_data
            more = len(block) == BLOCK
            yield block

    def _split(self, block: bytes) -> list[bytes]:
        """The lines that are complete with *block*; the beginning of the next one is kept."""
        if self._pretty or b"\n" not in block:
            self._line += block
            return []
        block = bytes(self._line) + block
        lines: list[bytes] = []
        start = 0
        while (end := block.find(b"\n", start)) >= 0:  # bytes.split looks at one byte after the other
            line = block[start:end]
            if line and not line.isspace():
                lines.append(line)
            start = end + 1
        rest = block[start:]
        self._line = bytearray(rest)
        if lines and not self._begun:
            self._begun = True
            if lines[0].strip() in (b"{", b"["):  # one document over many lines
                self._pretty = True
                self._line = bytearray(b"\n".join([*lines, rest]))
                return []
        return lines

    def _decoded(self, lines: list[bytes]) -> Iterator[T]:
        read, longest = self._read, self._limits.line
        for line in lines:
            if len(line) > longest:
                raise self._too_long()
            if self.rows:
                if self.rows < self._skip:
                    self.rows += 1
                    continue
                try:
                    row = read(line)
                except Exception:  # noqa: BLE001, S110 - whatever it was, the detailed reading names it
                    pass
                else:
                    self.rows += 1
                    yield row
                    continue
            yield from self._in_detail(line)

    def _in_detail(self, line: bytes) -> Iterator[T]:
        """The row or rows of one document, or an error that says what is wrong with it."""
        codec = self._api.codec
        try:
            raw = codec.load(line)
        except Mismatch:
            raw = _NOTHING
        if raw is _NOTHING:  # raised here, for the error at hand there knows the row
            raise self._error("it is not JSON")
        for one in (raw,) if self.rows else self._spread(raw):
            if self.rows < self._skip:
                self.rows += 1
                continue
            try:
                row = codec.decode(one, self._row)
            except Mismatch as error:
                problem = f"{error.problem} @ {error.path}"
            else:
                self.rows += 1
                yield row
                continue
            raise self._error(problem)

    def _too_long(self) -> ResultError:
        return self._error(f"it is longer than {self._limits.line} bytes")

    def _spread(self, raw: Json) -> list[Json]:
        """The rows in the first document: it is one itself, or an envelope around all there are."""
        envelope = self._api.row(raw)
        if "data" not in envelope or not envelope.keys() <= _ENVELOPE:
            return [raw]
        self._problems = self._api.problems(raw)
        data: Json = envelope["data"]
        within: list[Json] = list(self._api.row(data).values())
        lists: list[list[Json]] = [each for each in (data, *within) if isinstance(each, list)]
        if len(lists) == 1:
            return lists[0]
        return [] if data is None else [data]


class Download(Generic[T]):
    """The decisions of one download: what to ask for, what an answer means, when to ask again.

    A driver asks for :attr:`url` with :attr:`headers`, tells :meth:`opened` what came, feeds the body, and
    ends with :meth:`end`; on :class:`Interrupted` it waits as :meth:`again` says and begins anew, until
    :attr:`done`. The bytes that came are not asked for again if the server can leave them out; if it cannot,
    the rows that were given are passed over. No row is given twice.
    """

    def __init__(
        self, api: Api, job_id: str, url: str, row: TypeForm[T], limits: RowLimits, policy: Policy
    ) -> None:
        self._job_id = job_id
        self._make: Callable[[int], RowReader[T]] = lambda skip: RowReader(api, job_id, row, limits, skip)
        self._policy = policy
        self._reader = self._make(0)
        self._given = 0
        self.url: str = self._safe(url, "")
        self.done: bool = False
        self._redirects = 0
        self._offset = self._furthest = 0
        self._due: int | None = None
        self._ranges = False
        self._tag: str | None = None
        self._attempts = 0
        self._waits: _Waits | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What to ask with; never who is asking."""
        headers = {"Accept-Encoding": "identity"}
        if self._offset and self._ranges:
            headers["Range"] = f"bytes={self._offset}-"
            if self._tag is not None:
                headers["If-Range"] = self._tag
        return headers

    def opened(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether a body follows that is to be fed; if not, ask again at once.

        Raises:
            Interrupted: Ask again later.
            ResultError: There is no such file.
        """
        if 300 <= status < 400 and "location" in headers and self._redirects < REDIRECTS:
            self._redirects += 1
            self.url = self._safe(headers["location"], self.url)
            return False
        if status in (408, 416, 425, 429) or status >= 500:
            if status == 416:
                self._restart()
            raise Interrupted(f"the server answered {status}")
        if status in (404, 410):
            raise self._error(
                f"there is no file any more ({status}); a result is kept for a day. Start the job again"
            )
        if status == 206 and not headers.get("content-range", "").startswith(f"bytes {self._offset}-"):
            self._restart()
            raise Interrupted("another part of the file came than was asked for")
        if status not in (200, 206):
            raise self._error(f"the server answered {status}")
        if headers.get("content-type", "").startswith("text/html"):
            raise Interrupted("a web page came")
        if status == 200 and self._offset:
            self._restart()
        length = headers.get("content-length", "")
        self._due = self._offset + int(length) if re.fullmatch(r"[0-9]{1,18}", length) else None
        self._ranges = status == 206 or headers.get("accept-ranges", "") == "bytes"
        tag = headers.get("etag", "")
        self._tag = tag if tag.startswith('"') else None  # a weak one does not speak for the bytes
        return True

    def feed(self, piece: bytes) -> Iterator[T]:
        """The rows that are complete with *piece*; take them all before feeding the next one."""
        self._offset += len(piece)
        if self._offset > self._furthest:
            self._furthest = self._offset
            self._attempts, self._waits = 0, None
        return self._reader.feed(piece)

    def end(self) -> Iterator[T]:
        """What remains when the body is over."""
        if self._due is None and self._reader.cut:
            raise Interrupted("the file ended too early")
        if self._due is not None and self._offset < self._due:
            raise Interrupted(f"only {self._offset} of {self._due} bytes came")
        yield from self._reader.end()
        self.done = True

    def again(self, broken: Interrupted) -> float:
        """Seconds to wait before asking again; raises when there is no sense in it."""
        self._attempts += 1
        if self._attempts >= self._policy.attempts:
            raise self._error(f"{broken}; given up after {self._attempts} attempts in vain")
        self._waits = self._waits or _Waits()
        return self._waits.next(broken)

    def _restart(self) -> None:
        self._given = max(self._given, self._reader.rows)
        self._reader = self._make(self._given)
        self._offset = 0

    def _error(self, problem: str) -> ResultError:
        return ResultError(self._job_id, max(self._given, self._reader.rows) + 1, problem)

    def _safe(self, url: str, base: str) -> str:
        """The address, when nobody on the way can read along."""
        try:
            url = urljoin(base, url)
        except ValueError:
            url = ""
        if not sheltered(url):
            raise self._error("its address is not one that begins with https")
        return url
