"""A why answer as a picture: SVG, self-contained, on white."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree as ET

from engine.graph.layout import CHANNEL, Box, Point, place
from engine.graph.lettering import text_width, wrap
from engine.graph.picture import Card, path_graph
from engine.graph.why import Chain

_MARGIN, _PADDING, _LINE = 30.0, 14.0, 17.0
_SIZE, _SMALL, _HEADING = 13.0, 11.0, 17.0
_NARROWEST, _WIDEST = 130.0, 246.0
_FONT = "Inter, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif"
_INK, _GREY = "#1b2430", "#5b6675"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    size: float
    bold: bool
    color: str


def draw_why(chains: tuple[Chain, ...]) -> str:
    """The SVG document of all chains of one principal and target: from the principal on the left to the columns.

    Nothing is fetched: no font, script or style sheet. Raises ValueError for no chain.
    """
    if not chains:
        raise ValueError("there is no chain to draw")
    graph = path_graph(chains)
    cards: dict[str, Card] = {node: data["card"] for node, data in graph.nodes(data=True)}
    lines = {node: _lines(card) for node, card in cards.items()}
    for node, written in lines.items():
        widest = max(text_width(line.text, line.size, line.bold) for line in written)
        graph.nodes[node]["width"] = max(_NARROWEST, widest + 2 * _PADDING)
        graph.nodes[node]["height"] = len(written) * _LINE + 2 * _PADDING - 6
    layout = place(graph)
    heading = f"why {chains[0].principal} can read {chains[0].target.name}"
    above = wrap(heading, max(layout.width, 480.0), _HEADING, bold=True)
    top = _MARGIN + len(above) * (_HEADING + 6) + 18
    width, height = max(layout.width, 480.0) + 2 * _MARGIN, top + layout.height + _MARGIN

    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width:.0f} {height:.0f}",
            "width": f"{width:.0f}",
            "height": f"{height:.0f}",
            "role": "img",
            "font-family": _FONT,
        },
    )
    ET.SubElement(svg, "title").text = _clean(heading)
    _add_arrowhead(svg)
    ET.SubElement(svg, "rect", {"width": "100%", "height": "100%", "fill": "#ffffff"})
    for number, text in enumerate(above):
        _write(svg, _MARGIN, _MARGIN + _HEADING + number * (_HEADING + 6), _Line(text, _HEADING, True, _INK))
    body = ET.SubElement(svg, "g", {"transform": f"translate({_MARGIN:.0f} {top:.0f})"})
    for edge, points in layout.routes.items():
        _draw_arrow(body, points, dashed=cards[edge[1]].dashed)
    for node, box in layout.boxes.items():
        _draw_card(body, cards[node], lines[node], box)
    for edge, points in layout.routes.items():
        _draw_label(body, graph.edges[edge]["reason"], points)
    return ET.tostring(svg, encoding="unicode") + "\n"


def _lines(card: Card) -> list[_Line]:
    inner = _WIDEST - 2 * _PADDING
    lines = [_Line(text, _SMALL, True, card.color) for text in wrap(card.kind.upper(), inner, _SMALL, bold=True)]
    lines += [_Line(text, _SIZE, True, _INK) for text in wrap(card.title, inner, _SIZE, bold=True)]
    for text in card.details:
        lines += [_Line(part, _SIZE, False, _GREY) for part in wrap(text, inner, _SIZE)]
    if card.status:
        lines += [_Line(part, _SIZE, True, card.color) for part in wrap(card.status, inner, _SIZE, bold=True)]
    return lines


def _draw_card(parent: ET.Element, card: Card, lines: Sequence[_Line], box: Box) -> None:
    frame = {
        "x": f"{box.x:.1f}",
        "y": f"{box.y:.1f}",
        "width": f"{box.width:.1f}",
        "height": f"{box.height:.1f}",
        "rx": "7",
        "fill": card.fill,
        "stroke": card.color,
        "stroke-width": "1.4",
    }
    if card.dashed:
        frame["stroke-dasharray"] = "5 4"
    ET.SubElement(parent, "rect", frame)
    for number, line in enumerate(lines):
        _write(parent, box.x + _PADDING, box.y + _PADDING + 9 + number * _LINE, line)


def _draw_arrow(parent: ET.Element, points: Sequence[Point], dashed: bool) -> None:
    steps = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for number, ((x1, y1), (x2, y2)) in enumerate(pairwise(points)):
        middle = (x1 + x2) / 2
        curve = f"C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        steps.append(curve if number % 2 == 0 else f"L{x2:.1f} {y2:.1f}")
    line = {"d": " ".join(steps), "fill": "none", "stroke": "#8a94a3", "stroke-width": "1.4", "marker-end": "url(#to)"}
    if dashed:
        line["stroke-dasharray"] = "5 4"
    ET.SubElement(parent, "path", line)


def _draw_label(parent: ET.Element, reason: str, points: Sequence[Point]) -> None:
    """In the middle of the first channel, on a white edge that keeps it readable over the arrow."""
    (x1, y1), (x2, y2) = points[:2]
    lines = wrap(reason, CHANNEL - 22, _SMALL)
    for number, text in enumerate(lines):
        y = (y1 + y2) / 2 + 4 + (number - (len(lines) - 1) / 2) * (_SMALL + 2)
        _write(
            parent,
            (x1 + x2) / 2,
            y,
            _Line(text, _SMALL, False, _GREY),
            {
                "text-anchor": "middle",
                "stroke": "#ffffff",
                "stroke-width": "5",
                "stroke-linejoin": "round",
                "paint-order": "stroke",
            },
        )


def _add_arrowhead(svg: ET.Element) -> None:
    marker = {"id": "to", "viewBox": "0 0 8 8", "refX": "7.5", "refY": "4", "orient": "auto"}
    size = {"markerWidth": "8", "markerHeight": "8", "markerUnits": "userSpaceOnUse"}
    head = ET.SubElement(ET.SubElement(svg, "defs"), "marker", marker | size)
    ET.SubElement(head, "path", {"d": "M0 0L8 4L0 8z", "fill": "#8a94a3"})


def _write(parent: ET.Element, x: float, y: float, line: _Line, extra: dict[str, str] | None = None) -> None:
    attributes = {"x": f"{x:.1f}", "y": f"{y:.1f}", "font-size": f"{line.size:.0f}", "fill": line.color}
    if line.bold:
        attributes["font-weight"] = "600"
    ET.SubElement(parent, "text", attributes | (extra or {})).text = _clean(line.text)


def _clean(text: str) -> str:
    """Text without the control characters that XML has no way to write."""
    return _NO_XML.sub("\ufffd", text)
