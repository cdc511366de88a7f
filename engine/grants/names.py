"""Every name that Meshwarden gives to something in AWS, and the ARNs made of them.

A name is a function of declared ids alone, so that it stays the same while grants come and go. Ids hold no underscore,
period or plus sign; those separate them here, so that no two things share a name. What is too long for AWS keeps its
beginning and ends in a hash of the whole, after a separator that no id and no other name can hold. Equivalence stops a
run in which two names coincide all the same.
"""

from __future__ import annotations

import hashlib
import re

from engine.grants.limits import (
    GLUE_NAME,
    POLICY_NAME,
    REDSHIFT_NAME,
    REDSHIFT_USER_NAME,
    ROLE_NAME,
    TAG_TEXT,
    Limit,
)
from engine.model.decided import AccessRole
from engine.model.facts import Warehouse

UNCLASSIFIED_VALUE = "unclassified"

ROLE_PREFIX = "mw."
"""How the name of every access role begins."""

USER_PREFIX = "mw_user"
"""How the name of every database user begins as whom a session signs in to a cluster."""

BOUNDARY = "meshwarden-boundary"
"""The managed policy of a consumer account that bounds every access role there; its administrator makes it."""


def product_key(domain: str) -> str:
    """The LF-tag key whose values are a domain's products."""
    return _fitted(f"mw-product-{domain}", TAG_TEXT)


def class_key(domain: str) -> str:
    """The LF-tag key whose values are the column classes of a domain's products."""
    return _fitted(f"mw-class-{domain}", TAG_TEXT)


def product_value(product: str) -> str:
    """The LF-tag value of a product's central database."""
    return _fitted(product, TAG_TEXT)


def class_value(column_class: str) -> str:
    """The LF-tag value of the columns of a class."""
    return _fitted(column_class, TAG_TEXT)


def central_database(product: str) -> str:
    """The Glue database of a product in the governance account's catalog, and of its links in consumer accounts.

    Athena and Spark take letters, digits and underscores unquoted: `-` becomes `_` and `/` becomes `__`. An id with
    `--`, which could read as a `/`, gets a hash, and so does one that is too long. No other name has four underscores
    in a row.
    """
    name, longest = product.replace("-", "_").replace("/", "__"), _room(GLUE_NAME)
    if "--" not in product and len(name) <= longest:
        return name
    return f"{name[: longest - 4 - _DIGITS]}____{_digest(product)}"


def share_name(role: AccessRole, product: str, warehouse: str) -> str:
    """The schema and the datashare that hold what one warehouse shares with `warehouse` for a role and a product."""
    return _identifier("mw", role.persona, role.purpose, product, warehouse)


def shared_database(role: AccessRole, product: str) -> str:
    """The database that a role reads a product in, in each warehouse of the role's account."""
    return _identifier("mw", role.persona, role.purpose, product)


def redshift_role(role: AccessRole) -> str:
    """The database role of an access role, in each warehouse of its account."""
    return _identifier("mw", role.persona, role.purpose)


def redshift_user(role: AccessRole) -> str:
    """The database user as whom a session of an access role signs in to a provisioned cluster."""
    return _identifier(USER_PREFIX, role.persona, role.purpose, limit=REDSHIFT_USER_NAME)


def role_name(role: AccessRole) -> str:
    return _fitted(f"{ROLE_PREFIX}{role.persona}.{role.purpose}", ROLE_NAME)


def role_arn(role: AccessRole) -> str:
    return f"arn:aws:iam::{role.account}:role/{role_name(role)}"


def access_policy_name(role: AccessRole, number: int) -> str:
    """One of the managed policies that are a role's identity, counted from 1."""
    return _fitted(f"mw-access.{number}.{role.persona}.{role.purpose}", POLICY_NAME)


def session_policy_name(role: AccessRole, product: str) -> str:
    return _fitted(f"mw-session.{role.persona}.{role.purpose}.{product.replace('/', '+')}", POLICY_NAME)


def policy_arn(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:policy/{name}"


def location_arn(location: str) -> str:
    """Of `s3://bucket/prefix`."""
    return f"arn:aws:s3:::{location.removeprefix('s3://')}"


def catalog_arn(account: str, region: str) -> str:
    return f"arn:aws:glue:{region}:{account}:catalog"


def database_arn(account: str, region: str, database: str) -> str:
    return f"arn:aws:glue:{region}:{account}:database/{database}"


def table_arn(account: str, region: str, database: str, table: str) -> str:
    return f"arn:aws:glue:{region}:{account}:table/{database}/{table}"


def workgroup_arn(role: AccessRole, region: str) -> str:
    """The Athena workgroup in which an access role queries: it has the role's name."""
    return f"arn:aws:athena:{region}:{role.account}:workgroup/{role_name(role)}"


def workgroup_of_warehouse_arn(warehouse: Warehouse) -> str:
    """The workgroup of a serverless warehouse: AWS names it by its id."""
    return f"arn:aws:redshift-serverless:{warehouse.region}:{warehouse.account}:workgroup/{warehouse.workgroup_id}"


def cluster_arn(warehouse: Warehouse) -> str:
    return f"arn:aws:redshift:{warehouse.region}:{warehouse.account}:cluster:{warehouse.compute}"


def cluster_user_arn(warehouse: Warehouse, user: str) -> str:
    """A database user of a cluster."""
    return f"arn:aws:redshift:{warehouse.region}:{warehouse.account}:dbuser:{warehouse.compute}/{user}"


def cluster_database_arn(warehouse: Warehouse) -> str:
    """The database of a cluster to which one connects."""
    return f"arn:aws:redshift:{warehouse.region}:{warehouse.account}:dbname:{warehouse.compute}/{warehouse.database}"


_DIGITS = 12
_AMBIGUOUS = re.compile(r"-(-|/|$)")


def _identifier(*parts: str, limit: Limit = REDSHIFT_NAME) -> str:
    """A database identifier that needs no quotes: words by one underscore, parts by two, an id's path by three.

    A hyphen that touches another or ends a word could read as one of those, and gets the name a hash, and so does
    what is too long. No other name has four underscores in a row.
    """
    longest = _room(limit)
    name = "__".join(part.replace("-", "_").replace("/", "___") for part in parts)
    if not any(_AMBIGUOUS.search(part) for part in parts) and len(name) <= longest:
        return name
    return f"{name[: longest - 4 - _DIGITS].rstrip('_')}____{_digest('/'.join(parts))}"


def _fitted(name: str, limit: Limit) -> str:
    """The name, cut where it is too long; only what is cut holds two periods in a row."""
    longest = _room(limit)
    return name if len(name) <= longest else f"{name[: longest - 2 - _DIGITS]}..{_digest(name)}"


def _room(limit: Limit) -> int:
    assert limit.value is not None
    return limit.value


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
