"""The Lake Formation of one account and region: settings, LF-Tags, grants, registered locations, opt-ins."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from tests.emulator.lakeformation.grants import Grants
from tests.emulator.lakeformation.permissions import ALL, IAM_ALLOWED_PRINCIPALS
from tests.emulator.lakeformation.resources import CatalogKey, Key
from tests.emulator.lakeformation.tags import Tags

_IAM_ONLY = [{"Principal": {"DataLakePrincipalIdentifier": IAM_ALLOWED_PRINCIPALS}, "Permissions": [ALL]}]

DEFAULT_SETTINGS: dict[str, Any] = {
    "DataLakeAdmins": [],
    "ReadOnlyAdmins": [],
    "CreateDatabaseDefaultPermissions": _IAM_ONLY,
    "CreateTableDefaultPermissions": _IAM_ONLY,
    "TrustedResourceOwners": [],
    "AllowExternalDataFiltering": False,
    "AllowFullTableExternalDataAccess": False,
    "ExternalDataFilteringAllowList": [],
    "AuthorizedSessionTagValueList": [],
    "Parameters": {"CROSS_ACCOUNT_VERSION": "1", "SET_CONTEXT": "TRUE"},
}
"""A new account: IAM decides on new databases and tables until somebody changes it.

https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html; for the parameters the documentation of
aws_lakeformation_data_lake_settings, provider 5.100: "In a fresh account, prior to configuring, CROSS_ACCOUNT_VERSION
is 1".
"""


@dataclass(slots=True)
class Location:
    """A registered S3 location. https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ResourceInfo.html"""

    arn: str
    role: str
    hybrid: bool
    service_linked: bool
    privileged: bool
    modified: datetime

    @property
    def prefix(self) -> str:
        """`bucket/` or `bucket/prefix/`."""
        return self.arn.removeprefix("arn:aws:s3:::").rstrip("/") + "/"


@dataclass(frozen=True, slots=True)
class OptIn:
    principal: str
    key: Key
    modified: datetime
    by: str


@dataclass(slots=True)
class Lake:
    account: str
    region: str
    settings: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(DEFAULT_SETTINGS))
    tags: Tags = field(default_factory=Tags)
    grants: Grants = field(default_factory=Grants)
    locations: dict[str, Location] = field(default_factory=dict)
    opt_ins: dict[tuple[str, Key], OptIn] = field(default_factory=dict)
    cross_account_listing: Literal["effective", "granted", "empty"] = "effective"
    """What ListPermissions answers for a principal of another account and a resource: what is in effect, as the API's
    page says; what was granted; or nothing, as it was once seen for data cells filters. Which of them holds for tag
    policies and named columns, nobody has measured: a test may play each."""
    opt_in_of_other_catalogs: bool = True
    """Whether an administrator opts in on what another account's catalog holds, as the guide says; a test may play that
    he cannot."""
    link_alone: bool = False
    """Whether IAM is asked of a link alone, and not of what is behind it; the guide says both."""
    most_expressions: int | None = None
    """How many LF-tag expressions a principal may have; None: inline ones do not count."""

    def __post_init__(self) -> None:
        # https://docs.aws.amazon.com/lake-formation/latest/dg/initial-lf-config.html: until it is revoked, IAM
        # decides who creates databases.
        self.grants.add(IAM_ALLOWED_PRINCIPALS, CatalogKey(self.account), {"CREATE_DATABASE"})

    def admins(self) -> frozenset[str]:
        return _identifiers(self.settings["DataLakeAdmins"])

    def read_only_admins(self) -> frozenset[str]:
        return _identifiers(self.settings.get("ReadOnlyAdmins", []))

    def location_of(self, path: str) -> Location | None:
        """The registered location that holds `path` (`s3://bucket/prefix/`), the nearest where several do."""
        wanted = path.removeprefix("s3://").rstrip("/") + "/"
        for prefix in _prefixes(wanted):
            location = self.locations.get("arn:aws:s3:::" + prefix)
            if location is not None:
                return location
        return None


def _prefixes(path: str) -> Iterator[str]:
    """`a/b/c/` -> `a/b/c`, `a/b`, `a`: the ways in which a location above may be registered, nearest first."""
    parts = path.rstrip("/").split("/")
    for length in range(len(parts), 0, -1):
        yield "/".join(parts[:length])


def _identifiers(principals: list[dict[str, str]]) -> frozenset[str]:
    return frozenset(principal["DataLakePrincipalIdentifier"] for principal in principals)
