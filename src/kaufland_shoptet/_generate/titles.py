"""Class names: the overlay's, the component's, or one made of what a thing is and where it is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import define, field

from .model import Enum, Resource, Shape, mentions, used_by
from .names import join, pascal, singular, words
from .operations import Root
from .shapes import Reader
from .vendors import Vendor

_REQUESTS = ("Create", "Update", "Input", "Request", "Patch")
_VIEWS = ("Summary", "Details", "Detail", "Snapshot", "WithEmbedded")
_PLAIN_METHODS = frozenset(
    {"get", "list", "create", "update", "add", "replace", "set", "delete", "search", "snapshot"}
)


@define
class Titles:
    """Gives every class that operations can reach a name of its own."""

    reader: Reader
    vendor: Vendor
    resources: list[Resource]
    roots: list[Root]
    taken: dict[str, Shape | Enum | Resource] = field(factory=dict[str, "Shape | Enum | Resource"])
    problems: list[str] = field(factory=list[str])

    def give(self) -> list[Shape | Enum]:
        """Name everything; the result is in an order where users come before what they use."""
        order = sorted_by_use(what for resource in self.resources for what in mentions(resource))
        parents = _parents(order)
        for resource in self.resources:
            self.taken[resource.class_name] = resource
        for what in order:
            if what.name:
                self._claim(what, what.name)
        for what in order:
            if not what.name and what.component is not None:
                self._pick(what, [self._component(what.component)])
        for what in order:
            if not what.name:
                self._pick(what, self._candidates(what, parents.get(what, [])))
        return order

    def _pick(self, what: Shape | Enum, candidates: Iterable[str]) -> None:
        tried = list(dict.fromkeys(candidates))
        for name in tried:
            if name not in self.taken:
                self._claim(what, name)
                return
        owner = self.taken[tried[0]]
        other = owner.attribute if isinstance(owner, Resource) else owner.origin
        self.problems.append(f"[model] {what.origin} needs a name: {tried[0]} is {other}")
        what.name = tried[0]

    def _claim(self, what: Shape | Enum, name: str) -> None:
        owner = self.taken.setdefault(name, what)
        what.name = name
        if owner is not what:
            other = f"resource {owner.attribute}" if isinstance(owner, Resource) else owner.origin
            self.problems.append(f"[model] {what.origin} cannot be {name}: that is {other}")

    def _component(self, component: str) -> str:
        name = pascal(component)
        for prefix in (*self.vendor.prefixes, "Type"):
            name = name.removeprefix(prefix) or name
        for suffix in self.vendor.suffixes:
            name = name.removesuffix(suffix) or name
        return name

    def _candidates(self, what: Shape | Enum, parents: list[Shape]) -> Iterator[str]:
        roots = [root for root in self.roots if root.what is what]
        if roots:
            yield from self._of_roots(roots)
        hint = pascal(what.hint)
        if len(parents) > 1:
            shared = _shared([_stem(parent.name)[0] for parent in parents])
            yield _below(shared, hint, parents) if shared else hint
        for parent in parents:
            stem, suffix = _stem(parent.name)
            yield join(stem, hint) + (suffix if isinstance(what, Shape) else "")
        for parent in parents:
            yield join(parent.name, hint)

    def _of_roots(self, roots: list[Root]) -> Iterator[str]:
        for root in sorted(roots, key=lambda root: root.kind == "request"):
            noun = pascal("_".join(words(singular(root.operation.resource))))
            word = pascal(singular(root.word))
            method = root.operation.name
            own = "" if method in _PLAIN_METHODS or method.startswith("get_") else pascal(singular(method))
            if root.kind == "request":
                yield join(noun, own) if own else noun + pascal(method)
                yield join(noun, pascal(method)) + "Request"
                continue
            thing = noun if not word or noun.endswith(word) or word in ("Item", "Data") else join(noun, word)
            if isinstance(root.what, Enum):
                yield join(noun, pascal(root.what.hint))
            yield word if word.startswith(noun) else thing
            if own:
                yield join(noun, own)
            for view in ("Summary", "Details", "Info"):
                yield thing + view


def _stem(name: str) -> tuple[str, str]:
    """A class name without what it says about its use, and that."""
    for suffix in _REQUESTS:
        if name.endswith(suffix) and name != suffix:
            return name.removesuffix(suffix), suffix
    for suffix in _VIEWS:
        if name.endswith(suffix) and name != suffix:
            return name.removesuffix(suffix), ""
    return name, ""


def _below(shared: str, hint: str, parents: list[Shape]) -> str:
    suffixes = {_stem(parent.name)[1] for parent in parents}
    return join(shared, hint) + (suffixes.pop() if len(suffixes) == 1 else "")


def _shared(names: list[str]) -> str:
    """The words that all names begin with."""
    split = [words(name) for name in names]
    common: list[str] = []
    for column in zip(*split, strict=False):
        if len(set(column)) > 1:
            break
        common.append(column[0])
    return pascal("_".join(common))


def _parents(order: list[Shape | Enum]) -> dict[Shape | Enum, list[Shape]]:
    found: dict[Shape | Enum, list[Shape]] = {}
    for shape in order:
        if isinstance(shape, Shape):
            for what in used_by(shape):
                if what is not shape and shape not in found.setdefault(what, []):
                    found[what].append(shape)
    return found


def sorted_by_use(roots: Iterable[Shape | Enum]) -> list[Shape | Enum]:
    """Everything within reach of *roots*, users before what they use."""
    done: dict[Shape | Enum, None] = {}
    open_: set[Shape | Enum] = set()

    def visit(what: Shape | Enum) -> None:
        if what in done or what in open_:
            return
        open_.add(what)
        if isinstance(what, Shape):
            for each in reversed(used_by(what)):
                visit(each)
        open_.discard(what)
        done[what] = None

    for root in reversed(list(roots)):
        visit(root)
    return list(reversed(done))
