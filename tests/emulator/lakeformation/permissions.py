"""Which permissions each kind of resource takes, and which of them go together.

https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html
"""

from __future__ import annotations

from collections.abc import Collection

from tests.emulator.errors import AwsError
from tests.emulator.lakeformation.resources import (
    CatalogKey,
    ColumnKey,
    DatabaseKey,
    ExceptKey,
    Key,
    LocationKey,
    PolicyKey,
    TableKey,
    TagKey,
)

ALL = "ALL"
IAM_ALLOWED_PRINCIPALS = "IAM_ALLOWED_PRINCIPALS"
"""Who IAM alone allows: the group that keeps resources as they were before Lake Formation."""

DATABASE = frozenset({"ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"})
TABLE = frozenset({"ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"})
LINK = frozenset({"DESCRIBE", "DROP"})
_CATALOG = frozenset({"CREATE_DATABASE", "CREATE_LF_TAG", "DESCRIBE"})
_TAG = frozenset({"ALTER", "ASSOCIATE", "DESCRIBE", "DROP", "GRANT_WITH_LF_TAG_EXPRESSION"})
WITHOUT_COLUMNS = TABLE - {"SELECT"}
"""What a principal with SELECT on some columns of a table cannot be granted on it, and the other way round."""


def valid(key: Key) -> frozenset[str]:
    """Every permission that can be granted on `key`."""
    match key:
        case CatalogKey():
            return _CATALOG
        case DatabaseKey() | PolicyKey(resource_type="DATABASE"):
            return DATABASE | {ALL}
        case TableKey() | PolicyKey():
            return TABLE | {ALL}
        case ColumnKey() | ExceptKey():
            return frozenset({"SELECT"})
        case LocationKey():
            return frozenset({"DATA_LOCATION_ACCESS"})
        case TagKey():
            return _TAG


def check(key: Key, permissions: Collection[str], grantable: Collection[str]) -> None:
    """Raises AwsError where `key` takes one of the permissions not.

    `Permissions modification is invalid.` is what AWS answers to permissions that do not fit the resource
    (https://github.com/hashicorp/terraform-provider-aws/issues/19914).
    """
    if not permissions or not set(permissions) <= valid(key):
        raise AwsError("InvalidInputException", "Permissions modification is invalid.")
    if not set(grantable) <= set(permissions):
        raise AwsError(
            "InvalidInputException", "PermissionsWithGrantOption must be a subset of the permissions granted."
        )
    if isinstance(key, ExceptKey) and grantable:
        # https://docs.aws.amazon.com/lake-formation/latest/dg/data-filtering-notes.html: an include list, not an
        # exclude list
        raise AwsError("InvalidInputException", "The grant option takes no list of excluded columns.")


def expanded(key: Key, permissions: Collection[str]) -> frozenset[str]:
    """What `permissions` are worth: Super stands for every supported operation on the database or table."""
    if ALL not in permissions:
        return frozenset(permissions)
    return valid(key)
