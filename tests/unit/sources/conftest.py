"""A small valid project that says everything a mesh can say; a test breaks one thing of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.errors import SourceError
from engine.registry import FileAgreementStore
from engine.sources import Loaded, load_mesh

FILES = {
    "personas/purposes.yaml": """\
purposes:
  - id: credit-risk
    title: Credit risk modelling
    allows_personal: true
  - id: reporting
    title: Regulatory reporting
    allows_personal: false
""",
    "personas/analyst.yaml": """\
id: analyst
title: Credit risk analyst
kind: job
groups: [analysts]
purposes: [credit-risk]
clearance: confidential
regions: [eu-west-1]
domains: [servicing]
accounts: ["300000000001"]
max_session: 3600
""",
    "personas/scorer.yaml": """\
id: scorer
title: Scoring service
kind: application
groups: [scorers]
purposes: [credit-risk]
clearance: internal
regions: [eu-west-1]
accounts: ["300000000001"]
max_session: 900
owner: servicing-owners
""",
    "mesh/accounts.yaml": """\
accounts:
  - id: "100000000001"
    name: governance
    environment: prod
    regions: [eu-west-1, eu-central-1]
    roles: [governance]
  - id: "200000000001"
    name: servicing
    environment: prod
    regions: [eu-west-1, eu-central-1]
    roles: [producer]
  - id: "300000000001"
    name: analytics
    environment: prod
    regions: [eu-west-1]
    roles: [consumer]
    quotas: {iam-roles-per-account: 2000}
""",
    "mesh/broker.yaml": """\
role_arn: arn:aws:iam::100000000001:role/broker
""",
    "mesh/domains.yaml": """\
domains:
  - id: servicing
    title: Loan servicing
    regions: [eu-west-1]
""",
    "mesh/tags.yaml": """\
tags:
  - id: bureau
    title: From a credit bureau
""",
    "mesh/warehouses.yaml": """\
warehouses:
  - id: servicing-rs
    account: "200000000001"
    region: eu-west-1
    namespace: 11111111-2222-3333-4444-555555555555
    kind: serverless
    compute: servicing
    database: dev
    encrypted: true
    workgroup_id: 99999999-2222-3333-4444-555555555555
""",
    "mesh/directory.yaml": """\
principals:
  - id: ana
    kind: person
  - id: olaf
    kind: person
  - id: arn:aws:iam::300000000001:role/scorer
    kind: workload
groups:
  - id: analysts
    members: [ana]
  - id: scorers
    members: ["arn:aws:iam::300000000001:role/scorer"]
  - id: servicing-owners
    members: [olaf]
  - id: stewards
    members: [servicing-owners]
    governance: true
""",
    "mesh/products/servicing/loans.odcs.yaml": """\
apiVersion: v3.1.0
kind: DataContract
id: loans
name: Loans
version: 1.2.0
status: Active
domain: servicing
servers:
  - server: lake
    type: glue
    account: "200000000001"
    database: Servicing
    location: s3://lake/servicing/loans/
    customProperties:
      - {property: meshwarden, value: {region: eu-west-1}}
customProperties:
  - property: meshwarden
    value:
      owner: servicing-owners
      kind: curated
      audience: open
      purposes: [credit-risk]
schema:
  - name: Loan
    properties:
      - name: Loan_ID
        logicalType: string
        classification: internal
        customProperties:
          - property: meshwarden
            value: {personal: false}
      - name: booked
        logicalType: date
        partitioned: true
        classification: public
        customProperties:
          - property: meshwarden
            value: {personal: false}
      - name: borrower
        logicalType: object
        classification: internal
        tags: [bureau]
        customProperties:
          - property: meshwarden
            value: {personal: true}
        properties:
          - name: street
            logicalType: string
            classification: confidential
            customProperties:
              - property: meshwarden
                value: {personal: true}
""",
    "mesh/products/payments.odcs.yaml": """\
apiVersion: v3.1.0
kind: DataContract
id: payments
name: Payments
version: 2.0.0
servers:
  - server: warehouse
    type: redshift
    database: dev
    schema: pay
    account: "200000000001"
    region: eu-west-1
schema:
  - name: payment
    properties:
      - name: amount
        logicalType: number
""",
    "mesh/bindings/payments.yaml": """\
domain: servicing
owner: servicing-owners
kind: raw
audience: domain
purposes: [credit-risk, reporting]
server: {warehouse: servicing-rs}
tables:
  payment:
    managed: hybrid
    columns:
      amount: {classification: internal, personal: false}
""",
    "mesh/agreements/analyst-loans.yaml": """\
id: analyst-loans
version: 1
persona: analyst
product: servicing/loans
tables: [loan]
purpose: credit-risk
accounts: ["300000000001"]
max_classification: confidential
personal: true
start: 2026-01-01T00:00:00Z
end: 2027-01-01T00:00:00Z
history:
  - {state: pending, at: 2026-01-01T00:00:00Z}
requester: ana
""",
    "mesh/agreements/analyst-loans.approvals.yaml": f"""\
- approver: olaf
  as: owner
  at: 2026-01-02T00:00:00Z
  version: 1
  terms: {"a" * 64}
""",
}


@dataclass(frozen=True, slots=True)
class Project:
    """A project's folder."""

    root: Path

    def write(self, file: str, text: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, file: str, old: str, new: str) -> None:
        """Replaces the one place in `file` that says `old`."""
        text = (self.root / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} says {old!r} {text.count(old)} times"
        self.write(file, text.replace(old, new))

    def load(self) -> Loaded:
        return load_mesh(self.root, FileAgreementStore(self.root).read())

    def problems(self) -> list[str]:
        with pytest.raises(SourceError) as raised:
            self.load()
        assert str(raised.value) == "\n".join(str(problem) for problem in raised.value.problems)
        return [str(problem) for problem in raised.value.problems]

    def findings(self) -> list[str]:
        return [str(finding) for finding in self.load().findings]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    for file, text in FILES.items():
        made.write(file, text)
    return made
