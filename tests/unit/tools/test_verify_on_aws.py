"""`tools/verify-on-aws` against the emulated AWS: its verdicts follow what is played, and nothing of it is left."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from moto.iam.models import iam_backends

from engine.redshift.errors import StatementError
from tests.emulator.catalog import Catalog
from tests.emulator.identity import Credentials, add_user
from tests.emulator.lakeformation.state import Lake
from tests.emulator.redshift.catalogue import ADMIN, Kind, Namespace
from tests.emulator.redshift.objects import Datashare
from tests.emulator.server import Server, serve
from tests.emulator.world import World
from verify_on_aws import checks_redshift
from verify_on_aws import main as command
from verify_on_aws.points import POINTS
from verify_on_aws.run import PREFIX, document
from verify_on_aws.sides import Sql

ROOT = Path(__file__).resolve().parents[3]
ONE, TWO = "100000000001", "200000000002"
REGION, FAR = "eu-west-1", "us-east-1"
USER = "IAM:admin"
PRODUCING = (
    f'CREATE USER "{USER}" PASSWORD DISABLE',
    "CREATE ROLE verify_producer",
    "GRANT CREATE DATASHARE, ALTER DATASHARE TO ROLE verify_producer",
    f'GRANT ROLE verify_producer TO "{USER}"',
    f'GRANT CREATE ON DATABASE dev TO "{USER}"',
)
CONSUMING = (
    f'CREATE USER "{USER}" PASSWORD DISABLE CREATEDB',
    "CREATE ROLE verify_consumer",
    "GRANT CREATE ROLE, CREATE USER, DROP USER TO ROLE verify_consumer",
    f'GRANT ROLE verify_consumer TO "{USER}"',
    f'GRANT ROLE sys:monitor TO "{USER}"',
)
"""As the command prints them for administrators."""


@dataclass
class Two:
    """Two accounts, each with an administrator and a profile of his: `one` and `two`."""

    world: World
    server: Server
    profiles: Path
    administrators: dict[str, Credentials]

    def client(self, service: str, profile: str) -> Any:
        return self.server.client(service, self.administrators[profile], REGION)

    def options(self, *more: str) -> list[str]:
        return [
            *("--producer-profile", "one", "--consumer-profile", "two", "--region", REGION, "--yes"),
            *("--producer-warehouse", "cluster:dwh/dev", "--consumer-warehouse", "serverless:marts/dev"),
            *("--far-warehouse", f"{FAR}=cluster:far/dev", "--bucket", "scratch"),
            *more,
        ]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.server.url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": str(self.profiles),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def start(self, *more: str) -> subprocess.Popen[str]:
        """The command in a process of its own."""
        return subprocess.Popen(
            [str(ROOT / "tools" / "verify-on-aws"), *self.options(*more)],
            env={"PATH": os.environ["PATH"], **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def left(self) -> list[str]:
        """Everything of the command's, anywhere."""
        found = [name for account in (ONE, TWO) for name in self._of_account(account)]
        for held in self.world.warehouses.namespaces.values():
            found += [name for name in _of_warehouse(held) if PREFIX in name]
        return found

    def _of_account(self, account: str) -> Iterator[str]:
        iam, lake = iam_backends[account]["aws"], self.world.state(Lake, account, REGION)
        names = [role.name for role in iam.roles.values()] + [policy.arn for policy in iam.managed_policies.values()]
        names += [*self.world.state(Catalog, account, REGION).databases, *lake.tags, *lake.locations]
        names += [principal for principal, _, _ in lake.grants] + [principal for principal, _ in lake.opt_ins]
        yield from (name for name in names if PREFIX in name)


def _of_warehouse(held: Namespace) -> Iterator[str]:
    state = held.state
    yield from (*state.databases, *state.users, *state.roles, *state.shares)
    for database in state.databases.values():
        yield from database.schemas


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    world = World()
    world.organization.update((ONE, TWO))
    administrators = {"one": add_user(ONE, "admin"), "two": add_user(TWO, "admin")}
    profiles = tmp_path / "credentials"
    profiles.write_text(
        "".join(
            f"[{name}]\naws_access_key_id = {held.access_key}\naws_secret_access_key = {held.secret}\n"
            for name, held in administrators.items()
        )
    )
    for account, region, compute, onboarding in (
        (ONE, REGION, "dwh", PRODUCING),
        (TWO, REGION, "marts", CONSUMING),
        (TWO, FAR, "far", CONSUMING),
    ):
        kind: Kind = "serverless" if compute == "marts" else "cluster"
        held = world.warehouses.create(
            account=account,
            region=region,
            namespace=f"{'1' if region == REGION else '2'}3b8833d-17c6-4f16-8fe4-{account}",
            kind=kind,
            compute=compute,
            database="dev",
            encrypted=True,
            workgroup_id="c2b8f4a6-1e57-4d93-a0c8-7f3e92d61b04" if kind == "serverless" else None,
        )
        held.run(database="dev", user=ADMIN, roles=frozenset(), statements=onboarding, transaction=False)
    with serve(world) as server:
        made = Two(world, server, profiles, administrators)
        server.client("s3", administrators["one"], "us-east-1").create_bucket(Bucket="scratch")
        for account, name in ((ONE, "one"), (TWO, "two")):
            made.client("lakeformation", name).put_data_lake_settings(
                DataLakeSettings={
                    "DataLakeAdmins": [{"DataLakePrincipalIdentifier": f"arn:aws:iam::{account}:user/admin"}],
                    "Parameters": {"CROSS_ACCOUNT_VERSION": "4"},
                }
            )
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        yield made


