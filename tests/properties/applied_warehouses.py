"""A plan's warehouses put into the emulated AWS, and what it grants in them, statement by statement.

Written from docs/plan.md and from AWS's pages alone: Redshift developer guide ("CREATE VIEW", "CREATE DATASHARE",
"ALTER DATASHARE", "CREATE DATABASE", "GRANT", "CREATE ROLE", "CREATE USER"), API reference (AuthorizeDataShare,
AssociateDataShareConsumer). Without a line of the engine, nor of the reconciler, which runs such statements on AWS. A
superuser runs them here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.emulator import redshift_service
from tests.emulator.errors import AwsError, Refused
from tests.emulator.redshift.catalogue import ADMIN, Namespace, SqlError
from tests.properties.applied import Cloud, NotTaken

REGISTERED = (redshift_service,)
"""The modules that answer what is asked here: to import them registers their operations."""

Json = dict[str, Any]
_NAMES = (("id",), ("namespace",), ("account", "region", "kind", "compute"))
"""What each warehouse has for itself alone."""


class NotShared(NotTaken):
    """AWS does not take what the plan says of warehouses: so it can be wrong for an evaluator to find nothing there."""


def stand(cloud: Cloud, facts: Json, warehouses: list[Json]) -> None:
    """Makes the warehouses that a plan declares, with the tables of the facts in them, of one row each.

    A cell says whose it is, as `[product, table, column]` in JSON: so what is read tells itself where it came from,
    whatever it is called. Raises NotShared for two warehouses of one name.
    """
    for names in _NAMES:
        if len({tuple(warehouse[name] for name in names) for warehouse in warehouses}) < len(warehouses):
            raise NotShared("two warehouses of one name")
    held = cloud.world.warehouses
    for warehouse in warehouses:
        held.create(**{name: value for name, value in warehouse.items() if name != "id"})
    namespaces = {warehouse["id"]: warehouse["namespace"] for warehouse in facts["warehouses"]}
    for product in facts["products"]:
        of = product["server"] and product["server"]["warehouse"]
        made = held.namespaces.get(namespaces[of]) if of else None
        for table in product["tables"] if made else ():
            assert made is not None
            schema, _, name = table["location"].partition(".")
            columns = [column["name"] for column in table["columns"]]
            row = [json.dumps([product["id"], table["name"], column]) for column in columns]
            made.seed_table(made.database, schema, name, dict.fromkeys(columns, "varchar(256)"), [row])


def share(cloud: Cloud, plan: Json) -> None:
    """Makes all that the plan grants in warehouses. Raises NotShared at the first thing that AWS would not take."""
    warehouses = {warehouse["id"]: warehouse for warehouse in plan["warehouses"]}
    for grant in plan["grants"]:
        if "views" in grant["target"]:
            ends = [warehouses.get(grant["target"][end]) for end in ("producer", "consumer")]
            held = [cloud.world.warehouses.of_namespace(end["namespace"]) for end in ends if end is not None]
            if len(held) < len(ends):
                raise NotShared("a warehouse that is not declared")
            if (grant["account"], grant["region"]) != (held[0].account, held[0].region):
                raise NotShared("a datashare in an account or a region where the warehouse is not")
            try:
                _make(cloud, plan, grant, *held)
            except (AwsError, Refused, SqlError) as error:
                raise NotShared(str(error)) from error


def _make(cloud: Cloud, plan: Json, grant: Json, producer: Namespace, consumer: Namespace) -> None:
    target, direct = grant["target"], grant["target"]["database"] is None
    if direct and producer is not consumer:
        raise NotShared("no database to read another warehouse's views in")
    schema, views = target["name"], [view["table"] for view in target["views"]]
    _run(producer, f"CREATE SCHEMA {_path(schema)}")
    _run(producer, *_views(plan, grant))
    if not direct:
        _offer(cloud, schema, views, producer, consumer)
    _run(consumer, *_role(consumer, target["redshift_role"], target["redshift_user"]))
    role, above = f"ROLE {_path(target['redshift_role'])}", [] if direct else [target["database"]]
    if not direct:
        of = f"{_path(schema)} OF {_account(producer, consumer)}NAMESPACE '{producer.namespace}'"
        _run(consumer, f"CREATE DATABASE {_path(*above)} WITH PERMISSIONS FROM DATASHARE {of}")
        _run(consumer, f"GRANT USAGE ON DATABASE {_path(*above)} TO {role}")
    _run(consumer, f"GRANT USAGE ON SCHEMA {_path(*above, schema)} TO {role}")
    if grant["permissions"]:
        named = ", ".join(_path(*above, schema, view) for view in views)
        _run(consumer, f"GRANT {', '.join(grant['permissions'])} ON {named} TO {role}")


def _views(plan: Json, grant: Json) -> Iterator[str]:
    """Raises NotShared where the plan does not say, or says twice, where a table lies."""
    target = grant["target"]
    places = [
        item["tables"]
        for item in plan["warehouse_tables"]
        if (item["warehouse"], item["product"]) == (target["producer"], grant["product"])
    ]
    if len(places) != 1:
        raise NotShared("a product that lies nowhere, or twice")
    for view in target["views"]:
        if view["table"] not in places[0]:
            raise NotShared("a table that lies nowhere")
        columns = ", ".join(map(_path, view["columns"]))
        source = _path(*places[0][view["table"]].split("."))
        yield f"CREATE VIEW {_path(target['name'], view['table'])} AS SELECT {columns} FROM {source}"


def _offer(cloud: Cloud, name: str, views: list[str], producer: Namespace, consumer: Namespace) -> None:
    """A datashare over the schema; between accounts it is authorized by the one and associated by the other."""
    within = producer.account == consumer.account
    to = f"NAMESPACE '{consumer.namespace}'" if within else f"ACCOUNT '{consumer.account}'"
    _run(
        producer,
        f"CREATE DATASHARE {_path(name)} SET PUBLICACCESSIBLE FALSE",
        f"ALTER DATASHARE {_path(name)} ADD SCHEMA {_path(name)}",
        f"ALTER DATASHARE {_path(name)} ADD TABLE {', '.join(_path(name, view) for view in views)}",
        f"GRANT USAGE ON DATASHARE {_path(name)} TO {to}",
    )
    if not within:
        arn = {"DataShareArn": producer.share_arn(name)}
        allowed = arn | {"ConsumerIdentifier": consumer.account}
        cloud.ask("redshift:AuthorizeDataShare", producer.account, producer.region, **allowed)
        taken = arn | {"ConsumerArn": consumer.arn}
        cloud.ask("redshift:AssociateDataShareConsumer", consumer.account, consumer.region, **taken)


def _role(consumer: Namespace, role: str, user: str | None) -> Iterator[str]:
    """The database role, and the user who holds it, where another share has not made them."""
    if role not in consumer.state.roles:
        yield f"CREATE ROLE {_path(role)}"
    if user is not None:
        if user not in consumer.state.users:
            yield f"CREATE USER {_path(user)} PASSWORD DISABLE"
        yield f"GRANT ROLE {_path(role)} TO {_path(user)}"


def _account(producer: Namespace, consumer: Namespace) -> str:
    return "" if producer.account == consumer.account else f"ACCOUNT '{producer.account}' "


def _run(warehouse: Namespace, *statements: str) -> None:
    warehouse.run(database=warehouse.database, user=ADMIN, roles=frozenset(), statements=statements, transaction=False)


def _path(*names: str) -> str:
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)
