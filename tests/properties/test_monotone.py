"""Adding a requirement never adds an entitlement, nor a column, a day or a second to one."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings

from engine.model.mesh import Mesh
from engine.opa.bundle import Policies, read_policies
from engine.opa.client import open_opa
from engine.opa.rules import load_rules
from tests.properties.line import POLICIES, Line
from tests.properties.meshes import NOW, meshes

EACH_CLASS = "readable contains class.id if {{\n\tsome class in input.product.classes\n\t{}\n}}"
REQUIREMENTS = {
    "access/question/sworn": 'met if input.persona.clearance == "restricted"',
    "access/question/finished": 'met if input.product.kind == "curated"',
    "access/question/at_home": "met if input.account.regions[0] == input.product.region",
    "access/question/unheld": 'met if input.persona.clearance == "top"',
    "access/question/everything": "met := true",
    "access/question/wordy": 'met := "yes"',
    "access/column/plain": EACH_CLASS.format("class.tags == []"),
    "access/column/tagged": EACH_CLASS.format('"pii" in class.tags'),
    "access/column/unclassified": EACH_CLASS.format("class.classification == null"),
    "access/column/everything": EACH_CLASS.format("true"),
    "access/column/undefined": 'readable := {"internal.impersonal"} if input.persona.clearance == "top"',
    "access/session/generous": "longest := 43200",
    "access/session/stingy": 'longest := 900 if input.product.audience == "open"',
    "approval/requirement/governed": 'met if {\n\tsome one in input.approvals\n\tone.signs_as == "governance"\n}',
    "approval/requirement/everything": "met := true",
}
NEVER_ANSWERED = {"access/question/unheld", "access/question/wordy", "access/column/undefined"}


@pytest.mark.parametrize("path", sorted(REQUIREMENTS))
def test_another_requirement_never_adds(line: Line, path: str) -> None:
    policies = _with(path, REQUIREMENTS[path])
    seen: Counter[str] = Counter()
    with open_opa(policies, load_rules(policies)) as opa:

        @settings(max_examples=10)
        @given(meshes())
        def adds_nothing(mesh: Mesh) -> None:
            before = {item.id: item for item in line.entitle(mesh, NOW)}
            after = {item.id: item for item in Line(opa).entitle(mesh, NOW)}
            for id, item in after.items():
                assert id in before
                for table, columns in item.columns.items():
                    assert set(columns) <= set(before[id].columns.get(table, ()))
                assert (item.start, item.session) >= (before[id].start, 0)
                assert (item.end, item.session) <= (before[id].end, before[id].session)
            seen.update(before=len(before), after=len(after))

        adds_nothing()
    assert seen["before"] > 0
    assert seen["after"] == seen["before"] or "everything" not in path
    assert seen["after"] == 0 or path not in NEVER_ANSWERED


def _with(path: str, rule: str) -> Policies:
    """The repository's policies and one more file."""
    notes = "# METADATA\n# title: A test's own\n# description: It asks for more.\n# custom: {control: DG-0}\n"
    text = f"{notes}package meshwarden.{path.replace('/', '.')}\n\n{rule}\n"
    return Policies({**read_policies(POLICIES).files, f"{path}.rego": text})
