"""The graph has every step with its reason, and no step that nobody decided."""

from __future__ import annotations

import networkx as nx

from engine.graph.build import build_access_graph
from tests.unit.graph.small import CONSUMER, MESH, changed, plan

GRAPH = build_access_graph(MESH, plan().entitlements, plan().unrealised)
ROLE = f"role:analyst/modelling/{CONSUMER}"


def reason(start: str, end: str) -> str:
    return str(GRAPH.edges[start, end]["reason"])


def test_every_edge_has_its_reason() -> None:
    assert reason("principal:anna", "group:north") == "member of `north`"
    assert reason("group:juniors", "group:north") == "nested in `north`"
    assert reason("group:analysts", "persona:analyst") == "`analysts` holds `analyst`"
    assert reason("persona:analyst", ROLE) == f"purpose `modelling` in account {CONSUMER}"
    assert (
        reason(ROLE, f"entitlement:modelling@{CONSUMER}")
        == "agreement `modelling` version 1 is in force until 2027-01-01T00:00:00Z"
    )
    assert reason(f"entitlement:modelling@{CONSUMER}", "table:servicing/loans/loan") == "granted"
    assert reason(f"entitlement:exposures@{CONSUMER}", "table:risk/exposures/exposure") == (
        "entitled but unrealised: `risk/exposures` lies in warehouse `dwh`,"
        " and account 000000000003 has no warehouse in a region of persona `analyst`"
    )
    assert all(data["reason"] for _, _, data in GRAPH.edges(data=True))


def test_columns_stand_on_the_last_edge() -> None:
    edge = GRAPH.edges[f"entitlement:reporting@{CONSUMER}", "table:servicing/loans/loan"]
    assert edge["columns"] == ("amount", "borrower_email", "id")
    assert edge["granted"] is True
    assert GRAPH.edges[f"entitlement:exposures@{CONSUMER}", "table:risk/exposures/exposure"]["granted"] is False
    assert {data["kind"] for _, data in GRAPH.nodes(data=True)} == {
        "principal",
        "group",
        "persona",
        "role",
        "entitlement",
        "table",
    }


def test_product_and_domain_are_attributes() -> None:
    assert GRAPH.nodes["table:servicing/loans/payment"] == {
        "kind": "table",
        "name": "servicing/loans/payment",
        "product": "servicing/loans",
        "domain": "servicing",
    }


def test_a_path_is_an_answer() -> None:
    readable = nx.descendants(GRAPH, "principal:ben")
    assert "table:servicing/loans/payment" in readable
    assert "table:ledger/funding/bond" not in readable
    assert not nx.descendants(GRAPH, "principal:dora")
    # a pending agreement gives nothing
    assert "table:servicing/loans/loan" not in nx.descendants(GRAPH, "principal:carl")


def test_the_same_facts_give_the_same_order() -> None:
    mesh = changed(groups=tuple(reversed(MESH.groups)))
    other = build_access_graph(mesh, reversed(plan().entitlements), plan().unrealised)
    assert sorted(other.edges(data="reason")) == sorted(GRAPH.edges(data="reason"))
    again = build_access_graph(MESH, plan().entitlements, plan().unrealised)
    assert list(again.edges) == list(GRAPH.edges)
