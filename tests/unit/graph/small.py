"""A mesh small enough to know by heart, and its decisions by four requirements written in Python.

anna ── north ──┐            ben ── juniors ── north
     └─ leads ──┴─ analysts ── persona analyst: modelling, reporting
carl ── fraud-team ── persona investigator: fraud
scoring (a workload) ── scoring-jobs ── persona scorer: modelling
dora is in no group. olga and otto own everything, gwen is governance.
"""

from __future__ import annotations

from datetime import UTC, datetime

from engine.entitle import entitle, questions, signed_questions, valid_until
from engine.grants.compile import compile_plan
from engine.graph.index import AccessIndex, index_access
from engine.model.agreements import Agreement, Approval, StateChange
from engine.model.decided import ApprovalDecision, Decision, Decisions, Question, Rule, RuleKind, Rules
from engine.model.facts import Account, Broker, Domain, Group, Persona, Principal, Purpose
from engine.model.fields import Classification, Signature, rank
from engine.model.mesh import Mesh
from engine.model.plan import Plan
from engine.model.products import Column, Product, Server
from tests import declared
from tests.declared import column

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GOVERNANCE, PRODUCER, CONSUMER = "000000000001", "000000000002", "000000000003"
SCORING = f"arn:aws:iam::{CONSUMER}:role/scoring"


def _rule(kind: RuleKind, id: str, *weighs: str) -> Rule:
    file = f"policies/{'approval/requirement' if kind == 'approval' else f'access/{kind}'}/{id}.rego"
    return Rule(id, kind, f"Title of {id}", "It is so.", f"DG-{id}", file, 5, weighs)


RULES = Rules(
    "0" * 64,
    (
        _rule("approval", "governance", "agreement.personal", "approvals"),
        _rule("approval", "owner", "approvals"),
        _rule("column", "clearance", "persona.clearance", "product.classes"),
        _rule("column", "personal", "product.classes", "purpose.allows_personal"),
        _rule("question", "residency", "persona.regions", "product.region"),
        _rule("question", "suspension", "product.domain", "persona.suspended"),
        _rule("session", "hours", "purpose.allows_personal"),
    ),
)


def product(id: str, server: Server, **tables: tuple[Column, ...]) -> Product:
    return declared.product(id, server, ("fraud", "modelling", "reporting"), tables)


def approval(agreement: Agreement, approver: str, signs_as: Signature, day: int = 2) -> Approval:
    at = datetime(2026, 1, day, tzinfo=UTC)
    return Approval(approver=approver, signs_as=signs_as, at=at, version=agreement.version, terms=agreement.terms)


def agreement(
    id: str,
    persona: str,
    purpose: str,
    product_id: str,
    *,
    max_classification: Classification = "confidential",
    personal: bool = False,
    tables: tuple[str, ...] | None = None,
    states: tuple[str, ...] = ("pending", "active"),
    end: datetime = datetime(2027, 1, 1, tzinfo=UTC),
    signed: tuple[tuple[str, Signature], ...] = (("olga", "owner"), ("gwen", "governance")),
) -> Agreement:
    unsigned = Agreement(
        id=id,
        version=1,
        persona=persona,
        product=product_id,
        tables=tables,
        purpose=purpose,
        accounts=(CONSUMER,),
        max_classification=max_classification,
        personal=personal,
        start=datetime(2026, 1, 1, tzinfo=UTC),
        end=end,
        history=tuple(
            StateChange.model_validate({"state": state, "at": datetime(2026, 1, 2 + number, tzinfo=UTC)})
            for number, state in enumerate(states)
        ),
        requester="anna",
        ticket=f"T-{id}",
    )
    return unsigned.model_copy(
        update={"approvals": tuple(approval(unsigned, approver, signs_as) for approver, signs_as in sorted(signed))}
    )


def _persona(id: str, group: str, purposes: tuple[str, ...], clearance: Classification = "confidential") -> Persona:
    return Persona(
        id=id,
        title=f"Title of {id}",
        kind="application" if id == "scorer" else "job",
        groups=(group,),
        purposes=purposes,
        clearance=clearance,
        regions=("eu-west-1",),
        accounts=(CONSUMER,),
        max_session=28800,
        owner="owners" if id == "scorer" else None,
    )


LAKE = Server(kind="glue", account=PRODUCER, region="eu-west-1", container="servicing", location="s3://lake/servicing")
ABROAD = Server(kind="glue", account=PRODUCER, region="eu-central-1", container="ledger", location="s3://lake/ledger")
DWH = Server(kind="redshift", account=PRODUCER, region="eu-west-1", container="risk", warehouse="dwh")

