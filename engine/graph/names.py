"""What somebody typed, found among what is declared; for a misspelt name, the nearest ones.

Names are node ids, with or without their kind: `column:servicing/loans/loan/email`, `servicing/loans/loan`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from engine.errors import UnknownNameError
from engine.model.mesh import Mesh
from engine.model.products import Product

_TARGETS = ("product", "table", "column")
_HOLDERS: tuple[Literal["principal", "persona"], ...] = ("principal", "persona")
_NEAREST = 3


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """A product, one of its tables, or one of a table's columns."""

    product: str
    table: str | None = None
    column: str | None = None

    @property
    def kind(self) -> Literal["product", "table", "column"]:
        return "column" if self.column is not None else "table" if self.table is not None else "product"

    @property
    def name(self) -> str:
        return "/".join(part for part in (self.product, self.table, self.column) if part is not None)

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class Holder:
    """A principal or a persona."""

    kind: Literal["principal", "persona"]
    name: str

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.name}"


def resolve_target(mesh: Mesh, typed: str) -> Target:
    """The product, table or column of this name, in any case of letters.

    Raises UnknownNameError when there is none, and when there are several, which a kind in front tells apart.
    """
    kind, name = _split(typed.strip().lower(), _TARGETS)
    under = [mesh.product[prefix] for prefix in _prefixes(name) if prefix in mesh.product]
    found = [
        target
        for product in under
        for target in _targets(product)
        if target.name == name and kind in {None, target.kind}
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownNameError(f"`{typed}` is the name of several: write {_either(target.id for target in found)}")
    near = _nearest(name, _near_names(mesh, name, under, kind))
    raise UnknownNameError(f"no {kind or 'product, table or column'} is called `{name}`{near}")


def resolve_holder(mesh: Mesh, typed: str) -> Holder:
    """The principal or persona of this name. Raises UnknownNameError, also when it names both and says no kind."""
    kind, name = _split(typed.strip(), _HOLDERS)
    known: dict[str, Iterable[str]] = {"principal": mesh.principal.keys(), "persona": mesh.persona.keys()}
    holders: list[Holder] = [Holder(of, name) for of in _HOLDERS if name in known[of] and kind in {None, of}]
    if len(holders) == 1:
        return holders[0]
    if holders:
        raise UnknownNameError(f"`{typed}` is the name of several: write {_either(holder.id for holder in holders)}")
    names = [name for of in _HOLDERS if kind in {None, of} for name in known[of]]
    raise UnknownNameError(f"no {kind or 'principal or persona'} is called `{name}`{_nearest(name, names)}")


def resolve_principal(mesh: Mesh, typed: str) -> str:
    """The id of the principal of this name. Raises UnknownNameError."""
    _, name = _split(typed.strip(), ("principal",))
    if name not in mesh.principal:
        raise UnknownNameError(f"no principal is called `{name}`{_nearest(name, mesh.principal)}")
    return name


def _split(typed: str, kinds: tuple[str, ...]) -> tuple[str | None, str]:
    kind, colon, name = typed.partition(":")
    return (kind, name) if colon and kind in kinds else (None, typed)


def _prefixes(name: str) -> list[str]:
    """`a/b/c` → `a`, `a/b`, `a/b/c`: what of a name may be its product."""
    parts = name.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _targets(product: Product) -> Iterator[Target]:
    yield Target(product.id)
    for table in product.tables:
        yield Target(product.id, table.name)
        for column in table.columns:
            yield Target(product.id, table.name, column.name)


def _near_names(mesh: Mesh, name: str, under: list[Product], kind: str | None) -> list[str]:
    """The names worth comparing: those of the products that the name may mean, and those that end like it."""
    near = {product.id for product in under}
    for prefix in _prefixes(name):
        near.update(difflib.get_close_matches(prefix, mesh.product, n=_NEAREST))
    return [
        target.name
        for product in mesh.products
        for target in _targets(product)
        if kind in {None, target.kind}
        and (product.id in near or target.column is None or target.name.endswith(f"/{name}"))
    ]


def _nearest(name: str, names: Iterable[str]) -> str:
    known = list(names)
    ending = [other for other in known if other.endswith(f"/{name}")]
    close = [*ending, *difflib.get_close_matches(name, known, n=_NEAREST)]
    near = list(dict.fromkeys(close))[:_NEAREST]
    if not near:
        return ""
    return f"; the nearest {'is' if len(near) == 1 else 'are'} " + ", ".join(f"`{other}`" for other in near)


def _either(ids: Iterable[str]) -> str:
    return " or ".join(f"`{id}`" for id in ids)
