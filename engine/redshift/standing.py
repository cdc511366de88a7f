"""What stands in a warehouse: the answer of the reader, and `standing` in the answer of the reconciler.

All of it is JSON. A reader answers everything of its side whose name begins with `mw_`; the reconciler what its input
is about. The producer's side is `schemas` and `shares`, the consumer's side `databases`; both have `roles` and `users`.
What the other side has is left empty. Names are as the system views give them, trimmed: Redshift holds them in lower
case unless `enable_case_sensitive_identifier` is set (https://docs.aws.amazon.com/redshift/latest/dg/r_names.html).

A row that the caller may not see is no row, so each reading first sees what must be there: the caller's own user, the
connected database, and that its user has a role with ACCESS SYSTEM TABLE, as `sys:monitor` is, without which it sees
no grants to others (https://docs.aws.amazon.com/redshift/latest/dg/r_roles-default.html). Else: an error, no answer.
"""

from __future__ import annotations

from typing import TypedDict

PREFIX = "mw_"
"""How every name begins that this package makes, reads or drops."""

RECONCILER = "IAMR:meshwarden-reconciler-"
"""How the database users begin that these functions are; the side of each stands at the end."""


def folded(name: str) -> str:
    """The name as Redshift keeps it: ASCII letters in lower case."""
    return "".join(c.lower() if c.isascii() else c for c in name)


class Holder(TypedDict):
    """Somebody with a privilege. `kind`: role, user, group or public; `privilege`: SELECT, USAGE, …

    `ds:…`, by which Redshift itself runs a datashare, is left out where the datashare is the schema's own
    (https://docs.aws.amazon.com/redshift/latest/dg/r_roles-default.html).
    """

    kind: str
    name: str
    privilege: str


class Relation(TypedDict):
    """A view or a table in a schema of ours. `type`: VIEW or TABLE.

    `of` is the one schema and table whose columns a view selects by their own names, and `columns` are these, sorted.
    Where the text of the view says anything else, `of` is None and `columns` is empty: such a view is nobody's we know.
    `holders` are those that the reader owns or is: all others are shown for SYSLOG ACCESS UNRESTRICTED, which opens
    everybody's query texts too (https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_RELATION_PRIVILEGES.html). None of
    them reads the view without USAGE on the schema, whose holders are all shown.
    """

    type: str
    owner: str
    of: list[str] | None
    columns: list[str]
    holders: list[Holder]


class Schema(TypedDict):
    """`relations` by name, all of them: what somebody put there by hand too."""

    owner: str
    relations: dict[str, Relation]
    holders: list[Holder]


class Share(TypedDict):
    """A datashare made here. `schemas`: those in it, and whether INCLUDENEW is set for each.

    `objects` are `<schema>.<name>` → table, view, late binding view, materialized view or function. `consumers` are
    account ids and namespace GUIDs with USAGE. `public` is PUBLICACCESSIBLE.
    """

    owner: str
    database: str
    public: bool
    schemas: dict[str, bool]
    objects: dict[str, str]
    consumers: list[str]


class Held(TypedDict):
    """A privilege of the role `name` on what a datashare gives: `object` is empty where it is on the schema."""

    schema: str
    object: str
    name: str
    privilege: str


class Database(TypedDict):
    """A database made of a datashare. `share`, `account` and `namespace` are those of its producer.

    They are None where the caller sees no such datashare: it may be deauthorized or dropped, or not be the caller's to
    see. `holders` of the database itself are everybody; `relations` are the `<schema>.<name>` in it, and `held` is what
    our roles with USAGE hold there.
    """

    owner: str
    share: str | None
    account: str | None
    namespace: str | None
    holders: list[Holder]
    relations: list[str]
    held: list[Held]


class Role(TypedDict):
    """A database role. `users` and `roles` have it; `holds`: schemas and databases of ours that it has USAGE on."""

    owner: str
    users: list[str]
    roles: list[str]
    holds: list[str]


class Given(TypedDict):
    """What a role or user of ours holds that is not ours: `what` is told with its kind, as `schema hr`.

    Of a role that it has, the privilege is MEMBER; system permissions are told together. What lies in other databases
    is not seen, and of whole tables only what is granted to a role: of a user, only columns.
    """

    kind: str
    name: str
    what: str
    privilege: str


class Standing(TypedDict):
    """`user` is who read, and `users` are those of access roles, and the reconcilers', which read and change.

    `given` is in the answer of a reader alone: a reconciler neither made it nor takes it back.
    """

    user: str
    database: str
    schemas: dict[str, Schema]
    shares: dict[str, Share]
    databases: dict[str, Database]
    roles: dict[str, Role]
    users: list[str]
    given: list[Given]
