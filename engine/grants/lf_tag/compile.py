"""LF-tags: two keys for each domain, their assignment to the central tables, and one tag grant for each (access role,
product).

A domain has a key of classes of its own, so that the key stands in one Terraform state with all that carries it: AWS
refuses to drop a value that is still assigned, and no two states change at once.

A database carries its product, a table `unclassified`, a classified column its class. So a new column is granted to
nobody until it is classified, also where its table is granted. Unclassified columns carry no tag of their own and
inherit the table's (Lake Formation guide, "How LF-tag inheritance works").
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from engine.grants import names
from engine.grants.grant import grant_to_role
from engine.grants.limits import TAG_EXPRESSION, TAG_KEYS, TAG_VALUES, allowance
from engine.grants.realise import Realised, Taggable, is_granted_in_lake, is_leaving
from engine.model.decided import Entitlement
from engine.model.mesh import Mesh
from engine.model.plan import DatabaseTags, Grant, TableTags, TagKey, TagTarget
from engine.model.products import UNCLASSIFIED, Product

_KEYS_OF_A_DOMAIN = 2


def tag_ontology(mesh: Mesh, taggable: Taggable) -> tuple[TagKey, ...]:
    """The LF-tags of every region, two for each domain: its products, and the column classes of its products."""
    products: dict[tuple[str, str], list[str]] = {}
    for product in mesh.products:
        if product.id in taggable.products and product.domain is not None:
            products.setdefault((_region(product), product.domain), []).append(names.product_value(product.id))
    keys = []
    for (region, domain), values in products.items():
        classes = sorted(names.class_value(item) for item in taggable.classes[region, domain])
        keys.append(TagKey(region, domain, names.product_key(domain), tuple(sorted(values))))
        keys.append(TagKey(region, domain, names.class_key(domain), tuple(classes)))
    return tuple(sorted(keys, key=lambda key: (key.region, key.key)))


def taggable_of(mesh: Mesh, entitlements: Sequence[Entitlement]) -> Taggable:
    """What the LF-tags have room for; where room is short, what `entitlements` need comes first, in their order."""
    governance = mesh.governance_account
    room = allowance(TAG_VALUES, governance)
    wanted = [entitlement.product for entitlement in entitlements] + [
        product.id for product in mesh.products if not is_leaving(mesh, product)
    ]
    by_place: dict[tuple[str, str], list[Product]] = {}
    for product in (mesh.product[id] for id in dict.fromkeys(wanted)):
        if is_granted_in_lake(product) and product.domain is not None:
            by_place.setdefault((_region(product), product.domain), []).append(product)
    keys = dict.fromkeys(governance.regions, 0)
    products: set[str] = set()
    classes: dict[tuple[str, str], frozenset[str]] = {}
    for (region, domain), of_domain in by_place.items():
        keys[region] = keys.get(region, 0) + _KEYS_OF_A_DOMAIN
        if keys[region] > allowance(TAG_KEYS, governance):
            continue
        tagged = of_domain[:room]
        products.update(product.id for product in tagged)
        needed = {column_class.id for product in tagged for column_class in product.classes} - {UNCLASSIFIED.id}
        classes[region, domain] = frozenset([UNCLASSIFIED.id, *sorted(needed)][:room])
    return Taggable(frozenset(products), classes)


def tag_assignments(mesh: Mesh, taggable: Taggable) -> tuple[DatabaseTags, ...]:
    """The tags of every central database, table and column; a column of a class without a value gets none."""
    return tuple(
        DatabaseTags(
            catalog=mesh.governance_account.id,
            region=_region(product),
            domain=product.domain,
            product=product.id,
            database=names.central_database(product.id),
            tags={names.product_key(product.domain): names.product_value(product.id)},
            tables=tuple(
                TableTags(
                    name=table,
                    tags={names.class_key(product.domain): names.UNCLASSIFIED_VALUE},
                    columns={
                        column: _column_tags(product, class_id, taggable)
                        for column, class_id in sorted(class_ids.items())
                    },
                )
                for table, class_ids in sorted(product.class_ids.items())
            ),
        )
        for product in mesh.products
        if product.id in taggable.products and product.domain is not None
    )


def _column_tags(product: Product, class_id: str, taggable: Taggable) -> dict[str, str]:
    assert product.domain is not None
    if class_id == UNCLASSIFIED.id or class_id not in taggable.classes[_region(product), product.domain]:
        return {}
    return {names.class_key(product.domain): names.class_value(class_id)}


def database_grant(mesh: Mesh, parts: Sequence[Realised]) -> Grant:
    """DESCRIBE on the product's central database; `parts` are of one role and product."""
    return _grant(mesh, parts, "database", TagTarget("DATABASE", _product_expression(parts)), "see")


def table_grants(mesh: Mesh, parts: Sequence[Realised]) -> list[Grant]:
    """SELECT on the parts' classes in every table of the product, in as many expressions as AWS's size asks for."""
    by_table = mesh.product[parts[0].product].class_ids
    classes = {
        names.class_value(by_table[table][column])
        for part in parts
        for table, columns in part.columns.items()
        for column in columns
    }
    product, key = _product_expression(parts), names.class_key(parts[0].domain)
    expressions: list[list[str]] = [[]]
    for value in sorted(classes):
        if expression_bytes({**product, key: (*expressions[-1], value)}) > (TAG_EXPRESSION.value or 0):
            expressions.append([])
        expressions[-1].append(value)
    return [
        _grant(
            mesh,
            parts,
            "table" if number == 1 else f"table-{number}",
            TagTarget("TABLE", {**product, key: tuple(values)}),
            "read columns of",
        )
        for number, values in enumerate(expressions, start=1)
    ]


def _product_expression(parts: Sequence[Realised]) -> dict[str, tuple[str, ...]]:
    return {names.product_key(parts[0].domain): (names.product_value(parts[0].product),)}


def _grant(mesh: Mesh, parts: Sequence[Realised], suffix: str, target: TagTarget, what: str) -> Grant:
    return grant_to_role(
        "lf_tag",
        parts,
        account=mesh.governance_account.id,
        permissions=("DESCRIBE",) if target.resource_type == "DATABASE" else ("DESCRIBE", "SELECT"),
        target=target,
        what=what,
        suffix=f"/{suffix}",
    )


def expression_bytes(expression: dict[str, tuple[str, ...]]) -> int:
    """The size of an inline expression, as the JSON in which the API takes it."""
    tags = [{"TagKey": key, "TagValues": list(values)} for key, values in expression.items()]
    return len(json.dumps(tags, separators=(",", ":")).encode())


def _region(product: Product) -> str:
    assert product.server is not None
    return product.server.region
