"""`make synth-cdktn`: what counts as the same Terraform, and what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import synth_cdktn as tool

STACK: dict[str, Any] = {
    "//": {"metadata": {"version": "0.21.0"}},
    "resource": {"aws_iam_role": {"role": {"//": {"metadata": {"path": "a/b"}}, "name": "mw.analyst"}}},
    "terraform": {"backend": {"local": {"path": "x"}}, "required_providers": {"aws": {"version": "5.100.0"}}},
}


def written(folder: Path, **stacks: Any) -> dict[str, Any]:
    for name, stack in stacks.items():
        (folder / "stacks" / name).mkdir(parents=True)
        (folder / "stacks" / name / "cdk.tf.json").write_text(json.dumps(stack))
    return tool.read_stacks(folder)


def test_notes_and_the_provider_s_version_may_differ(tmp_path: Path) -> None:
    other = json.loads(json.dumps(STACK).replace("0.21.0", "0.24.0").replace("5.100.0", "6.69.1").replace("a/b", "c"))
    assert other != STACK
    assert tool.compare(written(tmp_path / "one", roles=STACK), written(tmp_path / "other", roles=other)) == []


def test_anything_else_may_not(tmp_path: Path) -> None:
    other = json.loads(json.dumps(STACK).replace("mw.analyst", "mw.other").replace('"x"', '"y"'))
    one = written(tmp_path / "one", roles=STACK, lake=STACK)
    assert tool.compare(one, written(tmp_path / "other", roles=other)) == [
        "lake: in one of them only",
        "roles: resource",
        "roles: terraform",
    ]
