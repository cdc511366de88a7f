"""An LF-tag: a key with all of its values. Values are added and removed in place."""

from __future__ import annotations

from cdktf_app.bindings import LakeformationLfTag, TerraformStack
from cdktf_app.ids import logical_id
from engine.model.plan import TagKey


def tag_key(stack: TerraformStack, key: TagKey, catalog: str) -> LakeformationLfTag:
    return LakeformationLfTag(
        stack, logical_id("tag-key", key.key), catalog_id=catalog, key=key.key, values=list(key.values)
    )
