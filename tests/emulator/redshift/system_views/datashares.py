"""SVV_DATASHARES, SVV_DATASHARE_OBJECTS and SVV_DATASHARE_CONSUMERS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tests.emulator.redshift.objects import Datashare
from tests.emulator.redshift.privileges import is_superuser, may
from tests.emulator.redshift.session import Session
from tests.emulator.redshift.system_views.registry import Row, padded, plain, user_id, view


def _outbound(session: Session) -> Iterator[Datashare]:
    """ "Superusers, datashare owners, users with ALTER or USAGE permissions on a datashare. Other users can't see any
    rows"; USAGE cannot be granted to users (r_GRANT)."""
    owners_see = session.warehouses.play.owners_see_shares
    for share in session.state.shares.values():
        if may(session, "ALTER", share.on, share.owner if owners_see else ""):
            yield share


def _inbound(session: Session) -> Iterator[Datashare]:
    """What this namespace can use. No consumer's user owns it or holds anything on it, so superusers alone see it."""
    if is_superuser(session):
        for share in session.warehouses.shares.values():
            if session.warehouses.usable(share, session.namespace):
                yield share


@view(
    "svv_datashares",
    "share_name varchar(128), share_id integer, share_owner integer, source_database varchar(128), "
    "consumer_database varchar(128), share_type varchar(8), createdate timestamp, is_publicaccessible boolean, "
    "share_acl varchar(256), producer_account varchar(16), producer_namespace varchar(64), managed_by varchar(64)",
)
def _datashares(session: Session) -> Iterator[Row]:
    for share in _outbound(session):
        owner = user_id(session, share.owner)
        yield _datashare(share, owner, share.database, None, "OUTBOUND", plain(share.created))
    for share in _inbound(session):
        yield _datashare(share, None, None, _made_from(session, share), "INBOUND", None)


def _datashare(
    share: Datashare, owner: int | None, source: str | None, consumer: str | None, kind: str, created: datetime | None
) -> Row:
    places = (padded(source, 128), padded(consumer, 128))
    by = (padded(share.account, 16), padded(share.namespace, 64), padded(None, 64))
    return (share.name, share.id, owner, *places, kind, created, share.public, None, *by)


def _made_from(session: Session, share: Datashare) -> str | None:
    for database in session.state.databases.values():
        source = database.source
        if source is not None and (source.namespace, source.share) == (share.namespace, share.name):
            return database.name
    return None


@view(
    "svv_datashare_objects",
    "share_type varchar(8), share_name varchar(128), object_type varchar(64), object_name varchar(512), "
    "producer_account varchar(16), producer_namespace varchar(64), include_new boolean",
)
def _datashare_objects(session: Session) -> Iterator[Row]:
    """ "Superusers can see all rows; regular users can see only their own data": of the datashares that they see."""
    for kind, shares in (("OUTBOUND", _outbound(session)), ("INBOUND", _inbound(session))):
        for share in shares:
            by = (padded(share.account, 16), padded(share.namespace, 64))
            database = session.warehouses.of_namespace(share.namespace).state.databases[share.database]
            for schema in database.schemas.values():
                if schema.id in share.schemas:
                    new = schema.id in share.include_new if kind == "OUTBOUND" else None
                    yield kind, padded(share.name, 128), "schema", schema.name, *by, new
            for schema, relation in database.relations():
                if relation.id in share.relations:
                    name = f"{schema.name}.{relation.name}"
                    yield kind, padded(share.name, 128), relation.kind, name, *by, None


@view(
    "svv_datashare_consumers",
    "share_name varchar(128), consumer_account varchar(16), consumer_namespace varchar(64), share_date timestamp",
)
def _datashare_consumers(session: Session) -> Iterator[Row]:
    for share in _outbound(session):
        for consumer, since in share.consumers.items():
            account = consumer if consumer.isdigit() else None
            namespace = consumer if account is None else None
            yield share.name, padded(account, 16), padded(namespace, 64), plain(since)
