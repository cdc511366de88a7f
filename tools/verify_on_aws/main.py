"""The command: says what it will make, asks, checks point by point, and leaves nothing."""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Literal, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from engine.redshift.errors import RedshiftError
from verify_on_aws import checks_lake, checks_redshift, checks_session, sides
from verify_on_aws.points import POINTS, Need, Point
from verify_on_aws.run import PREFIX, Run
from verify_on_aws.sides import Place, Side, Sleep, VerifyError
from verify_on_aws.sweep import Swept, sweep

CHECKS = (checks_redshift, checks_session, checks_lake)
AGREE, ERROR, DIFFER = 0, 1, 2
OPTIONS: dict[Need, tuple[str, ...]] = {
    "warehouses": ("producer_warehouse", "consumer_warehouse"),
    "consumer serverless": ("consumer_warehouse",),
    "far warehouse": ("far_warehouse",),
    "bucket": ("bucket",),
}
DESCRIPTION = """\
Checks in two AWS accounts what Meshwarden takes for granted and no page of AWS says: docs/not-verified.md has the
points. It says first what it will make and what has a price, and asks. It removes what it made, whatever happens."""
EXAMPLES = """\
examples:
  tools/verify-on-aws --list
  tools/verify-on-aws --producer-profile lending --consumer-profile analytics --region eu-west-1 \\
      --only session-policy-documents
  tools/verify-on-aws --producer-profile lending --consumer-profile analytics --region eu-west-1 \\
      --producer-warehouse cluster:dwh/dev --consumer-warehouse serverless:marts/dev \\
      --far-warehouse us-east-1=serverless:marts/dev --bucket lending-scratch
  the same with --cleanup                  removes what a run that was killed has left

exit code: 0 all agree, 2 some differ, 1 something could not be checked or removed"""
PRICES = """\
What has a price:
  - Redshift Serverless, where a warehouse is one: RPU-seconds while statements run, at least a minute each time it
    wakes. A cluster costs what it costs anyway. The tables are empty, so nothing is paid for data across regions.
  - IAM, STS, Lake Formation, AWS RAM, LF-tags and a handful of objects in the Glue Data Catalog are free. Nothing is
    written into the bucket."""
RIGHTS = """\
What the callers need: IAM, Lake Formation and Redshift calls as their accounts' administrators have them; for the
points on the lake, both are Lake Formation administrators, and the accounts are in one organization that shares by RAM.
In the warehouses an administrator has run, once:
  producer  CREATE USER "{producer}" PASSWORD DISABLE;
            CREATE ROLE {prefix}_producer;
            GRANT CREATE DATASHARE, ALTER DATASHARE TO ROLE {prefix}_producer;
            GRANT ROLE {prefix}_producer TO "{producer}";
            GRANT CREATE ON DATABASE {database} TO "{producer}";
  consumer  CREATE USER "{consumer}" PASSWORD DISABLE CREATEDB;
            CREATE ROLE {prefix}_consumer;
            GRANT CREATE ROLE, CREATE USER, DROP USER TO ROLE {prefix}_consumer;
            GRANT ROLE {prefix}_consumer TO "{consumer}";
            GRANT ROLE sys:monitor TO "{consumer}";"""


def main(arguments: Sequence[str] | None = None, *, sleep: Sleep = time.sleep) -> int:
    """The exit code."""
    options = _parser().parse_args(arguments)
    if options.list:
        for each in POINTS.values():
            print(f"{each.id}\n  {each.title}\n  expected: {each.expected}")
        return AGREE
    try:
        with _ending():
            return _run(options, sleep)
    except (VerifyError, BotoCoreError, ClientError, RedshiftError) as error:
        print(f"verify-on-aws: {error}", file=sys.stderr)
        return ERROR
    except KeyboardInterrupt:
        print("verify-on-aws: ended", file=sys.stderr)
        return ERROR


