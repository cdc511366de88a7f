"""What two things in a warehouse may not have in common: a name, an id, a place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.grants.equivalence import check_equivalence
from tests.scenarios.facts import small_mesh
from tests.unit.answers import planned
from tests.unit.grants.equivalence.breaks import ROLE, Break
from tests.unit.grants.equivalence.shares import OF_A_CLUSTER, TWO_PRODUCTS, clash, share_of, tables, target, warehouses
from tests.unit.grants.warehouses import CLUSTER, SERVERLESS


class TestNames:
    @pytest.mark.parametrize(
        ("breaks", "name"),
        [
            (target(name="src"), "schema `src` of warehouse `lending-dwh`"),
            (
                target(OF_A_CLUSTER, name="mw__fraud_analyst__fraud_detection__mortgage___loans__reading"),
                "schema `mw__fraud_analyst__fraud_detection__mortgage___loans__reading` of warehouse `lending-dwh`",
            ),
            (target(database="dev"), "database `dev` of warehouse `reading`"),
            (
                warehouses(CLUSTER, namespace="11111111-0000-0000-0000-000000000001"),
                "namespace `11111111-0000-0000-0000-000000000001`",
            ),
            (tables(lambda _: {"card": "src.loan"}, "mortgage/cards"), "table `src.loan` of warehouse `lending-dwh`"),
        ],
    )
    def test_nothing_in_a_warehouse_has_the_name_of_something_else(self, breaks: Break, name: str) -> None:
        plan = planned(small_mesh(TWO_PRODUCTS))
        check_equivalence(plan)
        assert clash(breaks(plan)) == {name}

    def test_two_warehouses_of_one_id(self) -> None:
        plan = planned(small_mesh(TWO_PRODUCTS))
        first, *others = plan.warehouses
        twin = replace(first, id=others[0].id, database="another")
        clashes = clash(replace(plan, warehouses=(twin, *others)))
        assert f"the id of warehouse `{others[0].id}`" in clashes

    def test_a_product_lies_in_one_place(self) -> None:
        plan = planned(small_mesh(TWO_PRODUCTS))
        twice = replace(plan, warehouse_tables=(*plan.warehouse_tables, plan.warehouse_tables[0]))
        assert "the place of product `mortgage/cards`" in clash(twice)

    def test_two_databases_of_one_name_in_a_warehouse(self) -> None:
        plan = planned(small_mesh(TWO_PRODUCTS))
        cards = share_of(plan, f"datashare/{ROLE}/mortgage/cards/{SERVERLESS}").database
        assert clash(target(database=cards)(plan)) == {f"database `{cards}` of warehouse `{SERVERLESS}`"}
