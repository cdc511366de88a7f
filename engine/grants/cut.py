"""What ends at once at the data when an agreement is over, without Terraform: grants to take, and to give before.

What stands is compared with what is planned once the agreement is over. What no other entitlement needs is revoked,
whichever plan it came from. A tag grant whose expression gets narrower is another grant to AWS, so the narrower one is
given first: whoever keeps an entitlement keeps reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import PlanError
from engine.grants import names
from engine.grants.lf_grants_live import Listed, database_of, expected_grants, principal_of, thing_of, thing_of_grant
from engine.model.agreements import Agreement
from engine.model.decided import AccessRole
from engine.model.mesh import Mesh
from engine.model.plan import ColumnTarget, LinkTarget, Plan, ShareTarget, TagTarget
from engine.model.standing import Thing


@dataclass(frozen=True, slots=True)
class Part:
    """What is cut: the grants of these principals on one product, by its central database and by its tag."""

    catalog: str
    region: str
    product: str
    database: str
    tag: tuple[str, str]
    principals: frozenset[str]


@dataclass(frozen=True, slots=True)
class Act:
    """A call of GrantPermissions or of RevokePermissions; `request` are its arguments."""

    thing: Thing
    request: dict[str, Any]


def part_of(mesh: Mesh, agreement: Agreement) -> Part:
    """What an agreement gives in the lake, whatever was granted under it. Raises PlanError where that is nothing."""
    product = mesh.product[agreement.product]
    if product.server is None or product.server.kind != "glue" or product.domain is None:
        raise PlanError(f"product `{product.id}` is not granted in the lake, so nothing can be cut there")
    roles = [AccessRole(agreement.persona, agreement.purpose, account) for account in agreement.accounts]
    return Part(
        catalog=mesh.governance_account.id,
        region=product.server.region,
        product=product.id,
        database=names.central_database(product.id),
        tag=(names.product_key(product.domain), names.product_value(product.id)),
        principals=frozenset(names.role_arn(role) for role in roles),
    )


def revocations(after: Plan, part: Part, listed: Iterable[Listed]) -> list[Act]:
    """What stands and is not planned any more, as narrow as AWS takes it."""
    expected = expected_grants(after)
    acts = []
    for item in listed:
        thing, value = thing_of(item, part.catalog, part.region)
        if principal_of(thing) not in part.principals or not _is_of(part, thing, item["Resource"]):
            continue
        resource: dict[str, Any] = {kind: of for kind, of in item["Resource"].items() if of is not None}
        permissions = _texts(value["permissions"])
        if (kept := expected.get(thing)) is not None:
            columns = _without(value["columns"], kept["columns"])
            permissions = permissions if columns else _without(permissions, kept["permissions"])
            if columns:
                resource = {"TableWithColumns": {**resource["TableWithColumns"], "ColumnNames": columns}}
        if permissions:
            acts.append(_act(part, thing, resource, permissions))
    return acts


def replacements(after: Plan, part: Part, listed: Iterable[Listed]) -> list[Act]:
    """What is planned for the same principals on the same product, and does not stand yet."""
    standing = {thing_of(item, part.catalog, part.region)[0] for item in listed}
    acts = []
    for grant in after.grants:
        ours = grant.principal in part.principals and grant.product == part.product
        target = grant.target
        if not ours or isinstance(target, LinkTarget | ShareTarget):
            continue
        if (thing := thing_of_grant(grant)) not in standing:
            acts.append(_act(part, thing, _resource(target, grant.account), list(grant.permissions)))
    return acts


def _is_of(part: Part, thing: Thing, resource: Mapping[str, Any]) -> bool:
    """Whether a grant is on the product's database, or on its tag."""
    expression = (resource.get("LFTagPolicy") or {}).get("Expression") or ()
    key, value = part.tag
    tagged = any(term["TagKey"] == key and value in term["TagValues"] for term in expression)
    return tagged or database_of(thing) == part.database


def _resource(target: TagTarget | ColumnTarget, catalog: str) -> dict[str, Any]:
    if isinstance(target, ColumnTarget):
        named = {"CatalogId": catalog, "DatabaseName": target.database, "Name": target.table}
        return {"TableWithColumns": {**named, "ColumnNames": list(target.columns)}}
    expression = [{"TagKey": key, "TagValues": list(values)} for key, values in sorted(target.expression.items())]
    return {"LFTagPolicy": {"CatalogId": catalog, "ResourceType": target.resource_type, "Expression": expression}}


def _act(part: Part, thing: Thing, resource: dict[str, Any], permissions: Sequence[str]) -> Act:
    return Act(
        thing,
        {
            "CatalogId": part.catalog,
            "Principal": {"DataLakePrincipalIdentifier": principal_of(thing)},
            "Resource": resource,
            "Permissions": list(permissions),
        },
    )


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)
    return value


def _without(held: object, kept: object) -> list[str]:
    return sorted(set(_texts(held)) - set(_texts(kept)))
