"""The shop's feeds: Shoptet's complete XML and CSV exports and Heureka's XML, read item by item.

A feed comes from a permanent address of the shop and is read from a file that is open for bytes. However large
it is, memory holds one item at a time. Nothing in it is trusted: document type declarations and entities are
refused, sizes and depths are limited. An item that cannot be read is a :class:`BadItem` that says where it is
and what is wrong with it, and the rest goes on.

>>> from io import BytesIO
>>> feed = BytesIO(b"<SHOP><SHOPITEM><CODE>A1</CODE><NAME>Lamp</NAME></SHOPITEM>"
...                b"<SHOPITEM><NAME>Table</NAME></SHOPITEM></SHOP>")
>>> for item in read_feed(feed):
...     print(item.name if isinstance(item, CatalogItem) else item)
Lamp
line 1 (Table): it has no CODE
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO, Final, NamedTuple, NoReturn, TypeAlias
from xml.parsers import expat

from attrs import evolve, frozen

from ..errors import FeedError
from .catalog import BadItem, CatalogItem, visibility_of

__all__ = ["BadItem", "CatalogItem", "FeedLimits", "read_csv", "read_feed", "read_xml"]


def __dir__() -> list[str]:
    return __all__


@frozen(kw_only=True)
class FeedLimits:
    """How large the parts of a feed may be."""

    item: int = 4_000_000
    """Characters of one item; a larger one is left out and reported."""
    depth: int = 50
    """Elements within each other."""
    total: int = 4_000_000_000
    """Bytes of the whole feed."""
    bad: int = 1000
    """Items in a row that cannot be read; so many mean that it is not the feed that it should be."""


Read: TypeAlias = CatalogItem | BadItem
_LIMITS: Final = FeedLimits()
_CHUNK: Final = 1 << 16
_HTML: Final = (
    "this is an HTML page, not a feed. Is the address complete? A wrong hash in it gives such a page"
)
_TEXT_MODE: Final = "open the feed for reading bytes: open(path, 'rb')"


def read_feed(
    file: BinaryIO,
    *,
    encoding: str | None = None,
    language: str | None = None,
    limits: FeedLimits = _LIMITS,
) -> Iterator[Read]:
    """Read a feed of any kind: XML if it begins with ``<``, else CSV.

    Args:
        file: Open for reading bytes; it is neither rewound nor closed.
        encoding: Of a CSV feed, if it is known; see :func:`read_csv`.
        language: Of the texts, as two letters; kept with each item.
        limits: How large the parts may be.

    Yields:
        Items, and what could not be read as one.

    Raises:
        FeedError: It is not a feed, must not be read, or breaks off. The items before it were good.
    """
    source = _opened(file, limits)
    head = source.peek(1024)[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return _bounded(_xml(source, language, limits), limits)
    return _bounded(_csv(source, _checked(encoding), language, limits), limits)


def read_xml(file: BinaryIO, *, language: str | None = None, limits: FeedLimits = _LIMITS) -> Iterator[Read]:
    """Read Shoptet's complete XML export, or one in the manner of Heureka; see :func:`read_feed`.

    Each variant is an item. What is not well-formed costs the item that it stands in, no other.
    """
    return _bounded(_xml(_opened(file, limits), language, limits), limits)


def read_csv(
    file: BinaryIO,
    *,
    encoding: str | None = None,
    language: str | None = None,
    limits: FeedLimits = _LIMITS,
) -> Iterator[Read]:
    """Read Shoptet's CSV export; see :func:`read_feed`.

    Columns are told by their names: ``code`` is needed, everything else is taken where it is there.

    Args:
        file: Open for reading bytes.
        encoding: ``cp1250`` or ``utf-8``; by default the first text beyond ASCII decides.
        language: Of the texts, as two letters.
        limits: How large the parts may be.

    Raises:
        ValueError: In that encoding a feed could not be told apart into lines.
    """
    return _bounded(_csv(_opened(file, limits), _checked(encoding), language, limits), limits)


def _bounded(items: Iterator[Read], limits: FeedLimits) -> Iterator[Read]:
    bad = 0
    for count, item in enumerate(items, 1):
        yield item
        bad = bad + 1 if isinstance(item, BadItem) else 0
        if isinstance(item, BadItem) and bad >= limits.bad:
            raise FeedError(f"{bad} items in a row cannot be read", item.line, count)


def _checked(encoding: str | None) -> str | None:
    if encoding is not None and '\n;"'.encode(encoding) != b'\n;"':
        raise ValueError(f"a CSV feed is not in {encoding!r}; Shoptet writes cp1250 and utf-8")
    return encoding


class _Source(io.RawIOBase):
    """A file of any kind, as far as it may be read."""

    def __init__(self, file: BinaryIO, total: int) -> None:
        self._file = file
        self._left = total
        self._total = total

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk: Any = self._file.read(len(buffer))
        if not isinstance(chunk, bytes | bytearray):
            raise TypeError(_TEXT_MODE)
        self._left -= len(chunk)
        if self._left < 0:
            raise FeedError(f"it has more than {self._total} bytes")
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _opened(file: BinaryIO, limits: FeedLimits) -> io.BufferedReader:
    return io.BufferedReader(_Source(file, limits.total), _CHUNK)


class _Flaw(Exception):
    """An item cannot be read: why."""


# XML.


class _Node:
    """One element of an item."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: Mapping[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.text: list[str] = []
        self.children: list[_Node] = []

    def all(self, *path: str) -> list[_Node]:
        """The elements at a path below; only there, since names such as CODE mean other things elsewhere."""
        found: list[_Node] = [self]
        for name in path:
            found = [child for each in found for child in each.children if child.name == name]
        return found

    def get(self, *path: str) -> str:
        """The text of the first element at a path; empty where there is none."""
        found = self.all(*path)
        return found[0].value if found else ""

    @property
    def value(self) -> str:
        return "".join(self.text).strip()


