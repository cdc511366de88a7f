"""Every quota and every rule of AWS that a plan respects: its default, who says so, and the way out.

An account's `quotas` raise a default by the limit's id. What is listed here and cannot be kept is unrealised.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.facts import Account


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit. `value` is None where it is a rule and no number; `raisable` says whether AWS raises it on request."""

    id: str
    title: str
    value: int | None
    source: str
    way_out: str
    raisable: bool = False


_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_REDSHIFT = "https://docs.aws.amazon.com/redshift/latest/mgmt/amazon-redshift-limits.html"
_LF = "https://docs.aws.amazon.com/lake-formation/latest/dg/lf-limitations.html"
_LF_QUOTAS = "https://docs.aws.amazon.com/general/latest/gr/lake-formation.html"

TAG_KEYS = Limit(
    "lf-tags-per-account",
    "LF-tags of one account",
    10000,
    _LF_QUOTAS,
    "ask AWS to raise the quota, then raise it in `mesh/accounts.yaml`",
    True,
)
TAG_VALUES = Limit(
    "lf-values-per-tag",
    "values of one LF-tag",
    1000,
    _LF_QUOTAS,
    "move products to another domain, which has a tag of its own",
    True,
)
TAG_TEXT = Limit(
    "lf-tag-length", "characters of an LF-tag key or value", 50, _LF, "none is needed: longer names are hashed"
)
TAG_EXPRESSION = Limit(
    "lf-expression-bytes",
    "bytes of one inline LF-tag expression",
    900,
    _LF,
    "none is needed: a longer expression is split",
)
MANAGED_POLICY = Limit(
    "iam-managed-policy-characters",
    "characters of one managed policy, white space not counted",
    6144,
    _IAM,
    "split the product, or agree on fewer of its tables",
)
POLICIES_PER_ROLE = Limit(
    "iam-policies-per-role",
    "managed policies attached to one role",
    10,
    _IAM,
    "ask AWS to raise the quota (to at most 20), then raise it in `mesh/accounts.yaml`; or split the persona",
    True,
)
POLICIES_PER_ACCOUNT = Limit(
    "iam-policies-per-account",
    "customer managed policies of one account",
    1500,
    _IAM,
    "ask AWS to raise the quota, then raise it in `mesh/accounts.yaml`",
    True,
)
ROLES_PER_ACCOUNT = Limit(
    "iam-roles-per-account",
    "roles of one account",
    1000,
    _IAM,
    "ask AWS to raise the quota, then raise it in `mesh/accounts.yaml`",
    True,
)
TRUST_POLICY = Limit(
    "iam-trust-policy-characters",
    "characters of a role's trust policy, white space not counted",
    2048,
    _IAM,
    "let the application's workloads share roles; or ask AWS to raise the quota (to at most 4,096), then raise it in"
    " `mesh/accounts.yaml`",
    True,
)
SESSION_SECONDS = Limit(
    "sts-session-seconds",
    "seconds of a session of a role",
    43200,
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html",
    "none is needed: a longer one is refused where it is declared",
)
TAGS_OF_RESOURCE = Limit(
    "lf-tags-per-resource",
    "LF-tags of one database, table or column, inherited ones counted",
    50,
    _LF_QUOTAS,
    "none is needed: a column has its class and its product's tag",
)
ROLE_INLINE_POLICIES = Limit(
    "iam-role-inline-characters",
    "characters of a role's inline policies together, white space not counted",
    10240,
    _IAM,
    "onboard fewer regions of the account",
)
ROLE_NAME = Limit("iam-role-name", "characters of a role's name", 64, _IAM, "none is needed: longer names are hashed")
POLICY_NAME = Limit(
    "iam-policy-name", "characters of a policy's name", 128, _IAM, "none is needed: longer names are hashed"
)
GLUE_NAME = Limit(
    "glue-name",
    "characters of a Glue database's name",
    255,
    "https://docs.aws.amazon.com/glue/latest/webapi/API_DatabaseInput.html",
    "none is needed: longer names are hashed",
)
REDSHIFT_NAME = Limit(
    "redshift-name",
    "bytes of an identifier in Amazon Redshift",
    127,
    "https://docs.aws.amazon.com/redshift/latest/dg/r_names.html",
    "none is needed: longer names are hashed",
)
CONSUMER_REGION = Limit(
    "consumer-region",
    "a consumer account reads a lake table in the table's own region, where its resource link stands",
    None,
    "https://docs.aws.amazon.com/lake-formation/latest/dg/creating-resource-links.html",
    "declare the region for the account in `mesh/accounts.yaml`",
)
PARTITION_KEY = Limit(
    "partition-key",
    "a table is read through all of its partition keys, so a role that may not read one cannot read the table",
    None,
    "https://docs.aws.amazon.com/lake-formation/latest/dg/data-filtering-notes.html",
    "extend the agreement to the partition key, or partition the table by another column",
)
LOCATION = Limit(
    "location",
    "Lake Formation hands out a table's data only where its S3 location is registered",
    None,
    "https://docs.aws.amazon.com/lake-formation/latest/dg/access-control-underlying-data.html",
    "give the server's `location` in the contract, or in `mesh/bindings/`",
)
REDSHIFT_USER_NAME = Limit(
    "redshift-user-name",
    "characters of a database user for whom a session asks credentials",
    64,
    "https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html",
    "none is needed: longer names are hashed",
)
REDSHIFT_ROLES = Limit(
    "redshift-roles",
    "database roles of one warehouse",
    1000,
    _REDSHIFT,
    "read in another warehouse of the account, or let personas share purposes",
)
REDSHIFT_SCHEMAS = Limit(
    "redshift-schemas",
    "schemas in one database of a warehouse, of which each share takes one",
    9900,
    _REDSHIFT,
    "move products to another warehouse",
)
NO_WAREHOUSE = Limit(
    "no-warehouse",
    "a role reads a Redshift table in a warehouse of its own account, in a region of its persona",
    None,
    "https://docs.aws.amazon.com/redshift/latest/dg/datashare-overview.html",
    "declare a warehouse of the account in `mesh/warehouses.yaml`, or offer the product from the lake too",
)
ENCRYPTION = Limit(
    "encryption",
    "warehouses share across accounts where both are encrypted, within an account where both or neither are",
    None,
    "https://docs.aws.amazon.com/redshift/latest/dg/datashare-considerations.html",
    "encrypt the warehouse that is not, then say so in `mesh/warehouses.yaml`",
)
UNBOUND = Limit(
    "unbound",
    "a product is granted from a declared domain and a server that Meshwarden can grant on",
    None,
    "Meshwarden's model",
    "bind the product in `mesh/bindings/`",
)
NO_WORKLOAD = Limit(
    "no-workload",
    "an application's access role trusts its workloads, and AWS takes no trust policy without a principal",
    None,
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    "declare the application's workload in one of its groups",
)

LIMITS = {
    limit.id: limit
    for limit in (
        TAG_KEYS,
        TAG_VALUES,
        TAGS_OF_RESOURCE,
        TAG_TEXT,
        TAG_EXPRESSION,
        MANAGED_POLICY,
        POLICIES_PER_ROLE,
        POLICIES_PER_ACCOUNT,
        ROLES_PER_ACCOUNT,
        ROLE_INLINE_POLICIES,
        TRUST_POLICY,
        SESSION_SECONDS,
        ROLE_NAME,
        POLICY_NAME,
        GLUE_NAME,
        REDSHIFT_NAME,
        REDSHIFT_USER_NAME,
        REDSHIFT_ROLES,
        REDSHIFT_SCHEMAS,
        CONSUMER_REGION,
        PARTITION_KEY,
        LOCATION,
        NO_WAREHOUSE,
        ENCRYPTION,
        UNBOUND,
        NO_WORKLOAD,
    )
}


def allowance(limit: Limit, account: Account) -> int:
    """What an account may have: its raised quota, else the default."""
    assert limit.value is not None
    return account.quotas.get(limit.id, limit.value) if limit.raisable else limit.value
