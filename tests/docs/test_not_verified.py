"""docs/not-verified.md has the points of `tools/verify-on-aws`, in its words."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, rows, section
from verify_on_aws import main
from verify_on_aws.points import POINTS, Family

PAGE = ROOT / "docs" / "not-verified.md"
SECTIONS: dict[Family, str] = {"redshift": "Redshift", "session": "Sessions", "lake": "The lake"}


@pytest.mark.parametrize("family", SECTIONS)
def test_the_page_has_the_points_of_the_script(family: Family) -> None:
    shown = {id: tuple(cells[:2]) for id, cells in rows(section(PAGE, SECTIONS[family])).items()}
    assert shown == {each.id: (each.title, each.expected) for each in POINTS.values() if each.family == family}


def test_every_point_says_what_it_means_if_it_is_otherwise() -> None:
    for heading in SECTIONS.values():
        assert all(cells[2] for cells in rows(section(PAGE, heading)).values())


def test_the_script_starts_by_itself() -> None:
    """With the python of whoever calls it, which knows nothing of the project."""
    script = ROOT / "tools" / "verify-on-aws"
    said = subprocess.run(
        [script, "--list"], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True
    )
    assert [line for line in said.stdout.splitlines() if not line.startswith(" ")] == list(POINTS)
    assert main.EXAMPLES.splitlines()[1].strip() == "tools/verify-on-aws --list"


def test_the_script_says_what_installs_its_packages(tmp_path: Path) -> None:
    """Of a clone in which nothing is set up."""
    for name in ("tools", "engine"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    script = [sys.executable, "-S", str(tmp_path / "tools" / "verify-on-aws"), "--list"]
    said = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == "verify-on-aws: Python package botocore is missing: `make setup` installs it, into .venv\n"
