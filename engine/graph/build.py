"""The access graph: principal → group (nested) → persona → access role → entitlement → table.

For questions that no command asks: networkx answers them here. The commands ask `engine.graph.index`, which is prepared
and answers sooner; tests hold both to one definition of who can read what.
"""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx

from engine.model.decided import AccessRole, Entitlement
from engine.model.instants import format_instant
from engine.model.mesh import Mesh
from engine.model.plan import Unrealised


def build_access_graph(
    mesh: Mesh, entitlements: Iterable[Entitlement], unrealised: Iterable[Unrealised]
) -> nx.DiGraph[str]:
    """Nodes `kind:name` with `kind` and `name`; edges with `reason`. The same facts give the same order of both.

    The edge entitlement → table has `columns` (a sorted tuple) and `granted`; a table has `product` and `domain`.
    Columns are a set on that edge, and no nodes: a mesh has a hundred times more of them than of everything else.
    """
    graph = _memberships(mesh)
    refused = {(item.entitlement, item.table): item for item in unrealised}
    for persona in mesh.personas:
        for purpose in persona.purposes:
            for account in persona.accounts:
                _add_role(graph, AccessRole(persona.id, purpose, account))
    for product in mesh.products:
        for table in product.tables:
            _add(graph, "table", f"{product.id}/{table.name}", product=product.id, domain=product.domain)
    for entitlement in sorted(entitlements, key=lambda item: item.id):
        _add_role(graph, entitlement.role)
        _add(graph, "entitlement", entitlement.id, product=entitlement.product)
        graph.add_edge(
            f"role:{entitlement.role.id}",
            f"entitlement:{entitlement.id}",
            reason=f"agreement `{entitlement.agreement}` version {entitlement.version} is in force"
            f" until {format_instant(entitlement.end)}",
        )
        for name, columns in sorted(entitlement.columns.items()):
            refusal = refused.get((entitlement.id, name))
            graph.add_edge(
                f"entitlement:{entitlement.id}",
                f"table:{entitlement.product}/{name}",
                columns=columns,
                granted=refusal is None,
                reason=f"entitled but unrealised: {refusal.reason}" if refusal else "granted",
            )
    return graph


def _memberships(mesh: Mesh) -> nx.DiGraph[str]:
    """The part of the graph from the principals to the personas: who is in which group, which group holds what."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for principal in mesh.principals:
        _add(graph, "principal", principal.id)
    for group in mesh.groups:
        _add(graph, "group", group.id)
    for group in mesh.groups:
        for member in group.members:
            nested = member in mesh.group
            start = f"group:{member}" if nested else f"principal:{member}"
            if start not in graph:
                _add(graph, "principal", member)
            graph.add_edge(start, f"group:{group.id}", reason=f"{'nested in' if nested else 'member of'} `{group.id}`")
    for persona in mesh.personas:
        _add(graph, "persona", persona.id)
        for holder in persona.groups:
            graph.add_edge(f"group:{holder}", f"persona:{persona.id}", reason=f"`{holder}` holds `{persona.id}`")
    return graph


def _add_role(graph: nx.DiGraph[str], role: AccessRole) -> None:
    _add(graph, "role", role.id)
    graph.add_edge(
        f"persona:{role.persona}", f"role:{role.id}", reason=f"purpose `{role.purpose}` in account {role.account}"
    )


def _add(graph: nx.DiGraph[str], kind: str, name: str, **attributes: str | None) -> None:
    graph.add_node(f"{kind}:{name}", kind=kind, name=name, **attributes)
