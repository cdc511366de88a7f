"""What is told of a plan as a whole: what shares a name, how much was compared, how much is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import EquivalenceError
from engine.grants.equivalence import check_equivalence, compare
from tests.scenarios.facts import small_mesh
from tests.unit.answers import planned
from tests.unit.grants.equivalence.breaks import OTHER, ROLE


def test_what_shares_a_name_is_found_out() -> None:
    plan = planned(small_mesh())
    (database,) = plan.assignments
    (policy,) = plan.session_policies
    first, second = plan.access_roles
    shared = replace(
        plan,
        assignments=(database, replace(database, product="mortgage/other", tables=())),
        access_roles=(first, replace(second, arn=first.arn, policies=first.policies)),
        session_policies=(policy, replace(policy, id="another")),
    )
    texts = [item.text for item in compare(shared).differences if " share " in item.text]
    assert sorted(texts) == [
        f"`another` and `fraud-analyst/fraud-detection/300000000001/mortgage/loans` share policy `{policy.arn}`",
        f"`{OTHER}/{next(iter(first.policies))}` and `{ROLE}/{next(iter(first.policies))}` share"
        f" policy `arn:aws:iam::300000000001:policy/{next(iter(first.policies))}`",
        f"`{OTHER}` and `{ROLE}` share role `{first.arn}`",
        "`mortgage/other` and `mortgage/loans` share database `mortgage__loans` of eu-west-1",
        "`mortgage/other` and `mortgage/loans` share value `('mw-product-mortgage', 'mortgage/loans')` of eu-west-1",
    ]


def test_what_stands_there_twice_is_found_out() -> None:
    plan = planned(small_mesh())
    (database,) = plan.assignments
    key, link, table = plan.ontology[0], plan.links[0], database.tables[0]
    twice = replace(
        plan,
        ontology=(*plan.ontology, replace(key, values=())),
        links=(link, replace(link, target_database="another")),
        assignments=(replace(database, tables=(*database.tables, replace(table, columns={}))),),
    )
    texts = {item.text for item in compare(twice).differences if " share " in item.text}
    assert texts == {
        f"`mortgage` and `mortgage` share LF-tag `{key.key}` of eu-west-1",
        f"`{link.id}` and `{link.id}` share link `300000000001/mortgage__loans` of eu-west-1",
        f"`mortgage/loans` and `mortgage/loans` share table `mortgage__loans/{table.name}` of eu-west-1",
    }


def test_many_differences_are_counted_and_ten_are_shown() -> None:
    columns = {f"c{number:02}": "internal" for number in range(20)}
    plan = planned(small_mesh({"products": {"mortgage/loans": {"tables": {"loan": columns}}}}))
    with pytest.raises(EquivalenceError, match="in 28 places") as told:
        check_equivalence(replace(plan, grants=()))
    assert len(str(told.value).splitlines()) == 11


def test_what_is_compared_is_counted() -> None:
    comparison = compare(planned(small_mesh()))
    assert (comparison.roles, comparison.sessions, comparison.columns) == (2, 1, 6)
    assert comparison.differences == ()
