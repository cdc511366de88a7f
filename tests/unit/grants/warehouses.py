"""The small mesh with its product in a warehouse, and warehouses to read it in: facts to lay over `base.yaml`."""

from __future__ import annotations

from typing import Any

from tests.scenarios.facts import Facts

FRAUD = "fraud-analyst/fraud-detection/300000000001"
LOANS = "mortgage/loans"
PRODUCER, CONSUMER = "200000000001", "300000000001"
SERVERLESS, CLUSTER = "reading", "reading-cluster"
SERVER: dict[str, Any] = {
    "kind": "redshift",
    "account": PRODUCER,
    "region": "eu-west-1",
    "container": "src",
    "warehouse": "lending-dwh",
    "location": None,
}
WORKGROUP = "arn:aws:redshift-serverless:eu-west-1:300000000001:workgroup/99999999-0000-0000-0000-000000000001"
OF_CLUSTER = "arn:aws:redshift:eu-west-1:300000000001:"


def warehouse(number: int, kind: str = "serverless", **changes: object) -> Facts:
    """A consumer's, whose namespace ends in a number."""
    serverless = {"workgroup_id": f"99999999-0000-0000-0000-{number:012}"} if kind == "serverless" else {}
    return {
        "account": CONSUMER,
        "region": "eu-west-1",
        "namespace": f"11111111-0000-0000-0000-{number:012}",
        "kind": kind,
        "compute": f"compute-{number}",
        "database": "dev",
        "encrypted": True,
        **serverless,
        **changes,
    }


def in_redshift(warehouses: Facts | None = None, **facts: Facts) -> Facts:
    """The product lies in the producer's warehouse; the consumer's account has `warehouses`, else one of each kind."""
    usual = {SERVERLESS: warehouse(1), CLUSTER: warehouse(2, "cluster")}
    return {
        "products": {LOANS: {"server": SERVER}} | facts.pop("products", {}),
        "warehouses": usual if warehouses is None else warehouses,
        **facts,
    }


DIRECT = in_redshift(
    {"lending-dwh": {"account": CONSUMER}},
    accounts={CONSUMER: {"roles": ["consumer", "producer"]}},
)
DIRECT["products"][LOANS] = {"server": SERVER | {"account": CONSUMER}}