class _Refused(Exception):
    """The feed must not be read on: why, and on which line of the parser."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem, line)
        self.problem = problem
        self.line = line


class _Nested(Exception):
    """An item begins where the last one has not ended: at which byte of the parser."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


_BEGIN: Final = re.compile(rb"<SHOPITEM(?=[\s/>])|</SHOP\s*>")
_OPENING: Final = b"<SHOP>"
_OVERLAP: Final = 32
_NODE: Final = 64
"""What an element counts, besides its characters."""


class _XmlReader:
    """Takes bytes, gives items. Where the text is not well-formed it goes on at the next item."""

    def __init__(self, language: str | None, limits: FeedLimits) -> None:
        self._language = language
        self._limits = limits
        self._ready: list[Read] = []
        self._items = 0
        self._held = b""
        """Bytes that are not surely parsed, from :attr:`_offset` on, which is on :attr:`_line`."""
        self._offset = 0
        self._line = 1
        self._encoding: str | None = None
        self._rooted = self._closed = self._seeking = False
        self._blank = True
        self._restart(0)

    def feed(self, chunk: bytes) -> list[Read]:
        """Take more bytes, none at the end; give the items that are complete."""
        self._ready = []
        self._held += chunk
        self._blank = self._blank and not chunk.strip()
        fresh, final = chunk, not chunk
        while not self._closed:
            if self._seeking:
                again = self._seek(final=final)
                if again is None:
                    break
                fresh = again
            if self._parse(fresh, final=final):
                self._forget()
                break
        return self._ready

    def _parse(self, fresh: bytes, *, final: bool) -> bool:
        """Parse what is new; whether that went well."""
        parser = self._parser
        try:
            parser.Parse(fresh, final)
        except _Refused as refused:
            raise self._error(refused.problem, refused.line) from None
        except _Nested as nested:
            self._broken("it has no end", nested.place)
        except expat.ExpatError as error:
            place = parser.ErrorLineNumber
            if self._closed:  # whatever stands behind the end does not matter
                return True
            if self._blank:
                raise self._error("it is empty", place) from None
            told = expat.ErrorString(error.code)
            if final:
                raise self._error(f"it breaks off: {told}", place) from None
            if not self._rooted or (self._encoding or "").lower().startswith("utf-16"):
                raise self._error(f"this is not XML: {told}", place) from None
            self._broken(f"it is not well-formed: {told}", parser.ErrorByteIndex + 1)
        except (LookupError, ValueError) as error:  # an encoding that is unknown, or has several bytes
            raise self._error(f"its encoding cannot be read: {error}", parser.CurrentLineNumber) from None
        else:
            return True
        return False

    def _error(self, problem: str, line: int) -> FeedError:
        return FeedError(problem, self._parser_line + line - 1, self._items)

    def _forget(self) -> None:
        """Let go of what is parsed."""
        parsed = max(0, self._parser_offset + self._parser.CurrentByteIndex - self._offset)
        self._drop(parsed)
        if len(self._held) > self._limits.item:
            raise FeedError("a tag or a comment has no end", self._line, self._items)

    def _drop(self, count: int) -> None:
        self._line += self._held.count(b"\n", 0, count)
        self._offset += count
        self._held = self._held[count:]

    def _restart(self, skipped: int) -> None:
        """Begin with a new parser at the first byte held, *skipped* bytes of which are made up."""
        self._parser_offset = self._offset - skipped
        self._parser_line = self._line
        self._depth = self._size = 0
        self._stack: list[_Node] = []
        self._item: tuple[int, int] | None = None
        """Line and offset of the item that is being read."""
        parser = self._parser = expat.ParserCreate(self._encoding)
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def _broken(self, problem: str, place: int) -> None:
        """Report the item that is being read, and look for the next one from *place* of the parser on."""
        line, offset = self._item or (self._line, self._offset)
        if self._item is None:
            problem = f"between items, {problem}"
        self._report(BadItem(line=line, offset=offset, problem=problem, subject=self._subject()))
        self._drop(min(len(self._held), max(0, self._parser_offset + place - self._offset)))
        self._item = None
        self._seeking = True

    def _subject(self) -> str:
        return (self._stack[0].get("CODE") or self._stack[0].get("NAME")) if self._stack else ""

    def _seek(self, *, final: bool) -> bytes | None:
        """Go to where the next item begins; what is to be parsed from there, if it is there yet."""
        found = _BEGIN.search(self._held)
        if found is None:
            self._drop(max(0, len(self._held) - _OVERLAP))
            if final:
                raise FeedError("it breaks off", self._line, self._items)
            return None
        self._drop(found.start())
        if found[0].startswith(b"</"):
            self._closed = True
            return None
        self._seeking = False
        self._restart(len(_OPENING))
        return _OPENING + self._held

    # What the parser tells.

    def _declared(self, _: str, encoding: str | None, __: int) -> None:
        self._encoding = encoding

    def _refuse(self, problem: str) -> NoReturn:
        # The parser reads the rest of its bytes before it lets go of an exception, so the line is kept here.
        raise _Refused(problem, self._parser.CurrentLineNumber)

    def _doctype(self, name: str, *_: object) -> None:
        if name.lower() == "html":
            self._refuse(_HTML)
        self._refuse("it has a document type declaration, which is refused: that can do harm")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._limits.depth:
            self._refuse(f"elements stand within each other more than {self._limits.depth} deep")
        if self._depth == 1:
            if name.lower() == "html":
                self._refuse(_HTML)
            if name != "SHOP":
                self._refuse(f"it begins with <{name[:40]}>, a feed begins with <SHOP>")
            self._rooted = True
        elif self._depth == 2:
            if name == "SHOPITEM":
                line = self._parser_line + self._parser.CurrentLineNumber - 1
                self._item = (line, self._parser_offset + self._parser.CurrentByteIndex)
                self._size = 0
                self._stack = [_Node(name, attributes)]
        elif self._item is not None:
            if name == "SHOPITEM":
                raise _Nested(self._parser.CurrentByteIndex)
            self._size += _NODE + len(name) + sum(map(len, attributes.values()))
            if self._size <= self._limits.item:
                node = _Node(name, attributes)
                self._stack[-1].children.append(node)
                self._stack.append(node)

    def _text(self, text: str) -> None:
        if self._item is not None:
            self._size += len(text)
            if self._size <= self._limits.item:
                self._stack[-1].text.append(text)

    def _end(self, _: str) -> None:
        self._depth -= 1
        if self._item is not None:
            if self._depth == 1:
                self._finish(*self._item)
                self._item = None
            elif self._size <= self._limits.item:
                self._stack.pop()
        elif self._depth == 0:
            self._closed = True

    def _finish(self, line: int, offset: int) -> None:
        node = self._stack[0]
        if self._size > self._limits.item:
            told = f"it has more than {self._limits.item} characters"
            self._report(BadItem(line=line, offset=offset, problem=told, subject=self._subject()))
            return
        for subject, made in _items_of(node):
            if isinstance(made, _Flaw):
                self._report(BadItem(line=line, offset=offset, problem=str(made), subject=subject))
            else:
                self._report(evolve(made, language=self._language) if self._language else made)

    def _report(self, made: Read) -> None:
        self._items += 1
        self._ready.append(made)


