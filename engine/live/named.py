"""What stands under names that AWS gives out once, asked thing by thing with Terraform's own calls.

So it takes no more than the role that deploys may do, and sees what Terraform would see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from engine.errors import AccountError
from engine.grants.access_role.live import POLICY, ROLE
from engine.grants.datashare.reconciler import ASSOCIATION, AUTHORIZATION, FUNCTION, LOG
from engine.grants.lf_tag.live import KEY
from engine.grants.link.live import KIND as LINK
from engine.grants.location.live import OPT_IN, read_opt_ins
from engine.grants.names import policy_arn
from engine.live.accounts import Accounts, reaching
from engine.model.standing import Thing

_ABSENT = {"NoSuchEntity", "EntityNotFoundException", "ResourceNotFoundException", "ResourceNotFoundFault"}
_STANDING = {AUTHORIZATION: {"AUTHORIZED", "ACTIVE"}, ASSOCIATION: {"ACTIVE"}}
"""As which states of a datashare the provider takes the resource for made."""
_IAM_REGION = "us-east-1"


def read_named(accounts: Accounts, account: str, region: str, things: Iterable[Thing], central: str) -> set[Thing]:
    """Those of the things that stand; all are of this place, roles, policies, LF-tags, links, opt-ins, functions, logs,
    authorizations or associations of datashares. Links lead into `central`.

    Raises AccountError, also where something else bears the name of a link, which then cannot be made.
    """

    def read() -> set[Thing]:
        wanted = set(things)
        found = {thing for thing in wanted if thing.kind != OPT_IN and _stands(accounts, thing, central)}
        if any(thing.kind == OPT_IN for thing in wanted):
            found |= wanted & read_opt_ins(accounts.client("lakeformation", account, region), account, region).keys()
        return found

    return reaching(account, region, read)


def _stands(accounts: Accounts, thing: Thing, central: str) -> bool:
    account, name = thing.account, thing.name
    if thing.kind in {ROLE, POLICY}:
        iam = accounts.client("iam", account, _IAM_REGION)
        if thing.kind == ROLE:
            return _found(lambda: iam.get_role(RoleName=name)) is not None
        return _found(lambda: iam.get_policy(PolicyArn=policy_arn(account, name))) is not None
    if thing.kind == KEY:
        lake = accounts.client("lakeformation", account, thing.region)
        return _found(lambda: lake.get_lf_tag(CatalogId=account, TagKey=name)) is not None
    if thing.kind == FUNCTION:
        functions = accounts.client("lambda", account, thing.region)
        return _found(lambda: functions.get_function(FunctionName=name)) is not None
    if thing.kind == LOG:
        logs = accounts.client("logs", account, thing.region)
        pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
        return any(group["logGroupName"] == name for page in pages for group in page["logGroups"])
    if thing.kind in _STANDING:
        return _is_let(accounts.client("redshift", account, thing.region), thing)
    assert thing.kind == LINK
    glue = accounts.client("glue", account, thing.region)
    told = _found(lambda: glue.get_database(CatalogId=account, Name=name))
    return told is not None and _is_link(told["Database"], thing, central)


def _is_let(redshift: Any, thing: Thing) -> bool:
    """https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/redshift"""
    share, _, consumer = thing.name.partition(" to ")
    try:
        told = redshift.describe_data_shares(DataShareArn=share)["DataShares"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in {"InvalidDataShareFault", *_ABSENT}:
            raise
        return False
    return any(
        item["ConsumerIdentifier"] == consumer and item["Status"] in _STANDING[thing.kind]
        for held in told
        for item in held.get("DataShareAssociations", [])
    )


def _is_link(database: Any, thing: Thing, central: str) -> bool:
    """Terraform would replace a database that is imported as a link: what is in it would be gone."""
    if (database.get("TargetDatabase") or {}).get("CatalogId") == central:
        return True
    raise AccountError(f"{thing} cannot be made: a database that is no link to {central} bears its name; rename that")


def _found(ask: Callable[[], Any]) -> Any | None:
    try:
        return ask()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _ABSENT:
            return None
        raise
