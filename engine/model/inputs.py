"""What policies see: the `input` of a question and of an agreement's approvals. Their JSON Schemas check every rule.

Every field is present; what nobody declared is null (or, for a collection, empty), never left out. Collections are
arrays of closed objects, since OPA's type checker learns nothing from a map.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from engine.model.agreements import Agreement, Approval
from engine.model.facts import Account, Persona, Purpose
from engine.model.instants import Instant
from engine.model.mesh import Mesh
from engine.model.products import Product


class Input(BaseModel):
    """A closed object of `input`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PersonaInput(Input):
    id: str
    kind: str
    purposes: tuple[str, ...]
    clearance: str
    regions: tuple[str, ...]
    domains: tuple[str, ...]
    accounts: tuple[str, ...]
    max_session: int
    suspended: bool


class PurposeInput(Input):
    id: str
    allows_personal: bool
    suspended: bool


class AccountInput(Input):
    """An account. Of an unbound product: null and empty throughout, which no requirement takes.

    It is an object all the same, since OPA's type checker does not look into a nullable one.
    """

    id: str | None = None
    environment: str | None = None
    regions: tuple[str, ...] = ()
    suspended: bool | None = None
    suspended_regions: tuple[str, ...] = ()


class DomainInput(Input):
    """A product's domain. Of an unbound product: null and empty throughout, as for its account."""

    id: str | None = None
    regions: tuple[str, ...] = ()
    suspended: bool | None = None
    suspended_regions: tuple[str, ...] = ()


class ClassInput(Input):
    id: str
    classification: str | None
    personal: bool | None
    tags: tuple[str, ...]


class ProductInput(Input):
    id: str
    version: str
    status: str
    kind: str | None
    audience: str | None
    embargoed_until: Instant | None
    purposes: tuple[str, ...]
    region: str | None
    domain: DomainInput
    account: AccountInput
    classes: tuple[ClassInput, ...]


class QuestionInput(Input):
    """The `input` of every question, column and session requirement. `account` is the consumer's."""

    now: Instant
    persona: PersonaInput
    purpose: PurposeInput
    account: AccountInput
    product: ProductInput


class AskedInput(Input):
    """A question by the ids of its facts."""

    id: str
    persona: str
    purpose: str
    account: str
    product: str


class QuestionsInput(Input):
    """Many questions in one request: each fact travels once, by id."""

    now: Instant
    personas: dict[str, PersonaInput]
    purposes: dict[str, PurposeInput]
    accounts: dict[str, AccountInput]
    products: dict[str, ProductInput]
    questions: tuple[AskedInput, ...]


class AgreementInput(Input):
    """An agreement's declared bound: never its current columns."""

    id: str
    persona: str
    purpose: str
    accounts: tuple[str, ...]
    max_classification: str
    personal: bool


class ApprovalInput(Input):
    approver: str
    signs_as: str
    at: Instant


class SignedInput(Input):
    """The `input` of every approval requirement: the approvals are those that count, in the order of time."""

    now: Instant
    agreement: AgreementInput
    approvals: tuple[ApprovalInput, ...]


class SignedQuestionInput(Input):
    """An agreement with some of its counting approvals."""

    id: str
    agreement: AgreementInput
    approvals: tuple[ApprovalInput, ...]


class SignedQuestionsInput(Input):
    """Many agreements in one request."""

    now: Instant
    questions: tuple[SignedQuestionInput, ...]


def persona_input(persona: Persona) -> PersonaInput:
    return PersonaInput(**{name: getattr(persona, name) for name in PersonaInput.model_fields})


def purpose_input(purpose: Purpose) -> PurposeInput:
    return PurposeInput(**{name: getattr(purpose, name) for name in PurposeInput.model_fields})


def account_input(account: Account) -> AccountInput:
    return AccountInput(**{name: getattr(account, name) for name in AccountInput.model_fields})


def product_input(mesh: Mesh, product: Product) -> ProductInput:
    """A product with its domain, its account and its column classes."""
    domain = mesh.domain[product.domain] if product.domain else None
    account = mesh.account[product.server.account] if product.server else None
    return ProductInput(
        id=product.id,
        version=product.version,
        status=product.status,
        kind=product.kind,
        audience=product.audience,
        embargoed_until=product.embargoed_until,
        purposes=product.purposes,
        region=product.server.region if product.server else None,
        domain=DomainInput(**{name: getattr(domain, name) for name in DomainInput.model_fields})
        if domain
        else DomainInput(),
        account=account_input(account) if account else AccountInput(),
        classes=tuple(
            ClassInput(
                id=column_class.id,
                classification=column_class.classification,
                personal=column_class.personal,
                tags=column_class.tags,
            )
            for column_class in product.classes
        ),
    )


def agreement_input(agreement: Agreement) -> AgreementInput:
    return AgreementInput(**{name: getattr(agreement, name) for name in AgreementInput.model_fields})


def approval_input(approval: Approval) -> ApprovalInput:
    return ApprovalInput(approver=approval.approver, signs_as=approval.signs_as, at=approval.at)
