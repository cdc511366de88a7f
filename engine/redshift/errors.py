"""Why a run stops. Each message says what, where and what to do, and holds names only."""

from __future__ import annotations


class RedshiftError(Exception):
    """All that this package raises."""


class InputError(RedshiftError):
    """The input is not what the plan makes; nothing was run."""


class StatementError(RedshiftError):
    """Redshift refused a statement, or it did not end in time."""


class StandingError(RedshiftError):
    """What stands in the warehouse is not what was asked for, or not ours to change."""
