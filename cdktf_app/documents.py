"""Documents as Terraform takes them: text, the same for equal documents."""

from __future__ import annotations

import json

from engine.grants.datashare.invocations import hashed
from engine.model.plan import Document


def as_text(document: Document) -> str:
    """Of strings that are written for Terraform already (`layout.as_terraform_reads`), or hold nothing of its own."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def with_variables(document: Document) -> str:
    """Of a policy whose `${…}` are variables of IAM's."""
    return as_text(document).replace("${", "$${")


def as_input(document: Document) -> str:
    """An invocation's input, of strings that are written for Terraform: the hash is of what a function receives."""
    received = json.loads(as_text(document).replace("$${", "${").replace("%%{", "%{"))
    del received["hash"]
    return as_text(hashed(received)).replace("${", "$${").replace("%{", "%%{")
