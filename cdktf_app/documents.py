"""IAM policy documents as Terraform takes them: text, the same for equal documents."""

from __future__ import annotations

import json

from engine.model.plan import Document


def as_text(document: Document) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"))
