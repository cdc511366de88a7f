"""A mesh of few lines: the facts of `base.yaml`, and a scenario's own laid over them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from engine.model.agreements import Agreement
from engine.model.fields import CLASSIFICATIONS
from engine.model.mesh import Mesh

FOLDER = Path(__file__).resolve().parent
Facts = dict[str, Any]

_COLLECTIONS = ("accounts", "warehouses", "groups", "principals", "purposes", "domains", "tags", "personas", "products")


def small_mesh(changes: Facts | None = None) -> Mesh:
    """The base with changes laid over it. Raises ValidationError for what the model does not take."""
    facts = _laid(yaml.load((FOLDER / "base.yaml").read_text(), Loader=TextLoader), changes or {})
    for product in facts["products"].values():
        for key in ("embargoed_until", "server"):
            product.setdefault(key, None)
        product["tables"] = [
            _table(name, columns, product["server"]) for name, columns in sorted(product["tables"].items())
        ]
    listed = {name: [{"id": id, **fact} for id, fact in sorted(facts[name].items())] for name in _COLLECTIONS}
    agreements = [_agreement(id, agreement) for id, agreement in sorted(facts["agreements"].items())]
    return Mesh.model_validate({"broker": facts["broker"], **listed, "agreements": agreements})


class TextLoader(yaml.SafeLoader):
    """YAML in which an instant stays the text it is written as."""


TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _laid(under: Facts, over: Facts) -> Facts:
    laid = copy.deepcopy(under)
    for key, value in over.items():
        if value is None and isinstance(laid.get(key), dict):
            del laid[key]
        elif isinstance(value, dict) and isinstance(laid.get(key), dict):
            laid[key] = _laid(laid[key], value)
        else:
            laid[key] = copy.deepcopy(value)
    return laid


def _table(name: str, columns: dict[str, str], server: Facts | None) -> Facts:
    location = f"{server['container']}.{name}" if server else None
    return {"name": name, "location": location, "columns": [_column(*column) for column in columns.items()]}


def _column(name: str, written: str) -> Facts:
    words = written.replace("partition key", "partition-key").split()
    classification = words.pop(0)
    assert classification in {*CLASSIFICATIONS, "unclassified"}, written
    classified = classification != "unclassified"
    return {
        "name": name,
        "classification": classification if classified else None,
        "personal": "personal" in words if classified else None,
        "tags": [word for word in words if word not in {"personal", "partition-key"}],
        "partition_key": "partition-key" in words,
    }


def _agreement(id: str, written: Facts) -> Agreement:
    approvals = written.pop("approvals", [])
    unsigned = Agreement.model_validate({"id": id, **written})
    signed = [{"version": unsigned.version, "terms": unsigned.terms, **approval} for approval in approvals]
    return Agreement.model_validate({"id": id, **written, "approvals": signed})