MESH = Mesh(
    broker=Broker(role_arn=f"arn:aws:iam::{GOVERNANCE}:role/broker"),
    accounts=(
        Account(
            id=GOVERNANCE,
            name="control",
            environment="prod",
            regions=("eu-west-1", "eu-central-1"),
            roles=("governance",),
        ),
        Account(
            id=PRODUCER,
            name="lake",
            environment="prod",
            regions=("eu-west-1", "eu-central-1"),
            roles=("producer",),
        ),
        Account(id=CONSUMER, name="analytics", environment="prod", regions=("eu-west-1",), roles=("consumer",)),
    ),
    warehouses=(declared.warehouse(PRODUCER),),
    groups=(
        Group(id="analysts", members=("leads", "north")),
        Group(id="fraud-team", members=("carl",)),
        Group(id="governors", members=("gwen",), governance=True),
        Group(id="juniors", members=("ben",)),
        Group(id="leads", members=("anna",)),
        Group(id="north", members=("anna", "juniors")),
        Group(id="owners", members=("olga", "otto")),
        Group(id="scoring-jobs", members=(SCORING,)),
    ),
    principals=(
        *(Principal(id=id, kind="person") for id in ("anna", "ben", "carl", "dora", "gwen", "olga", "otto")),
        Principal(id=SCORING, kind="workload"),
    ),
    purposes=(
        Purpose(id="fraud", title="Finding fraud", allows_personal=True),
        Purpose(id="modelling", title="Building models", allows_personal=False),
        Purpose(id="reporting", title="Reporting to the supervisor", allows_personal=True),
    ),
    domains=tuple(Domain(id=id, title=id, regions=("eu-west-1",)) for id in ("ledger", "risk", "servicing")),
    tags=(),
    personas=(
        _persona("analyst", "analysts", ("modelling", "reporting")),
        _persona("investigator", "fraud-team", ("fraud",), "restricted"),
        _persona("scorer", "scoring-jobs", ("modelling",)),
    ),
    products=(
        product("ledger/funding", ABROAD, bond=(column("isin"),)),
        product("risk/exposures", DWH, exposure=(column("id"), column("amount"))),
        product(
            "servicing/loans",
            LAKE,
            loan=(
                column("amount"),
                column("borrower_email", "confidential", True),
                column("id"),
                column("mystery", None, None),
                column("tax_id", "restricted", True),
            ),
            payment=(column("id"), column("paid")),
        ),
    ),
    agreements=(
        agreement("exposures", "analyst", "modelling", "risk/exposures"),
        agreement(
            "fraud",
            "investigator",
            "fraud",
            "servicing/loans",
            personal=True,
            tables=("loan",),
            states=("pending",),
            signed=(("olga", "owner"),),
        ),
        agreement("modelling", "analyst", "modelling", "servicing/loans"),
        agreement("reporting", "analyst", "reporting", "servicing/loans", personal=True),
    ),
)


def decide(mesh: Mesh = MESH, extra: list[Question] | None = None) -> Decisions:
    """What `RULES` say, in Python: of every agreement, or of further questions."""
    access = {question: _decide(mesh, question) for question in (questions(mesh) if extra is None else extra)}
    approvals = {}
    for asked, counting in signed_questions(mesh, NOW).items():
        signed = {item.signs_as for item in counting}
        approvals[asked] = ApprovalDecision(asked, RULES.of("approval") & signed)
    return Decisions(RULES, NOW, access, approvals)


def _decide(mesh: Mesh, question: Question) -> Decision:
    persona, purpose = mesh.persona[question.role.persona], mesh.purpose[question.role.purpose]
    asked = mesh.product[question.product]
    met = {"suspension"} if not persona.suspended else set()
    if asked.server and asked.server.region in persona.regions:
        met.add("residency")
    known = [item for item in asked.classes if item.classification is not None]
    cleared = {item.id for item in known if rank(str(item.classification)) <= rank(persona.clearance)}
    readable = {
        "clearance": frozenset(cleared),
        "personal": frozenset(item.id for item in known if purpose.allows_personal or not item.personal),
    }
    return Decision(question, frozenset(met), readable, {"hours": 3600 if purpose.allows_personal else 28800})


def plan(mesh: Mesh = MESH) -> Plan:
    return compile_plan(mesh, entitle(mesh, decide(mesh)), RULES.policy_hash, NOW, valid_until(mesh, NOW))


def index(mesh: Mesh = MESH) -> AccessIndex:
    return index_access(mesh, plan(mesh))


def changed(mesh: Mesh = MESH, **collections: tuple[object, ...]) -> Mesh:
    """The mesh with whole collections replaced."""
    return Mesh.model_validate(mesh.model_copy(update=collections).model_dump(by_alias=True))


def with_agreement(new: Agreement) -> Mesh:
    """The mesh with one agreement replaced or added."""
    agreements = MESH.agreement | {new.id: new}
    return changed(agreements=tuple(agreements[id] for id in sorted(agreements)))
