"""`governance-<region>`: what all domains share of the central catalog in a region, which so far is nothing."""

from __future__ import annotations

from cdktf_app.stacks.stack import MeshStack


class GovernanceStack(MeshStack):
    pass
