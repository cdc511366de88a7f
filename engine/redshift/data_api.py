"""SQL by the Redshift Data API, as the database user of the Lambda's own role.

Without DbUser and SecretArn the Data API takes temporary credentials by the caller's IAM identity: the user is
`IAMR:<role name>` (https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html). A batch is one transaction;
AUTO_COMMIT is never asked (https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_BatchExecuteStatement.html).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from .errors import StatementError
from .request import Warehouse
from .sql import Statement

BATCH = 40
"""Statements of one batch."""

Row = dict[str, Any]
"""A row by column name: texts without blanks around them, numbers, booleans, None."""

Client = Any
"""boto3's `redshift-data`; its types are not in the Lambda."""

_ENDED = ("FINISHED", "FAILED", "ABORTED")
# https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation-serializable-isolation-troubleshooting.html
_CONFLICT = re.compile(
    r"error:\s*(1023|1018)\b|serializable isolation violation|deadlock detected|conflict with concurrent transaction",
    re.IGNORECASE,
)
_TRIES = 6
_BUSY = ("ActiveStatementsExceededException", "ActiveSessionsExceededException")
_MARGIN = 5.0
"""Seconds kept for saying what was not done."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is run at once: one statement, or a transaction of at most 40.

    `instead` is run where it fails, so that what was to be cut is cut; the failure is raised all the same. A step that
    `may_fail` goes on: a later one ends the same.
    """

    statements: tuple[Statement, ...]
    instead: tuple[Statement, ...] = ()
    may_fail: bool = False


@dataclass
class Session:
    """`left` tells the seconds left; `nonce` is of this run alone. `done` are the statements that ran, in order.

    `name`: what its changes go by, for later runs to find them.
    """

    client: Client
    warehouse: Warehouse
    nonce: str
    left: Callable[[], float]
    sleep: Callable[[float], None]
    done: list[str] = field(default_factory=list)
    asked: int = 0
    name: str = "meshwarden"

    def wait_for_earlier(self) -> None:
        """Until no change of this name is under way: what outlived its run would land after all that is read here.

        Raises StatementError where there is no time left.
        """
        attempt = 0
        while still := self._under_way():
            self._wait(attempt, f"statement {still} of an earlier run is under way")
            attempt += 1

    def read(self, queries: Sequence[str]) -> list[list[Row]]:
        """The rows of each, of one moment: 40 at a time."""
        found: list[list[Row]] = []
        for start in range(0, len(queries), BATCH):
            some = list(queries[start : start + BATCH])
            number = self._repeated(some, reads=True)
            found += [list(self._rows(f"{number}:{n}")) for n in range(1, len(some) + 1)]
        return found

    def run(self, step: Step) -> None:
        """Raises StatementError where it fails, or where there is no time left."""
        texts = [statement.text for statement in step.statements]
        assert len(texts) <= BATCH
        assert len(texts) == 1 or not any(statement.alone for statement in step.statements)
        try:
            self._repeated(texts)
        except StatementError:
            if step.instead:
                self._repeated([statement.text for statement in step.instead])
            if not step.may_fail:
                raise

    def _repeated(self, texts: list[str], *, reads: bool = False) -> str:
        """Once more where another transaction was in its way: nothing is left of one that failed.

        A reading has no token, so that no earlier answer comes back.
        """
        attempt = 0
        while True:
            try:
                number = self._ended(texts, token=None if reads else self._token(texts))
            except StatementError as error:
                attempt += 1
                if attempt == _TRIES or not _CONFLICT.search(str(error)):
                    raise
                self._wait(attempt)
            else:
                self.done += [] if reads else texts
                return number

    def _token(self, texts: list[str]) -> str:
        """The same for a call that is repeated, another for each attempt; it is kept for eight hours."""
        self.asked += 1
        return hashlib.sha256("\0".join([self.nonce, str(self.asked), *texts]).encode()).hexdigest()[:64]

    def _ended(self, texts: list[str], token: str | None) -> str:
        number = self._begun(texts, token)
        answer = self.client.describe_statement(Id=number)
        asked = 0
        while answer["Status"] not in _ENDED:
            self._wait(asked // 4, f"statement {number} is still {answer['Status']}")
            asked += 1
            answer = self.client.describe_statement(Id=number)
        if answer["Status"] != "FINISHED":
            failed = [s for s in answer.get("SubStatements", []) if s["Status"] in ("FAILED", "ABORTED")]
            text = next((s["QueryString"] for s in failed if s["Status"] == "FAILED" and "QueryString" in s), None)
            what = text or "; ".join(texts)
            cause = answer.get("Error") or next((s["Error"] for s in failed if s.get("Error")), answer["Status"])
            raise StatementError(f"`{what}` in {self.warehouse}: {cause}")
        return number

    def _begun(self, texts: list[str], token: str | None) -> str:
        where = {"Database": self.warehouse.database, **self._compute}
        if token is not None:
            where |= {"ClientToken": token, "StatementName": self.name}
        attempt = 0
        while True:
            try:
                if token is not None and len(texts) == 1:
                    return str(self.client.execute_statement(Sql=texts[0], **where)["Id"])
                return str(self.client.batch_execute_statement(Sqls=texts, **where)["Id"])
            except ClientError as error:
                if error.response["Error"]["Code"] not in _BUSY:
                    raise StatementError(f"`{texts[0]}` was not taken by {self.warehouse}: {error}") from error
            self._wait(attempt, f"{self.warehouse} is busy")
            attempt += 1

    def _under_way(self) -> str | None:
        """The id of a change of this name that has not ended, of whichever run of this role.

        A listing goes by how names begin (https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ListStatements.html).
        """
        more: dict[str, str] = {}
        while True:
            page = self.client.list_statements(StatementName=self.name, Status="ALL", **self._compute, **more)
            for each in page["Statements"]:
                if each["StatementName"] == self.name and each["Status"] not in _ENDED:
                    return str(each["Id"])
            if not page.get("NextToken"):
                return None
            more = {"NextToken": page["NextToken"]}

    @property
    def _compute(self) -> dict[str, str]:
        cluster = self.warehouse.kind == "cluster"
        return {"ClusterIdentifier" if cluster else "WorkgroupName": self.warehouse.compute}

    def _rows(self, number: str) -> Iterator[Row]:
        more: dict[str, str] = {}
        while True:
            page = self.client.get_statement_result(Id=number, **more)
            names = [column["name"] for column in page["ColumnMetadata"]]
            for record in page["Records"]:
                yield dict(zip(names, map(_value, record), strict=True))
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}

    def _wait(self, attempt: int, why: str = "other transactions are in the way") -> None:
        """Twice as long each time, up to 5 s."""
        seconds = min(0.1 * 2**attempt, 5.0)
        if self.left() < seconds + _MARGIN:
            raise StatementError(f"no time left: {why}; what was begun goes on, and the next run takes it up")
        self.sleep(seconds)


def _value(cell: dict[str, Any]) -> Any:
    """Of a Field (https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_Field.html)."""
    if cell.get("isNull"):
        return None
    (value,) = cell.values()
    return value.strip() if isinstance(value, str) else value
