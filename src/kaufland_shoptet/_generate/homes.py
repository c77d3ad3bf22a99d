"""Which module each class lives in.

A class that one resource alone uses lives with it. One that several use lives with the resource whose name
it bears, if that makes no circle of imports and pulls in little else; otherwise in ``common``.
"""

from __future__ import annotations

from attrs import define, field

from .model import Enum, Module, Resource, Shape, mentions, used_by
from .names import singular, words
from .overlay import Overlay
from .titles import sorted_by_use

COMMON = "common"
HEAVY = 2
"""A module is not imported for a class when it brings that many times more than the class needs itself."""


@define
class Homes:
    """Places classes, users before what they use."""

    overlay: Overlay
    resources: list[Resource]
    home: dict[Shape | Enum, str] = field(factory=dict["Shape | Enum", str])
    _own: dict[str, int] = field(factory=dict[str, int])
    """How many classes each module has for itself."""
    _imports: dict[str, set[str]] = field(factory=dict[str, set[str]])
    problems: list[str] = field(factory=list[str])

    def place(self, order: list[Shape | Enum]) -> list[Module]:
        """One module for each resource, and ``common``; classes in the order used things first."""
        users = self._users(order)
        alone = self._alone(order)
        for resource in alone.values():
            if resource is not None:
                self._own[resource] = self._own.get(resource, 0) + 1
        for what in order:
            if what not in self.home:
                self._settle(what, users, alone[what])
        self._check()
        modules = [Module(COMMON)]
        modules += [Module(resource.attribute, resource) for resource in self.resources]
        by_name = {module.name: module for module in modules}
        for what in reversed(order):
            by_name[self.home[what]].classes.append(what)
        return [module for module in modules if module.resource or module.classes]

    def _settle(
        self, what: Shape | Enum, users: dict[Shape | Enum, list[Shape | str]], alone: str | None
    ) -> None:
        """Find the home of a class, and of those that contain it in turn."""
        circle = [each for each in sorted_by_use([what]) if what in sorted_by_use([each])]
        outside = [user for each in circle for user in users[each] if user not in circle]
        modules = {user if isinstance(user, str) else self.home[user] for user in outside}
        home = self._find(what, modules, alone)
        self.home |= dict.fromkeys(circle, home)
        for user in modules - {home}:
            self._imports.setdefault(user, set()).add(home)

    def _check(self) -> None:
        """The overlay may ask for a home that makes a circle."""
        for module in self._imports:
            circle = [used for used in self._imports[module] if self._reaches(used, module)]
            if circle:
                self.problems.append(f"[home] {module} and {circle[0]} would import each other")

    def _users(self, order: list[Shape | Enum]) -> dict[Shape | Enum, list[Shape | str]]:
        """Who mentions a class: shapes, and resources by their attribute."""
        users: dict[Shape | Enum, list[Shape | str]] = {what: [] for what in order}
        for resource in self.resources:
            for what in mentions(resource):
                users[what].append(resource.attribute)
        for shape in order:
            if isinstance(shape, Shape):
                for what in used_by(shape):
                    if what is not shape:
                        users[what].append(shape)
        return users

    def _alone(self, order: list[Shape | Enum]) -> dict[Shape | Enum, str | None]:
        """The only resource within whose reach a class is, if there is only one."""
        reach: dict[Shape | Enum, set[str]] = {what: set() for what in order}
        for resource in self.resources:
            for what in sorted_by_use(mentions(resource)):
                reach[what].add(resource.attribute)
        return {what: next(iter(found)) if len(found) == 1 else None for what, found in reach.items()}

    def _find(self, what: Shape | Enum, modules: set[str], alone: str | None) -> str:
        wanted = self.overlay.homes.exact(what.name)
        if wanted is not None:
            return wanted
        if COMMON in modules:
            return COMMON  # it imports nothing from its siblings
        if alone is not None:
            return alone
        if len(modules) == 1:
            return next(iter(modules))
        for candidate in self._namesakes(what.name):
            circular = any(self._reaches(candidate, user) for user in modules - {candidate})
            if not circular and self._light(candidate, what):
                return candidate
        return COMMON

    def _namesakes(self, name: str) -> list[str]:
        """Resources whose name the class begins with, the longest first."""
        found: list[tuple[int, str]] = []
        for resource in self.resources:
            noun = words(singular(resource.attribute))
            if words(name)[: len(noun)] == noun:
                found.append((-len(noun), resource.attribute))
        return [attribute for _, attribute in sorted(found)]

    def _light(self, candidate: str, what: Shape | Enum) -> bool:
        """Whether importing a module for one class brings little that is of no use."""
        brought = sum(self._own.get(module, 0) for module in self._closure(candidate))
        return brought <= HEAVY * len(sorted_by_use([what]))

    def _closure(self, module: str) -> set[str]:
        found: set[str] = set()
        todo = [module]
        while todo:
            each = todo.pop()
            if each not in found:
                found.add(each)
                todo += self._imports.get(each, ())
        return found

    def _reaches(self, module: str, other: str) -> bool:
        return other in self._closure(module)
