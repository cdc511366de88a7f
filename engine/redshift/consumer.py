"""The difference between what is asked for and what stands on the consumer's side, as steps: see `producer`."""

from __future__ import annotations

from collections.abc import Iterator

from . import sql
from .data_api import Step
from .errors import StandingError
from .producer import AT_ONCE
from .request import Database, Role
from .standing import PREFIX, RECONCILER, Standing, folded
from .standing import Database as Found


def role(wish: Role, standing: Standing) -> Iterator[Step]:
    """So that the role stands and, of our users, the one asked for has it.

    Both sides of a warehouse may ask for one role. Whoever makes it lets the other administer it too.
    """
    held, me = standing["roles"].get(wish.name), standing["user"]
    _refuse_others_role(wish, standing)
    members = list(held["users"]) if held else []
    for user in members:
        if user.startswith(PREFIX) and user != wish.user:
            yield Step((sql.membership(wish.name, user=user).undo,))
            yield Step((sql.user(user).undo,))
    if held is None:
        yield Step((sql.role(wish.name).do,))
    other = _other_side(me)
    if (held is None or held["owner"] == me) and other in standing["users"] and other not in members:
        yield Step((sql.membership(wish.name, user=other, admin=True).do,))
    if wish.user is not None and wish.user not in members:
        made = sql.user(wish.user)
        # Whoever made one before may know a password of it, which no view tells.
        yield from [Step((made.undo,))] if wish.user in standing["users"] else []
        yield Step((made.do,))
        yield Step((sql.membership(wish.name, user=wish.user).do,))


def end_role(wish: Role, standing: Standing) -> Iterator[Step]:
    """So that nobody has it any more, and then that it and its users are gone.

    One that still holds something of ours is left: the warehouse's other side has it read there, and ends it later.
    """
    held = standing["roles"].get(wish.name)
    users = {*(held["users"] if held else ()), *([wish.user] if wish.user else ())}
    if held is not None:
        if held["holds"]:
            return
        _refuse_others_role(wish, standing)
        for user in held["users"]:
            if user != standing["user"]:
                yield Step((sql.membership(wish.name, user=user).undo,))
        for other in held["roles"]:
            yield Step((sql.membership(wish.name, of_role=other).undo,))
        yield Step((sql.role(wish.name).undo,))
    for user in sorted(name for name in users & set(standing["users"]) if name.startswith(PREFIX)):
        yield Step((sql.user(user).undo,))


def _other_side(me: str) -> str | None:
    """The reconciler's user of the warehouse's other side: their names differ in their end."""
    for one, other in (("-producer", "-consumer"), ("-consumer", "-producer")):
        if me.startswith(RECONCILER) and me.endswith(one):
            return me.removesuffix(one) + other
    return None


def _refuse_others_role(wish: Role, standing: Standing) -> None:
    held, me = standing["roles"].get(wish.name), standing["user"]
    if held is None or held["owner"] == me or (held["owner"] == _other_side(me) and me in held["users"]):
        return
    raise StandingError(
        f"role `{wish.name}` belongs to {held['owner']}, and {me} may not administer it: drop it by hand, or let an"
        f' administrator run GRANT ROLE {wish.name} TO "{me}" WITH ADMIN OPTION where both are reconcilers'
    )


def database(wish: Database, standing: Standing) -> Iterator[Step]:
    """So that the database is of the datashare, and the role reads the views in it."""
    found = standing["databases"].get(wish.name)
    if found is not None and _is_of_another(found, wish):
        yield from end_database(wish, standing)
        found = None
    if found is None:
        yield Step((sql.database(wish.name, wish.share, wish.account, wish.namespace).do,))
    else:
        _refuse_foreign(found, wish.name, standing)
    wanted = set(map(folded, wish.views))
    held = [h for h in found["held"] if h["name"] == wish.role] if found else []
    readable = {h["object"] for h in held if h["privilege"] == "SELECT" and h["schema"] == wish.schema and h["object"]}
    seen = {path.partition(".")[2] for path in found["relations"]} if found else set()
    # A view that is gone took what was granted on it along; only what still stands can be revoked.
    excess, lacks = sorted(readable & seen - wanted), sorted(wanted - readable)
    for start in range(0, len(excess), AT_ONCE):
        yield Step((sql.select(wish.role, wish.schema, excess[start : start + AT_ONCE], wish.name).undo,))
    if found is None or not _has_usage(found, wish.role):
        yield Step((sql.database_usage(wish.name, wish.role).do,))
    if not any(h["privilege"] == "USAGE" and h["schema"] == wish.schema and not h["object"] for h in held):
        yield Step((sql.schema_usage(wish.role, wish.schema, wish.name).do,))
    for start in range(0, len(lacks), AT_ONCE):
        yield Step((sql.select(wish.role, wish.schema, lacks[start : start + AT_ONCE], wish.name).do,))


def end_database(wish: Database, standing: Standing) -> Iterator[Step]:
    """Nothing in the database is named: its datashare may be deauthorized, or gone."""
    found = standing["databases"].get(wish.name)
    if found is None:
        return
    if _has_usage(found, wish.role):
        yield Step((sql.database_usage(wish.name, wish.role).undo,), may_fail=True)
    _refuse_foreign(found, wish.name, standing)
    yield Step((sql.database(wish.name, wish.share, wish.account, wish.namespace).undo,))


def _has_usage(found: Found, role: str) -> bool:
    return {"kind": "role", "name": role, "privilege": "USAGE"} in found["holders"]


def _is_of_another(found: Found, wish: Database) -> bool:
    """Where it is seen of which datashare it is."""
    return found["share"] is not None and (found["share"], found["namespace"]) != (wish.share, wish.namespace)


def _refuse_foreign(found: Found, name: str, standing: Standing) -> None:
    if found["owner"] != standing["user"]:
        raise StandingError(
            f"database `{name}` belongs to {found['owner']}, not to {standing['user']}: Meshwarden did not make it, so"
            " it may stand without WITH PERMISSIONS: drop it by hand"
        )
