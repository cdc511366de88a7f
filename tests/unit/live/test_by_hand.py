"""What somebody did by hand in a warehouse, or with AWS's API, is told; and what mends it."""

from __future__ import annotations

from engine.model.standing import Thing
from tests.unit.grants.warehouses import CONSUMER, PRODUCER
from tests.unit.live.deployed import DATABASE, ON_CLUSTER, REGION, ROLE, SHARE, USER, drifts, play, told

STRANGER = "999999999999"
ASSOCIATION = "datashare association"

BY_HAND: list[tuple[str, list[str], set[tuple[str, str, str]]]] = [
    (
        "lending-dwh",
        ["CREATE USER dba PASSWORD DISABLE", f"GRANT USAGE ON SCHEMA {SHARE} TO dba, PUBLIC"],
        {
            ("by others", "Redshift grant", f"user dba on schema {SHARE} of lending-dwh"),
            ("by others", "Redshift grant", f"public on schema {SHARE} of lending-dwh"),
        },
    ),
    (
        "lending-dwh",
        ["CREATE DATASHARE leak", f"ALTER DATASHARE leak ADD SCHEMA {SHARE}"],
        {("by others", "Redshift grant", f"role ds:leak on schema {SHARE} of lending-dwh")},
    ),
    (
        "lending-dwh",
        [f"CREATE ROLE {ROLE}", f"GRANT USAGE ON SCHEMA {SHARE} TO ROLE {ROLE}"],
        {
            ("excess", "Redshift grant", f"role {ROLE} on schema {SHARE} of lending-dwh"),
            ("excess", "Redshift role", f"{ROLE} of lending-dwh"),
        },
    ),
    (
        "lending-dwh",
        [f"CREATE TABLE {SHARE}.mine (id INTEGER)"],
        {("excess", "Redshift table", f"{SHARE}.mine of lending-dwh")},
    ),
    (
        "lending-dwh",
        [f"ALTER DATASHARE {SHARE} ADD SCHEMA src", f"ALTER DATASHARE {SHARE} ADD TABLE src.loan"],
        {
            ("excess", "datashare object", f"schema src in {SHARE} of lending-dwh"),
            ("excess", "datashare object", f"table src.loan in {SHARE} of lending-dwh"),
        },
    ),
    (
        "lending-dwh",
        [f"ALTER DATASHARE {ON_CLUSTER} REMOVE TABLE {ON_CLUSTER}.loan"],
        {
            ("missing", "datashare object", f"view {ON_CLUSTER}.loan in {ON_CLUSTER} of lending-dwh"),
            ("missing", "Redshift grant", f"role {ROLE} on view {DATABASE}.{ON_CLUSTER}.loan of reading-cluster"),
        },
    ),
    (
        "lending-dwh",
        [f"ALTER DATASHARE {SHARE} SET PUBLICACCESSIBLE TRUE"],
        {("changed", "datashare", f"{SHARE} of lending-dwh")},
    ),
    (
        "lending-dwh",
        [f"ALTER DATASHARE {SHARE} SET INCLUDENEW = TRUE FOR SCHEMA {SHARE}"],
        {("changed", "datashare object", f"schema {SHARE} in {SHARE} of lending-dwh")},
    ),
    (
        "lending-dwh",
        [f"GRANT USAGE ON DATASHARE {SHARE} TO ACCOUNT '{STRANGER}'"],
        {("by others", "datashare consumer", f"{STRANGER} on {SHARE} of lending-dwh")},
    ),
    (
        # the same names, and another column under one of them
        "lending-dwh",
        [f"CREATE OR REPLACE VIEW {ON_CLUSTER}.payment AS SELECT payer AS id, paid, payer FROM src.payment"],
        {("changed", "Redshift view", f"{ON_CLUSTER}.payment of lending-dwh")},
    ),
    (
        "reading",
        ["CREATE USER dba PASSWORD DISABLE", f"GRANT USAGE ON DATABASE {DATABASE} TO dba"],
        {("by others", "Redshift grant", f"user dba on database {DATABASE} of reading")},
    ),
    (
        "reading",
        [f"REVOKE SELECT ON {DATABASE}.{SHARE}.loan FROM ROLE {ROLE}"],
        {("missing", "Redshift grant", f"role {ROLE} on view {DATABASE}.{SHARE}.loan of reading")},
    ),
    (
        "reading",
        ["CREATE ROLE bi", f"GRANT ROLE {ROLE} TO ROLE bi", f"GRANT ROLE {ROLE} TO dba"],
        {
            ("by others", "Redshift grant", f"role bi on role {ROLE} of reading"),
            ("by others", "Redshift grant", f"user dba on role {ROLE} of reading"),
        },
    ),
    (
        "reading-cluster",
        [f"REVOKE ROLE {ROLE} FROM {USER}", f"DROP USER {USER}"],
        {
            ("missing", "Redshift user", f"{USER} of reading-cluster"),
            ("missing", "Redshift grant", f"user {USER} on role {ROLE} of reading-cluster"),
        },
    ),
    (
        # what the role's sessions read besides, so no difference of what is planned for it
        "reading",
        [
            "CREATE SCHEMA hr",
            "CREATE TABLE hr.pay (who INTEGER)",
            "CREATE ROLE hr_reader",
            f"GRANT USAGE ON SCHEMA hr TO ROLE {ROLE}",
            f"GRANT SELECT ON hr.pay TO ROLE {ROLE}",
            f"GRANT ROLE hr_reader TO ROLE {ROLE}",
        ],
        {
            ("excess", "Redshift grant", f"role {ROLE} on schema hr of reading"),
            ("excess", "Redshift grant", f"role {ROLE} on table hr.pay of reading"),
            ("excess", "Redshift grant", f"role {ROLE} on role hr_reader of reading"),
        },
    ),
    (
        "reading",
        ["CREATE ROLE mw__nobody", "CREATE USER mw_user__nobody PASSWORD DISABLE"],
        {
            ("excess", "Redshift role", "mw__nobody of reading"),
            ("excess", "Redshift user", "mw_user__nobody of reading"),
        },
    ),
]


