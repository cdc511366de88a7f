"""Everything that the authored files declare but the products, kind by kind: what references are checked against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Problem
from engine.model.facts import Account, Broker, Domain, Group, Persona, Principal, Purpose, Tag, Warehouse
from engine.sources import deployment
from engine.text import authored
from engine.text.declared import Collection, collect
from engine.text.files import list_files, misplaced, read_file
from engine.text.shapes import Reading, Shape
from engine.text.wording import nearest

_ACCOUNTS = "mesh/accounts.yaml"
_BROKER = "mesh/broker.yaml"
_DIRECTORY = "mesh/directory.yaml"
_DOMAINS = "mesh/domains.yaml"
_PURPOSES = "personas/purposes.yaml"
_TAGS = "mesh/tags.yaml"
_WAREHOUSES = "mesh/warehouses.yaml"

_MESH = frozenset({_ACCOUNTS, _BROKER, _DIRECTORY, _DOMAINS, _TAGS, _WAREHOUSES, deployment.FILE})


@dataclass(frozen=True, slots=True)
class Declarations:
    """The declared facts by kind. `broker` holds one fact, or none when its file is at fault."""

    broker: Collection[Broker]
    accounts: Collection[Account]
    warehouses: Collection[Warehouse]
    groups: Collection[Group]
    principals: Collection[Principal]
    purposes: Collection[Purpose]
    domains: Collection[Domain]
    tags: Collection[Tag]
    personas: Collection[Persona]

    @property
    def governance(self) -> Account | None:
        """The governance account, None when not exactly one is declared."""
        found = [item.fact for item in self.accounts.declared if "governance" in item.fact.roles]
        return found[0] if len(found) == 1 else None


class _Files:
    """Reads the declared files of a project, once each."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.problems: list[Problem] = []

    def read(self, file: str, shape: Shape, *, required: bool = True) -> tuple[list[tuple[str, Reading]], bool]:
        """The reading of `file`, and whether every name in it is known. One that is not required may be missing."""
        reading, problems = read_file(self._root, file, shape)
        self.problems.extend(problems)
        if reading is not None:
            return [(file, reading)], True
        if required and not problems:
            self.problems.append(Problem(file, 0, "the file is missing"))
        return [], not required and not problems


def read_declarations(root: Path) -> tuple[Declarations, list[Problem]]:
    """The declarations of a project, and what is wrong with each by itself: syntax, shape, ids that stand twice."""
    files = _Files(root)
    accounts, accounts_known = files.read(_ACCOUNTS, authored.ACCOUNTS)
    broker, broker_known = files.read(_BROKER, authored.BROKER)
    warehouses, warehouses_known = files.read(_WAREHOUSES, authored.WAREHOUSES, required=False)
    domains, domains_known = files.read(_DOMAINS, authored.DOMAINS)
    tags, tags_known = files.read(_TAGS, authored.TAGS, required=False)
    purposes, purposes_known = files.read(_PURPOSES, authored.PURPOSES)
    directory, directory_known = files.read(_DIRECTORY, authored.DIRECTORY)
    personas: list[tuple[str, Reading]] = []
    for file in list_files(root, "personas", ".yaml"):
        if file != _PURPOSES:
            personas.extend(files.read(file, authored.PERSONA)[0])
    files.problems.extend((*misplaced(root, "personas", flat=True), *_strays(root)))
    declarations = Declarations(
        broker=collect("broker", Broker, broker, whole=broker_known),
        accounts=collect("account", Account, accounts, whole=accounts_known),
        warehouses=collect("warehouse", Warehouse, warehouses, whole=warehouses_known),
        groups=collect("group", Group, directory, whole=directory_known),
        principals=collect("principal", Principal, directory, whole=directory_known),
        purposes=collect("purpose", Purpose, purposes, whole=purposes_known),
        domains=collect("domain", Domain, domains, whole=domains_known),
        tags=collect("tag", Tag, tags, whole=tags_known),
        personas=collect("persona", Persona, personas, by_file=True),
    )
    collections = (
        declarations.accounts,
        declarations.warehouses,
        declarations.groups,
        declarations.principals,
        declarations.purposes,
        declarations.domains,
        declarations.tags,
        declarations.personas,
    )
    return declarations, [*files.problems, *(problem for collection in collections for problem in collection.problems)]


def _strays(root: Path) -> Iterator[Problem]:
    """YAML files in `mesh` that nobody reads: a misspelt name must not leave its facts out."""
    for file in (*list_files(root, "mesh", ".yaml"), *list_files(root, "mesh", ".yml")):
        if file.count("/") == 1 and file not in _MESH:
            yield Problem(file, 0, f"the file is none of the mesh's{nearest(file, _MESH)}")
