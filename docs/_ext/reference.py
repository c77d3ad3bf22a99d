"""Writes the pages of the reference from the code, at the start of every build, and lets their links resolve.

What is not in the code any more disappears from the site; what is new in the code appears.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import inventory
from docutils import nodes
from inventory import APIS, ROOT, Name, first_line
from sphinx import addnodes
from sphinx.domains import Domain, ObjType
from sphinx.domains.python import PyObject
from sphinx.ext.napoleon import Config, GoogleDocstring
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import find_pending_xref_condition, make_refnode

from kaufland_shoptet import errors
from kaufland_shoptet.settings import Settings

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from kaufland_shoptet._core.registry import Operation

log = logging.getLogger(__name__)

# The extension itself is not loaded: it would read "Type: words" into the first line of properties.
NAPOLEON = Config(napoleon_use_ivar=True, napoleon_use_rtype=False)

VENDORS = {"kaufland": "Kaufland", "shoptet": "Shoptet"}
REPEAT = {
    "safe": "only reads",
    "idempotent": "may be repeated",
    "read_back": "never repeated unseen: read back",
    "never": "never repeated",
}


# -- reStructuredText ----------------------------------------------------------------------------------------


def heading(text: str, mark: str) -> str:
    """A title with its underline."""
    return f"{text}\n{mark * len(text)}\n"


def indent(text: str, by: int = 3) -> str:
    """Move a block to the right."""
    return "\n".join(" " * by + line if line else line for line in text.splitlines())


def mended(doc: str) -> str:
    """A docstring, with two slips in the quotes of generated ones put right."""
    doc = re.sub(r":class:(?:`(\w+)``|``(\w+)`)(?!`)", lambda m: f":class:`{m[1] or m[2]}`", doc)
    return re.sub(r"(?<![`:])`([^`]+)``, not ``([^`]+)`(?!`)", r"``\1``, not ``\2``", doc)


def google(doc: str) -> str:
    """A docstring with Google's sections, as field lists."""
    return str(GoogleDocstring(inspect.cleandoc(mended(doc)), NAPOLEON))


def table(columns: str, header: Iterable[str], rows: Iterable[Iterable[str]], css: str = "") -> str:
    """A table whose cells are inline text."""
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {columns}"]
    if css:
        lines.append(f"   :class: {css}")
    lines.append("")
    for row in (header, *rows):
        for number, cell in enumerate(row):
            lines.append(f"   {'*' if number == 0 else ' '} - {cell}")
    return "\n".join(lines) + "\n"


_TOKEN = re.compile(r"[A-Za-z_][\w.]*|\"[^\"]*\"|[^A-Za-z_\"]+")


def linked(annotation: str) -> str:
    """A type with links to what of it is ours."""
    plain = {"None", "True", "False", "Any", "Decimal", "Literal", "Mapping"}
    words: list[str] = []
    for word in " ".join(annotation.split()).split(" "):
        bits: list[str] = []
        for token in _TOKEN.findall(word):
            role = "py:class" if token[0].isupper() and token not in plain else "kind"
            bits.append(f":{role}:`{rst_text(token)}`")
        words.append(r"\ ".join(bits))
    return " ".join(words)


# -- resources -----------------------------------------------------------------------------------------------


def where(op: Operation, api: str) -> str:
    """The label of an operation."""
    return f"{api}-{op.resource}-{op.name}"


def answer_of(annotation: str) -> str:
    """What a client gives for what the builder says: the answer, not the request."""
    match = re.fullmatch(r"(Request|Listing)\[(.*)\]", annotation, re.DOTALL)
    if match is None:
        raise ValueError(f"{annotation} is neither a request nor a listing")
    return match[2] if match[1] == "Request" else f"{ROOT}.Pages[{match[2]}]"


def signature(op: Operation) -> str:
    """An operation as it is called on a blocking client."""
    shape = inspect.signature(op.build)
    shown: list[str] = []
    starred = False
    for parameter in shape.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            shown.append("*")
            starred = True
        text = f"{parameter.name}: {parameter.annotation}"
        if parameter.default is not parameter.empty:
            text += f" = {parameter.default!r}"
        shown.append(text)
    return f"{op.owner}.{op.name}({', '.join(shown)}) -> {answer_of(shape.return_annotation)}"


