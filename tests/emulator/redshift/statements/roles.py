"""CREATE and DROP ROLE, and who has which role."""

from __future__ import annotations

from tests.emulator.redshift.grammar import Match
from tests.emulator.redshift.objects import Grantee, Membership, Role
from tests.emulator.redshift.outcome import SqlError
from tests.emulator.redshift.privileges import has_system, is_superuser, must
from tests.emulator.redshift.session import Session, statement
from tests.emulator.redshift.system_roles import OWNER


@statement("CREATE ROLE <name>", "r_CREATE_ROLE.html")
def create(session: Session, match: Match) -> None:
    """ "The role name must be unique and can't be the same as any user names." `sys:` and `ds:` are AWS's own."""
    name = match.name("name")
    must(has_system(session, "CREATE ROLE"), "role creation")
    if name in session.state.roles or name in session.state.users:
        raise SqlError(f'ERROR: role "{name}" already exists')
    if name.startswith(("sys:", "ds:")):
        raise SqlError(f'ERROR: unacceptable role name "{name}"')
    session.state.roles[name] = Role(name, session.warehouses.number(), session.user)


@statement("DROP ROLE <name> [ how={ FORCE | RESTRICT } ]", "r_DROP_ROLE.html")
def drop(session: Session, match: Match) -> None:
    """ "You can't drop a role that is granted to a user or another role that is dependent on this role"; FORCE can.

    No page says what becomes of privileges that it has: here they stand against it.
    """
    role, state = role_named(session, match.name("name")), session.state
    must(_administers(session, role), f"role {role.name}")
    itself = Grantee("role", role.name)
    if role.owner == OWNER:
        raise SqlError(f'ERROR: cannot drop system-defined role "{role.name}"')
    if match.maybe_chosen("how") != "FORCE":
        if any(held.role == role.name for held in state.members):
            raise SqlError("ERROR: cannot drop this role since it has been granted on a user")
        if any(held.grantee == itself for held in state.members):
            raise SqlError("ERROR: cannot drop this role since it depends on another role")
    if any(grant.grantee == itself and grant.on.kind != "system" for grant in state.grants):
        raise SqlError("ERROR: cannot drop this role since it has a privilege on some object")
    state.members = {held for held in state.members if itself != held.grantee and role.name != held.role}
    state.grants = {grant for grant in state.grants if grant.grantee != itself}
    del state.roles[role.name]


TO = "to={ ROLE <role:role> | <user:user> }"


@statement(f"GRANT ROLE <role:role> TO {TO} [ WITH ADMIN OPTION ]", "r_GRANT.html")
def grant(session: Session, match: Match) -> None:
    role, grantee = _both(session, match)
    admin = "WITH ADMIN OPTION" in match
    if admin and grantee.kind == "role":
        raise SqlError("ERROR: WITH ADMIN OPTION is for users")
    if grantee.kind == "role" and grantee.name in _roles_of(session, role.name):
        raise SqlError("ERROR: cannot grant this role, a circular dependency was detected between these roles")
    session.state.members -= {Membership(role.name, grantee, not admin)}
    session.state.members.add(Membership(role.name, grantee, admin))


@statement(f"REVOKE ROLE <role:role> FROM {TO}", "r_REVOKE.html")
def revoke(session: Session, match: Match) -> None:
    role, grantee = _both(session, match)
    session.state.members = {h for h in session.state.members if (h.role, h.grantee) != (role.name, grantee)}


def role_named(session: Session, name: str) -> Role:
    if name not in session.state.roles:
        raise SqlError(f'ERROR: role "{name}" does not exist')
    return session.state.roles[name]


def _both(session: Session, match: Match) -> tuple[Role, Grantee]:
    role, to = role_named(session, match.name("role")), match.parts("to")[0]
    must(_administers(session, role), f"role {role.name}")
    if (name := to.maybe("role")) is not None:
        return role, Grantee("role", role_named(session, name).name)
    if to.name("user") not in session.state.users:
        raise SqlError(f'ERROR: user "{to.name("user")}" does not exist')
    return role, Grantee("user", to.name("user"))


def _administers(session: Session, role: Role) -> bool:
    """The superuser, who created it, or who has it WITH ADMIN OPTION."""
    by_option = Membership(role.name, Grantee("user", session.user), True) in session.state.members
    return is_superuser(session) or session.user == role.owner or by_option


def _roles_of(session: Session, role: str) -> set[str]:
    """Itself, and what is granted to it directly or by way of others."""
    found, todo = {role}, [role]
    while todo:
        here = Grantee("role", todo.pop())
        new = {held.role for held in session.state.members if held.grantee == here} - found
        found |= new
        todo += new
    return found
