"""Roles, users, and who has which role."""

from __future__ import annotations

from collections.abc import Iterator

from tests.emulator.redshift.objects import Grantee
from tests.emulator.redshift.privileges import is_superuser, may_know
from tests.emulator.redshift.session import Session
from tests.emulator.redshift.system_views.registry import Row, sees_all, view


@view("svv_roles", "role_id integer, role_name text, role_owner text, external_id text")
def _roles(session: Session) -> Iterator[Row]:
    for role in session.state.roles.values():
        if may_know(session, Grantee("role", role.name), all_seen=sees_all(session)):
            yield role.id, role.name, role.owner, None


@view("svv_role_grants", "role_id integer, role_name text, granted_role_id integer, granted_role_name text")
def _role_grants(session: Session) -> Iterator[Row]:
    """ "Regular users can only see roles to which they have access or if they are the role owner"."""
    for held in sorted(session.state.members, key=lambda held: (held.grantee.name, held.role)):
        if held.grantee.kind == "role" and may_know(session, held.grantee, all_seen=sees_all(session)):
            role, granted = session.state.roles[held.grantee.name], session.state.roles[held.role]
            yield role.id, role.name, granted.id, granted.name


@view("svv_user_grants", "user_id integer, user_name text, role_id integer, role_name text, admin_option boolean")
def _user_grants(session: Session) -> Iterator[Row]:
    """ "Regular users can see only current users' explicitly granted roles"."""
    for held in sorted(session.state.members, key=lambda held: (held.grantee.name, held.role)):
        mine = held.grantee == Grantee("user", session.user)
        if held.grantee.kind == "user" and (mine or sees_all(session)):
            user, role = session.state.users[held.grantee.name], session.state.roles[held.role]
            yield user.id, user.name, role.id, role.name, held.admin


@view(
    "pg_user",
    "usename text, usesysid integer, usecreatedb boolean, usesuper boolean, usecatupd boolean, passwd text, "
    "valuntil timestamp, useconfig text",
)
def _pg_user(session: Session) -> Iterator[Row]:
    for user in session.state.users.values():
        yield user.name, user.id, user.createdb, user.superuser, False, "********", None, None


@view(
    "svv_user_info",
    "user_name text, user_id integer, createdb boolean, superuser boolean, catalog_update boolean, "
    "connection_limit text, syslog_access text, last_ddl_timestamp timestamp, session_timeout integer, "
    "external_user_id text",
)
def _user_info(session: Session) -> Iterator[Row]:
    """ "Superusers can see all rows; regular users can see only their own data"."""
    for user in session.state.users.values():
        if is_superuser(session) or user.name == session.user:
            access = "UNRESTRICTED" if user.unrestricted else "RESTRICTED"
            yield user.name, user.id, user.createdb, user.superuser, False, "UNLIMITED", access, None, 0, None
