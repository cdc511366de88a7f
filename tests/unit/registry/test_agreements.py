"""The store of agreements in files: read with their approvals, appended to wholly or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import RegistryError
from engine.model.agreements import Approval
from engine.model.instants import format_instant, parse_instant
from engine.registry import AgreementStore, FileAgreementStore

AGREEMENT = """\
id: %s
version: 1
persona: analyst
product: servicing/loans
purpose: credit-risk
accounts: ["300000000001"]
max_classification: confidential
personal: true
start: 2026-01-01T00:00:00Z
end: 2027-01-01T00:00:00Z
history:
  - {state: pending, at: 2026-01-01T00:00:00Z}
requester: ana
"""
FOLDER = "mesh/agreements"
APPROVALS = f"{FOLDER}/loans.approvals.yaml"


def files(root: Path) -> list[str]:
    return sorted(path.name for path in (root / FOLDER).iterdir())


def approval(approver: str = "olaf", at: str = "2026-01-02T00:00:00Z", terms: str = "a" * 64) -> Approval:
    return Approval(approver=approver, signs_as="owner", at=parse_instant(at), version=1, terms=terms)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "loans.yaml").write_text(AGREEMENT % "loans")
    (tmp_path / FOLDER / "loans-eu.yaml").write_text(AGREEMENT % "loans-eu")
    return tmp_path


def test_a_file_store_is_a_store(root: Path) -> None:
    store: AgreementStore = FileAgreementStore(root)
    assert store.read().by_id.keys() == {"loans", "loans-eu"}


def test_an_empty_or_missing_folder_holds_no_agreement(tmp_path: Path) -> None:
    read = FileAgreementStore(tmp_path).read()
    assert (read.declared, read.problems) == ((), ())


def test_the_first_approval_makes_the_file_and_others_are_appended(root: Path) -> None:
    store = FileAgreementStore(root)
    store.append_approval("loans", approval())
    assert (root / APPROVALS).read_text() == (
        f'- approver: "olaf"\n  as: "owner"\n  at: "2026-01-02T00:00:00Z"\n  version: 1\n  terms: "{"a" * 64}"\n'
    )
    store.append_approval("loans", approval("zoe"))
    assert [signed.approver for signed in store.read().by_id["loans"].approvals] == ["olaf", "zoe"]
    assert store.read().by_id["loans-eu"].approvals == ()


def test_what_stands_there_is_kept_byte_by_byte(root: Path) -> None:
    before = (
        f"# signed on paper\n- {{approver: ana, as: owner, at: 2026-01-03T00:00:00Z, version: 1, terms: {'b' * 64}}}"
    )
    (root / APPROVALS).write_text(before)
    (root / APPROVALS).chmod(0o640)
    store = FileAgreementStore(root)
    store.append_approval("loans", approval())
    assert (root / APPROVALS).read_text().startswith(before + "\n- approver:")
    assert (root / APPROVALS).stat().st_mode & 0o777 == 0o640
    assert [signed.approver for signed in store.read().by_id["loans"].approvals] == ["olaf", "ana"]  # by time


@given(st.text(min_size=1).filter(str.strip))
def test_any_approver_reads_back(tmp_path_factory: pytest.TempPathFactory, approver: str) -> None:
    root = tmp_path_factory.mktemp("store")
    (root / FOLDER).mkdir(parents=True)
    (root / FOLDER / "loans.yaml").write_text(AGREEMENT % "loans")
    store = FileAgreementStore(root)
    try:
        store.append_approval("loans", approval(approver))
    except RegistryError:
        assert not (root / APPROVALS).exists()  # a character that YAML cannot hold
    else:
        assert [signed.approver for signed in store.read().by_id["loans"].approvals] == [approver]


def test_an_unknown_agreement_takes_no_approval(root: Path) -> None:
    with pytest.raises(RegistryError, match=r"^there is no agreement `loan`; did you mean `loans`\?$"):
        FileAgreementStore(root).append_approval("loan", approval())
    assert files(root) == ["loans-eu.yaml", "loans.yaml"]


@pytest.mark.parametrize("name", ["../loans", "", "loans/../loans"])
def test_a_name_that_is_no_id_reaches_no_file(root: Path, name: str) -> None:
    (root / "mesh" / "loans.yaml").write_text("{}")
    with pytest.raises(RegistryError, match="there is no agreement"):
        FileAgreementStore(root).append_approval(name, approval())


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("- {approver: ana}\n", "lacks `terms`"),
        ("a: [\n", "the text is no YAML"),
        ("[]\n", "write the file as a block list of approvals"),
        (f"- {{approver: a, as: owner, at: 2026-01-03T00:00:00Z, version: 1, terms: {'b' * 64}}}\n...\n", "block list"),
    ],
)  # fmt: skip
def test_nothing_is_appended_to_a_file_that_cannot_take_it(root: Path, before: str, said: str) -> None:
    (root / APPROVALS).write_text(before)
    with pytest.raises(RegistryError, match=said):
        FileAgreementStore(root).append_approval("loans", approval())
    assert (root / APPROVALS).read_text() == before


def test_a_write_that_fails_leaves_everything_as_it_was(root: Path) -> None:
    store = FileAgreementStore(root)
    store.append_approval("loans", approval())
    before = (root / APPROVALS).read_text()
    (root / APPROVALS).unlink()
    (root / APPROVALS).mkdir()
    with pytest.raises(RegistryError, match="cannot be"):
        store.append_approval("loans", approval("zoe"))
    (root / APPROVALS).rmdir()
    (root / APPROVALS).write_text(before)
    assert files(root) == ["loans-eu.yaml", "loans.approvals.yaml", "loans.yaml"]


def test_of_many_approvals_at_once_none_is_lost(root: Path) -> None:
    store = FileAgreementStore(root)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: store.append_approval("loans", approval(f"person-{number:02}")), range(24)))
    signed = store.read().by_id["loans"].approvals
    assert [item.approver for item in signed] == [f"person-{number:02}" for number in range(24)]


def test_problems_are_read_and_not_raised(root: Path) -> None:
    (root / FOLDER / "bad.yaml").write_text((AGREEMENT % "bad").replace("personal: true", "personal: maybe"))
    (root / APPROVALS).write_text("- {approver: ana}\n")
    (root / FOLDER / "loan.approvals.yaml").write_text("[]\n")
    read = FileAgreementStore(root).read()
    assert sorted(str(problem) for problem in read.problems) == [
        "mesh/agreements/bad.yaml:8: agreement `bad` has personal `maybe`; expected true or false",
        "mesh/agreements/loan.approvals.yaml: approvals of unknown agreement `loan`; did you mean `loans`?",
        "mesh/agreements/loans.approvals.yaml:1: approval lacks `as`",
        "mesh/agreements/loans.approvals.yaml:1: approval lacks `at`",
        "mesh/agreements/loans.approvals.yaml:1: approval lacks `terms`",
        "mesh/agreements/loans.approvals.yaml:1: approval lacks `version`",
    ]
    assert read.names == {"bad", "loans", "loans-eu"}


def test_an_approval_is_placed_in_its_own_file(root: Path) -> None:
    FileAgreementStore(root).append_approval("loans", approval())
    FileAgreementStore(root).append_approval("loans", approval("zoe"))
    item = next(item for item in FileAgreementStore(root).read().declared if item.fact.id == "loans")
    assert item.source.place(("approvals",), "zoe") == (APPROVALS, 6)
    assert item.source.place(("requester",)) == ("mesh/agreements/loans.yaml", 13)


ACTIVE = AGREEMENT.replace("requester", "  - {state: active, at: 2026-01-03T00:00:00Z}\nrequester")
REVOKED_AT = parse_instant("2026-02-01T00:00:00Z")
HISTORY = "history:\n  - {state: pending, at: 2026-01-01T00:00:00Z}\n  - {state: active, at: 2026-01-03T00:00:00Z}\n"


@pytest.mark.parametrize(
    "history",
    [
        HISTORY,
        HISTORY.replace("  -", "-"),
        "history: [{state: pending, at: 2026-01-01T00:00:00Z}, {state: active, at: 2026-01-03T00:00:00Z}]  # so far\n",
        "history:\n  - state: pending\n    at: 2026-01-01T00:00:00Z\n  # it took a while\n"
        "  - state: active\n    at: 2026-01-03T00:00:00Z  # signed\n\n",
    ],
)
@pytest.mark.parametrize("last", [False, True])
def test_a_revocation_is_added_to_the_history_and_the_rest_stays(root: Path, history: str, last: bool) -> None:
    other = (AGREEMENT % "loans").split("history:")[0] + "requester: ana  # who asked\n"
    path = root / FOLDER / "loans.yaml"
    path.write_text(other + history if last else history + other)
    FileAgreementStore(root).record_revoked("loans", REVOKED_AT)
    held = FileAgreementStore(root).read().by_id["loans"].history
    assert [str(change.state) for change in held] == ["pending", "active", "revoked"]
    assert held[-1].at == REVOKED_AT
    written = path.read_text()
    assert all(line in written for line in other.splitlines())
    assert written.count("#") == (other + history).count("#")


def test_a_revocation_is_recorded_once(root: Path) -> None:
    path = root / FOLDER / "loans.yaml"
    path.write_text(ACTIVE % "loans")
    store = FileAgreementStore(root)
    store.record_revoked("loans", REVOKED_AT)
    written = path.read_text()
    store.record_revoked("loans", parse_instant("2026-03-01T00:00:00Z"))
    assert path.read_text() == written


def test_what_would_be_revoked_before_its_last_state_is_refused(root: Path) -> None:
    path = root / FOLDER / "loans.yaml"
    path.write_text(ACTIVE % "loans")
    last = FileAgreementStore(root).read().by_id["loans"].history[-1].at
    at = last - timedelta(days=1)
    with pytest.raises(RegistryError) as raised:
        FileAgreementStore(root).record_revoked("loans", at)
    assert str(raised.value) == (
        f"agreement `loans` is active since {format_instant(last)}, and cannot be revoked at {format_instant(at)},"
        " which is before; give a later `--now`"
    )
    assert path.read_text() == ACTIVE % "loans"


def test_what_cannot_be_revoked_is_said_and_nothing_is_written(root: Path) -> None:
    with pytest.raises(RegistryError, match="there is no agreement `loan`; did you mean `loans`"):
        FileAgreementStore(root).record_revoked("loan", REVOKED_AT)
    damaged = (AGREEMENT % "loans").replace("version: 1", "version: one")
    (root / FOLDER / "loans.yaml").write_text(damaged)
    with pytest.raises(RegistryError, match=r"loans\.yaml:2"):
        FileAgreementStore(root).record_revoked("loans", REVOKED_AT)
    assert (root / FOLDER / "loans.yaml").read_text() == damaged
