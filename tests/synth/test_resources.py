"""What each kind of thing in a plan is in Terraform."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.declared import column
from tests.synth.conftest import Synthesize
from tests.synth.small import (
    CONSUMER,
    DEPLOYMENT,
    ENTITLED,
    GOVERNANCE,
    MESH,
    Emitted,
    plan,
    product,
    stacks,
    with_products,
)

LENDING = "governance-eu-west-1-lending"
ROLE = f"analyst__modelling__{CONSUMER}"
ROLE_ARN = f"arn:aws:iam::{CONSUMER}:role/mw.analyst.modelling"


def test_every_stack_reaches_its_own_account_only(small: Emitted) -> None:
    assert len(small.stacks) == 11
    for stack in stacks():
        assert small.stacks[stack.name]["provider"] == {
            "aws": [
                {
                    "region": stack.region,
                    "allowed_account_ids": [stack.account],
                    "assume_role": [
                        {
                            "role_arn": f"arn:aws:iam::{stack.account}:role/meshwarden-deploy",
                            "session_name": "meshwarden",
                        }
                    ],
                }
            ]
        }


def test_who_plans_assumes_the_role_that_reads_and_says_the_external_id(synthesize: Synthesize) -> None:
    reading = [replace(stack, reading=True) for stack in stacks()]
    emitted = synthesize(reading, DEPLOYMENT.model_copy(update={"external_id": "mine"}))
    for stack in reading:
        assert emitted.stacks[stack.name]["provider"]["aws"][0]["assume_role"] == [
            {
                "role_arn": f"arn:aws:iam::{stack.account}:role/meshwarden-plan",
                "session_name": "meshwarden",
                "external_id": "mine",
            }
        ]


def test_every_stack_has_its_provider_and_its_state(small: Emitted) -> None:
    for name, content in small.stacks.items():
        assert content["terraform"] == {
            "backend": {"local": {"path": f"../../../state/{name}.tfstate"}},
            "required_providers": {"aws": {"source": "aws", "version": "5.100.0"}},
        }


def test_cdktf_deploys_the_stacks_in_their_order(small: Emitted) -> None:
    manifest = json.loads((small.folder / "manifest.json").read_bytes())
    assert {name: set(stack["dependencies"]) for name, stack in manifest["stacks"].items()} == {
        stack.name: set(stack.after) for stack in stacks()
    }


def test_no_block_lost_its_keys(small: Emitted) -> None:
    """jsii drops the keys of a dict that stands where a block's class should."""
    for name, content in small.stacks.items():
        assert not list(_empty(content)), name


def test_a_tag_key(small: Emitted) -> None:
    assert small.resources[f"{LENDING}: aws_lakeformation_lf_tag.tag-key-mw-product-lending"] == {
        "catalog_id": GOVERNANCE,
        "key": "mw-product-lending",
        "values": ["lending/loans", "lending/payments"],
    }


KEYS = ["aws_lakeformation_lf_tag.tag-key-mw-class-lending", "aws_lakeformation_lf_tag.tag-key-mw-product-lending"]


def test_the_location_of_a_product(small: Emitted) -> None:
    """In the governance account, through a role of its own: AWS takes no service-linked role for another's bucket."""
    for name, hybrid in (("loans", False), ("payments", True)):
        assert small.resources[f"{LENDING}: aws_lakeformation_resource.location-lending__{name}"] == {
            "arn": f"arn:aws:s3:::lake-eu-west-1/lending/{name}",
            "role_arn": f"arn:aws:iam::{GOVERNANCE}:role/meshwarden-lake-access",
            "hybrid_access_enabled": hybrid,
        }


def test_an_opt_in_stands_in_the_roles_own_account(small: Emitted) -> None:
    found = {name: value for name, value in small.resources.items() if "aws_lakeformation_opt_in." in name}
    name = f"{CONSUMER}-eu-west-1-consumer: aws_lakeformation_opt_in.opt-in-{ROLE}__lending__payments__"
    central = {"catalog_id": GOVERNANCE}
    common = {
        "principal": [{"data_lake_principal_identifier": ROLE_ARN}],
        "depends_on": ["aws_lakeformation_data_lake_settings.lake-settings"],
    }
    assert found == {
        f"{name}database": common | {"resource_data": [{"database": [central | {"name": "lending__payments"}]}]},
        f"{name}table__payment": common
        | {"resource_data": [{"table": [central | {"database_name": "lending__payments", "name": "payment"}]}]},
    }


