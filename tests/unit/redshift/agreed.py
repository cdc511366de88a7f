"""An agreement in force in both its warehouses, and how statements name its parts."""

from __future__ import annotations

from tests.unit.redshift.house import BOTH, DATABASE, ROLE, SHARE, House, database, role, share

NARROW = {"loans": ["id"], "rates": ["id"]}
S, D, R = f'"{SHARE}"', f'"{DATABASE}"', f'"{ROLE}"'
LOANS_VIEW = f'CREATE VIEW {S}."loans" AS SELECT "amount", "id" FROM "lending"."loans"'
RATES_VIEW = f'CREATE VIEW {S}."rates" AS SELECT "id" FROM "lending"."rates"'


def consuming(house: House, views: dict[str, list[str]] = BOTH) -> None:
    """An agreement in force, both sides."""
    house.reconcile(share(views))
    house.authorize()
    house.reconcile(role())
    house.reconcile(database(views))
