"""Every statement that is run, beside the one that takes it back.

Statements with `alone` cannot run, or have been seen not to run, within a transaction: CREATE and DROP DATABASE
(https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_DATABASE.html), GRANT and REVOKE on what a datashare gives
(https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html: "on an external resource"), those on a datashare's
properties and consumers, and those on roles and users, which have nothing to be undone with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import InputError

LONGEST = 127
"""Bytes of an identifier (https://docs.aws.amazon.com/redshift/latest/dg/r_names.html)."""

_OURS = re.compile(r"mw_[a-z0-9_]+")
_ACCOUNT = re.compile(r"[0-9]{12}")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Statement:
    text: str
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """`undo` leaves nothing of `do`."""

    do: Statement
    undo: Statement


def quoted(name: str) -> str:
    """The identifier in double quotes, its own doubled. Raises InputError for what Redshift takes for no identifier."""
    if not name or not name.isprintable() or len(name.encode()) > LONGEST:
        raise InputError(f"{name!r} is no identifier: expected 1 to {LONGEST} bytes of printable characters")
    return '"' + name.replace('"', '""') + '"'


def is_ours(name: str) -> bool:
    """Whether the name is one that this package may make and drop."""
    return _OURS.fullmatch(name) is not None and len(name) <= LONGEST


def is_account(text: str) -> bool:
    return _ACCOUNT.fullmatch(text) is not None


def is_guid(text: str) -> bool:
    return _GUID.fullmatch(text) is not None


def literal(text: str) -> str:
    """An account id, a namespace GUID or a name of ours in single quotes; anything else raises InputError."""
    if not (is_account(text) or is_guid(text) or is_ours(text)):
        raise InputError(f"{text!r} is neither an account id nor a GUID nor a name of ours: it is not quoted")
    return f"'{text}'"


def schema(name: str) -> Pair:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_SCHEMA.html: without CASCADE, so that it drops no more."""
    return Pair(Statement(f"CREATE SCHEMA {quoted(name)}"), Statement(f"DROP SCHEMA {quoted(name)}"))


def view(schema: str, name: str, of: tuple[str, str], columns: Sequence[str]) -> Pair:
    """A regular view (https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html) of named columns."""
    chosen = ", ".join(map(quoted, columns))
    create = f"CREATE VIEW {_path(schema, name)} AS SELECT {chosen} FROM {_path(*of)}"
    return Pair(Statement(create), drop_views(schema, [name]))


def drop_views(schema: str, names: Sequence[str]) -> Statement:
    """Takes several `view` back at once."""
    return Statement(f"DROP VIEW {_paths([(schema, name) for name in names])}")


def datashare(name: str) -> Pair:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_DATASHARE.html"""
    create = Statement(f"CREATE DATASHARE {quoted(name)} SET PUBLICACCESSIBLE FALSE", alone=True)
    return Pair(create, Statement(f"DROP DATASHARE {quoted(name)}", alone=True))


def shared_schema(share: str, schema: str) -> Pair:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_DATASHARE.html"""
    alter = f"ALTER DATASHARE {quoted(share)}"
    return Pair(Statement(f"{alter} ADD SCHEMA {quoted(schema)}"), Statement(f"{alter} REMOVE SCHEMA {quoted(schema)}"))


def shared_tables(share: str, paths: Sequence[tuple[str, str]]) -> Pair:
    """Tables or views, as `(schema, name)`."""
    alter, tables = f"ALTER DATASHARE {quoted(share)}", _paths(paths)
    return Pair(Statement(f"{alter} ADD TABLE {tables}"), Statement(f"{alter} REMOVE TABLE {tables}"))


def share_usage(share: str, consumer: str) -> Pair:
    """For an account by its id, or for a namespace of the own account by its GUID."""
    whom = f"{'ACCOUNT' if is_account(consumer) else 'NAMESPACE'} {literal(consumer)}"
    return _grant("USAGE", f"DATASHARE {quoted(share)}", whom, alone=True)


def remove_functions(share: str, schema: str) -> Statement:
    """Nothing of ours: somebody added them."""
    return Statement(f"ALTER DATASHARE {quoted(share)} REMOVE ALL FUNCTIONS IN SCHEMA {quoted(schema)}")


def not_public(share: str) -> Statement:
    """Somebody had set it."""
    return Statement(f"ALTER DATASHARE {quoted(share)} SET PUBLICACCESSIBLE FALSE", alone=True)


def not_include_new(share: str, schema: str) -> Statement:
    """Somebody had set it."""
    text = f"ALTER DATASHARE {quoted(share)} SET INCLUDENEW FALSE FOR SCHEMA {quoted(schema)}"
    return Statement(text, alone=True)


def role(name: str) -> Pair:
    """FORCE ends what it is granted to (https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_ROLE.html)."""
    create = Statement(f"CREATE ROLE {quoted(name)}", alone=True)
    return Pair(create, Statement(f"DROP ROLE {quoted(name)} FORCE", alone=True))


def user(name: str) -> Pair:
    """Who signs in by temporary credentials only (https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html)."""
    create = Statement(f"CREATE USER {quoted(name)} PASSWORD DISABLE", alone=True)
    return Pair(create, Statement(f"DROP USER {quoted(name)}", alone=True))


def membership(role: str, *, user: str | None = None, of_role: str | None = None, admin: bool = False) -> Pair:
    """The role, for a user or for another role. `admin`: the user may also grant and drop it."""
    assert (user is None) != (of_role is None)
    whom = quoted(user) if user is not None else f"ROLE {quoted(of_role or '')}"
    name = f"ROLE {quoted(role)}"
    option = " WITH ADMIN OPTION" if admin else ""
    return Pair(Statement(f"GRANT {name} TO {whom}{option}", True), Statement(f"REVOKE {name} FROM {whom}", True))


def database(name: str, share: str, account: str | None, namespace: str) -> Pair:
    """WITH PERMISSIONS: without it, USAGE on the database opens all of it. `account`: None within one account.

    https://docs.aws.amazon.com/redshift/latest/dg/writes-granting.html
    """
    producer = f"ACCOUNT {literal(account)} NAMESPACE" if account else "NAMESPACE"
    made = f"WITH PERMISSIONS FROM DATASHARE {quoted(share)} OF {producer} {literal(namespace)}"
    create = Statement(f"CREATE DATABASE {quoted(name)} {made}", alone=True)
    return Pair(create, Statement(f"DROP DATABASE {quoted(name)}", alone=True))


def database_usage(database: str, role: str) -> Pair:
    return _grant("USAGE", f"DATABASE {quoted(database)}", f"ROLE {quoted(role)}", alone=True)


def schema_usage(role: str, schema: str, database: str | None = None) -> Pair:
    """`database`: that of a datashare."""
    path = [part for part in (database, schema) if part is not None]
    return _grant("USAGE", f"SCHEMA {_path(*path)}", f"ROLE {quoted(role)}", alone=database is not None)


def select(role: str, schema: str, names: Sequence[str], database: str | None = None) -> Pair:
    """`database`: that of a datashare."""
    within = [part for part in (database, schema) if part is not None]
    tables = _paths([(*within, name) for name in names])
    return _grant("SELECT", tables, f"ROLE {quoted(role)}", alone=database is not None)


def _grant(privilege: str, on: str, whom: str, *, alone: bool) -> Pair:
    grant = Statement(f"GRANT {privilege} ON {on} TO {whom}", alone)
    return Pair(grant, Statement(f"REVOKE {privilege} ON {on} FROM {whom}", alone))


def _path(*parts: str) -> str:
    return ".".join(map(quoted, parts))


def _paths(paths: Sequence[tuple[str, ...]]) -> str:
    if not paths:
        raise InputError("a statement needs at least one name")
    return ", ".join(_path(*path) for path in paths)