def test_tags_of_a_product(small: Emitted) -> None:
    tag = f"{LENDING}: aws_lakeformation_resource_lf_tag."
    product = {"catalog_id": GOVERNANCE, "key": "mw-product-lending", "value": "lending/loans"}
    assert small.resources[f"{tag}database-tag-lending__loans__mw-product-lending"] == {
        "catalog_id": GOVERNANCE,
        "database": [{"catalog_id": GOVERNANCE, "name": "lending__loans"}],
        "lf_tag": [product],
        "depends_on": KEYS,
    }
    assert small.resources[f"{tag}table-tag-lending__loans__loan__mw-class-lending"] == {
        "catalog_id": GOVERNANCE,
        "table": [{"catalog_id": GOVERNANCE, "database_name": "lending__loans", "name": "loan"}],
        "lf_tag": [{"catalog_id": GOVERNANCE, "key": "mw-class-lending", "value": "unclassified"}],
        "depends_on": KEYS,
    }
    of_columns = {
        tuple(value["table_with_columns"][0]["column_names"]): (value["lf_tag"][0]["value"], value["depends_on"])
        for name, value in small.resources.items()
        if name.startswith(f"{tag}column-tag-lending__payments__payment")
    }
    turn = ["terraform_data.tags-turn-lending__payments"]
    assert of_columns == {("id",): ("internal.impersonal", turn), ("paid",): ("internal.impersonal", turn)}
    assert small.resources[f"{LENDING}: terraform_data.tags-turn-lending__payments"]["depends_on"] == KEYS


def test_an_unclassified_column_gets_no_tag(small: Emitted) -> None:
    tagged = [
        name
        for value in small.resources.values()
        for block in value.get("table_with_columns", ())
        if "lf_tag" in value and block["name"] == "loan"
        for name in block["column_names"]
    ]
    assert sorted(tagged) == ["amount", "email", "id"]


def test_a_grant_by_tags(small: Emitted) -> None:
    grant = small.resources[f"{LENDING}: aws_lakeformation_permissions.grant-lf_tag__{ROLE}__lending__loans__table"]
    assert grant == {
        "catalog_id": GOVERNANCE,
        "principal": ROLE_ARN,
        "permissions": ["DESCRIBE", "SELECT"],
        "lf_tag_policy": {
            "catalog_id": GOVERNANCE,
            "resource_type": "TABLE",
            "expression": [
                {"key": "mw-class-lending", "values": ["internal.impersonal", "public.impersonal"]},
                {"key": "mw-product-lending", "values": ["lending/loans"]},
            ],
        },
        "depends_on": [*KEYS, "terraform_data.tags-done-lending__loans"],
    }


def test_a_grant_by_tags_waits_for_all_tags_of_its_product(small: Emitted) -> None:
    done = small.resources[f"{LENDING}: terraform_data.tags-done-lending__payments"]
    assert sorted(done["depends_on"]) == sorted(
        name.partition(": ")[2]
        for name in small.resources
        if "aws_lakeformation_resource_lf_tag." in name and "-tag-lending__payments__" in name
    )


def test_a_grant_on_columns(small: Emitted) -> None:
    name = f"{LENDING}: aws_lakeformation_permissions.grant-lf_column__{ROLE}__lending__payments__payment"
    assert small.resources[name] == {
        "catalog_id": GOVERNANCE,
        "principal": ROLE_ARN,
        "permissions": ["SELECT"],
        "table_with_columns": {
            "catalog_id": GOVERNANCE,
            "database_name": "lending__payments",
            "name": "payment",
            "column_names": ["id", "paid"],
        },
    }


def test_the_lake_settings_of_the_governance_account_are_ours(small: Emitted) -> None:
    for region in ("eu-west-1", "eu-central-1"):
        # What is left out is emptied: no default permission of IAMAllowedPrincipals stays.
        assert small.resources[f"governance-{region}: aws_lakeformation_data_lake_settings.lake-settings"] == {
            "catalog_id": GOVERNANCE,
            "admins": [
                f"arn:aws:iam::{GOVERNANCE}:role/lake-admin",
                f"arn:aws:iam::{GOVERNANCE}:role/meshwarden-deploy",
            ],
            "read_only_admins": [f"arn:aws:iam::{GOVERNANCE}:role/meshwarden-plan"],
            "allow_external_data_filtering": False,
            "allow_full_table_external_data_access": False,
            "parameters": {"CROSS_ACCOUNT_VERSION": "4"},
        }


def test_the_lake_settings_of_a_consumer_account_are_ours_where_it_says_so(small: Emitted) -> None:
    owned = {name: value for name, value in small.resources.items() if "aws_lakeformation_data_lake_settings" in name}
    assert {name.partition(":")[0] for name in owned} == {
        "governance-eu-central-1",
        "governance-eu-west-1",
        f"{CONSUMER}-eu-central-1-consumer",
        f"{CONSUMER}-eu-west-1-consumer",
    }
    settings = owned[f"{CONSUMER}-eu-west-1-consumer: aws_lakeformation_data_lake_settings.lake-settings"]
    assert settings["admins"] == [f"arn:aws:iam::{CONSUMER}:role/meshwarden-deploy"]


def test_the_governance_account_has_one_owner_of_its_lake_settings(synthesize: Synthesize) -> None:
    """Where it is a consumer as well, two stacks would overwrite each other's."""
    governance = MESH.governance_account.model_copy(update={"roles": ("consumer", "governance")})
    mesh = MESH.model_copy(update={"accounts": (governance, *MESH.accounts[1:])})
    emitted = synthesize(stacks(mesh=mesh))
    owners = [name.partition(":")[0] for name in emitted.resources if "data_lake_settings" in name]
    assert f"{GOVERNANCE}-eu-west-1-consumer" in emitted.stacks
    assert f"{GOVERNANCE}-eu-west-1-consumer" not in owners
    assert "governance-eu-west-1" in owners


