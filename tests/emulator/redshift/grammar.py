"""Statements matched whole against AWS's syntax, written as AWS's pages write it.

    CREATE DATASHARE <name> [ [ SET ] PUBLICACCESSIBLE [ = ] public={ TRUE | FALSE } ]

| notation | what it matches |
|---|---|
| `WORD` `=` `(` | itself; words in any case |
| `<name>` | an identifier |
| `<name:user>` | an identifier, whose case is kept where it is quoted |
| `<name:role>` | an identifier, or one of AWS's own as `sys:monitor` |
| `<name:path>` | one to three identifiers with dots between |
| `'<name>'` | a string |
| `<name:rest>` | everything up to the end, as it stands |
| `[ … ]` | that, or nothing |
| `{ … | … }` | one of them, tried in this order |
| `name={ … }` | the same, kept as a part of its own |
| `[, ...]` | what stands before, repeated with commas |

A statement that no syntax matches to its end is a syntax error; nothing in it is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from tests.emulator.redshift.outcome import SqlError

LONGEST_NAME = 127
"""Bytes: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html"""
# https://docs.aws.amazon.com/redshift/latest/dg/r_pg_keywords.html
RESERVED = frozenset(
    re.findall(
        r"\w+",
        """
    aes128 aes256 all allowoverwrite analyse analyze and any array as asc authorization az64 backup between binary
    blanksasnull both bytedict bzip2 case cast check collate column constraint create credentials cross current_date
    current_time current_timestamp current_user current_user_id default deferrable deflate defrag delta delta32k desc
    disable distinct do else emptyasnull enable encode encrypt encryption end except explicit false for foreign freeze
    from full globaldict256 globaldict64k grant group gzip having identity ignore ilike in initially inner intersect
    interval into is isnull join language leading left like limit localtime localtimestamp lun luns lzo lzop minus
    mostly13 mostly32 mostly8 natural new not notnull null nulls off offline offset oid old on only open or order outer
    overlaps parallel partition percent permissions placing primary raw readratio recover references rejectlog resort
    respect restore right select session_user similar snapshot some sysdate system table tag tdes text255 text32k then
    timestamp to top trailing true truncatecolumns union unique user using verbose wallet when where with
    without""",
    )
)
TOKEN = re.compile(
    r"""(?P<space>(?:\s|--[^\n]*|/\*.*?\*/)+)
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<string>'(?:[^']|'')*')
      | (?P<word>[A-Za-z_\u0080-\U0010ffff][\w$\u0080-\U0010ffff]*)
      | (?P<number>\d+)
      | (?P<sign>\S)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    start: int

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind in ("word", "sign") else ""


