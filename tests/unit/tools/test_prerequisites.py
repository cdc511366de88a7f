"""What the set-up asks of a machine, and what the pages say that it asks."""

from __future__ import annotations

from pathlib import Path

import pytest

import prerequisites
from tests.declared import ROOT


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ("1.10.0", None),
        ("1.11.4", None),
        ("2.0.0", None),
        ("1.9.8", "Terraform 1.10 or newer: Terraform 1.9.8 is here; "),
        ("1.5.7", "Terraform 1.10 or newer: Terraform 1.5.7 is here; "),
    ],
)
def test_terraform_locks_a_state_in_s3_by_a_file(
    found: str, told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`use_lockfile` came with 1.10: https://developer.hashicorp.com/terraform/language/v1.10.x/upgrade-guides"""
    program = tmp_path / "terraform"
    program.write_text(f"#!/bin/sh\necho Terraform v{found}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    said = [line for line in prerequisites.missing([], for_tests=True) if line.startswith("Terraform")]
    assert [line.partition("https")[0] for line in said] == ([told] if told else [])


def test_the_pages_ask_for_the_same_terraform() -> None:
    version = ".".join(map(str, prerequisites.TERRAFORM))
    assert f"| Terraform | – | {version} or newer |" in (ROOT / "README.md").read_text()
    assert f"Terraform {version} or newer" in (ROOT / "Makefile").read_text()
    assert f"needs Terraform {version} or newer" in (ROOT / "docs" / "files.md").read_text()
