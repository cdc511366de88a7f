"""CREATE, ALTER and DROP USER."""

from __future__ import annotations

from tests.emulator.redshift.grammar import Match
from tests.emulator.redshift.objects import Grantee, User
from tests.emulator.redshift.outcome import SqlError
from tests.emulator.redshift.privileges import has_system, is_superuser, must
from tests.emulator.redshift.session import Session, statement

OPTION = (
    "option={ CREATEDB | NOCREATEDB | CREATEUSER | NOCREATEUSER"
    " | SYSLOG ACCESS RESTRICTED | SYSLOG ACCESS UNRESTRICTED }"
)


@statement(
    f"CREATE USER <name:user> [ WITH ] PASSWORD {{ '<password>' | DISABLE }} [ {OPTION} ] [ {OPTION} ] [ {OPTION} ]",
    "r_CREATE_USER.html",
)
def create(session: Session, match: Match) -> None:
    """ "These users can't create superusers" (r_roles-system-privileges)."""
    name, state = match.name("name"), session.state
    must(has_system(session, "CREATE USER"), "user creation")
    if name.lower() == "public":
        raise SqlError(f'ERROR: unacceptable user name "{name}"')
    if name in state.users or name in state.roles:
        raise SqlError(f'ERROR: user "{name}" already exists')
    if (password := match.maybe("password")) is not None:
        _check(password)
    user = User(name, session.warehouses.number())
    _set(session, user, match)
    state.users[name] = user


@statement(f"ALTER USER <name:user> [ WITH ] {OPTION} [ {OPTION} ] [ {OPTION} ]", "r_ALTER_USER.html")
def alter(session: Session, match: Match) -> None:
    """ "These users can't change users to superusers or change superusers to users"."""
    must(has_system(session, "ALTER USER"), "user")
    user = _named(session, match.name("name"))
    if user.superuser:
        must(is_superuser(session), f"user {user.name}")
    _set(session, user, match)


@statement("DROP USER [ IF EXISTS ] <name:user> [, ...]", "r_DROP_USER.html")
def drop(session: Session, match: Match) -> None:
    """ "Amazon Redshift checks only the current database before dropping a user"."""
    must(has_system(session, "DROP USER"), "user")
    for name in match.names("name"):
        if name not in session.state.users and "IF EXISTS" in match:
            continue
        user, itself = _named(session, name), Grantee("user", name)
        if user.superuser:
            must(is_superuser(session), f"user {name}")
        if _owns(session, name):
            raise SqlError(f'ERROR: user "{name}" can\'t be dropped because the user owns some object')
        if any(grant.grantee == itself for grant in session.state.grants):
            raise SqlError(f'ERROR: user "{name}" can\'t be dropped because the user has a privilege on some object')
        state = session.state
        state.members = {held for held in state.members if held.grantee != itself}
        del state.users[name]


def _named(session: Session, name: str) -> User:
    if name not in session.state.users:
        raise SqlError(f'ERROR: user "{name}" does not exist')
    return session.state.users[name]


def _owns(session: Session, name: str) -> bool:
    state, here = session.state, session.database
    owners = [database.owner for database in state.databases.values()]
    owners += [share.owner for share in state.shares.values()]
    owners += [schema.owner for schema in here.schemas.values()]
    owners += [relation.owner for _, relation in here.relations()]
    return name in owners


def _set(session: Session, user: User, match: Match) -> None:
    for option in match.parts("option"):
        said = " ".join(option.words)
        if said in ("CREATEUSER", "NOCREATEUSER"):
            must(is_superuser(session), f"user {user.name}")
            user.superuser = said == "CREATEUSER"
        elif said in ("CREATEDB", "NOCREATEDB"):
            user.createdb = said == "CREATEDB"
        else:
            user.unrestricted = said.endswith("UNRESTRICTED")


def _check(password: str) -> None:
    """8 to 64 characters, one upper, one lower, one digit; or a hash."""
    if password.startswith(("md5", "sha256|")):
        return
    wanted = (str.isupper, str.islower, str.isdigit)
    if not 8 <= len(password) <= 64 or not all(any(map(kind, password)) for kind in wanted):
        raise SqlError(
            "ERROR: password must be 8 to 64 characters with an upper case letter, a lower case one, a digit"
        )
