"""The shape of an authored file: a JSON Schema, which editors take too, and the model it becomes.

Both judge every file: the schema first, then pydantic for what a schema cannot say. Editors and the loader so agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from jsonschema_rs import Draft202012Validator, ValidationError
from pydantic import ValidationError as ModelError

from engine.model.fields import Fact
from engine.text.json_schema import allowed_keys, published
from engine.text.wording import explain, subject
from engine.text.yaml_text import Fault, Json, Path, YamlText, read_yaml

F = TypeVar("F", bound=Fact)

_QUOTED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: its text, its valid facts with their places, the names it declares, and what is wrong.

    `names` are (model, path, id), also of facts that are not valid. `whole` is False when names may be missing.
    """

    text: YamlText
    facts: tuple[tuple[Path, Fact], ...]
    names: tuple[tuple[type[Fact], Path, str], ...]
    faults: tuple[Fault, ...]
    whole: bool

    def of(self, model: type[F]) -> Iterator[tuple[Path, F]]:
        """The facts of one model, with their places."""
        return ((path, fact) for path, fact in self.facts if isinstance(fact, model))


class Shape:
    """One fact a file (`model`), or a list of facts under each key (`lists`), or a bare list of facts (`bare`).

    `noun` is what messages call the value as a whole. `also` judges across fields what the model judges only when each
    field is right by itself: it gives the key at fault and the message.
    """

    def __init__(
        self,
        name: str,
        description: str,
        *,
        model: type[Fact] | None = None,
        lists: dict[str, type[Fact]] | None = None,
        bare: type[Fact] | None = None,
        omit: tuple[str, ...] = (),
        noun: str | None = None,
        also: Callable[[dict[str, Json]], tuple[str, str] | None] = lambda _: None,
    ) -> None:
        self.name = name
        self._noun = noun or (name if model is not None else "the file")
        self._model = model
        self._lists = lists or {}
        self._also = also
        self._bare = bare
        self.schema = published(name, description, model=model, lists=self._lists, bare=bare, omit=omit)
        self._validator = Draft202012Validator(self.schema)
        self._read = lru_cache(maxsize=16_384)(self._judge)

    def read(self, text: bytes) -> Reading:
        """The reading of a text. A text read before in this process is not read again."""
        return self._read(text)

    def check(self, text: YamlText, at: Path, value: Json) -> tuple[list[Fault], list[Path]]:
        """What the schema refuses in `value`, which stands at `at`, and where."""
        faults: list[Fault] = []
        broken: list[Path] = []
        for error in self._validator.iter_errors(value):
            faults.extend(explain(text, error, self._keys, self._noun, at))
            broken.append((*at, *error.instance_path))
        return faults, broken

    def _keys(self, error: ValidationError) -> set[str]:
        return allowed_keys(self.schema, error)

    def _judge(self, text: bytes) -> Reading:
        yaml_text = read_yaml(text)
        if yaml_text.data is None:
            faults = list(yaml_text.faults) or [Fault(1, "here is no value; expected a mapping or a list")]
            return Reading(yaml_text, (), (), tuple(faults), whole=False)
        faults, broken = self.check(yaml_text, (), yaml_text.data)
        faults.extend(yaml_text.faults)
        facts: list[tuple[Path, Fact]] = []
        names: list[tuple[type[Fact], Path, str]] = []
        for model, path, value in self._items(yaml_text.data):
            name = value.get("id") if isinstance(value, dict) else None
            if name is not None and not isinstance(name, str):
                name = yaml_text.written((*path, "id"))
            if name is not None:
                names.append((model, path, name))
            fact, said = become(model, yaml_text, path, value, self._noun, broken)
            faults.extend(said)
            if fact is None and isinstance(value, dict) and (further := self._also(value)):
                faults.append(Fault(yaml_text.key_line(path, further[0]), further[1]))
            if fact is not None and not yaml_text.faults:
                facts.append((path, fact))
        whole = self._whole(yaml_text.data, len(names))
        return Reading(yaml_text, tuple(facts), tuple(names), tuple(sorted(set(faults))), whole)

    def _items(self, data: Json) -> Iterator[tuple[type[Fact], Path, Json]]:
        if self._model is not None:
            yield self._model, (), data
        if self._bare is not None and isinstance(data, list):
            yield from ((self._bare, (index,), item) for index, item in enumerate(data))
        for key, model in self._lists.items():
            listed = data.get(key) if isinstance(data, dict) else None
            if isinstance(listed, list):
                yield from ((model, (key, index), item) for index, item in enumerate(listed))

    def _whole(self, data: Json, names: int) -> bool:
        """Does every list stand where it should, and every item have a name, so that what has none is not declared?"""
        if not self._lists:
            return True
        lists = [data.get(key) for key in self._lists] if isinstance(data, dict) else [None]
        return all(isinstance(listed, list) for listed in lists) and names == len(list(self._items(data)))


def become(
    model: type[F], text: YamlText, at: Path, value: Json, noun: str, broken: Sequence[Path]
) -> tuple[F | None, list[Fault]]:
    """The fact that `value` at `at` is, and what pydantic refuses. None when that or the schema (`broken`) refuses."""
    known = [path for path in broken if path[: len(at)] == at]
    try:
        fact = model.model_validate(value)
    except ModelError as refused:
        return None, list(model_faults(text, refused, at, noun, known))
    return (None if known else fact), []


def model_faults(text: YamlText, refused: ModelError, at: Path, noun: str, known: Sequence[Path]) -> Iterator[Fault]:
    """The faults that pydantic found in the value at `at`, each on the line of what it names.

    Where the schema found faults (`known`), only those that a schema cannot say, and no place twice.
    """
    for error in refused.errors():
        path: Path = (*at, *error["loc"])
        if known and (path in known or error["type"] != "value_error"):
            continue
        cause = error.get("ctx", {}).get("error")
        said = str(cause) if cause is not None else f"{error['msg'][:1].lower()}{error['msg'][1:]}"
        who, field = subject(text.data, path, noun)
        message = said if who and who in said else f"{' '.join(part for part in (who, field) if part)}: {said}"
        yield Fault(blamed_line(text, path, said), message)


def blamed_line(text: YamlText, path: Path, said: str) -> int:
    """The line below `path` of the last value that a message names; that of `path` when none stands there."""
    own = text.line(path)
    for word in reversed(_QUOTED.findall(said)):
        if (line := text.line(path, word)) != own:
            return line
    return own
