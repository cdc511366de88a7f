"""Faults on request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Faults:
    """None yet."""
