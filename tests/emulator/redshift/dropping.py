"""What keeps a schema or a view from being dropped without CASCADE."""

from __future__ import annotations

from collections.abc import Sequence

from tests.emulator.redshift.objects import Datashare
from tests.emulator.redshift.outcome import SqlError
from tests.emulator.redshift.session import Session


def must_be_free(session: Session, what: str, *, needed: bool, shares: Sequence[Datashare]) -> None:
    """Raises SqlError where other objects need it, or where it is in a datashare.

    No page says what becomes of a shared object that is dropped: the tests play either.
    """
    if needed:
        raise SqlError(
            f"ERROR: can't drop {what} because other objects depend on it\n"
            "HINT: Use DROP ... CASCADE to drop the dependent objects too."
        )
    if shares and not session.warehouses.play.shared_may_be_dropped:
        raise SqlError(f"ERROR: can't drop {what}: it is in datashare {shares[0].name}")
