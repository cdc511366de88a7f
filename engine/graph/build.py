"""The access graph: principal → group (nested) → persona → access role → entitlement → table, every edge with its reason."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx

from engine.model.decided import Entitlement
from engine.model.mesh import Mesh
from engine.model.plan import Unrealised


def build_access_graph(
    mesh: Mesh, entitlements: Iterable[Entitlement], unrealised: Iterable[Unrealised]
) -> nx.DiGraph[str]:
    """Nodes `kind:name` with `kind` and `name`; edges with `reason`.

    The edge entitlement → table has `columns` (a sorted tuple) and `granted`; a table has `product` and `domain`.
    """
    raise NotImplementedError
