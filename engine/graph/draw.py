"""A why answer as a picture: SVG, self-contained, on white."""

from __future__ import annotations

from engine.graph.why import Chain


def draw_why(chains: tuple[Chain, ...]) -> str:
    """The SVG document of all chains of one principal and target. Raises ValueError for none."""
    raise NotImplementedError
