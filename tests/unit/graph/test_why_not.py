"""Why not: every way with what stands in it, the fewest conditions among them, and nothing left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import DecisionError
from engine.graph.explain import explain_not
from engine.graph.names import Target
from engine.graph.why_not import Way, WhyNot, questions_for, why_not
from engine.model.decided import Decisions
from engine.model.instants import format_instant
from engine.model.mesh import Mesh
from tests.unit.graph.small import CONSUMER, MESH, SCORING, agreement, changed, decide, index, with_agreement

LOANS = "servicing/loans"


def answer(principal: str, target: Target, mesh: Mesh = MESH) -> WhyNot:
    extra = decide(mesh, questions_for(mesh, principal, target.product))
    return why_not(mesh, decide(mesh), extra, index(mesh), principal, target)


def kinds(way: Way | None) -> list[tuple[str, str]]:
    assert way is not None
    return [(obstacle.kind, obstacle.rule.id if obstacle.rule else "") for obstacle in way.smallest]


def test_questions_are_those_of_the_personas_held() -> None:
    assert [question.id for question in questions_for(MESH, "ben", LOANS)] == [
        f"analyst/modelling/{CONSUMER}/{LOANS}",
        f"analyst/reporting/{CONSUMER}/{LOANS}",
    ]
    assert questions_for(MESH, "dora", LOANS) == []


def test_without_a_persona_the_personas_that_would_do() -> None:
    found = answer("dora", Target(LOANS, "loan", "id"))
    assert (found.personas, found.would_do, found.ways, found.nearest) == ((), ("analyst",), (), None)
    assert explain_not(found) == (
        "`dora` holds no persona",
        "`servicing/loans/loan/id` is read by holders of `analyst`",
    )
    # a job is no answer for a workload
    assert answer(SCORING, Target(LOANS, "loan", "id")).would_do == ()


def test_a_column_withheld_by_a_requirement_and_the_bound() -> None:
    found = answer("ben", Target(LOANS, "loan", "tax_id"))
    assert found.entitled == ()
    assert found.wanted == (("loan", "tax_id"),)
    assert [(way.agreement.id if way.agreement else None, kinds(way)) for way in found.ways] == [
        ("reporting", [("column", "clearance"), ("bound", "")]),
        ("modelling", [("column", "clearance"), ("column", "personal"), ("bound", ""), ("bound", "")]),
    ]
    assert found.ways[1].withheld[0].by == found.ways[1].smallest
    assert [obstacle.text for obstacle in found.ways[1].smallest[2:]] == [
        "agreement `modelling` reaches up to `confidential`, and column `loan/tax_id` is `restricted`",
        "agreement `modelling` leaves out personal data, and column `loan/tax_id` holds personal data",
    ]
    assert found.nearest is not None
    assert found.nearest.smallest[0].sentence == (
        "requirement `clearance` withholds column `loan/tax_id`, which is `restricted.personal` (Title of clearance;"
        " DG-clearance; policies/access/column/clearance.rego:5): `persona.clearance` is `confidential`;"
        " `product.classes` holds `restricted.personal`"
    )


def test_an_unmet_requirement_and_no_agreement() -> None:
    found = answer("ben", Target("ledger/funding"))
    assert [kinds(way) for way in found.ways] == [[("agreement", ""), ("requirement", "residency")]] * 2
    assert not any(way.requestable for way in found.ways)
    assert [fact.text for fact in found.ways[0].smallest[1].facts] == [
        "`persona.regions` holds `eu-west-1`",
        "`product.region` is `eu-central-1`",
    ]


def test_what_could_be_requested_comes_first_among_equals() -> None:
    found = answer("carl", Target("risk/exposures"))
    assert kinds(found.nearest) == [("agreement", "")]
    assert found.nearest is not None
    assert found.nearest.requestable
    # for the same number of conditions, asking anew stands before the agreement that was rejected
    rejected = agreement("modelling", "analyst", "modelling", LOANS, states=("pending", "rejected"))
    ways = answer("ben", Target(LOANS, "loan", "id"), with_agreement(rejected)).ways
    assert [(way.agreement.id if way.agreement else None, kinds(way)) for way in ways] == [
        (None, [("agreement", "")]),
        ("modelling", [("state", "")]),
    ]


def test_a_pending_agreement_lacks_an_approval_and_says_who_could_give_it() -> None:
    found = answer("carl", Target(LOANS, "loan", "borrower_email"))
    assert kinds(found.nearest) == [("state", ""), ("approval", "governance")]
    assert found.nearest is not None
    assert not found.nearest.requestable
    assert found.nearest.smallest[1].signers == (("governance", "gwen"),)
    assert found.nearest.smallest[1].sentence.endswith("could sign: as governance `gwen`")
    unsigned = agreement("fraud", "investigator", "fraud", LOANS, personal=True, states=("pending",), signed=())
    lacking = answer("carl", Target(LOANS, "loan", "borrower_email"), with_agreement(unsigned)).nearest
    assert lacking is not None
    assert {obstacle.signers for obstacle in lacking.smallest if obstacle.kind == "approval"} == {
        (("governance", "gwen"),),
        (("owner", "olga"), ("owner", "otto")),
    }


def test_an_approval_of_other_terms_is_the_cause_and_the_way_out_is_said() -> None:
    fraud = MESH.agreement["fraud"]
    widened = fraud.model_copy(update={"end": fraud.end + timedelta(days=1)})
    found = answer("carl", Target(LOANS, "loan", "borrower_email"), with_agreement(widened)).nearest
    assert found is not None
    lacking = {item.rule.id: item for item in found.smallest if item.kind == "approval" and item.rule}
    (signed,) = fraud.approvals
    assert (signed.signs_as, lacking["owner"].discounted) == (
        "owner",
        ((signed, "is void: it signs other terms"),),
    )
    assert lacking["owner"].sentence.endswith(
        f"; the approval of `{signed.approver}` as owner at {format_instant(signed.at)} does not count (is void: it"
        " signs other terms); could sign: as owner `olga`, `otto`; way out: put back the terms that were signed, or"
        " `meshwarden approve fraud` signs what it says now"
    )
    assert (lacking["governance"].discounted, lacking["governance"].way_out) == ((), None)


def test_an_approval_of_a_former_version_is_signed_anew() -> None:
    older = MESH.agreement["fraud"].model_copy(update={"version": 2})
    found = answer("carl", Target(LOANS, "loan", "borrower_email"), with_agreement(older)).nearest
    assert found is not None
    assert any(
        item.sentence.endswith("way out: `meshwarden approve fraud` signs what it says now")
        and "does not count (signs version 1, now it is 2); could sign" in item.sentence
        for item in found.smallest
    )


def test_a_table_that_the_agreement_leaves_out() -> None:
    found = answer("carl", Target(LOANS, "payment"))
    assert ("bound", "") in kinds(found.nearest)
    assert found.nearest is not None
    assert found.nearest.smallest[-1].text == "agreement `fraud` covers `loan`, not table `payment`"


def test_an_unclassified_column_is_one_condition() -> None:
    found = answer("ben", Target(LOANS, "loan", "mystery"))
    assert [kinds(way) for way in found.ways] == [[("unclassified", "")]] * 2
    assert found.ways[0].smallest[0].text == "column `loan/mystery` has no classification and no word on personal data"


def test_an_agreement_out_of_its_term_can_be_asked_for_anew() -> None:
    ended = agreement("modelling", "analyst", "modelling", LOANS, end=datetime(2026, 3, 1, tzinfo=UTC))
    ways = answer("ben", Target(LOANS, "loan", "id"), with_agreement(ended)).ways
    assert [(way.agreement and way.agreement.id, kinds(way), way.requestable) for way in ways] == [
        (None, [("agreement", "")], True),
        ("modelling", [("term", "")], True),
    ]


def test_what_is_read_already_is_not_missing() -> None:
    found = answer("ben", Target(LOANS, "loan"))
    assert found.wanted == (("loan", "mystery"), ("loan", "tax_id"))
    assert [(access.purpose, access.columns) for access in found.entitled] == [
        ("modelling", ("amount", "id")),
        ("reporting", ("amount", "borrower_email", "id")),
    ]
    assert not any("is entitled to all" in sentence for sentence in explain_not(found))
    # everything is read for one purpose: nothing has to change, but the other purpose says what withholds it there
    whole = answer("ben", Target(LOANS, "loan", "borrower_email"))
    assert whole.wanted == ()
    assert whole.nearest is None
    assert [(way.question.role.purpose, kinds(way)) for way in whole.ways] == [
        ("modelling", [("column", "personal"), ("bound", "")])
    ]
    assert "`ben` is entitled to all of `servicing/loans/loan/borrower_email`" in explain_not(whole)


def test_entitled_but_unrealised_is_said_so() -> None:
    found = answer("ben", Target("risk/exposures", "exposure", "id"))
    assert [access.granted for access in found.entitled] == [False]
    assert found.nearest is None
    assert any("entitled but unrealised, `risk/exposures` lies in" in sentence for sentence in explain_not(found))


def test_the_column_that_fewest_conditions_withhold_counts() -> None:
    found = answer("ben", Target(LOANS, "loan"))
    # of what is wanted alone: modelling withholds the e-mail address too, which reporting gives
    assert [[(item.column, len(item.by)) for item in way.withheld] for way in found.ways] == [
        [("mystery", 1), ("tax_id", 4)],
        [("mystery", 1), ("tax_id", 2)],
    ]
    assert kinds(found.nearest) == [("unclassified", "")]
    # what happens to an unclassified column once it is classified is not known, so another comes first
    wide = agreement("reporting", "analyst", "reporting", LOANS, personal=True, max_classification="restricted")
    assert kinds(answer("ben", Target(LOANS, "loan"), with_agreement(wide)).ways[1]) == [("column", "clearance")]


def test_of_columns_that_another_purpose_gives_those_count_that_this_one_withholds() -> None:
    loans = MESH.product[LOANS]
    payer = loans.tables_by_name["loan"].columns[1]
    assert payer.personal
    payment = loans.tables_by_name["payment"]
    payment = payment.model_copy(update={"columns": (*payment.columns, payer)})
    loans = loans.model_copy(update={"tables": (loans.tables_by_name["loan"], payment)})
    mesh = changed(products=tuple(loans if item.id == LOANS else item for item in MESH.products))
    found = answer("ben", Target(LOANS, "payment"), mesh)
    assert found.wanted == ()
    assert [(way.question.role.purpose, kinds(way)) for way in found.ways] == [
        ("modelling", [("column", "personal"), ("bound", "")])
    ]


def test_an_agreement_too_narrow_for_any_column_says_so_column_by_column() -> None:
    narrow = agreement("exposures", "analyst", "modelling", "risk/exposures", max_classification="public")
    found = answer("ben", Target("risk/exposures"), with_agreement(narrow))
    assert [way.obstacles for way in found.ways if way.agreement] == [()]
    assert kinds(next(way for way in found.ways if way.agreement)) == [("bound", "")]


def test_who_has_signed_cannot_sign_again() -> None:
    groups = tuple(
        item.model_copy(update={"members": ("gwen", "olga")}) if item.governance else item for item in MESH.groups
    )
    found = answer("carl", Target(LOANS, "loan", "borrower_email"), changed(groups=groups)).nearest
    assert found is not None
    assert found.smallest[1].signers == (("governance", "gwen"),)


def test_asking_comes_before_waiting_for_others() -> None:
    pending = agreement("modelling", "analyst", "modelling", LOANS, states=("pending",))
    mesh = with_agreement(pending)
    mesh = changed(mesh, agreements=tuple(item for item in mesh.agreements if item.id != "reporting"))
    assert [
        (way.question.role.purpose, kinds(way)) for way in answer("ben", Target(LOANS, "loan", "id"), mesh).ways
    ] == [
        ("reporting", [("agreement", "")]),
        ("modelling", [("state", "")]),
    ]


def test_a_product_without_columns() -> None:
    products = (
        *MESH.products,
        MESH.product["ledger/funding"].model_copy(update={"id": "ledger/nothing", "tables": ()}),
    )
    found = answer("ben", Target("ledger/nothing"), changed(products=products))
    assert kinds(found.nearest)[-1] == ("columns", "")


def test_in_words() -> None:
    words = explain_not(answer("ben", Target(LOANS, "loan", "tax_id")))
    assert words[:4] == (
        f"as `analyst` for `reporting` in account {CONSUMER}, under agreement `reporting`: cannot be requested",
        "  withheld by requirement `clearance` and the agreement's bound: `loan/tax_id`",
        f"as `analyst` for `modelling` in account {CONSUMER}, under agreement `modelling`: cannot be requested",
        "  withheld by requirement `clearance` and requirement `personal` and the agreement's bound: `loan/tax_id`",
    )
    assert words[4] == "the least that would have to change: 2 conditions"


def test_a_question_without_an_answer_stops() -> None:
    asked = decide(MESH, [])
    with pytest.raises(DecisionError, match=r"^question `analyst/modelling/.*/ledger/funding` is not answered$"):
        why_not(MESH, decide(), asked, index(), "ben", Target("ledger/funding"))
    later = Decisions(asked.rules, datetime(2026, 7, 1, tzinfo=UTC), {}, {})
    with pytest.raises(DecisionError, match="at another instant"):
        why_not(MESH, decide(), later, index(), "ben", Target("ledger/funding"))
