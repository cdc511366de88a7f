"""What reconcilers are told is what they take: each input is read by the reconciler's own code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import PlanError
from engine.grants.datashare.invocations import Invocation, Share, called, hashed, shares
from engine.grants.datashare.reconciler import compute_arn, namespace_arn, share_arn
from engine.model.plan import View
from engine.redshift.parse import parse
from engine.redshift.request import Database, Direct, Role
from engine.redshift.request import Share as SharedInWarehouse
from tests.synth.small import CONSUMER, MESH, PRODUCER, plan
from tests.synth.test_warehouses import both_sided

(CROSSING,) = shares(plan())
WITHIN = {share.consumer.id: share for share in shares(plan(mesh=both_sided()))}
DIRECT, BESIDE = WITHIN["analytics"], WITHIN["reporting"]


def test_each_kind_is_taken() -> None:
    kinds = {
        "share": SharedInWarehouse,
        "direct": Direct,
        "role": Role,
        "database": Database,
    }
    for share in (CROSSING, DIRECT, BESIDE):
        asked = [share.made, share.role, *([] if share.direct else [share.database])]
        for item in asked:
            for action in ("make", "delete"):
                request = parse(called(item.input, action))
                assert isinstance(request.wish, kinds[item.kind])
                assert request.delete is (action == "delete")
                assert request.hash == item.input["hash"]


@pytest.mark.parametrize(
    ("share", "to"),
    [(CROSSING, {"account": CONSUMER}), (BESIDE, {"namespace": BESIDE.consumer.namespace})],
    ids=["another account", "the same account"],
)
def test_a_share_is_for_its_consumer(share: Share, to: dict[str, str]) -> None:
    assert share.made.input["to"] == to
    assert share.crosses is (share is CROSSING)
    assert share.database.input["from"] == {
        "account": share.producer.account,
        "namespace": share.producer.namespace,
    }


def test_who_reads_in_the_producers_own_warehouse_needs_no_share() -> None:
    assert (DIRECT.direct, DIRECT.crosses, DIRECT.made.kind) == (True, False, "direct")
    assert DIRECT.made.input["role"] == DIRECT.target.redshift_role
    assert {item.side for item in (DIRECT.made, DIRECT.role)} == {"producer"}
    assert {item.side for item in (BESIDE.database, BESIDE.role)} == {"consumer"}


def test_views_name_their_table_and_their_columns_in_order() -> None:
    assert CROSSING.made.input["views"] == {
        "account": {"of": ["core", "account"], "columns": ["id", "opened"]},
        "branch": {"of": ["core", "branch"], "columns": ["id"]},
    }
    assert CROSSING.database.input["views"] == {"account": ["id", "opened"], "branch": ["id"]}


def test_the_hash_is_of_what_is_asked_for() -> None:
    one = CROSSING.made
    views = (replace(CROSSING.target.views[0], columns=("id",)), *CROSSING.target.views[1:])
    other = replace(CROSSING, target=replace(CROSSING.target, views=views)).made
    assert other.id == one.id
    assert other.input["hash"] != one.input["hash"]
    turned = replace(CROSSING, target=replace(CROSSING.target, views=tuple(reversed(CROSSING.target.views))))
    assert turned.made.input["hash"] == one.input["hash"]
    assert hashed({key: value for key, value in one.input.items() if key != "hash"}) == one.input


def test_ids_differ_where_warehouses_do() -> None:
    def ids(share: Share) -> set[tuple[str, str]]:
        items: list[Invocation] = [share.made, share.role, *([] if share.direct else [share.database])]
        return {(item.kind, item.id) for item in items}

    assert not ids(DIRECT) & ids(BESIDE)


@pytest.mark.parametrize("share", [CROSSING, DIRECT, BESIDE], ids=["crossing", "direct", "beside"])
def test_what_a_product_leaves_is_another_invocation_and_what_its_consumer_has_the_same(share: Share) -> None:
    """An update that fails at the warehouse which is left would not be asked for there again."""
    moved = replace(share, producer=replace(share.producer, id="second-dwh"))
    assert moved.made.id != share.made.id
    if not share.direct:
        assert moved.database.id == share.database.id


def test_a_table_without_a_place_stops() -> None:
    whole = plan()
    (grant,) = (grant for grant in whole.grants if grant.kind == "datashare")
    target = replace(CROSSING.target, views=(View("unknown", ("id",)),))
    grants = tuple(replace(item, target=target) if item is grant else item for item in whole.grants)
    with pytest.raises(PlanError, match="is on table `unknown`, of which the plan lacks the place"):
        shares(replace(whole, grants=grants))


def test_what_is_named_is_named_as_aws_does() -> None:
    cluster, serverless = CROSSING.producer, CROSSING.consumer
    assert compute_arn(cluster) == f"arn:aws:redshift:eu-west-1:{PRODUCER}:cluster:lending-dwh"
    assert compute_arn(serverless).endswith(f"{CONSUMER}:workgroup/{MESH.warehouse['analytics'].workgroup_id}")
    assert namespace_arn(cluster) == f"arn:aws:redshift:eu-west-1:{PRODUCER}:namespace:{cluster.namespace}"
    assert namespace_arn(serverless) == (
        f"arn:aws:redshift-serverless:eu-west-1:{CONSUMER}:namespace/{serverless.namespace}"
    )
    assert share_arn(cluster, "mw_s") == f"arn:aws:redshift:eu-west-1:{PRODUCER}:datashare:{cluster.namespace}/mw_s"
