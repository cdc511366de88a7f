"""LF-tags: the ontology, what carries which, and what an expression opens."""

from __future__ import annotations

import json

import pytest

from engine.grants.lf_tag.evaluate import readable_by_tags
from engine.grants.limits import TAG_EXPRESSION
from engine.model.plan import DatabaseTags, Grant, Plan, TableTags, TagKey, TagTarget
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import planned

CATALOG, REGION = "100000000001", "eu-west-1"


def evaluated(
    expression: dict[str, tuple[str, ...]],
    database: dict[str, str],
    table: dict[str, str],
    columns: dict[str, dict[str, str]],
) -> set[str]:
    """The columns that SELECT on an expression opens, in a catalog of one table; keys `k`, `l`, values `a`, `b`."""
    grant = Grant(
        "g", "lf_tag", CATALOG, REGION, "d", "p", "r", "arn", ("SELECT",), TagTarget("TABLE", expression), (), ""
    )
    plan = Plan(
        version=1,
        policy_hash="",
        facts_hash="",
        now=planned(small_mesh()).now,
        valid_until=None,
        ontology=tuple(TagKey(REGION, "d", key, ("a", "b")) for key in ("k", "l")),
        assignments=(DatabaseTags(CATALOG, REGION, "d", "p", "db", database, (TableTags("t", table, columns),)),),
        locations=(),
        warehouses=(),
        warehouse_tables=(),
        access_roles=(),
        links=(),
        opt_ins=(),
        session_policies=(),
        entitlements=(),
        grants=(grant,),
        unrealised=(),
    )
    ((_, places),) = readable_by_tags(plan)
    return {column for _, _, _, _, column in places}


class TestEvaluation:
    @pytest.mark.parametrize(
        ("database", "table", "column", "opens"),
        [
            ({}, {}, {"k": "a"}, True),
            ({}, {"k": "a"}, {}, True),
            ({"k": "a"}, {}, {}, True),
            ({}, {}, {}, False),
            ({}, {}, {"k": "b"}, False),
            ({}, {}, {"l": "a"}, False),
            # a value of the resource's own overrides what it inherits
            ({"k": "a"}, {"k": "b"}, {}, False),
            ({}, {"k": "a"}, {"k": "b"}, False),
            ({"k": "b"}, {}, {"k": "a"}, True),
            # a value that the catalog does not define is none
            ({}, {}, {"k": "c"}, False),
        ],
    )
    def test_a_column_inherits_and_overrides(
        self, database: dict[str, str], table: dict[str, str], column: dict[str, str], opens: bool
    ) -> None:
        assert evaluated({"k": ("a",)}, database, table, {"x": column}) == ({"x"} if opens else set())

    @pytest.mark.parametrize(
        ("expression", "opened"),
        [
            ({"k": ("a",)}, {"both", "one"}),
            ({"k": ("a", "b")}, {"both", "one", "other"}),
            ({"k": ("a",), "l": ("a",)}, {"both"}),
            ({"k": ("a",), "l": ("b",)}, set()),
            ({"k": ("c",)}, set()),
            ({}, set()),
        ],
    )
    def test_every_key_needs_one_of_its_values(self, expression: dict[str, tuple[str, ...]], opened: set[str]) -> None:
        columns = {"both": {"k": "a", "l": "a"}, "one": {"k": "a"}, "other": {"k": "b"}}
        assert evaluated(expression, {}, {}, columns) == opened


