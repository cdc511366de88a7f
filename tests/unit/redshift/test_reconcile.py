"""Which statements run for each change, in which order, and no more of them."""

from __future__ import annotations

from engine.redshift.parse import hash_of
from tests.unit.redshift.agreed import LOANS_VIEW, NARROW, RATES_VIEW, D, R, S, consuming
from tests.unit.redshift.house import (
    BOTH,
    CONSUMER,
    GUIDS,
    LOANS,
    ONE,
    PRODUCER,
    TWO,
    USER,
    House,
    database,
    direct,
    role,
    share,
)

QUERY = f'SELECT * FROM {D}.{S}."loans"'


def test_a_share_is_made_of_views_and_given_to_the_consumer_last(house: House) -> None:
    assert house.reconcile(share()) == [
        f"CREATE SCHEMA {S}",
        LOANS_VIEW,
        RATES_VIEW,
        f"CREATE DATASHARE {S} SET PUBLICACCESSIBLE FALSE",
        f"ALTER DATASHARE {S} ADD SCHEMA {S}",
        f'ALTER DATASHARE {S} ADD TABLE {S}."loans", {S}."rates"',
        f"GRANT USAGE ON DATASHARE {S} TO ACCOUNT '{TWO}'",
    ]


def test_a_database_is_made_with_permissions_and_the_role_reads_its_views(house: House) -> None:
    house.reconcile(share())
    house.authorize()
    assert house.reconcile(role()) == [f"CREATE ROLE {R}", f'GRANT ROLE {R} TO "{PRODUCER}" WITH ADMIN OPTION']
    producer = f"ACCOUNT '{ONE}' NAMESPACE '{GUIDS['lending']}'"
    assert house.reconcile(database()) == [
        f"CREATE DATABASE {D} WITH PERMISSIONS FROM DATASHARE {S} OF {producer}",
        f"GRANT USAGE ON DATABASE {D} TO ROLE {R}",
        f"GRANT USAGE ON SCHEMA {D}.{S} TO ROLE {R}",
        f'GRANT SELECT ON {D}.{S}."loans", {D}.{S}."rates" TO ROLE {R}',
    ]
    assert house.rows("analytics", QUERY) == [(100, 1), (200, 2)]


def test_within_an_account_the_consumer_is_a_namespace(house: House) -> None:
    to = {"namespace": GUIDS["sibling"]}
    asked = share(to=to)
    assert house.reconcile(asked)[-1] == f"GRANT USAGE ON DATASHARE {S} TO NAMESPACE '{GUIDS['sibling']}'"
    assert house.reconcile(share(to=to, action="delete"))[0].startswith(f"REVOKE USAGE ON DATASHARE {S} FROM NAMESPACE")


def test_an_added_table_is_one_view_added_and_granted(house: House) -> None:
    consuming(house, LOANS)
    assert house.reconcile(share(BOTH, action="update")) == [
        RATES_VIEW,
        f'ALTER DATASHARE {S} ADD TABLE {S}."rates"',
    ]
    assert house.reconcile(database(BOTH, action="update")) == [f'GRANT SELECT ON {D}.{S}."rates" TO ROLE {R}']


def test_a_narrowed_table_is_replaced_and_no_other(house: House) -> None:
    consuming(house)
    assert house.reconcile(share(NARROW, action="update")) == [
        f'ALTER DATASHARE {S} REMOVE TABLE {S}."loans"',
        f'DROP VIEW {S}."loans"',
        f'CREATE VIEW {S}."loans" AS SELECT "id" FROM "lending"."loans"',
        f'ALTER DATASHARE {S} ADD TABLE {S}."loans"',
    ]
    assert house.reconcile(database(NARROW, action="update")) == [f'GRANT SELECT ON {D}.{S}."loans" TO ROLE {R}']
    assert house.rows("analytics", QUERY) == [(1,), (2,)]


def test_a_table_that_lies_elsewhere_now_has_its_view_replaced(house: House) -> None:
    house.of("lending").seed_table("dev", "archive", "rates", {"id": "int"}, [])
    house.admin(
        "lending",
        "GRANT USAGE ON SCHEMA archive TO ROLE reconciler",
        "GRANT SELECT ON archive.rates TO ROLE reconciler",
    )
    house.reconcile(share())
    moved = share(action="update")
    moved["views"]["rates"]["of"] = ["archive", "rates"]
    done = house.reconcile({**moved, "hash": hash_of(moved)})
    assert done[2] == f'CREATE VIEW {S}."rates" AS SELECT "id" FROM "archive"."rates"'
    assert len(done) == 4


def test_a_replaced_view_that_kept_its_grant_needs_none(house: House) -> None:
    house.warehouses.play.made_anew_keeps_grants = True
    consuming(house)
    house.reconcile(share(NARROW, action="update"))
    assert house.reconcile(database(NARROW, action="update")) == []