def _xml(source: io.BufferedReader, language: str | None, limits: FeedLimits) -> Iterator[Read]:
    reader = _XmlReader(language, limits)
    chunk = b"-"
    while chunk:
        chunk = source.read1(_CHUNK)
        yield from reader.feed(chunk)


_Made: TypeAlias = tuple[str, CatalogItem | _Flaw]


def _items_of(node: _Node) -> Iterator[_Made]:
    names = {child.name for child in node.children}
    heureka = not names.isdisjoint({"ITEM_ID", "PRODUCTNAME"}) and "CODE" not in names
    return _heureka(node) if heureka else _complete(node)


def _complete(node: _Node) -> Iterator[_Made]:
    """The variants of a product in Shoptet's complete export."""
    name = node.get("NAME")
    currency = node.get("CURRENCY") or None
    category, categories = _categories(
        [*node.all("CATEGORIES", "DEFAULT_CATEGORY"), *node.all("DEFAULT_CATEGORY")],
        [*node.all("CATEGORIES", "CATEGORY"), *node.all("CATEGORY")],
    )
    product = CatalogItem(
        code="",
        name=name,
        description_html=node.get("DESCRIPTION"),
        short_description_html=node.get("SHORT_DESCRIPTION"),
        currency=currency,
        images=_filled(node.all("IMAGES", "IMAGE")),
        parameters=tuple(
            pair
            for path in _PARAMETERS
            for each in node.all(*path)
            for pair in _pairs(each.get("NAME"), each.all("VALUE"))
        ),
        brand=node.get("MANUFACTURER") or None,
        category=category,
        categories=categories,
        flags=_flags(node),
        visibility=visibility_of(node.get("VISIBILITY") or node.get("VISIBLE")),
        type=node.get("ITEM_TYPE").lower() or "product",
    )
    variants = node.all("VARIANTS", "VARIANT")
    whole = node.get("GUID") or node.attributes.get("id") or node.get("CODE") or None
    for variant in variants or [node]:
        yield _tried(
            variant.get("CODE") or name, variant, evolve(product, variant_of=whole if variants else None)
        )


