"""The Redshift Data API.

A statement goes on by being asked for (DescribeStatement and ListStatements show each state in turn), and when anybody
else than who submitted it makes a call; nothing waits by the clock. Who builds on a statement that he has not seen
FINISHED finds that it has not run.

https://docs.aws.amazon.com/redshift-data/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import uuid
from typing import Any

from tests.emulator import iam
from tests.emulator.call import Call
from tests.emulator.errors import AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.paging import page
from tests.emulator.redshift.catalogue import Namespace
from tests.emulator.redshift.outcome import Result
from tests.emulator.redshift_sign_in import SignIn, as_identity, as_user, workgroup_arn
from tests.emulator.redshift_statements import MOST_ACTIVE, Part, Statement, Statements, active_statements
from tests.emulator.world import World

PAGE = 1000
"""Rows of a result in one answer."""
_KNOWN = {
    "ClientToken",
    "ClusterIdentifier",
    "Database",
    "DbUser",
    "ExecutionMode",
    "Sql",
    "Sqls",
    "StatementName",
    "WaitTimeSeconds",
    "WorkgroupName",
}
_LISTED_BY = {"ClusterIdentifier", "MaxResults", "NextToken", "StatementName", "Status", "WorkgroupName"}
_OWNER = "redshift-data:statement-owner-iam-userid"


@operation("redshift-data", "ExecuteStatement", "BatchExecuteStatement")
def execute_statement(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_BatchExecuteStatement.html"""
    params = _asked(call)
    namespace = _namespace(world, call)
    iam.authorize(world, call, f"redshift-data:{call.operation}", _arn(namespace))
    signed = _sign_in(world, call, namespace, params)
    statements = world.state(Statements, call.account, call.region)
    statement = statements.repeated(call, world.now())
    if statement is None:
        statement = _submit(world, call, statements, namespace, signed, params)
    elif statement.asked != params:
        raise Refused(f"{call} with the token of another statement")
    if "WaitTimeSeconds" in call.params:
        statement.complete(world)
    answer = _where(statement) | {"Id": statement.id, "CreatedAt": statement.created, "Status": statement.status}
    return answer | {"HasResultSet": any(_result(part) is not None for part in statement.parts)}


