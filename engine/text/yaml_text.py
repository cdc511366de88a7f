"""YAML text -> plain data, and from a place in the data back to its line.

What is read is the JSON-like core of YAML 1.2: only `true` and `false` are booleans, an instant stays text, a mapping's
keys are text as written. One document a file, no duplicate keys, and aliases may not blow a small file up.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import yaml

from engine.errors import ToolError

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Path: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys of mappings and indexes of lists, from the root."""

EXPANDED = 200_000
"""How many values a file that uses aliases may stand for."""

SAFE_DEPTH = 5_000
"""How deep a text may be nested before it is not even composed; some hundred levels are read."""

_STR = "tag:yaml.org,2002:str"
_SEQ = "tag:yaml.org,2002:seq"
_MAP = "tag:yaml.org,2002:map"
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_INT = re.compile(r"[-+]?[0-9]{1,400}|0o[0-7]{1,400}|0x[0-9a-fA-F]{1,400}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_TEXT = frozenset("-+.0123456789tTfFnN~<")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a text. `line` counts from 1; 0 stands for the text as a whole."""

    line: int
    message: str


_TOO_DEEP = (Fault(0, "the text is nested too deeply"),)


def _loader() -> type[yaml.CSafeLoader]:
    if not yaml.__with_libyaml__:
        raise ToolError("PyYAML has no libyaml; install the wheel `PyYAML` from PyPI, which carries it")

    class Loader(yaml.CSafeLoader):
        """Composes nodes with the tags of YAML 1.2's core; `_scalar` reads what stands plain."""

        def resolve(self, kind: type[yaml.Node], value: str, implicit: tuple[bool, bool]) -> str:
            if kind is yaml.ScalarNode:
                return "" if implicit[0] and (not value or value[0] in _NOT_TEXT) else _STR
            return _SEQ if kind is yaml.SequenceNode else _MAP

        def descend_resolver(self, _parent: yaml.Node | None, _index: object) -> None:
            """Path resolvers, which nobody registers, would cost a tenth of the reading."""

        def ascend_resolver(self) -> None:
            """See `descend_resolver`."""

    return Loader


def _scalar(value: str) -> Json:
    """A plain scalar by YAML 1.2's core schema. An infinity or NaN, which JSON lacks, stays text."""
    if value in _NULL:
        return None
    if value in _BOOL:
        return _BOOL[value]
    if _INT.fullmatch(value):
        return int(value, 0) if value[:2] in ("0o", "0x") else int(value)
    if _FLOAT.fullmatch(value):
        number = float(value)
        return number if math.isfinite(number) else value
    return value


class _Reader:
    """Nodes -> data; what is wrong is collected, and reading goes on."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def value(self, node: yaml.Node) -> Json:
        if isinstance(node, yaml.ScalarNode):
            if node.tag == _STR:
                return str(node.value)
            if node.tag == "":
                return _scalar(node.value)
        elif isinstance(node, yaml.MappingNode):
            if node.tag == _MAP:
                return self._mapping(node)
        elif node.tag == _SEQ:
            return [self.value(item) for item in node.value]
        self._fault(node, f"tag `{node.tag}` is not read; write plain YAML")
        return None

    def _mapping(self, node: yaml.MappingNode) -> Json:
        found: dict[str, Json] = {}
        merged: dict[str, Json] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._fault(key, "a key is a list or a mapping; expected text")
            elif key.tag == "" and key.value == "<<":
                merged = self._merged(value) | merged
            elif key.value in found:
                self._fault(key, f"key `{key.value}` stands twice; first on line {lines[key.value]}")
            else:
                found[key.value] = self.value(value)
                lines[key.value] = key.start_mark.line + 1
        return merged | found if merged else found

    def _merged(self, node: yaml.Node) -> dict[str, Json]:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Json] = {}
        for item in nodes:
            value = self.value(item)
            if isinstance(value, dict):
                merged = value | merged
            else:
                self._fault(item, "`<<` merges a mapping; here is none")
        return merged

    def _fault(self, node: yaml.Node, message: str) -> None:
        self.faults.append(Fault(node.start_mark.line + 1, message))


def _expanded(root: yaml.Node) -> float:
    """How many values `root` stands for, its aliases followed: infinitely many when one contains itself."""
    sizes: dict[int, float] = {}
    open_nodes: set[int] = set()

    def size(node: yaml.Node) -> float:
        if isinstance(node, yaml.ScalarNode):
            return 1
        key = id(node)
        if key in open_nodes:
            return math.inf
        if key not in sizes:
            open_nodes.add(key)
            children = (part for item in node.value for part in (item if isinstance(item, tuple) else (item,)))
            sizes[key] = 1 + sum(size(child) for child in children)
            open_nodes.discard(key)
        return sizes[key]

    return size(root)


def _too_deep(text: bytes) -> bool:
    """Would composing the text overflow the stack of libyaml's binding, which recurses without a limit?

    Each level takes a bracket or a column of some line, so most texts are judged by counting those.
    """
    brackets = text.count(b"[") + text.count(b"{")
    if brackets + max(map(len, text.split(b"\n"))) < SAFE_DEPTH:
        return False
    parser, depth = _LOADER(text), 0
    while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
        opens = isinstance(event, yaml.CollectionStartEvent)
        depth += opens - isinstance(event, yaml.CollectionEndEvent)
        if depth >= SAFE_DEPTH:
            return True
    return False


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The node that marks a step (a mapping's key, a list's item) and the value there."""
    if isinstance(node, yaml.MappingNode) and isinstance(step, str):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == step:
                return key, value
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == "<<":
                for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    if found := _child(source, step):
                        return key, found[1]
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and -1 < step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _last(node: yaml.Node, value: str) -> yaml.Node | None:
    """The last scalar below `node` that is written `value`."""
    if isinstance(node, yaml.ScalarNode):
        return node if node.value == value else None
    for item in reversed(node.value):
        for part in reversed(item) if isinstance(item, tuple) else (item,):
            if found := _last(part, value):
                return found
    return None


@lru_cache(maxsize=16)
def _compose(text: bytes) -> yaml.Node:
    """The nodes of a text that has been read before. Few are kept: a text's places are asked for one after another."""
    root = _LOADER(text).get_single_node()
    return root if root is not None else yaml.ScalarNode("", "")


@dataclass(frozen=True, slots=True)
class YamlText:
    """A text with its data. `faults` says why it could not be read; `data` is then None or incomplete."""

    text: bytes
    data: Json
    faults: tuple[Fault, ...]

    def line(self, path: Path, value: str | None = None) -> int:
        """The line of the key or item at `path`, or of what stands nearest above it.

        With `value`: the line of the last scalar below `path` that is written so, if there is one.
        """
        mark = node = _compose(self.text)
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            mark, node = found
        if value is not None and (scalar := _last(node, value)):
            mark = scalar
        return int(mark.start_mark.line) + 1

    def key_line(self, path: Path, key: str) -> int:
        """The line of `key` of the mapping at `path`."""
        return self.line((*path, key))

    def written(self, path: Path) -> str | None:
        """The scalar at `path` as its author wrote it, None when there is none."""
        node = _compose(self.text)
        for step in path:
            found = _child(node, step)
            if found is None:
                return None
            node = found[1]
        return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def _code(character: int | str) -> str:
    return f"U+{character if isinstance(character, int) else ord(character):04X}"


def read_yaml(text: bytes) -> YamlText:
    """Reads one YAML document; what is wrong stands in the result's `faults`."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return YamlText(text, None, (Fault(text.count(b"\n", 0, error.start) + 1, "the text is not UTF-8"),))
    try:
        if _too_deep(text):
            return YamlText(text, None, _TOO_DEEP)
        root = _LOADER(text).get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.decode()[: int(error.position)].count("\n") + 1
        return YamlText(text, None, (Fault(line, f"character `{_code(error.character)}` is not allowed in YAML"),))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        return YamlText(text, None, (Fault(mark.line + 1 if mark else 0, f"the text is no YAML: {said}"),))
    if root is None:
        return YamlText(text, None, (Fault(0, "the file is empty"),))
    reader = _Reader()
    try:
        if b"&" in text and _expanded(root) > EXPANDED:
            return YamlText(text, None, (Fault(0, f"aliases stand for more than {EXPANDED:,} values"),))
        data = reader.value(root)
    except RecursionError:
        return YamlText(text, None, _TOO_DEEP)
    return YamlText(text, data, tuple(reader.faults))


_LOADER = _loader()
