"""What agreements say of the rest of the mesh."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Problem
from engine.model.agreements import Agreement
from engine.model.products import Product
from engine.sources.declarations import Declarations
from engine.sources.references import names
from engine.text.declared import Collection, Declared
from engine.text.wording import nearest


def check_agreement(
    item: Declared[Agreement], declared: Declarations, products: dict[str, Product], product_names: frozenset[str]
) -> Iterator[Problem]:
    """Names that are not declared, tables its product lacks, accounts its persona lacks. The rest is policy."""
    agreement, who = item.fact, f"agreement `{item.fact.id}`"
    yield from names(item, who, "persona", [agreement.persona], declared.personas)
    yield from names(item, who, "purpose", [agreement.purpose], declared.purposes)
    yield from names(item, who, "accounts", agreement.accounts, declared.accounts)
    yield from names(item, who, "requester", [agreement.requester], declared.principals)
    for approval in agreement.approvals:
        yield from names(item, who, "approvals", [approval.approver], declared.principals)
    if agreement.product not in product_names:
        near = nearest(agreement.product, product_names)
        yield item.problem(f"{who} names unknown product `{agreement.product}`{near}", "product")
    product = products.get(agreement.product)
    for table in agreement.tables or () if product else ():
        if product and table not in product.tables_by_name:
            near = nearest(table, product.tables_by_name)
            yield item.problem(
                f"{who} names unknown table `{table}` of product `{product.id}`{near}", "tables", value=table
            )
    persona = declared.personas.by_id.get(agreement.persona)
    for account in agreement.accounts if persona else ():
        if persona and account in declared.accounts.names and account not in persona.accounts:
            said = f"{who} has account `{account}`, which persona `{persona.id}` does not have"
            yield item.problem(said, "accounts", value=account)


def check_agreements(
    agreements: Collection[Agreement],
    declared: Declarations,
    products: dict[str, Product],
    product_names: frozenset[str],
) -> Iterator[Problem]:
    """The problems of all agreements, those of their reading included."""
    yield from agreements.problems
    for item in agreements.declared:
        yield from check_agreement(item, declared, products, product_names)
