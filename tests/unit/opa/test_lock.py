"""The lock: nothing of a stack is let through unless OPA says so of each of its parts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import DecisionError, PolicyError, TerraformError
from engine.grants.session_policy.compile import WITHOUT_ARN
from engine.opa.bundle import Policies, read_lock, read_policies
from engine.opa.lock import Lock, Requirement, check_stacks, load_lock
from tests.unit.opa.doors import POLICIES

LOCK = load_lock(read_lock(POLICIES))
GOLDEN = Path(__file__).resolve().parents[2] / "synth" / "golden"
CODE = base64.b64encode(hashlib.sha256(b"code").digest())
"""What golden files leave out of the functions."""

STACKS = {
    path.name.removesuffix(".tf.json"): path.read_bytes().replace(b"of the code", CODE)
    for path in sorted(GOLDEN.glob("*.tf.json"))
}
ROLES = "300000000003-roles"
FRAME = "terraform/decision.rego"


def changed(files: dict[str, str | None]) -> Policies:
    """The repository's policies on Terraform, some files in another wording, more files, or (None) without some."""
    texts: dict[str, str | None] = {**LOCK.policies.files, **files}
    return replace(LOCK.policies, files={name: text for name, text in texts.items() if text is not None})


def test_every_file_of_a_requirement_is_listed_with_its_way_out() -> None:
    files = [file for file in LOCK.policies.files if file.startswith("terraform/requirement/")]
    assert [f"terraform/requirement/{item.id}.rego" for item in LOCK.requirements] == sorted(files)
    assert len({item.control for item in LOCK.requirements}) == len(LOCK.requirements)
    assert all(item.title and item.way_out and item.control.startswith("DG-") for item in LOCK.requirements)


@pytest.mark.parametrize("requirement", LOCK.requirements, ids=lambda item: item.id)
def test_beside_each_requirement_a_test_takes_its_facts_away(requirement: Requirement) -> None:
    text = (POLICIES / f"terraform/requirement/{requirement.id}_test.rego").read_text()
    assert re.search(r"^test_not_met_without_each_fact", text, re.MULTILINE)
    assert len(re.findall(r"^test_not_", text, re.MULTILINE)) >= 2
    assert re.search(r"^test_met_", text, re.MULTILINE)


def test_what_is_synthesized_is_let_through() -> None:
    assert len(STACKS) >= 11
    check_stacks(LOCK, STACKS)


def test_the_actions_without_arn_are_those_of_the_engine() -> None:
    files = LOCK.policies.files
    text = files["terraform/requirement/permissions.rego"] + files["terraform/document.rego"]
    listed = re.findall(r"^(?:without_arn|of_statements) := \{(.*?)\}$", text, re.MULTILINE | re.DOTALL)
    assert len(listed) == 2
    assert set(re.findall(r'"([^"]+)"', "".join(listed))) == set(WITHOUT_ARN)
    assert all(source in text for source in WITHOUT_ARN.values())


DENIED = {
    "a wildcard in a policy": (
        'glue:GetDatabase\\"]',
        'glue:*\\"]',
        r"stack `300000000003-roles`: `aws_iam_policy\.access-policy-mw-access_1_analyst_modelling-4fe3b4b7387e`"
        r" does not meet `permissions` \(IAM permissions name .*; DG-64\):"
        r" statement 5 of `mw-access\.1\.analyst\.modelling`: .*glue:\*.*; name every action and ARN",
    ),
    "trust in everyone": (
        "arn:aws:iam::100000000001:role/broker",
        "*",
        r"`aws_iam_role\.role-analyst__modelling__300000000003` does not meet `trust`",
    ),
    "a provider without its account": (
        '"allowed_account_ids"',
        '"forbidden_account_ids"',
        r"`provider` does not meet `known` .*: its argument `aws\.forbidden_account_ids` is not known",
    ),
    "another kind of resource": (
        '"aws_iam_role_policy_attachment": {',
        '"aws_s3_bucket": {',
        r"`aws_s3_bucket\.access-policy-of-role-.*` does not meet `known` .*: `aws_s3_bucket` is not known",
    ),
    "an output": ('"terraform": {', '"output": {"x": {"value": 1}}, "terraform": {', r"`output` does not meet `known`"),
    "no JSON": ('"provider": {', '"provider": {{', r"stack `300000000003-roles`: it is no JSON as cdktf writes it"),
    "resources without a name": (
        '"aws_iam_role_policy_attachment": {',
        '"aws_iam_user": [{}], "aws_iam_role_policy_attachment": {',
        r"stack `300000000003-roles`: it is no JSON as cdktf writes it",
    ),
}


@pytest.mark.parametrize("case", DENIED)
def test_what_is_denied_is_named_with_its_stack_and_address(case: str) -> None:
    before, after, told = DENIED[case]
    text = STACKS[ROLES].decode()
    assert before in text
    with pytest.raises(TerraformError, match=told) as refused:
        check_stacks(LOCK, STACKS | {ROLES: text.replace(before, after).encode()})
    assert str(refused.value).endswith("\nnothing was written")
    assert all(line.startswith("stack `300000000003-roles`: ") for line in str(refused.value).splitlines()[:-1])


