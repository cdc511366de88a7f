"""What one would do without Meshwarden, measured beside it on the same questions: the answers have to agree."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cache
from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import networkx as nx

    from bench_phases import Bench
    from engine.model.decided import Decision, Entitlement, Question
    from engine.model.mesh import Mesh

T = TypeVar("T")

SEED = 1
CALLS = 500
"""How many questions are asked in one call each: the rate of these is compared, nothing is extrapolated."""
ASKED = 100
"""Of who and what, on both sides."""
EXPLAINED = 20
"""Of why, whose answers are a hundred times as long."""


def column_graph(bench: Bench) -> None:
    import networkx  # noqa: F401 - outside the clock, as the engine's own import is

    mesh, plan = bench.kept("mesh", "plan")
    with bench.clock():
        built = build_column_graph(mesh, plan.entitlements)
    bench.note(nodes=built.number_of_nodes(), edges=built.number_of_edges())


def build_column_graph(mesh: Mesh, entitlements: Sequence[Entitlement]) -> nx.DiGraph[str]:
    """What one would draw at first: principal → group → persona → role → entitlement → column, a node for each."""
    import networkx as nx

    built: nx.DiGraph[str] = nx.DiGraph()
    built.add_nodes_from(f"principal:{principal.id}" for principal in mesh.principals)
    built.add_nodes_from(_columns(mesh))
    for group in mesh.groups:
        for member in group.members:
            built.add_edge(f"{'group' if member in mesh.group else 'principal'}:{member}", f"group:{group.id}")
    for persona in mesh.personas:
        built.add_edges_from((f"group:{group}", f"persona:{persona.id}") for group in persona.groups)
    for item in entitlements:
        built.add_edge(f"persona:{item.role.persona}", f"role:{item.role.id}")
        built.add_edge(f"role:{item.role.id}", f"entitlement:{item.id}")
        for table, columns in item.columns.items():
            built.add_edges_from(
                (f"entitlement:{item.id}", f"column:{item.product}/{table}/{column}") for column in columns
            )
    return built


def _columns(mesh: Mesh) -> Iterator[str]:
    for product in mesh.products:
        for table in product.tables:
            yield from (f"column:{product.id}/{table.name}/{column.name}" for column in table.columns)


def queries(bench: Bench) -> None:
    """The same questions to both, who and what and why; a pair of answers that differs ends the bench.

    Both sides are prepared outside the clock. Who is a set of principals on both sides. What is a set of columns in
    networkx, and here a tuple of columns for each table. Rows are what the commands show beyond that.
    """
    from engine.graph.index import index_access
    from engine.graph.names import Holder, resolve_target
    from engine.graph.what_can import columns_of, what_can
    from engine.graph.who_can import readers_of, who_can
    from engine.graph.why import why

    mesh, decisions, plan = bench.kept("mesh", "decisions", "plan")
    index = index_access(mesh, plan)
    built = build_column_graph(mesh, plan.entitlements)
    random = Random(SEED)
    principals = random.sample([principal.id for principal in mesh.principals], ASKED)
    columns = random.sample(list(_columns(mesh)), ASKED)
    pairs = []
    for principal in principals[:EXPLAINED]:
        read = sorted(find_reached(built, principal))
        pairs.append((principal, random.choice(read or columns)))
    targets = {column: resolve_target(mesh, column) for column in (*columns, *(column for _, column in pairs))}
    holders = {principal: Holder("principal", principal) for principal in principals}

    for column in columns:
        _same(column, readers_of(index, targets[column]), find_readers(built, column))
    for principal in principals:
        _same(principal, column_ids(columns_of(index, holders[principal])), find_reached(built, principal))
    for principal, column in pairs:
        chains = why(mesh, decisions, index, principal, targets[column])
        ways = find_ways(built, principal, column)
        _same(
            f"{principal} {column}",
            {f"entitlement:{chain.entitlement.id}" for chain in chains},
            {way[-2] for way in ways},
        )
        if (way := find_way(built, principal, column)) not in ways and ways:
            raise SystemExit(f"bench: `{principal}` and `{column}`: `{way}` is none of all ways")
    bench.note(
        who=_each(lambda column: readers_of(index, targets[column]), columns),
        who_rows=_each(lambda column: who_can(index, targets[column]), columns),
        who_otherwise=_each(lambda column: find_readers(built, column), columns),
        what=_each(lambda principal: columns_of(index, holders[principal]), principals),
        what_rows=_each(lambda principal: what_can(index, holders[principal]), principals),
        what_otherwise=_each(lambda principal: find_reached(built, principal), principals),
        why=_each(lambda pair: why(mesh, decisions, index, pair[0], targets[pair[1]]), pairs),
        why_otherwise=_each(lambda pair: find_ways(built, *pair), pairs),
        why_one_otherwise=_each(lambda pair: find_way(built, *pair), pairs),
    )


def column_ids(read: dict[tuple[str, str], tuple[str, ...]]) -> set[str]:
    """The columns of each (product, table), as the nodes that the other graph has for them."""
    return {f"column:{product}/{table}/{column}" for (product, table), names in read.items() for column in names}


def find_readers(built: nx.DiGraph[str], column: str) -> set[str]:
    import networkx as nx

    return {node.removeprefix("principal:") for node in nx.ancestors(built, column) if node.startswith("principal:")}


def find_reached(built: nx.DiGraph[str], principal: str) -> set[str]:
    import networkx as nx

    return {node for node in nx.descendants(built, f"principal:{principal}") if node.startswith("column:")}


def find_ways(built: nx.DiGraph[str], principal: str, column: str) -> list[list[str]]:
    """Every way by which a principal reads a column, as every chain of an answer to why is one."""
    import networkx as nx

    return list(nx.all_simple_paths(built, f"principal:{principal}", column))


def find_way(built: nx.DiGraph[str], principal: str, column: str) -> list[str]:
    """One way, which is less than an answer to why: a session that ends leaves the others open."""
    import networkx as nx

    try:
        return nx.shortest_path(built, f"principal:{principal}", column)
    except nx.NetworkXNoPath:
        return []


def _same(asked: str, ours: AbstractSet[str], theirs: AbstractSet[str]) -> None:
    if ours != theirs:
        raise SystemExit(f"bench: `{asked}`: the answers differ in {sorted(ours ^ theirs)[:3]}")


def _each(ask: Callable[[T], object], questions: Sequence[T]) -> float:
    """Seconds for one question, in the fastest of seven rounds."""
    rounds = []
    for _ in range(7):
        started = time.perf_counter()
        for question in questions:
            ask(question)
        rounds.append(time.perf_counter() - started)
    return min(rounds) / len(questions)


def calls(bench: Bench) -> None:
    """Bulk against one call each, on the same OPA: questions a second. The answers must agree.

    Both sides build their inputs, each fact once, and read the answers.
    """
    from engine.entitle import questions
    from engine.opa.client import open_opa
    from engine.opa.decide import decide

    mesh, deciding, rules = bench.kept("mesh", "policies", "rules")
    asked = questions(mesh)
    sample = Random(SEED).sample(asked, CALLS)
    with open_opa(deciding, rules) as opa:
        decide(opa, mesh, bench.now, sample, {})  # both sides meet an OPA that has worked already
        started = time.perf_counter()
        inputs = _inputs(mesh, bench.now, sample)
        answers = [opa.client.query_rule(input, "meshwarden.access", "decision")["result"] for input in inputs]
        one_each = CALLS / (time.perf_counter() - started)
        with bench.clock():
            access = decide(opa, mesh, bench.now, asked, {}).access
    for question, answer in zip(sample, answers, strict=True):
        if answer != _plain(access[question]):
            raise SystemExit(f"bench: `{question.id}` has two answers: {answer} and {access[question]}")
    bench.note(bulk=len(asked) / bench.figures.seconds, one_each=one_each)


def _inputs(mesh: Mesh, now: datetime, asked: list[Question]) -> Iterator[dict[str, object]]:
    """The `input` of each question."""
    from engine.model.inputs import account_input, persona_input, product_input, purpose_input
    from engine.model.instants import format_instant

    @cache
    def product(id: str) -> object:
        return product_input(mesh, mesh.product[id]).model_dump(mode="json")

    @cache
    def persona(id: str) -> object:
        return persona_input(mesh.persona[id]).model_dump(mode="json")

    for question in asked:
        yield {
            "now": format_instant(now),
            "persona": persona(question.role.persona),
            "purpose": purpose_input(mesh.purpose[question.role.purpose]).model_dump(mode="json"),
            "account": account_input(mesh.account[question.role.account]).model_dump(mode="json"),
            "product": product(question.product),
        }


def _plain(decision: Decision) -> dict[str, object]:
    """A decision as OPA answers it."""
    readable = {rule: sorted(classes) for rule, classes in decision.readable.items()}
    return {"met": sorted(decision.met), "readable": readable, "longest": decision.longest}
