"""Projects to deploy: the slice in `slice/`, and copies of whole ones whose authors change their minds."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from engine.entitle import may_sign
from engine.model.agreements import Approval
from engine.model.fields import Signature
from engine.model.instants import format_instant
from engine.registry.agreements import FileAgreementStore
from engine.sources.load import load_mesh
from tests.scenarios.facts import TextLoader

ROOT = Path(__file__).resolve().parents[2]
SLICE = Path(__file__).resolve().parent / "slice"


def copy_project(source: Path, folder: Path) -> Path:
    """What authors wrote in `source`, with this repository's policies, in a new folder."""
    for name in ("personas", "mesh"):
        shutil.copytree(source / name, folder / name)
    shutil.copytree(ROOT / "policies", folder / "policies")
    return folder


def without_warehouses(project: Path) -> None:
    """Leaves of the slice what lies in the lake."""
    change(project, "mesh/warehouses.yaml", warehouses=[])
    for product in ("collections", "ratings"):
        (project / f"mesh/products/servicing/{product}.odcs.yaml").unlink()
        for agreement in (project / "mesh/agreements").glob(f"{product}-*.yaml"):
            agreement.unlink()
    accounts = _read(project / "mesh/accounts.yaml")["accounts"]
    change(project, "mesh/accounts.yaml", accounts=[account | {"roles": account["roles"][-1:]} for account in accounts])


def sign_everything(project: Path, at: datetime) -> None:
    """Signs every agreement."""
    for agreement in FileAgreementStore(project).read().by_id:
        sign(project, agreement, at)


def sign(project: Path, agreement: str, at: datetime) -> None:
    """Every approval that anybody may give under an agreement, at `at`: for each role the first who may sign."""
    store = FileAgreementStore(project)
    mesh = load_mesh(project, store.read()).mesh
    held = mesh.agreement[agreement]
    signed: set[str] = set()
    roles: tuple[Signature, ...] = ("owner", "second owner", "governance")
    for role in roles:
        for principal in mesh.principals:
            if principal.id not in signed and may_sign(mesh, held, principal.id, role) is None:
                approval = Approval(approver=principal.id, signs_as=role, at=at, version=held.version, terms=held.terms)
                store.append_approval(agreement, approval)
                signed.add(principal.id)
                break


def change(project: Path, file: str, **fields: Any) -> None:
    """Sets top-level fields of a YAML file, as an author would."""
    path = project / file
    path.write_text(yaml.safe_dump(_read(path) | fields, sort_keys=False), encoding="utf-8")


def copy_agreement(project: Path, agreement: str, id: str, **fields: Any) -> None:
    """Writes another agreement like this one but for `fields`; it is signed by nobody yet."""
    written = _read(project / f"mesh/agreements/{agreement}.yaml") | {"id": id} | fields
    (project / f"mesh/agreements/{id}.yaml").write_text(yaml.safe_dump(written, sort_keys=False), encoding="utf-8")


def revoke(project: Path, agreement: str, at: datetime) -> None:
    """Records an agreement as revoked."""
    file = f"mesh/agreements/{agreement}.yaml"
    history = _read(project / file)["history"]
    change(project, file, history=[*history, {"state": "revoked", "at": format_instant(at)}])


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=TextLoader)
    return read
