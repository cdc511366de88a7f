"""The resources of a synthesized stack that AWS makes only once: a deploy that meets one which no state knows stops.

All others it makes anew without harm: a grant, a tag assignment, a policy in a role or attached to one, and lake
settings are the same when given twice, and the provider takes a location that is registered already for its own
(https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/lakeformation/resource.go).
An invocation of a reconciler cannot be imported, and need not be: it takes over what stands, so running it again is its
adoption.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.grants.access_role.live import POLICY, ROLE
from engine.grants.datashare.reconciler import ASSOCIATION, AUTHORIZATION, FUNCTION, LOG
from engine.grants.lf_tag.live import KEY
from engine.grants.link.live import KIND as LINK
from engine.grants.location.live import opt_in_thing
from engine.grants.names import policy_arn
from engine.model.standing import Thing

_IMPORTED = {
    "aws_iam_role": ROLE,
    "aws_iam_policy": POLICY,
    "aws_glue_catalog_database": LINK,
    "aws_lakeformation_lf_tag": KEY,
    "aws_cloudwatch_log_group": LOG,
    "aws_lambda_function": FUNCTION,
    "aws_redshift_data_share_authorization": AUTHORIZATION,
    "aws_redshift_data_share_consumer_association": ASSOCIATION,
}
"""What Terraform imports, each by an id that the provider's page on it gives."""
_OPT_IN = "aws_lakeformation_opt_in"
"""The provider cannot import it, and no page of AWS says what a second one does."""


@dataclass(frozen=True, slots=True)
class Once:
    """A resource, the thing that it makes, and the shell's line after which a deploy goes on.

    `folder`: its stack's, from the project's. `imported`: the line puts it into the state; else it takes it away, as
    the role `role`, and the deploy makes it anew.
    `leads_to`: the catalog that a link points into.
    """

    folder: Path
    address: str
    thing: Thing
    line: str
    imported: bool
    role: str
    leads_to: str = ""


def made_once(root: Path, folder: Path) -> Iterator[Once]:
    """Those of the stack that was synthesized into `folder` of the project in `root`, by address."""
    written = json.loads((root / folder / "cdk.tf.json").read_bytes())
    (provider,) = written["provider"]["aws"]
    (account,) = provider["allowed_account_ids"]
    region, role = provider["region"], provider["assume_role"][0]["role_arn"]
    for kind, made in sorted(written.get("resource", {}).items()):
        for name, arguments in sorted(made.items()):
            address = f"{kind}.{name}"
            if kind in _IMPORTED:
                thing, known = _imported(kind, account, region, arguments)
                line = terraform_line(folder, "import", "-input=false", address, known)
                target = arguments.get("target_database", {}).get("catalog_id", "")
                yield Once(folder, address, thing, line, True, role, target)
            elif kind == _OPT_IN:
                principal = arguments["principal"][0]["data_lake_principal_identifier"]
                (resource,) = arguments["resource_data"]
                thing = _opted_in(account, region, principal, resource)
                yield Once(folder, address, thing, _taken_away(region, principal, resource), False, role)


def terraform_line(folder: Path, *arguments: str) -> str:
    """Terraform in a stack's folder, for a shell in the project's."""
    return shlex.join(["terraform", f"-chdir={folder}", *arguments])


def _imported(kind: str, account: str, region: str, arguments: Mapping[str, Any]) -> tuple[Thing, str]:
    """The thing, and the id under which Terraform imports it."""
    match kind:
        case "aws_iam_role":
            name = arguments["name"]
            return Thing(ROLE, account, "", name), name
        case "aws_iam_policy":
            name = arguments["name"]
            return Thing(POLICY, account, "", name), policy_arn(account, name)
        case "aws_lambda_function":
            name = arguments["function_name"]
            return Thing(FUNCTION, account, region, name), name
        case "aws_cloudwatch_log_group":
            name = arguments["name"]
            return Thing(LOG, account, region, name), name
        case "aws_redshift_data_share_authorization":
            share, consumer = arguments["data_share_arn"], arguments["consumer_identifier"]
            return Thing(AUTHORIZATION, account, region, f"{share} to {consumer}"), f"{share},{consumer}"
        case "aws_redshift_data_share_consumer_association":
            share, consumer = arguments["data_share_arn"], arguments["consumer_arn"]
            return Thing(ASSOCIATION, account, region, f"{share} to {consumer}"), f"{share},,{consumer},"
        case _:
            name = arguments["key" if kind == "aws_lakeformation_lf_tag" else "name"]
            return Thing(_IMPORTED[kind], account, region, name), f"{arguments['catalog_id']}:{name}"


def _opted_in(account: str, region: str, principal: str, resource: Mapping[str, Any]) -> Thing:
    if table := resource.get("table"):
        return opt_in_thing(account, region, principal, table[0]["database_name"], table[0]["name"])
    return opt_in_thing(account, region, principal, resource["database"][0]["name"], None)


def _taken_away(region: str, principal: str, resource: Mapping[str, Any]) -> str:
    if table := resource.get("table"):
        place = {"CatalogId": table[0]["catalog_id"], "DatabaseName": table[0]["database_name"]}
        named = {"Table": place | {"Name": table[0]["name"]}}
    else:
        database = resource["database"][0]
        named = {"Database": {"CatalogId": database["catalog_id"], "Name": database["name"]}}
    command = ["aws", "lakeformation", "delete-lake-formation-opt-in", "--region", region]
    who = {"DataLakePrincipalIdentifier": principal}
    return shlex.join([*command, "--principal", json.dumps(who), "--resource", json.dumps(named)])