class _Parser(argparse.ArgumentParser):
    """A wrong option is an error: 2 would say that points differ."""

    def error(self, message: str) -> NoReturn:
        self.exit(ERROR, f"{self.prog}: {message}; --help has the options\n")


def _point(text: str) -> str:
    if text not in POINTS:
        raise argparse.ArgumentTypeError(f"`{text}` is no point, --list has them")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="verify-on-aws",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for side in ("producer", "consumer"):
        parser.add_argument(f"--{side}-profile", metavar="NAME", help=f"profile of who calls in the {side}'s account")
        parser.add_argument(
            f"--{side}-role", metavar="ARN", help="a role that is assumed with it, or without a profile"
        )
    parser.add_argument("--region", help="of both accounts' resources")
    warehouse = "serverless:WORKGROUP/DATABASE or cluster:ID/DATABASE, which exists"
    parser.add_argument("--producer-warehouse", metavar="WAREHOUSE", help=warehouse)
    parser.add_argument("--consumer-warehouse", metavar="WAREHOUSE", help="the same, in the consumer's account")
    parser.add_argument("--far-warehouse", metavar="REGION=WAREHOUSE", help="the same, in another region")
    parser.add_argument("--bucket", help="an S3 bucket of the producer's account; nothing is written into it")
    parser.add_argument("--only", action="append", metavar="ID", type=_point, help="this point; repeatable")
    parser.add_argument("--list", action="store_true", help="the points, and nothing else")
    parser.add_argument("--cleanup", action="store_true", help="removes what any run has left, and checks nothing")
    parser.add_argument("--yes", action="store_true", help="does not ask")
    return parser


def _run(options: argparse.Namespace, sleep: Sleep) -> int:
    points = [POINTS[id] for id in dict.fromkeys(options.only or POINTS)]
    _must_be_given(options, points)
    run = _reached(options, points, sleep)
    if options.cleanup:
        return _cleanup(run, points, ask=not options.yes)
    _announce(run, points)
    if not (options.yes or _agreed()):
        raise VerifyError("nothing was made")
    verdicts = [_checked(each, replace(run, suffix=secrets.token_hex(4))) for each in points]
    print(
        f"{verdicts.count(AGREE)} agree, {verdicts.count(DIFFER)} differ, {verdicts.count(ERROR)} not checked or left"
    )
    return ERROR if ERROR in verdicts else max(verdicts)


def _must_be_given(options: argparse.Namespace, points: Sequence[Point]) -> None:
    missing = list(_missing(options, points))
    if missing:
        listed = "".join(f"\n  {option}" for option in missing)
        raise VerifyError(f"missing; --only names points that need less, --help has the options:{listed}")


def _missing(options: argparse.Namespace, points: Sequence[Point]) -> Iterator[str]:
    """Each option that these points need and nobody gave, and what for: argparse knows no need of a single point."""
    if not options.region:
        yield "--region"
    if not any((options.producer_profile, options.producer_role, options.consumer_profile, options.consumer_role)):
        yield "--producer-profile or --producer-role, or the consumer's: two accounts are needed"
    for name in dict.fromkeys(name for names in OPTIONS.values() for name in names):
        needing = [each.id for each in points if any(name in OPTIONS[need] for need in each.needs)]
        if needing and getattr(options, name) is None:
            others = f" and {len(needing) - 1} more" if len(needing) > 1 else ""
            yield f"--{name.replace('_', '-')}, for {needing[0]}{others}"


