"""S3 locations registered with Lake Formation.

https://docs.aws.amazon.com/lake-formation/latest/dg/register-location.html
"""

from __future__ import annotations

from typing import Any

from moto.iam.models import iam_backends
from moto.s3.models import s3_backends

from tests.emulator import iam
from tests.emulator.call import Call
from tests.emulator.errors import AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.lakeformation.state import Lake, Location
from tests.emulator.paging import page
from tests.emulator.world import World

_S3 = "arn:aws:s3:::"


@operation("lakeformation", "RegisterResource")
def register_resource(world: World, call: Call) -> dict[str, Any]:
    lake, arn = _lake(world, call), call.params["ResourceArn"]
    if call.params.get("WithFederation"):
        raise Refused("federated locations")
    if not arn.startswith(_S3) or not arn.removeprefix(_S3).strip("/"):
        raise AwsError("InvalidInputException", f"Invalid S3 ARN: {arn}")
    if _key(arn) in lake.locations:
        raise AwsError("AlreadyExistsException", "Resource is already registered")
    if _overlaps(lake, arn):
        raise Refused(f"registering {arn}, above or below a registered location")
    linked = bool(call.params.get("UseServiceLinkedRole"))
    if linked == bool(call.params.get("RoleArn")):
        raise AwsError("InvalidInputException", "Exactly one of UseServiceLinkedRole and RoleArn is required.")
    if not linked:
        _must_pass(world, call)
    lake.locations[_key(arn)] = Location(
        arn=arn,
        role=_service_linked_role(lake, arn) if linked else _role(call.params["RoleArn"]),
        hybrid=bool(call.params.get("HybridAccessEnabled")),
        service_linked=linked,
        privileged=bool(call.params.get("WithPrivilegedAccess")),
        modified=world.now(),
    )
    return {}


@operation("lakeformation", "DescribeResource")
def describe_resource(world: World, call: Call) -> dict[str, Any]:
    return {"ResourceInfo": _info(_registered(_lake(world, call), call))}


@operation("lakeformation", "DeregisterResource")
def deregister_resource(world: World, call: Call) -> dict[str, Any]:
    lake = _lake(world, call)
    del lake.locations[_key(_registered(lake, call).arn)]
    return {}


@operation("lakeformation", "UpdateResource")
def update_resource(world: World, call: Call) -> dict[str, Any]:
    """A location of the service-linked role cannot be edited.

    https://docs.aws.amazon.com/lake-formation/latest/dg/notes-hybrid.html
    """
    location = _registered(_lake(world, call), call)
    if location.service_linked:
        raise AwsError("InvalidInputException", "A location registered with the service-linked role cannot be updated.")
    _must_pass(world, call)
    location.role = _role(call.params["RoleArn"])
    if call.params.get("HybridAccessEnabled") is not None:
        location.hybrid = bool(call.params["HybridAccessEnabled"])
    location.modified = world.now()
    return {}


@operation("lakeformation", "ListResources")
def list_resources(world: World, call: Call) -> dict[str, Any]:
    if call.params.get("FilterConditionList"):
        raise Refused("ListResources with a filter")
    locations = _lake(world, call).locations
    found = [_info(location) for _, location in sorted(locations.items())]
    return page(found, call.params, "ResourceInfoList", 1000)


def _lake(world: World, call: Call) -> Lake:
    """These operations name no catalog: they are about the caller's account."""
    return world.state(Lake, call.account, call.region)


def _key(arn: str) -> str:
    return arn.rstrip("/")


def _registered(lake: Lake, call: Call) -> Location:
    found = lake.locations.get(_key(call.params["ResourceArn"]))
    if found is None:
        raise AwsError("EntityNotFoundException", "Entity not found")
    return found


def _overlaps(lake: Lake, arn: str) -> bool:
    path = _key(arn) + "/"
    return any(path.startswith(other + "/") or (other + "/").startswith(path) for other in lake.locations)


def _must_pass(world: World, call: Call) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/permissions-reference.html (data lake administrator)"""
    iam.authorize(world, call, "iam:PassRole", call.params["RoleArn"])


def _role(arn: str) -> str:
    account = arn.split(":")[4]
    if not any(arn == role.arn for role in iam_backends[account]["aws"].roles.values()):
        raise AwsError("EntityNotFoundException", f"Role {arn} does not exist")
    return arn


def _service_linked_role(lake: Lake, arn: str) -> str:
    """Not for another account's bucket: https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html"""
    bucket = arn.removeprefix(_S3).split("/")[0]
    if bucket not in s3_backends[lake.account]["aws"].buckets:
        raise AwsError("InvalidInputException", "A location in another account takes a user-defined role.")
    name = "aws-service-role/lakeformation.amazonaws.com/AWSServiceRoleForLakeFormationDataAccess"
    return f"arn:aws:iam::{lake.account}:role/{name}"


def _info(location: Location) -> dict[str, Any]:
    return {
        "ResourceArn": location.arn,
        "RoleArn": location.role,
        "LastModified": location.modified,
        "HybridAccessEnabled": location.hybrid,
        "WithPrivilegedAccess": location.privileged,
    }
