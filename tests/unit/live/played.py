"""The accounts of a mesh with emulated warehouses, whose reconcilers and readers run in the test's own process."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from engine.errors import AccountError
from engine.grants.datashare.invocations import Invocation, called, shares
from engine.grants.datashare.reconciler import (
    SIDES,
    Reconciler,
    function_name,
    namespace_arn,
    reader_name,
    share_arn,
)
from engine.live.accounts import Accounts
from engine.model.mesh import Mesh
from engine.model.plan import Plan
from engine.redshift.data_api import Session
from engine.redshift.errors import RedshiftError
from engine.redshift.parse import parse, parse_reading
from engine.redshift.reconcile import reconcile
from engine.redshift.request import Warehouse
from engine.redshift.state import read_all
from tests.emulator.errors import AwsError
from tests.emulator.redshift.catalogue import ADMIN, Namespace, Warehouses
from tests.emulator.redshift.outcome import Result
from tests.emulator.redshift_service import authorize_data_share, describe_data_shares
from tests.unit.redshift.house import DataApi
from tests.unit.redshift.set_up import set_up


@dataclass
class Played(Accounts):
    """Warehouses as their administrators have set them up, and AWS's API of them.

    `down`: accounts that nobody reaches. `answers`: what a function of an account answers instead, or raises. `asked`:
    every call of a function or of the API that changes something, in order. `keeps_authorizations`: AWS says that it
    took one away, and did not.
    """

    mesh: Mesh
    plan: Plan
    warehouses: Warehouses = field(init=False)
    down: set[str] = field(default_factory=set)
    answers: dict[tuple[str, str], Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    keeps_authorizations: bool = False

    def __post_init__(self) -> None:
        super().__init__("meshwarden-deploy", None)
        self.warehouses = set_up(self.mesh, self.plan)

    def of(self, warehouse: str) -> Namespace:
        (namespace,) = [item.namespace for item in self.plan.warehouses if item.id == warehouse]
        return self.warehouses.of_namespace(namespace)

    def admin(self, warehouse: str, *statements: str) -> Result:
        """What a warehouse's administrator does by hand."""
        held = self.of(warehouse)
        return held.run(
            database=held.database, user=ADMIN, roles=frozenset(), statements=statements, transaction=False
        )[-1]

    def deploy(self, plan: Plan | None = None) -> None:
        """Makes what a deploy of all stacks makes anew: it takes nothing away."""
        for share in shares(plan or self.plan):
            for invocation in [share.role, share.made] if share.direct else [share.made]:
                self.run(invocation)
            if share.crosses:
                arn = share_arn(share.producer, share.target.name)
                self.warehouses.authorize(arn, by=share.producer.account, consumer=share.consumer.account)
                self.warehouses.associate(arn, by=share.consumer.account, namespace_arn=namespace_arn(share.consumer))
            if not share.direct:
                self.run(share.role)
                self.run(share.database)

    def run(self, invocation: Invocation, action: Any = "make") -> list[str]:
        """The statements that ran."""
        account, region = invocation.warehouse.account, invocation.warehouse.region
        event = called(invocation.input, action)
        told = self._invoke(account, region, function_name(invocation.side), event)
        return list(told["done"])

    def client(self, service: str, account: str, region: str) -> Any:
        if account in self.down:
            raise AccountError(f"account {account}: AssumeRole: AccessDenied: nobody")
        if service == "lambda":
            return _Lambda(self, account, region)
        assert service == "redshift"
        return _Redshift(self, account, region)

    def call(self, account: str, region: str, name: str, payload: bytes) -> Any:
        event = json.loads(payload)
        self.asked.append(f"{account} {name} {event.get('tf', {}).get('action', 'read')} {event.get('do', '')}".strip())
        answer: Any = self.answers.get((account, name))
        if isinstance(answer, Exception):
            raise answer
        failed = {}
        if answer is None:
            try:
                answer = self._invoke(account, region, name, event)
            except RedshiftError as error:
                answer, failed = {"errorType": "E", "errorMessage": str(error)}, {"FunctionError": "Unhandled"}
        text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return {"StatusCode": 200, "Payload": io.BytesIO(text), **failed}

    def _invoke(self, account: str, region: str, name: str, event: Any) -> Any:
        (side,) = [side for side in SIDES if name in (function_name(side), reader_name(side))]
        user = Reconciler(account, region, side, ()).user
        if name == reader_name(side):
            reading = parse_reading(event)
            assert reading.side == side
            return {"standing": read_all(self._sql(reading.warehouse, user), side)}
        request = parse(event)
        session = self._sql(request.warehouse, user)
        standing = reconcile(request, session)
        return {"done": session.done, "standing": standing, "hash": request.hash}

    def _sql(self, warehouse: Warehouse, user: str) -> Session:
        held = self.warehouses.of_compute(warehouse.account, warehouse.region, warehouse.kind, warehouse.compute)
        return Session(DataApi(held, user), warehouse, "nonce", lambda: 600.0, lambda _: None)


@dataclass
class _Lambda:
    played: Played
    account: str
    region: str

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Any:
        return self.played.call(self.account, self.region, FunctionName, Payload)


@dataclass
class _Redshift:
    """`redshift` of boto3, answered by the emulator's own functions."""

    played: Played
    account: str
    region: str

    def get_paginator(self, name: str) -> Any:
        assert name == "describe_data_shares"
        return self

    def paginate(self) -> Iterator[Any]:
        more: dict[str, Any] = {"MaxRecords": 1}
        while True:
            page = self._call(describe_data_shares, "DescribeDataShares", more)
            yield page
            if "Marker" not in page:
                return
            more |= {"Marker": page["Marker"]}

    def deauthorize_data_share(self, **params: Any) -> Any:
        self.played.asked.append(f"{self.account} DeauthorizeDataShare {params['ConsumerIdentifier']}")
        if self.played.keeps_authorizations:
            return {}
        return self._call(authorize_data_share, "DeauthorizeDataShare", params)

    def _call(self, handler: Any, name: str, params: dict[str, Any]) -> Any:
        call = SimpleNamespace(account=self.account, region=self.region, operation=name, params=params)
        try:
            return handler(SimpleNamespace(warehouses=self.played.warehouses), call)
        except AwsError as error:
            raise ClientError({"Error": {"Code": str(error.code), "Message": str(error.message)}}, name) from None
