"""What changes with time changes at a date of the facts, and an agreement's end takes what only it needed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.entitle import valid_until
from engine.model.agreements import Agreement
from engine.model.mesh import Mesh
from engine.model.plan import Grant, Plan
from tests.properties.line import Line, assert_seen, examples, opened, realised
from tests.properties.meshes import AT, NOW, meshes

SECOND, END = timedelta(seconds=1), NOW + timedelta(hours=1)


def test_nothing_changes_before_valid_until(line: Line) -> None:
    seen: Counter[str] = Counter()

    @examples(150)
    @given(meshes(), st.sampled_from(AT), st.data())
    def still(mesh: Mesh, now: datetime, data: st.DataObject) -> None:
        until = valid_until(mesh, now)
        last = (until or now + timedelta(days=3650)) - SECOND
        seconds = data.draw(st.integers(0, int((last - now).total_seconds())))
        entitled = line.entitle(mesh, now)
        for later in (last, now + timedelta(seconds=seconds)):
            assert line.entitle(mesh, later) == entitled
        seen["entitled"] += bool(entitled)
        seen["ends"] += until is not None and line.entitle(mesh, until) != entitled

    still()
    assert_seen(seen, "entitled", "ends")


def test_the_end_of_an_agreement_takes_exactly_what_no_other_needs(line: Line) -> None:
    seen: Counter[str] = Counter()

    @examples(150)
    @given(meshes(), st.data())
    def takes(mesh: Mesh, data: st.DataObject) -> None:
        entitled = line.entitle(mesh, NOW)
        if not entitled:
            return
        agreement = data.draw(st.sampled_from(sorted({item.agreement for item in entitled})))
        ending = _ending(mesh, agreement)
        before, after = line.plan(ending, END - SECOND), line.plan(ending, END)
        assert {item.agreement for item in before.entitlements} - {item.agreement for item in after.entitlements} <= {
            agreement
        }
        assert [item for item in before.entitlements if item.agreement != agreement] == list(after.entitlements)
        assert _granted(after) <= _granted(before)
        # the role's columns: those go that were the ending agreement's, unless another entitlement holds them
        had, has = opened(before), opened(after)
        assert {role: columns - realised(after, role) for role, columns in had.items()} == {
            role: columns - has.get(role, set()) for role, columns in had.items()
        }
        # the grants that say nothing of columns: those go that served nothing else
        still_serving = {
            grant.id: {id for id in grant.entitlements if id in {unit[0] for unit in _granted(after)}}
            for grant in before.grants
            if _says_no_columns(grant)
        }
        assert {id: serving for id, serving in still_serving.items() if serving} == {
            grant.id: set(grant.entitlements) for grant in after.grants if _says_no_columns(grant)
        }
        seen["gone"] += len(before.grants) > len(after.grants)
        seen["shared"] += any(
            len(serving) < len(grant.entitlements)
            for grant in before.grants
            if (serving := still_serving.get(grant.id))
        )

    takes()
    assert_seen(seen, "gone", "shared")


def _ending(mesh: Mesh, id: str) -> Mesh:
    """The same mesh, but the agreement ends at `END`, at which nothing else happens; its signatures are renewed."""
    old = mesh.agreement[id]
    new = Agreement.model_validate({**old.model_dump(), "end": END, "approvals": ()})
    approvals = [
        {**approval.model_dump(), "terms": new.terms if approval.terms == old.terms else approval.terms}
        for approval in old.approvals
    ]
    new = Agreement.model_validate({**new.model_dump(), "approvals": approvals})
    agreements = tuple(new if agreement.id == id else agreement for agreement in mesh.agreements)
    return Mesh.model_validate({**mesh.model_dump(), "agreements": [item.model_dump() for item in agreements]})


def _granted(plan: Plan) -> set[tuple[str, str]]:
    """(entitlement, table) that is granted."""
    unrealised = {(item.entitlement, item.table) for item in plan.unrealised}
    return {(item.id, table) for item in plan.entitlements for table in item.columns} - unrealised


def _says_no_columns(grant: Grant) -> bool:
    return grant.kind == "link" or grant.permissions == ("DESCRIBE",)
