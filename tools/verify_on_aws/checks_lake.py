"""What Lake Formation and Glue do, as far as no page says it. The producer's account has the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from verify_on_aws.points import Found, point
from verify_on_aws.run import Run, allow, document, error_code
from verify_on_aws.sides import VerifyError

ROLE = "an IAM role of the consumer's that is granted"
TABLE = "a Glue database and table of the producer's without data"
_READING = ["glue:GetDatabase", "glue:GetTable"]
EXPRESSIONS = 50
"""That a principal may have: https://docs.aws.amazon.com/lake-formation/latest/dg/lf-limits.html"""


@point(
    "lake-tag-policy-read-back",
    "lake",
    title="ListPermissions by principal and LF-tag expression, for a role of another account",
    expected="DESCRIBE and SELECT, as granted",
    makes=f"an LF-tag of the producer's; {ROLE} by it",
)
def tag_policy_read_back(run: Run) -> Found:
    run.make_role()
    _tag(run, ["one"])
    policy = _policy(run, ["one"])
    run.patient(lambda: _grant(run, policy, ["DESCRIBE", "SELECT"]))
    listed = _listed(run, policy)
    found = [sorted(each["Permissions"]) for each in listed]
    return Found(f"{len(listed)} entries: {found}", found == [["DESCRIBE", "SELECT"]])


@point(
    "lake-columns-read-back",
    "lake",
    title="ListPermissions by principal and table, for named columns of a role of another account",
    expected="SELECT on exactly the column that is granted",
    makes=f"{TABLE}; {ROLE} one of its columns",
    needs=("bucket",),
)
def columns_read_back(run: Run) -> Found:
    run.make_role()
    _table(run)
    columns = {"TableWithColumns": {**_loan(run), "ColumnNames": ["id"]}}
    run.patient(lambda: _grant(run, columns, ["SELECT"]))
    listed = _listed(run, {"Table": _loan(run)})
    found = [each["Resource"].get("TableWithColumns", {}).get("ColumnNames") for each in listed]
    return Found(f"{len(listed)} entries, of columns {found}", found == [["id"]])


@point(
    "lake-link-needs-both",
    "lake",
    title="glue:GetTable through a resource link, for a session whose policy names the link alone",
    expected="refused; with link and target it is answered",
    makes=f"{TABLE}; a link to it in the consumer's account; {ROLE} both",
    needs=("bucket",),
)
def link_needs_both(run: Run) -> Found:
    run.make_role(allow([*_READING, "lakeformation:GetDataAccess"], "*"))
    _table(run)
    run.patient(lambda: _grant(run, _database(run), ["DESCRIBE"]))
    _grant(run, {"Table": _loan(run)}, ["DESCRIBE", "SELECT"])
    target = {"CatalogId": run.producer.account, "DatabaseName": run.sql_name, "Region": run.producer.region}
    run.consumer.client("glue").create_database(DatabaseInput={"Name": run.sql_name, "TargetDatabase": target})
    _grant(run, _database(run), ["DESCRIBE"], by_consumer=True)
    link, behind = (list(_arns(run, account)) for account in (run.consumer.account, run.producer.account))
    run.patient(lambda: _through_link(run, [*link, *behind]))
    refused = error_code(lambda: _through_link(run, link))
    return Found("with the link alone it is " + (f"refused ({refused})" if refused else "answered"), bool(refused))


@point(
    "lake-opt-in-by-reader",
    "lake",
    title="The opt-in of a role at a hybrid location, made in the role's account, the catalog being another's",
    expected="taken, and listed in the role's account",
    makes=f"{TABLE}, at a hybrid location in the bucket; {ROLE} it, and opted in",
    needs=("bucket",),
)
def opt_in_by_reader(run: Run) -> Found:
    run.make_role()
    run.producer.client("lakeformation").register_resource(
        ResourceArn=f"arn:aws:s3:::{run.bucket}/{run.name}", UseServiceLinkedRole=True, HybridAccessEnabled=True
    )
    _table(run)
    table = {"Table": {"CatalogId": run.producer.account, **_loan(run)}}
    run.patient(lambda: _grant(run, _database(run), ["DESCRIBE"]))
    _grant(run, table, ["SELECT"])
    client = run.consumer.client("lakeformation")
    principal = {"DataLakePrincipalIdentifier": run.role_arn}
    try:
        run.patient(lambda: client.create_lake_formation_opt_in(Principal=principal, Resource=table))
    except ClientError as error:
        return Found(f"refused: {error}", False)
    listed = client.list_lake_formation_opt_ins(Principal=principal, Resource=table)["LakeFormationOptInsInfoList"]
    return Found(f"taken, and listed {len(listed)} times", len(listed) == 1)


