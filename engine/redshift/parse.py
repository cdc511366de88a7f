"""The input of an invocation, read strictly. Anything that is not as expected raises InputError."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .errors import InputError
from .request import Database, Direct, Reading, Request, Role, Share, View, Warehouse, Wish
from .sql import is_account, is_guid, is_ours, quoted

VERSION = 1
_ACTIONS = ("create", "make", "update", "delete")


def hash_of(event: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of all but `hash` and what Terraform adds."""
    rest = {key: value for key, value in event.items() if key not in ("hash", "tf")}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def parse(event: object) -> Request:
    """The input of the reconciler, with the `tf` that the provider's `lifecycle_scope = "CRUD"` adds, or says `make`.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_invocation
    """
    fields = _object(event, "the input")
    tf = _object(fields.get("tf"), "`tf`")
    _only(tf, {"action", "prev_input"}, "`tf`")
    action = tf.get("action")
    if action not in _ACTIONS:
        raise InputError(f"`tf.action` is {action!r}; expected one of {', '.join(_ACTIONS)}")
    now = _asked({key: value for key, value in fields.items() if key != "tf"}, delete=action == "delete")
    if action == "create":
        return replace(now, claim=True)
    if action != "update" or tf.get("prev_input") is None:
        return now
    previous = _object(tf["prev_input"], "`tf.prev_input`")
    before = _asked({key: value for key, value in previous.items() if key != "tf"}, delete=True)
    if _stands(before) == _stands(now):
        return now
    return Request(now.wish, now.warehouse, now.hash, now.delete, before)


def parse_reading(event: object) -> Reading:
    """The input of the reader."""
    fields = _object(event, "the input")
    _only(fields, {"version", "warehouse", "side"}, "the input")
    _version(fields)
    if fields["side"] not in ("producer", "consumer"):
        raise InputError(f"`side` is {fields['side']!r}; expected producer or consumer")
    return Reading(_warehouse(fields["warehouse"]), fields["side"])


def _stands(request: Request) -> tuple[object, ...]:
    """Where it stands and what it is called; of a database also the datashare that it is made of, and stays so."""
    warehouse, wish = request.warehouse, request.wish
    made_of = (wish.share, wish.account, wish.namespace) if isinstance(wish, Database) else ()
    return (type(wish), wish.name, warehouse.namespace, warehouse.database, *made_of)


def _asked(fields: dict[str, Any], *, delete: bool) -> Request:
    do = fields.get("do")
    if not isinstance(do, str) or do not in _WISHES:
        raise InputError(f"`do` is {do!r}; expected one of {', '.join(_WISHES)}")
    keys, read = _WISHES[do]
    _only(fields, {"version", "do", "warehouse", "hash", *keys}, "the input")
    _version(fields)
    if fields["hash"] != hash_of(fields):
        raise InputError("`hash` is not that of the input: something changed it on its way, so nothing was run")
    warehouse = _warehouse(fields["warehouse"])
    return Request(read(fields, warehouse), warehouse, fields["hash"], delete)


def _share(fields: dict[str, Any], warehouse: Warehouse) -> Share:
    to = _object(fields["to"], "`to`")
    if set(to) == {"account"} and to["account"] != warehouse.account:
        consumer = _account(to["account"], "`to.account`")
    elif set(to) == {"namespace"} and to["namespace"] != warehouse.namespace:
        consumer = _guid(to["namespace"], "`to.namespace`")
    else:
        raise InputError("`to` is neither another account nor another namespace")
    return Share(_ours(fields, "share"), _views(fields["views"]), consumer)


def _direct(fields: dict[str, Any], _: Warehouse) -> Direct:
    return Direct(_ours(fields, "schema"), _views(fields["views"]), _ours(fields, "role"))


def _role(fields: dict[str, Any], _: Warehouse) -> Role:
    return Role(_ours(fields, "role"), None if fields["user"] is None else _ours(fields, "user"))


