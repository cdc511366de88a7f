"""Who signs in to a warehouse with temporary credentials: the database user, his roles, and what IAM must let him.

https://docs.aws.amazon.com/redshift/latest/mgmt/generating-user-credentials.html
https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-iam-access-federated-db-roles.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.emulator import iam
from tests.emulator.call import Call
from tests.emulator.errors import Refused
from tests.emulator.identity import Caller
from tests.emulator.redshift.catalogue import Namespace
from tests.emulator.world import World

ROLES_TAG = "RedshiftDbRoles"


@dataclass(frozen=True, slots=True)
class SignIn:
    user: str
    roles: frozenset[str] = frozenset()


def as_user(world: World, call: Call, namespace: Namespace, user: str, database: str | None) -> SignIn:
    """As a user of a cluster: https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html"""
    for resource in _on_user(namespace, user, database):
        iam.authorize(world, _asking(call, user, database), "redshift:GetClusterCredentials", resource)
    return SignIn(user)


def as_identity(world: World, call: Call, namespace: Namespace, database: str | None) -> SignIn:
    """As the IAM identity itself, in a cluster or serverless.

    https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentialsWithIAM.html
    https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_GetCredentials.html
    """
    if namespace.kind == "serverless":
        asking = replace(call, service="redshift-serverless", operation="GetCredentials")
        iam.authorize(world, asking, "redshift-serverless:GetCredentials", workgroup_arn(namespace))
        counts = call.service != "redshift-data" or world.warehouses.play.tags_give_roles
        return SignIn(database_user(call.caller), _roles(call.caller) if counts else frozenset())
    asking = _asking(call, None, database)
    iam.authorize(world, asking, "redshift:GetClusterCredentialsWithIAM", _named(namespace, "dbname", database or "*"))
    if _roles(call.caller):
        raise Refused(f"the tag {ROLES_TAG} in a cluster")
    return SignIn(database_user(call.caller))


def database_user(caller: Caller) -> str:
    """`IAM:` and a user's name, `IAMR:` and a role's."""
    name = caller.principal_arn.rsplit("/", 1)[-1]
    return f"IAMR:{name}" if caller.kind == "AssumedRole" else f"IAM:{name}"


def workgroup_arn(namespace: Namespace) -> str:
    return f"arn:aws:redshift-serverless:{namespace.region}:{namespace.account}:workgroup/{namespace.workgroup_id}"


def _on_user(namespace: Namespace, user: str, database: str | None) -> Iterator[str]:
    yield _named(namespace, "dbuser", user)
    if database is not None:
        yield _named(namespace, "dbname", database)


def _named(namespace: Namespace, kind: str, name: str) -> str:
    return f"arn:aws:redshift:{namespace.region}:{namespace.account}:{kind}:{namespace.compute}/{name}"


def _asking(call: Call, user: str | None, database: str | None) -> Call:
    """The call to Redshift that is behind it, with its condition keys."""
    given = {"DbUser": user, "DbName": database, "DurationSeconds": call.params.get("DurationSeconds")}
    return replace(call, service="redshift", params={name: value for name, value in given.items() if value is not None})


def _roles(caller: Caller) -> frozenset[str]:
    """Of the principal's tag, one by a colon from the next."""
    return frozenset(role for role in caller.principal_tags.get(ROLES_TAG, "").split(":") if role)
