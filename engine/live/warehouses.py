"""What stands in the warehouses of an account, asked of their readers, and what AWS's API tells of their datashares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from engine.errors import AccountError
from engine.grants.datashare.invocations import VERSION, place_of
from engine.grants.datashare.live import add_api, found_in, list_shares
from engine.grants.datashare.reconciler import Reconciler
from engine.live.accounts import Accounts, reaching
from engine.live.functions import call_function
from engine.live.shape import misshapen
from engine.model.plan import WarehousePlan
from engine.model.standing import Standing
from engine.redshift.standing import Standing as Found


def read_warehouses(
    accounts: Accounts, reconcilers: Sequence[Reconciler], progress: Callable[[str], None] = lambda _: None
) -> Standing:
    """What each side of each warehouse holds; `reconcilers` are of one account.

    Raises AccountError where one is not there, refuses, or answers other than asked: nobody takes that for absence.
    """
    standing: Standing = {}
    for reconciler in reconcilers:
        for warehouse in reconciler.warehouses:
            progress(f"reading warehouse {warehouse.id}, {reconciler.side}'s side")
            standing |= found_in(warehouse, _read(accounts, reconciler, warehouse))
    for account, region in sorted({(item.account, item.region) for item in reconcilers}):
        client = accounts.client("redshift", account, region)
        listed = reaching(account, region, partial(list_shares, client))
        add_api(standing, account, region, listed, (item for each in reconcilers for item in each.warehouses))
    return standing


def _read(accounts: Accounts, reconciler: Reconciler, warehouse: WarehousePlan) -> Found:
    asked = {"version": VERSION, "warehouse": place_of(warehouse), "side": reconciler.side}
    answer = call_function(accounts, reconciler.account, reconciler.region, reconciler.reader, asked)
    told: Any = answer.get("standing") if isinstance(answer, dict) else None
    wrong = misshapen(told, Found, "standing")
    if wrong is None and told["database"] != warehouse.database:
        wrong = f"`standing.database` should be {warehouse.database}"
    if wrong is not None:
        where = f"account {reconciler.account}, {reconciler.region}: {reconciler.reader}"
        raise AccountError(f"{where} did not answer for warehouse `{warehouse.id}` as asked: {wrong}")
    return cast("Found", told)