def test_all_that_was_done_by_hand_is_told_and_nothing_else() -> None:
    played = play()
    for name, statements, _ in BY_HAND:
        played.admin(name, *statements)
    found = set().union(*(expected for _, _, expected in BY_HAND))
    assert told(drifts(played)) == found
    # reconcilers that are called again mend it; they take nothing from others, and drop nothing that is not theirs
    played.deploy()
    theirs = {item for item in found if item[0] == "by others" and item[1] == "Redshift grant"}
    unknown = {item for item in found if item[0] == "excess" and item[1] != "datashare object"}
    assert told(drifts(played)) == theirs | unknown


def test_what_a_user_of_ours_was_given_besides_is_told() -> None:
    played = play()
    given = (
        f"GRANT ROLE hr_reader TO {USER}",
        f"GRANT USAGE ON SCHEMA hr TO {USER}",
        f"ALTER USER {USER} CREATEUSER CREATEDB",
    )
    played.admin("reading-cluster", "CREATE SCHEMA hr", "CREATE ROLE hr_reader", *given)
    found = drifts(played)
    assert [item.found for item in found if "system" in item.thing.name] == [{"privileges": ["CREATEDB", "SUPERUSER"]}]
    assert told(found) == {
        ("excess", "Redshift grant", f"user {USER} on system permissions of reading-cluster"),
        ("excess", "Redshift grant", f"user {USER} on role hr_reader of reading-cluster"),
        ("excess", "Redshift grant", f"user {USER} on schema hr of reading-cluster"),
    }


