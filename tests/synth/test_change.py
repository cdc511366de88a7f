"""A change touches what it is about: resources keep their addresses, and few of them change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.declared import column
from tests.synth.conftest import Synthesize
from tests.synth.small import CONSUMER, END, ENTITLED, LOAN, LOANS, NEW, Emitted, product, stacks, with_products

ROLE = f"analyst__modelling__{CONSUMER}"
COLUMNS = "governance-eu-west-1-lending: aws_lakeformation_resource_lf_tag.column-tag-lending__loans__loan__"
TURN = "governance-eu-west-1-lending: terraform_data.tags-turn-lending__loans"
DONE = "governance-eu-west-1-lending: terraform_data.tags-done-lending__loans"


def changed(before: Emitted, after: Emitted) -> dict[str, set[str]]:
    """Address → the arguments that differ, of resources in both."""
    return {
        name: {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}
        for name, one in before.resources.items()
        if (other := after.resources.get(name, one)) != one
    }


@pytest.mark.parametrize("ends", [END, datetime(2028, 1, 1, tzinfo=UTC)], ids=["with the others", "last"])
def test_a_new_agreement_on_a_new_product_adds_its_own(small: Emitted, synthesize: Synthesize, ends: datetime) -> None:
    after = synthesize(stacks((*ENTITLED, replace(NEW, end=ends))))
    assert not small.resources.keys() - after.resources.keys()
    assert after.resources.keys() - small.resources.keys() == {
        f"{CONSUMER}-eu-central-1-consumer: aws_glue_catalog_database.link-{CONSUMER}__claims__rates",
        f"{CONSUMER}-eu-central-1-consumer: aws_lakeformation_permissions.grant-link__{ROLE}__claims__rates",
        f"{CONSUMER}-roles: aws_iam_policy.session-policy-{ROLE}__claims__rates",
        f"governance-eu-central-1-claims: aws_lakeformation_permissions.grant-lf_tag__{ROLE}__claims__rates__database",
        f"governance-eu-central-1-claims: aws_lakeformation_permissions.grant-lf_tag__{ROLE}__claims__rates__table",
    }
    # In place: the policies that are its role's identity, and until when the role may be assumed.
    (identity,) = (name for name in small.resources if "aws_iam_policy.access-policy-" in name and "analyst" in name)
    in_place = {identity: {"policy"}}
    if ends != END:
        in_place[f"{CONSUMER}-roles: aws_iam_role.role-{ROLE}"] = {"assume_role_policy"}
    assert changed(small, after) == in_place


def test_an_agreement_that_ends_takes_away_its_own(small: Emitted, synthesize: Synthesize) -> None:
    after = synthesize(stacks([item for item in ENTITLED if item.agreement != "payments"]))
    assert not after.resources.keys() - small.resources.keys()
    removed = small.resources.keys() - after.resources.keys()
    assert len(removed) == 7
    assert all("lending__payments" in name for name in removed)
    assert all(arguments <= {"policy"} for arguments in changed(small, after).values())


def test_a_role_without_grants_keeps_its_addresses(synthesize: Synthesize, small: Emitted) -> None:
    after = synthesize(stacks(()))
    assert not after.resources.keys() - small.resources.keys()
    roles = {name for name in small.resources if "aws_iam_role." in name}
    assert roles <= after.resources.keys()
    assert {name: set(changed(small, after)[name]) for name in roles if name in changed(small, after)} == {
        f"{CONSUMER}-roles: aws_iam_role.role-{ROLE}": {"assume_role_policy"},
        f"{CONSUMER}-roles: aws_iam_role.role-scorer__modelling__{CONSUMER}": {"assume_role_policy"},
    }


def test_a_new_column_touches_no_other(small: Emitted, synthesize: Synthesize) -> None:
    loans = product("lending/loans", "eu-west-1", loan=(*LOAN, column("rate", "confidential", True)))
    after = synthesize(stacks(mesh=with_products(loans)))
    assert not small.resources.keys() - after.resources.keys()
    (new,) = after.resources.keys() - small.resources.keys()
    assert new.startswith(f"{COLUMNS}rate__")
    assert changed(small, after) == {TURN: {"input"}, DONE: {"depends_on"}}


def test_a_column_that_changes_its_class_is_replaced_alone(small: Emitted, synthesize: Synthesize) -> None:
    """Terraform destroys before it updates what both depend on, and updates that before it creates."""
    columns = tuple(column("email", "restricted", True) if item.name == "email" else item for item in LOAN)
    after = synthesize(stacks(mesh=with_products(product("lending/loans", "eu-west-1", loan=columns))))
    assert after.resources.keys() == small.resources.keys()
    touched = changed(small, after)
    assert touched.pop(TURN) == {"input"}
    assert touched.pop(next(name for name in touched if ".tag-key-" in name)) == {"values"}
    ((name, arguments),) = touched.items()
    assert name.startswith(f"{COLUMNS}email__")
    assert arguments == {"lf_tag"}
    for emitted in (small, after):
        assert emitted.resources[name]["depends_on"] == ["terraform_data.tags-turn-lending__loans"]
        assert emitted.resources[name]["table_with_columns"][0]["column_names"] == ["email"]


def test_tags_do_not_turn_for_a_change_that_is_not_theirs(small: Emitted, synthesize: Synthesize) -> None:
    retitled = LOANS.model_copy(update={"title": "Mortgage loans", "version": "1.1.0"})
    assert changed(small, synthesize(stacks(mesh=with_products(retitled)))) == {}
