"""Why: the chain holds everything that an entitlement rests on, and says it in words."""

from __future__ import annotations

from dataclasses import replace

from engine.graph.explain import explain
from engine.graph.index import index_access
from engine.graph.names import Target
from engine.graph.why import Chain, why
from tests.unit.graph.small import (
    CONSUMER,
    MESH,
    NOW,
    agreement,
    approval,
    changed,
    decide,
    index,
    plan,
    with_agreement,
)

LOANS = "servicing/loans"


def chains(principal: str, target: Target) -> tuple[Chain, ...]:
    return why(MESH, decide(), index(), principal, target)


def test_a_chain_for_each_entitlement_and_none_for_none() -> None:
    assert [chain.entitlement.id for chain in chains("anna", Target(LOANS, "loan", "id"))] == [
        f"modelling@{CONSUMER}",
        f"reporting@{CONSUMER}",
    ]
    assert [chain.purpose.id for chain in chains("anna", Target(LOANS, "loan", "borrower_email"))] == ["reporting"]
    assert chains("dora", Target(LOANS, "loan", "id")) == ()
    assert chains("carl", Target(LOANS)) == ()
    assert chains("anna", Target(LOANS, "loan", "tax_id")) == ()


def test_nested_groups_by_two_ways() -> None:
    anna = chains("anna", Target(LOANS, "loan", "borrower_email"))[0]
    assert anna.groups == ("leads", "analysts")
    assert anna.memberships == (
        ("anna", "leads"),
        ("anna", "north"),
        ("leads", "analysts"),
        ("north", "analysts"),
    )
    ben = chains("ben", Target(LOANS, "loan", "borrower_email"))[0]
    assert ben.groups == ("juniors", "north", "analysts")
    assert ben.memberships == (("ben", "juniors"), ("juniors", "north"), ("north", "analysts"))


def test_requirements_with_the_facts_they_weighed() -> None:
    chain = chains("ben", Target(LOANS, "loan", "borrower_email"))[0]
    weighed = {(item.rule.kind, item.rule.id): item for item in chain.requirements}
    assert [(item.rule.kind, item.rule.id, item.answer) for item in chain.requirements] == [
        ("question", "residency", "met"),
        ("question", "suspension", "met"),
        ("column", "clearance", "reads `confidential.personal`"),
        ("column", "personal", "reads `confidential.personal`"),
        ("session", "hours", "3600 s"),
        ("approval", "governance", "met"),
        ("approval", "owner", "met"),
    ]
    assert [fact.text for fact in weighed["question", "residency"].facts] == [
        "`persona.regions` holds `eu-west-1`",
        "`product.region` is `eu-west-1`",
    ]
    # an object is shown by its fields
    assert [fact.text for fact in weighed["question", "suspension"].facts] == [
        "`persona.suspended` is `false`",
        "`product.domain.id` is `servicing`",
        "`product.domain.regions` holds `eu-west-1`",
        "`product.domain.suspended` is `false`",
        "`product.domain.suspended_regions` is empty",
    ]
    # of a column target, its own class alone
    assert [fact.text for fact in weighed["column", "personal"].facts] == [
        "`product.classes` holds `confidential.personal`",
        "`purpose.allows_personal` is `true`",
    ]
    assert [fact.text for fact in weighed["approval", "owner"].facts] == [
        "`approvals` holds `gwen governance 2026-01-02T00:00:00Z`, `olga owner 2026-01-02T00:00:00Z`"
    ]


def test_the_classes_of_a_table_are_those_that_are_read() -> None:
    chain = chains("ben", Target(LOANS, "loan"))[1]
    clearance = next(item for item in chain.requirements if item.rule.id == "clearance")
    assert chain.purpose.id == "reporting"
    assert clearance.answer == "reads `confidential.personal`, `internal.impersonal`"


def test_grants_are_those_that_bear_on_what_is_granted() -> None:
    chain = chains("ben", Target(LOANS, "loan", "id"))[0]
    assert chain.grants == tuple(
        f"{kind}/analyst/modelling/{CONSUMER}/{LOANS}{suffix}"
        for kind, suffix in (("lf_tag", "/database"), ("lf_tag", "/table"), ("link", ""))
    )
    unrealised = chains("ben", Target("risk/exposures"))[0]
    assert unrealised.grants == ()
    assert [access.granted for access in unrealised.accesses] == [False]


