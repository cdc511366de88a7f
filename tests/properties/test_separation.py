"""Two purposes of one persona never mix, nor two bounds of one access role: each column has one agreement for it."""

from __future__ import annotations

from collections import Counter

from hypothesis import given

from engine.model.instants import format_instant
from engine.model.mesh import Mesh
from tests.properties import naive
from tests.properties.line import Line, as_json, assert_seen, examples, opened
from tests.properties.meshes import NOW, meshes


def test_a_role_reads_what_one_agreement_for_its_purpose_covers(line: Line) -> None:
    seen: Counter[str] = Counter()

    @examples(150)
    @given(meshes())
    def stands(mesh: Mesh) -> None:
        facts = as_json(mesh)
        current = naive.accesses(facts, format_instant(NOW))
        for role, columns in opened(line.plan(mesh, NOW)).items():
            persona, purpose, account = role.split("/")
            own = [
                naive.one(facts, "agreements", id.partition("@")[0])
                for id, access in current.items()
                if (access.persona, access.purpose, access.account) == (persona, purpose, account)
            ]
            for product, table, name in columns:
                column = next(
                    column
                    for item in naive.one(facts, "products", product)["tables"]
                    if item["name"] == table
                    for column in item["columns"]
                    if column["name"] == name
                )
                assert any(
                    agreement["product"] == product
                    and table in (agreement["tables"] or [table])
                    and naive.is_covered(column, agreement)
                    for agreement in own
                )
                seen["columns"] += 1
            bounds = {(agreement["max_classification"], agreement["personal"]) for agreement in own}
            seen["roles of two bounds"] += len(bounds) > 1

    stands()
    assert_seen(seen, "columns", "roles of two bounds")


def test_a_role_of_one_purpose_is_untouched_by_agreements_for_another(line: Line) -> None:
    seen: Counter[str] = Counter()

    @examples(60)
    @given(meshes())
    def untouched(mesh: Mesh) -> None:
        together = opened(line.plan(mesh, NOW))
        for purpose in {agreement.purpose for agreement in mesh.agreements}:
            alone = mesh.model_copy(
                update={"agreements": tuple(item for item in mesh.agreements if item.purpose == purpose)}
            )
            of_purpose = {role: columns for role, columns in together.items() if role.split("/")[1] == purpose}
            assert opened(line.plan(Mesh.model_validate_json(alone.model_dump_json()), NOW)) == of_purpose
            seen["others"] += len(together) > len(of_purpose)

    untouched()
    assert_seen(seen, "others")
