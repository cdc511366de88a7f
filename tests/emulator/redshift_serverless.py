"""Amazon Redshift Serverless: what stands, and credentials.

https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from typing import Any

from tests.emulator import iam
from tests.emulator.call import Call
from tests.emulator.errors import AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.redshift.catalogue import ADMIN, Namespace
from tests.emulator.redshift_service import SHORTEST, credentials
from tests.emulator.redshift_sign_in import as_identity, workgroup_arn
from tests.emulator.world import World


@operation("redshift-serverless", "GetCredentials")
def get_credentials(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_GetCredentials.html"""
    if "workgroupName" not in call.params:
        raise Refused(f"{call} by a custom domain")
    namespace = _workgroup(world, call)
    signed = as_identity(world, call, namespace, call.params.get("dbName"))
    given = credentials(world, signed, int(call.params.get("durationSeconds") or SHORTEST))
    return {
        "dbUser": given["DbUser"],
        "dbPassword": given["DbPassword"],
        "expiration": given["Expiration"],
        "nextRefreshTime": given["Expiration"],
    }


@operation("redshift-serverless", "GetWorkgroup")
def get_workgroup(world: World, call: Call) -> dict[str, Any]:
    namespace = _workgroup(world, call)
    iam.authorize(world, call, "redshift-serverless:GetWorkgroup", workgroup_arn(namespace))
    return {
        "workgroup": {
            "workgroupName": namespace.compute,
            "workgroupId": namespace.workgroup_id,
            "workgroupArn": workgroup_arn(namespace),
            "namespaceName": namespace.compute,
            "status": "AVAILABLE",
            "publiclyAccessible": False,
        }
    }


@operation("redshift-serverless", "GetNamespace")
def get_namespace(world: World, call: Call) -> dict[str, Any]:
    """Here a namespace has its workgroup's name."""
    namespace = _serverless(world, call, str(call.params["namespaceName"]))
    iam.authorize(world, call, "redshift-serverless:GetNamespace", namespace.arn)
    return {
        "namespace": {
            "namespaceName": namespace.compute,
            "namespaceId": namespace.namespace,
            "namespaceArn": namespace.arn,
            "adminUsername": ADMIN,
            "dbName": namespace.database,
            "status": "AVAILABLE",
        }
    }


def _workgroup(world: World, call: Call) -> Namespace:
    return _serverless(world, call, str(call.params["workgroupName"]))


def _serverless(world: World, call: Call, name: str) -> Namespace:
    try:
        return world.warehouses.of_compute(call.account, call.region, "serverless", name)
    except KeyError:
        raise AwsError("ResourceNotFoundException", f"{name} could not be found.", 404) from None
