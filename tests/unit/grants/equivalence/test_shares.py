"""Datashares, ways into a warehouse and session tags broken by hand: what is found names what is at fault."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.errors import EquivalenceError
from engine.grants.equivalence import check_equivalence, compare
from engine.model.plan import Document, LinkTarget, Plan, RolePlan, ShareTarget, View, WarehousePlan
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import planned
from tests.unit.grants.equivalence.breaks import (
    ACCESS,
    BROKER,
    OTHER,
    ROLE,
    SESSION,
    Break,
    Found,
    Statement,
    assert_found,
    both,
    found,
    grants,
    identity,
    roles,
    session,
    statement,
    without_grant,
)
from tests.unit.grants.test_limits import agreed
from tests.unit.grants.warehouses import CLUSTER, DIRECT, LOANS, OF_CLUSTER, SERVER, SERVERLESS, WORKGROUP, in_redshift

SHARE, OF_A_CLUSTER = f"datashare/{ROLE}/{LOANS}/{SERVERLESS}", f"datashare/{ROLE}/{LOANS}/{CLUSTER}"
ALL: dict[str, tuple[str, ...]] = {"loan": ("amount", "borrower", "id"), "payment": ("id", "paid", "payer")}
NARROW = in_redshift(agreements={"loans-for-fraud": {"max_classification": "internal", "personal": False}})
TWO_ROLES = in_redshift(agreements={"reports": agreed("reporting")})
TWO_PRODUCTS = in_redshift(
    products={
        LOANS: {"server": SERVER},
        "mortgage/cards": small_mesh().products[0].model_dump(mode="json", exclude={"id"})
        | {"server": SERVER | {"container": "cards"}, "tables": {"card": {"id": "internal"}}},
    },
    agreements={"cards": agreed(product="mortgage/cards")},
)
USER, DATABASE = "dbuser:compute-2/mw_user__fraud_analyst__fraud_detection", "dbname:compute-2/dev"


def each(kind: str, grant: str, columns: dict[str, tuple[str, ...]] = ALL, role: str = ROLE) -> set[Found]:
    return {(role, kind, f"{table}.{column}", grant) for table, names in columns.items() for column in names}


def target(id: str = SHARE, /, **changes: Any) -> Break:
    """Another target of a share."""

    def change(plan: Plan) -> Plan:
        return grants(plan, id, lambda grant: replace(grant, target=replace(share_of(plan, id), **changes)))

    return change


def share_of(plan: Plan, id: str = SHARE) -> ShareTarget:
    found = next(grant.target for grant in plan.grants if grant.id == id)
    assert isinstance(found, ShareTarget)
    return found


def warehouses(id: str, **changes: Any) -> Break:
    def change(item: WarehousePlan) -> WarehousePlan:
        return replace(item, **changes) if item.id == id else item

    return lambda plan: replace(plan, warehouses=tuple(map(change, plan.warehouses)))


def tables(change: Callable[[dict[str, str]], dict[str, str]], product: str = LOANS) -> Break:
    return lambda plan: replace(
        plan,
        warehouse_tables=tuple(
            replace(item, tables=change(item.tables)) if item.product == product else item
            for item in plan.warehouse_tables
        ),
    )


def cannot(id: str = SHARE, columns: dict[str, tuple[str, ...]] = ALL) -> set[Found]:
    """What cannot be made gives nothing."""
    return each("missing", id, columns) | {(ROLE, "missing", ".", id)}


LOAN, PAYMENT = View("loan", ALL["loan"]), View("payment", ALL["payment"])

BREAKS: dict[str, tuple[Facts, Break, set[Found]]] = {
    "a share is dropped, and another warehouse keeps its own": (
        in_redshift(),
        without_grant(SHARE),
        {(ROLE, "excess", ".", policy) for policy in (ACCESS, SESSION)},
    ),
    "all shares are dropped": (
        in_redshift(),
        lambda plan: replace(plan, grants=()),
        each("missing", "") | {(ROLE, "excess", ".", policy) for policy in (ACCESS, SESSION)},
    ),
    "a view shows a column more": (
        NARROW,
        target(views=(View("loan", ("amount", "id")), View("payment", ("id",)))),
        {(ROLE, "excess", "loan.amount", SHARE)},
    ),
    "a view shows a column less, in one of the warehouses": (
        in_redshift(),
        target(views=(View("loan", ("amount", "id")), PAYMENT)),
        {(ROLE, "missing", "loan.borrower", SHARE)},
    ),
    "a view is forgotten": (
        in_redshift(),
        target(OF_A_CLUSTER, views=(LOAN,)),
        each("missing", OF_A_CLUSTER, {"payment": ALL["payment"]}),
    ),
    "a view names a column twice": (
        in_redshift(),
        target(views=(View("loan", (*ALL["loan"], "id")), PAYMENT)),
        cannot(),
    ),
    "a view names no column": (in_redshift(), target(views=(LOAN, PAYMENT, View("note", ()))), cannot()),
    "two views have one name": (in_redshift(), target(views=(LOAN, LOAN, PAYMENT)), cannot()),
    "a view reads no table of the product": (
        in_redshift(),
        target(views=(LOAN, replace(PAYMENT, table="card"))),
        cannot(),
    ),
    "a view reads a table of another product": (
        TWO_PRODUCTS,
        target(views=(LOAN, PAYMENT, View("card", ("id",)))),
        cannot(),
    ),
    "a share holds no view": (in_redshift(), target(views=()), cannot()),
    "producer and consumer are swapped": (
        in_redshift(),
        target(producer=SERVERLESS, consumer="lending-dwh"),
        {(ROLE, "missing", ".", SHARE)}
        | each("missing", SHARE)
        | {(ROLE, "excess", ".", ACCESS)}
        | {(ROLE, "excess", ".", SESSION), (ROLE, "missing", ".", SESSION), (ROLE, "missing", ".", "")},
    ),
    "the consumer is not in the role's account": (
        in_redshift(),
        warehouses(SERVERLESS, account="100000000001"),
        cannot()
        | {(ROLE, "missing", ".", fault) for fault in ("", SESSION)}
        | {(ROLE, "excess", ".", fault) for fault in (ACCESS, SESSION)},
    ),
    "the producer lies elsewhere": (
        in_redshift(),
        warehouses("lending-dwh", region="eu-central-1"),
        cannot() | cannot(OF_A_CLUSTER),
    ),
    "the producer is not encrypted": (
        in_redshift(),
        warehouses("lending-dwh", encrypted=False),
        cannot() | cannot(OF_A_CLUSTER),
    ),
    "the consumer is not encrypted": (in_redshift(), warehouses(CLUSTER, encrypted=False), cannot(OF_A_CLUSTER)),
    "neither is encrypted, across accounts": (
        in_redshift(),
        both(*(warehouses(id, encrypted=False) for id in ("lending-dwh", SERVERLESS, CLUSTER))),
        cannot() | cannot(OF_A_CLUSTER),
    ),
    "a warehouse is not declared": (
        in_redshift(),
        lambda plan: replace(plan, warehouses=tuple(item for item in plan.warehouses if item.id != CLUSTER)),
        cannot(OF_A_CLUSTER) | {(ROLE, "excess", ".", fault) for fault in (ACCESS, SESSION)},
    ),
    "a share with another has no database": (in_redshift(), target(database=None), cannot()),
    "a share with itself has a database": (
        DIRECT,
        target(f"datashare/{ROLE}/{LOANS}/lending-dwh", database="d"),
        cannot(f"datashare/{ROLE}/{LOANS}/lending-dwh"),
    ),
    "a table lies nowhere": (
        in_redshift(),
        tables(lambda held: {"loan": held["loan"]}),
        cannot() | cannot(OF_A_CLUSTER),
    ),
    "a grant lets nothing be selected": (
        in_redshift(),
        lambda plan: grants(plan, SHARE, lambda grant: replace(grant, permissions=("DESCRIBE",))),
        each("missing", SHARE),
    ),
    "a share goes to a stranger": (
        in_redshift(),
        lambda plan: grants(plan, SHARE, lambda grant: replace(grant, principal=BROKER)),
        {(ROLE, "excess", ".", fault) for fault in (SHARE, ACCESS, SESSION)},
    ),
    "a share goes to another access role": (
        TWO_ROLES,
        lambda plan: grants(
            plan, SHARE, lambda grant: replace(grant, principal=next(r.arn for r in plan.access_roles if r.id == OTHER))
        ),
        {
            (ROLE, "excess", ".", ACCESS),
            (ROLE, "excess", ".", SESSION),
            (OTHER, "missing", ".", SHARE),
            (
                OTHER,
                "excess",
                ".",
                "database role or user `mw__fraud_analyst__fraud_detection` of account 300000000001",
            ),
        },
    ),
    "a grant is on no share": (
        in_redshift(),
        lambda plan: grants(plan, SHARE, lambda grant: replace(grant, target=LinkTarget("x"))),
        {(ROLE, "excess", ".", fault) for fault in (SHARE, ACCESS, SESSION)},
    ),
    "the database role is another's": (
        TWO_ROLES,
        target(redshift_role="mw__fraud_analyst__reporting"),
        {
            (ROLE, "missing", ".", SHARE),
            (OTHER, "excess", ".", "database role or user `mw__fraud_analyst__reporting` of account 300000000001"),
        },
    ),
    "a cluster's database role is another's": (
        TWO_ROLES,
        target(OF_A_CLUSTER, redshift_role="mw__fraud_analyst__reporting"),
        {(OTHER, "excess", ".", "database role or user `mw__fraud_analyst__reporting` of account 300000000001")},
    ),
    "the user of a cluster is another's": (
        TWO_ROLES,
        target(OF_A_CLUSTER, redshift_user="mw_user__fraud_analyst__reporting"),
        {
            (OTHER, "excess", ".", "database role or user `mw_user__fraud_analyst__reporting` of account 300000000001"),
            (ROLE, "missing", ".", ""),
            (ROLE, "missing", ".", SESSION),
            (ROLE, "excess", ".", ACCESS),
            (ROLE, "excess", ".", SESSION),
        },
    ),
    "a cluster has nobody to sign in": (
        in_redshift(),
        target(OF_A_CLUSTER, redshift_user=None),
        {
            (ROLE, "missing", ".", OF_A_CLUSTER),
            (ROLE, "missing", ".", ""),
            (ROLE, "missing", ".", SESSION),
            (ROLE, "excess", ".", ACCESS),
            (ROLE, "excess", ".", SESSION),
        },
    ),
    "a serverless warehouse has a user": (
        in_redshift(),
        target(redshift_user="somebody"),
        {(ROLE, "missing", ".", SHARE)},
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_broken_share_is_found_out(case: str) -> None:
    assert_found(*BREAKS[case])


def clash(plan: Plan) -> set[str]:
    return {item.grant for item in compare(plan).differences if " share " in item.text}


class TestNames:
    @pytest.mark.parametrize(
        ("breaks", "name"),
        [
            (target(name="src"), "schema `src` of warehouse `lending-dwh`"),
            (
                target(OF_A_CLUSTER, name="mw__fraud_analyst__fraud_detection__mortgage___loans__reading"),
                "schema `mw__fraud_analyst__fraud_detection__mortgage___loans__reading` of warehouse `lending-dwh`",
            ),
            (target(database="dev"), "database `dev` of warehouse `reading`"),
            (
                warehouses(CLUSTER, namespace="11111111-0000-0000-0000-000000000001"),
                "namespace `11111111-0000-0000-0000-000000000001`",
            ),
            (tables(lambda _: {"card": "src.loan"}, "mortgage/cards"), "table `src.loan` of warehouse `lending-dwh`"),
        ],
    )
    def test_nothing_in_a_warehouse_has_the_name_of_something_else(self, breaks: Break, name: str) -> None:
        plan = planned(small_mesh(TWO_PRODUCTS))
        check_equivalence(plan)
        assert clash(breaks(plan)) == {name}

    def test_two_warehouses_of_one_id(self) -> None:
        plan = planned(small_mesh(TWO_PRODUCTS))
        first, *others = plan.warehouses
        twin = replace(first, id=others[0].id, database="another")
        clashes = clash(replace(plan, warehouses=(twin, *others)))
        assert f"the id of warehouse `{others[0].id}`" in clashes

    def test_a_product_lies_in_one_place(self) -> None:
        plan = planned(small_mesh(TWO_PRODUCTS))
        twice = replace(plan, warehouse_tables=(*plan.warehouse_tables, plan.warehouse_tables[0]))
        assert "the place of product `mortgage/cards`" in clash(twice)

    def test_two_databases_of_one_name_in_a_warehouse(self) -> None:
        plan = planned(small_mesh(TWO_PRODUCTS))
        cards = share_of(plan, f"datashare/{ROLE}/mortgage/cards/{SERVERLESS}").database
        assert clash(target(database=cards)(plan)) == {f"database `{cards}` of warehouse `{SERVERLESS}`"}


def without(*actions: str) -> Callable[[list[Statement]], object]:
    def change(statements: list[Statement]) -> None:
        for item in statements:
            item["Action"] = [action for action in item["Action"] if action not in actions] or ["glue:GetTable"]

    return change


def on(place: str, resource: str) -> Callable[[list[Statement]], object]:
    """Another resource in the place of one."""

    def change(statements: list[Statement]) -> None:
        for item in statements:
            item["Resource"] = [resource if name == place else name for name in item["Resource"]]

    return change


def named(resource: str, action: str) -> Callable[[list[Statement]], object]:
    """One resource more where an action is allowed."""
    return lambda statements: [item["Resource"].append(resource) for item in statements if action in item["Action"]]


def unconditioned(statements: list[Statement]) -> None:
    for item in statements:
        item["Condition"].pop("StringEquals", None)


def until(instant: str) -> Callable[[list[Statement]], object]:
    return lambda all: [item["Condition"].update(DateLessThan={"aws:CurrentTime": instant}) for item in all]


ANOTHER = WORKGROUP.replace("000000000001", "000000000009")
LACKS = {(ROLE, "missing", ".", fault) for fault in (ACCESS, SESSION)}
LACKS_NAME = {(ROLE, "missing", ".", fault) for fault in ("", SESSION)}

DOCUMENTS: dict[str, tuple[Break, set[Found]]] = {
    "no credentials of a workgroup": (identity(without("redshift-serverless:GetCredentials")), LACKS),
    "no credentials of a cluster": (
        identity(without("redshift:GetClusterCredentials")),
        LACKS | {(ROLE, "excess", ".", ACCESS)},
    ),
    "no statements": (identity(without("redshift-data:ExecuteStatement")), LACKS),
    "no results": (identity(without("redshift-data:GetStatementResult")), LACKS),
    "the workgroup is another": (
        identity(on(WORKGROUP, ANOTHER)),
        LACKS_NAME | {(ROLE, "excess", ".", ACCESS)},
    ),
    "the user is another": (
        identity(on(OF_CLUSTER + USER, OF_CLUSTER + "dbuser:compute-2/admin")),
        LACKS_NAME | {(ROLE, "excess", ".", ACCESS)},
    ),
    "the database is not named": (
        identity(on(OF_CLUSTER + DATABASE, OF_CLUSTER + USER)),
        LACKS_NAME,
    ),
    "any user": (
        identity(named(OF_CLUSTER + "dbuser:compute-2/*", "redshift:GetClusterCredentials")),
        {(ROLE, "excess", ".", ACCESS)},
    ),
    "one user more": (
        identity(named(OF_CLUSTER + "dbuser:compute-2/admin", "redshift:GetClusterCredentials")),
        {(ROLE, "excess", ".", ACCESS)},
    ),
    "any workgroup": (identity(named("*", "redshift-serverless:GetCredentials")), {(ROLE, "excess", ".", ACCESS)}),
    "results of anybody": (identity(unconditioned), {(ROLE, "excess", ".", ACCESS)}),
    "results of nobody": (
        identity(lambda all: all.pop(0)),
        LACKS_NAME,
    ),
    "data of the lake": (
        both(
            *(
                to(lambda all: all.append(statement(["lakeformation:GetDataAccess"], ["*"])))
                for to in (identity, session)
            )
        ),
        {(ROLE, "excess", ".", fault) for fault in (ACCESS, SESSION)},
    ),
    "all end too early": (identity(until("2026-06-01T00:00:01Z")), LACKS),
    "a session lacks the workgroup": (session(on(WORKGROUP, ANOTHER)), {(ROLE, "missing", ".", SESSION)}),
    "all end too late": (
        both(identity(until("2027-01-01T00:00:01Z")), session(until("2027-01-01T00:00:01Z"))),
        {(ROLE, "excess", ".", fault) for fault in (ACCESS, SESSION)},
    ),
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_a_broken_document_is_found_out(case: str) -> None:
    assert_found(in_redshift(), *DOCUMENTS[case])


def test_an_action_that_nobody_knows_stops_the_run() -> None:
    plan = planned(small_mesh(in_redshift()))
    wider = identity(lambda all: all.append(statement(["redshift:GetClusterCredentialsWithIAM"], [WORKGROUP])))
    with pytest.raises(EquivalenceError, match="`redshift:getclustercredentialswithiam`, which cannot be evaluated"):
        compare(wider(plan))


@pytest.mark.parametrize(
    "change",
    [
        lambda item: item["Condition"].update(StringEquals={"redshift-data:statement-owner-iam-userid": "AROA:ada"}),
        lambda item: item["Condition"].update(StringLike=item["Condition"].pop("StringEquals")),
        lambda item: item.update(Effect="Deny"),
        lambda item: item.update(Resource=[WORKGROUP]),
    ],
)
def test_a_condition_on_results_that_cannot_be_evaluated_stops_the_run(change: Callable[[Statement], object]) -> None:
    with pytest.raises(EquivalenceError, match="cannot be evaluated"):
        compare(identity(lambda all: change(all[0]))(planned(small_mesh(in_redshift()))))


def trust(change: Callable[[list[Statement]], object]) -> Break:
    def changed(role: RolePlan) -> RolePlan:
        document: Document = copy.deepcopy(role.trust)
        statements: Any = document["Statement"]
        change(statements)
        return replace(role, trust=document)

    return lambda plan: roles(plan, ROLE, changed)


def tagging(**condition: Any) -> Callable[[list[Statement]], object]:
    return lambda all: all[1]["Condition"].update({name.replace("_", ":"): value for name, value in condition.items()})


def tags(**values: str) -> Break:
    return lambda plan: roles(plan, ROLE, lambda role: replace(role, session_tags=values))


KEY = "aws:RequestTag/RedshiftDbRoles"
TRUST: dict[str, tuple[Break, set[Found]]] = {
    "nobody may tag": (trust(lambda all: all.pop()), {(ROLE, "missing", ".", BROKER)}),
    "another may tag": (
        trust(lambda all: all[1].update(Principal={"AWS": BROKER + "-2"})),
        {(ROLE, "missing", ".", BROKER), (ROLE, "excess", ".", BROKER + "-2")},
    ),
    "another database role may be passed": (
        trust(tagging(StringEquals={KEY: "sys:superuser"})),
        {(ROLE, "missing", ".", BROKER), (ROLE, "excess", ".", BROKER)},
    ),
    "another tag may be passed": (
        trust(
            lambda all: all.append(
                copy.deepcopy(all[1])
                | {
                    "Condition": {
                        **all[1]["Condition"],
                        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
                        "StringEquals": {"aws:RequestTag/team": "x"},
                    }
                }
            )
        ),
        {(ROLE, "excess", ".", BROKER)},
    ),
    "a tag may be passed for longer": (
        trust(tagging(DateLessThan={"aws:CurrentTime": "2027-01-01T00:00:01Z"})),
        {(ROLE, "excess", ".", BROKER)},
    ),
    "a tag may be passed for less long": (
        trust(tagging(DateLessThan={"aws:CurrentTime": "2026-12-31T00:00:00Z"})),
        {(ROLE, "missing", ".", BROKER)},
    ),
    "sessions pass nothing": (
        both(trust(lambda all: all.pop()), tags()),
        {(ROLE, "missing", ".", SHARE)},
    ),
    "sessions pass two roles": (
        both(
            trust(tagging(StringEquals={KEY: "mw__fraud_analyst__fraud_detection:sys:dba"})),
            tags(RedshiftDbRoles="mw__fraud_analyst__fraud_detection:sys:dba"),
        ),
        {(ROLE, "missing", ".", SHARE), (ROLE, "excess", ".", "RedshiftDbRoles")},
    ),
}


@pytest.mark.parametrize("case", TRUST)
def test_a_broken_session_tag_is_found_out(case: str) -> None:
    breaks, expected = TRUST[case]
    plan = planned(small_mesh(in_redshift()))
    check_equivalence(plan)
    assert found(breaks(plan)) == expected


def test_the_database_role_of_another_is_not_passed() -> None:
    plan = planned(small_mesh(TWO_ROLES))
    name = "mw__fraud_analyst__reporting"
    taken = both(trust(tagging(StringEquals={KEY: name})), tags(RedshiftDbRoles=name))(plan)
    assert f"database role or user `{name}` of account 300000000001" in clash(taken)


@pytest.mark.parametrize(
    "change",
    [
        lambda all: all[1]["Condition"].pop("ForAllValues:StringEquals"),
        lambda all: all[1]["Condition"].pop("StringEquals"),
        tagging(StringEquals={KEY: "a", "aws:RequestTag/team": "b"}),
        tagging(StringEquals={KEY: ["a", "b"]}),
        tagging(StringEquals={KEY: "${aws:username}"}),
        tagging(StringLike={KEY: "*"}),
        lambda all: all[1].update(Action="sts:SetSourceIdentity"),
        lambda all: all[1].update(Action=["sts:TagSession"]),
    ],
)
def test_tags_that_nothing_fixes_stop_the_run(change: Callable[[list[Statement]], object]) -> None:
    with pytest.raises(EquivalenceError):
        compare(trust(change)(planned(small_mesh(in_redshift()))))