def operation_section(op: Operation, api: str) -> str:
    """One operation: endpoint, signature, words."""
    doc = inspect.cleandoc(op.declared.__doc__)
    endpoint = op.declared.endpoint
    doc = doc.replace(f"``{op.method} {op.route}``\n\n", "", 1)
    doc, _, see = doc.partition("\nSee http")
    page, _, rest = f"http{see}".partition("\n") if see else ("", "", "")
    facts = [f":http:`{op.method}` ``{op.route}``", f"vendor's name ``{op.vendor_id}``"]
    if op.repeat != "safe":
        facts.append(f":ref:`{REPEAT[op.repeat]} <repeating>`")
    if hasattr(endpoint, "maximum"):
        facts.append(f"at most {endpoint.maximum} rows a page")
    if page:
        facts.append(f"`{VENDORS[api]}'s page <{page.rstrip('.')}>`__")
    body = google(f"{doc.rstrip()}\n{rest}")
    return "\n".join(
        [
            f".. _{where(op, api)}:\n",
            heading(op.name, "-"),
            ".. rst-class:: endpoint\n",
            " · ".join(facts) + "\n",
            f".. py:method:: {signature(op)}\n",
            indent(body),
            "",
        ]
    )


def resource_page(api: str, resource: str, ops: list[Operation]) -> Iterator[tuple[str, str]]:
    """The page of one resource, and that of its models."""
    first = ops[0]
    owner = getattr(importlib.import_module(first.module), first.owner)
    has_models = bool(inventory.models(first.module) or inventory.aliases(first.module))
    about = inspect.cleandoc(owner.__doc__).replace(f"Client attribute ``{resource}``.", "").strip()
    parts = [
        heading(f"{api}.{resource}", "="),
        about + "\n",
        f".. py:currentmodule:: {ROOT}.{api}\n",
        f".. py:class:: {first.owner}\n   :canonical: {first.module}.{first.owner}\n",
        f"   ``client.{resource}`` on a client of {VENDORS[api]}; on this class, from "
        f"``{ROOT}.{api}``, the same operations make :doc:`values </explanation/requests-are-values>`.\n",
    ]
    if has_models:
        parts.append(f"   Its data are described under :doc:`{resource}: models <{resource}-models>`.\n")
    parts.append(f".. py:currentmodule:: {first.module}\n")
    parts += [operation_section(op, api) for op in ops]
    yield f"{api}/{resource}", "\n".join(parts)
    if has_models:
        yield f"{api}/{resource}-models", models_page(f"{resource}: models", first.module)


def models_page(title: str, module: str) -> str:
    """The models and enumerations of a module."""
    found = inventory.models(module)
    parts = [
        ":orphan:\n" if ":" in title else "",  # found by links and the search; the sidebar is long enough
        heading(title, "="),
        f"What :doc:`{title.partition(':')[0]} </reference/{module.split('.')[1]}/{title.partition(':')[0]}>` "
        "takes and answers."
        if ":" in title
        else "What several resources share.",
        f"\nImport them from ``{module}``.\n",
        f".. py:currentmodule:: {module}\n",
    ]
    for model in found:
        parts.append(enumeration(model) if not attrs.has(model) else record(model))
    for alias, source in inventory.aliases(module).items():
        words = rst_text(" ".join(source.split()).removeprefix("Literal[").removesuffix("]"))
        doc = inventory.attribute_docs(module).get(alias, "")
        parts.append(f".. py:data:: {alias}\n\n{indent(mended(doc))}\n\n   One of {words}.\n")
    return "\n".join(parts)


def record(model: type[Any]) -> str:
    """An attrs class and its fields."""
    docs = inventory.attribute_docs(model.__module__, model.__name__)
    kinds = inspect.get_annotations(model)
    lines = [
        f".. py:class:: {model.__name__}\n",
        indent(google(model.__doc__ or "")),
        "",
        "   .. rst-class:: fields\n",
    ]
    for field in attrs.fields(model):
        if field.name == "extra":
            continue
        words = " ".join(mended(docs.get(field.name, "")).split())
        wire = field.metadata.get("wire")
        if wire is None:
            codec = APIS[model.__module__.split(".")[1]].codec
            wire = codec._rename(field.name) if hasattr(codec, "_rename") else field.name
        told = f" In JSON ``{wire}``." if wire != field.name else ""
        said = f"{words}{told}".strip()
        lines.append(
            f"   * ``{field.name}`` {linked(str(kinds.get(field.name, 'Any')))}"
            + (f" – {said}" if said else "")
        )
    return "\n".join(lines) + "\n"


