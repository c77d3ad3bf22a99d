"""Product data: what the seller tells of products, how it is processed, and the categories they belong to."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, cast

from attrs import define

from ..checks import Flaw, Number, Rows, Rule, Shape, Text
from ..clock import Clock
from ..params import Parser, choice, many, text
from ..routes import Asked, Refused, Route
from ..switches import Switches
from ..wire import Answer, answer, is_object
from .desk import Desk
from .market import Row
from .offers import STOREFRONT, ean_is_valid
from .paging import page, paged
from .problems import invalid, problem
from .tables import STOREFRONTS

LOCALES: Final = tuple(front.locale for front in STOREFRONTS.values())
FILES_A_DAY: Final = 30


# -- categories ------------------------------------------------------------------------------------------


def _attribute(number: int, name: str, title: str, *, multiple: bool = False, shared: bool = False) -> Row:
    return {
        "id": number,
        "name": name,
        "is_multiple": multiple,
        "is_sharedset": shared,
        "explanation": f"{title} of the product.",
        "seller_instructions": "",
        "title": title,
        "type": "ShortText",
    }


_COMMON: Final = (
    _attribute(31, "title", "Title"),
    _attribute(32, "description", "Description"),
    _attribute(33, "picture", "Picture", multiple=True),
    _attribute(21, "manufacturer", "Manufacturer", shared=True),
)
COLOUR: Final = _attribute(41, "colour", "Colour", multiple=True, shared=True)
SIZE: Final = _attribute(42, "size", "Size")
MATERIAL: Final = _attribute(43, "material_composition", "Material composition")


@define
class Category:
    """A category: what it requires, and the words by which products are recognised."""

    row: Row
    words: tuple[str, ...] = ()
    required: tuple[Row, ...] = _COMMON
    optional: tuple[Row, ...] = (COLOUR, SIZE, MATERIAL)


def _category(
    number: int, name: str, words: str, *more: Row, parent: int = 1, leaf: bool = True, vat: int = 21
) -> Category:
    row = {
        "name": name,
        "title_singular": name,
        "title_plural": name,
        "level": 1 if number == 1 else 2,
        "url": re.sub(r"\W+", "-", name.lower()),
        "is_leaf": leaf,
        "id_category": number,
        "id_parent_category": parent,
        "shipping_category": "P",
        "variable_fee": 13,
        "fixed_fee": 0,
        "vat": vat,
    }
    optional = tuple(each for each in (COLOUR, SIZE, MATERIAL) if each not in more)
    return Category(row, tuple(words.split()), (*_COMMON, *more), optional)


CATEGORIES: Final = (
    _category(1, "Everything", "", leaf=False),
    _category(34401, "Smartphones", "telefon phone"),
    _category(20101, "Kettles", "konvice kettle"),
    _category(20201, "Garden chairs", "křeslo židle chair"),
    _category(20301, "Sweatshirts", "mikina tričko", COLOUR),
    _category(20401, "Table lamps", "lampa lamp svítidlo", COLOUR),
    _category(20501, "Towels", "ručník osuška", COLOUR),
    _category(20601, "Tools", "nářadí kladivo"),
    _category(20701, "Honey", "med honey", vat=12),
)
"""An excerpt of the tree, flat; names and requirements are invented."""


# -- state -----------------------------------------------------------------------------------------------


@define(eq=False)
class Sheet:
    """What the seller told of one EAN in one language."""

    attributes: Row
    changed: datetime
    result: Row | None = None
    """What came of it, once it is processed."""


class Library(Desk):
    """The seller account with its product data.

    `web` is what Kaufland fetches: the bytes behind an address. `busy` makes it too busy for another file.
    """

    def __init__(self, clock: Clock, switches: Switches) -> None:
        super().__init__(clock, switches)
        self.sheets: dict[tuple[str, str], Sheet] = {}
        self.categories: dict[int, Category] = {each.row["id_category"]: each for each in CATEGORIES}
        self.data_files: list[Row] = []
        self.web: dict[str, bytes] = {}
        self.busy = False

    def tell(self, ean: str, locale: str, attributes: Row, *, replace: bool) -> None:
        """The seller tells something about a product; it takes hours until it is looked at."""
        known = self.sheets.get((ean, locale))
        told = attributes if replace or known is None else known.attributes | attributes
        sheet = self.sheets[ean, locale] = Sheet(told, self.clock.now())
        self.clock.after(self.switches.product_data_takes, partial(self._process, ean, locale, sheet))

    def _process(self, ean: str, locale: str, sheet: Sheet) -> None:
        if self.sheets.get((ean, locale)) is not sheet:
            return
        told = sheet.attributes
        category = self.category_called(next(iter(told.get("category", [])), ""))
        needed = [each["name"] for each in category.required] if category else []
        missing = [name for name in needed if not told.get(name)]
        fail = None
        if not told.get("title") or not told.get("description"):
            fail = "NOT_ENOUGH_TEXT"
        elif category is None:
            fail = "NO_CATEGORY"
        row = self.products.get(ean)
        if fail is None and not missing and category is not None:
            row = self._publish(ean, locale, told, category)
        ready = bool(row and row["is_valid"])
        why = None if ready else "MISSING_ATTRIBUTES" if missing else "PROCESSING_FAILED"
        sheet.result = {
            "product_ready": ready,
            "update_status": "FAIL" if fail else "SUCCESS",
            "id_product": row["id_product"] if row else None,
            "product_not_ready_reason": why,
            "update_fail_reason": fail,
            "attribute_values": [_value(name, each) for name, each in _values(told)],
            "missing_attributes": missing,
            "min_one_missing_attributes": [],
        }

    def _publish(self, ean: str, locale: str, told: Row, category: Category) -> Row:
        """The product gets a page. Where there is one, the seller's own text may not be shown."""
        storefront = next(code for code, front in STOREFRONTS.items() if front.locale == locale)
        row = self.products.setdefault(
            ean,
            {
                "id_product": 900_000_000 + len(self.products),
                "storefront": storefront,
                "eans": [ean],
                "url": f"https://www.kaufland.{storefront}/product/{900_000_000 + len(self.products)}/",
                "age_rating": 0,
                "is_valid": False,
                "dangerous_goods_li_shipping": None,
                "danger_label_9A": None,
            },
        )
        if not row["is_valid"]:
            row |= {
                "title": told["title"][0],
                "id_category": category.row["id_category"],
                "main_picture": told["picture"][0],
                "manufacturer": told["manufacturer"][0],
                "is_valid": True,
            }
        return row

    def category_called(self, name: str) -> Category | None:
        """The category of that name."""
        return next((each for each in self.categories.values() if each.row["name"] == name), None)