def test_what_a_role_of_ours_was_given_besides_is_told() -> None:
    """One column of a table that everybody finds, and what opens the texts of all queries."""
    played = play()
    played.admin(
        "lending-dwh",
        f"CREATE ROLE {ROLE}",
        "CREATE TABLE public.people (id INTEGER, ssn INTEGER)",
        f"GRANT SELECT (ssn) ON public.people TO ROLE {ROLE}",
        f"GRANT ACCESS SYSTEM TABLE TO ROLE {ROLE}",
    )
    assert told(drifts(played)) == {
        ("excess", "Redshift role", f"{ROLE} of lending-dwh"),
        ("excess", "Redshift grant", f"role {ROLE} on column public.people.ssn of lending-dwh"),
        ("excess", "Redshift grant", f"role {ROLE} on system permissions of lending-dwh"),
    }


def test_a_database_or_a_view_that_somebody_else_made_is_his() -> None:
    """A database of his may be without WITH PERMISSIONS, and of a view he grants what he likes."""
    played = play()
    namespace = played.of("lending-dwh").namespace
    played.admin(
        "reading",
        f"DROP DATABASE {DATABASE}",
        f"CREATE DATABASE {DATABASE} FROM DATASHARE {SHARE} OF ACCOUNT '{PRODUCER}' NAMESPACE '{namespace}'",
    )
    place = f"{ON_CLUSTER}.loan"
    played.admin(
        "lending-dwh",
        f"ALTER DATASHARE {ON_CLUSTER} REMOVE TABLE {place}",
        f"DROP VIEW {place}",
        f"CREATE VIEW {place} AS SELECT amount, borrower, id FROM src.loan",
        f"ALTER DATASHARE {ON_CLUSTER} ADD TABLE {place}",
    )
    found = drifts(played)
    view = [item.found for item in found if item.thing.name == f"{place} of lending-dwh"]
    assert view == [{"owner": "admin", "of": "src.loan", "columns": ["amount", "borrower", "id"]}]
    # only who may use a database sees that it stands, so this one looks like none
    assert ("missing", "Redshift database", f"{DATABASE} of reading") in told(found)
    assert ("missing", "Redshift grant", f"role {ROLE} on database {DATABASE} of reading") in told(found)


def test_what_was_done_by_the_api_is_told() -> None:
    played = play()
    warehouses, first, second = played.warehouses, *(played.of("lending-dwh").share_arn(n) for n in (SHARE, ON_CLUSTER))
    own = warehouses.create(
        account=CONSUMER,
        region="eu-central-1",
        namespace="22222222-0000-0000-0000-000000000009",
        kind="cluster",
        compute="own",
        database="dev",
        encrypted=True,
    )
    warehouses.deauthorize(first, by=PRODUCER, consumer=CONSUMER)
    played.admin("lending-dwh", f"GRANT USAGE ON DATASHARE {ON_CLUSTER} TO ACCOUNT '{STRANGER}'")
    warehouses.authorize(second, by=PRODUCER, consumer=STRANGER)
    warehouses.associate(second, by=CONSUMER, namespace_arn=own.arn)
    associated = {played.of("reading").arn: first, own.arn: second}
    found = {item.thing: item for item in drifts(played) if item.thing.kind in {"datashare consumer", ASSOCIATION}}
    consumers = {
        (thing.account, thing.region, thing.name): (item.kind, item.found)
        for thing, item in found.items()
        if thing.kind != ASSOCIATION
    }
    assert consumers == {
        (PRODUCER, REGION, f"{CONSUMER} on {SHARE} of lending-dwh"): ("changed", {"usage": True, "authorized": False}),
        (PRODUCER, REGION, f"{STRANGER} on {ON_CLUSTER} of lending-dwh"): (
            "by others",
            {"usage": True, "authorized": True},
        ),
    }
    assert {(item.kind, thing) for thing, item in found.items() if thing.kind == ASSOCIATION} == {
        (kind, Thing(ASSOCIATION, CONSUMER, region, f"{arn} on {associated[arn]}"))
        for kind, region, arn in (
            ("missing", REGION, played.of("reading").arn),
            ("by others", "eu-central-1", own.arn),
        )
    }