@operation("redshift-data", "DescribeStatement")
def describe_statement(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_DescribeStatement.html"""
    statement = _found(world, call)
    if "WaitTimeSeconds" in call.params:
        statement.complete(world)
    else:
        statement.step(world)
    part = _part(call, statement)
    if part is not None:
        return _where(statement) | _described(statement, part, str(call.params["Id"]))
    described = _where(statement) | _times(statement) | {"Id": statement.id, "Status": statement.status}
    described["HasResultSet"] = any(_result(each) is not None for each in statement.parts)
    if statement.error is not None:
        described["Error"] = statement.error
    described["SubStatements"] = [
        _described(statement, each, f"{statement.id}:{number}") for number, each in enumerate(statement.parts, 1)
    ]
    return described | {"ExecutionMode": "TRANSACTION"}


@operation("redshift-data", "GetStatementResult")
def get_statement_result(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_GetStatementResult.html"""
    statement = _found(world, call)
    if "WaitTimeSeconds" in call.params:
        statement.complete(world)
    part = _part(call, statement)
    if part is None:
        raise AwsError(
            "ValidationException", "BatchExecuteStatement result can only be retrieved with sub-statement id."
        )
    result = _result(part)
    if result is None or statement.status != "FINISHED":
        raise AwsError(
            "ResourceNotFoundException",
            "Query does not have result. Please check query status with DescribeStatement.",
        )
    records = [[_field(value) for value in row] for row in result.rows]
    columns = [
        {"name": name, "label": name, "typeName": kind} for name, kind in zip(result.columns, result.types, strict=True)
    ]
    asked = {"NextToken": call.params.get("NextToken")}
    return page(records, asked, "Records", PAGE) | {"ColumnMetadata": columns, "TotalNumRows": len(records)}


@operation("redshift-data", "CancelStatement")
def cancel_statement(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_CancelStatement.html"""
    statement = _found(world, call)
    if not statement.active:
        raise AwsError(
            "ValidationException",
            f"Could not cancel a query that is already in {statement.status} state with ID: {statement.id}",
        )
    statement.abort(world)
    return {"Status": True}


@operation("redshift-data", "ListStatements")
def list_statements(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ListStatements.html

    A policy that allows it for own statements only lets it be called, as that of the query editor does:
    https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-iam-access-control-identity-based.html
    """
    params = {name: value for name, value in call.params.items() if value is not None}
    if unknown := params.keys() - _LISTED_BY:
        raise Refused(f"{call} with {sorted(unknown)}")
    call.keys[_OWNER] = (call.caller.user_id,)
    iam.authorize(world, call, "redshift-data:ListStatements", "*")
    namespace, status = _namespace(world, call), params.get("Status", "FINISHED")
    found = [
        each
        for each in world.state(Statements, call.account, call.region).of_role(call, world.now())
        if each.namespace is namespace
        and status in ("ALL", each.status)
        and str(each.asked.get("StatementName", "")).startswith(params.get("StatementName", ""))
    ]
    for each in found:
        each.step(world)
    listed = [_listed(each) for each in reversed(found)]
    return page(listed, {"NextToken": params.get("NextToken")}, "Statements", int(params.get("MaxResults", 100)))


def _listed(statement: Statement) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_StatementData.html"""
    told = {
        "Id": statement.id,
        "Status": statement.status,
        "CreatedAt": statement.created,
        "UpdatedAt": statement.changed,
        "IsBatchStatement": statement.batch,
    }
    texts = [part.sql for part in statement.parts]
    told |= {"QueryStrings": texts} if statement.batch else {"QueryString": texts[0]}
    named = statement.asked.get("StatementName")
    return told | ({"StatementName": named} if named is not None else {})


def _asked(call: Call) -> dict[str, Any]:
    params = {name: value for name, value in call.params.items() if value is not None}
    if unknown := params.keys() - _KNOWN:
        raise Refused(f"{call} with {sorted(unknown)}")
    if params.get("ExecutionMode", "TRANSACTION") != "TRANSACTION":
        raise Refused(f"{call} with ExecutionMode {params['ExecutionMode']}")
    if "Database" not in params or ("ClusterIdentifier" in params) == ("WorkgroupName" in params):
        raise AwsError(
            "ValidationException", "Database and either ClusterIdentifier or WorkgroupName must be specified."
        )
    if "WorkgroupName" in params and "DbUser" in params:
        raise AwsError("ValidationException", "DbUser can't be specified with WorkgroupName.")
    return {name: value for name, value in params.items() if name != "WaitTimeSeconds"}


def _namespace(world: World, call: Call) -> Namespace:
    """Of the caller's account: nobody reaches another's through the Data API."""
    params = call.params
    cluster = params.get("ClusterIdentifier")
    try:
        if cluster is not None:
            return world.warehouses.of_compute(call.account, call.region, "cluster", str(cluster))
        return world.warehouses.of_compute(call.account, call.region, "serverless", str(params["WorkgroupName"]))
    except KeyError:
        raise AwsError("ValidationException", "Redshift endpoint doesn't exist in this region.") from None


def _arn(namespace: Namespace) -> str:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_redshift-data.html"""
    if namespace.kind == "cluster":
        return f"arn:aws:redshift:{namespace.region}:{namespace.account}:cluster:{namespace.compute}"
    return workgroup_arn(namespace)


def _sign_in(world: World, call: Call, namespace: Namespace, params: dict[str, Any]) -> SignIn:
    if "DbUser" in params:
        return as_user(world, call, namespace, str(params["DbUser"]), str(params["Database"]))
    return as_identity(world, call, namespace, str(params["Database"]))


def _submit(
    world: World, call: Call, statements: Statements, namespace: Namespace, signed: SignIn, params: dict[str, Any]
) -> Statement:
    if statements.active_on(namespace) >= MOST_ACTIVE:
        raise AwsError(
            "ActiveStatementsExceededException", f"Active statements exceeded the allowed quota ({MOST_ACTIVE})."
        )
    batch = call.operation == "BatchExecuteStatement"
    made = Statement(
        id=str(uuid.UUID(int=world.random.getrandbits(128), version=4)),
        number=len(statements.by_id) + 1,
        caller=call.caller,
        namespace=namespace,
        database=str(params["Database"]),
        signed=signed,
        parts=tuple(Part(str(sql)) for sql in (params["Sqls"] if batch else [params["Sql"]])),
        batch=batch,
        created=world.now(),
        changed=world.now(),
        token=params.get("ClientToken"),
        asked=params,
    )
    statements.add(made)
    if _go_on not in world.before_each:
        world.before_each.append(_go_on)
    return made


def _go_on(world: World, call: Call) -> None:
    """What others have submitted runs meanwhile, whether or not they look."""
    for statement in active_statements(world):
        if statement.caller.access_key != call.caller.access_key:
            statement.complete(world)


def _found(world: World, call: Call) -> Statement:
    """The action takes no resource; a policy may ask who has submitted the statement.

    https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-iam.html
    """
    statements = world.state(Statements, call.account, call.region)
    statement = statements.visible(call, str(call.params["Id"]), world.now())
    call.keys[_OWNER] = (statement.caller.user_id,) if statement is not None else None
    iam.authorize(world, call, f"redshift-data:{call.operation}", "*")
    if statement is None:
        raise AwsError("ResourceNotFoundException", "Query does not exist.")
    return statement


def _part(call: Call, statement: Statement) -> Part | None:
    """The one statement, or the one of a batch that `:2` names; None: the batch as a whole."""
    _, colon, number = str(call.params["Id"]).partition(":")
    if not colon:
        return None if statement.batch else statement.parts[0]
    if not statement.batch or not number.isdigit() or not 1 <= int(number) <= len(statement.parts):
        raise AwsError("ResourceNotFoundException", "Query does not exist.")
    return statement.parts[int(number) - 1]


def _where(statement: Statement) -> dict[str, Any]:
    namespace = statement.namespace
    compute = "ClusterIdentifier" if namespace.kind == "cluster" else "WorkgroupName"
    return {compute: namespace.compute, "Database": statement.database, "DbUser": statement.signed.user}


def _times(statement: Statement) -> dict[str, Any]:
    """A duration is told in nanoseconds, and -1 until there is one."""
    taken = statement.changed - statement.created
    return {
        "CreatedAt": statement.created,
        "UpdatedAt": statement.changed,
        "Duration": -1 if statement.active else int(taken.total_seconds() * 1_000_000_000),
    }


def _described(statement: Statement, part: Part, id: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_SubStatementData.html"""
    result = part.result
    rows = -1 if result is None else len(result.rows) if result.has_result else result.affected
    described = _times(statement) | {
        "Id": id,
        "Status": part.status,
        "QueryString": part.sql,
        "HasResultSet": _result(part) is not None,
        "ResultRows": rows,
        "RedshiftQueryId": -1 if statement.active else statement.number,
    }
    return described | ({"Error": part.error} if part.error is not None else {})


def _result(part: Part) -> Result | None:
    return part.result if part.result is not None and part.result.has_result else None


def _field(value: object) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_Field.html"""
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int):
        return {"longValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": str(value)}
