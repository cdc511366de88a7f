"""What a system view is, and what several of them need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.emulator.redshift.objects import Grantee
from tests.emulator.redshift.privileges import has_system, is_superuser
from tests.emulator.redshift.session import Session

Row = tuple[object, ...]
Rows = Callable[[Session], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class View:
    name: str
    columns: Mapping[str, str]
    """Name to type."""
    rows: Rows


ALL: dict[str, View] = {}


def view(name: str, columns: str) -> Callable[[Rows], Rows]:
    """`columns`: "name type, name type", as the page has them."""

    def register(rows: Rows) -> Rows:
        pairs = [column.split(" ", 1) for column in columns.split(", ")]
        ALL[name] = View(name, dict(pairs), rows)
        return rows

    return register


def padded(text: str | None, width: int) -> str:
    return (text or "").ljust(width)


def plain(moment: datetime) -> datetime:
    """Without a time zone, in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def id_of(session: Session, grantee: Grantee) -> int:
    if grantee.kind == "user":
        return session.state.users[grantee.name].id
    return session.state.roles[grantee.name].id if grantee.kind == "role" else 0


def sees_all(session: Session) -> bool:
    return is_superuser(session) or has_system(session, "ACCESS SYSTEM TABLE")


def user_id(session: Session, name: str) -> int | None:
    user = session.state.users.get(name)
    return user.id if user else None