def test_a_link_and_the_grant_on_it(small: Emitted) -> None:
    stack = f"{CONSUMER}-eu-west-1-consumer"
    assert small.resources[f"{stack}: aws_glue_catalog_database.link-{CONSUMER}__lending__loans"] == {
        "catalog_id": CONSUMER,
        "name": "lending__loans",
        "target_database": {"catalog_id": GOVERNANCE, "database_name": "lending__loans", "region": "eu-west-1"},
        "depends_on": ["aws_lakeformation_data_lake_settings.lake-settings"],
    }
    assert small.resources[f"{stack}: aws_lakeformation_permissions.grant-link__{ROLE}__lending__loans"] == {
        "catalog_id": CONSUMER,
        "principal": ROLE_ARN,
        "permissions": ["DESCRIBE"],
        "database": {"catalog_id": CONSUMER, "name": "lending__loans"},
        "depends_on": [f"aws_glue_catalog_database.link-{CONSUMER}__lending__loans"],
    }


def test_an_access_role(small: Emitted) -> None:
    planned = next(role for role in plan().access_roles if role.arn == ROLE_ARN)
    stack = f"{CONSUMER}-roles"
    role = small.resources[f"{stack}: aws_iam_role.role-{ROLE}"]
    assert json.loads(role.pop("assume_role_policy")) == planned.trust
    assert role == {
        "name": "mw.analyst.modelling",
        "max_session_duration": 3600,
        "permissions_boundary": f"arn:aws:iam::{CONSUMER}:policy/meshwarden-boundary",
    }
    (name, document), *others = planned.policies.items()
    assert not others
    found = {
        key: value
        for key, value in small.resources.items()
        if key.startswith(f"{stack}: aws_iam_") and name in str(value)
    }
    policy, attachment = (found[key] for key in sorted(found))
    # a variable of IAM's, as Terraform writes it
    assert json.loads(policy.pop("policy").replace("$${aws:userid}", "${aws:userid}")) == document
    assert policy == {"name": name}
    assert attachment.pop("depends_on") == [
        f"aws_iam_role.role-{ROLE}",
        min(found).partition(": ")[2],
    ]
    assert attachment == {"role": "mw.analyst.modelling", "policy_arn": f"arn:aws:iam::{CONSUMER}:policy/{name}"}


def test_a_session_policy_is_attached_to_nothing(small: Emitted) -> None:
    planned = next(policy for policy in plan().session_policies if policy.product == "lending/payments")
    policy = small.resources[f"{CONSUMER}-roles: aws_iam_policy.session-policy-{ROLE}__lending__payments"]
    assert json.loads(policy.pop("policy")) == planned.document
    assert policy == {"name": planned.name}
    assert not [value for value in small.resources.values() if value.get("policy_arn") == planned.arn]


@pytest.mark.parametrize("name", ["${path.module}", "%{ if true }", "$${x}", "a${jsonencode(1)}%{endif}"])
def test_an_authors_text_is_no_expression_of_terraforms(synthesize: Any, name: str) -> None:
    loans = product("lending/loans", "eu-west-1", loan=(column(name), column("id")))
    emitted = synthesize(stacks((), with_products(loans)))
    tags = [value for key, value in emitted.resources.items() if "column-tag-lending__loans__loan" in key]
    written = name.replace("${", "$${").replace("%{", "%%{")
    assert {tag["table_with_columns"][0]["column_names"][0] for tag in tags} == {written, "id"}


def test_nothing_is_left_out(small: Emitted) -> None:
    whole = plan(ENTITLED)
    kinds = [name.split(": ")[1].split(".")[0] for name in small.resources]
    shared = sum(grant.kind == "datashare" for grant in whole.grants)
    assert kinds.count("aws_lakeformation_permissions") == len(whole.grants) - shared
    assert kinds.count("aws_redshift_data_share_authorization") == shared == 1
    assert kinds.count("aws_lambda_function") == 2 * len(whole.warehouses)
    assert kinds.count("aws_iam_role") == len(whole.access_roles) + len(whole.warehouses)
    assert kinds.count("aws_glue_catalog_database") == len(whole.links)
    assert kinds.count("aws_lakeformation_lf_tag") == len(whole.ontology)
    assert kinds.count("aws_lakeformation_resource") == len(whole.locations)
    assert kinds.count("aws_lakeformation_opt_in") == len(whole.opt_ins)
    policies = sum(len(role.policies) for role in whole.access_roles)
    assert kinds.count("aws_iam_role_policy_attachment") == policies
    assert kinds.count("aws_iam_policy") == policies + len(whole.session_policies)


def _empty(value: object, path: str = "") -> Any:
    if value in ({}, []):
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _empty(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _empty(item, f"{path}[]")
