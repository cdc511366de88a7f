"""What cannot be seen is no absence: a reader that fails, an answer of another shape, an account out of reach."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from engine.errors import AccountError
from engine.grants.datashare.live import expected_shares
from engine.live.accounts import Accounts
from engine.live.read import Read, read_standing
from engine.model.standing import Thing
from engine.sources.deployment import Deployment
from tests.scenarios.facts import small_mesh
from tests.unit.answers import planned
from tests.unit.grants.warehouses import CONSUMER, PRODUCER, in_redshift
from tests.unit.live.deployed import GOVERNANCE, REGION, SHARE, drifts, read, told
from tests.unit.live.played import Played

READER = "meshwarden-reader-producer"
NOT_THERE = ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "Function not found"}}, "Invoke")


def standing(**changes: Any) -> dict[str, Any]:
    """An empty answer, which the reader gives of nothing."""
    whole: dict[str, Any] = {"user": "IAMR:r", "database": "dwh", "schemas": {}, "shares": {}}
    return {"standing": {**whole, "databases": {}, "roles": {}, "users": [], "given": [], **changes}}


SCHEMA = {"owner": "o", "relations": {}, "holders": []}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"<html>", "answered no JSON"),
        ({}, "`standing` should have user, database, schemas, shares, databases, roles, users, given"),
        ([], "`standing` should have user"),
        (standing(more=1), "`standing` should have user"),
        (standing(users={}), "`standing.users` should be a list"),
        (standing(users=[1]), r"`standing.users\[\]` should be a str"),
        (standing(schemas=[]), "`standing.schemas` should be an object"),
        (standing(schemas={"mw_s": {}}), "`standing.schemas.mw_s` should have owner, relations, holders"),
        (standing(schemas={"mw_s": SCHEMA | {"owner": None}}), "`standing.schemas.mw_s.owner` should be a str"),
        (standing(database="other"), "`standing.database` should be dwh"),
        (NOT_THERE, "ResourceNotFoundException"),
    ],
)
def test_an_answer_of_another_shape_is_an_error(deployed: Played, answer: Any, said: str) -> None:
    deployed.answers[PRODUCER, READER] = answer
    try:
        with pytest.raises(AccountError, match=f"account {PRODUCER}, {REGION}: .*{said}"):
            read(deployed)
    finally:
        del deployed.answers[PRODUCER, READER]


def test_the_shape_that_those_differ_from(deployed: Played) -> None:
    deployed.answers[PRODUCER, READER] = standing()
    try:
        assert ("missing", "datashare", f"{SHARE} of lending-dwh") in told(drifts(deployed))
    finally:
        del deployed.answers[PRODUCER, READER]


def test_a_reader_that_fails_is_an_error_with_its_words() -> None:
    """Nothing is deployed there: without the right to see, that would look the same."""
    mesh = small_mesh(in_redshift())
    played = Played(mesh, planned(mesh))
    assert {item.thing for item in drifts(played)} == expected_shares(played.plan).keys()
    played.admin("lending-dwh", f'REVOKE ROLE sys:monitor FROM "IAMR:meshwarden-reconciler-{REGION}-producer"')
    with pytest.raises(AccountError, match=f"account {PRODUCER}, {REGION}: {READER}: .*ACCESS SYSTEM TABLE"):
        read(played)


class _Lake:
    """Lake Formation of a governance account without a lake, for one who administers it."""

    def __init__(self, administrator: str) -> None:
        self.administrator = administrator

    def get_data_lake_settings(self, CatalogId: str) -> Any:
        assert CatalogId == GOVERNANCE
        return {"DataLakeSettings": {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": self.administrator}]}}

    def list_lf_tags(self, CatalogId: str) -> Any:
        assert CatalogId == GOVERNANCE
        return {"LFTags": []}

    def list_permissions(self, CatalogId: str) -> Any:
        assert CatalogId == GOVERNANCE
        return {"PrincipalResourcePermissions": []}

    def list_resources(self) -> Any:
        return {}

    def list_lake_formation_opt_ins(self) -> Any:
        return {}


class _Whole(Accounts):
    """Accounts with a lake, and the warehouses of `played`."""

    def __init__(self, played: Played) -> None:
        super().__init__("meshwarden-plan", None)
        self.played = played

    def client(self, service: str, account: str, region: str) -> Any:
        if service == "lakeformation" and account == GOVERNANCE:
            return _Lake(self.role_arn(account))
        return self.played.client(service, account, region)


def test_an_account_that_cannot_be_seen_whole_is_left_out_with_the_reason(deployed: Played) -> None:
    def seen() -> Read:
        return read_standing(_Whole(deployed), deployed.mesh, deployed.plan, Deployment())

    deployed.down = {CONSUMER}
    try:
        read = seen()
        assert read.unseen == {CONSUMER: f"account {CONSUMER}: AssumeRole: AccessDenied: nobody"}
        assert {thing.account for thing in read.standing} == {GOVERNANCE, PRODUCER}
        assert Thing("datashare", PRODUCER, REGION, f"{SHARE} of lending-dwh") in read.standing
        deployed.answers[PRODUCER, READER] = NOT_THERE
        read = seen()
        assert "Invoke: ResourceNotFoundException" in read.unseen[PRODUCER]
        assert {thing.account for thing in read.standing} == {GOVERNANCE}
        del deployed.answers[PRODUCER, READER]
        deployed.down = {CONSUMER, PRODUCER}
        assert seen().unseen.keys() == {CONSUMER, PRODUCER}
    finally:
        deployed.down = set()
        deployed.answers.clear()


def test_a_producer_without_a_warehouse_is_nobody_to_be_asked(deployed: Played) -> None:
    deployed.down = {CONSUMER, PRODUCER}
    try:
        elsewhere = tuple(item for item in deployed.plan.warehouses if item.account != PRODUCER)
        plan = replace(deployed.plan, warehouses=elsewhere)
        read = read_standing(_Whole(deployed), deployed.mesh, plan, Deployment())
    finally:
        deployed.down = set()
    assert read.unseen.keys() == {CONSUMER}