_PARAMETERS: Final = (
    ("INFORMATION_PARAMETERS", "INFORMATION_PARAMETER"),
    ("TEXT_PROPERTIES", "TEXT_PROPERTY"),
)


def _tried(subject: str, node: _Node, product: CatalogItem) -> _Made:
    """One variant; *node* is the product itself where it has none."""
    code = node.get("CODE")
    if not code:
        return subject, _Flaw("it has no CODE")
    visible = node.get("VISIBLE")
    named = [*node.all("PARAMETERS", "PARAMETER"), *node.all("PARAMETER")]
    try:
        return subject, evolve(
            product,
            code=code,
            ean=node.get("EAN") or None,
            variant=tuple(pair for each in named for pair in _pairs(each.get("NAME"), each.all("VALUE"))),
            price=_number(node.get("PRICE_VAT"), "PRICE_VAT"),
            currency=node.get("CURRENCY") or product.currency,
            stock=_stock(node),
            images=_once([*_filled(node.all("IMAGE_REF")), *product.images]),
            visibility="hidden" if visible and visibility_of(visible) == "hidden" else product.visibility,
        )
    except _Flaw as flaw:
        return subject, flaw


def _stock(node: _Node) -> Decimal | None:
    amount = _number(node.get("STOCK", "AMOUNT"), "STOCK/AMOUNT")
    if amount is not None:
        return amount
    held = [
        _number(each.get("VALUE"), "WAREHOUSE/VALUE") for each in node.all("STOCK", "WAREHOUSES", "WAREHOUSE")
    ]
    counted = [each for each in held if each is not None]
    return sum(counted, Decimal(0)) if counted else None


