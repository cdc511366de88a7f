"""What stands under a name: what is there, what is not, and a database that only bears the name of a link."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from engine.errors import AccountError
from engine.grants.access_role.live import POLICY, ROLE
from engine.grants.datashare.reconciler import ASSOCIATION, AUTHORIZATION, FUNCTION, LOG
from engine.grants.lf_tag.live import KEY
from engine.grants.link.live import KIND as LINK
from engine.grants.location.live import opt_in_thing
from engine.live.accounts import Accounts
from engine.live.named import read_named
from engine.model.standing import Thing

ACCOUNT, CENTRAL, REGION = "300000000001", "100000000001", "eu-west-1"
PRINCIPAL = f"arn:aws:iam::{ACCOUNT}:role/mw.analyst.modelling"
LOGS = "/aws/lambda/meshwarden-reader"
SHARE = "arn:aws:redshift:eu-west-1:200000000001:datashare:3f0c9a52-6f1e-4c0b-9d57-2a8f6be1c901"
NAMESPACE = f"arn:aws:redshift:{REGION}:{ACCOUNT}:namespace:1a94c7d3-52e8-4b70-a3f9-7c6e0d18b204"
OPTED_IN = {"CatalogId": CENTRAL, "DatabaseName": "lending__loans", "Name": "loan"}


class Aws:
    """The calls of all services, on an account that has one thing of each kind."""

    refused: str | None = None
    associations: tuple[dict[str, str], ...] = ()

    def get_role(self, RoleName: str) -> Any:
        return self._answer(RoleName == "mw.there", "NoSuchEntity")

    def get_policy(self, PolicyArn: str) -> Any:
        return self._answer(PolicyArn == f"arn:aws:iam::{ACCOUNT}:policy/mw-access.1.there", "NoSuchEntity")

    def get_lf_tag(self, CatalogId: str, TagKey: str) -> Any:
        return self._answer((CatalogId, TagKey) == (ACCOUNT, "mw-there"), "EntityNotFoundException")

    def get_database(self, CatalogId: str, Name: str) -> Any:
        self._answer(CatalogId == ACCOUNT and Name != "gone", "EntityNotFoundException")
        target = {"there": {"CatalogId": CENTRAL}, "elsewhere": {"CatalogId": "200000000001"}}.get(Name)
        return {"Database": {"Name": Name} | ({"TargetDatabase": target} if target else {})}

    def list_lake_formation_opt_ins(self) -> Any:
        self._answer(True, "")
        principal = {"DataLakePrincipalIdentifier": PRINCIPAL}
        return {"LakeFormationOptInsInfoList": [{"Principal": principal, "Resource": {"Table": OPTED_IN}}]}

    def get_function(self, FunctionName: str) -> Any:
        return self._answer(FunctionName == "meshwarden-reader-there", "ResourceNotFoundException")

    def get_paginator(self, operation: str) -> Any:
        assert operation == "describe_log_groups"
        return self

    def paginate(self, logGroupNamePrefix: str) -> Any:
        self._answer(True, "")
        named = [name for name in (f"{LOGS}-there", f"{LOGS}-there-2") if name.startswith(logGroupNamePrefix)]
        return [{"logGroups": []}, {"logGroups": [{"logGroupName": name} for name in named]}]

    def describe_data_shares(self, DataShareArn: str) -> Any:
        self._answer(DataShareArn != f"{SHARE}/gone", "InvalidDataShareFault")
        return {"DataShares": [{"DataShareArn": DataShareArn, "DataShareAssociations": self.associations}]}

    def _answer(self, there: bool, code: str) -> Any:
        if self.refused or not there:
            raise ClientError({"Error": {"Code": self.refused or code, "Message": "said AWS"}}, "Asked")
        return {}


class Fake(Accounts):
    def __init__(self, aws: Aws) -> None:
        super().__init__("meshwarden-deploy", None)
        self.aws = aws

    def client(self, service: str, account: str, region: str) -> Any:
        assert (account, region) == (ACCOUNT, "us-east-1" if service == "iam" else REGION)
        return self.aws


def standing(*things: Thing, aws: Aws | None = None) -> set[Thing]:
    return read_named(Fake(aws or Aws()), ACCOUNT, things[0].region, things, CENTRAL)


def test_roles_and_policies_are_asked_by_name() -> None:
    there = [Thing(ROLE, ACCOUNT, "", "mw.there"), Thing(POLICY, ACCOUNT, "", "mw-access.1.there")]
    gone = [Thing(ROLE, ACCOUNT, "", "mw.gone"), Thing(POLICY, ACCOUNT, "", "mw-access.1.gone")]
    assert standing(*there, *gone) == set(there)


def test_tags_links_and_opt_ins_are_asked_in_their_place() -> None:
    there = [Thing(KEY, ACCOUNT, REGION, "mw-there"), Thing(LINK, ACCOUNT, REGION, "there")]
    there.append(opt_in_thing(ACCOUNT, REGION, PRINCIPAL, "lending__loans", "loan"))
    gone = [Thing(KEY, ACCOUNT, REGION, "mw-gone"), Thing(LINK, ACCOUNT, REGION, "gone")]
    gone.append(opt_in_thing(ACCOUNT, REGION, PRINCIPAL, "lending__loans", None))
    assert standing(*there, *gone) == set(there)


def test_functions_and_logs_are_asked_by_name() -> None:
    there = [Thing(FUNCTION, ACCOUNT, REGION, "meshwarden-reader-there"), Thing(LOG, ACCOUNT, REGION, f"{LOGS}-there")]
    gone = [Thing(FUNCTION, ACCOUNT, REGION, "meshwarden-reader-gone"), Thing(LOG, ACCOUNT, REGION, LOGS)]
    assert standing(*there, *gone) == set(there)


@pytest.mark.parametrize(
    ("kind", "consumer", "states"),
    [(AUTHORIZATION, ACCOUNT, {"AUTHORIZED", "ACTIVE"}), (ASSOCIATION, NAMESPACE, {"ACTIVE"})],
)
def test_a_datashare_is_let_and_taken_in_the_states_that_terraform_takes_for_it(
    kind: str, consumer: str, states: set[str]
) -> None:
    one, other = (Thing(kind, ACCOUNT, REGION, f"{SHARE}/{name} to {consumer}") for name in ("mw_s", "gone"))
    for status in ("PENDING_AUTHORIZATION", "AUTHORIZED", "ACTIVE", "DEAUTHORIZED", "REJECTED", "AVAILABLE"):
        aws = Aws()
        aws.associations = ({"ConsumerIdentifier": consumer, "Status": status},)
        assert standing(one, other, aws=aws) == ({one} if status in states else set())
        aws.associations = ({"ConsumerIdentifier": "200000000001", "Status": status},)
        assert standing(one, aws=aws) == set()


@pytest.mark.parametrize("name", ["database", "elsewhere"])
def test_what_is_no_link_to_the_central_catalog_is_never_adopted_as_one(name: str) -> None:
    with pytest.raises(AccountError, match=f"resource link `{name}` in {ACCOUNT} {REGION} cannot be made"):
        standing(Thing(LINK, ACCOUNT, REGION, name))


@pytest.mark.parametrize(
    "thing",
    [
        Thing(ROLE, ACCOUNT, "", "mw.there"),
        Thing(FUNCTION, ACCOUNT, REGION, "meshwarden-reader-there"),
        Thing(LOG, ACCOUNT, REGION, LOGS),
        Thing(AUTHORIZATION, ACCOUNT, REGION, f"{SHARE}/mw_s to {ACCOUNT}"),
        opt_in_thing(ACCOUNT, REGION, PRINCIPAL, "lending__loans", None),
    ],
)
def test_what_may_not_be_read_is_not_taken_for_absent(thing: Thing) -> None:
    aws = Aws()
    aws.refused = "AccessDenied"
    with pytest.raises(AccountError, match="AccessDenied: said AWS"):
        standing(thing, aws=aws)
