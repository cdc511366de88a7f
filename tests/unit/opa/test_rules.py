"""Which requirements there are is read from the policies themselves; what could be overlooked is refused instead."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import get_args

import pytest

from engine.errors import PolicyError
from engine.model.decided import Rule, RuleKind
from engine.opa.bundle import Policies, read_policies, stale_generated, write_generated
from engine.opa.rules import load_rules
from tests.unit.opa.doors import POLICIES, changed, requirement, rules_of

RULES = rules_of(read_policies(POLICIES))
FOLDERS = {
    "question": "access/question/",
    "column": "access/column/",
    "session": "access/session/",
    "approval": "approval/requirement/",
}


def test_every_file_of_a_requirement_is_listed_with_what_it_says_of_itself() -> None:
    files = [file for file in read_policies(POLICIES).files if not file.endswith("decision.rego")]
    assert sorted(rule.file for rule in RULES.rules) == sorted(f"policies/{file}" for file in files)
    for rule in RULES.rules:
        text = (POLICIES.parent / rule.file).read_text()
        assert rule.file == f"policies/{FOLDERS[rule.kind]}{rule.id}.rego"
        assert f"# title: {rule.title}\n" in text
        assert text.splitlines()[rule.line - 1].startswith("package ")
        assert rule.control.startswith("DG-")


def test_the_facts_that_a_rule_weighs_are_listed() -> None:
    weighs = {rule.id: rule.weighs for rule in RULES.rules if rule.kind == "question"}
    assert weighs["residency"] == ("persona.regions", "product.region")
    assert weighs["embargo"] == ("now", "product.embargoed_until")


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: f"{rule.kind}/{rule.id}")
def test_beside_each_requirement_a_test_takes_each_of_its_facts_away(rule: Rule) -> None:
    text = (POLICIES.parent / rule.file).with_name(f"{rule.id}_test.rego").read_text()
    names = re.findall(r"^test_(\w+)", text, re.MULTILINE)
    assert any("without_each_fact" not in name and re.match("not|no_", name) for name in names)
    assert any(not re.match("not|no_", name) for name in names)
    taken = re.split(r"^test_\w+_without_each_fact", text, flags=re.MULTILINE)[1]
    assert [fact for fact in rule.weighs if f'"{fact.replace(".", "/")}"' not in taken] == []


MINE = "access/question/mine.rego"
REFUSED = {
    "a requirement beside the folders that are asked": (
        {"access/questions/mine.rego": requirement("access.questions.mine", "met if input.persona.suspended == false")},
        r"^policies/access/questions/mine\.rego:1: nobody asks it; requirements lie in access/question/",
    ),
    "a requirement above the folders that are asked": (
        {"approval/mine.rego": requirement("approval.mine", "met if input.agreement.personal == false")},
        r"^policies/approval/mine\.rego:1: nobody asks it",
    ),
    "a rule that does not compile": (
        {MINE: requirement("access.question.mine", "met if nonsense(")},
        r"^policies/access/question/mine\.rego:8: rego_parse_error: unexpected eof",
    ),
    "a function that nobody defines": (
        {MINE: requirement("access.question.mine", "met if nonsense(input.now)")},
        r"^policies/access/question/mine\.rego:7: rego_type_error: undefined function nonsense",
    ),
    "a misspelt fact": (
        {MINE: requirement("access.question.mine", 'met if input.persona.clearence == "restricted"')},
        r"^policies/access/question/mine\.rego:7: rego_type_error: undefined ref: input\.persona\.clearence",
    ),
    "a misspelt fact of an approval": (
        {
            "approval/requirement/mine.rego": requirement(
                "approval.requirement.mine", "met if input.agreement.persnal == false"
            )
        },
        r"^policies/approval/requirement/mine\.rego:7: rego_type_error: undefined ref: input\.agreement\.persnal",
    ),
    "a clock": (
        {MINE: requirement("access.question.mine", "met if time.now_ns() > 0")},
        r"^policies/access/question/mine\.rego:7: rego_type_error: undefined function time\.now_ns",
    ),
    "time reckoned": (
        {MINE: requirement("access.question.mine", "met if time.parse_rfc3339_ns(input.now) > 0")},
        r"undefined function time\.parse_rfc3339_ns",
    ),
    "a date of its own": (
        {MINE: requirement("access.question.mine", 'met if input.now < "2027-01-01T00:00:00Z"')},
        r"^policies/access/question/mine\.rego:7: the policy holds the date `2027-01-01T00:00:00Z`",
    ),
    "the network": (
        {
            MINE: requirement(
                "access.question.mine", 'met if http.send({"url": "https://example.com"}).status_code == 200'
            )
        },
        r"undefined function http\.send",
    ),
    "chance": (
        {MINE: requirement("access.question.mine", 'met if rand.intn("x", 2) == 1')},
        r"undefined function rand",
    ),
    "a second file of one requirement": (
        {MINE: "package meshwarden.access.question.embargo\n\nmet := true\n"},
        r"^policies/access/question/mine\.rego:1: its package is not `meshwarden\.access\.question\.mine`",
    ),
    "a package elsewhere": (
        {"approval/mine.rego": requirement("access.question.mine", "met := true")},
        r"^policies/approval/mine\.rego:1: its package is not `meshwarden\.approval\.mine`",
    ),
    "a requirement in a folder below": (
        {"access/question/deep/mine.rego": requirement("access.question.deep.mine", "met := true")},
        r"^policies/access/question/deep/mine\.rego:1: a requirement lies in `access/question/` itself",
    ),
    "a requirement that never answers": (
        {MINE: requirement("access.question.mine", "allowed := true")},
        r"^policies/access/question/mine\.rego:1: question requirement `mine` has no rule `met`",
    ),
    **{
        f"no {missing} in METADATA": (
            {MINE: re.sub(rf"# (custom: .)?{missing}: .*\n", "", requirement("access.question.mine", "met := true"))},
            r"^policies/access/question/mine\.rego:1: requirement `mine` lacks a title, description or control",
        )
        for missing in ("title", "description", "control")
    },
}


@pytest.mark.parametrize("case", REFUSED)
def test_policies_that_could_be_misread_are_refused(case: str) -> None:
    files, told = REFUSED[case]
    with pytest.raises(PolicyError, match=told):
        load_rules(changed(dict(files)))


@pytest.mark.parametrize("kind", get_args(RuleKind))
def test_a_kind_without_requirements_is_refused(kind: RuleKind) -> None:
    without = changed({file: None for file in read_policies(POLICIES).files if file.startswith(FOLDERS[kind])})
    with pytest.raises(
        PolicyError, match=f"the policies hold no {kind} requirement; without one nothing can be decided"
    ):
        load_rules(without)


def test_a_folder_without_policies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no policies found below `access` and `approval`"):
        read_policies(tmp_path)


@pytest.mark.parametrize("name", ["data.json", "access/data.yaml"])
def test_data_beside_the_policies_is_refused(copied: Path, name: str) -> None:
    (copied / name).write_text("{}")
    with pytest.raises(PolicyError, match=re.escape(f"{copied / name}: OPA holds policies only")):
        read_policies(copied)


def test_a_requirement_in_the_file_of_a_test_is_refused(copied: Path) -> None:
    (copied / "access/question/hidden_test.rego").write_text(requirement("access.question.hidden", "met := true"))
    with pytest.raises(PolicyError, match=r"hidden_test\.rego: a test's package ends in `_test`"):
        read_policies(copied)


def test_a_requirement_behind_a_link_is_refused(copied: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.rego").write_text(requirement("access.question.mine", "met := true"))
    (copied / MINE).symlink_to(tmp_path / "elsewhere.rego")
    with pytest.raises(PolicyError, match=r"mine\.rego: a symbolic link is not followed"):
        read_policies(copied)


def test_a_requirement_with_another_ending_is_refused(copied: Path) -> None:
    (copied / "access/question/mine.REGO").write_text(requirement("access.question.mine", "met := true"))
    with pytest.raises(PolicyError, match=r"mine\.REGO: a policy's file ends with `\.rego`"):
        read_policies(copied)


def test_a_text_that_is_not_utf_8_is_refused(copied: Path) -> None:
    (copied / MINE).write_bytes(b"package meshwarden.access.question.mine # \xff\n")
    with pytest.raises(PolicyError, match=r"mine\.rego: not UTF-8 text"):
        read_policies(copied)


def test_the_hash_covers_what_decides_and_nothing_else(copied: Path) -> None:
    before = read_policies(copied).hash
    (copied / "access/question/embargo_test.rego").write_text("package meshwarden.access.question.embargo_test\n")
    (copied / "README").write_text("hello")
    assert read_policies(copied).hash == before
    (copied / "access/question/embargo.rego").write_text("# another comment\n")
    assert read_policies(copied).hash != before
    assert Policies({"a": "bc"}).hash != Policies({"ab": "c"}).hash


def test_what_is_generated_is_current() -> None:
    assert stale_generated(POLICIES) == []


def test_what_is_generated_follows_the_policies(copied: Path) -> None:
    (copied / "access/question/embargo.rego").unlink()
    (copied / "schema/question.json").unlink()
    assert stale_generated(copied) == [".manifest", "schema/question.json"]
    write_generated(copied)
    assert stale_generated(copied) == []


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(POLICIES, tmp_path / "policies")
    return tmp_path / "policies"
