"""What the source of cdktf_app may not do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APP = sorted((ROOT / "cdktf_app").rglob("*.py"))
BINDINGS = ROOT / "cdktf_app" / "bindings.py"
THEIRS = {"cdktf", "cdktf_cdktf_provider_aws", "cdktn", "cdktn_provider_aws", "constructs", "jsii"}


def dict_arguments(source: str) -> Iterator[int]:
    """The lines on which a class of the bindings is given a dict, at any depth of its arguments.

    jsii loses the keys of such a dict: `assume_role=[{"role_arn": …}]` is emitted as `[{}]`, and would deploy into the
    caller's own account.
    """
    tree = ast.parse(source)
    classes = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "cdktf_app.bindings"
        for alias in node.names
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in classes:
            for part in (*call.args, *(keyword.value for keyword in call.keywords)):
                for node in ast.walk(part):
                    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict"
                    if named or isinstance(node, ast.Dict | ast.DictComp):
                        yield call.lineno


@pytest.mark.parametrize("path", APP, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_block_is_a_dict(path: Path) -> None:
    assert not list(dict_arguments(path.read_text()))


@pytest.mark.parametrize(
    "argument", ['{"role_arn": arn}', '[{"role_arn": arn}]', "[dict(role_arn=arn)]", "{key: arn for key in keys}"]
)
def test_a_dict_as_a_block_is_found(argument: str) -> None:
    source = f"from cdktf_app.bindings import AwsProvider\nAwsProvider(stack, 'aws', assume_role={argument})\n"
    assert list(dict_arguments(source)) == [2]


def test_the_bindings_alone_name_cdktf() -> None:
    naming = set()
    for folder in ("cdktf_app", "engine", "tests", "tools"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                if any(name.partition(".")[0] in THEIRS for name in names):
                    naming.add(path)
    assert naming == {BINDINGS}


def test_stacks_share_no_state() -> None:
    """Names and ARNs come from the plan; a reference into another stack would read that stack's state."""
    for path in APP:
        assert "remote_state" not in path.read_text().lower()