def enumeration(model: type[Any]) -> str:
    """An open enumeration and its words."""
    lines = [
        f".. py:class:: {model.__name__}\n",
        indent(google(model.__doc__ or "")),
        "",
        "   .. rst-class:: fields\n",
    ]
    lines += [f"   * ``{member.name}`` ``{member.value!r}``" for member in model]  # type: ignore[attr-defined]
    return "\n".join(lines) + "\n"


def api_pages(api: str) -> Iterator[tuple[str, str]]:
    """All pages of one API."""
    ops = inventory.operations(api)
    resources: dict[str, list[Operation]] = {}
    for op in ops:
        resources.setdefault(op.resource, []).append(op)
    vendor = VENDORS[api]
    rows: list[tuple[str, str, str]] = []
    for resource, those in sorted(resources.items()):
        yield from resource_page(api, resource, those)
        owner = getattr(importlib.import_module(those[0].module), those[0].owner)
        rows.append((f":doc:`{resource}`", str(len(those)), first_line(owner.__doc__)))
    yield f"{api}/common", models_page("common", f"{ROOT}.{api}.resources.common")
    listed = "\n".join(f"   {resource} <{resource}>" for resource in sorted(resources))
    yield (
        f"{api}/index",
        "\n".join(
            [
                heading(f"{vendor}'s API", "="),
                f"Every operation of {vendor}'s API: {len(ops)} in {len(resources)} resources. Each resource is an "
                f"attribute of a client. :doc:`operations` has them all in one table, with {vendor}'s own names.\n",
                table("30 12 58", ("Resource", "Operations", "What it is about"), rows, "wide"),
                f".. toctree::\n   :hidden:\n\n   operations\n{listed}\n   common\n",
            ]
        ),
    )
    yield f"{api}/operations", endpoints(api, ops)


def endpoints(api: str, ops: Iterable[Operation]) -> str:
    """One table of all operations of an API."""
    rows = [
        (
            f":ref:`{op.resource}.{op.name} <{where(op, api)}>`",
            f":http:`{op.method}` ``{op.route}``",
            f"``{op.vendor_id}``",
            op.repeat.replace("_", " "),
        )
        for op in sorted(ops, key=lambda op: (op.resource, op.route, op.method))
    ]
    return "\n".join(
        [
            heading(f"All of {VENDORS[api]}'s operations", "="),
            f"Look here for an operation by {VENDORS[api]}'s name for it, by its path, or by ours. The last column "
            "says whether a request may be :ref:`sent again <repeating>` when nobody knows what became of it.\n",
            table("24 38 28 10", ("Ours", "Endpoint", "Vendor's name", "Repeat"), rows, "wide"),
        ]
    )


# -- names in Python -----------------------------------------------------------------------------------------


TITLES = {
    "answers": "Answers of writes",
    "calling": "Resources",
    "exchange": "Events",
    "flat": "Models as rows",
    "flows": "Steps of a flow",
    "http": "A transport in memory",
    "pages": "Lists",
    "registry": "Operations",
    "request": "Requests",
    "rows": "Limits of results",
    "timing": "Clocks",
    "values": "Models and absence",
}
"""What the pages are called whose names come from private modules."""


def page_of(name: Name) -> str:
    """The page on which a name is described."""
    return name.home.removeprefix(f"{ROOT}.").replace("_core.", "core-").replace("_", "-").strip("-")


def described(name: Name) -> str:
    """What autodoc is told about a name."""
    public = inventory.is_public(name.home)
    at = name.home if public else name.module
    full = f"{at}.{name.name}"
    value = name.value
    match name.kind:
        case "class" | "exception":
            shown = f".. auto{name.kind}:: {full}\n   :members:\n   :member-order: bysource\n"
            if name.home == f"{ROOT}.clients":
                shown += "   :inherited-members:\n"
                resources = [base for base in value.__mro__ if base.__name__ == "Resources"]
                if resources:
                    left_out = ", ".join(name for name in vars(resources[0]) if not name.startswith("_"))
                    shown += f"   :exclude-members: {left_out}\n"
            return shown
        case "function":
            return f".. autofunction:: {full}\n"
        case _:
            doc = name.doc or f"See the source of ``{at}``."
            brief = isinstance(value, int | str | float | tuple) and len(repr(value)) < 60
            shown = f"   :value: {value!r}\n" if brief else ""
            return f".. py:data:: {name.name}\n{shown}\n{indent(doc)}\n"


