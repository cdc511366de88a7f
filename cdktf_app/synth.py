"""Stack plans -> cdktf.out/stacks/<name>/cdk.tf.json. The same plans give the same bytes, wherever they are written.

Beside `stacks`, the code of the reconcilers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cdktf_app.bindings import App
from cdktf_app.code import FILE, reconciler_code
from cdktf_app.layout import StackKind, StackPlan
from cdktf_app.stacks.consumer import ConsumerStack
from cdktf_app.stacks.domain import DomainStack
from cdktf_app.stacks.governance import GovernanceStack
from cdktf_app.stacks.producer import ProducerStack
from cdktf_app.stacks.roles import RolesStack
from cdktf_app.stacks.stack import MeshStack
from engine.sources.deployment import Deployment

_STACKS: dict[StackKind, type[MeshStack]] = {
    "roles": RolesStack,
    "governance": GovernanceStack,
    "domain": DomainStack,
    "producer": ProducerStack,
    "consumer": ConsumerStack,
}


def synthesize(plans: Sequence[StackPlan], deployment: Deployment, folder: Path | None = None) -> Path:
    """Writes every stack below `folder`, by default the one that cdktf names, and gives the folder."""
    app = App(outdir=str(folder) if folder else None)
    stacks: dict[str, MeshStack] = {}
    for plan in plans:
        stacks[plan.name] = _STACKS[plan.kind](app, plan, deployment)
        for name in plan.after:
            stacks[plan.name].add_dependency(stacks[name])
    app.synth()
    (Path(app.outdir) / FILE).write_bytes(reconciler_code().content)
    return Path(app.outdir)
