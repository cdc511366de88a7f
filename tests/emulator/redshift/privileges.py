"""Who may do what.

| right | page of https://docs.aws.amazon.com/redshift/latest/dg/ |
|---|---|
| superusers may all; owners may all on what they own | r_superusers.html, r_Privileges.html |
| what is granted to a user, to PUBLIC, to his roles and to the roles of these | r_GRANT.html, r_roles-managing.html |
| system permissions, held by roles | r_roles-system-privileges.html |
| USAGE on the schema, and SELECT on the relation itself: not on what a view reads | r_GRANT.html, r_CREATE_VIEW.html |
| USAGE on a database from a datashare opens it whole, unless it was made WITH PERMISSIONS | writes-granting.html |
"""

from __future__ import annotations

from tests.emulator.redshift.objects import PUBLIC, SYSTEM, Database, Grant, Grantee, On, Relation
from tests.emulator.redshift.outcome import SqlError
from tests.emulator.redshift.session import Place, Session


def principals(session: Session) -> frozenset[Grantee]:
    """Himself, everybody, his roles and this session's, and the roles granted to these."""
    held = {Grantee("user", session.user), PUBLIC}
    held |= {Grantee("role", name) for name in session.roles if name in session.state.roles}
    while more := {Grantee("role", m.role) for m in session.state.members if m.grantee in held} - held:
        held |= more
    return frozenset(held)


def is_superuser(session: Session) -> bool:
    return session.state.users[session.user].superuser


def same(session: Session, one: On, other: On) -> bool:
    """Whether a grant on `one` is on `other`: by number, or, if the tests play it so, by name within a database that
    comes from a datashare."""
    if one == other:
        return True
    by_name = session.warehouses.play.made_anew_keeps_grants and one.shared is not None
    return by_name and (one.kind, one.shared, one.path) == (other.kind, other.shared, other.path)


def holds(session: Session, privilege: str, on: On, *, option: bool = False) -> bool:
    """By a grant; neither as a superuser nor as an owner."""
    who = principals(session)
    return any(
        grant.grantee in who
        and grant.privilege == privilege
        and same(session, grant.on, on)
        and (grant.option or not option)
        for grant in session.state.grants
    )


def may(session: Session, privilege: str, on: On, owner: str) -> bool:
    return is_superuser(session) or session.user == owner or holds(session, privilege, on)


def has_system(session: Session, permission: str) -> bool:
    return is_superuser(session) or holds(session, permission, SYSTEM)


def may_grant(session: Session, privilege: str, on: On, owner: str) -> bool:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT-usage-notes.html"""
    return is_superuser(session) or session.user == owner or holds(session, privilege, on, option=True)


def must(allowed: bool, what: str) -> None:
    if not allowed:
        raise SqlError(f"ERROR: permission denied for {what}")


def may_use_database(session: Session, database: Database) -> bool:
    """Every user may connect to every local database; one from a datashare needs USAGE."""
    return database.source is None or may(session, "USAGE", database.on, database.owner)


def may_use_schema(session: Session, place: Place) -> bool:
    return may(session, "USAGE", place.on, place.schema.owner if place.on.shared is None else "")


def must_read(session: Session, place: Place, relation: Relation) -> None:
    """Raises SqlError with the first thing that is missing."""
    must(may_use_database(session, place.database), f"database {place.database.name}")
    if place.database.source is not None and not place.database.with_permissions:
        return
    must(may_use_schema(session, place), f"schema {place.schema.name}")
    if place.on.shared is not None and session.warehouses.play.view_needs_its_table:
        shared = {held.id for other in session.places(place.database).values() for held in other.relations.values()}
        must(relation.reads <= shared, f"relation {relation.name}: what it reads is not shared")
    owner = relation.owner if place.on.shared is None else ""
    must(may(session, "SELECT", place.on_relation(relation), owner), f"relation {relation.name}")


def may_know(session: Session, grantee: Grantee, *, all_seen: bool) -> bool:
    """Whether the system views show what `grantee` holds: "Regular users can only see identities to which they have
    access or for which they are the identities owner" (https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_ROLES.html).
    """
    if all_seen or grantee in principals(session):
        return True
    role = session.state.roles.get(grantee.name) if grantee.kind == "role" else None
    return role is not None and role.owner == session.user


def held_on(session: Session, on: On) -> list[Grant]:
    """Every grant on it, in a steady order."""
    found = [grant for grant in session.state.grants if same(session, grant.on, on)]
    return sorted(found, key=lambda grant: (grant.grantee.kind, grant.grantee.name, grant.privilege))
