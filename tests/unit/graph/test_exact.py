"""Who can, what can, why and impact are exactly `can_read`, written down a second time and slowly.

can_read(x, c) ⇔ some entitlement holds c, and x is a transitive member of a group of its persona
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.graph.build import build_access_graph
from engine.graph.explain import explain
from engine.graph.impact import Version, compare, fails
from engine.graph.index import AccessIndex, index_access
from engine.graph.names import Holder, Target
from engine.graph.what_can import columns_of, what_can
from engine.graph.who_can import by_principal, readers_of, who_can
from engine.graph.why import why
from engine.graph.why_not import questions_for, why_not
from engine.model.agreements import Agreement
from engine.model.decided import AccessRole, Entitlement
from engine.model.facts import Group
from engine.model.mesh import Mesh
from engine.model.plan import Unrealised
from tests.unit.graph.small import CONSUMER, MESH, agreement, changed, decide, plan

Cell = tuple[str, str, str, str]
"""Principal, product, table, column."""

Way = tuple[str, str, str, str, str, str]
"""Principal, product, table, column, purpose, account."""

PLAN = plan()
PEOPLE = ("anna", "ben", "carl", "dora")
GROUPS = ("analysts", "fraud-team", "juniors", "leads", "north")
CELLS = [
    (product.id, table.name, column.name)
    for product in MESH.products
    for table in product.tables
    for column in table.columns
]


def is_member(mesh: Mesh, principal: str, group: str) -> bool:
    return any(
        member == principal or (member in GROUPS and is_member(mesh, principal, member))
        for item in mesh.groups
        if item.id == group
        for member in item.members
    )


def can_read_for(version: Version, granted_only: bool = False) -> set[Way]:
    """Every principal tried with every column of every entitlement, a purpose and account at a time."""
    cells: set[Way] = set()
    for entitlement in version.entitlements:
        role = entitlement.role
        for table, columns in entitlement.columns.items():
            if granted_only and any(
                (item.entitlement, item.table) == (entitlement.id, table) for item in version.unrealised
            ):
                continue
            for principal in version.mesh.principals:
                for persona in version.mesh.personas:
                    if persona.id == entitlement.role.persona and any(
                        is_member(version.mesh, principal.id, group) for group in persona.groups
                    ):
                        cells.update(
                            (principal.id, entitlement.product, table, column, role.purpose, role.account)
                            for column in columns
                        )
    return cells


def can_read(version: Version, granted_only: bool = False) -> set[Cell]:
    return {cell[:4] for cell in can_read_for(version, granted_only)}


@st.composite
def directories(draw: st.DrawFn) -> tuple[Group, ...]:
    """Groups nested at random, each only in later ones, so that none holds itself."""
    groups = []
    for number, id in enumerate(GROUPS):
        people = draw(st.lists(st.sampled_from(PEOPLE), unique=True, max_size=3))
        nested = draw(st.lists(st.sampled_from(GROUPS[number + 1 :]), unique=True)) if number < 4 else []
        groups.append(Group(id=id, members=(*people, *nested)))
    return tuple(sorted((*groups, *(item for item in MESH.groups if item.id not in GROUPS)), key=lambda item: item.id))


@st.composite
def versions(draw: st.DrawFn) -> Version:
    """A directory, and entitlements that no policy would give: any persona, purpose and columns."""
    personas = tuple(
        persona.model_copy(
            update={"groups": tuple(draw(st.lists(st.sampled_from(GROUPS), unique=True, min_size=1, max_size=2)))}
        )
        if persona.kind == "job"
        else persona
        for persona in MESH.personas
    )
    personal = draw(st.sets(st.sampled_from(CELLS)))
    products = tuple(
        product.model_copy(
            update={
                "tables": tuple(
                    table.model_copy(
                        update={
                            "columns": tuple(
                                column.model_copy(
                                    update={"personal": (product.id, table.name, column.name) in personal}
                                )
                                for column in table.columns
                            )
                        }
                    )
                    for table in product.tables
                )
            }
        )
        for product in MESH.products
    )
    mesh = changed(groups=draw(directories()), personas=personas, products=products)
    entitlements: list[Entitlement] = []
    unrealised: list[Unrealised] = []
    for number in range(draw(st.integers(0, 4))):
        product = draw(st.sampled_from(sorted({cell[0] for cell in CELLS})))
        cells = draw(st.sets(st.sampled_from([cell for cell in CELLS if cell[0] == product]), min_size=1))
        tables = sorted({table for _, table, _ in cells})
        entitlement = Entitlement(
            id=f"a{number}@{CONSUMER}",
            agreement=f"a{number}",
            version=1,
            role=AccessRole(
                draw(st.sampled_from(["analyst", "investigator"])),
                draw(st.sampled_from(["fraud", "modelling"])),
                CONSUMER,
            ),
            product=product,
            whole=True,
            columns={name: tuple(sorted(column for _, table, column in cells if table == name)) for name in tables},
            start=datetime(2026, 1, 1, tzinfo=UTC),
            end=datetime(2027, 1, 1, tzinfo=UTC),
            session=3600,
        )
        entitlements.append(entitlement)
        refused = draw(st.sets(st.sampled_from(tables)))
        unrealised += [Unrealised(entitlement.id, table, "limit", "source", "reason", "way out") for table in refused]
    return Version(mesh, tuple(entitlements), tuple(unrealised))


def _index(version: Version) -> AccessIndex:
    made = replace(PLAN, entitlements=version.entitlements, unrealised=version.unrealised, grants=())
    return index_access(version.mesh, made)


@given(versions())
def test_who_can_and_what_can_are_can_read(version: Version) -> None:
    index = _index(version)
    readable, granted = can_read(version), can_read(version, granted_only=True)
    by_column = {
        (principal, product, table, column)
        for product, table, column in CELLS
        for principal, _ in by_principal(who_can(index, Target(product, table, column)))
    }
    assert by_column == readable
    told = by_principal(who_can(index, Target("servicing/loans")))
    told += [
        (principal.id, access)
        for principal in version.mesh.principals
        for access in what_can(index, Holder("principal", principal.id))
    ]
    cells = {
        (principal, access.product, access.table, column, access.granted)
        for principal, access in told
        for column in access.columns
    }
    assert {cell[:4] for cell in cells} == readable
    assert {cell[:4] for cell in cells if cell[4]} == granted


@given(versions())
def test_the_sets_of_readers_and_of_columns_are_can_read(version: Version) -> None:
    index = _index(version)
    targets = {Target(product, *rest) for product, table, column in CELLS for rest in ((), (table,), (table, column))}
    for granted in (False, True):
        cells = can_read(version, granted_only=granted)
        for target in targets:
            asked = (target.product, target.table, target.column)
            assert readers_of(index, target, granted=granted) == {
                cell[0] for cell in cells if all(of in {None, part} for of, part in zip(asked, cell[1:], strict=True))
            }
        for principal in version.mesh.principals:
            read = columns_of(index, Holder("principal", principal.id), granted=granted)
            assert all(columns == tuple(sorted(columns)) for columns in read.values())
            assert {(*place, column) for place, columns in read.items() for column in columns} == {
                cell[1:] for cell in cells if cell[0] == principal.id
            }


@given(versions())
def test_the_graph_holds_the_same(version: Version) -> None:
    graph = build_access_graph(version.mesh, version.entitlements, version.unrealised)
    found: set[Cell] = set()
    stack = [(f"principal:{principal.id}", principal.id) for principal in version.mesh.principals]
    while stack:
        node, principal = stack.pop()
        for _, end, data in graph.out_edges(node, data=True):
            product, _, table = str(graph.nodes[end]["name"]).rpartition("/")
            found.update((principal, product, table, column) for column in data.get("columns", ()))
            stack.append((end, principal))
    assert found == can_read(version)


@given(versions(), versions())
def test_impact_is_the_difference_of_can_read_for(before: Version, after: Version) -> None:
    impact = compare(before, after)
    rows = list(impact.rows())
    cells = [(row.principal, row.product, row.table, row.column, row.purpose, row.account) for row in rows]
    by_kind = {
        kind: {cell for cell, row in zip(cells, rows, strict=True) if row.change == kind}
        for kind in ("gained", "lost", "realised", "unrealised")
    }
    had, has = can_read_for(before), can_read_for(after)
    had_granted, has_granted = can_read_for(before, granted_only=True), can_read_for(after, granted_only=True)
    assert len(set(cells)) == len(cells)
    assert by_kind["gained"] == has - had
    assert by_kind["lost"] == had - has
    assert by_kind["realised"] == (has_granted - had_granted) & had
    assert by_kind["unrealised"] == (had_granted - has_granted) & has
    personal = {
        (product.id, table.name, column.name)
        for version in (before, after)
        for product in version.mesh.products
        for table in product.tables
        for column in table.columns
        if column.personal
    }
    assert all(row.personal == (cell[1:4] in personal) for cell, row in zip(cells, rows, strict=True))
    order = [(not row.personal, *cell) for cell, row in zip(cells, rows, strict=True)]
    assert order == sorted(order)
    total = impact.total
    assert (total.gained, total.lost) == (len(has - had), len(had - has))
    assert total.gained_personal == sum(cell[1:4] in personal for cell in has - had)
    assert (total.principals, total.columns) == (len({cell[0] for cell in cells}), len({cell[1:4] for cell in cells}))
    assert {tally.name: tally.gained + tally.lost for tally in impact.by_principal} == {
        principal: sum(cell[0] == principal for cell in has ^ had) for principal in {cell[0] for cell in cells}
    }
    assert {tally.name: tally.principals for tally in impact.by_column} == {
        "/".join(place): len({cell[0] for cell in cells if cell[1:4] == place})
        for place in {cell[1:4] for cell in cells}
    }
    assert {tally.name: (tally.principals, tally.columns) for tally in impact.by_product} == {
        product: (
            len({cell[0] for cell in cells if cell[1] == product}),
            len({cell[1:4] for cell in cells if cell[1] == product}),
        )
        for product in {cell[1] for cell in cells}
    }
    assert fails(impact, "gained") == bool(has - had)
    assert fails(impact, "lost") == bool(had - has)
    assert fails(impact, "gained-personal") == any(cell[1:4] in personal for cell in has - had)
    assert fails(impact, "any") == (
        bool(cells) or before.entitlements != after.entitlements or bool(impact.entitlements)
    )


@st.composite
def agreed(draw: st.DrawFn) -> Mesh:
    """The small mesh with other agreements, half of which fail in some way, under the requirements of `small`."""
    agreements: list[Agreement] = []
    for number in range(draw(st.integers(0, 4))):
        persona = draw(st.sampled_from(["analyst", "investigator"]))
        product = draw(st.sampled_from([item.id for item in MESH.products]))
        tables = [table.name for table in MESH.product[product].tables]
        agreements.append(
            agreement(
                f"a{number}",
                persona,
                draw(st.sampled_from(MESH.persona[persona].purposes)),
                product,
                max_classification=draw(st.sampled_from(["internal", "confidential", "restricted"])),
                personal=draw(st.booleans()),
                tables=draw(st.none() | st.lists(st.sampled_from(tables), unique=True, min_size=1).map(tuple)),
                states=draw(st.sampled_from([("pending", "active"), ("pending",), ("pending", "revoked")])),
                end=draw(st.sampled_from([datetime(2027, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)])),
                signed=draw(st.sampled_from([(("olga", "owner"), ("gwen", "governance")), (("olga", "owner"),)])),
            )
        )
    return changed(agreements=tuple(agreements))


@given(agreed())
def test_a_column_has_a_reason_why_or_a_reason_why_not(mesh: Mesh) -> None:
    """And each agreement is either in a chain or in a way with something in it."""
    decisions, made = decide(mesh), plan(mesh)
    index = index_access(mesh, made)
    readable = can_read(Version(mesh, made.entitlements, made.unrealised))
    for principal in ("ben", "carl"):
        for product, table, column in CELLS:
            target = Target(product, table, column)
            chains = why(mesh, decisions, index, principal, target)
            extra = decide(mesh, questions_for(mesh, principal, product))
            answer = why_not(mesh, decisions, extra, index, principal, target)
            reads = (principal, product, table, column) in readable
            assert bool(chains) == bool(answer.entitled) == reads
            assert (answer.nearest is None) == reads
            assert all(explain(chain) for chain in chains)
            entitled = {chain.entitlement.id for chain in chains}
            stated = {
                f"{way.agreement.id}@{way.question.role.account}" for way in answer.ways if way.agreement is not None
            }
            assert not entitled & stated
            assert all(way.smallest for way in answer.ways)
            held = {
                item.id
                for item in mesh.agreements
                if principal in mesh.holders(item.persona) and item.product == product
            }
            assert {id.partition("@")[0] for id in entitled | stated} == held


def ways(mesh: Mesh, member: str, ends: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every way from a member up to one of the groups, each as the groups on it."""
    for group in mesh.groups:
        if member in group.members:
            if group.id in ends:
                yield (group.id,)
            for further in ways(mesh, group.id, ends):
                yield (group.id, *further)


@given(directories(), st.lists(st.sampled_from(GROUPS), unique=True, min_size=1, max_size=2))
def test_a_chain_has_every_way_through_the_groups_and_the_shortest(
    groups: tuple[Group, ...], holding: list[str]
) -> None:
    personas = tuple(
        persona.model_copy(update={"groups": tuple(holding)}) if persona.id == "analyst" else persona
        for persona in MESH.personas
    )
    mesh = changed(groups=groups, personas=personas)
    decisions, index = decide(mesh), index_access(mesh, plan(mesh))
    for principal in PEOPLE:
        found = list(ways(mesh, principal, tuple(holding)))
        chains = why(mesh, decisions, index, principal, Target("servicing/loans", "loan", "id"))
        assert bool(chains) == bool(found)
        for chain in chains:
            assert chain.groups == min(found, key=lambda way: (len(way), way))
            assert set(chain.memberships) == {edge for way in found for edge in pairwise((principal, *way))}
            assert list(chain.memberships) == sorted(chain.memberships)