def _flags(node: _Node) -> tuple[str, ...]:
    """Codes of the flags that are set: as FLAG with CODE and ACTIVE, or as elements of their own with 1."""
    found: list[str] = []
    for each in node.all("FLAGS")[:1]:
        for flag in each.children:
            code = flag.get("CODE") if flag.name == "FLAG" else flag.name.lower()
            state = flag.get("ACTIVE") or "1" if flag.name == "FLAG" else flag.value
            if code and state.lower() in {"1", "true"}:
                found.append(code)
    return tuple(found)


def _categories(main: Iterable[_Node], others: Iterable[_Node]) -> tuple[str | None, tuple[str, ...]]:
    """The path of the main category, and everything by which a category may be named."""
    found: list[str] = []
    for node in (*main, *others):
        path = node.value
        if path:
            found += [path, *filter(None, [node.attributes.get("id")]), _leaf(path)]
    return (found[0] if found else None), _once(found)


_SEPARATOR: Final = re.compile(r"\s*[|>]\s*")


def _leaf(path: str) -> str:
    return _SEPARATOR.split(path)[-1]


def _heureka(node: _Node) -> Iterator[_Made]:
    """An item in the manner of Heureka: each variant is one, the address of each picture an element."""
    code, name = node.get("ITEM_ID"), node.get("PRODUCTNAME") or node.get("PRODUCT")
    if not code:
        yield name, _Flaw("it has no ITEM_ID")
        return
    category, categories = _categories(node.all("CATEGORYTEXT")[:1], node.all("CATEGORYTEXT")[1:])
    try:
        yield (
            code,
            CatalogItem(
                code=code,
                ean=node.get("EAN") or None,
                name=name,
                variant_of=node.get("ITEMGROUP_ID") or None,
                description_html=node.get("DESCRIPTION"),
                price=_number(node.get("PRICE_VAT"), "PRICE_VAT"),
                images=_once([*_filled(node.all("IMGURL")), *_filled(node.all("IMGURL_ALTERNATIVE"))]),
                parameters=tuple(
                    pair
                    for each in node.all("PARAM")
                    for pair in _pairs(each.get("PARAM_NAME"), each.all("VAL"))
                ),
                brand=node.get("MANUFACTURER") or None,
                category=category,
                categories=categories,
            ),
        )
    except _Flaw as flaw:
        yield code, flaw


def _filled(nodes: Iterable[_Node]) -> tuple[str, ...]:
    return _once(node.value for node in nodes)


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _pairs(name: str, values: Iterable[_Node]) -> Iterator[tuple[str, str]]:
    return ((name, value) for value in _filled(values) if name)


_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,15})?")
_BLANK: Final = re.compile(r"[\s\u00a0\u202f]+")


def _number(text: str, what: str) -> Decimal | None:
    """A number as feeds write it, with a comma or a point; ``None`` for nothing."""
    plain = _BLANK.sub("", text)
    if not plain:
        return None
    if not _NUMBER.fullmatch(plain) or not plain.isascii():
        raise _Flaw(f'{what} is no number: "{text[:30]}"')
    return Decimal(plain.replace(",", "."))


# CSV.


