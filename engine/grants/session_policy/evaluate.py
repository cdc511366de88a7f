"""What IAM is asked when a session queries a granted table or view: which actions on which resources.

Written from AWS's documentation, and independent of what compiles the documents:
- "Data Catalog ARNs": who reads a table needs the action on the table, its database and its catalog.
  https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
- "Resource link handling in AWS Glue APIs": through a link, on both the link and its target.
  https://docs.aws.amazon.com/lake-formation/latest/dg/resource-links-glue-apis.html
- "Configure access to databases and tables in the AWS Glue Data Catalog": what Athena asks of Glue.
  https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
- "Example workgroup policies": what a query needs of its workgroup.
  https://docs.aws.amazon.com/athena/latest/ug/example-policies-workgroup.html
- "Actions, resources, and condition keys for AWS Lake Formation": GetDataAccess takes no ARN.
  https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslakeformation.html
- "Actions, resources, and condition keys for Amazon Redshift Data API", "… Amazon Redshift", "… Redshift Serverless":
  statements on the cluster's or the workgroup's ARN, credentials on that of the user and of the database, or on the
  workgroup's. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftdataapi.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.grants.granted import Term
from engine.grants.iam import OWN
from engine.grants.lf_tag.evaluate import Database
from engine.model.plan import RolePlan, ShareTarget, WarehousePlan

# IAM takes upper and lower case of an action for one; the evaluator's is the lower.
DATA = frozenset({"lakeformation:getdataaccess"})
TABLE = frozenset({"glue:gettable", "glue:getpartition", "glue:getpartitions", "glue:batchgetpartition"})
ABOVE = TABLE | {"glue:getdatabase"}
"""What is asked of a table's database and catalog."""

QUERY = frozenset(
    {
        "athena:getworkgroup",
        "athena:startqueryexecution",
        "athena:stopqueryexecution",
        "athena:getqueryexecution",
        "athena:getqueryresults",
    }
)
CLUSTER = frozenset({"redshift-data:executestatement", "redshift-data:batchexecutestatement"})
WORKGROUP = CLUSTER | {"redshift-serverless:getcredentials"}
SIGN_IN = frozenset({"redshift:getclustercredentials"})
"""What is asked of a cluster's user, and of its database."""

RESULTS = frozenset(
    {"redshift-data:cancelstatement", "redshift-data:describestatement", "redshift-data:getstatementresult"}
)
NAMED = ABOVE | QUERY | WORKGROUP | SIGN_IN | RESULTS
"""All that is asked of something that has a name: a resource's ARN, or one's own statements."""

OTHERS = {actions: NAMED - actions for actions in (TABLE, ABOVE, QUERY, CLUSTER, WORKGROUP, SIGN_IN, RESULTS)}
ANYTHING = "*"
"""What an action is asked for that takes no ARN."""


@dataclass(frozen=True, slots=True)
class Need:
    """What has to be allowed on a resource from now on until `least`, and on no account from `most` on.

    `product` and `table` are what needs it; empty where it is more than one.
    """

    actions: frozenset[str]
    least: datetime
    most: datetime
    product: str
    table: str


def needs(role: RolePlan, product: str, database: Database, link: str, terms: Mapping[str, Term]) -> dict[str, Need]:
    """Resource → what a role needs of it to query tables of a product through a link, table by table until its term."""
    catalog, region, name = database
    least, most = max(term.least for term in terms.values()), max(term.last for term in terms.values())
    needed = {
        ANYTHING: Need(DATA, least, most, "", ""),
        f"arn:aws:athena:{region}:{role.account}:workgroup/{role.name}": Need(QUERY, least, most, "", ""),
    }
    for account, called in ((catalog, name), (role.account, link)):
        glue = f"arn:aws:glue:{region}:{account}:"
        needed[f"{glue}catalog"] = Need(ABOVE, least, most, "", "")
        needed[f"{glue}database/{called}"] = Need(ABOVE, least, most, product, "")
        for table, term in terms.items():
            needed[f"{glue}table/{called}/{table}"] = Need(TABLE, term.least, term.whole, product, table)
    return needed


def warehouse_needs(
    product: str, received: Iterable[tuple[ShareTarget, WarehousePlan]], last: datetime
) -> dict[str, Need]:
    """Resource → what a role needs of it to query views of a product, in each warehouse that receives them."""
    needed = {OWN: Need(RESULTS, last, last, product, "")}
    for target, warehouse in received:
        if warehouse.kind == "serverless":
            place = f"arn:aws:redshift-serverless:{warehouse.region}:{warehouse.account}"
            needed[f"{place}:workgroup/{warehouse.workgroup_id}"] = Need(WORKGROUP, last, last, product, "")
        else:
            place, cluster = f"arn:aws:redshift:{warehouse.region}:{warehouse.account}", warehouse.compute
            needed[f"{place}:cluster:{cluster}"] = Need(CLUSTER, last, last, product, "")
            for resource in (f"dbuser:{cluster}/{target.redshift_user}", f"dbname:{cluster}/{warehouse.database}"):
                needed[f"{place}:{resource}"] = Need(SIGN_IN, last, last, product, "")
    return needed


def add_needs(needed: dict[str, Need], more: Mapping[str, Need]) -> None:
    """Adds what else is needed; a resource that is needed twice is needed for the longer."""
    for resource, need in more.items():
        had = needed.get(resource, need)
        needed[resource] = Need(
            need.actions, max(need.least, had.least), max(need.most, had.most), need.product, need.table
        )
