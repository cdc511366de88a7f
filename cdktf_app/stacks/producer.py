"""`<account>-<region>-producer`: a producer's own account in a region.

Lake tables are granted in the central catalog and leave it empty.
"""

from __future__ import annotations

from cdktf_app.stacks.stack import MeshStack


class ProducerStack(MeshStack):
    pass
