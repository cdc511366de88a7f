"""SELECT: names resolved through schemas, views and datashares, rights checked, run by one in-memory DuckDB.

Which functions there are and what they compute is DuckDB's; who reads what is decided here, before it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from tests.emulator.redshift import system_views
from tests.emulator.redshift.grammar import RESERVED, Path, fold
from tests.emulator.redshift.objects import Relation
from tests.emulator.redshift.outcome import Result, SqlError
from tests.emulator.redshift.privileges import must_read
from tests.emulator.redshift.session import Place, Session

DIALECT = "redshift"
# https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html: DuckDB's name, and the one of Redshift
TYPES = {
    "BOOLEAN": "bool",
    "SMALLINT": "int2",
    "INTEGER": "int4",
    "BIGINT": "int8",
    "HUGEINT": "int8",  # a sum of integers
    "FLOAT": "float4",
    "DOUBLE": "float8",
    "DECIMAL": "numeric",
    "VARCHAR": "varchar",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A table that a query names: its place in the query, and what it is."""

    node: exp.Table
    table: str
    """As DuckDB has it."""
    name: str
    columns: Mapping[str, str]
    place: Place | None = None
    relation: Relation | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A view's query, bound to what it reads."""

    query: str
    definition: str
    columns: Mapping[str, str]
    reads: frozenset[int]


def types(columns: Mapping[str, str]) -> dict[str, str]:
    """Each as the catalogue writes it: `int` is `integer`."""
    return {name: exp.DataType.build(kind, dialect=DIALECT).sql(DIALECT).lower() for name, kind in columns.items()}


def store(duck: duckdb.DuckDBPyConnection, table: Relation, rows: Sequence[Sequence[object]]) -> None:
    columns = ", ".join(f"{_quoted(name)} {_duck_type(kind)}" for name, kind in table.columns.items())
    duck.execute(f"CREATE TABLE {_table(table)} ({columns})")
    _insert(duck, _table(table), rows)


def select(session: Session, text: str) -> Result:
    """Raises SqlError where the user may not read one of what the query names, or there is no such thing."""
    tree = _parse(session, text)
    sources = list(_sources(session, tree))
    for source in sources:
        if source.place is not None and source.relation is not None:
            must_read(session, source.place, source.relation)
    tree = _qualified(tree, sources)
    numbered = {
        _table(relation): relation
        for namespace in session.warehouses.namespaces.values()
        for database in namespace.state.databases.values()
        for _, relation in database.relations()
    }
    tree = _inlined(tree, numbered)
    duck = session.warehouses.duck
    try:
        answer = duck.execute(tree.sql("duckdb"))
        columns = [(str(column[0]), _type(str(column[1]))) for column in answer.description or []]
        rows = answer.fetchall()
    except duckdb.Error as error:
        raise SqlError(f"ERROR: {str(error).splitlines()[0]}") from None
    return Result(
        tuple(name for name, _ in columns), tuple(kind for _, kind in columns), tuple(rows), len(rows), has_result=True
    )


def bind(session: Session, text: str) -> Bound:
    """A regular view's query: it may name what its maker may read, in the current database
    (https://docs.aws.amazon.com/redshift/latest/dg/cross-database_usage.html: views across databases are late-binding).
    """
    tree = _parse(session, text)
    sources = list(_sources(session, tree))
    for source in sources:
        if source.place is None or source.relation is None or source.place.database is not session.database:
            raise SqlError(f'ERROR: a regular view cannot read "{source.name}": it is not of the current database')
        must_read(session, source.place, source.relation)
    tree = _qualified(tree, sources)
    typed = annotate_types(tree.copy(), schema=_schema(sources), dialect=DIALECT)
    columns = {column.alias_or_name: _redshift_type(column) for column in typed.selects}
    if len(columns) != len(tree.selects):
        raise SqlError("ERROR: a view cannot have two columns of one name")
    return Bound(
        tree.sql(DIALECT),
        _definition(tree, sources),
        columns,
        frozenset(source.relation.id for source in sources if source.relation is not None),
    )


def _parse(session: Session, text: str) -> exp.Query:
    try:
        parsed = [tree for tree in sqlglot.parse(text, dialect=DIALECT) if tree is not None]
    except SqlglotError as error:
        raise SqlError(f"ERROR: syntax error: {str(error).splitlines()[0]}") from None
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        raise SqlError("ERROR: syntax error: one query is expected")
    tree = parsed[0]
    if tree.find(exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock) is not None:
        raise SqlError("ERROR: syntax error: a query that only reads is expected")
    if not all(select.expressions for select in tree.find_all(exp.Select)):
        # https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_synopsis.html: the list is not optional
        raise SqlError("ERROR: syntax error: a SELECT without a column")
    known = tree.transform(lambda node: _known_here(session, node))
    assert isinstance(known, exp.Query)
    return known


def _known_here(session: Session, node: exp.Expr) -> exp.Expr:
    """CURRENT_USER, CURRENT_DATABASE() and CURRENT_NAMESPACE, with their names as the columns' names."""
    if isinstance(node, exp.CurrentUser):
        name, found = "current_user", session.user
    elif isinstance(node, exp.CurrentDatabase):
        name, found = "current_database", session.database_name
    elif isinstance(node, exp.Column) and not node.table and node.name.lower() == "current_namespace":
        name, found = "current_namespace", session.namespace.namespace
    else:
        return node
    literal = exp.Literal.string(found)
    return exp.alias_(literal, name) if _is_selected(node) else literal


