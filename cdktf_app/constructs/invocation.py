"""An invocation of a reconciler: when it is made, when its input changes, and when it goes.

The provider takes an update that failed for done: the new input is in the state, and nothing calls again. What settles
it does: it is made anew for each input, and what fails to be made is no part of a state. It changes nothing where an
update did its work. Nor is a beginning that failed part of a state, and nobody would end what it had made until then:
so the first call only claims, and what settles it makes.

    create: claimed, settled      update: settled goes, updated, settled anew      delete: settled goes, deleted
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from cdktf_app.bindings import LambdaInvocation, TerraformResource, TerraformStack
from cdktf_app.documents import as_input, as_text
from cdktf_app.ids import logical_id
from engine.grants.datashare.invocations import Invocation, called
from engine.grants.datashare.reconciler import function_name

_KEY = "tf"


def invocation(stack: TerraformStack, item: Invocation, after: Sequence[TerraformResource]) -> TerraformResource:
    """Gives what others wait for. `after`: the function, and what the invocation itself waits for."""
    wanted = as_input(item.input)
    made = LambdaInvocation(
        stack,
        logical_id(item.kind, item.id),
        function_name=function_name(item.side),
        input=wanted,
        lifecycle_scope="CRUD",
        terraform_key=_KEY,
        depends_on=list(after),
    )
    settled: TerraformResource = LambdaInvocation(
        stack,
        logical_id(f"{item.kind}-settled", item.id),
        function_name=function_name(item.side),
        input=as_text(called(json.loads(wanted), "make")),
        lifecycle_scope="CREATE_ONLY",
        depends_on=[made],
    )
    return settled