class TestCompilation:
    def test_a_product_on_its_database_unclassified_on_its_tables_a_class_on_its_columns(self) -> None:
        (database,) = planned(
            small_mesh({"products": {"mortgage/loans": {"tables": {"loan": {"remark": "unclassified"}}}}})
        ).assignments
        assert (database.catalog, database.region, database.database) == (CATALOG, REGION, "mortgage__loans")
        assert database.tags == {"mw-product-mortgage": "mortgage/loans"}
        assert [table.tags for table in database.tables] == [{"mw-class-mortgage": "unclassified"}] * 2
        assert database.tables[0].columns == {
            "amount": {"mw-class-mortgage": "confidential.impersonal"},
            "borrower": {"mw-class-mortgage": "restricted.personal.iban"},
            "id": {"mw-class-mortgage": "internal.impersonal"},
            "remark": {},
        }

    def test_the_ontology_defines_what_is_assigned_and_no_more(self) -> None:
        classes, products = planned(small_mesh()).ontology
        assert (classes.region, classes.domain, classes.key) == ("eu-west-1", "mortgage", "mw-class-mortgage")
        assert (products.region, products.domain, products.key) == ("eu-west-1", "mortgage", "mw-product-mortgage")
        assert products.values == ("mortgage/loans",)
        assert classes.values == (
            "confidential.impersonal",
            "confidential.personal",
            "internal.impersonal",
            "restricted.personal.iban",
            "unclassified",
        )

    def test_a_long_class_is_hashed_and_still_matches(self) -> None:
        tags = {f"a-tag-with-a-long-name-{number}": {"title": "x"} for number in range(3)}
        column = f"restricted personal {' '.join(tags)}"
        mesh = small_mesh({"tags": tags, "products": {"mortgage/loans": {"tables": {"loan": {"borrower": column}}}}})
        plan = planned(mesh)
        value = plan.assignments[0].tables[0].columns["borrower"]["mw-class-mortgage"]
        assert len(value) == 50
        opened = {place[4] for _, places in readable_by_tags(plan) for place in places}
        assert "borrower" in opened

    def test_an_expression_too_long_for_one_grant_is_split(self) -> None:
        tags = {f"quite-a-long-tag-{number:02}": {"title": "x"} for number in range(40)}
        columns = {f"c{number}": f"internal {tag}" for number, tag in enumerate(tags)}
        mesh = small_mesh({"tags": tags, "products": {"mortgage/loans": {"tables": {"loan": columns}}}})
        plan = planned(mesh)
        expressions = [
            grant.target.expression
            for grant in plan.grants
            if isinstance(grant.target, TagTarget) and grant.target.resource_type == "TABLE"
        ]
        assert len(expressions) > 1
        for expression in expressions:
            sent = [{"TagKey": key, "TagValues": values} for key, values in expression.items()]
            assert len(json.dumps(sent, separators=(",", ":"))) <= (TAG_EXPRESSION.value or 0)
        values = [value for expression in expressions for value in expression["mw-class-mortgage"]]
        assert len(values) == len(set(values)) == 44
        assert len([grant.id for grant in plan.grants]) == len({grant.id for grant in plan.grants})

    @pytest.mark.parametrize(
        ("facts", "kinds"),
        [
            ({}, {"lf_tag"}),
            # named tables: by name, so that the next table is not covered
            ({"tables": ["loan", "payment"]}, {"lf_column"}),
            ({"tables": ["loan"]}, {"lf_column"}),
        ],
    )
    def test_whole_products_by_tags_and_named_tables_by_name(self, facts: Facts, kinds: set[str]) -> None:
        plan = planned(small_mesh({"agreements": {"loans-for-fraud": facts}}))
        assert {grant.kind for grant in plan.grants if "SELECT" in grant.permissions} == kinds

    def test_where_tags_would_say_too_much_columns_are_named(self) -> None:
        """A partition key keeps one table from being granted, and the classes of the other would open it."""
        tables = {"payment": {"branch": "restricted personal iban partition key"}}
        mesh = small_mesh(
            {
                "products": {"mortgage/loans": {"tables": tables}},
                "agreements": {"loans-for-fraud": {"max_classification": "confidential"}},
            }
        )
        plan = planned(mesh)
        assert [(item.table, item.limit) for item in plan.unrealised] == [("payment", "partition-key")]
        assert {grant.kind for grant in plan.grants if "SELECT" in grant.permissions} == {"lf_column"}
