"""GRANT and REVOKE: on databases, schemas and relations, local and from a datashare; on datashares; system permissions.

A REVOKE takes what is held, whoever granted it; of what is not held there is nothing to take, and no error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tests.emulator.redshift.grammar import Match
from tests.emulator.redshift.objects import PUBLIC, SYSTEM, Association, Grant, Grantee, On
from tests.emulator.redshift.outcome import SqlError
from tests.emulator.redshift.privileges import holds, is_superuser, may_grant, must
from tests.emulator.redshift.session import Place, Run, Session, statement
from tests.emulator.redshift.statements.roles import role_named
from tests.emulator.redshift.system_roles import PERMISSIONS

ON_RELATIONS = ("SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "REFERENCES", "ALTER", "TRUNCATE")
ON_SCHEMAS = ("CREATE", "USAGE")
ON_DATABASES = ("CREATE", "TEMPORARY", "TEMP")


def _one_of(key: str, words: Iterable[str]) -> str:
    return f"{key}={{ {' | '.join(words)} }} [, ...]"


def _any_of(words: Iterable[str]) -> str:
    return f"{{ {_one_of('privilege', words)} | ALL [ PRIVILEGES ] }}"


def _both(syntax: str) -> Callable[[Run], Run]:
    """`GRANT … TO …`, as the syntax says, and its inverse `REVOKE … FROM … [ RESTRICT ]`."""

    def register(run: Run) -> Run:
        to = "to={ ROLE <role:role> | GROUP <group> | PUBLIC | <user:user> [ WITH GRANT OPTION ] } [, ...]"
        of = "to={ ROLE <role:role> | GROUP <group> | PUBLIC | <user:user> } [, ...]"
        statement(f"GRANT {syntax} TO {to}", "r_GRANT.html")(run)
        statement(f"REVOKE {syntax} FROM {of} [ RESTRICT ]", "r_REVOKE.html")(run)
        return run

    return register


@_both(f"{_any_of(ON_RELATIONS)} ON {{ ALL TABLES IN SCHEMA <schema:path> [, ...] | [ TABLE ] <table:path> [, ...] }}")
def on_relations(session: Session, match: Match) -> None:
    found = [session.relation(path) for path in match.paths("table")]
    for path in match.paths("schema"):
        place = session.place(path)
        found += [(place, relation) for relation in place.relations.values()]
    for place, relation in found:
        _must_be_grantable(session, place)
        privileges = _privileges(match, ON_RELATIONS)
        if place.on.shared is not None and privileges != ("SELECT",):
            raise SqlError(f"ERROR: only SELECT can be granted on {relation.name}: it comes from a datashare")
        _change(session, match, privileges, place.on_relation(relation), place.owner_of(relation), relation.name)


@_both("privilege={ SELECT | UPDATE } ( <column> [, ...] ) ON [ TABLE ] <table:path>")
def on_columns(session: Session, match: Match) -> None:
    """Of local relations. The system views show them; nobody reads by one here."""
    ((place, relation),) = [session.relation(path) for path in match.paths("table")]
    if place.on.shared is not None or place.database is not session.database:
        raise SqlError(f"ERROR: columns of {relation.name} are granted in its own database")
    for column in match.names("column"):
        if column not in relation.columns:
            raise SqlError(f'ERROR: column "{column}" of relation "{relation.name}" does not exist')
        on = On("column", relation.id, path=(column,))
        _change(session, match, _privileges(match, ()), on, relation.owner, relation.name)


@_both(f"{_any_of(ON_SCHEMAS)} ON SCHEMA <schema:path> [, ...]")
def on_schemas(session: Session, match: Match) -> None:
    for path in match.paths("schema"):
        place = session.place(path)
        _must_be_grantable(session, place)
        privileges = _privileges(match, ON_SCHEMAS)
        if place.on.shared is not None and privileges != ("USAGE",):
            raise SqlError(f"ERROR: only USAGE can be granted on schema {path}: it comes from a datashare")
        _change(session, match, privileges, place.on, place.owner, f"schema {path}")


@_both(f"{_any_of(ON_DATABASES)} ON DATABASE <database> [, ...]")
def on_databases(session: Session, match: Match) -> None:
    for name in match.names("database"):
        database = session.database_named(name)
        if database.source is not None:
            raise SqlError(f"ERROR: only USAGE can be granted on database {name}: it comes from a datashare")
        privileges = _privileges(match, ("CREATE", "TEMP"))
        _change(session, match, privileges, database.on, database.owner, f"database {name}")


@_both("privilege={ USAGE } ON DATABASE <database> [, ...]")
def on_shared_databases(session: Session, match: Match) -> None:
    """ "USAGE permissions on a specific database … created from a datashare"."""
    for name in match.names("database"):
        database = session.database_named(name)
        if database.source is None:
            raise SqlError(f"ERROR: USAGE is not granted on database {name}: it does not come from a datashare")
        _must_be_alone(session, match)
        _change(session, match, ("USAGE",), database.on, database.owner, f"database {name}")


@_both(f"{_one_of('privilege', ('ALTER', 'SHARE'))} ON DATASHARE <share>")
def on_datashares(session: Session, match: Match) -> None:
    share = session.share_named(match.name("share"))
    _change(session, match, _privileges(match, ()), share.on, share.owner, f"datashare {share.name}")


@statement(
    f"GRANT {{ {_one_of('privilege', PERMISSIONS)} }} TO to={{ ROLE <role:role> }} [, ...]",
    "r_GRANT.html",
)
@statement(
    f"REVOKE {{ {_one_of('privilege', PERMISSIONS)} }} FROM to={{ ROLE <role:role> }} [, ...]",
    "r_REVOKE.html",
)
def system_permissions(session: Session, match: Match) -> None:
    must(is_superuser(session), "system permissions")
    _change(session, match, _privileges(match, PERMISSIONS), SYSTEM, "", "system permissions")


CONSUMER = "{ NAMESPACE '<namespace>' | ACCOUNT '<account>' }"


@statement(f"GRANT USAGE ON DATASHARE <share> TO {CONSUMER}", "r_GRANT.html")
@statement(f"REVOKE USAGE ON DATASHARE <share> FROM {CONSUMER}", "r_REVOKE.html")
def usage_of_datashare(session: Session, match: Match) -> None:
    """By whoever owns it or holds SHARE on it: to a namespace of the same account, or to another account, which the API
    must then authorize (https://docs.aws.amazon.com/redshift/latest/dg/writes-authorizing.html).
    """
    if not session.warehouses.play.usage_in_transaction:
        session.must_be_alone(f"{match.words[0]} USAGE ON DATASHARE")
    share, now = session.share_named(match.name("share")), session.warehouses.now()
    allowed = is_superuser(session) or session.user == share.owner or holds(session, "SHARE", share.on)
    must(allowed, f"datashare {share.name}")
    consumer = _consumer(session, match)
    if match.words[0] == "GRANT":
        share.consumers.setdefault(consumer, now)
        if "ACCOUNT" in match:
            share.associations.setdefault(consumer, Association(consumer, now, now))
    elif share.consumers.pop(consumer, None) is None:
        raise SqlError(f"ERROR: {consumer} has no USAGE on datashare {share.name}")
    else:
        share.associations.pop(consumer, None)


def _consumer(session: Session, match: Match) -> str:
    here = session.namespace
    if (account := match.maybe("account")) is not None:
        if not re.fullmatch(r"\d{12}", account) or account == here.account:
            raise SqlError(f"ERROR: {account!r} is not the number of another account")
        return account
    namespace = match.name("namespace")
    held = session.warehouses.namespaces.get(namespace)
    if held is None or held.account != here.account or held is here:
        raise SqlError(f"ERROR: {namespace!r} is not another namespace of this account")
    return namespace


def _privileges(match: Match, every: tuple[str, ...]) -> tuple[str, ...]:
    """As named, or all of them; TEMPORARY is TEMP."""
    named = tuple(" ".join(part.words).replace("TEMPORARY", "TEMP") for part in match.parts("privilege"))
    return named or every


def _must_be_grantable(session: Session, place: Place) -> None:
    """In the current database, or in one that comes from a datashare WITH PERMISSIONS; of the latter, not in a
    transaction block: "You can't run GRANT (on an external resource) within a transaction block".

    That objects of a datashare are such a resource is not said; that grants cannot be made on local objects of another
    database is seen in github.com/dbt-labs/docs.getdbt.com/pull/9052.
    """
    if place.on.shared is None:
        if place.database is not session.database:
            raise SqlError(f"ERROR: grants on objects of another database, {place.database.name}, are not supported")
        return
    if not place.database.with_permissions:
        raise SqlError(f"ERROR: database {place.database.name} was made without WITH PERMISSIONS: grant USAGE on it")
    if session.transaction:
        raise SqlError("ERROR: GRANT and REVOKE on objects of a datashare cannot run inside a transaction block")


def _must_be_alone(session: Session, match: Match) -> None:
    session.must_be_alone(f"{match.words[0]} on a database from a datashare")


def _change(session: Session, match: Match, privileges: tuple[str, ...], on: On, owner: str, what: str) -> None:
    state = session.state
    for to in match.parts("to"):
        grantee, option = _grantee(session, to), "WITH GRANT OPTION" in to
        for privilege in privileges:
            must(may_grant(session, privilege, on, owner), what)
            held = {g for g in state.grants if (g.grantee, g.privilege, g.on) == (grantee, privilege, on)}
            state.grants -= held
            if match.words[0] == "GRANT":
                state.grants.add(Grant(grantee, privilege, on, option or any(grant.option for grant in held)))


def _grantee(session: Session, to: Match) -> Grantee:
    if (role := to.maybe("role")) is not None:
        return Grantee("role", role_named(session, role).name)
    if (group := to.maybe("group")) is not None:
        # CREATE GROUP is not emulated.
        raise SqlError(f'ERROR: group "{group}" does not exist')
    user = to.maybe("user")
    if user is None:
        return PUBLIC
    if user not in session.state.users:
        raise SqlError(f'ERROR: user "{user}" does not exist')
    return Grantee("user", user)