def test_a_table_that_ends_is_taken_out_before_it_is_dropped(house: House) -> None:
    consuming(house)
    assert house.reconcile(share(LOANS, action="update")) == [
        f'ALTER DATASHARE {S} REMOVE TABLE {S}."rates"',
        f'DROP VIEW {S}."rates"',
    ]
    assert house.reconcile(database(LOANS, action="update")) == []


def test_the_consumer_revokes_what_the_producer_still_shares(house: House) -> None:
    consuming(house)
    assert house.reconcile(database(LOANS, action="update")) == [f'REVOKE SELECT ON {D}.{S}."rates" FROM ROLE {R}']


def test_a_revoked_agreement_is_cut_first_and_undone(house: House) -> None:
    consuming(house)
    assert house.reconcile(share(action="delete")) == [
        f"REVOKE USAGE ON DATASHARE {S} FROM ACCOUNT '{TWO}'",
        f'ALTER DATASHARE {S} REMOVE TABLE {S}."loans", {S}."rates"',
        f"ALTER DATASHARE {S} REMOVE SCHEMA {S}",
        f"DROP DATASHARE {S}",
        f'DROP VIEW {S}."loans", {S}."rates"',
        f"DROP SCHEMA {S}",
    ]
    assert house.reconcile(database(action="delete")) == [
        f"REVOKE USAGE ON DATABASE {D} FROM ROLE {R}",
        f"DROP DATABASE {D}",
    ]
    assert house.reconcile(role(action="delete")) == [
        f'REVOKE ROLE {R} FROM "{PRODUCER}"',
        f"DROP ROLE {R} FORCE",
    ]


def test_statements_are_as_few_as_can_do_it(house: House) -> None:
    """For one agreement on two tables across accounts: (producer's, consumer's)."""

    def both(views: dict[str, list[str]], action: str) -> tuple[int, int]:
        return len(house.reconcile(share(views, action=action))), len(house.reconcile(database(views, action=action)))

    made = len(house.reconcile(share()))
    house.authorize()
    house.reconcile(role())
    assert (made, len(house.reconcile(database()))) == (7, 4)
    assert both(NARROW, "update") == (4, 1)
    assert both({"rates": ["id"]}, "update") == (2, 0)
    assert both(BOTH, "update") == (2, 1)
    assert both(BOTH, "delete") == (6, 2)


def test_direct_grants_are_made_changed_and_undone(house: House) -> None:
    house.reconcile(role("lending"))
    assert house.reconcile(direct()) == [
        f"CREATE SCHEMA {S}",
        LOANS_VIEW,
        RATES_VIEW,
        f"GRANT USAGE ON SCHEMA {S} TO ROLE {R}",
        f'GRANT SELECT ON {S}."loans", {S}."rates" TO ROLE {R}',
    ]
    assert house.rows("lending", f"SELECT * FROM {S}.loans") == [(100, 1), (200, 2)]
    assert house.reconcile(direct(NARROW, action="update")) == [
        f'DROP VIEW {S}."loans"',
        f'CREATE VIEW {S}."loans" AS SELECT "id" FROM "lending"."loans"',
        f'GRANT SELECT ON {S}."loans" TO ROLE {R}',
    ]
    assert house.reconcile(direct({"loans": ["id"]}, action="update")) == [
        f'REVOKE SELECT ON {S}."rates" FROM ROLE {R}',
        f'DROP VIEW {S}."rates"',
    ]
    assert house.reconcile(direct({"loans": ["id"]}, action="delete")) == [
        f"REVOKE USAGE ON SCHEMA {S} FROM ROLE {R}",
        f'REVOKE SELECT ON {S}."loans" FROM ROLE {R}',
        f'DROP VIEW {S}."loans"',
        f"DROP SCHEMA {S}",
    ]


def test_the_role_of_a_cluster_has_a_user(house: House) -> None:
    assert house.reconcile(role("lending", user=USER)) == [
        f"CREATE ROLE {R}",
        f'GRANT ROLE {R} TO "{CONSUMER}" WITH ADMIN OPTION',
        f'CREATE USER "{USER}" PASSWORD DISABLE',
        f'GRANT ROLE {R} TO "{USER}"',
    ]
    assert house.reconcile(role("lending", action="update")) == [
        f'REVOKE ROLE {R} FROM "{USER}"',
        f'DROP USER "{USER}"',
    ]
    house.reconcile(role("lending", user=USER, action="update"))
    assert house.reconcile(role("lending", user=USER, action="delete")) == [
        f'REVOKE ROLE {R} FROM "{CONSUMER}"',
        f'REVOKE ROLE {R} FROM "{USER}"',
        f"DROP ROLE {R} FORCE",
        f'DROP USER "{USER}"',
    ]


def test_a_user_of_that_name_who_may_have_a_password_is_made_anew(house: House) -> None:
    house.admin("lending", f"CREATE USER \"{USER}\" PASSWORD 'Secret1234'")
    assert house.reconcile(role("lending", user=USER))[2:] == [
        f'DROP USER "{USER}"',
        f'CREATE USER "{USER}" PASSWORD DISABLE',
        f'GRANT ROLE {R} TO "{USER}"',
    ]