def _is_selected(node: exp.Expr) -> bool:
    return isinstance(node.parent, exp.Select) and node.arg_key == "expressions"


def _sources(session: Session, tree: exp.Query) -> Iterator[Source]:
    """Each table named anywhere in it, but for what the query itself has named."""
    left = {id(node) for node in tree.find_all(exp.Table)}
    try:
        scopes = traverse_scope(tree)
    except OptimizeError as error:
        raise SqlError(f"ERROR: {error}") from None
    for scope in scopes:
        for node, source in scope.selected_sources.values():
            if isinstance(node, exp.Table) and id(node) in left:
                left.discard(id(node))
                if isinstance(source, exp.Table):
                    yield _source(session, node)
    if left:
        raise SqlError("ERROR: syntax error: a table stands where none is expected")


def _source(session: Session, node: exp.Table) -> Source:
    if not isinstance(node.this, exp.Identifier):
        raise SqlError(f"ERROR: syntax error: {node.sql(DIALECT)} is no table")
    path = Path(tuple(fold(_quoted(part.name)) for part in node.parts))
    if path.parts[-1] in system_views.ALL and path.parts[:-1] in ((), ("pg_catalog",)):
        view = system_views.ALL[path.parts[-1]]
        table = f"s_{view.name}"
        _fill(session, table, view)
        return Source(node, table, view.name, view.columns)
    place, relation = session.relation(path)
    return Source(node, f"r{relation.id}", relation.name, relation.columns, place, relation)


def _fill(session: Session, table: str, view: system_views.View) -> None:
    duck = session.warehouses.duck
    columns = ", ".join(f"{_quoted(name)} {_duck_type(kind)}" for name, kind in view.columns.items())
    duck.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
    _insert(duck, table, list(view.rows(session)))


def _insert(duck: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Written out, since DuckDB looks for pandas at every parameter, which takes longer than the rest of a query."""
    if rows:
        written = (", ".join(exp.convert(value).sql("duckdb") for value in row) for row in rows)
        duck.execute(f"INSERT INTO {table} VALUES ({'), ('.join(written)})")


def _schema(sources: Sequence[Source]) -> dict[str, object]:
    return {source.table: dict(source.columns) for source in sources}


def _qualified(tree: exp.Query, sources: Sequence[Source]) -> exp.Query:
    """With DuckDB's tables, every column named with its table, and `*` spelt out."""
    for source in sources:
        alias = fold(_quoted(source.node.alias)) if source.node.alias else source.name
        source.node.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
        source.node.set("this", exp.to_identifier(source.table, quoted=True))
        source.node.set("db", None)
        source.node.set("catalog", None)
    try:
        found = qualify(tree, schema=_schema(sources), dialect=DIALECT, quote_identifiers=True)
    except OptimizeError as error:
        raise _unknown_column(str(error), sources) from None
    assert isinstance(found, exp.Query)
    return found


def _unknown_column(error: str, sources: Sequence[Source]) -> SqlError:
    parts = error.split("'")
    if len(parts) < 2 or ("could not be resolved" not in error and "Unknown column" not in error):
        return SqlError(f"ERROR: {error}")
    column = parts[1].split(".")[-1].strip('"')
    return SqlError(f'ERROR: column "{column}" does not exist in {", ".join(source.name for source in sources)}')


def _inlined(tree: exp.Query, numbered: Mapping[str, Relation]) -> exp.Query:
    """With each view's query in the place of the view: it runs with what its maker could read, so that whoever may
    read the view needs nothing on what it reads
    (https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html)."""
    for node in list(tree.find_all(exp.Table)):
        relation = numbered.get(node.name)
        if relation is None or relation.query is None:
            continue
        inner = sqlglot.parse_one(relation.query, dialect=DIALECT)
        assert isinstance(inner, exp.Query)
        node.replace(_inlined(inner, numbered).subquery(exp.to_identifier(node.alias, quoted=True)))
    return tree


def _definition(tree: exp.Query, sources: Sequence[Source]) -> str:
    """As SHOW VIEW prints it: https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_VIEW.html"""
    named = {source.table: source for source in sources}

    def plain(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Alias) and isinstance(node.this, exp.Column) and node.alias == node.this.name:
            return node.this
        if isinstance(node, exp.Table) and node.name in named:
            source = named[node.name]
            assert source.place is not None
            schema = source.place.schema.name
            alias = node.alias if node.alias != source.name else None
            return exp.table_(source.name, db=None if schema == "public" else schema, alias=alias, quoted=True)
        return node

    shown = tree.copy().transform(plain)
    for identifier in shown.find_all(exp.Identifier):
        identifier.set("quoted", not _is_plain(identifier.name))
    return shown.sql(DIALECT) + ";"


def _is_plain(name: str) -> bool:
    return name.isidentifier() and name.isascii() and name == name.lower() and name not in RESERVED


def _redshift_type(column: exp.Expr) -> str:
    if column.type is None or column.type.is_type(exp.DataType.Type.UNKNOWN):
        raise SqlError(f'ERROR: the type of column "{column.alias_or_name}" is not known')
    return column.type.sql(DIALECT).lower()


def _table(relation: Relation) -> str:
    return f"r{relation.id}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _duck_type(kind: str) -> str:
    return exp.DataType.build(kind, dialect=DIALECT).sql("duckdb")


def _type(duck: str) -> str:
    kind = TYPES.get(duck.partition("(")[0])
    if kind is None:
        raise SqlError(f"ERROR: type {duck} is not emulated")
    return kind
