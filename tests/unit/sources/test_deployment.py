"""mesh/deployment.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import SourceError
from engine.sources.deployment import Backend, Deployment, LakeAdmins, load_deployment
from tests.unit.sources.conftest import Project

S3 = """\
deploy_role: deployer
backend:
  kind: s3
  bucket: meshwarden-states
  region: eu-west-1
  key_prefix: mesh/prod
  kms_key_arn: arn:aws:kms:eu-west-1:100000000001:key/1f0c2a52-6d3e-4c55-9d0b-7d1c1f6a0e11
"""


PIPELINE = """\
pipeline:
  plan: [arn:aws:iam::100000000001:role/plans]
  apply: [arn:aws:iam::100000000001:role/applies]
"""


def write(root: Path, text: str) -> Path:
    (root / "mesh").mkdir()
    (root / "mesh" / "deployment.yaml").write_text(text)
    return root


def test_without_a_file_states_are_local(tmp_path: Path) -> None:
    assert load_deployment(tmp_path) == Deployment(deploy_role="meshwarden-deploy", backend=Backend(kind="local"))


def test_the_demo_owns_the_lake_settings_of_its_consumers() -> None:
    admin = "arn:aws:iam::100000000001:role/meshbank-lake-admin"
    lake_admins = (("100000000001", (admin,)), ("300000000001", ()), ("300000000002", ()))
    owned = tuple(LakeAdmins(account=account, roles=roles) for account, roles in lake_admins)
    assert load_deployment(Path(__file__).resolve().parents[3]).lake_admins == owned


def test_s3_is_read(tmp_path: Path) -> None:
    deployment = load_deployment(write(tmp_path, S3))
    assert deployment.deploy_role == "deployer"
    assert deployment.backend.bucket == "meshwarden-states"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("deploy_rol: x", 1, "unknown key `deploy_rol`; did you mean `deploy_role`?"),
        ("deploy_role: one\nplan_role: one\n", 2, "`plan_role` and `deploy_role` are both `one`; a plan only reads"),
        (PIPELINE.replace("applies", "plans"), 3, "plans and applies; give each its own role"),
        (PIPELINE.replace("[arn:aws:iam::100000000001:role/plans]", "[]"), 2, "plan"),
        ("external_id: a b", 1, "external_id `a b`; expected"),
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


LAKE = """\
lake_admins:
  - account: "100000000001"
    roles: [arn:aws:iam::100000000001:role/lake-admin]
  - account: "300000000001"
    roles: []
"""


def test_lake_administrators_are_read(project: Project) -> None:
    project.write("mesh/deployment.yaml", LAKE)
    project.load()
    deployment = load_deployment(project.root)
    deployer = "arn:aws:iam::100000000001:role/meshwarden-deploy"
    assert deployment.admins_of("100000000001") == ["arn:aws:iam::100000000001:role/lake-admin", deployer]
    assert deployment.admins_of("300000000001") == [deployer.replace("1000", "3000")]
    assert [deployment.owns_lake_settings(id) for id in ("300000000001", "300000000002")] == [True, False]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("300000000001", "300000000011", "4: `lake_admins` names unknown account `300000000011`; did you mean"),
        ("300000000001", "200000000001", "4: `lake_admins` names account `200000000001`, which is neither governance"),
        ("300000000001", "100000000001", "4: deployment lake_admins: `100000000001` is named twice"),
        ("001:role/lake", "002:role/lake", "3: lake administrator `arn:aws:iam::100000000002:role/lake-admin` is no"),
        ("role/lake-admin", "role/mw.a.b", "3: lake administrator `arn:aws:iam::100000000001:role/mw.a.b` is named as"),
        ("role/lake-admin", "user/anna", "3: deployment has roles `arn:aws:iam::100000000001:user/anna`; expected the"),
        ("lake_admins:", "deploy_role: mw.a.b\nlake_admins:", "1: deploy role `mw.a.b` is named as access roles are"),
    ],
)
def test_a_lake_administrator_is_of_a_declared_account_and_no_access_role(
    project: Project, old: str, new: str, said: str
) -> None:
    project.write("mesh/deployment.yaml", LAKE.replace(old, new, 1))
    (problem,) = project.problems()
    assert problem.startswith(f"mesh/deployment.yaml:{said}")