class _Record(NamedTuple):
    """One line of a table; it may stand on several lines of the file."""

    line: int
    offset: int
    cells: list[str]
    problem: str = ""


_QUOTED: Final = r'"[^"]*+(?:""[^"]*+)*+'
_FIELDS: Final = rf'(?:(?:{_QUOTED}"[^;]*+|(?!")[^;]*+);)*+'
_OPEN: Final = re.compile(rf"{_FIELDS}{_QUOTED}\Z")
"""From the beginning of a cell on: that a quoted cell is open at the end."""
_CLOSING: Final = re.compile(r'[^"]*+(?:""[^"]*+)*+"(?!")[^;]*+')
"""Within a quoted cell: up to where the cell ends."""


class _Table:
    """Puts lines of bytes together to records."""

    def __init__(self, source: io.BufferedReader, encoding: str | None, limits: FeedLimits) -> None:
        self.width = 0
        """How many cells a record has, once that is known."""
        self._source = source
        self._encoding = encoding
        self._most = limits.item

    def __iter__(self) -> Iterator[_Record]:
        held: list[str] = []
        first = start = number = offset = 0
        lost = cut = False
        while raw := self._source.readline(self._most + 2):
            if cut:  # the rest of a line that is too long
                cut = not raw.endswith(b"\n")
                offset += len(raw)
                continue
            number += 1
            text = self._decoded(raw)
            if lost and not self._found(text):
                lost = _is_open(text, within=True)
                offset += len(raw)
                continue
            lost = False
            if not held:
                first, start = number, offset
            offset += len(raw)
            open_ = _is_open(text, within=bool(held))
            held.append(text)
            if offset - start > self._most:
                yield _Record(first, start, [], f"it has more than {self._most} bytes")
                lost, cut = open_, not raw.endswith(b"\n")
            elif open_:
                continue
            else:
                yield self._record(first, start, "".join(held))
            held = []
        if held:
            yield _Record(first, start, [], "a quotation mark is not closed")

    def _found(self, text: str) -> bool:
        """Whether a line within a cell that has become too large is a record of its own, as it seems."""
        return not _is_open(text, within=False) and len(self._record(0, 0, text).cells) == self.width > 1

    def _record(self, line: int, offset: int, text: str) -> _Record:
        try:
            (cells,) = csv.reader([text], delimiter=";")
        except csv.Error as error:
            return _Record(line, offset, [], f"it cannot be read: {error}")
        if "\ufffd" in text:
            return _Record(line, offset, [], f"it holds bytes that are not {self._encoding}")
        return _Record(line, offset, cells if any(map(str.strip, cells)) else [])

    def _decoded(self, raw: bytes) -> str:
        if raw.isascii():
            return raw.decode()
        if self._encoding is None:
            try:
                raw.decode()
                self._encoding = "utf-8"
            except UnicodeDecodeError:
                self._encoding = "cp1250"
        return raw.decode(self._encoding, "replace")


def _is_open(text: str, *, within: bool) -> bool:
    """Whether a quoted cell is open at the end of a line; *within*: whether one was at its beginning."""
    if not within:
        return _OPEN.match(text) is not None
    closing = _CLOSING.match(text)
    if closing is None:
        return True
    rest = text[closing.end() :]
    return rest.startswith(";") and _OPEN.match(rest, 1) is not None


def _csv(
    source: io.BufferedReader, encoding: str | None, language: str | None, limits: FeedLimits
) -> Iterator[Read]:
    if source.peek(3)[:3] == b"\xef\xbb\xbf":
        source.read(3)
        encoding = "utf-8"
    columns: _Columns | None = None
    table = _Table(source, encoding, limits)
    for record in table:
        if not (record.cells or record.problem):
            continue
        if columns is None:
            columns = _header(record)
            table.width = len(columns.names)
        else:
            yield _row(columns, record, language)
    if columns is None:
        raise FeedError("it is empty")


