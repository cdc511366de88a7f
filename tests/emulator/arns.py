"""The ARN of what a call is about, from its parameters.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from moto.iam.models import IAMBackend, iam_backends

from tests.emulator.call import Call
from tests.emulator.errors import Refused
from tests.emulator.policies import bucket_named


def anything(_: Call) -> str:
    return "*"


def given(name: str) -> Callable[[Call], str]:
    """The parameter that is an ARN; `*` when the call leaves it out."""

    def resource(call: Call) -> str:
        arn = call.params.get(name)
        return "*" if arn is None else str(arn)

    return resource


def role(call: Call) -> str:
    return _iam(call, "role", "RoleName", {role.name: role.path for role in _backend(call).roles.values()})


def user(call: Call) -> str:
    """The caller itself, when the call names nobody."""
    if call.params.get("UserName") is None and call.caller.kind == "User":
        return call.caller.arn
    return _iam(call, "user", "UserName", {user.name: user.path for user in _backend(call).users.values()})


def group(call: Call) -> str:
    return _iam(call, "group", "GroupName", {group.name: group.path for group in _backend(call).groups.values()})


def policy(call: Call) -> str:
    if "PolicyArn" in call.params:
        return str(call.params["PolicyArn"])
    return _iam(call, "policy", "PolicyName", {})


def _iam(call: Call, kind: str, parameter: str, paths: dict[str, str]) -> str:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html: the path is part of the ARN."""
    name = str(call.params.get(parameter) or "")
    path = paths.get(name) or call.params.get("Path") or "/"
    return f"arn:aws:iam::{call.account}:{kind}{path}{name}"


def _backend(call: Call) -> IAMBackend:
    return iam_backends[call.account]["aws"]


def catalog(call: Call) -> str:
    return _glue(call, "catalog")


def database(call: Call) -> str:
    return _glue(call, f"database/{_database(call)}")


def every_database(call: Call) -> str:
    return _glue(call, "database/*")


def table(call: Call) -> str:
    params = call.params
    name = params.get("TableName") or (params.get("TableInput") or {}).get("Name") or params.get("Name")
    return _glue(call, f"table/{_database(call)}/{name}")


def every_table(call: Call) -> str:
    return _glue(call, f"table/{_database(call) or '*'}/*")


def every_function(call: Call) -> str:
    return _glue(call, f"userDefinedFunction/{_database(call)}/*")


def _glue(call: Call, rest: str) -> str:
    owner = call.params.get("CatalogId") or call.account
    return f"arn:aws:glue:{call.region}:{owner}:{rest}"


def _database(call: Call) -> str:
    params = call.params
    named = params.get("Name") if call.operation.endswith("Database") else None
    return str(params.get("DatabaseName") or named or (params.get("DatabaseInput") or {}).get("Name") or "")


def tables_to_delete(call: Call) -> list[str]:
    return [_glue(call, f"table/{_database(call)}/{name}") for name in call.params["TablesToDelete"]]


def log_group(call: Call) -> str:
    """As denials name it: a group's ARN, and then its streams'.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    name = call.params.get("logGroupName") or call.params.get("logGroupNamePrefix") or ""
    if call.operation == "DescribeLogGroups":
        name = ""
    return f"arn:aws:logs:{call.region}:{call.account}:log-group:{name}:log-stream:"


def cluster(call: Call) -> str:
    name = call.params.get("ClusterIdentifier") or "*"
    return f"arn:aws:redshift:{call.region}:{call.account}:cluster:{name}"


def bucket(call: Call) -> str:
    return f"arn:aws:s3:::{call.params['Bucket']}"


def s3_object(call: Call) -> str:
    return f"{bucket(call)}/{call.params['Key']}"


def key_to_encrypt(call: Call) -> str | None:
    """The KMS key that the call names for its object; the bucket's own default is not emulated."""
    key = call.params.get("SSEKMSKeyId")
    if key is not None and not str(key).startswith("arn:aws:kms:"):
        raise Refused("a KMS key by anything but its ARN")
    return key


def key_of_object(call: Call) -> str | None:
    """The KMS key that the object was encrypted with."""
    held = bucket_named(str(call.params["Bucket"]))
    found = held.keys.get(str(call.params["Key"])) if held else None
    return found.kms_key_id if found else None


def copy_source(call: Call) -> str:
    source = call.params["CopySource"]
    return f"arn:aws:s3:::{unquote(str(source)).lstrip('/').split('?')[0]}"