@point(
    "lake-inline-expressions",
    "lake",
    title="Inline LF-tag expressions, and the 50 expressions that a principal may have",
    expected=f"they do not count: {EXPRESSIONS + 1} are taken",
    makes=f"two LF-tags of the producer's; {ROLE} one expression for each",
)
def inline_expressions(run: Run) -> Found:
    """With two LF-tags, since one is told with 50 values."""
    run.make_role()
    values, more = [f"v{number}" for number in range(EXPRESSIONS)], f"{run.name}-more"
    _tag(run, values)
    _tag(run, ["v"], more)
    policies = [*(_policy(run, [value]) for value in values), _policy(run, ["v"], more)]
    run.patient(lambda: _grant(run, policies[0], ["DESCRIBE"]))
    for taken, policy in enumerate(policies[1:], 1):
        try:
            _grant(run, policy, ["DESCRIBE"])
        except ClientError as error:
            if taken < EXPRESSIONS:
                raise VerifyError(f"after {taken} expressions, for another reason: {error}") from error
            return Found(f"after {taken} it is refused: {error}", False)
    return Found(f"{len(policies)} are taken", True)


def _tag(run: Run, values: list[str], key: str | None = None) -> None:
    run.producer.client("lakeformation").create_lf_tag(TagKey=key or run.name, TagValues=values)


def _policy(run: Run, values: list[str], key: str | None = None) -> dict[str, Any]:
    expression = [{"TagKey": key or run.name, "TagValues": values}]
    return {"LFTagPolicy": {"ResourceType": "TABLE", "Expression": expression}}


def _table(run: Run) -> None:
    """On which IAMAllowedPrincipals holds nothing, so that it can be granted to another account."""
    glue, location = run.producer.client("glue"), f"s3://{run.bucket}/{run.name}"
    glue.create_database(DatabaseInput={"Name": run.sql_name, "CreateTableDefaultPermissions": []})
    everybody = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
    lake = run.producer.client("lakeformation")
    settled = error_code(
        lambda: lake.revoke_permissions(Principal=everybody, Resource=_database(run), Permissions=["ALL"])
    )
    if settled not in (None, "InvalidInputException"):  # it held nothing
        raise VerifyError(f"the grant to IAMAllowedPrincipals stays: {settled}")
    columns = [{"Name": name, "Type": "string"} for name in ("id", "amount")]
    glue.create_table(
        DatabaseName=run.sql_name,
        TableInput={
            "Name": "loan",
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": {"Columns": columns, "Location": location},
        },
    )


def _database(run: Run) -> dict[str, Any]:
    return {"Database": {"Name": run.sql_name}}


def _loan(run: Run) -> dict[str, str]:
    """Which table it is."""
    return {"DatabaseName": run.sql_name, "Name": "loan"}


def _grant(run: Run, resource: Mapping[str, Any], permissions: list[str], *, by_consumer: bool = False) -> None:
    side = run.consumer if by_consumer else run.producer
    side.client("lakeformation").grant_permissions(
        Principal={"DataLakePrincipalIdentifier": run.role_arn}, Resource=resource, Permissions=permissions
    )


def _listed(run: Run, resource: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of the role's own, in the producer's catalog."""
    asked = {"Principal": {"DataLakePrincipalIdentifier": run.role_arn}, "Resource": resource}
    answer = run.producer.client("lakeformation").list_permissions(**asked)
    return [
        each
        for each in answer["PrincipalResourcePermissions"]
        if each["Principal"]["DataLakePrincipalIdentifier"] == run.role_arn
    ]


def _arns(run: Run, account: str) -> Iterator[str]:
    place = f"arn:aws:glue:{run.producer.region}:{account}"
    yield from (f"{place}:catalog", f"{place}:database/{run.sql_name}", f"{place}:table/{run.sql_name}/loan")


def _through_link(run: Run, arns: list[str]) -> None:
    """Raises ClientError."""
    policy = document(allow(_READING, *arns), allow(["lakeformation:GetDataAccess"], "*"))
    session = run.assume(Policy=policy)
    session.client("glue").get_table(DatabaseName=run.sql_name, Name="loan")
