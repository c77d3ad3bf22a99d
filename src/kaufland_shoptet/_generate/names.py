"""Names: from the spelling of a document to the spelling of Python, and plain words for a name."""

from __future__ import annotations

import keyword
import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+[a-z]*")
_INVARIABLE = frozenset(
    {"settings", "details", "status", "address", "series", "news", "data", "access", "tax", "info", "notes"}
)


def words(name: str) -> list[str]:
    """Split a name of any spelling into lower-case words.

    >>> words("clientIPAddress"), words("id_order-unit"), words("color1"), words("USED___AS_NEW")
    (['client', 'ip', 'address'], ['id', 'order', 'unit'], ['color1'], ['used', 'as', 'new'])
    """
    found: list[str] = []
    for match in _WORD.finditer(name):
        text = match.group().lower()
        glued = match.start() > 0 and name[match.start() - 1].isalpha()
        if text[0].isdigit() and found and glued:
            found[-1] += text
        else:
            found.append(text)
    return found


def snake(name: str) -> str:
    """The Python name of a property or parameter; keywords get a trailing underscore.

    >>> snake("itemsPerPage"), snake("from"), snake("danger_label_9A"), snake("isHauler")
    ('items_per_page', 'from_', 'danger_label_9a', 'is_hauler')
    """
    plain = re.sub(r"\W", "_", name)
    text = plain.lower() if "_" in plain.strip("_") else "_".join(words(plain))
    text = text or "value"
    return f"{text}_" if keyword.iskeyword(text) else text


def camel(name: str) -> str:
    """The property that Shoptet would call like that: the inverse of :func:`snake`, where it has one.

    >>> camel("items_per_page"), camel("from_")
    ('itemsPerPage', 'from')
    """
    first, *rest = name.removesuffix("_").split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def same(name: str) -> str:
    """The property that Kaufland would call like that: the name itself.

    >>> same("id_order"), same("return_")
    ('id_order', 'return')
    """
    return name.removesuffix("_")


def pascal(name: str) -> str:
    """A class name.

    >>> pascal("orderUnit"), pascal("XY discounts"), pascal("order_units")
    ('OrderUnit', 'XyDiscounts', 'OrderUnits')
    """
    return "".join(word[:1].upper() + word[1:] for word in words(name))


def constant(name: str) -> str:
    """The name of a module constant or an enumeration member.

    >>> constant("yes-global"), constant("used - as new"), constant("ts_created:asc"), constant("4 weeks")
    ('YES_GLOBAL', 'USED_AS_NEW', 'TS_CREATED_ASC', 'N4_WEEKS')
    """
    text = "_".join(words(name)).upper()
    if not text:
        return "EMPTY"
    return f"N{text}" if text[0].isdigit() else text


def singular(name: str) -> str:
    """One of several, in any spelling.

    >>> singular("orders"), singular("categories"), singular("statuses"), singular("taxes"), singular("data")
    ('order', 'category', 'status', 'tax', 'data')
    """
    last = (words(name) or [""])[-1]
    if last in _INVARIABLE or not name.lower().endswith("s") or last.endswith(("ss", "us", "is")):
        return name
    for ending, replacement in (("ies", "y"), ("sses", "ss"), ("uses", "us"), ("xes", "x"), ("ches", "ch")):
        if name.endswith(ending):
            return name.removesuffix(ending) + replacement
    return name[:-1]


def join(stem: str, tail: str) -> str:
    """Put two class names together without saying a word twice.

    >>> join("Order", "Status"), join("Order", "OrderItem"), join("OrderShipping", "ShippingMethod")
    ('OrderStatus', 'OrderItem', 'OrderShippingMethod')
    """
    left, right = words(stem), words(tail)
    for size in range(min(len(left), len(right)), 0, -1):
        if left[-size:] == right[:size]:
            return pascal("_".join(left + right[size:]))
    if right[: len(left)] == left:
        return tail
    return stem + tail


def sentence(text: str) -> str:
    """*text* with a capital and a full stop."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "!", "?", ":", ";")) else f"{text}."


def describe(name: str) -> str:
    """A plain sentence for a parameter that nobody described, made of the words of its name.

    >>> describe("id_order_unit"), describe("creationTimeFrom"), describe("suppressEmailSending")
    ('Id of the order unit.', 'Lowest creation time, inclusive.', 'Leave out: email sending.')
    """
    parts = [word for word in words(name) if word not in {"iso", "ts"}]
    text = " ".join(parts)
    if parts[:1] == ["id"] and parts[1:]:
        return f"Id of the {' '.join(parts[1:])}."
    if parts[-1:] in (["guid"], ["code"], ["id"]) and parts[:-1]:
        return f"{parts[-1].capitalize()} of the {' '.join(parts[:-1])}."
    if parts[-1:] == ["from"] and parts[:-1]:
        return f"Lowest {' '.join(parts[:-1])}, inclusive."
    if parts[-1:] == ["to"] and parts[:-1]:
        return f"Highest {' '.join(parts[:-1])}, inclusive."
    if parts[:1] == ["suppress"]:
        return f"Leave out: {' '.join(parts[1:])}."
    if parts[:1] in (["is"], ["has"]) and parts[1:]:
        return f"Only those that are, or are not: {' '.join(parts[1:])}."
    if parts == ["include"]:
        return "Optional parts of the answer."
    if parts == ["embedded"]:
        return "Optional parts of the answer."
    return sentence(text)


_KINDS = {
    "batch create": "One line of a file of new {many}.",
    "batch update": "One line of a file of changes to {many}.",
    "create": "What a new {one} is made of.",
    "add": "What a new {one} is made of.",
    "update": "Changes to {a}; what is left out stays as it is.",
    "patch": "Changes to {a}; what is left out stays as it is.",
    "input": "{A} as it is sent.",
    "request": "What is sent to ask for {a}.",
    "created": "What is told about {a} that was created.",
    "summary": "{A} as lists show it.",
    "details": "{A} in full.",
    "detail": "{A} in full.",
    "reference": "{A} by its identity and name.",
}


def describe_class(name: str) -> str:
    """A plain sentence for a class that nobody described, made of the words of its name.

    >>> describe_class("OrderItemCreate"), describe_class("OrderSummary"), describe_class("EshopSettings")
    ('What a new order item is made of.', 'An order as lists show it.', 'Eshop settings.')
    """
    parts = words(name)
    for size in (2, 1):
        form = _KINDS.get(" ".join(parts[-size:])) if len(parts) > size else None
        if form is not None:
            return sentence(_with_article(form, parts[:-size]))
    return sentence(_with_article("{A}", parts))


def _with_article(form: str, parts: list[str]) -> str:
    noun = " ".join(parts)
    several = parts[-1].endswith("s") and not parts[-1].endswith(("ss", "us"))
    vowel = (noun[0] in "aeiou" and not noun.startswith(("eu", "unit", "one"))) or noun.startswith("xy")
    one = noun if several else f"{'an' if vowel else 'a'} {noun}"
    many = noun if several else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return form.format(one=noun, many=many, a=one, A=one[:1].upper() + one[1:])
