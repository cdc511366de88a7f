"""Emulated warehouses whose administrators have done what onboarding asks for, and the reconcilers that run in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from engine.redshift.data_api import Session
from engine.redshift.parse import hash_of, parse
from engine.redshift.reconcile import reconcile
from engine.redshift.request import Warehouse
from engine.redshift.standing import Standing
from engine.redshift.state import read_all
from tests.emulator.redshift.catalogue import ADMIN, Namespace, Warehouses
from tests.emulator.redshift.objects import State
from tests.emulator.redshift.outcome import Result, SqlError

ONE, TWO = "100000000001", "200000000002"
REGION = "eu-central-1"
GUIDS = {
    "lending": "13b8833d-17c6-4f16-8fe4-1a018f5ed00d",
    "sibling": "5f1b6c3e-9a0f-4b56-8f6e-0b8c2a7d4e11",
    "analytics": "86b5169f-012a-234b-9fbb-e2e24359e9a8",
}
SHARE = "mw__analyst__risk__lending___loans__analytics"
DATABASE = "mw__analyst__risk__lending___loans"
ROLE, USER = "mw__analyst__risk", "mw_user__analyst__risk"
COLUMNS = {"id": "int", "amount": "int", "ssn": "varchar(11)"}
LOANS = {"loans": ["amount", "id"]}
BOTH = {"loans": ["amount", "id"], "rates": ["id"]}
PRODUCER, CONSUMER = (f"IAMR:meshwarden-reconciler-{REGION}-{side}" for side in ("producer", "consumer"))
# What `meshwarden onboard` prints for administrators to run.
ONBOARDED = (
    "CREATE ROLE reconciler",
    "GRANT CREATE DATASHARE, CREATE ROLE, CREATE USER, DROP USER TO ROLE reconciler",
    "GRANT CREATE ON DATABASE dev TO ROLE reconciler",
)


class Interrupted(Exception):
    """The Lambda ends here."""


@dataclass
class DataApi:
    """`redshift-data` over one emulated warehouse, as one user. `last`: the changes that run before it ends."""

    namespace: Namespace
    user: str
    last: int | None = None
    failing: list[str] = field(default_factory=list)
    """The errors of the next changes, in order; after them nothing fails."""
    changes: list[tuple[str, ...]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)
    ended: dict[str, dict[str, Any]] = field(default_factory=dict)
    play: Callable[[tuple[str, ...]], None] = lambda _: None
    """What others do just before a change."""

    def execute_statement(self, *, Sql: str, ClientToken: str, StatementName: str, **where: str) -> Any:
        assert StatementName
        return self._run((Sql,), where, transaction=False, token=ClientToken)

    def list_statements(self, *, StatementName: str, Status: str, **where: str) -> Any:
        """Nothing is under way: whatever is asked for runs at once."""
        assert (bool(StatementName), Status) == (True, "ALL")
        assert where == {self._named: self.namespace.compute}
        return {"Statements": []}

    def batch_execute_statement(
        self, *, Sqls: Sequence[str], ClientToken: str | None = None, StatementName: str | None = None, **where: str
    ) -> Any:
        assert 0 < len(Sqls) <= 40
        assert (ClientToken is None) == (StatementName is None)
        return self._run(tuple(Sqls), where, transaction=True, token=ClientToken)

    def describe_statement(self, *, Id: str) -> dict[str, Any]:
        return self.ended[Id]

    def get_statement_result(self, *, Id: str) -> dict[str, Any]:
        result = self.results[Id]
        columns = [{"name": name} for name in result.columns]
        return {"ColumnMetadata": columns, "Records": [[_cell(value) for value in row] for row in result.rows]}

    def _run(self, texts: tuple[str, ...], where: Mapping[str, str], *, transaction: bool, token: str | None) -> Any:
        assert where == {self._named: self.namespace.compute, "Database": self.namespace.database}
        number = f"s{len(self.ended)}"
        self.ended[number] = {"Status": "FINISHED"}
        error = None
        if token is not None:
            if len(self.changes) == self.last:
                raise Interrupted
            self.play(texts)
            self.tokens.append(token)
            error = SqlError(self.failing.pop(0)) if self.failing else None
        try:
            if error is not None:
                raise error
            results = self.namespace.run(
                database=where["Database"],
                user=self.user,
                roles=frozenset(),
                statements=texts,
                transaction=transaction,
            )
        except SqlError as failure:
            said = [{"Status": "FAILED", "QueryString": texts[failure.index], "Error": failure.message}]
            self.ended[number] = {"Status": "FAILED", "Error": failure.message, "SubStatements": said}
        else:
            self.results |= {f"{number}:{n}": result for n, result in enumerate(results, 1)}
            if token is not None:
                self.changes.append(texts)
        return {"Id": number}

    @property
    def _named(self) -> str:
        return "ClusterIdentifier" if self.namespace.kind == "cluster" else "WorkgroupName"


def _cell(value: object) -> dict[str, object]:
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    return {"longValue": value} if isinstance(value, int) else {"stringValue": str(value)}


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "so it is"}}, "ExecuteStatement")


@dataclass
class House:
    """`lending` (a cluster) and `sibling` are account ONE's, `analytics` account TWO's."""

    warehouses: Warehouses = field(default_factory=Warehouses)

    def __post_init__(self) -> None:
        for name, guid in GUIDS.items():
            held = self.warehouses.create(
                account=TWO if name == "analytics" else ONE,
                region=REGION,
                namespace=guid,
                kind="cluster" if name == "lending" else "serverless",
                compute=name,
                database="dev",
                encrypted=True,
            )
            held.seed_table("dev", "lending", "loans", COLUMNS, [(1, 100, "111"), (2, 200, "222")])
            held.seed_table("dev", "lending", "rates", {"id": "int", "rate": "int"}, [(1, 3)])
            self.admin(name, *ONBOARDED)
            self.admin(name, "GRANT USAGE ON SCHEMA lending TO ROLE reconciler")
            self.admin(name, "GRANT SELECT ON lending.loans, lending.rates TO ROLE reconciler")
            for user in (PRODUCER, CONSUMER):
                self.admin(name, f'CREATE USER "{user}" PASSWORD DISABLE CREATEDB')
                self.admin(name, f'GRANT ROLE reconciler TO "{user}"', f'GRANT ROLE sys:monitor TO "{user}"')

    def of(self, name: str) -> Namespace:
        return self.warehouses.of_namespace(GUIDS[name])

    def admin(self, name: str, *statements: str) -> Result:
        """What an administrator does by hand."""
        return self.of(name).run(
            database="dev", user=ADMIN, roles=frozenset(), statements=statements, transaction=False
        )[-1]

    def rows(self, name: str, query: str, *, role: str = ROLE) -> list[tuple[object, ...]]:
        """What a session of the role reads. Raises SqlError."""
        user = "IAMR:mw.analyst.risk"
        answer = self.of(name).run(
            database="dev", user=user, roles=frozenset([role]), statements=[query], transaction=False
        )
        return sorted(answer[0].rows)

    def kept(self) -> dict[str, State]:
        return {guid: held.state.copy() for guid, held in self.warehouses.namespaces.items()}

    def back(self, kept: Mapping[str, State]) -> None:
        """All warehouses as they were then."""
        for guid, state in kept.items():
            self.warehouses.of_namespace(guid).state = state.copy()

    def api(self, name: str, user: str, *, last: int | None = None) -> DataApi:
        return DataApi(self.of(name), user, last)

    def session(self, api: DataApi) -> Session:
        place = _place(next(name for name, guid in GUIDS.items() if guid == api.namespace.namespace))
        return Session(api, place, "nonce", lambda: 600.0, lambda _: None)

    def reconcile(self, event: Mapping[str, Any], *, api: DataApi | None = None, last: int | None = None) -> list[str]:
        """The statements that ran."""
        name = event["warehouse"]["compute"]
        user = CONSUMER if event["do"] == "database" or (event["do"], name) == ("role", "analytics") else PRODUCER
        session = self.session(api or self.api(name, user, last=last))
        reconcile(parse(event), session)
        return session.done

    def reading(self, name: str, side: str) -> Standing:
        return read_all(self.session(self.api(name, PRODUCER if side == "producer" else CONSUMER)), side)

    def authorize(self, share: str = SHARE) -> None:
        """The producer's account lets the consumer's, which takes it for its warehouse."""
        arn = self.of("lending").share_arn(share)
        self.warehouses.authorize(arn, by=ONE, consumer=TWO)
        self.warehouses.associate(arn, by=TWO, namespace_arn=self.of("analytics").arn)


def share(views: Mapping[str, Sequence[str]] = BOTH, *, action: str = "make", **changed: Any) -> dict[str, Any]:
    return _event(
        "share", "lending", action, **{"share": SHARE, "views": _views(views), "to": {"account": TWO}, **changed}
    )


def direct(views: Mapping[str, Sequence[str]] = BOTH, *, action: str = "make", **changed: Any) -> dict[str, Any]:
    return _event("direct", "lending", action, **{"schema": SHARE, "views": _views(views), "role": ROLE, **changed})


def role(name: str = "analytics", *, user: str | None = None, action: str = "make") -> dict[str, Any]:
    return _event("role", name, action, role=ROLE, user=user)


def database(views: Mapping[str, Sequence[str]] = BOTH, *, action: str = "make", **changed: Any) -> dict[str, Any]:
    return _event(
        "database",
        "analytics",
        action,
        **{
            "database": DATABASE,
            "share": SHARE,
            "from": {"account": ONE, "namespace": GUIDS["lending"]},
            "schema": SHARE,
            "views": {view: list(columns) for view, columns in views.items()},
            "role": ROLE,
            **changed,
        },
    )


def _views(views: Mapping[str, Sequence[str]]) -> dict[str, object]:
    return {view: {"of": ["lending", view], "columns": list(columns)} for view, columns in views.items()}


def _place(name: str) -> Warehouse:
    return Warehouse(
        kind="cluster" if name == "lending" else "serverless",
        compute=name,
        database="dev",
        namespace=GUIDS[name],
        account=TWO if name == "analytics" else ONE,
        region=REGION,
    )


def _event(do: str, name: str, action: str, **body: Any) -> dict[str, Any]:
    rest = {"version": 1, "do": do, "warehouse": asdict(_place(name)), **body}
    return {**rest, "hash": hash_of(rest), "tf": {"action": action, "prev_input": None}}


def picture(namespace: Namespace) -> dict[str, object]:
    """All that stands in a warehouse, by name: two that are alike have the same."""
    state = namespace.state
    schemas = [schema for database in state.databases.values() for schema in database.schemas.values()]
    names = {schema.id: schema.name for schema in schemas}
    names |= {relation.id: f"{schema.name}.{name}" for schema in schemas for name, relation in schema.relations.items()}
    names |= {database.id: database.name for database in state.databases.values()}
    return {
        "relations": {
            f"{schema.name}.{name}": (relation.owner, relation.definition)
            for schema in schemas
            for name, relation in schema.relations.items()
        },
        "schemas": {schema.name: schema.owner for schema in schemas},
        "databases": {d.name: (d.owner, d.source, d.with_permissions) for d in state.databases.values()},
        "shares": {
            share.name: (
                share.owner,
                share.public,
                {names[id] for id in share.schemas},
                {names[id] for id in share.relations},
                {names[id] for id in share.include_new},
                set(share.consumers),
            )
            for share in state.shares.values()
        },
        "roles": {role.name: role.owner for role in state.roles.values()},
        "users": set(state.users),
        "members": {(held.role, held.grantee.name, held.admin) for held in state.members},
        "grants": {
            (held.grantee.name, held.privilege, held.on.kind, held.on.path or names.get(held.on.number, ""))
            for held in state.grants
        },
    }