def test_many_denials_are_counted() -> None:
    stack = json.loads(STACKS[ROLES])
    stack["resource"]["aws_iam_user"] = {f"user-{number}": {} for number in range(30)}
    with pytest.raises(TerraformError, match=r"\nand 10 more\nnothing was written$"):
        check_stacks(LOCK, {ROLES: json.dumps(stack).encode()})


UNTRUSTED = {
    "a part that is left out": (
        "some part in parts",
        'some part in parts\n\tpart.type != "aws_iam_role"',
        "every part",
    ),
    "a part that is named twice": (
        '"address": block, "type": block, "body": body}',
        '"address": "terraform", "type": block, "body": body}',
        "every part",
    ),
    "a stack that is left out": (
        "some name, stack in input.stacks",
        'some name, stack in input.stacks\n\tname == "other"',
        "is malformed",
    ),
    "an answer of another form": ('"met": {id |', '"meets": {id |', "is malformed"),
    "no answer": ("decisions := [", "other := [", "`data.meshwarden.terraform.decisions` is undefined"),
}


@pytest.mark.parametrize("case", UNTRUSTED)
def test_an_answer_short_of_a_part_stops(case: str) -> None:
    before, after, told = UNTRUSTED[case]
    text = LOCK.policies.files[FRAME]
    assert text.count(before) == 1
    lock = Lock(changed({FRAME: text.replace(before, after)}), LOCK.requirements)
    with pytest.raises(DecisionError, match=told):
        check_stacks(lock, {ROLES: STACKS[ROLES]})


def test_an_error_in_a_requirement_stops() -> None:
    file = "terraform/requirement/link.rego"
    text = LOCK.policies.files[file]
    broken = changed(
        {file: text.replace("met if input.type !=", "met if to_number(input.address) == 1\n\nmine if input.type !=")}
    )
    with pytest.raises(DecisionError, match=r"requirement/link\.rego:\d+: .*to_number"):
        check_stacks(load_lock(broken), {ROLES: STACKS[ROLES]})


def test_a_requirement_that_is_never_met_denies_everything() -> None:
    notes = "# METADATA\n# title: T\n# description: D\n# custom: {control: DG-0, way_out: W}\n"
    lock = load_lock(
        changed(
            {"terraform/requirement/new.rego": f"{notes}package meshwarden.terraform.requirement.new\n\nmet := false\n"}
        )
    )
    with pytest.raises(TerraformError, match=r"`terraform` does not meet `new` \(T; DG-0\); W"):
        check_stacks(lock, {ROLES: STACKS[ROLES]})


NOTES = "# METADATA\n# title: T\n# description: D\n# custom: {control: C, way_out: W}\n"
NEW = "terraform/requirement/new.rego"
REFUSED: dict[str, tuple[dict[str, str | None], str]] = {
    "a requirement that never answers": (
        {NEW: f"{NOTES}package meshwarden.terraform.requirement.new\n\nother := true\n"},
        r"^policies/terraform/requirement/new\.rego:1: it has no rule `met`",
    ),
    "no way out": (
        {NEW: NOTES.replace(", way_out: W", "") + "package meshwarden.terraform.requirement.new\n\nmet := true\n"},
        r"^policies/terraform/requirement/new\.rego:1: a requirement lies in .* a way_out in METADATA",
    ),
    "a folder below": (
        {
            "terraform/requirement/deep/new.rego": f"{NOTES}package meshwarden.terraform.requirement.deep.new\n\n"
            "met := true\n"
        },
        "a requirement lies in `terraform/requirement/` itself",
    ),
    "another package": (
        {NEW: "package meshwarden.terraform.requirement.known\n\nmet := true\n"},
        "its package is not `meshwarden.terraform.requirement.new`",
    ),
    "no requirement": (
        {file: None for file in LOCK.policies.files if "/requirement/" in file},
        "no requirement, and nothing is synthesized without one",
    ),
    "a clock": (
        {NEW: f"{NOTES}package meshwarden.terraform.requirement.new\n\nmet if time.now_ns() > 0\n"},
        r"undefined function time\.now_ns",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_policies_that_could_let_through_are_refused(case: str) -> None:
    files, told = REFUSED[case]
    with pytest.raises(PolicyError, match=told):
        load_lock(changed(files))


def test_a_project_without_them_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no policies found below `terraform`, and nothing is synthesized without"):
        read_lock(tmp_path)


def test_they_are_no_part_of_what_decides() -> None:
    assert not any(file.startswith("terraform/") for file in read_policies(POLICIES).files)
    assert all(file.startswith("terraform/") for file in LOCK.policies.files)
    assert json.loads(LOCK.policies.manifest)["roots"] == ["meshwarden/terraform"]
