"""The picture is one well-formed file that fetches nothing, and nothing in it overlaps or is cut off."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.graph.draw import draw_why
from engine.graph.layout import place
from engine.graph.lettering import text_width, wrap
from engine.graph.names import Target
from engine.graph.picture import path_graph
from engine.graph.why import why
from tests.unit.graph.small import MESH, changed, decide, index

SVG = "{http://www.w3.org/2000/svg}"


def draw(principal: str, target: Target) -> str:
    return draw_why(why(MESH, decide(), index(), principal, target))


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_the_whole_path_with_its_reasons() -> None:
    written = texts(draw("ben", Target("servicing/loans", "loan", "borrower_email")))
    assert written[0] == "why ben can read servicing/loans/loan/borrower_email"
    for title in ("ben", "juniors", "north", "analysts", "analyst", "reporting", "servicing/loans/loan", "granted"):
        assert title in written
    for reason in ("member of", "nested in", "holds", "for this", "7 requirements"):
        assert reason in written


def test_two_ways_through_the_groups_and_two_purposes() -> None:
    chains = why(MESH, decide(), index(), "anna", Target("servicing/loans", "loan", "id"))
    graph = path_graph(chains)
    layers = {node: data["layer"] for node, data in graph.nodes(data=True)}
    assert [layers[f"group:{name}"] for name in ("leads", "north", "analysts")] == [1, 1, 2]
    assert layers["persona:analyst"] == 3
    # what two purposes give stands apart
    assert sum(node.startswith("table:") for node in graph) == 2


def test_unrealised_is_dashed_and_says_why() -> None:
    svg = draw("ben", Target("risk/exposures"))
    assert "stroke-dasharray" in svg
    assert "unrealised: `risk/exposures` lies in warehouse `dwh`" in " ".join(texts(svg))
    assert "stroke-dasharray" not in draw("ben", Target("servicing/loans"))


def test_it_stands_alone_on_white() -> None:
    svg = draw("ben", Target("servicing/loans"))
    root = ET.fromstring(svg)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        "defs",
        "g",
        "marker",
        "path",
        "rect",
        "svg",
        "text",
        "title",
    }
    assert not re.search(r"href|https?://(?!www\.w3\.org/2000/svg)|@import", svg)
    background = root.find(f"{SVG}rect")
    assert background is not None
    assert background.attrib == {"width": "100%", "height": "100%", "fill": "#ffffff"}


def test_names_never_become_markup() -> None:
    evil = 'a<script>alert("x")</script>&\x01b'
    groups = tuple(
        group.model_copy(update={"members": (evil,)}) if group.id == "juniors" else group for group in MESH.groups
    )
    principal = MESH.principal["ben"].model_copy(update={"id": evil})
    mesh = changed(groups=groups, principals=(*MESH.principals, principal))
    svg = draw_why(why(mesh, decide(mesh), index(mesh), evil, Target("servicing/loans", "loan", "id")))
    assert "<script" not in svg
    assert texts(svg)[0] == 'why a<script>alert("x")</script>&\ufffdb can read servicing/loans/loan/id'


def test_many_columns_are_counted() -> None:
    columns = tuple(
        MESH.product["risk/exposures"].tables[0].columns[0].model_copy(update={"name": f"c{n:02}"}) for n in range(40)
    )
    table = MESH.product["risk/exposures"].tables[0].model_copy(update={"columns": columns})
    product = MESH.product["risk/exposures"].model_copy(update={"tables": (table,)})
    mesh = changed(products=tuple(product if item.id == product.id else item for item in MESH.products))
    written = " ".join(texts(draw_why(why(mesh, decide(mesh), index(mesh), "ben", Target("risk/exposures")))))
    assert "c11 and 28 more" in written


def test_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="no chain"):
        draw_why(())


NAMES = st.text(st.sampled_from("aWi-_/@. mé"), min_size=1, max_size=60)


@given(NAMES, st.integers(60, 300), st.booleans())
def test_no_line_is_too_wide_and_none_is_lost(text: str, width: int, bold: bool) -> None:
    lines = wrap(text, width, 13, bold)
    assert all(text_width(line, 13, bold) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@st.composite
def layered(draw: st.DrawFn) -> nx.DiGraph[str]:
    """Nodes of up to six layers, and edges to any later one."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    size = st.integers(40, 200)
    for layer in range(draw(st.integers(2, 6))):
        for number in range(draw(st.integers(1, 4))):
            graph.add_node(f"{layer}.{number}", layer=layer, width=draw(size), height=draw(size))
    nodes = sorted(graph)
    for start, end in combinations(nodes, 2):
        if graph.nodes[start]["layer"] < graph.nodes[end]["layer"] and draw(st.booleans()):
            graph.add_edge(start, end)
    return graph


@given(layered())
def test_boxes_keep_apart_and_arrows_go_round_them(graph: nx.DiGraph[str]) -> None:
    layout = place(graph)
    for one, other in combinations(layout.boxes.values(), 2):
        apart = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert apart or one.y + one.height + 20 <= other.y or other.y + other.height + 20 <= one.y
    for box in layout.boxes.values():
        assert box.x >= 0
        assert box.y >= -0.01
        assert box.x + box.width <= layout.width + 0.01
        assert box.y + box.height <= layout.height + 0.01
    for (start, end), points in layout.routes.items():
        first, last = layout.boxes[start], layout.boxes[end]
        assert points[0] == pytest.approx((first.x + first.width, first.y + first.height / 2))
        assert points[-1] == pytest.approx((last.x, last.y + last.height / 2))
        for x, y in points[1:-1]:
            assert not any(
                box.x <= x <= box.x + box.width and box.y - 5 <= y <= box.y + box.height + 5
                for box in layout.boxes.values()
            )
