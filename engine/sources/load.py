"""A project's folder -> Mesh: everything is read, everything is checked, and all that is wrong is said in one go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from engine.errors import Problem, SourceError
from engine.model.agreements import Agreement
from engine.model.fields import Fact
from engine.model.mesh import Mesh
from engine.model.products import Product
from engine.sources.agreements import check_agreements
from engine.sources.binding import Binding
from engine.sources.contract import ContractReading, read_contract
from engine.sources.declarations import Declarations, read_declarations
from engine.sources.deployment import read_deployment
from engine.sources.directory import check_directory
from engine.sources.draft import Draft
from engine.sources.findings import Finding
from engine.sources.locations import shared_locations
from engine.sources.products import read_product
from engine.sources.references import check_declarations, check_deployment
from engine.sources.schemas import BINDING
from engine.text.declared import Collection, Declared, FileSource
from engine.text.files import linked, list_files, misplaced, read_file
from engine.text.wording import nearest

F = TypeVar("F", bound=Fact)

_PRODUCTS = "mesh/products"
_BINDINGS = "mesh/bindings"
_SUFFIX = ".odcs.yaml"
_SEGMENT = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A mesh, and what its contracts leave open, sorted by file and line."""

    mesh: Mesh
    findings: tuple[Finding, ...]


def load_mesh(root: Path, agreements: Collection[Agreement]) -> Loaded:
    """Reads the project in `root`; its agreements come from whatever store keeps them.

    Raises SourceError with every problem of every file and of the agreements.
    """
    declared, problems = read_declarations(root)
    problems.extend(check_declarations(declared))
    problems.extend(check_directory(declared))
    deployment, said = read_deployment(root)
    problems.extend(said)
    problems.extend(check_deployment(deployment, declared) if deployment else ())
    for folder in ("personas", "mesh"):
        problems.extend(linked(root, folder))
    drafts, names, found = _drafts(root, declared)
    problems.extend(found)
    products = {draft.id: read_product(draft) for draft in drafts}
    for draft in drafts:
        problems.extend(draft.problems)
    problems.extend(_shared_tables(drafts, products))
    problems.extend(shared_locations(drafts, products))
    problems.extend(check_agreements(agreements, declared, products, names))
    if problems:
        raise SourceError(problems)
    mesh = Mesh(
        broker=declared.broker.declared[0].fact,
        accounts=_sorted(declared.accounts),
        warehouses=_sorted(declared.warehouses),
        groups=_sorted(declared.groups),
        principals=_sorted(declared.principals),
        purposes=_sorted(declared.purposes),
        domains=_sorted(declared.domains),
        tags=_sorted(declared.tags),
        personas=_sorted(declared.personas),
        products=tuple(products[name] for name in sorted(products)),
        agreements=_sorted(agreements),
    )
    return Loaded(mesh, tuple(sorted(finding for draft in drafts for finding in draft.findings)))


def _sorted(collection: Collection[F]) -> tuple[F, ...]:
    return tuple(collection.by_id[name] for name in sorted(collection.by_id))


def _drafts(root: Path, declared: Declarations) -> tuple[list[Draft], frozenset[str], list[Problem]]:
    """A draft of each document that can be read, the ids of all documents, and what is wrong with either file."""
    problems = [*misplaced(root, _PRODUCTS, flat=False), *misplaced(root, _BINDINGS, flat=False)]
    bindings = _bindings(root, problems)
    drafts: list[Draft] = []
    names: set[str] = set()
    for file in list_files(root, _PRODUCTS, ".yaml"):
        if not file.endswith(_SUFFIX):
            problems.append(Problem(file, 0, f"the file's name does not end with `{_SUFFIX}`"))
            continue
        name = file.removeprefix(f"{_PRODUCTS}/").removesuffix(_SUFFIX)
        names.add(name)
        problems.extend(_path_problems(file, name))
        reading = _contract(root, file, problems)
        if reading is not None and reading.contract is not None:
            source = FileSource(file, reading.text)
            drafts.append(Draft(name, reading.contract, source, bindings.get(name), declared))
    for name, binding in bindings.items():
        if name not in names:
            problems.append(binding.problem(f"binding of unknown product `{name}`{nearest(name, names)}"))
    return drafts, frozenset(names), problems


def _bindings(root: Path, problems: list[Problem]) -> dict[str, Declared[Binding]]:
    """The binding files that can be read, by product id; what is wrong is added to `problems`."""
    found: dict[str, Declared[Binding]] = {}
    for file in list_files(root, _BINDINGS, ".yaml"):
        reading, said = read_file(root, file, BINDING)
        problems.extend(said)
        name = file.removeprefix(f"{_BINDINGS}/").removesuffix(".yaml")
        if reading is not None:
            source = FileSource(file, reading.text)
            found.update((name, Declared(fact, source, path)) for path, fact in reading.of(Binding))
    return found


def _contract(root: Path, file: str, problems: list[Problem]) -> ContractReading | None:
    try:
        reading = read_contract((root / file).read_bytes())
    except OSError as error:
        problems.append(Problem(file, 0, f"the file cannot be read: {error.strerror}"))
        return None
    problems.extend(Problem(file, fault.line, fault.message) for fault in reading.faults)
    return reading


def _path_problems(file: str, name: str) -> Iterator[Problem]:
    """A product's id is its path, and each segment of it is an id."""
    for segment in name.split("/"):
        if not _SEGMENT.fullmatch(segment):
            yield Problem(file, 0, f"product path has `{segment}`; expected lower-case letters, digits and hyphens")


def _shared_tables(drafts: list[Draft], products: dict[str, Product]) -> Iterator[Problem]:
    """A physical table belongs to one product, and stands in it once."""
    seen: dict[tuple[str, str, str, str], tuple[Draft, str]] = {}
    for draft in sorted(drafts, key=lambda draft: draft.id):
        product = products[draft.id]
        places = {table.name: table.place for table in draft.contract.tables}
        for table in product.tables if product.server else ():
            if product.server is None or table.location is None:
                continue
            server = product.server
            key = (server.account, server.region, server.warehouse or "", table.location)
            if key in seen and seen[key] == (draft, table.name):
                continue  # two tables of one name are a problem of their own
            if key in seen:
                other, name = seen[key]
                first = next(item.place for item in other.contract.tables if item.name == name)
                place = "{}:{}".format(*other.source.place(first))
                said = f"table `{table.name}` of product `{draft.id}` lies in `{table.location}`, as does `{name}` of"
                file, line = draft.source.place(places[table.name])
                yield Problem(file, line, f"{said} `{other.id}` ({place}); a physical table belongs to one product")
            else:
                seen[key] = (draft, table.name)