def test_an_unrealised_table_has_no_grants_though_its_entitlement_has() -> None:
    made = plan()
    refused = replace(made.unrealised[0], entitlement=f"modelling@{CONSUMER}", table="loan")
    made = replace(made, unrealised=(*made.unrealised, refused))
    refusing = index_access(MESH, made)
    assert why(MESH, decide(), refusing, "ben", Target(LOANS, "loan", "id"))[0].grants == ()
    assert len(why(MESH, decide(), refusing, "ben", Target(LOANS))[0].grants) == 3


def test_a_grant_on_another_table_does_not_bear_on_this_one() -> None:
    mesh = with_agreement(
        agreement("reporting", "analyst", "reporting", LOANS, personal=True, tables=("loan", "payment"))
    )
    by_name = why(mesh, decide(mesh), index(mesh), "ben", Target(LOANS, "payment"))[1].grants
    assert f"lf_column/analyst/reporting/{CONSUMER}/{LOANS}/payment" in by_name
    assert f"lf_column/analyst/reporting/{CONSUMER}/{LOANS}/loan" not in by_name


def test_approvals_that_count_and_those_that_do_not() -> None:
    signed = MESH.agreement["modelling"]
    extra = (*signed.approvals, approval(signed, "anna", "owner", day=3))
    mesh = with_agreement(signed.model_copy(update={"approvals": extra}))
    chain = why(mesh, decide(mesh), index(mesh), "ben", Target(LOANS, "loan", "id"))[0]
    assert [(item.approver, item.signs_as) for item in chain.approvals] == [("gwen", "governance"), ("olga", "owner")]
    assert [(item.approver, reason) for item, reason in chain.discounted] == [("anna", "is the requester")]
    assert any(
        "approval of `anna` as owner" in sentence and "does not count" in sentence for sentence in explain(chain)
    )


def test_the_chain_in_words() -> None:
    words = explain(chains("anna", Target(LOANS, "loan", "borrower_email"))[0])
    assert words[:7] == (
        "`anna` is a member of group `leads`",
        "group `leads` is nested in group `analysts`",
        "other ways into the same groups: `anna` in `north`, `north` in `analysts`",
        "group `analysts` holds persona `analyst` (Title of analyst)",
        f"access role `analyst/reporting/{CONSUMER}` serves purpose `reporting` (Reporting to the supervisor) in"
        f" account {CONSUMER} (analytics)",
        "agreement `reporting` version 1 is active since 2026-01-03T00:00:00Z, from 2026-01-01T00:00:00Z until"
        " 2027-01-01T00:00:00Z, requested by `anna`, ticket `T-reporting`",
        "`gwen` approved it as governance at 2026-01-02T00:00:00Z",
    )
    assert (
        "question requirement `residency` (Title of residency; DG-residency;"
        " policies/access/question/residency.rego:5): met, for `persona.regions` holds `eu-west-1`;"
        " `product.region` is `eu-west-1`"
    ) in words
    assert words[-3:-1] == (
        "so the role is entitled since 2026-01-03T00:00:00Z, in sessions of at most 3600 s",
        "`borrower_email` of `servicing/loans/loan`: granted",
    )


def test_an_unrealised_table_in_words() -> None:
    words = explain(chains("ben", Target("risk/exposures", "exposure", "id"))[0])
    assert words[-1].startswith(
        "`id` of `risk/exposures/exposure`: entitled but unrealised, `risk/exposures` lies in warehouse `dwh`, and"
        " account 000000000003 has no warehouse in a region of persona `analyst` (limit `no-warehouse`, "
    )
    assert "way out: " in words[-1]


def test_a_member_of_the_personas_own_group() -> None:
    groups = tuple(
        group.model_copy(update={"members": ("leads", "north", "zoe")}) if group.id == "analysts" else group
        for group in MESH.groups
    )
    zoe = MESH.principal["anna"].model_copy(update={"id": "zoe"})
    mesh = changed(groups=groups, principals=(*MESH.principals, zoe))
    chain = why(mesh, decide(mesh), index(mesh), "zoe", Target(LOANS, "loan", "id"))[0]
    assert chain.groups == ("analysts",)
    assert explain(chain)[:2] == (
        "`zoe` is a member of group `analysts`",
        "group `analysts` holds persona `analyst` (Title of analyst)",
    )
    assert chain.activated < NOW