def _database(fields: dict[str, Any], warehouse: Warehouse) -> Database:
    producer = _object(fields["from"], "`from`")
    _only(producer, {"account", "namespace"}, "`from`")
    account = _account(producer["account"], "`from.account`")
    namespace = _guid(producer["namespace"], "`from.namespace`")
    if namespace == warehouse.namespace:
        raise InputError("`from` is the warehouse itself: a datashare is read in another")
    views = _object(fields["views"], "`views`")
    for name, columns in views.items():
        quoted(name)
        _columns(columns, name)
    return Database(
        name=_ours(fields, "database"),
        share=_ours(fields, "share"),
        account=None if account == warehouse.account else account,
        namespace=namespace,
        schema=_ours(fields, "schema"),
        views=frozenset(_some(views)),
        role=_ours(fields, "role"),
    )


_WISHES: dict[str, tuple[set[str], Callable[[dict[str, Any], Warehouse], Wish]]] = {
    "share": ({"share", "views", "to"}, _share),
    "direct": ({"schema", "views", "role"}, _direct),
    "role": ({"role", "user"}, _role),
    "database": ({"database", "share", "from", "schema", "views", "role"}, _database),
}


def _warehouse(value: object) -> Warehouse:
    fields = _object(value, "`warehouse`")
    _only(fields, set(Warehouse.__slots__), "`warehouse`")
    if fields["kind"] not in ("cluster", "serverless"):
        raise InputError(f"`warehouse.kind` is {fields['kind']!r}; expected cluster or serverless")
    texts = {key: _text(fields[key], f"`warehouse.{key}`") for key in ("compute", "database", "region")}
    quoted(texts["database"])
    account = _account(fields["account"], "`warehouse.account`")
    namespace = _guid(fields["namespace"], "`warehouse.namespace`")
    return Warehouse(fields["kind"], account=account, namespace=namespace, **texts)


def _views(value: object) -> dict[str, View]:
    views = {}
    for name, item in _some(_object(value, "`views`")).items():
        quoted(name)
        fields = _object(item, f"view `{name}`")
        _only(fields, {"of", "columns"}, f"view `{name}`")
        of = fields["of"]
        if not isinstance(of, list) or len(of) != 2:
            raise InputError(f"view `{name}`: `of` is no schema and table")
        schema, table = (_text(part, f"view `{name}`: `of`") for part in of)
        quoted(schema), quoted(table)
        views[name] = View((schema, table), _columns(fields["columns"], name))
    return views


def _columns(value: object, view: str) -> tuple[str, ...]:
    where = f"view `{view}`: `columns`"
    if not isinstance(value, list) or not value:
        raise InputError(f"{where} is no list of names")
    names = tuple(_text(item, where) for item in value)
    for name in names:
        quoted(name)
    if sorted(set(names)) != list(names):
        raise InputError(f"{where} is not sorted, or names a column twice")
    return names


def _ours(fields: Mapping[str, Any], key: str) -> str:
    name = _text(fields[key], f"`{key}`")
    if not is_ours(name):
        raise InputError(f"`{key}` is {name!r}, which is no name that Meshwarden gives")
    return name


def _account(value: object, where: str) -> str:
    text = _text(value, where)
    if not is_account(text):
        raise InputError(f"{where} is {text!r}; expected the 12 digits of an account")
    return text


def _guid(value: object, where: str) -> str:
    text = _text(value, where)
    if not is_guid(text):
        raise InputError(f"{where} is {text!r}; expected the GUID of a namespace")
    return text


def _version(fields: Mapping[str, Any]) -> None:
    if type(fields["version"]) is not int or fields["version"] != VERSION:
        raise InputError(
            f"`version` is {fields['version']!r}; this reconciler reads version {VERSION}: deploy both anew"
        )


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{where} is no object")
    return value


def _some(value: dict[str, Any]) -> dict[str, Any]:
    if not value:
        raise InputError("`views` is empty: a share without views is deleted instead")
    return value


def _only(fields: Mapping[str, object], keys: set[str], where: str) -> None:
    if set(fields) != keys:
        unknown, missing = sorted(map(str, set(fields) - keys)), sorted(keys - set(fields))
        raise InputError(f"{where}: unknown {unknown}, missing {missing}")


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise InputError(f"{where} is {value!r}; expected a text")
    return value
