"""The shapes of the authored files whose models stand in `engine.model`."""

from __future__ import annotations

from engine.model.agreements import Agreement, Approval
from engine.model.facts import Account, Broker, Domain, Group, Persona, Principal, Purpose, Tag, Warehouse
from engine.model.instants import format_instant, parse_instant
from engine.text.shapes import Shape
from engine.text.yaml_text import Json


def _ends_before_its_start(agreement: dict[str, Json]) -> tuple[str, str] | None:
    try:
        start, end = parse_instant(agreement.get("start")), parse_instant(agreement.get("end"))
    except ValueError:
        return None
    said = f"agreement `{agreement.get('id')}` ends at `{format_instant(end)}`, not after its start"
    return ("end", said) if end <= start else None


PERSONA = Shape(
    "persona",
    "A job or an application: what it may want data for, where, and up to which classification. personas/<id>.yaml",
    model=Persona,
)
PURPOSES = Shape(
    "purposes", "The closed list of what data is used for. personas/purposes.yaml", lists={"purposes": Purpose}
)
ACCOUNTS = Shape("accounts", "The AWS accounts of the mesh. mesh/accounts.yaml", lists={"accounts": Account})
BROKER = Shape("broker", "The one IAM role that may assume access roles. mesh/broker.yaml", model=Broker)
DOMAINS = Shape(
    "domains", "The closed list of business areas that own products. mesh/domains.yaml", lists={"domains": Domain}
)
TAGS = Shape("tags", "The closed list of tags that a column may carry. mesh/tags.yaml", lists={"tags": Tag})
WAREHOUSES = Shape(
    "warehouses", "The Amazon Redshift namespaces of the mesh. mesh/warehouses.yaml", lists={"warehouses": Warehouse}
)
DIRECTORY = Shape(
    "directory",
    "Who acts, and which groups they belong to: an export of the identity provider. mesh/directory.yaml",
    lists={"principals": Principal, "groups": Group},
)
AGREEMENT = Shape(
    "agreement",
    "Which persona uses which product for which purpose, within which bound, how long. mesh/agreements/<id>.yaml; its "
    "approvals stand in a file of their own",
    model=Agreement,
    omit=("approvals",),
    also=_ends_before_its_start,
)
APPROVALS = Shape(
    "approvals",
    "The signatures under an agreement, in the order in which they were given. mesh/agreements/<id>.approvals.yaml",
    bare=Approval,
    noun="approval",
)

SHAPES = (PERSONA, PURPOSES, ACCOUNTS, BROKER, DOMAINS, TAGS, WAREHOUSES, DIRECTORY, AGREEMENT, APPROVALS)
