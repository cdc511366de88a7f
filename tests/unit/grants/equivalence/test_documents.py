"""IAM documents of roles and sessions broken by hand: what they reach, how long, and which policy is at fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.errors import EquivalenceError
from engine.grants.equivalence import check_equivalence, compare
from engine.model.plan import Plan
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import planned
from tests.unit.grants.equivalence.breaks import (
    ACCESS,
    OTHER,
    ROLE,
    SESSION,
    Break,
    Found,
    Statement,
    assert_found,
    both,
    found,
    identity,
    of_tables,
    roles,
    session,
    sessions,
    statement,
)

CARDS = f"{ROLE}/mortgage/cards"
TWO: Facts = {
    "products": {
        "mortgage/cards": {
            "title": "Cards",
            "domain": "mortgage",
            "version": "1.0.0",
            "status": "active",
            "owner": "loan-owners",
            "kind": "curated",
            "audience": "open",
            "purposes": ["fraud-detection"],
            "server": {
                "kind": "glue",
                "account": "200000000001",
                "region": "eu-west-1",
                "container": "cards",
                "location": "s3://lake/cards",
            },
            "tables": {"card": {"id": "internal"}},
        }
    },
    "agreements": {
        "cards-for-fraud": {
            "version": 1,
            "persona": "fraud-analyst",
            "product": "mortgage/cards",
            "purpose": "fraud-detection",
            "accounts": ["300000000001"],
            "max_classification": "internal",
            "personal": False,
            "start": "2026-01-01T00:00:00Z",
            "end": "2026-09-01T00:00:00Z",
            "requester": "ada",
            "history": [
                {"state": "pending", "at": "2025-12-01T00:00:00Z"},
                {"state": "active", "at": "2025-12-20T00:00:00Z"},
            ],
            "approvals": [{"approver": "olga", "as": "owner", "at": "2025-12-10T00:00:00Z"}],
        }
    },
}
"""Two products, of which the second is granted for less long."""

CENTRAL, OWN = "arn:aws:glue:eu-west-1:100000000001:", "arn:aws:glue:eu-west-1:300000000001:"
LOAN, CARD = "table/mortgage__loans/loan", "table/mortgage__cards/card"
EARLIER, LATER = "2026-06-01T00:00:01Z", "2027-01-01T00:00:01Z"


def until(instant: str) -> Callable[[Statement], None]:
    return lambda item: item["Condition"].update(DateLessThan={"aws:CurrentTime": instant})


def each(
    change: Callable[[Statement], object], among: Callable[[list[Statement]], list[Statement]] = list
) -> Callable[[list[Statement]], object]:
    return lambda statements: [change(item) for item in among(statements)]


def no(resource: str) -> Callable[[list[Statement]], object]:
    return each(lambda item: item.update(Resource=[name for name in item["Resource"] if resource not in name]))


def names(resource: str) -> Callable[[list[Statement]], object]:
    return each(lambda item: item["Resource"].append(resource), of_tables)


def more(*added: Statement) -> Callable[[list[Statement]], object]:
    return lambda statements: statements.extend(added)


def not_attached(plan: Plan) -> Plan:
    return roles(plan, ROLE, lambda role: replace(role, policies={}))


def lacking(at_fault: str, *tables: str, under: tuple[str, ...] = (SESSION,)) -> set[Found]:
    """The role lacks tables, and so do its sessions; `` where it is not one table."""
    return {(ROLE, "missing", f"{table}.", policy) for table in tables for policy in (at_fault, *under)}


IDENTITY: dict[str, tuple[Break, set[Found]]] = {
    "a policy is not attached": (not_attached, lacking("", "", "loan", "payment")),
    "no statement gives data": (identity(lambda statements: statements.pop(0)), lacking("", "")),
    "no statement is for the workgroup": (identity(lambda statements: statements.pop(1)), lacking("", "")),
    "the workgroup is another role's": (
        identity(each(lambda item: item.update(Resource=[item["Resource"][0] + "x"]), lambda all: all[1:2])),
        lacking("", "") | {(ROLE, "excess", ".", ACCESS)},
    ),
    "no statement is for databases": (identity(lambda statements: statements.pop(2)), lacking(ACCESS, "")),
    "a table is not named": (identity(no(LOAN)), lacking("", "loan")),
    "the link to a table is not named": (identity(no(OWN + LOAN)), lacking("", "loan")),
    "the target of a link is not named": (identity(no(CENTRAL + LOAN)), lacking("", "loan")),
    "a catalog is not named": (identity(no(OWN + "catalog")), lacking("", "")),
    "a central database is not named": (identity(no(CENTRAL + "database")), lacking("", "")),
    "an action is missing": (
        identity(each(lambda item: item["Action"].remove("glue:GetPartitions"), of_tables)),
        lacking(ACCESS, "", "loan", "payment"),
    ),
    "statements end too early": (
        identity(each(until(EARLIER))),
        lacking(ACCESS, "", "loan", "payment"),
    ),
    "statements begin later": (
        identity(each(lambda item: item["Condition"].update(DateGreaterThanEquals={"aws:CurrentTime": EARLIER}))),
        lacking(ACCESS, "", "loan", "payment"),
    ),
    "a table is denied": (
        identity(more(statement("glue:GetTable", CENTRAL + LOAN, "Deny"))),
        lacking(ACCESS, "loan"),
    ),
    "all of Glue is denied": (
        identity(more(statement("glue:*", "*", "Deny"))),
        lacking(ACCESS, "", "loan", "payment"),
    ),
    "a table of no product is named": (identity(names(OWN + "table/other/ledger")), {(ROLE, "excess", ".", ACCESS)}),
    "all tables of a product are named": (
        identity(names(CENTRAL + "table/mortgage__loans/*")),
        {(ROLE, "excess", ".", ACCESS)},
    ),
    "all that is in Glue is named": (identity(names("arn:aws:glue:*")), {(ROLE, "excess", ".", ACCESS)}),
    "tables are opened by any name": (identity(names("*")), {(ROLE, "excess", ".", ACCESS)}),
    "a policy has a query by another name": (
        identity(more(statement("athena:GetQueryResults", CENTRAL + LOAN))),
        {(ROLE, "excess", "loan.", ACCESS)},
    ),
    "a role without grants has policies": (
        lambda plan: roles(plan, OTHER, lambda role: replace(role, policies={"mw": plan.session_policies[0].document})),
        {(OTHER, "excess", ".", "mw")},
    ),
}

ENDS: dict[str, tuple[Break, set[Found]]] = {
    "statements of a role end later": (
        identity(each(until(LATER))),
        {(ROLE, "excess", f"{table}.", ACCESS) for table in ("", "loan", "payment")},
    ),
    "a statement of a role has no end": (
        identity(each(lambda item: item.pop("Condition"), of_tables)),
        {(ROLE, "excess", f"{table}.", ACCESS) for table in ("", "loan", "payment")},
    ),
    "statements of a session end later, and the role's do not": (session(each(until(LATER))), set()),
    "statements of both end later": (
        both(identity(each(until(LATER))), session(each(until(LATER)))),
        {(ROLE, "excess", f"{table}.", fault) for table in ("", "loan", "payment") for fault in (ACCESS, SESSION)},
    ),
    "a deny ends what has no end": (
        both(
            identity(each(lambda item: item.pop("Condition"))),
            identity(
                more(
                    statement("*", "*", "Deny")
                    | {"Condition": {"DateGreaterThanEquals": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}}
                )
            ),
        ),
        set(),
    ),
}

SESSIONS: dict[str, tuple[Break, set[Found]]] = {
    "a session policy is dropped": (
        lambda plan: replace(
            plan, session_policies=tuple(item for item in plan.session_policies if item.id != SESSION)
        ),
        {(ROLE, "missing", ".", "")},
    ),
    "a session policy has another product's document": (
        lambda plan: sessions(
            plan,
            SESSION,
            lambda policy: replace(
                policy, document=next(item for item in plan.session_policies if item.id == CARDS).document
            ),
        ),
        {(ROLE, "missing", f"{table}.", SESSION) for table in ("", "loan", "payment")}
        | {(ROLE, "excess", f"{table}.", SESSION) for table in ("", "card")},
    ),
    "a session policy is for another product": (
        lambda plan: sessions(plan, SESSION, lambda policy: replace(policy, product="mortgage/cards")),
        {(ROLE, "missing", ".", "")}
        | {(ROLE, "missing", f"{table}.", SESSION) for table in ("", "card")}
        | {(ROLE, "excess", f"{table}.", SESSION) for table in ("", "loan", "payment")},
    ),
    "a session policy is for another role": (
        lambda plan: sessions(plan, SESSION, lambda policy: replace(policy, role=OTHER)),
        {(ROLE, "missing", ".", "")},
    ),
    "a session policy is for no role": (
        lambda plan: sessions(plan, SESSION, lambda policy: replace(policy, role="nobody/for/nothing")),
        {(ROLE, "missing", ".", ""), ("nobody/for/nothing", "excess", ".", SESSION)},
    ),
    "a session names a table of another product": (
        session(names(CENTRAL + CARD)),
        {(ROLE, "excess", "card.", SESSION)},
    ),
    "a session names all tables": (
        session(names(CENTRAL + "table/*")),
        {(ROLE, "excess", "card.", SESSION)},
    ),
    "a session narrows nothing": (
        session(lambda statements: statements.append(statement("*", "*"))),
        {(ROLE, "excess", f"{table}.", SESSION) for table in ("", "card")},
    ),
    "a session lacks a table": (session(no(CENTRAL + LOAN)), {(ROLE, "missing", "loan.", SESSION)}),
    "a session is denied a table": (
        session(more(statement(["glue:Get*"], "arn:aws:glue:*:100000000001:table/*/loa?", "Deny"))),
        {(ROLE, "missing", "loan.", SESSION)},
    ),
    "a session lacks the data": (
        session(lambda statements: statements.pop(0)),
        {(ROLE, "missing", ".", SESSION)},
    ),
    "a session may be too long": (
        lambda plan: sessions(plan, SESSION, lambda policy: replace(policy, longest_session=3601)),
        {(ROLE, "excess", ".", SESSION)},
    ),
    "a session is too short": (
        lambda plan: sessions(plan, SESSION, lambda policy: replace(policy, longest_session=3599)),
        {(ROLE, "missing", ".", SESSION)},
    ),
    "a session policy is made in another account": (
        lambda plan: sessions(plan, SESSION, lambda policy: replace(policy, account="100000000001")),
        {
            (
                ROLE,
                "missing",
                ".",
                "arn:aws:iam::300000000001:policy/mw-session.fraud-analyst.fraud-detection.mortgage+loans",
            )
        },
    ),
    "a session policy is called by another account": (
        lambda plan: sessions(
            plan, SESSION, lambda policy: replace(policy, arn=policy.arn.replace("300000000001", "100000000001"))
        ),
        {
            (
                ROLE,
                "missing",
                ".",
                "arn:aws:iam::100000000001:policy/mw-session.fraud-analyst.fraud-detection.mortgage+loans",
            )
        },
    ),
}


@pytest.mark.parametrize("case", IDENTITY)
def test_a_broken_policy_of_a_role_is_found_out(case: str) -> None:
    assert_found({}, *IDENTITY[case])


@pytest.mark.parametrize("case", ENDS)
def test_what_outlives_its_entitlement_is_found_out(case: str) -> None:
    breaks, expected = ENDS[case]
    assert found(breaks(planned(small_mesh()))) == expected


@pytest.mark.parametrize("case", SESSIONS)
def test_a_broken_session_policy_is_found_out(case: str) -> None:
    assert_found(TWO, *SESSIONS[case])


def test_a_product_that_ends_first_ends_by_itself() -> None:
    plan = planned(small_mesh(TWO))
    check_equivalence(plan)
    late = both(identity(each(until("2027-01-01T00:00:00Z"))), session(each(until("2027-01-01T00:00:00Z")), CARDS))
    assert found(late(plan)) == {
        (ROLE, "excess", f"{table}.", at_fault) for table in ("", "card") for at_fault in (ACCESS, CARDS)
    }
    texts = [item.text for item in compare(late(plan)).differences if item.table]
    assert f"role `{ROLE}` could use `{CENTRAL}{CARD}`, after 2026-09-01T00:00:00Z, by policy `{ACCESS}`" in texts


def test_a_table_ends_when_one_of_its_columns_is_granted_no_more() -> None:
    longer = {**TWO["agreements"]["cards-for-fraud"], "product": "mortgage/loans", "end": "2027-06-01T00:00:00Z"}
    plan = planned(small_mesh({"agreements": {"internal-loans-for-fraud": longer}}))
    check_equivalence(plan)

    def ends(instant: str) -> Break:
        return both(identity(each(until(instant), of_tables)), session(each(until(instant), of_tables)))

    assert {item[1:3] for item in found(ends("2027-01-01T00:00:01Z")(plan))} == {
        ("excess", "loan."),
        ("excess", "payment."),
    }
    assert {item[1:3] for item in found(ends("2026-12-31T23:59:59Z")(plan))} == {
        ("missing", "."),
        ("missing", "loan."),
        ("missing", "payment."),
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (statement("s3:GetObject", "*"), "allows `s3:getobject`, which cannot be evaluated"),
        (statement("glue:*", CENTRAL + LOAN), r"allows `glue:\*`, which cannot be evaluated"),
        (statement("*", "*"), r"allows `\*`, which cannot be evaluated"),
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, "a statement that cannot be evaluated"),
        ({"Effect": "Allow", "Action": "glue:GetTable", "NotResource": "*"}, "a statement that cannot be evaluated"),
        (statement("glue:GetTable", "*", "allow"), "a statement that cannot be evaluated"),
        (statement("glue:GetTable", []), "a statement whose Resource cannot be evaluated"),
        ({"Effect": "Allow", "Resource": "*"}, "a statement whose Action cannot be evaluated: None"),
        (statement("glue:GetTable", "arn:aws:glue:*:*:table/${aws:username}/*"), "has a variable"),
        (
            statement("glue:GetTable", "*") | {"Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}},
            "a condition that cannot be evaluated",
        ),
        (
            statement("glue:GetTable", "*") | {"Condition": {"DateLessThan": {"aws:CurrentTime": "tomorrow"}}},
            "a condition that cannot be evaluated",
        ),
    ],
)
def test_a_policy_that_cannot_be_evaluated_stops(change: Statement, told: str) -> None:
    with pytest.raises(EquivalenceError, match=rf"policy `{ACCESS}` .*{told}"):
        compare(identity(more(change))(planned(small_mesh())))


def test_a_document_without_statements_stops() -> None:
    plan = roles(planned(small_mesh()), ROLE, lambda role: replace(role, policies={"mw": {"Version": "2012-10-17"}}))
    with pytest.raises(EquivalenceError, match="policy `mw` has no list of statements"):
        compare(plan)


def test_a_role_by_another_name_is_found_out() -> None:
    plan = roles(planned(small_mesh()), ROLE, lambda role: replace(role, name="mw.other"))
    arn = "arn:aws:iam::300000000001:role/mw.fraud-analyst.fraud-detection"
    assert (ROLE, "missing", ".", arn) in found(plan)