def python_pages() -> Iterator[tuple[str, str]]:
    """A page for each module that defines public names."""
    homes: dict[str, list[Name]] = {}
    for name in inventory.names():
        known = homes.setdefault(name.home, [])
        if name.name not in {each.name for each in known}:
            known.append(name)
    rows: list[tuple[str, str, str]] = []
    listed: list[str] = []
    for home, names in sorted(homes.items(), key=lambda item: ("._" not in item[0], item[0])):
        page = page_of(names[0])
        public = inventory.is_public(home)
        about = inspect.cleandoc(importlib.import_module(home).__doc__ or "")
        last = home.rpartition(".")[2].strip("_")
        title = home if public else TITLES.get(last, last.capitalize())
        # What a private module is for is its own business; what comes out of it is not.
        offered = ", ".join(f"``{name.name}``" for name in names)
        parts = [
            f".. py:module:: {home}\n" if public else f".. py:currentmodule:: {ROOT}\n",
            heading(title, "="),
            f".. testsetup:: *\n\n   import importlib\n   globals().update(vars(importlib.import_module({home!r})))\n",
            about + "\n" if public else f"{offered}, from ``{ROOT}``.\n",
            f"Import from ``{home}``.\n" if public else "",
            *(described(name) for name in sorted(names, key=lambda name: line_of(home, name.name))),
        ]
        yield f"python/{page}", "\n".join(parts)
        rows.append((f":doc:`{title} <{page}>`", offered, ""))
        listed.append(f"   {home.removeprefix(f'{ROOT}.') if public else title} <{page}>")
    yield (
        "python/index",
        "\n".join(
            [
                heading("Python names", "="),
                "Every public class, function and constant, by the module that describes it. What is also offered by "
                f"``{ROOT}`` itself is listed under :doc:`names`.\n",
                table("40 60", ("Module", "Names"), (row[:2] for row in rows), "wide"),
                ".. toctree::\n   :hidden:\n\n   names\n" + "\n".join(listed) + "\n",
            ]
        ),
    )
    top = [name for name in inventory.names() if name.module == ROOT]
    yield (
        "python/names",
        "\n".join(
            [
                f".. py:module:: {ROOT}\n",
                heading(ROOT, "="),
                f"What ``from {ROOT} import …`` offers. Each name is loaded when it is first used.\n",
                table(
                    "30 70",
                    ("Name", "What it is"),
                    ((link_to(name), first_line(name.doc)) for name in top),
                    "wide",
                ),
            ]
        ),
    )


def link_to(name: Name) -> str:
    """A link to where a name is described."""
    at = name.home if inventory.is_public(name.home) else name.module
    return f":py:obj:`{name.name} <{at}.{name.name}>`"


def line_of(module: str, name: str) -> int:
    """Where in its module a name stands."""
    for node in inventory.tree(module).body:
        found = getattr(node, "name", None) or getattr(getattr(node, "target", None), "id", None)
        if found is None and isinstance(getattr(node, "targets", None), list):
            found = getattr(node.targets[0], "id", None)  # type: ignore[attr-defined]
        if found == name:
            return node.lineno
    return 0


# -- the other pages -----------------------------------------------------------------------------------------


def toml(value: Any) -> str:
    """A default as it would stand in the file."""
    match value:
        case attrs.NOTHING:
            return "required"
        case None:
            return "none"
        case bool():
            return f"``{str(value).lower()}``"
        case int():
            return f"``{value}``"
        case tuple() | list():
            return f"``{list(value)}``"
        case _ if hasattr(value, "items"):
            return "none" if not value else f"``{dict(value)}``"
        case _:
            return f'``"{value}"``'


def choices(annotation: str) -> str:
    """The type of a switch in words."""
    match = re.fullmatch(r"Literal\[(.*)\]", annotation)
    return f"one of {match[1]}" if match else annotation


def taken(what: str, default: str) -> str:
    """The small line below a setting or switch."""
    left_out = default if default in {"required", "none"} else f"default {default}"
    return f".. rst-class:: endpoint\n\n{rst_text(what)} · {left_out.replace('none', 'no default')}\n"


