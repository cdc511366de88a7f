"""What runs beside SELECT: each statement with AWS's syntax, one file a family."""

from tests.emulator.redshift.session import STATEMENTS
from tests.emulator.redshift.statements import (
    databases,
    datashares,
    grants,
    roles,
    schemas,
    shows,
    tables,
    users,
    views,
)

__all__ = ["ALL", "databases", "datashares", "grants", "roles", "schemas", "shows", "tables", "users", "views"]

ALL = tuple(STATEMENTS)
