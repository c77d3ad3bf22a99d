"""Takes out of a recording what nobody else may see, before it is written.

Three nets, one behind the other:

1. What stays is listed, for headers; for answers, the models say which attributes are personal (those that their
   ``repr`` hides). Keys that no model knows count as personal, and so does every file.
2. Each value that fell into the first net is looked for in all the rest of the recording: a name in a remark.
3. What looks like an e-mail address, a telephone or account number, a key or a token goes wherever it stands.

Shapes stay as they were: a text becomes another text, a day another day, a number 0, a list keeps its length.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import attrs

from kaufland_shoptet import Answer, Created, Operation, Page, Started
from kaufland_shoptet._core.api import Api
from kaufland_shoptet._core.kinds import bare, chooser, is_many, is_map, is_model, members
from kaufland_shoptet._core.request import PRIVATE, PagedEndpoint

GONE = "redacted"
ELSEWHERE = "https://redacted.example/"
"""What stands for every address that may open without a key."""

SHAPES = (
    (re.compile(r"https?://"), ELSEWHERE),
    (re.compile(r"\d{4}-\d\d-\d\d$"), "1970-01-01"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d"), "1970-01-01T00:00:00+0000"),
)
"""What stands for texts of which something else is expected than words."""

SECRET = (
    "shop-client-key",
    "shop-partner-client-key",
    "authorization",
    "shoptet-private-api-token",
    "shoptet-access-token",
)
SENT = ("accept", "content-type")
CAME = (
    "content-type",
    "date",
    "deprecation",
    "location",
    "retry-after",
    "sunset",
    "x-ratelimit-bucket-filling",
    "x-request-id",
)

LOOKS = re.compile(
    r"""
    [\w.+%-]+@[\w-]+(?:\.[\w-]+)+                       # an e-mail address
    | (?<![\w+])(?:\+|00(?=\d{1,3}[ /.-]))\d(?:[ /().-]{0,2}\d){7,14}(?!\w)  # a telephone number with its country
    | (?<!\w)[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){3,7}(?:[ ]?[A-Z0-9]{1,3})?(?!\w)  # an IBAN
    | (?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]+               # a JSON web token
    | (?<![\w-])[0-9a-fA-F]{32,}(?![\w-])               # a key, a signature
    | (?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9]{36,}(?![\w-])        # a token
    | (?<![\w-])\d+-[a-z]-\d+-\w{20,}                   # a private token of a shop
    | (?<=access_token=)[^&\s"]+ | (?<=token=)[^&\s"]+ | (?<=signature=)[^&\s"]+ | (?<=hash=)[^&\s"]+
    """,
    re.VERBOSE,
)

PACKED = b"\x1f\x8b"
"""How gzip files begin."""

Json = Any


class Place(NamedTuple):
    """One of the two APIs: its model of the world, and where it was and shall seem to be."""

    api: Api
    was: str
    shall_be: str


def redact(interactions: list[dict[str, Any]], place: Place) -> list[dict[str, Any]]:
    """The same requests and answers without secrets and without people."""
    seen: set[str] = set()
    rows: Any = None
    made: list[dict[str, Any]] = []
    for each in interactions:
        request, response = each["request"], each["response"]
        uri = request["uri"]
        operation = find(place, request["method"], uri)
        seen |= {value for name in SECRET for value in _values(request["headers"], name)}
        seen |= {value for name, value in parse_qsl(urlsplit(uri).query) if name in PRIVATE}
        body = _Body(place.api, seen)
        rows = _row(operation) or rows
        made.append(
            {
                "request": {
                    "method": request["method"],
                    "uri": uri,
                    "headers": _kept(request["headers"], SENT),
                    "body": body.asked(request["body"]),
                },
                "response": {
                    # Words differ from server to server, and nobody reads them.
                    "status": {"code": response["status"]["code"], "message": ""},
                    "headers": _kept(response["headers"], CAME),
                    "body": body.answered(response, operation, rows),
                },
            }
        )
    clean = _cleaner(seen)
    for each in made:
        request, response = each["request"], each["response"]
        known = find(place, request["method"], request["uri"]) is not None
        request["uri"] = address(request["uri"], place, clean) if known else ELSEWHERE
        request["body"] = _everywhere(request["body"], clean)
        response["body"] = {kind: _everywhere(text, clean) for kind, text in response["body"].items()}
        for name, values in response["headers"].items():
            where = (lambda text: address(text, place, clean)) if name == "location" else clean
            response["headers"][name] = [where(value) for value in values]
    return made


def sent(body: Any, place: Place) -> str | None:
    """The body of a request alone, redacted."""
    return _everywhere(_Body(place.api, seen := set()).asked(body), _cleaner(seen))


def find(place: Place, method: str, uri: str) -> Operation | None:
    """The operation that is called, if it is one of this API."""
    if not uri.startswith(place.was):
        return None
    path = urlsplit(uri.removeprefix(place.was)).path.strip("/").split("/")
    fitting = [
        operation
        for operation in place.api.operations
        if operation.method == method and _fits(operation.route.strip("/").split("/"), path)
    ]
    return max(fitting, key=lambda operation: -operation.route.count("{"), default=None)


def _fits(route: list[str], path: list[str]) -> bool:
    return len(route) == len(path) and all(
        part == found or part.startswith("{") for part, found in zip(route, path, strict=True)
    )


def address(uri: str, place: Place, clean: Callable[[str], str]) -> str:
    """An address without its host, and without what nobody may see in its path and query."""
    if not uri.startswith((place.was, "/")):
        return ELSEWHERE
    parts = urlsplit(uri.removeprefix(place.was))
    path = "/".join(quote(clean(unquote(part)), safe="") for part in parts.path.split("/"))
    query = [
        (name, GONE if name in PRIVATE else clean(value))
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    start = place.shall_be if uri.startswith(place.was) else ""
    return start + path + (f"?{urlencode(query, quote_via=quote)}" if query else "")


# -- headers -------------------------------------------------------------------------------------------------


def _values(headers: dict[str, Any], wanted: str) -> Iterator[str]:
    for name, values in headers.items():
        if name.lower() == wanted:
            for value in values if isinstance(values, list) else [values]:
                yield value.removeprefix("Bearer ")


def _kept(headers: dict[str, Any], names: tuple[str, ...]) -> dict[str, list[str]]:
    """Those headers only, in this order."""
    found = {name: list(_values(headers, name)) for name in names}
    return {name: values for name, values in found.items() if values}


# -- bodies --------------------------------------------------------------------------------------------------


def _row(operation: Operation | None) -> Any:
    """What the rows are of the job that an operation starts."""
    into = getattr(operation and operation.declared.endpoint, "into", None)
    return getattr(into, "__args__", (None,))[0] if getattr(into, "__origin__", None) is Started else None


def payload_kind(endpoint: Any) -> Any:
    """The type of what an answer carries; ``None`` if it carries nothing that a model describes."""
    if isinstance(endpoint, PagedEndpoint):
        return tuple[endpoint.item, ...]
    into = endpoint.into
    origin = getattr(into, "__origin__", None)
    if origin in (Answer, Created, Page):
        return into.__args__[0]
    return None if origin is Started or into in (None, bytes) else into


class _Body:
    """Redacts bodies; notes in `seen` what it takes out."""

    def __init__(self, api: Api, seen: set[str]) -> None:
        self.api = api
        self.seen = seen

    def asked(self, body: Any) -> Any:
        """The body of a request: the names of its keys tell what is personal."""
        if not body:
            return body
        raw = _loaded(body)
        return GONE if raw is None else _dumped(self.named(raw))

    def answered(self, response: dict[str, Any], operation: Operation | None, rows: Any) -> dict[str, Any]:
        """The body of an answer: the models tell what is personal. Packed rows are unpacked, to be seen."""
        body = response["body"]["string"]
        if not body:
            return {"string": ""}
        raw = _loaded(body)
        if raw is not None and (operation is not None or response["status"]["code"] >= 400):
            good = operation is not None and response["status"]["code"] < 300
            return {"string": _dumped(self.within(raw, operation.declared.endpoint) if good else raw)}
        if isinstance(body, bytes) and body.startswith(PACKED) and rows is not None:
            lines = [self.typed(json.loads(line), rows) for line in gzip.decompress(body).splitlines()]
            return {"gzip": "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)}
        return {"string": GONE}

    def within(self, raw: Json, endpoint: Any, at: tuple[str, ...] | None = None) -> Json:
        """A whole answer: what stands around its payload has no people in it."""
        at = endpoint.at if at is None else at
        if not at:
            return self.typed(raw, payload_kind(endpoint))
        if not isinstance(raw, dict) or at[0] not in raw:
            return raw
        return {**raw, at[0]: self.within(raw[at[0]], endpoint, at[1:])}

    def typed(self, raw: Json, kind: Any) -> Json:
        """A value of which the type is known; ``None`` is the type of what nothing may be told of."""
        kinds, _ = members(kind)
        if kind is None or not kinds or kinds[0] is Any:
            return raw if isinstance(raw, str) and kind is None else self.gone(raw)
        base = bare(kinds[0] if len(kinds) == 1 else chooser(kinds, self.api.codec._slots)(raw))
        if isinstance(raw, list) and is_many(base):
            return [self.typed(each, base.__args__[0]) for each in raw]
        if isinstance(raw, dict) and is_map(base):
            return {key: self.typed(value, base.__args__[1]) for key, value in raw.items()}
        if isinstance(raw, dict) and is_model(base):
            known = {slot.wire: slot for slot in self.api.codec._slots(base)}
            hidden = personal_slots(base)
            return {
                key: self.typed(value, known[key].kind)
                if key in known and known[key].name not in hidden
                else self.gone(value)
                for key, value in raw.items()
            }
        return self.gone(raw) if isinstance(raw, dict | list) else raw

    def named(self, raw: Json) -> Json:
        """A value whose keys tell what is personal. A key that is not so everywhere tells nothing of its value."""
        if isinstance(raw, list):
            return [self.named(each) for each in raw]
        if isinstance(raw, dict):
            some, every = personal_names(self.api)
            return {
                key: self.gone(value, telling=key in every) if key in some else self.named(value)
                for key, value in raw.items()
            }
        return raw

    def gone(self, raw: Json, *, telling: bool = True) -> Json:
        """Nothing of a value but its shape; what is `telling` will be looked for elsewhere."""
        if isinstance(raw, list):
            return [self.gone(each, telling=telling) for each in raw]
        if isinstance(raw, dict):
            return {key: self.gone(value, telling=telling) for key, value in raw.items()}
        if isinstance(raw, str) and raw:
            instead = next((instead for looks, instead in SHAPES if looks.match(raw)), GONE)
            if telling and instead in (GONE, ELSEWHERE) and raw != instead:  # days are many people's
                self.seen.add(raw)
            return instead
        return raw if raw is None or isinstance(raw, bool | str) else 0


def personal_slots(model: type[Any]) -> frozenset[str]:
    """The attributes of a model that its ``repr`` hides."""
    return frozenset(each.name for each in attrs.fields(model) if each.repr is False)


@cache
def personal_names(api: Api) -> tuple[frozenset[str], frozenset[str]]:
    """The keys of personal data in any model of an API, and those of them that are nowhere the key of another text."""
    hidden, shown = set(PRIVATE), set[str]()
    for operation in api.operations:
        for model in filter(is_model, vars(import_module(operation.module)).values()):
            personal = personal_slots(model)
            for slot in api.codec._slots(model):
                if slot.name in personal:
                    hidden.add(slot.wire)
                elif str in members(slot.kind)[0]:
                    shown.add(slot.wire)
    return frozenset(hidden), frozenset(hidden - shown)


def _loaded(body: Any) -> Json:
    """A body as JSON, or ``None``."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def _dumped(value: Json) -> str:
    """JSON that shows in a comparison which line is new."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def _everywhere(body: str | None, clean: Callable[[str], str]) -> str | None:
    """A body with every text in it cleaned."""
    if not body or body == GONE:
        return body
    raw = _loaded(body)
    if raw is not None:
        return _dumped(_leaves(raw, clean))
    lines = [_leaves(json.loads(line), clean) for line in body.splitlines()]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _leaves(raw: Json, clean: Callable[[str], str]) -> Json:
    if isinstance(raw, list):
        return [_leaves(each, clean) for each in raw]
    if isinstance(raw, dict):
        return {key: _leaves(value, clean) for key, value in raw.items()}
    return clean(raw) if isinstance(raw, str) else raw


def _cleaner(seen: set[str]) -> Callable[[str], str]:
    """A function that takes out of a text what was seen elsewhere, and what looks like it."""
    # What is shorter is too common a word.
    telling = sorted((value for value in seen if len(value) >= 5), key=len, reverse=True)
    words = "|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in telling)
    known = re.compile(words, re.IGNORECASE) if words else None

    def clean(text: str) -> str:
        if text in (GONE, ELSEWHERE):
            return text
        return LOOKS.sub(GONE, known.sub(GONE, text) if known else text)

    return clean
