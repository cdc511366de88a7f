"""`make mutants`: the breaks fit the code as it stands, and one that no test notices is told."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tool() -> Iterator[ModuleType]:
    """tools/ is a folder of scripts, no package."""
    spec = importlib.util.spec_from_file_location("mutants", ROOT / "tools" / "mutants.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutants"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["mutants"]


def test_every_break_fits_the_code(tool: ModuleType) -> None:
    mutants = tool.read_mutants(Path(__file__).with_name("mutants.yaml"))
    assert len(mutants) >= 25
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    for mutant in mutants:
        text = (ROOT / mutant.file).read_text()
        assert text.count(mutant.replace) == 1, f"{mutant.file}: `{mutant.replace}` ({mutant.name})"
        assert mutant.replace != mutant.by
        assert mutant.tests
        assert all((ROOT / test.partition("::")[0]).exists() for test in mutant.tests)


def test_every_part_of_the_engine_is_broken(tool: ModuleType) -> None:
    broken = {mutant.file for mutant in tool.read_mutants(Path(__file__).with_name("mutants.yaml"))}
    assert {str(path.relative_to(ROOT)) for path in ROOT.glob("engine/grants/*/evaluate.py")} <= broken
    assert {str(path.relative_to(ROOT)) for path in ROOT.glob("engine/grants/*/compile.py")} <= broken
    assert {"engine/entitle.py", "engine/grants/equivalence.py", "engine/opa/client.py", "engine/run.py"} <= broken


def test_a_break_is_killed_or_survives(tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("tests/unit/grants/test_limits.py::TestNames",)
    file, text = "engine/grants/names.py", "    return _fitted(column_class, TAG_TEXT)\n"
    noticed = tool.Mutant("noticed", file, text, "    return 'x'\n", names)
    unnoticed = tool.Mutant("unnoticed", file, text, text + "\n", names)
    tree = tool.copy_tree(ROOT, tmp_path / "tree")
    first, second = tool.hunt([noticed, unnoticed], [tree])
    assert first.killer == f"{names[0]}::test_no_name_is_longer_than_aws_takes"
    assert second.killer is None
    assert (tree / file).read_text() == (ROOT / file).read_text()
    tool.show([first, second])
    said = capsys.readouterr().out
    assert "noticed: killed" in said
    assert "unnoticed: SURVIVED" in said


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"replace": "no such text"}, "stands there 0 times, not once"),
        ({"replace": "import"}, "times, not once"),
        ({"by": "    return (\n"}, "cannot be run"),
        ({"tests": ("tests/unit/grants/test_limits.py::no_such_test",)}, "cannot be run"),
    ],
)
def test_a_break_that_cannot_be_tried_is_no_kill(
    tool: ModuleType, tmp_path: Path, change: dict[str, object], told: str
) -> None:
    break_ = {
        "name": "broken",
        "file": "engine/grants/names.py",
        "replace": "    return _fitted(column_class, TAG_TEXT)\n",
        "by": "    return 'x'\n",
        "tests": ("tests/unit/grants/test_limits.py::TestNames",),
    }
    with pytest.raises(tool.MutantError, match=told):
        tool.hunt([tool.Mutant(**(break_ | change))], [tool.copy_tree(ROOT, tmp_path / "tree")])


def test_a_break_whose_tests_do_not_end_is_killed(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the break alone: whatever does not end unbroken stops the run."""
    file, text = "engine/grants/names.py", "    return _fitted(column_class, TAG_TEXT)\n"
    names = ("tests/unit/grants/test_limits.py::TestNames",)
    endless = tool.Mutant("endless", file, text, "    while True:\n        pass\n", names)
    trees = [tool.copy_tree(ROOT, tmp_path / f"tree-{number}") for number in range(2)]
    monkeypatch.setattr(tool, "LONGEST", 15)
    (outcome,) = tool.hunt([endless], trees)
    assert outcome.killer == f"`python … {names[0]}` did not end within 15 s"
    assert all((tree / file).read_text() == (ROOT / file).read_text() for tree in trees)
