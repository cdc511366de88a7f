"""What a picture of a why answer shows: the cards, from the principal to the columns, and the reasons between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import networkx as nx

from engine.graph.index import Access
from engine.graph.why import Chain
from engine.model.instants import format_instant

_COLUMNS, _FEW_COLUMNS, _MANY_TABLES = 12, 5, 4
"""Columns that a card names before it counts the rest; fewer where there are many cards."""

_GREEN, _AMBER = "#15803d", "#b45309"


@dataclass(frozen=True, slots=True)
class Card:
    """One box: what it is, its name, what else is to be said of it, and how it stands."""

    kind: str
    title: str
    details: tuple[str, ...] = ()
    status: str = ""
    color: str = "#475569"
    fill: str = "#f8fafc"
    dashed: bool = False


def path_graph(chains: Iterable[Chain]) -> nx.DiGraph[str]:
    """The chains of one principal as a graph: nodes with `card` and `layer`, edges with a short `reason`.

    Layers go by kind: the principal, its groups as deep as they nest, persona, access role, agreement, table. A table
    stands once for each entitlement, since what two of them give is read in two sessions.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    for chain in chains:
        _add_groups(graph, chain)
    layer = 0
    for layer, generation in enumerate(nx.topological_generations(graph)):
        for node in generation:
            graph.nodes[node]["layer"] = layer
    for chain in chains:
        _add_chain(graph, chain, layer + 1)
    return graph


def _add_groups(graph: nx.DiGraph[str], chain: Chain) -> None:
    principal = f"principal:{chain.principal}"
    graph.add_node(principal, card=Card("principal", chain.principal, color="#334155"))
    for member, group in chain.memberships:
        start = principal if member == chain.principal else f"group:{member}"
        for node, name in ((start, member), (f"group:{group}", group)):
            if node not in graph:
                graph.add_node(node, card=Card("group", name))
        graph.add_edge(start, f"group:{group}", reason="member of" if start == principal else "nested in")


def _add_chain(graph: nx.DiGraph[str], chain: Chain, layer: int) -> None:
    role, agreement = chain.entitlement.role, chain.agreement
    persona_id, role_id, agreement_id = (
        f"persona:{role.persona}",
        f"role:{role.id}",
        f"entitlement:{chain.entitlement.id}",
    )
    graph.add_node(
        persona_id,
        layer=layer,
        card=Card("persona", role.persona, (chain.persona.title,), color="#6d28d9", fill="#faf7ff"),
    )
    for group in chain.persona.groups:
        if f"group:{group}" in graph:
            graph.add_edge(f"group:{group}", persona_id, reason="holds")
    graph.add_node(
        role_id,
        layer=layer + 1,
        card=Card(
            "access role",
            role.purpose,
            (chain.purpose.title, f"in {chain.account.name}, {role.account}"),
            color="#1d4ed8",
            fill="#f5f8ff",
        ),
    )
    graph.add_edge(persona_id, role_id, reason="for this purpose")
    graph.add_node(
        agreement_id,
        layer=layer + 2,
        card=Card(
            "agreement",
            agreement.id,
            (
                f"version {agreement.version}" + (f", ticket {agreement.ticket}" if agreement.ticket else ""),
                f"{_day(chain.entitlement.start)} to {_day(chain.entitlement.end)}",
                *(f"{approval.signs_as}: {approval.approver}" for approval in chain.approvals),
            ),
            color="#0e7490",
            fill="#f3fbfd",
        ),
    )
    graph.add_edge(role_id, agreement_id, reason=f"{len(chain.requirements)} requirements met")
    for access in chain.accesses:
        table_id = f"table:{access.entitlement}/{access.table}"
        graph.add_node(table_id, layer=layer + 3, card=_table(access, few=len(chain.accesses) > _MANY_TABLES))
        graph.add_edge(agreement_id, table_id, reason="granted" if access.granted else "unrealised")


def _table(access: Access, few: bool) -> Card:
    named = _FEW_COLUMNS if few else _COLUMNS
    more = len(access.columns) - named
    columns = ", ".join(access.columns[:named]) + (f" and {more} more" if more > 0 else "")
    if access.unrealised is None:
        return Card("table", f"{access.product}/{access.table}", (columns,), "granted", _GREEN, "#f4fbf6")
    status = f"unrealised: {access.unrealised.reason}"
    return Card("table", f"{access.product}/{access.table}", (columns,), status, _AMBER, "#fffaf2", dashed=True)


def _day(instant: datetime) -> str:
    return format_instant(instant)[:10]
