"""A plan broken by hand in every way we could think of: the evaluation finds it, and names the grant at fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.errors import EquivalenceError
from engine.grants.equivalence import check_equivalence, compare
from engine.model.plan import ColumnTarget, Grant, Plan, RolePlan, TagTarget, Unrealised
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import planned

ROLE = "fraud-analyst/fraud-detection/300000000001"
OTHER = "fraud-analyst/reporting/300000000001"
TABLE_GRANT = f"lf_tag/{ROLE}/mortgage/loans/table"
DATABASE_GRANT = f"lf_tag/{ROLE}/mortgage/loans/database"
COLUMN_GRANT = f"lf_column/{ROLE}/mortgage/loans/loan"
BROKER = "arn:aws:iam::100000000001:role/broker"

BY_TAGS: Facts = {
    "products": {"mortgage/loans": {"tables": {"loan": {"remark": "unclassified"}}}},
    "agreements": {"loans-for-fraud": {"max_classification": "confidential"}},
}
BY_NAME: Facts = {"agreements": {"loans-for-fraud": {"tables": ["loan"]}}}

Break = Callable[[Plan], Plan]
Found = tuple[str, str, str, str]
"""Role, kind, table and column, grant."""


def grants(plan: Plan, id: str, change: Callable[[Grant], Grant]) -> Plan:
    assert id in {grant.id for grant in plan.grants}
    return replace(plan, grants=tuple(change(grant) if grant.id == id else grant for grant in plan.grants))


def roles(plan: Plan, id: str, change: Callable[[RolePlan], RolePlan]) -> Plan:
    return replace(plan, access_roles=tuple(change(role) if role.id == id else role for role in plan.access_roles))


def expression(**values: tuple[str, ...]) -> Callable[[Grant], Grant]:
    keys = {"product": "mw-product-mortgage", "classes": "mw-class-mortgage"}
    return lambda grant: replace(
        grant, target=TagTarget("TABLE", {keys[name]: value for name, value in values.items()})
    )


def tagged(table: str, column: str | None, tags: dict[str, str]) -> Break:
    def change(plan: Plan) -> Plan:
        (database,) = plan.assignments
        tables = tuple(
            item
            if item.name != table
            else replace(item, columns=item.columns | {column: tags})
            if column
            else replace(item, tags=tags)
            for item in database.tables
        )
        return replace(plan, assignments=(replace(database, tables=tables),))

    return change


def trust(principal: object, until: str = "2027-01-01T00:00:00Z", **more: object) -> Callable[[RolePlan], RolePlan]:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
        "Condition": {"DateLessThan": {"aws:CurrentTime": until}},
    }
    return lambda role: replace(role, trust={"Version": "2012-10-17", "Statement": [statement | more]})


ALL = {"loan": ("amount", "id"), "payment": ("id", "paid", "payer")}
CLASSES = ("confidential.impersonal", "confidential.personal", "internal.impersonal")


def each(kind: str, grant: str, columns: dict[str, tuple[str, ...]], role: str = ROLE) -> set[Found]:
    return {(role, kind, f"{table}.{column}", grant) for table, names in columns.items() for column in names}


BREAKS: dict[str, tuple[Facts, Break, set[Found]]] = {
    "a grant is dropped": (
        BY_TAGS,
        lambda plan: replace(plan, grants=tuple(grant for grant in plan.grants if grant.id != TABLE_GRANT)),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "all grants are dropped": (BY_TAGS, lambda plan: replace(plan, grants=()), each("missing", "", ALL)),
    "an expression takes one class more": (
        BY_TAGS,
        lambda plan: grants(
            plan, TABLE_GRANT, expression(product=("mortgage/loans",), classes=(*CLASSES, "restricted.personal.iban"))
        ),
        each("excess", TABLE_GRANT, {"loan": ("borrower",)}),
    ),
    "an expression takes one class less": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, expression(product=("mortgage/loans",), classes=CLASSES[1:])),
        each("missing", DATABASE_GRANT, {"loan": ("amount",), "payment": ("paid",)}),
    ),
    "an expression takes what is unclassified": (
        BY_TAGS,
        lambda plan: grants(
            plan, TABLE_GRANT, expression(product=("mortgage/loans",), classes=(*CLASSES, "unclassified"))
        ),
        each("excess", TABLE_GRANT, {"loan": ("remark",)}),
    ),
    "an expression asks for the product only": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, expression(product=("mortgage/loans",))),
        each("excess", TABLE_GRANT, {"loan": ("borrower", "remark")}),
    ),
    "an expression asks for nothing": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, expression()),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "an expression is on databases": (
        BY_TAGS,
        lambda plan: grants(
            plan,
            TABLE_GRANT,
            lambda grant: (
                replace(grant, target=TagTarget("DATABASE", grant.target.expression))
                if isinstance(grant.target, TagTarget)
                else grant
            ),
        ),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "a tag value is not defined": (
        BY_TAGS,
        lambda plan: replace(
            plan,
            ontology=tuple(
                replace(key, values=tuple(value for value in key.values if value != "confidential.personal"))
                for key in plan.ontology
            ),
        ),
        each("missing", DATABASE_GRANT, {"payment": ("payer",)}),
    ),
    "a tag is defined in another region": (
        BY_TAGS,
        lambda plan: replace(plan, ontology=tuple(replace(key, region="eu-central-1") for key in plan.ontology)),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "a column carries a wider class": (
        BY_TAGS,
        tagged("loan", "borrower", {"mw-class-mortgage": "internal.impersonal"}),
        each("excess", TABLE_GRANT, {"loan": ("borrower",)}),
    ),
    "an unclassified column carries a class": (
        BY_TAGS,
        tagged("loan", "remark", {"mw-class-mortgage": "internal.impersonal"}),
        each("excess", TABLE_GRANT, {"loan": ("remark",)}),
    ),
    "a column lost its class": (
        BY_TAGS,
        tagged("loan", "amount", {}),
        each("missing", DATABASE_GRANT, {"loan": ("amount",)}),
    ),
    "a table carries a class, which its columns inherit": (
        BY_TAGS,
        tagged("loan", None, {"mw-class-mortgage": "internal.impersonal"}),
        each("excess", TABLE_GRANT, {"loan": ("remark",)}),
    ),
    "a table carries another product": (
        BY_TAGS,
        tagged("payment", None, {"mw-class-mortgage": "unclassified", "mw-product-mortgage": "mortgage/other"}),
        each("missing", DATABASE_GRANT, {"payment": ALL["payment"]}),
    ),
    "a database lost its product": (
        BY_TAGS,
        lambda plan: replace(plan, assignments=tuple(replace(database, tags={}) for database in plan.assignments)),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "a grant goes to another access role": (
        BY_TAGS,
        lambda plan: grants(
            plan,
            TABLE_GRANT,
            lambda grant: replace(grant, principal=next(role.arn for role in plan.access_roles if role.id == OTHER)),
        ),
        each("missing", DATABASE_GRANT, ALL) | each("excess", TABLE_GRANT, ALL, OTHER),
    ),
    "a grant goes to a stranger": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, lambda grant: replace(grant, principal=BROKER)),
        each("missing", DATABASE_GRANT, ALL) | {(ROLE, "excess", ".", TABLE_GRANT)},
    ),
    "a grant lies in another catalog": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, lambda grant: replace(grant, account="300000000001")),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "a grant lies in another region": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, lambda grant: replace(grant, region="eu-central-1")),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "a grant lets describe only": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, lambda grant: replace(grant, permissions=("DESCRIBE",))),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "a grant names one column more": (
        BY_NAME | BY_TAGS | {"agreements": {"loans-for-fraud": {"tables": ["loan"], "max_classification": "internal"}}},
        lambda plan: grants(
            plan,
            COLUMN_GRANT,
            lambda grant: replace(grant, target=ColumnTarget("mortgage__loans", "loan", ("amount", "id", "remark"))),
        ),
        each("excess", COLUMN_GRANT, {"loan": ("amount", "remark")}),
    ),
    "a grant names one column less": (
        BY_NAME,
        lambda plan: grants(
            plan, COLUMN_GRANT, lambda grant: replace(grant, target=ColumnTarget("mortgage__loans", "loan", ("id",)))
        ),
        each("missing", COLUMN_GRANT, {"loan": ("amount", "borrower")}),
    ),
    "a grant names another table": (
        BY_NAME,
        lambda plan: grants(
            plan, COLUMN_GRANT, lambda grant: replace(grant, target=ColumnTarget("mortgage__loans", "payment", ("id",)))
        ),
        each("excess", COLUMN_GRANT, {"payment": ("id",)})
        | each("missing", COLUMN_GRANT, {"loan": ("amount", "borrower", "id")}),
    ),
    "a grant names a column that is not there yet": (
        BY_NAME,
        lambda plan: grants(
            plan,
            COLUMN_GRANT,
            lambda grant: replace(
                grant, target=ColumnTarget("mortgage__loans", "loan", ("amount", "borrower", "id", "tomorrow"))
            ),
        ),
        each("excess", COLUMN_GRANT, {"loan": ("tomorrow",)}),
    ),
    "what is unrealised is granted": (
        BY_TAGS,
        lambda plan: replace(
            plan, unrealised=(Unrealised("loans-for-fraud@300000000001", "loan", "redshift", "", "", ""),)
        ),
        each("excess", TABLE_GRANT, {"loan": ALL["loan"]}),
    ),
    "what is granted is no entitlement": (
        BY_TAGS,
        lambda plan: replace(plan, entitlements=()),
        each("excess", TABLE_GRANT, ALL) | {(ROLE, "excess", ".", BROKER)},
    ),
    "somebody else is trusted": (
        BY_TAGS,
        lambda plan: roles(plan, ROLE, trust({"AWS": [BROKER, "arn:aws:iam::300000000001:role/other"]})),
        {(ROLE, "excess", ".", "arn:aws:iam::300000000001:role/other")},
    ),
    "nobody is trusted any more": (
        BY_TAGS,
        lambda plan: roles(plan, ROLE, trust({"AWS": BROKER}, until="2026-06-01T00:00:00Z")),
        {(ROLE, "missing", ".", BROKER)},
    ),
    "a role may be assumed when all it serves is over": (
        BY_TAGS,
        lambda plan: roles(plan, ROLE, trust({"AWS": BROKER}, until="2027-01-01T00:00:01Z")),
        {(ROLE, "excess", ".", "trust")},
    ),
    "a role without grants may be assumed": (
        BY_TAGS,
        lambda plan: roles(plan, OTHER, trust({"AWS": BROKER})),
        {(OTHER, "excess", ".", BROKER)},
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_broken_plan_is_found_out(case: str) -> None:
    facts, breaks, expected = BREAKS[case]
    plan = planned(small_mesh(facts))
    check_equivalence(plan)
    broken = breaks(plan)
    differences = compare(broken).differences
    assert {(item.role, item.kind, f"{item.table}.{item.column}", item.grant) for item in differences} == expected
    with pytest.raises(
        EquivalenceError, match=rf"the plan differs from the entitlements in {len(expected)} places"
    ) as told:
        check_equivalence(broken)
    assert all(f"`{item.grant}`" in item.text or item.grant in {"", "trust"} for item in differences)
    assert differences[0].text in str(told.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (trust({"AWS": "*"}), r"trusts `\{'AWS': '\*'\}`, which is no list of roles"),
        (trust({"AWS": "arn:aws:iam::300000000001:root"}), "which is no list of roles"),
        (trust("*"), r"trusts `\*`, which is no list of roles"),
        (trust({"AWS": BROKER, "Federated": "idp"}), "which is no list of roles"),
        (trust({"AWS": BROKER}, Effect="Deny"), "a statement that cannot be evaluated"),
        (trust({"AWS": BROKER}, NotAction="sts:TagSession"), "a statement that cannot be evaluated"),
        (trust({"AWS": BROKER}, Condition={}), r"a condition that cannot be evaluated: \{\}"),
        (trust({"AWS": BROKER}, Condition={"StringEquals": {"a": "b"}}), "a condition that cannot be evaluated"),
        (
            trust({"AWS": BROKER}, Condition={"DateLessThan": {"aws:EpochTime": "1"}}),
            "a condition that cannot be evaluated",
        ),
        (lambda role: replace(role, trust={}), "its trust has no list of statements"),
    ],
)
def test_a_trust_that_cannot_be_evaluated_stops(change: Callable[[RolePlan], RolePlan], told: str) -> None:
    plan = roles(planned(small_mesh()), ROLE, change)
    with pytest.raises(EquivalenceError, match=told):
        compare(plan)


def test_what_shares_a_name_is_found_out() -> None:
    plan = planned(small_mesh())
    (database,) = plan.assignments
    (policy,) = plan.session_policies
    first, second = plan.access_roles
    shared = replace(
        plan,
        assignments=(database, replace(database, product="mortgage/other", tables=())),
        access_roles=(first, replace(second, arn=first.arn, policies=first.policies)),
        session_policies=(policy, replace(policy, id="another")),
    )
    texts = [item.text for item in compare(shared).differences if " share " in item.text]
    assert sorted(texts) == [
        f"`another` and `fraud-analyst/fraud-detection/300000000001/mortgage/loans` share policy `{policy.arn}`",
        f"`{OTHER}/{next(iter(first.policies))}` and `{ROLE}/{next(iter(first.policies))}` share"
        f" policy `300000000001/{next(iter(first.policies))}`",
        f"`{OTHER}` and `{ROLE}` share role `{first.arn}`",
        "`mortgage/other` and `mortgage/loans` share database `mortgage__loans` of eu-west-1",
        "`mortgage/other` and `mortgage/loans` share value `('mw-product-mortgage', 'mortgage/loans')` of eu-west-1",
    ]


def test_many_differences_are_counted_and_ten_are_shown() -> None:
    columns = {f"c{number:02}": "internal" for number in range(20)}
    plan = planned(small_mesh({"products": {"mortgage/loans": {"tables": {"loan": columns}}}}))
    with pytest.raises(EquivalenceError, match="in 26 places") as told:
        check_equivalence(replace(plan, grants=()))
    assert len(str(told.value).splitlines()) == 11


def test_what_is_compared_is_counted() -> None:
    comparison = compare(planned(small_mesh()))
    assert (comparison.roles, comparison.columns, comparison.differences) == (2, 6, ())
