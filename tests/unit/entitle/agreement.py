"""The small mesh's agreement with changes of its own, and what it lacks."""

from __future__ import annotations

from engine.entitle import shortfalls
from engine.model.agreements import Agreement
from engine.model.decided import Decisions
from engine.model.mesh import Mesh
from tests.scenarios.facts import Facts, small_mesh

ACCOUNT = "300000000001"


def agreement(changes: Facts | None = None) -> tuple[Mesh, Agreement]:
    """The agreement of the small mesh, with changes of its own."""
    mesh = small_mesh({"agreements": {"loans-for-fraud": changes or {}}})
    return mesh, mesh.agreements[0]


def lacking(mesh: Mesh, decisions: Decisions) -> list[tuple[str, str]]:
    return [(item.kind, item.id) for item in shortfalls(mesh, decisions, mesh.agreements[0], ACCOUNT)]