def settings_page() -> str:
    """Every key of the settings file."""
    sections: dict[str, list[inventory.Key]] = {}
    for key in inventory.settings_keys():
        sections.setdefault(key.path.rpartition(".")[0], []).append(key)
    parts = [
        heading("Settings", "="),
        "Every key of a shop's settings file, with what it takes and what it is when it is left out. "
        f":meth:`Settings.load() <{ROOT}.settings.Settings.load>` reads the file and names whatever in it cannot be.\n",
        "``CODE`` stands for a storefront: ``de``, ``cz``, ``sk``, ``pl``, ``at``, ``fr``, ``it``, ``es``, ``nl``.\n",
        "The whole file, with an explanation to every line, is printed by ``python -m kaufland_shoptet example``:\n",
        ".. dropdown:: The example\n\n   .. code-block:: toml\n",
        indent(Settings.example(), 6),
        "",
    ]
    for section, keys in sections.items():
        parts.append(heading(f"[{section}]", "-"))
        if keys[0].owner in vars(sys.modules[f"{ROOT}.settings"]) and not keys[0].owner.startswith("_"):
            about = first_line(getattr(sys.modules[f"{ROOT}.settings"], keys[0].owner).__doc__)
            parts.append(about.partition(": ")[2].capitalize() or about)
            parts.append("")
        for key in keys:
            parts.append(f".. setting:: {key.path}\n")
            parts.append(indent(f"{mended(key.doc)}\n\n{taken(key.due, toml(key.default))}"))
            parts.append("")
    return "\n".join(parts)


def rst_text(text: str) -> str:
    """Plain text, with what would be markup taken literally."""
    return re.sub(r"([*`|\\])", r"\\\1", text)


def errors_page() -> str:
    """The tree of errors, with a link to each."""
    parts = [
        heading("Errors", "="),
        "What can go wrong, as a tree: an error is also of every kind above it. Catch the kind that you can do "
        "something about.\n",
    ]
    for depth, cls in inventory.error_tree():
        pad = "  " * depth
        line = first_line(cls.__doc__)
        text = f":py:exc:`{cls.__name__} <{errors.__name__}.{cls.__name__}>`: {line}"
        # The search knows no numbers but those of the index.
        entries = [f".. index:: ! {status}" for status in re.findall(r"\b[45]\d\d\b", line)]
        first, *rest = [*entries, *([""] if entries else []), text]
        parts += [f"{pad}* {first}", *(f"{pad}  {each}".rstrip() for each in rest), ""]
    parts.append(
        "\nSignatures and attributes are under :doc:`python/errors`. Which of them are tried again stands in "
        ":doc:`/how-to/retries-limits-timeouts`.\n"
    )
    return "\n".join(parts)


def switches_page() -> str:
    """The switches of the sandbox."""
    parts = [
        heading("Sandbox switches", "="),
        "What the sandbox does where the vendors' documents are silent or contradict what was seen live. Give "
        "them as ``Sandbox(switches=Switches(…))``. None of the defaults is confirmed by a vendor.\n",
    ]
    for switch in inventory.switches():
        parts.append(f".. switch:: {switch.name}\n")
        doc = mended(switch.doc)
        default = str(switch.default) if hasattr(switch.default, "total_seconds") else repr(switch.default)
        parts.append(indent(f"{doc}\n\n{taken(choices(switch.choices), f'``{default}``')}"))
        parts.append("")
    return "\n".join(parts)


def faults_page() -> str:
    """The kinds of fault that can be ordered."""
    from kaufland_shoptet.sandbox import faults

    docs = inventory.attribute_docs(faults.__name__)
    parts = [
        heading("Sandbox faults", "="),
        f"What can be made to go wrong, with :meth:`Faults.add() <{ROOT}.sandbox.faults.Faults.add>` or by chance with "
        f":meth:`Faults.random() <{ROOT}.sandbox.faults.Faults.random>`.\n",
    ]
    for title, name in (("Calls", "KINDS"), ("Webhooks", "WEBHOOKS")):
        listed = "\n".join(f"* .. index:: ! {kind}\n\n  ``{kind}``\n" for kind in getattr(faults, name))
        parts += [heading(title, "-"), f"{docs[name]}\n", ".. rst-class:: columns\n", listed, ""]
    return "\n".join(parts)


