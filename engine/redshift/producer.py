"""The difference between what is asked for and what stands on the producer's side, as steps.

Each function is a generator of steps over one reading: what cuts access comes first, and what has to stop the run, such
as somebody's table in our schema, is raised only after that. Where nothing differs there are no steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from . import sql
from .data_api import BATCH, Step
from .errors import StandingError
from .request import Direct, Share, View
from .sql import Statement
from .standing import Relation, Schema, Standing, folded

AT_ONCE = 100
"""Names in one statement, which has 100 KB of room (the Data API's limit)."""

_EMPTY: Schema = {"owner": "", "relations": {}, "holders": []}


@dataclass(frozen=True, slots=True)
class _Views:
    """What becomes of the views of a schema: by name, sorted. `foreign` are others' objects and what is not a view."""

    gone: list[str]
    changed: list[str]
    missing: list[str]
    foreign: list[str]


def share(wish: Share, standing: Standing) -> Iterator[Step]:
    """So that the datashare holds the views, and the consumer alone has it."""
    schema, held, name = standing["schemas"].get(wish.name, _EMPTY), standing["shares"].get(wish.name), wish.name
    views = _compare(wish.views, schema, standing["user"])
    wanted = {f"{name}.{folded(view)}" for view in wish.views}
    inside, stays = set(held["objects"] if held else ()), set[str]()
    if held:
        yield from _revoked(name, set(held["consumers"]) - {wish.consumer})
        if held["public"]:
            yield Step((sql.not_public(name),))
        wrong = {f"{name}.{view}" for view in views.foreign}
        excess = {path: kind for path, kind in held["objects"].items() if path not in wanted or path in wrong}
        yield from _cut(name, excess, [other for other in held["schemas"] if other != name])
        inside -= set(excess)
        stays = set(held["schemas"])
        if held["schemas"].get(name):
            # Only a superuser sets INCLUDENEW back; a schema that is taken out and put in again does not have it.
            yield Step((*_removed(name, sorted(inside)), sql.shared_schema(name, name).undo))
            inside, stays = set(), set()
    narrower = [view for view in _narrower(wish.views, schema, views.changed) if f"{name}.{view}" in inside]
    if _is_others(schema, standing):
        yield from _together(_removed(name, [f"{name}.{view}" for view in narrower]))
    _refuse_others(schema, standing, name)
    for some in _some(views.changed, (BATCH - 3)):
        paths = [f"{name}.{view}" for view in some if f"{name}.{view}" in inside]
        cut, made = _removed(name, paths), [_made(wish.views, name, view).do for view in some]
        instead = _removed(name, [f"{name}.{view}" for view in narrower if view >= some[0]])
        yield Step((*cut, *_dropped(name, some), *made, *_added(name, paths)), tuple(instead))
    yield from _together(_dropped(name, views.gone))
    _refuse_foreign(standing, name, [view for view in views.foreign if f"{name}.{view}" in wanted])
    build = [] if schema["owner"] else [sql.schema(name).do]
    build += [_made(wish.views, name, view).do for view in views.missing]
    if held is None:
        yield from _together(build)
        yield Step((sql.datashare(name).do,))
        build = []
    if name not in stays:
        build.append(sql.shared_schema(name, name).do)
    yield from _together([*build, *_added(name, sorted(wanted - inside))])
    if held is None or wish.consumer not in held["consumers"]:
        yield Step((sql.share_usage(name, wish.consumer).do,))
    if strange := [consumer for consumer in (held["consumers"] if held else ()) if not _is_known(consumer)]:
        raise StandingError(f"datashare `{name}` has consumers {', '.join(strange)}: revoke their USAGE by hand")


def end_share(name: str, standing: Standing) -> Iterator[Step]:
    """So that neither the datashare nor what of the schema is ours is left."""
    schema, held = standing["schemas"].get(name), standing["shares"].get(name)
    if held:
        yield from _revoked(name, held["consumers"])
        yield from _cut(name, held["objects"], list(held["schemas"]))
        yield Step((sql.datashare(name).undo,))
    if schema is not None:
        yield from _end_schema(name, schema, standing)


def direct(wish: Direct, standing: Standing) -> Iterator[Step]:
    """So that the role reads the views of the schema, and no other of ours; on others' only they revoke."""
    schema, name, role = standing["schemas"].get(wish.name, _EMPTY), wish.name, wish.role
    views, wanted = _compare(wish.views, schema, standing["user"]), set(map(folded, wish.views))
    readable = {view for view, found in schema["relations"].items() if _holds(found["holders"], role, "SELECT")}
    narrower = [view for view in _narrower(wish.views, schema, views.changed) if view in readable]
    gone = [view for view in views.gone if view in readable]
    yield from _together(_selects(role, name, gone, undo=True))
    if _is_others(schema, standing):
        yield from _together(_selects(role, name, narrower, undo=True))
    _refuse_others(schema, standing, name)
    for some in _some(views.changed, BATCH - 2):
        made = [_made(wish.views, name, view).do for view in some]
        instead = _selects(role, name, [view for view in narrower if view >= some[0]], undo=True)
        yield Step((*_dropped(name, some), *made, *_selects(role, name, some)), tuple(instead))
    yield from _together(_dropped(name, views.gone))
    _refuse_foreign(standing, name, [view for view in views.foreign if view in wanted])
    build = [] if schema["owner"] else [sql.schema(name).do]
    build += [_made(wish.views, name, view).do for view in views.missing]
    if not _holds(schema["holders"], role, "USAGE"):
        build.append(sql.schema_usage(role, name).do)
    lacks = sorted(wanted - readable - set(views.changed))
    yield from _together([*build, *_selects(role, name, lacks)])


def end_direct(wish: Direct, standing: Standing) -> Iterator[Step]:
    schema = standing["schemas"].get(wish.name)
    if schema is None:
        return
    cut = [sql.schema_usage(wish.role, wish.name).undo] if _holds(schema["holders"], wish.role, "USAGE") else []
    ours = _compare({}, schema, standing["user"]).gone
    held = [view for view in ours if _holds(schema["relations"][view]["holders"], wish.role, "SELECT")]
    yield from _together([*cut, *_selects(wish.role, wish.name, held, undo=True)])
    yield from _end_schema(wish.name, schema, standing)


def _compare(wanted: Mapping[str, View], schema: Schema, me: str) -> _Views:
    names = {folded(name): view for name, view in wanted.items()}
    relations = schema["relations"]
    ours = {name for name, relation in relations.items() if relation["type"] == "VIEW" and relation["owner"] == me}
    right = {name for name in ours & set(names) if _is(relations[name], names[name])}
    return _Views(
        gone=sorted(ours - set(names)),
        changed=sorted(ours & set(names) - right),
        missing=sorted(set(names) - set(relations)),
        foreign=sorted(set(relations) - ours),
    )


def _is(relation: Relation, view: View) -> bool:
    return relation["of"] == [*map(folded, view.of)] and relation["columns"] == sorted(map(folded, view.columns))


def _narrower(wanted: Mapping[str, View], schema: Schema, names: Sequence[str]) -> list[str]:
    """Those of these that show what they no longer should."""
    views, relations = {folded(name): view for name, view in wanted.items()}, schema["relations"]
    return [name for name in names if _shows_more(relations[name], views[name])]


def _shows_more(relation: Relation, view: View) -> bool:
    return relation["of"] != [*map(folded, view.of)] or bool(set(relation["columns"]) - set(map(folded, view.columns)))


def _made(wanted: Mapping[str, View], schema: str, name: str) -> sql.Pair:
    view = next(view for declared, view in wanted.items() if folded(declared) == name)
    return sql.view(schema, name, view.of, view.columns)


def _revoked(share: str, consumers: Iterable[str]) -> Iterator[Step]:
    """Of the kinds known here; the end of the datashare ends any other."""
    for consumer in sorted(filter(_is_known, consumers)):
        yield Step((sql.share_usage(share, consumer).undo,))


def _is_known(consumer: str) -> bool:
    return sql.is_account(consumer) or sql.is_guid(consumer)


def _cut(share: str, objects: Mapping[str, str], schemas: Sequence[str]) -> Iterator[Step]:
    """Takes objects and schemas out of the datashare. Alone: a view on which others depend cannot be dropped."""
    functions = sorted({_split(path)[0] for path, kind in objects.items() if kind == "function"})
    out = [
        *_removed(share, sorted(path for path, kind in objects.items() if kind != "function")),
        *(sql.remove_functions(share, schema) for schema in functions),
        *(sql.shared_schema(share, schema).undo for schema in sorted(schemas)),
    ]
    yield from _together(out)


def _end_schema(name: str, schema: Schema, standing: Standing) -> Iterator[Step]:
    views = _compare({}, schema, standing["user"])
    if schema["owner"] == standing["user"] and not views.foreign:
        yield from _together([*_dropped(name, views.gone), sql.schema(name).undo])
        return
    yield from _together(_dropped(name, views.gone))
    _refuse_others(schema, standing, name)
    _refuse_foreign(standing, name, views.foreign)


def _is_others(schema: Schema, standing: Standing) -> bool:
    return schema["owner"] not in ("", standing["user"])


def _refuse_others(schema: Schema, standing: Standing, name: str) -> None:
    """Raises StandingError where the schema is somebody else's; what is cut is cut."""
    if _is_others(schema, standing):
        raise StandingError(
            f"{_where(standing, name)} belongs to {schema['owner']}, not to {standing['user']}: give or drop it by hand"
        )


def _refuse_foreign(standing: Standing, name: str, foreign: Sequence[str]) -> None:
    """Raises StandingError where one of these in the schema is somebody else's; what is cut is cut."""
    if foreign:
        raise StandingError(
            f"{_where(standing, name)} holds {', '.join(foreign)}, which Meshwarden did not make: move or drop it by"
            " hand"
        )


def _where(standing: Standing, name: str) -> str:
    return f"schema `{name}` in database `{standing['database']}`"


def _holds(holders: Sequence[Mapping[str, object]], role: str, privilege: str) -> bool:
    return {"kind": "role", "name": role, "privilege": privilege} in holders


def _removed(share: str, paths: Sequence[str]) -> list[Statement]:
    return [sql.shared_tables(share, [_split(path) for path in some]).undo for some in _some(paths, AT_ONCE)]


def _added(share: str, paths: Sequence[str]) -> list[Statement]:
    return [sql.shared_tables(share, [_split(path) for path in some]).do for some in _some(paths, AT_ONCE)]


def _dropped(schema: str, views: Sequence[str]) -> list[Statement]:
    return [sql.drop_views(schema, some) for some in _some(views, AT_ONCE)]


def _selects(role: str, schema: str, views: Sequence[str], *, undo: bool = False) -> list[Statement]:
    pairs = [sql.select(role, schema, some) for some in _some(views, AT_ONCE)]
    return [pair.undo if undo else pair.do for pair in pairs]


def _split(path: str) -> tuple[str, str]:
    schema, _, name = path.partition(".")
    return schema, name


def _some(names: Sequence[str], at_once: int) -> Iterator[list[str]]:
    for start in range(0, len(names), at_once):
        yield list(names[start : start + at_once])


def _together(statements: Sequence[Statement]) -> Iterator[Step]:
    """Transactions of as many as a batch takes."""
    for start in range(0, len(statements), BATCH):
        yield Step(tuple(statements[start : start + BATCH]))