@dataclass(frozen=True, slots=True)
class Path:
    """A dotted name, folded."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass
class Match:
    """What a syntax found: the words in order, and what stands in the places that it names."""

    words: tuple[str, ...] = ()
    found: dict[str, list[str | Path | Match]] = field(default_factory=dict)

    def name(self, key: str) -> str:
        value = self.found[key][0]
        assert isinstance(value, str)
        return value

    def maybe(self, key: str) -> str | None:
        return self.name(key) if key in self.found else None

    def names(self, key: str) -> list[str]:
        return [value for value in self.found.get(key, []) if isinstance(value, str)]

    def paths(self, key: str) -> list[Path]:
        return [value for value in self.found.get(key, []) if isinstance(value, Path)]

    def parts(self, key: str) -> list[Match]:
        return [value for value in self.found.get(key, []) if isinstance(value, Match)]

    def chosen(self, key: str) -> str:
        """The words of the part, as `SELECT`."""
        return " ".join(self.parts(key)[0].words)

    def maybe_chosen(self, key: str) -> str | None:
        return self.chosen(key) if key in self.found else None

    def __contains__(self, words: str) -> bool:
        """Whether these words stand in it one after the other."""
        return f" {words} " in f" {' '.join(self.words)} "


def tokens(text: str) -> list[Token]:
    """Without spaces and comments, and without one semicolon at the end."""
    found = [
        Token(str(match.lastgroup), match[0], match.start())
        for match in TOKEN.finditer(text)
        if match.lastgroup != "space"
    ]
    return found[:-1] if found and found[-1].text == ";" else found


def fold(text: str, *, keep_case: bool = False) -> str:
    """An identifier as the catalogue holds it: lower case, quoted or not, as enable_case_sensitive_identifier is off by
    default (https://docs.aws.amazon.com/redshift/latest/dg/r_enable_case_sensitive_identifier.html); but a quoted user
    name keeps its case (https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html).
    """
    name = text[1:-1].replace('""', '"') if text.startswith('"') else text
    if not name or not name.isprintable():
        raise SqlError(f"ERROR: syntax error: {text!r} is no identifier")
    if len(name.encode()) > LONGEST_NAME:
        raise SqlError(f"ERROR: identifier {name!r} is longer than {LONGEST_NAME} bytes")
    if keep_case and text.startswith('"'):
        return name
    return "".join(c.lower() if c.isascii() else c for c in name)


# --- what a syntax is made of -----------------------------------------------------------------------------------------

State = tuple[int, tuple[str, ...], tuple[tuple[str, "str | Path | Match"], ...]]
"""Where it stands, and what it has found so far."""


@dataclass(frozen=True)
class Node:
    kind: str  # word, name, user, role, path, string, rest, sequence, choice
    text: str = ""
    children: tuple[Node, ...] = ()
    optional: bool = False
    repeated: bool = False
    key: str = ""


def syntax_error(text: str) -> SqlError:
    words = tokens(text)
    near = f' at or near "{words[0].text}"' if words else " at end of input"
    return SqlError(f"ERROR: syntax error{near}: no statement that is emulated")


def match(syntax: str, text: str) -> Match | None:
    """What stands in `text` if the whole of it is of this syntax.

    Raises SqlError for an identifier that cannot be one.
    """
    words = tokens(text)
    for at, said, found in _match(_parsed(syntax), words, text, (0, (), ())):
        if at == len(words):
            return _made(said, found)
    return None


def _made(said: tuple[str, ...], found: tuple[tuple[str, str | Path | Match], ...]) -> Match:
    made = Match(said)
    for key, value in found:
        made.found.setdefault(key, []).append(value)
    return made


def _match(node: Node, words: list[Token], text: str, state: State) -> Iterator[State]:
    if node.repeated:
        yield from _repeated(node, words, text, state)
    else:
        yield from _once(node, words, text, state)
    if node.optional:
        yield state


def _repeated(node: Node, words: list[Token], text: str, state: State) -> Iterator[State]:
    for after in _once(node, words, text, state):
        at, said, found = after
        if at < len(words) and words[at].text == ",":
            yield from _repeated(node, words, text, (at + 1, said, found))
        yield after


def _once(node: Node, words: list[Token], text: str, state: State) -> Iterator[State]:
    if node.kind == "sequence":
        yield from _sequence(node.children, words, text, state)
    elif node.kind == "choice":
        yield from _choice(node, words, text, state)
    elif state[0] < len(words):
        yield from _leaf(node, words, text, state)


def _sequence(children: tuple[Node, ...], words: list[Token], text: str, state: State) -> Iterator[State]:
    if not children:
        yield state
        return
    for after in _match(children[0], words, text, state):
        yield from _sequence(children[1:], words, text, after)


def _choice(node: Node, words: list[Token], text: str, state: State) -> Iterator[State]:
    at, said, found = state
    for child in node.children:
        if not node.key:
            yield from _match(child, words, text, state)
            continue
        for then, inner, kept in _match(child, words, text, (at, (), ())):
            yield then, said + inner, (*found, (node.key, _made(inner, kept)))


def _leaf(node: Node, words: list[Token], text: str, state: State) -> Iterator[State]:
    at, said, found = state
    token = words[at]
    if node.kind == "word":
        if token.word == node.text:
            yield at + 1, (*said, node.text), found
    elif node.kind == "string":
        if token.kind == "string":
            yield at + 1, said, (*found, (node.text, token.text[1:-1].replace("''", "'")))
    elif node.kind == "rest":
        yield len(words), said, (*found, (node.text, text[token.start :].rstrip().removesuffix(";")))
    elif node.kind == "path":
        yield from _path(node, words, state)
    elif node.kind == "role" and [t.text for t in words[at : at + 2]] == ["sys", ":"] and len(words) > at + 2:
        yield at + 3, said, (*found, (node.text, "sys:" + fold(words[at + 2].text)))
    elif _is_name(token):
        yield at + 1, said, (*found, (node.text, fold(token.text, keep_case=node.kind == "user")))


def _path(node: Node, words: list[Token], state: State) -> Iterator[State]:
    at, said, found = state
    parts: list[str] = []
    while at < len(words) and len(parts) < 3 and _is_name(words[at]):
        parts.append(fold(words[at].text))
        if at + 1 == len(words) or words[at + 1].text != ".":
            yield at + 1, said, (*found, (node.text, Path(tuple(parts))))
            return
        at += 2


def _is_name(token: Token) -> bool:
    return token.kind == "quoted" or (token.kind == "word" and token.text.lower() not in RESERVED)


# --- reading AWS's notation -------------------------------------------------------------------------------------------

NOTATION = re.compile(
    r"\s*(?:(?P<repeat>\[,\s\.\.\.\])|(?P<string>'<(?P<s>\w+)>')|<(?P<n>\w+)(?::(?P<kind>\w+))?>"
    r"|(?P<key>\w+)=(?=\{)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<bar>\|)|(?P<word>\w+|[=(),]))"
)


@cache
def _parsed(syntax: str) -> Node:
    node, end = _read(syntax, 0)
    if syntax[end:].strip():
        raise ValueError(f"syntax {syntax!r}: {syntax[end:]!r} is left")
    return node


def _read(syntax: str, at: int) -> tuple[Node, int]:
    """Up to the bracket that closes, or the end."""
    choices: list[list[Node]] = [[]]
    key = ""
    while found := NOTATION.match(syntax, at):
        if found["close"]:
            break
        at = found.end()
        if found["bar"]:
            choices.append([])
        elif found["key"]:
            key = found["key"]
        elif found["repeat"]:
            last = choices[-1][-1]
            choices[-1][-1] = Node(last.kind, last.text, last.children, last.optional, True, last.key)
        elif found["open"]:
            inner, at = _read(syntax, at)
            closing = NOTATION.match(syntax, at)
            if closing is None or not closing["close"]:
                raise ValueError(f"syntax {syntax!r}: a bracket is not closed")
            at = closing.end()
            choices[-1].append(Node("choice", "", inner.children, found["open"] == "[", False, key))
            key = ""
        elif found["string"]:
            choices[-1].append(Node("string", found["s"]))
        elif found["n"]:
            choices[-1].append(Node(found["kind"] or "name", found["n"]))
        else:
            choices[-1].append(Node("word", found["word"]))
    return Node("choice", "", tuple(Node("sequence", "", tuple(parts)) for parts in choices)), at