def facts_page() -> str:
    """The orders of the demo sandbox."""
    from kaufland_shoptet.sandbox import Sandbox
    from kaufland_shoptet.sandbox.data import FACTS

    rows: list[tuple[str, str, str, str]] = []
    for fact in FACTS:
        for order in Sandbox.demo(fact).kaufland.orders.values():
            statuses = ", ".join(dict.fromkeys(f"``{piece.status}``" for piece in order.pieces))
            rows.append((f"``{fact}``", f"``{order.id}``", f"``{order.storefront}``", statuses))
    return "\n".join(
        [
            heading("Sandbox orders", "="),
            "The awkward orders of the demo sandbox, by the name of the fact each one shows. "
            '``Sandbox.demo("three_pieces", "packeta")`` takes those two; ``Sandbox.demo()`` takes all.\n',
            table("34 20 16 30", ("Fact", "Order", "Storefront", "Units"), rows, "wide"),
        ]
    )


def answers_page() -> str:
    """Which operations of the sandbox have behaviour of their own."""
    parts = [
        heading("What the sandbox answers", "="),
        "The sandbox answers every operation of both documents. Those in the tables have behaviour of their own: "
        "what they do has consequences, as far as it is known. The others create, read, change and remove rows in "
        "memory, as far as their paths and schemas tell; :doc:`/how-to/test-with-the-sandbox` says how.\n",
    ]
    for api in APIS:
        found = inventory.imitated(api)
        own = [each for each in found if each.doc is not None]
        rows = [(f":http:`{each.method}` ``{each.path}``", rst_text(str(each.doc))) for each in own]
        generic = ", ".join(f"``{each.method} {each.path}``" for each in found if each.doc is None)
        parts += [
            heading(VENDORS[api], "-"),
            f"{len(own)} of {len(found)} have behaviour of their own.\n",
            table("45 55", ("Operation", "What it does"), rows, "wide"),
            f"\nGenerically: {generic}.\n",
        ]
    return "\n".join(parts)


def known_page(tests: Path) -> str:
    """What the sandbox imitates, fact by fact."""
    parts = [
        heading("What the sandbox knows", "="),
        "Each line is something that a vendor documents or that integrators have seen, and the test that shows the "
        "sandbox doing it. Nothing of it has been confirmed by a vendor; what the documents leave open is a "
        ":doc:`switch <switches>`.\n",
    ]
    for title, letter in (("Kaufland", "K"), ("Shoptet", "S")):
        rows = [
            (
                each.name,
                re.sub(r"`([^`]+)`", r"``\1``", each.what),
                ", ".join(f"``{test}``" for test in each.tests),
            )
            for each in inventory.known(tests)
            if each.name.startswith(letter)
        ]
        parts += [heading(title, "-"), table("8 46 46", ("", "What is known", "Shown by"), rows, "wide")]
    return "\n".join(parts)


def commands_page() -> str:
    """The command line."""
    parts = [
        heading("Command line", "="),
        "What ``python -m kaufland_shoptet`` can do without a line of code; ``kaufland-shoptet`` is the same.\n",
    ]
    for command in inventory.commands():
        parts += [
            heading(command.name, "-"),
            command.doc,
            "\n.. code-block:: text\n",
            indent(command.help),
            "",
        ]
    parts += [
        heading("Exit status and environment", "-"),
        ".. code-block:: text\n",
        indent(inventory.epilog()),
    ]
    return "\n".join(parts)


def pages(tests: Path) -> Iterator[tuple[str, str]]:
    """All generated pages: name below ``reference/`` and text."""
    for api in APIS:
        yield from api_pages(api)
    yield from python_pages()
    yield "settings", settings_page()
    yield "errors", errors_page()
    yield "switches", switches_page()
    yield "faults", faults_page()
    yield "facts", facts_page()
    yield "answers", answers_page()
    yield "known", known_page(tests)
    yield "command-line", commands_page()


def write(app: Sphinx) -> None:
    """Write what changed, remove what is gone."""
    root = Path(app.srcdir) / "reference"
    made = {root / f"{name}.rst": text for name, text in pages(root.parents[1] / "tests")}
    for path in root.rglob("*.rst"):
        if path not in made:
            path.unlink()
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


# -- links ---------------------------------------------------------------------------------------------------


@cache
def meant(target: str, module: str | None) -> str | None:
    """The full name of what *target* means in a docstring of *module*; ``None`` if it means nothing."""
    if module and module.startswith(ROOT) and "." not in target:
        for here in (module, *bases(module)):
            try:
                home, name = inventory.origin(here, target)
            except LookupError:
                continue
            return follow(sys.modules[home], name.removesuffix("Like"))
    if module:
        package = module
        while package := package.rpartition(".")[0]:
            if f"{package}.{target}" in sys.modules:
                return f"{package}.{target}"
    core = [name for name in sys.modules if name.startswith(f"{ROOT}._core.")]
    homes = [
        ROOT,
        errors.__name__,
        f"{ROOT}.clients",
        "builtins",
        "datetime",
        "collections.abc",
        "typing_extensions",
        *core,
    ]
    for home in [*([module] if module else []), *homes]:
        loaded = sys.modules.get(home)
        found = follow(loaded, target) if loaded else None
        if found is not None:
            return found
    parts = target.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            loaded = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        return follow(loaded, ".".join(parts[cut:]))
    return None