def _reached(options: argparse.Namespace, points: Sequence[Point], sleep: Sleep) -> Run:
    producer = _side("producer", options.producer_profile, options.producer_role, options.region)
    consumer = _side("consumer", options.consumer_profile, options.consumer_role, options.region)
    if producer.account == consumer.account:
        raise VerifyError(f"both sides are account {producer.account}: two are needed")
    shares = any(each.family == "redshift" for each in points)
    far = options.far_warehouse if any("far warehouse" in each.needs for each in points) else None
    run = Run(
        producer,
        consumer,
        "",
        sleep,
        sharing_from=_place(producer, options.producer_warehouse if shares else None),
        sharing_to=_place(consumer, options.consumer_warehouse if shares else None),
        far=_far(consumer, far),
        bucket=options.bucket,
    )
    tagged = [each.id for each in points if "consumer serverless" in each.needs]
    if tagged and run.sharing_to is not None and run.sharing_to.workgroup is None:
        raise VerifyError(f"point {tagged[0]} needs a serverless --consumer-warehouse: name the others with --only")
    return run


def _side(name: Literal["producer", "consumer"], profile: str | None, role: str | None, region: str) -> Side:
    try:
        return sides.side(name, profile, role, region)
    except (BotoCoreError, ClientError) as error:
        raise VerifyError(f"--{name}-profile or --{name}-role: {error}") from None


def _place(side: Side, text: str | None) -> Place | None:
    return None if text is None else sides.place(side, text)


def _far(side: Side, text: str | None) -> Place | None:
    if text is None:
        return None
    region, equals, warehouse = text.partition("=")
    if not equals or region == side.region:
        raise VerifyError(f"--far-warehouse is `{text}`; expected another region, =, and the warehouse")
    return sides.place(side, warehouse, region)


def _announce(run: Run, points: Sequence[Point]) -> None:
    print(f"producer  {run.producer.account}  {run.producer.arn}\nconsumer  {run.consumer.account}  {run.consumer.arn}")
    print(f"\nWhat is made and removed again, named {run.name}… or {run.sql_name}…:")
    for each in points:
        print(f"  {each.id}\n    {each.makes}")
    print(f"\n{PRICES}\n")
    names = {"producer": run.producer.database_user, "consumer": run.consumer.database_user}
    database = run.sharing_from.warehouse.database if run.sharing_from else "DATABASE"
    print(RIGHTS.format(**names, database=database, prefix="verify"), flush=True)


def _agreed() -> bool:
    print("\nGo on? Type yes: ", end="", flush=True)
    return sys.stdin.readline().strip() == "yes"


def _checked(point: Point, run: Run) -> int:
    """The verdict, after what the check made is removed."""
    print(f"\n{point.id}: {point.title}\n  expected  {point.expected}", flush=True)
    try:
        found = point.check(run)
    except (VerifyError, BotoCoreError, ClientError, RedshiftError) as error:
        print(f"  not checked: {error}")
        verdict = ERROR
    else:
        print(f"  found     {found.words}\n  {'agrees' if found.agrees else 'DIFFERS'}")
        verdict = AGREE if found.agrees else DIFFER
    finally:
        swept = _undisturbed(lambda: sweep(run, [point.family]))
        _tell_left(swept)
    return ERROR if swept.left else verdict


def _cleanup(run: Run, points: Sequence[Point], *, ask: bool) -> int:
    print(f"Everything named {PREFIX}… of {run.producer.account} and {run.consumer.account} is removed.")
    if ask and not _agreed():
        raise VerifyError("nothing was removed")
    swept = _undisturbed(lambda: sweep(run, {each.family for each in points}, every=True))
    for what in swept.removed:
        print(f"  removed {what}")
    print(f"{len(swept.removed)} removed")
    _tell_left(swept)
    return ERROR if swept.left else AGREE


def _tell_left(swept: Swept) -> None:
    for what in swept.left:
        print(f"  LEFT: {what}")
    if swept.left:
        print("  try --cleanup, then by hand", flush=True)


def _undisturbed(work: Callable[[], Swept]) -> Swept:
    """Not ended by a second Control-C."""
    before = {number: signal.signal(number, _later) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return work()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _later(_: int, __: FrameType | None) -> None:
    print("what was made is being removed; wait", file=sys.stderr)


@contextmanager
def _ending() -> Iterator[None]:
    """SIGTERM ends a run as Control-C does."""

    def end(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