def run(two: Two, *more: str) -> int:
    return command.main(two.options(*more), sleep=lambda _: None)


def test_all_points_agree_with_an_aws_that_does_as_expected(two: Two, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(two)
    said = capsys.readouterr()
    assert (code, said.err) == (0, ""), said.out
    assert said.out.endswith(f"{len(POINTS)} agree, 0 differ, 0 not checked or left\n")
    assert two.left() == []


def _play(name: str, value: bool) -> Callable[[World], None]:
    return lambda world: setattr(world.warehouses.play, name, value)


def _lake(account: str, name: str, value: object) -> Callable[[World], None]:
    return lambda world: setattr(world.state(Lake, account, REGION), name, value)


OTHERWISE: dict[str, tuple[Callable[[World], None], str]] = {
    "redshift-view-without-table": (_play("view_needs_its_table", True), "refused: "),
    "redshift-view-made-anew": (_play("made_anew_keeps_grants", True), "kept: the role reads without a new grant"),
    "redshift-shared-view-dropped": (_play("shared_may_be_dropped", True), "dropped, and so taken out"),
    "redshift-usage-in-transaction": (_play("usage_in_transaction", True), "it ran"),
    "redshift-public-in-transaction": (_play("public_in_transaction", True), "it ran"),
    "redshift-role-by-session-tag": (_play("tags_give_roles", False), "with the tag it is refused"),
    "redshift-view-text": (_play("casts_in_views", True), '"SELECT loan.id::INTEGER FROM mwverify_'),
    "redshift-owner-sees-share": (_play("owners_see_shares", False), "0 datashare, objects [], consumers []"),
    "redshift-grants-shown": (_play("grants_tell_objects", False), "columns ["),
    "redshift-deauthorized-dropped": (_play("deauthorized_may_be_dropped", False), "DROP DATABASE was refused: "),
    "redshift-across-regions": (_play("across_regions", False), "not associated: "),
    "session-policy-documents": (
        lambda world: setattr(world, "session_policy_documents_count", True),
        "they count: ",
    ),
    "lake-tag-policy-read-back": (_lake(ONE, "cross_account_listing", "empty"), "0 entries: []"),
    "lake-columns-read-back": (_lake(ONE, "cross_account_listing", "empty"), "0 entries, of columns []"),
    "lake-link-needs-both": (_lake(TWO, "link_alone", True), "with the link alone it is answered"),
    "lake-opt-in-by-reader": (_lake(TWO, "opt_in_of_other_catalogs", False), "refused: "),
    "lake-inline-expressions": (_lake(ONE, "most_expressions", 50), "after 50 it is refused: "),
}


def test_every_point_can_be_played_otherwise() -> None:
    assert OTHERWISE.keys() == POINTS.keys()


@pytest.mark.parametrize("point", OTHERWISE)
def test_a_point_differs_when_aws_does_otherwise(two: Two, capsys: pytest.CaptureFixture[str], point: str) -> None:
    play, found = OTHERWISE[point]
    play(two.world)
    code = run(two, "--only", point)
    said = capsys.readouterr().out
    assert code == 2, said
    assert found in said.partition("  found  ")[2]
    assert "  DIFFERS\n" in said
    assert two.left() == []


SHARING = "redshift-grants-shown"


def test_it_asks_first(two: Two, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("yes, please\n"))
    options = [option for option in two.options("--only", SHARING) if option != "--yes"]
    assert command.main(options, sleep=lambda _: None) == 1
    said = capsys.readouterr()
    assert said.out.index("What is made") < said.out.index("What has a price") < said.out.index("Type yes")
    assert said.err == "verify-on-aws: nothing was made\n"
    assert {event.name for event in two.world.trail if event.name.startswith(("Create", "Execute", "Batch"))} <= {
        "CreateBucket"
    }


def test_all_missing_options_are_named_in_one_go(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([], sleep=lambda _: None) == 1
    headline, *lines = capsys.readouterr().err.splitlines()
    assert headline.startswith("verify-on-aws: missing; --only names points that need less")
    assert [line.split(",")[0].split(" or ")[0] for line in lines] == [
        "  --region",
        "  --producer-profile",
        "  --producer-warehouse",
        "  --consumer-warehouse",
        "  --far-warehouse",
        "  --bucket",
    ]
    needing = [each.id for each in POINTS.values() if "warehouses" in each.needs]
    assert lines[2] == f"  --producer-warehouse, for {needing[0]} and {len(needing) - 1} more"


def test_what_a_named_point_does_not_need_is_not_missing(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--region", REGION, "--only", SHARING, "--consumer-role", "arn", "--consumer-warehouse", "cluster:c/d"]
    assert command.main(options, sleep=lambda _: None) == 1
    assert capsys.readouterr().err.splitlines()[1:] == [f"  --producer-warehouse, for {SHARING}"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--only", "nope"], "argument --only: `nope` is no point, --list has them"),
        (["--regon", "eu-west-1"], "unrecognized arguments: --regon eu-west-1"),
    ],
)
def test_a_wrong_option_is_an_error_and_no_difference(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(options)
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"verify-on-aws: {said}; --help has the options\n"


def test_a_side_that_cannot_be_reached_is_named(two: Two, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(two, "--consumer-profile", "nobody") == 1
    said = "--consumer-profile or --consumer-role: The config profile (nobody) could not be found"
    assert capsys.readouterr().err == f"verify-on-aws: {said}\n"


def test_one_account_is_not_enough(two: Two, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(two, "--consumer-profile", "one") == 1
    assert "both sides are account 100000000001" in capsys.readouterr().err


def test_a_side_may_be_a_role(two: Two, capsys: pytest.CaptureFixture[str]) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{TWO}:root"}}
    iam = two.client("iam", "two")
    role = iam.create_role(RoleName="verifier", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="verifier", PolicyName="all", PolicyDocument=document(everything))
    assert run(two, "--consumer-role", role, "--only", "session-policy-documents") == 0
    said = capsys.readouterr().out
    assert f"consumer  {TWO}  arn:aws:sts::{TWO}:assumed-role/verifier/verify-on-aws\n" in said
    assert 'CREATE USER "IAMR:verifier" PASSWORD DISABLE CREATEDB;' in said
    assert two.left() == []


def test_an_error_is_no_verdict_and_leaves_nothing(two: Two, capsys: pytest.CaptureFixture[str]) -> None:
    marts = two.world.warehouses.of_compute(TWO, REGION, "serverless", "marts")
    revoke = ["REVOKE CREATE ROLE FROM ROLE verify_consumer"]
    marts.run(database="dev", user=ADMIN, roles=frozenset(), statements=revoke, transaction=False)
    assert run(two, "--only", SHARING) == 1
    said = capsys.readouterr().out
    assert "not checked: `CREATE ROLE" in said
    assert "0 agree, 0 differ, 1 not checked or left" in said
    assert two.left() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_in_the_middle_it_leaves_nothing(two: Two, number: signal.Signals) -> None:
    child = two.start("--only", SHARING)
    until_shared(two, child)
    child.send_signal(number)
    _, error = child.communicate(timeout=120)
    assert (child.returncode, error) == (1, "verify-on-aws: ended\n")
    assert two.left() == []


def test_what_a_killed_run_left_is_cleaned_up(two: Two, capsys: pytest.CaptureFixture[str]) -> None:
    child = two.start("--only", SHARING)
    until_shared(two, child)
    child.kill()
    child.communicate(timeout=120)
    assert two.left() != []
    assert run(two, "--cleanup") == 0
    assert "  removed datashare mwverify_" in capsys.readouterr().out
    assert two.left() == []


def until_shared(two: Two, child: subprocess.Popen[str]) -> None:
    """Until the datashare is associated: half of the check."""
    for _ in range(1200):
        if any("ACTIVE" in (held.status for held in share.associations.values()) for share in _shares(two)):
            return
        assert child.poll() is None, child.communicate()
        time.sleep(0.05)
    pytest.fail("no datashare was associated")


def _shares(two: Two) -> list[Datashare]:
    with two.world.lock:
        return list(two.world.warehouses.shares.values())


def test_what_cannot_be_removed_is_named(two: Two, capsys: pytest.CaptureFixture[str]) -> None:
    child = two.start("--only", SHARING)
    until_shared(two, child)
    child.kill()
    child.communicate(timeout=120)
    dwh = two.world.warehouses.of_compute(ONE, REGION, "cluster", "dwh")
    two.world.warehouses.play.shared_may_be_dropped = True
    schema = next(name for name in _of_warehouse(dwh) if name.endswith("_data"))
    others = [f"CREATE VIEW public.others AS SELECT id FROM {schema}.loan"]
    dwh.run(database="dev", user=ADMIN, roles=frozenset(), statements=others, transaction=False)
    assert run(two, "--cleanup") == 1
    assert f'  LEFT: table "{schema}"."loan" in dwh: ' in capsys.readouterr().out


class Refusing:
    """SQL of one who may not run the statement at all."""

    def refusal(self, *_: str, together: bool) -> str:
        assert together
        return "permission denied"

    def run(self, statement: str) -> None:
        raise StatementError(f"`{statement}`: permission denied")


def test_a_refusal_for_another_reason_is_no_verdict() -> None:
    with pytest.raises(StatementError, match="permission denied"):
        checks_redshift.in_transaction(cast("Sql", Refusing()), "GRANT USAGE ON DATASHARE s TO ACCOUNT '1'")