def bases(module: str) -> list[str]:
    """The modules of what the classes of a module are made of: inherited signatures speak their language."""
    classes = [each for each in vars(sys.modules[module]).values() if isinstance(each, type)]
    homes = (base.__module__ for cls in classes if cls.__module__ == module for base in cls.__mro__)
    return [home for home in dict.fromkeys(homes) if home.startswith(ROOT)]


def follow(start: Any, path: str) -> str | None:
    """Attributes one after the other; the full name as the last one knows it."""
    value = start
    for part in path.split("."):
        try:
            value = inspect.getattr_static(value, part) if isinstance(value, type) else getattr(value, part)
        except AttributeError:
            return None
    name = getattr(value, "__qualname__", None)
    home = getattr(value, "__module__", None)
    # An alias has the name of what it stands for; it is looked up under its own.
    if isinstance(name, str) and isinstance(home, str) and name.rpartition(".")[2] == path.rpartition(".")[2]:
        return f"{home}.{name}"
    return f"{start.__name__}.{path}"


class Resolver(SphinxPostTransform):
    """Finds what a Python name in a docstring or signature means as Python itself would, before Sphinx guesses."""

    default_priority = 5

    def run(self, **_: Any) -> None:
        """Resolve what can be resolved; the rest is left to Sphinx, which complains."""
        for node in list(self.document.findall(addnodes.pending_xref)):
            if node.get("refdomain") == "py":
                found = self.resolved(node)
                if found is not None:
                    node.replace_self(found)

    def resolved(self, node: addnodes.pending_xref) -> Node | None:
        """The link that *node* stands for, or its text when what it means has no page."""
        target: str = node["reftarget"].lstrip("~.!")
        module, cls = node.get("py:module"), node.get("py:class")
        found = meant(target, module) or (meant(f"{cls}.{target}", module) if cls else None)
        if found is None:
            return None
        shown = find_pending_xref_condition(node, "resolved")
        content = list(shown.children) if shown is not None else list(node.children)
        last = found.rpartition(".")[2]
        objects = self.env.domains.python_domain.objects
        for name in (found, f"{ROOT}.{target}", f"{module}.{target}", f"{ROOT}.{last}"):
            entry = objects.get(name)
            if entry is not None:
                return make_refnode(
                    self.app.builder, self.env.docname, entry.docname, entry.node_id, content, name
                )
        # Something of Python's, of another package's, or of the inside of this one.
        inside = not found.startswith(ROOT) or "._" in found or is_inner(found)
        return nodes.inline("", "", *content) if inside else None


def is_inner(full: str) -> bool:
    """Whether a name is a public module's own business: not in its ``__all__``, or an attribute."""
    parts = full.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module = sys.modules.get(".".join(parts[:cut]))
        if module is not None:
            return parts[cut] not in getattr(module, "__all__", ()) or len(parts) > cut + 1
    return False


class Operations(Domain):
    """Lets the search find an operation by our name, the vendor's and the path; links have labels of their own."""

    name = "operation"
    label = "Operations"
    object_types = {api: ObjType(f"{vendor} operation") for api, vendor in VENDORS.items()}  # noqa: RUF012

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Every operation, with its place."""
        for api in APIS:
            for op in inventory.operations(api):
                shown = f"{op.resource}.{op.name} · {op.vendor_id} · {op.method} {op.route}"
                yield shown, shown, api, f"reference/{api}/{op.resource}", nodes.make_id(where(op, api)), 0

    def get_type_name(self, type: ObjType, primary: bool = False) -> str:
        """What a result is called."""
        return str(type.lname)

    def resolve_any_xref(self, *args: Any, **options: Any) -> list[tuple[str, nodes.reference]]:
        """Nothing links to an operation through here: it has a label."""
        return []

    def merge_domaindata(self, docnames: Iterable[str], otherdata: dict[str, Any]) -> None:
        """There is nothing to merge: the operations are known from the code."""


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Every public name has a place on some page."""
    objects = env.domains.python_domain.objects
    for full, entry in objects.items():
        if entry.objtype == "method" and ".resources." in full:  # the search knows them as operations
            objects[full] = entry._replace(aliased=True)
    for name in inventory.names():
        at = name.home if inventory.is_public(name.home) else name.module
        if f"{at}.{name.name}" not in objects:
            log.warning("%s.%s is on no page", name.module, name.name)