class _Columns(NamedTuple):
    """What the columns are."""

    names: list[str]
    at: dict[str, int]
    images: list[int]
    categories: list[int]
    properties: list[int]
    variants: list[tuple[int, str]]
    filters: list[tuple[int, str]]
    flags: list[tuple[int, str]]


def _header(record: _Record) -> _Columns:
    if record.problem:
        raise FeedError(record.problem, record.line)
    names = [cell.strip() for cell in record.cells]
    if names[0].startswith("<"):
        html = re.match(r"<(!doctype\s+)?html", names[0], re.IGNORECASE)
        raise FeedError(_HTML if html else "this is XML, not CSV", record.line)
    at: dict[str, int] = {}
    for place, name in enumerate(names):
        at.setdefault(name, place)
    if "code" not in at:
        raise FeedError(
            "there is no column code: this is not Shoptet's export of products, or not with ; between columns",
            record.line,
        )

    def numbered(pattern: str) -> list[int]:
        return [place for place, name in enumerate(names) if re.fullmatch(pattern, name)]

    def called(prefix: str) -> list[tuple[int, str]]:
        return [(place, name[len(prefix) :]) for place, name in enumerate(names) if name.startswith(prefix)]

    return _Columns(
        names=names,
        at=at,
        images=[*numbered("defaultImage"), *numbered(r"image\d*")],
        categories=[*numbered("defaultCategory"), *numbered(r"categoryText\d*")],
        properties=numbered(r"textProperty\d*"),
        variants=called("variant:"),
        filters=called("filteringProperty:"),
        flags=[
            (place, name[: -len("Flag")])
            for place, name in enumerate(names)
            if re.fullmatch(r"\w+Flag", name)
        ],
    )


def _row(columns: _Columns, record: _Record, language: str | None) -> Read:
    def bad(problem: str, subject: str = "") -> BadItem:
        return BadItem(line=record.line, offset=record.offset, problem=problem, subject=subject)

    if record.problem:
        return bad(record.problem)
    cells = record.cells
    if len(cells) != len(columns.names):
        return bad(f"it has {len(cells)} cells, the header has {len(columns.names)}", cells[0][:60])

    def get(name: str) -> str:
        place = columns.at.get(name)
        return "" if place is None else cells[place].strip()

    code, name = get("code"), get("name")
    if not code:
        return bad("it has no code", name[:60])
    categories = _once(
        each
        for place in columns.categories
        for path in [cells[place].strip()]
        for each in (path, _leaf(path))
    )
    hidden = visibility_of(get("variantVisibility")) == "hidden"
    try:
        return CatalogItem(
            code=code,
            ean=get("ean") or None,
            name=name,
            variant_of=get("pairCode") or None,
            variant=_named(cells, columns.variants),
            description_html=get("description"),
            short_description_html=get("shortDescription"),
            price=_number(get("price"), "price"),
            currency=get("currency") or None,
            stock=_number(get("stock"), "stock"),
            images=_once(cells[place].strip() for place in columns.images),
            parameters=(*_properties(cells, columns), *_named(cells, columns.filters)),
            brand=get("manufacturer") or None,
            category=categories[0] if categories else None,
            categories=categories,
            flags=tuple(
                flag for place, flag in columns.flags if cells[place].strip().lower() in {"1", "true"}
            ),
            visibility="hidden" if hidden else visibility_of(get("productVisibility")),
            type=get("itemType").lower() or "product",
            language=language,
        )
    except _Flaw as flaw:
        return bad(str(flaw), code)


def _named(cells: list[str], places: Iterable[tuple[int, str]]) -> tuple[tuple[str, str], ...]:
    """Name and values of columns that are called by what they hold; several values stand with ; between."""
    return tuple(
        (name, value)
        for place, name in places
        for value in (part.strip() for part in cells[place].split(";"))
        if value
    )


def _properties(cells: list[str], columns: _Columns) -> Iterator[tuple[str, str]]:
    """Text properties: name and value in one cell, with ; between."""
    for place in columns.properties:
        name, _, rest = cells[place].partition(";")
        value = rest.partition(";")[0].strip()
        if name.strip() and value:
            yield name.strip(), value
