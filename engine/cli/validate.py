"""`meshwarden validate`: is everything that authors wrote in order?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.app import Now, Project, app
from engine.cli.output import count, note, progress, show_lines

if TYPE_CHECKING:
    from engine.model.decided import Rules
    from engine.model.mesh import Mesh
    from engine.opa.lock import Lock


@app.command()
def validate(*, project: Project = Path(), now: Now) -> None:
    """Checks personas, mesh and policies, and reports what they leave open.

    A problem stops every run and exits 1; all of them are shown, each with
    its file and line. A finding stops nothing: it says what is granted to
    nobody, as a column without a classification.

    Examples:
      meshwarden validate
      meshwarden validate -C ../mesh
    """
    from engine.errors import MeshwardenError, PolicyError, SourceError
    from engine.opa.bundle import read_lock, read_policies, stale_generated
    from engine.opa.lock import load_lock
    from engine.opa.rules import load_rules
    from engine.registry.agreements import FileAgreementStore
    from engine.sources.load import load_mesh

    problems: list[str] = []
    loaded, rules, lock = None, None, None
    with progress() as said:
        said("reading personas, mesh and agreements")
        try:
            loaded = load_mesh(project, FileAgreementStore(project).read())
        except SourceError as error:
            problems += [str(problem) for problem in error.problems]
        said("compiling the policies")
        try:
            rules = load_rules(read_policies(project / "policies"))
            lock = load_lock(read_lock(project / "policies"))
            stale = stale_generated(project / "policies")
            problems += [
                f"policies/{name}: not what the policies and the model generate; run `make fmt`" for name in stale
            ]
        except PolicyError as error:
            problems.append(str(error))
    findings = [*map(str, loaded.findings), *_idle_approvals(loaded.mesh, now)] if loaded else []
    for finding in findings:
        note(f"finding: {finding}")
    if problems:
        raise MeshwardenError("\n".join([*problems, count(len(problems), "problem")]))
    assert loaded is not None
    assert rules is not None
    assert lock is not None
    show_lines([*_counts(loaded.mesh, rules, lock), f"no problem, {count(len(findings), 'finding')}"])


def _idle_approvals(mesh: Mesh, now: datetime) -> Iterator[str]:
    """The approvals of an agreement's present version that do not count, and why."""
    from engine.entitle import weigh_approvals
    from engine.model.instants import format_instant

    for agreement in mesh.agreements:
        for approval, reason in weigh_approvals(mesh, agreement, now):
            if reason is not None and approval.version == agreement.version:
                yield (
                    f"agreement `{agreement.id}`: the approval by `{approval.approver}` as {approval.signs_as}"
                    f" of {format_instant(approval.at)} does not count ({reason})"
                )


def _counts(mesh: Mesh, rules: Rules, lock: Lock) -> Iterator[str]:
    tables = [table for product in mesh.products for table in product.tables]
    columns = sum(len(table.columns) for table in tables)
    held = [(len(mesh.products), "product"), (len(tables), "table"), (columns, "column")]
    people = [(len(mesh.personas), "persona"), (len(mesh.principals), "principal"), (len(mesh.agreements), "agreement")]
    yield ", ".join(count(number, noun) for number, noun in held)
    yield ", ".join(count(number, noun) for number, noun in people)
    yield f"{count(len(rules.rules), 'requirement')}, {len(lock.requirements)} more on what is synthesized"
