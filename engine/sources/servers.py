"""Where a product can be granted: which server of its document, completed by its bindings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from engine.model.fields import S3Location
from engine.model.products import Server
from engine.sources.binding import ServerBinding
from engine.sources.contract import ContractServer
from engine.sources.draft import Draft, Mark
from engine.text.wording import nearest, shown

_KINDS = ("glue", "redshift")
_NOT_OF = {"glue": ("warehouse", "schema_name"), "redshift": ("location",)}
"""By kind, what a binding may say of the other one only."""
_ACCOUNT = re.compile(r"[0-9]{12}")
_S3_LOCATION = TypeAdapter(S3Location)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What is known of a server. `said` tells which keys the binding file says; the rest stands in the document.

    `stray` are keys that a binding says and that this kind of server has not.
    """

    name: str
    kind: str
    account: str | None
    region: str | None
    container: str | None
    database: str | None
    warehouse: str | None
    location: str | None
    mark: Mark
    said: frozenset[str] = frozenset()
    document: Mark | None = None
    stray: tuple[str, ...] = ()

    def lacks(self) -> list[str]:
        """The facts without which it cannot be granted on."""
        if self.kind not in _KINDS:
            return ["kind"]
        if self.kind == "redshift":
            wanted = {"warehouse": self.warehouse, "schema": self.container}
        else:
            account = self.account if self.account and _ACCOUNT.fullmatch(self.account) else None
            wanted = {"account": account, "region": self.region, "database": self.container}
        return [key for key, value in wanted.items() if value is None]

    def at(self, key: str) -> Mark:
        """Where a fact stands: in the binding file when that says it, else at the document's server."""
        if key in self.said or self.document is None:
            source, path = self.mark
            return source, (*path, key)
        source, path = self.document
        return source, (*path, key)


def choose_server(draft: Draft, domain: str | None) -> Server | None:
    """The one server of a product of `domain`. None, and a finding that says what is lacking, when none can be told.

    A binding file's server decides: one of the document's by name, its only one of that kind, or a new one. Without it
    exactly one of the document's must be complete.
    """
    chosen = _bound(draft, draft.binding.server) if draft.binding.server else _only(draft)
    if chosen is None:
        return None
    for key in chosen.stray:
        other = next(kind for kind in _KINDS if kind != chosen.kind)
        said = f"product `{draft.id}` has `{key}`, which only a {other} server has; this one is of kind {chosen.kind}"
        draft.problem(chosen.at(key), f"{said}: leave it out, or say `kind: {other}`")
    if lacking := chosen.lacks():
        said = f"server `{chosen.name}`" if chosen.name else "its server"
        what = f"is of type `{chosen.kind}`, not glue or redshift" if lacking == ["kind"] else f"lacks {_and(lacking)}"
        _unbound(draft, f"{said} {what}")
        return None
    if chosen.kind == "redshift":
        return _warehouse_server(draft, chosen, domain)
    return _lake_server(draft, chosen, domain)


def _and(words: list[str]) -> str:
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]


def _unbound(draft: Draft, said: str) -> None:
    place = ("servers",) if draft.contract.servers else ()
    draft.find("unbound", place, f"product `{draft.id}` cannot be granted: {said}; {draft.binding_file} can supply it")


def _only(draft: Draft) -> _Candidate | None:
    servers = draft.contract.servers
    candidates = [_candidate(draft, server, None) for server in servers]
    complete = [candidate for candidate in candidates if not candidate.lacks()]
    if len(complete) == 1:
        return complete[0]
    if complete:
        names = ", ".join(f"`{candidate.name}`" for candidate in complete)
        _unbound(draft, f"each of the servers {names} could be meant")
        return None
    near = [candidate for candidate in candidates if candidate.kind in _KINDS]
    if len(near) == 1:
        return near[0]
    types = ", ".join(sorted({f"`{server.type}`" for server in servers}))
    if near:
        _unbound(draft, "none of its Glue and Redshift servers is complete")
    else:
        _unbound(draft, f"its servers are of type {types}, not Glue or Redshift" if servers else "it has no server")
    return None


def _bound(draft: Draft, binding: ServerBinding) -> _Candidate | None:
    servers = draft.contract.servers
    if binding.name is not None:
        named = [server for server in servers if server.name == binding.name]
        if len(named) == 1:
            return _candidate(draft, named[0], binding)
        who, near = f"binding of product `{draft.id}` names", nearest(binding.name, [server.name for server in servers])
        many = f"server `{binding.name}`, as {len(named)} servers are called"
        said = many if named else f"unknown server `{binding.name}`{near}"
        draft.problem(draft.overlay_mark("server", "name"), f"{who} {said}")
        return None
    alike = [server for server in servers if _kind(server) in _KINDS and binding.kind in (None, _kind(server))]
    return _candidate(draft, alike[0] if len(alike) == 1 else None, binding)


def _kind(server: ContractServer) -> str:
    return (server.binding.kind if server.binding else None) or server.type


