"""A document and its binding -> a product."""

from __future__ import annotations

from collections import Counter

from engine.model.products import Product, Server, Table
from engine.sources.binding import Binding, TableBinding
from engine.sources.columns import properties, read_columns
from engine.sources.contract import ContractTable
from engine.sources.draft import Draft
from engine.sources.names import check_names
from engine.sources.servers import choose_server
from engine.text.wording import nearest


def read_product(draft: Draft) -> Product:
    """The product of a draft, whose problems and findings grow on the way."""
    contract, said = draft.contract, _said(draft)
    _check_references(draft, said)
    _check_tags(draft)
    domain = _domain(draft, said)
    server = choose_server(draft, domain)
    overlays = _overlays(draft)
    tables = tuple(_table(draft, table, overlays.get(table.name), server) for table in contract.tables)
    if not tables:
        draft.find("empty", (), f"product `{draft.id}` has no schema, so there is nothing to grant")
    product = Product(
        id=draft.id,
        title=contract.title or draft.id,
        domain=domain,
        version=contract.version,
        status=contract.status,
        owner=said.owner,
        kind=said.kind,
        audience=said.audience,
        embargoed_until=said.embargoed_until,
        purposes=said.purposes or (),
        server=server,
        tables=tables,
    )
    _report_missing(draft, product)
    check_names(draft, product)
    return product


def _said(draft: Draft) -> Binding:
    """What the bindings say of the contract, the binding file first."""
    stated = draft.contract.binding or Binding()
    overlay = {key: getattr(draft.binding, key) for key in draft.binding.model_fields_set}
    return stated.model_copy(update={key: value for key, value in overlay.items() if value is not None})


def _domain(draft: Draft, said: Binding) -> str | None:
    """The declared domain. A document may name one that nobody declares here; a binding may not."""
    domain = said.domain or draft.contract.domain
    if domain is None:
        draft.find("unbound", (), f"product `{draft.id}` has no domain; {draft.binding_file} can supply it")
        return None
    if unknown := draft.declared.domains.unknown(domain):
        if said.domain is None:
            message = f"product `{draft.id}` has {unknown}; declare it, or name another in {draft.binding_file}"
            draft.find("unbound", ("domain",), message)
        return None
    return domain


def _check_references(draft: Draft, said: Binding) -> None:
    """A binding names declared groups, purposes and domains only."""
    declared = draft.declared
    named = (
        ("owner", declared.groups, [said.owner] if said.owner else []),
        ("domain", declared.domains, [said.domain] if said.domain else []),
        ("purposes", declared.purposes, list(said.purposes or ())),
    )
    for key, collection, names in named:
        for name in names:
            if unknown := collection.unknown(name):
                draft.problem(draft.mark(key), f"product `{draft.id}` names {unknown}", name)


def _check_tags(draft: Draft) -> None:
    """A custom property names declared tags only; the document's own tags may be anything."""
    for table in draft.contract.tables:
        for node in properties(table.columns):
            for tag in (node.binding.tags or ()) if node.binding else ():
                if unknown := draft.declared.tags.unknown(tag):
                    place = (*node.place, "customProperties")
                    draft.problem((draft.source, place), f"column `{node.path}` has {unknown}", tag)


def _report_missing(draft: Draft, product: Product) -> None:
    facts = (
        ("owner", product.owner),
        ("kind", product.kind),
        ("audience", product.audience),
        ("purposes", product.purposes),
    )
    missing = [key for key, value in facts if not value]
    if missing:
        said = f"product `{draft.id}` lacks {', '.join(missing)}, so no requirement that asks for it is met"
        draft.find("unbound", (), f"{said}; {draft.binding_file} can supply it")


def _overlays(draft: Draft) -> dict[str, TableBinding]:
    """The binding file's tables by name. A table or column that the document lacks is a problem."""
    tables = {table.name: table for table in draft.contract.tables}
    wholes = {table.physical: table.name for table in draft.contract.tables}
    found: dict[str, TableBinding] = {}
    for written, binding in draft.binding.tables.items():
        name = wholes.get(written.lower(), written.lower())
        mark = draft.overlay_mark("tables", written)
        if name not in tables:
            draft.problem(
                mark, f"binding of product `{draft.id}` names unknown table `{written}`{nearest(name, tables)}"
            )
            continue
        if name in found:
            draft.problem(mark, f"binding of product `{draft.id}` names table `{name}` twice")
        found[name] = binding
        _check_columns(draft, tables[name], written, binding)
    return found


def _check_columns(draft: Draft, table: ContractTable, written: str, binding: TableBinding) -> None:
    paths = Counter(node.path for node in properties(table.columns))
    seen: set[str] = set()
    for column, said in binding.columns.items():
        path = column.lower()
        mark = draft.overlay_mark("tables", written, "columns", column)
        if path not in paths:
            draft.problem(
                mark, f"binding of table `{table.name}` names unknown column `{column}`{nearest(path, paths)}"
            )
        elif path in seen:
            draft.problem(mark, f"binding of table `{table.name}` names column `{path}` twice")
        elif paths[path] > 1:
            draft.problem(
                mark, f"binding of table `{table.name}` names `{column}`, as {paths[path]} properties are called"
            )
        seen.add(path)
        for tag in said.tags or ():
            if unknown := draft.declared.tags.unknown(tag):
                source, place = mark
                draft.problem((source, (*place, "tags")), f"column `{column}` has {unknown}", tag)


def _table(draft: Draft, table: ContractTable, overlay: TableBinding | None, server: Server | None) -> Table:
    if not table.columns:
        draft.find(
            "empty", table.place, f"table `{table.name}` has no column, so there is nothing to grant", table.name
        )
    managed = (overlay and overlay.managed) or (table.binding and table.binding.managed) or "lf"
    return Table(
        name=table.name,
        location=_location(draft, table, overlay, server),
        managed=managed,
        columns=read_columns(draft, table, overlay),
    )


def _location(draft: Draft, table: ContractTable, overlay: TableBinding | None, server: Server | None) -> str | None:
    """Where a table lies: as a binding says, else in its own container, else in the server's.

    A container that the binding file gives to the server is newer than what the document writes before its table names.
    """
    if server is None:
        return None
    for said in (overlay, table.binding):
        if said and said.location:
            return said.location.lower()
    bound = draft.binding.server
    moved = bound is not None and (bound.schema_name if server.kind == "redshift" else bound.database) is not None
    own = table.container.rpartition(".")[2] if table.container and not moved else None
    return f"{own or server.container}.{table.physical.rpartition('.')[2] if table.container else table.name}"
