"""LF-tags: two kinds of key, their assignment to the central tables, and one tag grant for each (access role, product).

A database carries its product, a table `unclassified`, a classified column its class. So a new column is granted to
nobody until it is classified, also where its table is granted. Unclassified columns carry no tag of their own and
inherit the table's (Lake Formation guide, "How LF-tag inheritance works").
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from engine.grants import names
from engine.grants.limits import TAG_EXPRESSION, TAG_KEYS, TAG_VALUES, allowance
from engine.grants.realise import Realised, Taggable, is_granted_in_lake
from engine.grants.reasons import describe
from engine.model.decided import Entitlement
from engine.model.mesh import Mesh
from engine.model.plan import DatabaseTags, Grant, TableTags, TagKey, TagTarget
from engine.model.products import UNCLASSIFIED, Product


def tag_ontology(mesh: Mesh, taggable: Taggable) -> tuple[TagKey, ...]:
    """The LF-tags of every region: the column classes, and by domain the products."""
    keys = []
    for region in sorted(mesh.governance_account.regions):
        keys.append(
            TagKey(region, None, names.CLASS_KEY, tuple(sorted(names.class_value(item) for item in taggable.classes)))
        )
        for domain in mesh.domains:
            products = [
                names.product_value(product.id)
                for product in mesh.products
                if product.id in taggable.products and product.domain == domain.id and _region(product) == region
            ]
            if products:
                keys.append(TagKey(region, domain.id, names.product_key(domain.id), tuple(sorted(products))))
    return tuple(sorted(keys, key=lambda key: (key.region, key.key)))


def taggable_of(mesh: Mesh, entitlements: Sequence[Entitlement]) -> Taggable:
    """What the LF-tags have room for; where room is short, what `entitlements` need comes first, in their order."""
    governance = mesh.governance_account
    wanted = [entitlement.product for entitlement in entitlements] + [product.id for product in mesh.products]
    values: dict[tuple[str, str], list[str]] = {}
    for product in (mesh.product[id] for id in dict.fromkeys(wanted)):
        if is_granted_in_lake(product) and product.domain is not None:
            values.setdefault((_region(product), product.domain), []).append(product.id)
    keys = dict.fromkeys(governance.regions, 1)
    products: set[str] = set()
    for (region, _), of_domain in values.items():
        keys[region] = keys.get(region, 1) + 1
        if keys[region] <= allowance(TAG_KEYS, governance):
            products.update(of_domain[: allowance(TAG_VALUES, governance)])
    classes = {
        column_class.id for product in mesh.products if is_granted_in_lake(product) for column_class in product.classes
    }
    known = [UNCLASSIFIED.id, *sorted(classes - {UNCLASSIFIED.id})][: allowance(TAG_VALUES, governance)]
    return Taggable(frozenset(products), frozenset(known))


def tag_assignments(mesh: Mesh, taggable: Taggable) -> tuple[DatabaseTags, ...]:
    """The tags of every central database, table and column; a column of a class without a value gets none."""
    known = taggable.classes - {UNCLASSIFIED.id}
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
                    tags={names.CLASS_KEY: names.UNCLASSIFIED_VALUE},
                    columns={
                        column: {names.CLASS_KEY: names.class_value(class_id)} if class_id in known else {}
                        for column, class_id in sorted(class_ids.items())
                    },
                )
                for table, class_ids in sorted(product.class_ids.items())
            ),
        )
        for product in mesh.products
        if product.id in taggable.products and product.domain is not None
    )


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
    product = _product_expression(parts)
    expressions: list[list[str]] = [[]]
    for value in sorted(classes):
        if _bytes({**product, names.CLASS_KEY: (*expressions[-1], value)}) > (TAG_EXPRESSION.value or 0):
            expressions.append([])
        expressions[-1].append(value)
    return [
        _grant(
            mesh,
            parts,
            "table" if number == 1 else f"table-{number}",
            TagTarget("TABLE", {**product, names.CLASS_KEY: tuple(values)}),
            "read columns of",
        )
        for number, values in enumerate(expressions, start=1)
    ]


def _product_expression(parts: Sequence[Realised]) -> dict[str, tuple[str, ...]]:
    return {names.product_key(parts[0].domain): (names.product_value(parts[0].product),)}


def _grant(mesh: Mesh, parts: Sequence[Realised], suffix: str, target: TagTarget, what: str) -> Grant:
    role, product = parts[0].role, parts[0].product
    return Grant(
        id=f"lf_tag/{role.id}/{product}/{suffix}",
        kind="lf_tag",
        account=mesh.governance_account.id,
        region=parts[0].region,
        domain=parts[0].domain,
        product=product,
        role=role.id,
        principal=names.role_arn(role),
        permissions=("DESCRIBE",) if target.resource_type == "DATABASE" else ("DESCRIBE", "SELECT"),
        target=target,
        entitlements=tuple(sorted(part.entitlement.id for part in parts)),
        reason=describe(what, parts),
    )


def _bytes(expression: dict[str, tuple[str, ...]]) -> int:
    """The size of an inline expression, as the JSON in which the API takes it."""
    tags = [{"TagKey": key, "TagValues": list(values)} for key, values in expression.items()]
    return len(json.dumps(tags, separators=(",", ":")).encode())


def _region(product: Product) -> str:
    assert product.server is not None
    return product.server.region
