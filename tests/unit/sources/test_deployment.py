"""mesh/deployment.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import SourceError
from engine.sources.deployment import Backend, Deployment, load_deployment

S3 = """\
deploy_role: deployer
backend:
  kind: s3
  bucket: meshwarden-states
  region: eu-west-1
  key_prefix: mesh/prod
  kms_key_arn: arn:aws:kms:eu-west-1:100000000001:key/1f0c2a52-6d3e-4c55-9d0b-7d1c1f6a0e11
"""


def write(root: Path, text: str) -> Path:
    (root / "mesh").mkdir()
    (root / "mesh" / "deployment.yaml").write_text(text)
    return root


def test_without_a_file_states_are_local(tmp_path: Path) -> None:
    assert load_deployment(tmp_path) == Deployment(deploy_role="meshwarden-deploy", backend=Backend(kind="local"))


def test_the_demo_says_what_is_so_without_it() -> None:
    assert load_deployment(Path(__file__).resolve().parents[2]) == Deployment()


def test_s3_is_read(tmp_path: Path) -> None:
    deployment = load_deployment(write(tmp_path, S3))
    assert deployment.deploy_role == "deployer"
    assert deployment.backend.bucket == "meshwarden-states"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("deploy_rol: x", 1, "unknown key `deploy_rol`; did you mean `deploy_role`?"),
        ("\ndeploy_role: a b", 2, "deploy_role `a b`; expected"),
        ("backend: {kind: gcs}", 1, "kind `gcs`; expected one of local, s3"),
        (S3.replace("  region: eu-west-1\n", ""), 3, "`s3` lacks `region`"),
        ("backend: {bucket: states}", 1, "`local` takes no `bucket`; write `kind: s3`"),
        (S3.replace("mesh/prod", "/mesh"), 6, "key_prefix `/mesh`; expected"),
        ("", 0, "the file is empty"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        load_deployment(write(tmp_path, text))
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("mesh/deployment.yaml", line)
    assert said in problem.message
