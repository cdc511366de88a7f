"""What a datashare is in Terraform: which invocations, in which order, and what a change of the grant changes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from engine.grants.datashare.invocations import hashed
from engine.model.mesh import Mesh
from tests.declared import column, product
from tests.synth.conftest import Synthesize
from tests.synth.small import (
    ACCOUNTS,
    CONSUMER,
    ENTITLED,
    MESH,
    PRODUCER,
    SHARED,
    Emitted,
    made_warehouse,
    stacks,
    with_products,
)
from tests.synth.test_change import changed

PRODUCING, CONSUMING = f"{PRODUCER}-eu-west-1-producer", f"{CONSUMER}-eu-west-1-consumer"
OTHERS = tuple(item for item in ENTITLED if item is not SHARED)


def of(emitted: Emitted, stack: str, kind: str, prefix: str) -> tuple[str, dict[str, Any]]:
    """The one resource of a stack whose name begins so: its address and its arguments."""
    (found,) = (
        (name.partition(": ")[2], arguments)
        for name, arguments in emitted.resources.items()
        if name.startswith(f"{stack}: {kind}.{prefix}-mw__") or name.startswith(f"{stack}: {kind}.{prefix}-analytics_")
    )
    return found


def named(emitted: Emitted, stack: str, prefix: str, part: str = "") -> tuple[str, dict[str, Any]]:
    (found,) = (
        (name.partition(": ")[2], arguments)
        for name, arguments in emitted.resources.items()
        if name.startswith(f"{stack}: aws_lambda_invocation.{prefix}-") and part in name and "-settled-" not in name
    )
    return found


def settled(address: str) -> str:
    kind, _, name = address.partition(".")
    first, _, rest = name.partition("-")
    return f"{kind}.{first}-settled-{rest}"


def test_the_producer_makes_the_share_and_then_lets_it(small: Emitted) -> None:
    made, share = named(small, PRODUCING, "share")
    assert share["depends_on"] == ["aws_lambda_function.function-meshwarden-reconciler-producer"]
    assert small.resources[f"{PRODUCING}: {settled(made)}"]["depends_on"] == [made]
    _, authorization = of(small, PRODUCING, "aws_redshift_data_share_authorization", "authorization")
    assert authorization.pop("depends_on") == [settled(made)]
    name, namespace = json.loads(share["input"])["share"], MESH.warehouse["lending-dwh"].namespace
    assert authorization == {
        "data_share_arn": f"arn:aws:redshift:eu-west-1:{PRODUCER}:datashare:{namespace}/{name}",
        "consumer_identifier": CONSUMER,
    }


def test_the_consumer_takes_it_and_reads_as_the_role(small: Emitted) -> None:
    role, _ = named(small, CONSUMING, "role")
    association, taken = of(small, CONSUMING, "aws_redshift_data_share_consumer_association", "association")
    _, database = named(small, CONSUMING, "database")
    assert set(database["depends_on"]) == {
        "aws_lambda_function.function-meshwarden-reconciler-consumer",
        settled(role),
        association,
    }
    assert taken["consumer_arn"].endswith(f":{CONSUMER}:namespace/{MESH.warehouse['analytics'].namespace}")
    assert "depends_on" not in taken


def test_what_settles_asks_for_the_same(small: Emitted) -> None:
    """Without it an update that failed would count as done: the provider keeps the new input in the state."""
    invocations = {name: one for name, one in small.resources.items() if "aws_lambda_invocation." in name}
    again = {name: one for name, one in invocations.items() if "-settled-" in name}
    assert len(again) * 2 == len(invocations) == 6
    for name, settles in again.items():
        made = invocations[name.replace("-settled-", "-")]
        assert (made["lifecycle_scope"], settles["lifecycle_scope"]) == ("CRUD", "CREATE_ONLY")
        assert made["function_name"] == settles["function_name"]
        asked = json.loads(settles["input"])
        assert asked.pop("tf") == {"action": "make", "prev_input": None}
        assert asked == json.loads(made["input"])


def test_every_reconciler_has_what_it_needs_before_it_is_called(small: Emitted) -> None:
    for stack, side in ((PRODUCING, "producer"), (CONSUMING, "consumer")):
        for kind in ("reconciler", "reader"):
            function = small.resources[f"{stack}: aws_lambda_function.function-meshwarden-{kind}-{side}"]
            assert function["depends_on"] == [
                "aws_iam_role_policy.reconciler-policy",
                f"aws_cloudwatch_log_group.logs-meshwarden-{kind}-{side}",
            ]
            assert function["filename"] == "../../reconciler.zip"
            assert (small.folder / "stacks" / stack / function["filename"]).resolve().is_file()


def test_a_revoked_agreement_takes_its_own_and_leaves_the_reconcilers(small: Emitted, synthesize: Synthesize) -> None:
    after = synthesize(stacks(OTHERS))
    gone = {name.partition(": ")[2].split(".")[0] for name in small.resources.keys() - after.resources.keys()}
    assert gone == {
        "aws_iam_policy",
        "aws_lambda_invocation",
        "aws_redshift_data_share_authorization",
        "aws_redshift_data_share_consumer_association",
    }
    assert not any("lambda_function" in name or "iam_role." in name for name in changed(small, after))


def test_a_narrowed_agreement_changes_inputs_and_no_address(small: Emitted, synthesize: Synthesize) -> None:
    narrowed = replace(SHARED, columns={"account": ("id",), "branch": ("id",)})
    after = synthesize(stacks((*OTHERS, narrowed)))
    assert after.resources.keys() == small.resources.keys()
    touched = changed(small, after)
    assert all(arguments == {"input"} for arguments in touched.values())
    assert {name.partition(".")[2].partition("mw__")[0] for name in touched} == {
        "share-lending-dwh__",
        "share-settled-lending-dwh__",
        "database-",
        "database-settled-",
    }


HOSTILE = ["${path.module}", "%{ if true }", '"; drop table x; --', "größe"]


@pytest.mark.parametrize("name", HOSTILE)
def test_the_hash_is_of_what_the_function_receives(synthesize: Synthesize, name: str) -> None:
    assert ACCOUNTS.server is not None
    written = product("lending/accounts", ACCOUNTS.server, ("modelling",), {"account": (column(name), column("id"))})
    entitled = replace(SHARED, columns={"account": tuple(sorted((name, "id")))})
    emitted = synthesize(stacks((entitled,), with_products(written)))
    _, share = named(emitted, PRODUCING, "share")
    received = json.loads(share["input"].replace("$${", "${").replace("%%{", "%{"))
    assert received["views"]["account"]["columns"] == sorted((name, "id"))
    told = received.pop("hash")
    assert hashed(received)["hash"] == told


def both_sided() -> Mesh:
    """The consumer produces too: the product lies in its own warehouse, and is read there and in a cluster beside."""
    account = MESH.account[CONSUMER].model_copy(update={"roles": ("consumer", "producer")})
    server = ACCOUNTS.server
    assert server is not None
    moved = ACCOUNTS.model_copy(
        update={"server": server.model_copy(update={"account": CONSUMER, "warehouse": "analytics"})}
    )
    cluster = made_warehouse("reporting", CONSUMER, "cluster", 3)
    return with_products(moved).model_copy(
        update={
            "accounts": tuple({**MESH.account, CONSUMER: account}.values()),
            "warehouses": (*MESH.warehouses, cluster),
        }
    )


def test_within_an_account_nothing_is_authorized_or_associated(synthesize: Synthesize) -> None:
    emitted = synthesize(stacks(mesh=both_sided()))
    assert not [name for name in emitted.resources if "aws_redshift_data_share" in name]
    producing = f"{CONSUMER}-eu-west-1-producer"
    role, _ = named(emitted, producing, "role")
    _, direct = named(emitted, producing, "direct")
    assert set(direct["depends_on"]) == {
        "aws_lambda_function.function-meshwarden-reconciler-producer",
        settled(role),
    }
    assert direct["function_name"] == "meshwarden-reconciler-producer"
    _, share = named(emitted, producing, "share")
    assert json.loads(share["input"])["to"] == {
        "namespace": made_warehouse("reporting", CONSUMER, "cluster", 3).namespace
    }
    role, asked = named(emitted, CONSUMING, "role")
    assert json.loads(asked["input"])["user"] == "mw_user__analyst__modelling"
    _, database = named(emitted, CONSUMING, "database")
    assert set(database["depends_on"]) == {"aws_lambda_function.function-meshwarden-reconciler-consumer", settled(role)}


def test_a_share_of_several_products_asks_once_for_its_role(synthesize: Synthesize) -> None:
    assert ACCOUNTS.server is not None
    cards = product("lending/cards", ACCOUNTS.server, ("modelling",), {"card": (column("id"),)})
    carded = replace(
        SHARED, id=f"cards@{CONSUMER}", agreement="cards", product="lending/cards", columns={"card": ("id",)}
    )
    emitted = synthesize(stacks((*ENTITLED, carded), with_products(cards)))
    assert named(emitted, CONSUMING, "role")
    assert sum("aws_lambda_invocation.database-mw" in name for name in emitted.resources) == 2
