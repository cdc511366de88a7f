"""Links broken by hand: a role reads a central table only through a link that leads there, and that it sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.grants.equivalence import check_equivalence
from engine.model.plan import LinkPlan, LinkTarget, Plan
from tests.scenarios.facts import small_mesh
from tests.unit.answers import planned
from tests.unit.grants.equivalence.breaks import (
    ACCESS,
    LINK,
    LINK_GRANT,
    OTHER,
    ROLE,
    SESSION,
    Break,
    Found,
    assert_found,
    found,
    grants,
    without_grant,
)


def link(change: Callable[[LinkPlan], LinkPlan]) -> Break:
    return lambda plan: replace(plan, links=tuple(change(item) for item in plan.links))


UNLINKED = {(ROLE, "missing", ".", LINK)}
BREAKS: dict[str, tuple[Break, set[Found]]] = {
    "there is no link": (lambda plan: replace(plan, links=()), {(ROLE, "missing", ".", "")}),
    "a link leads to another database": (
        link(lambda item: replace(item, target_database="mortgage__other")),
        UNLINKED,
    ),
    "a link leads to another catalog": (link(lambda item: replace(item, target_catalog="200000000001")), UNLINKED),
    "a link stands in another account": (
        link(lambda item: replace(item, account="200000000001")),
        {(ROLE, "missing", ".", "")},
    ),
    "a link stands in another region": (link(lambda item: replace(item, region="eu-central-1")), UNLINKED),
    "nobody is granted the link": (without_grant(LINK_GRANT), UNLINKED),
    "the grant is on another link": (
        lambda plan: grants(plan, LINK_GRANT, lambda grant: replace(grant, target=LinkTarget("mortgage__other"))),
        UNLINKED,
    ),
    "the grant is to nothing": (
        lambda plan: grants(plan, LINK_GRANT, lambda grant: replace(grant, permissions=())),
        UNLINKED,
    ),
    "the grant is to another role": (
        lambda plan: grants(
            plan,
            LINK_GRANT,
            lambda grant: replace(grant, principal=next(role.arn for role in plan.access_roles if role.id == OTHER)),
        ),
        UNLINKED,
    ),
    "the grant lies in the governance catalog": (
        lambda plan: grants(plan, LINK_GRANT, lambda grant: replace(grant, account="100000000001")),
        UNLINKED,
    ),
    "a link goes by a name that no policy holds": (
        lambda plan: grants(
            link(lambda item: replace(item, name="loans"))(plan),
            LINK_GRANT,
            lambda grant: replace(grant, target=LinkTarget("loans")),
        ),
        {(ROLE, "missing", f"{table}.", at_fault) for table in ("", "loan", "payment") for at_fault in ("", SESSION)}
        | {(ROLE, "excess", ".", at_fault) for at_fault in (ACCESS, SESSION)},
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_broken_link_is_found_out(case: str) -> None:
    assert_found({}, *BREAKS[case])


def test_two_links_to_one_database_are_one_way_more() -> None:
    plan = planned(small_mesh())
    (only,) = plan.links
    second: Plan = replace(plan, links=(replace(only, id="another", name="a_loans"), only))
    check_equivalence(second)
    assert found(second) == set()