def _candidate(draft: Draft, server: ContractServer | None, overlay: ServerBinding | None) -> _Candidate:
    """A server of the document, as the bindings complete and override it.

    What the document says of a server of another type, or before its table names, is of another place: not taken.
    """
    layers = [layer for layer in (overlay, server.binding if server else None) if layer is not None]

    def said(key: str, documented: str | None = None) -> str | None:
        return next((value for layer in layers if (value := getattr(layer, key)) is not None), documented)

    assumed = server.type if server else "redshift" if said("warehouse") else "glue"
    kind = said("kind") or assumed
    own = server if server and server.type == kind else None
    database = said("database", own.database if own else None)
    schema = said("schema_name", own.schema if own else None)
    container = schema if kind == "redshift" else database
    prefixes = {table.container.rpartition(".")[2] for table in draft.contract.tables if table.container}
    if container is None and not draft.contract.servers and len(prefixes) == 1:
        container = next(iter(prefixes))
    document: Mark | None = (draft.source, server.place) if server else None
    return _Candidate(
        name=server.name if server else "",
        kind=kind,
        account=said("account", own.account if own else None),
        region=said("region", own.region if own else None),
        container=container.lower() if container else None,
        database=database,
        warehouse=said("warehouse"),
        location=said("location", own.location if own else None),
        mark=draft.overlay_mark("server") if overlay else (draft.source, server.place if server else ()),
        said=frozenset(map(_key, overlay.model_fields_set)) if overlay else frozenset(),
        document=document,
        stray=tuple(_key(name) for name in _NOT_OF.get(kind, ()) if said(name) is not None),
    )


def _key(field: str) -> str:
    """A field of a server's binding as its author writes it."""
    return ServerBinding.model_fields[field].alias or field


def _lake_server(draft: Draft, chosen: _Candidate, domain: str | None) -> Server | None:
    if chosen.account is None or chosen.region is None or chosen.container is None:
        return None
    _check(draft, chosen, chosen.account, chosen.region, domain)
    return Server(
        kind="glue",
        account=chosen.account,
        region=chosen.region,
        container=chosen.container,
        location=_s3_location(draft, chosen),
    )


def _s3_location(draft: Draft, chosen: _Candidate) -> str | None:
    """Where the data lie; None, and a finding, when no S3 location is said. A document may name another store."""
    try:
        location = _S3_LOCATION.validate_python(chosen.location)
    except ValidationError:
        who = f"server `{chosen.name}`" if chosen.name else "its server"
        elsewhere = f"has location `{shown(chosen.location)}`, which is not in S3"
        _unbound(draft, f"{who} {elsewhere if chosen.location else 'lacks an S3 location'}")
        return None
    draft.location = chosen.at("location")
    return location.rstrip("/")


def _warehouse_server(draft: Draft, chosen: _Candidate, domain: str | None) -> Server | None:
    if chosen.warehouse is None or chosen.container is None:
        return None
    if unknown := draft.declared.warehouses.unknown(chosen.warehouse):
        draft.problem(chosen.at("warehouse"), f"product `{draft.id}` names {unknown}", chosen.warehouse)
    warehouse = draft.declared.warehouses.by_id.get(chosen.warehouse)
    if warehouse is None:
        return None
    for key, stated, actual in (
        ("account", chosen.account, warehouse.account),
        ("region", chosen.region, warehouse.region),
        ("database", chosen.database, warehouse.database),
    ):
        if stated is not None and stated.lower() != actual.lower():
            said = f"product `{draft.id}` has {key} `{stated}`, but warehouse `{warehouse.id}` has {key} `{actual}`"
            draft.problem(chosen.at(key), said)
    _check(draft, chosen, warehouse.account, warehouse.region, domain)
    return Server(
        kind="redshift",
        account=warehouse.account,
        region=warehouse.region,
        container=chosen.container,
        warehouse=warehouse.id,
    )


def _check(draft: Draft, chosen: _Candidate, account_id: str, region: str, domain: str | None) -> None:
    """Is the account a producer's, and does everybody concerned declare the region? Notes a problem for each no."""
    declared = draft.declared
    key = "warehouse" if chosen.kind == "redshift" else "account"
    unknown = declared.accounts.unknown(account_id)
    if unknown and chosen.kind != "redshift":  # a warehouse's account is the warehouse's problem
        draft.problem(chosen.at(key), f"product `{draft.id}` lies in {unknown}", account_id)
    account = declared.accounts.by_id.get(account_id)
    if account is not None and "producer" not in account.roles:
        draft.problem(
            chosen.at(key), f"product `{draft.id}` lies in account `{account_id}`, which is no producer", account_id
        )
    key = "warehouse" if chosen.kind == "redshift" else "region"
    home = declared.domains.by_id.get(domain or "")
    for who, regions in (
        (f"account `{account_id}`", account.regions if account and chosen.kind != "redshift" else None),
        ("the governance account", declared.governance.regions if declared.governance else None),
        (f"domain `{domain}`", home.regions if home else None),
    ):
        if regions is not None and region not in regions:
            said = f"product `{draft.id}` lies in region `{region}`, which {who} does not declare"
            draft.problem(chosen.at(key), said, region)