def _values(told: Row) -> Iterator[tuple[str, str]]:
    for name, values in told.items():
        if isinstance(values, list):
            yield from ((name, value) for value in cast("list[str]", values))


def _value(name: str, value: str) -> Row:
    broken = name == "picture" and not value.startswith("http")
    return {
        "attribute": name,
        "original_value": value,
        "state": "DECLINED" if broken else "ACCEPTED",
        "message": "The picture could not be fetched." if broken else "",
    }


# -- rules -----------------------------------------------------------------------------------------------

_CONTACT: Final = Shape(
    keys={
        "name": Text(minimum=1),
        "address": Text(minimum=1),
        "email_address": Text(null=True),
        "phone_number": Text(null=True),
        "url": Text(null=True),
    },
    required=("name", "address"),
)


class _Attributes:
    """Lists of texts by name; the safety contact alone is an object."""

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Everything wrong with it."""
        if not is_object(value):
            yield Flaw(at, "must be an object")
            return
        for name, held in value.items():
            rule: Rule = _CONTACT if name == "product_safety_contact" else Rows(of=Text())
            yield from rule.flaws(held, f"{at}.{name}")


SHEET: Final = Shape(
    keys={"ean": Rows(of=Text(), minimum=1, maximum=1), "attributes": _Attributes()},
    required=("ean", "attributes"),
)
QUERY: Final = Shape(
    keys={
        "item": Shape(
            keys={"title": Text(), "description": Text(), "manufacturer": Text()},
            required=("title", "description", "manufacturer"),
        ),
        "price": Number(),
    },
    required=("item", "price"),
)
FILE: Final = Shape(keys={"url": Text(pattern=r"https?://\S+")}, required=("url",))


# -- operations ------------------------------------------------------------------------------------------


def _absent(message: str) -> Refused:
    """404, which here says nothing but a message."""
    return Refused(answer(404, {"message": message}))


def _checked(ean: str) -> str:
    if not (re.fullmatch(r"\d{13,15}", ean) and ean_is_valid(ean)):
        raise invalid(Flaw("ean", "Invalid EAN provided"))
    return ean


def _write(library: Library, asked: Asked, *, replace: bool) -> Answer:
    (ean,) = asked.body["ean"]
    library.tell(_checked(ean), asked.query["locale"], asked.body["attributes"], replace=replace)
    return answer(200, {"data": "Content created or replaced" if replace else "Content updated"})


def replace_data(library: Library, asked: Asked) -> Answer:
    """Tell everything about a product."""
    return _write(library, asked, replace=True)


def merge_data(library: Library, asked: Asked) -> Answer:
    """Tell some things about a product; the rest stays."""
    return _write(library, asked, replace=False)


def _sheet(library: Library, asked: Asked) -> Sheet:
    ean = _checked(asked.names["ean"])
    sheet = library.sheets.get((ean, asked.query["locale"]))
    if sheet is None:
        raise _absent(f"Product data for EAN {ean} not found.")
    return sheet


def get_data(library: Library, asked: Asked) -> Answer:
    """What the seller told of a product; not what is shown."""
    return answer(
        200, {"data": {"ean": [asked.names["ean"]], "attributes": _sheet(library, asked).attributes}}
    )


def delete_data(library: Library, asked: Asked) -> Answer:
    """Take back what was told."""
    _sheet(library, asked)
    del library.sheets[asked.names["ean"], asked.query["locale"]]
    return answer(200, {"data": "Content deleted"})


def data_status(library: Library, asked: Asked) -> Answer:
    """How far it is processed."""
    sheet = _sheet(library, asked)
    passed = library.clock.now() - sheet.changed
    waiting = {
        "product_ready": False,
        "update_status": "PENDING" if passed < library.switches.product_data_takes / 2 else "IN_PROGRESS",
        "id_product": None,
        "product_not_ready_reason": "NOT_YET_PROCESSED",
        "update_fail_reason": None,
        "attribute_values": None,
        "missing_attributes": None,
        "min_one_missing_attributes": None,
    }
    return answer(200, {"data": sheet.result or waiting})


def decide(library: Library, asked: Asked) -> Answer:
    """Guess categories: by the words that are in title and description, best first."""
    item = asked.body["item"]
    words = set(re.findall(r"\w+", f"{item['title']} {item['description']}".lower()))
    ranked = [
        (-len(words.intersection(category.words)), number) for number, category in library.categories.items()
    ]
    found = [library.categories[number].row for hits, number in sorted(ranked) if hits]
    return answer(200, {"data": found})


def get_category(library: Library, asked: Asked) -> Answer:
    """One category with its attributes, if asked for."""
    name = asked.names["id_category"]
    category = library.categories.get(int(name)) if name.isdecimal() else None
    if category is None:
        raise _absent(f"Category {name} not found.")
    row = dict(category.row)
    embedded = asked.query.get("embedded", ())
    parent = library.categories[category.row["id_parent_category"]].row
    children = [
        each.row for each in library.categories.values() if each.row["id_parent_category"] == int(name)
    ]
    more = {
        "required_attributes": list(category.required),
        "optional_attributes": list(category.optional),
        "conditional_attributes": [],
        "parent": parent,
        "children": children,
    }
    return answer(200, {"data": row | {key: more[key] for key in embedded}})


def create_file(library: Library, asked: Asked) -> Answer:
    """Fetch a file of product data; at most 30 a day."""
    now = library.clock.now()
    today = [row for row in library.data_files if row["_at"] > now - timedelta(days=1)]
    if library.busy or len(today) >= FILES_A_DAY:
        raise problem(423, "locked", "The import is locked.")
    row: Row = {
        "id_import_file": 123 + len(library.data_files),
        "uri": asked.body["url"],
        "status": "NEW",
        "note": None,
        "total_lines": 0,
        "current_line": 0,
        "ts_created": f"{now:%Y-%m-%d %H:%M:%S}",
        "ts_updated": None,
        "ts_last_row_updated": None,
        "ts_completed": None,
        "error_count": 0,
        "async_import_done": 0,
        "_at": now,
    }
    library.data_files.append(row)
    library.clock.after(timedelta(minutes=5), partial(_fetch, library, row))
    return answer(200, {"data": _shown(row)})


def _shown(row: Row) -> Row:
    return {key: value for key, value in row.items() if not key.startswith("_")}


def _fetch(library: Library, row: Row) -> None:
    row["ts_updated"] = f"{library.clock.now():%Y-%m-%d %H:%M:%S}"
    body = library.web.get(row["uri"])
    if body is None:
        row["status"] = "DOWNLOADING_FAILED"
        return
    text = body.decode()
    separator = ";" if text.partition("\n")[0].count(";") else ","
    header, *lines = csv.reader(io.StringIO(text), delimiter=separator)
    for line in lines:
        told: dict[str, list[str]] = {}
        for name, value in zip(header, line, strict=True):
            if value:
                told.setdefault(name, []).append(value)
        (ean,), (locale,) = told.pop("ean"), told.pop("locale")
        if ean_is_valid(ean):
            library.tell(ean, locale, told, replace=False)
        else:
            row["error_count"] += 1
    row |= {"status": "DONE", "total_lines": len(lines), "current_line": len(lines), "async_import_done": 1}
    row["ts_completed"] = row["ts_updated"]


def list_files(library: Library, asked: Asked) -> Answer:
    """Files of product data, the newest first unless asked otherwise."""
    rows = [row for row in library.data_files if asked.query.get("status") in (None, row["status"])]
    if not asked.query.get("sort", ":desc").endswith(":asc"):
        rows.reverse()
    return page(library, asked, rows, _shown)


def get_file(library: Library, asked: Asked) -> Answer:
    """One file."""
    for row in library.data_files:
        if str(row["id_import_file"]) == asked.names["id_import_file"]:
            return answer(200, {"data": _shown(row)})
    raise _absent(f"File {asked.names['id_import_file']} not found.")


_LOCALE: Final[Mapping[str, Parser]] = {"locale": choice(*LOCALES)}
_CATALOGUE: Final[Mapping[str, Parser]] = {"locale": choice(*LOCALES, "en-US", "zh-CN")}
EMBEDDED: Final = (
    "parent",
    "children",
    "required_attributes",
    "optional_attributes",
    "conditional_attributes",
)

ROUTES: tuple[Route[Library], ...] = (
    Route("PUT", "/product-data", replace_data, query=_LOCALE, needs=("locale",), body=SHEET),
    Route("PATCH", "/product-data", merge_data, query=_LOCALE, needs=("locale",), body=SHEET),
    Route("GET", "/product-data/{ean}", get_data, query=_LOCALE, needs=("locale",)),
    Route("DELETE", "/product-data/{ean}", delete_data, query=_LOCALE, needs=("locale",)),
    Route("GET", "/product-data/status/{ean}", data_status, query=_LOCALE, needs=("locale",)),
    Route(
        "GET",
        "/product-data/import-files",
        list_files,
        query={**dict.fromkeys(("status", "ts_created", "ts_updated", "sort"), text), **paged(100, 0)},
    ),
    Route("POST", "/product-data/import-files", create_file, body=FILE),
    Route("GET", "/product-data/import-files/{id_import_file}", get_file),
    Route(
        "POST",
        "/categories/decide",
        decide,
        query={**STOREFRONT, **_CATALOGUE},
        needs=("storefront",),
        body=QUERY,
    ),
    Route(
        "GET",
        "/categories/{id_category}",
        get_category,
        query={**STOREFRONT, **_CATALOGUE, "embedded": many(*EMBEDDED)},
        needs=("storefront",),
    ),
)