def words(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Turn the sections of a docstring into field lists."""
    if what not in {"attribute", "property", "data"}:
        text = mended("\n".join(lines))
        start = inspect.getdoc(obj.__init__) if what == "class" else None
        if start and "Args:" in start and "Args:" not in text:
            text += "\n\n" + start[start.index("Args:") :]  # how a client is opened stands with its base
        told = GoogleDocstring(text, NAPOLEON, app, what, name, obj, options).lines()
        lines[:] = [line for line in told if line != ":param shop: Supplied by the bridge."]


def written(value: Any) -> str:
    """A default as one would write it."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    try:
        ast.parse(repr(value), mode="eval")
    except SyntaxError:
        return "..."
    return repr(value)


def shown_signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, arguments: str | None, returns: str | None
) -> tuple[str, str] | None:
    """Defaults of attrs classes as they are; and no signature for what a bridge makes."""
    if what != "class" or arguments is None:
        return None
    if any(base.__name__ == "Resource" for base in obj.__mro__[1:]):
        return "", ""
    if attrs.has(obj):
        defaults = {field.name: written(field.default) for field in attrs.fields(obj)}
        arguments = re.sub(r"attr_dict\['(\w+)'\]\.default", lambda found: defaults[found[1]], arguments)
    return arguments.replace("= NOTHING", "= ..."), returns or ""


def as_called(app: Sphinx, doctree: nodes.document) -> None:
    """Head the operations of a resource with the attribute they are called on."""
    match = re.fullmatch(r"reference/(kaufland|shoptet)/(\w+)", app.env.docname)
    if match is not None:
        for owner in doctree.findall(addnodes.desc_addname):
            if owner.astext()[0].isupper():
                owner.children = [nodes.Text(f"{match[1]}.{match[2]}.")]


def trimmed(app: Sphinx, doctree: nodes.document) -> None:
    """Take away the blank line with which doctests in Markdown end."""
    for block in doctree.findall(nodes.literal_block):
        text = block.astext().rstrip()
        block.children = [nodes.Text(text)]
        block.rawsource = text


# -- directives ----------------------------------------------------------------------------------------------


MOST = 12
"""Tests that are shown for a requirement."""


class Requirements(SphinxDirective):
    """A table of requirements: one line each, ``R1 | what | where in the code``; the tests are found."""

    has_content = True

    def run(self) -> list[Node]:
        """Make the table."""
        tests = inventory.tests_of_requirements(Path(self.env.srcdir).parent / "tests")
        rows: list[tuple[str, str, str, str]] = []
        for line in self.content:
            if not line.strip():
                continue
            name, what, code = inventory.requirement(line)
            named = tests.get(name, [])
            shown = ", ".join(f"``{file}::{test}``" for file, test in named[:MOST])
            more = f" and {len(named) - MOST} more" if len(named) > MOST else ""
            rows.append((name, what, code, f"{shown}{more}"))
        text = table("9 25 24 42", ("", "Requirement", "In the code", "Tests"), rows, "wide")
        # The page is in Markdown, the table is not.
        return self.parse_text_to_nodes(f"```{{eval-rst}}\n{text}```")


def typed(name: str, raw: str, text: str, *_: Any, **__: Any) -> tuple[list[Node], list[Any]]:
    """The role for bits of types."""
    return [nodes.inline(raw, text.replace("\x00", ""), classes=["kind"])], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.add_object_type("setting", "setting", "pair: %s; setting", objname="setting")
    app.add_object_type("switch", "switch", "pair: %s; switch", objname="sandbox switch")
    app.add_generic_role("http", nodes.strong)
    app.add_role("kind", typed)
    app.add_directive("requirements", Requirements)
    app.add_domain(Operations)
    app.connect("builder-inited", write)
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"
    app.add_post_transform(Resolver)
    app.connect("autodoc-process-docstring", words)
    app.connect("autodoc-process-signature", shown_signature)
    app.connect("doctree-read", as_called)
    app.connect("doctree-read", trimmed)
    app.connect("env-check-consistency", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
