"""Where the boxes and arrows of a layered picture go. Pure geometry, in pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean

import networkx as nx

GAP = 24.0
"""Between two boxes of one layer."""
CHANNEL = 116.0
"""Between two layers: arrows and their labels run here."""
_LANE = 16.0
"""The height that an arrow takes where it passes through a layer."""
_SWEEPS = 6

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Boxes by node; for each edge its points, from the right side of a box to the left side of another.

    Between two points an arrow runs through a channel, or straight across a layer; they alternate, channel first.
    """

    boxes: dict[str, Box]
    routes: dict[tuple[str, str], tuple[Point, ...]]
    width: float
    height: float


def place(graph: nx.DiGraph[str]) -> Layout:
    """Places nodes that carry `layer` (0, 1, …), `width` and `height`; every edge goes to a later layer.

    Boxes of a layer keep apart, arrows over several layers get a lane of their own in each, and everything stands as
    near to what it is connected to as that allows.
    """
    lanes: nx.DiGraph[str] = nx.DiGraph()
    layers: list[list[str]] = [[] for _ in range(1 + max(_layer(graph, node) for node in graph))]
    heights: dict[str, float] = {}
    for node, data in graph.nodes(data=True):
        layers[data["layer"]].append(node)
        heights[node] = data["height"]
    paths: dict[tuple[str, str], list[str]] = {}
    for start, end in graph.edges:
        between = [f"{start}\0{end}\0{layer}" for layer in range(_layer(graph, start) + 1, _layer(graph, end))]
        for layer, lane in enumerate(between, start=_layer(graph, start) + 1):
            layers[layer].append(lane)
            heights[lane] = _LANE
        paths[start, end] = [start, *between, end]
        lanes.add_edges_from(pairwise(paths[start, end]))
    lanes.add_nodes_from(graph)
    _order(lanes, layers)
    centers = _centers(lanes, layers, heights)
    top = min(centers[node] - heights[node] / 2 for node in centers)
    centers = {node: center - top for node, center in centers.items()}
    widths = [max((graph.nodes[node]["width"] for node in layer if node in graph), default=0.0) for layer in layers]
    lefts = [sum(widths[:layer]) + CHANNEL * layer for layer in range(len(layers))]
    boxes = {
        node: Box(lefts[data["layer"]], centers[node] - data["height"] / 2, widths[data["layer"]], data["height"])
        for node, data in graph.nodes(data=True)
    }
    routes = {}
    for (start, end), path in paths.items():
        points = [(boxes[start].x + boxes[start].width, centers[start])]
        for layer, lane in enumerate(path[1:-1], start=_layer(graph, start) + 1):
            points += [(lefts[layer], centers[lane]), (lefts[layer] + widths[layer], centers[lane])]
        routes[start, end] = (*points, (boxes[end].x, centers[end]))
    return Layout(
        boxes=boxes,
        routes=routes,
        width=lefts[-1] + widths[-1],
        height=max(centers[node] + heights[node] / 2 for node in centers),
    )


def _layer(graph: nx.DiGraph[str], node: str) -> int:
    return int(graph.nodes[node]["layer"])


def _order(lanes: nx.DiGraph[str], layers: list[list[str]]) -> None:
    """Sorts each layer by where its neighbours stand, to and fro, so that few arrows cross."""
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        near = lanes.predecessors if forth else lanes.successors
        for before, layer in pairwise(layers if forth else layers[::-1]):
            rank = {node: float(at) for at, node in enumerate(before)}
            own = {node: float(at) for at, node in enumerate(layer)}
            wanted = {node: mean([rank[other] for other in near(node)] or [own[node]]) for node in layer}
            layer.sort(key=wanted.__getitem__)


def _centers(lanes: nx.DiGraph[str], layers: list[list[str]], heights: dict[str, float]) -> dict[str, float]:
    """The middle of every node, drawn to the mean of its neighbours'."""
    centers: dict[str, float] = {}
    for layer in layers:
        centers |= _apart(layer, [0.0] * len(layer), heights)
    neighbours: list[Callable[[str], Iterable[str]]] = [lanes.predecessors, lanes.successors]
    for sweep in range(_SWEEPS):
        near = neighbours[sweep % 2]
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wanted = [mean([centers[other] for other in near(node)] or [centers[node]]) for node in layer]
            centers |= _apart(layer, wanted, heights)
    return centers


def _apart(layer: Sequence[str], wanted: Sequence[float], heights: dict[str, float]) -> dict[str, float]:
    """Centers as near to the wanted ones as boxes of these heights in this order can be (least squares).

    With each box's offset in a tight stack taken off, that is isotonic regression: pool adjacent violators.
    """
    offsets: list[float] = []
    for at, node in enumerate(layer):
        step = (heights[layer[at - 1]] + heights[node]) / 2 + GAP if at else 0.0
        offsets.append((offsets[-1] if offsets else 0.0) + step)
    pools: list[list[float]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        pools.append([want - offset])
        while len(pools) > 1 and mean(pools[-2]) >= mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    fitted = [mean(pool) for pool in pools for _ in pool]
    return {node: fit + offset for node, fit, offset in zip(layer, fitted, offsets, strict=True)}
