"""The description of the interface (OpenAPI 3.1), made from the records and the operations."""

import enum
import inspect
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from campaigns.errors import Refused, fault
from campaigns.text import Bilingual

Json = dict[str, Any]
#: The greatest number that every database takes as an id.
GREATEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that an address can say: read by the same rule by which it is described."""

    name: str
    of: type[Any]
    meaning: str
    place: Literal["query", "path"] = "query"
    pattern: str = "[^/]{1,60}"
    greatest: int = GREATEST

    def schema(self) -> Json:
        """What may stand there, as JSON Schema."""
        if self.of is int:
            return {"type": "integer", "minimum": 1, "maximum": self.greatest}
        if self.of is date:
            return {"type": "string", "format": "date"}
        if issubclass(self.of, enum.Enum):
            return {"type": "string", "enum": [each.value for each in self.of]}
        return {"type": "string", "pattern": f"^{self.pattern}$"}

    def read(self, typed: str) -> Any:
        """The value that was typed; refuses what the schema does not allow."""
        try:
            return self._value(typed)
        except ValueError:
            raise Refused(fault("parameter_invalid", self.name, name=self.name)) from None

    def _value(self, typed: str) -> Any:
        if self.of is int:
            if not re.fullmatch(r"[0-9]{1,19}", typed, re.ASCII):
                raise ValueError(typed)
            if not 1 <= int(typed) <= self.greatest:
                raise ValueError(typed)
            return int(typed)
        if self.of is date:
            day = date.fromisoformat(typed)
            if day.isoformat() != typed:
                raise ValueError(typed)
            return day
        if issubclass(self.of, enum.Enum):
            return self.of(typed)
        if not re.fullmatch(self.pattern, typed):
            raise ValueError(typed)
        return typed


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a program can ask for. ``many`` answers come in pages."""

    name: str
    path: str
    meaning: str
    record: type[Any]
    parameters: tuple[Parameter, ...]
    many: bool

    @property
    def query(self) -> Mapping[str, Parameter]:
        """What may stand after the question mark."""
        return {each.name: each for each in self.parameters if each.place == "query"}


def as_json(value: Any) -> Any:
    """A record as JSON has it: instants in UTC, days as ``2026-09-16``."""
    if is_dataclass(value):
        return {each.name: as_json(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Bilingual):
        return value._asdict()
    if isinstance(value, tuple | list):
        return [as_json(each) for each in value]
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


class _Schemas:
    """Collects the schema of every class that a description mentions."""

    def __init__(self) -> None:
        self.found: dict[str, Json] = {}

    def of(self, hint: Any) -> Json:
        """The schema of a type."""
        if get_origin(hint) is Annotated:
            inner, meaning = get_args(hint)
            return self.of(inner) | {"description": meaning}
        if get_origin(hint) in {types.UnionType, typing.Union}:
            return {"anyOf": [self.of(each) for each in get_args(hint)]}
        if get_origin(hint) is tuple:
            return {"type": "array", "items": self.of(get_args(hint)[0])}
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        return self._reference(hint)

    def _reference(self, of: type[Any]) -> Json:
        name = of.__name__
        if name not in self.found:
            self.found[name] = {}  # a class may mention itself
            self.found[name] = self._whole(of)
        return {"$ref": f"#/components/schemas/{name}"}

    def _whole(self, of: type[Any]) -> Json:
        meaning = {"description": inspect.cleandoc(of.__doc__ or "")}
        if issubclass(of, enum.Enum):
            return {"type": "string", "enum": [each.value for each in of]} | meaning
        parts = {name: self.of(hint) for name, hint in get_type_hints(of, None, None, True).items()}
        return _object(parts) | meaning


_PLAIN: dict[Any, Json] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    type(None): {"type": "null"},
}


def _object(properties: Json, optional: Json | None = None) -> Json:
    return {
        "type": "object",
        "properties": properties | (optional or {}),
        "required": list(properties),
        "additionalProperties": False,
    }


_PROBLEM = _object(
    {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    {"instance": {"type": "string", "description": "Names an unexpected fault to the office"}},
) | {"description": "What went wrong, in plain words (RFC 9457)."}
_PROBLEMS = {
    401: "No valid token",
    403: "Visible, but not this person's to read",
    404: "Not there, or outside the person's scope: the answer is the same",
    422: "A parameter that is unknown or cannot be read",
    429: "Asked too often; Retry-After says when to ask again",
    503: "The system is busy; Retry-After says when to ask again",
}


def document(operations: Sequence[Operation], title: str, about: str) -> Json:
    """The whole description."""
    schemas = _Schemas()
    paths = {each.path: {"get": _described(each, schemas)} for each in operations}
    responses = {
        str(status): {
            "description": meaning,
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
        for status, meaning in _PROBLEMS.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": about},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": responses,
            "schemas": schemas.found | {"Problem": _PROBLEM},
        },
    }


def _described(operation: Operation, schemas: _Schemas) -> Json:
    record = schemas.of(operation.record)
    if operation.many:
        following = {"type": ["string", "null"], "description": "Address of the next page"}
        record = _object({"items": {"type": "array", "items": record}, "next": following})
    problems = {str(each): {"$ref": f"#/components/responses/{each}"} for each in _PROBLEMS}
    return {
        "operationId": operation.name,
        "summary": operation.meaning,
        "parameters": [
            {
                "name": each.name,
                "in": each.place,
                "required": each.place == "path",
                "description": each.meaning,
                "schema": each.schema(),
            }
            for each in operation.parameters
        ],
        "responses": {
            "200": {
                "description": operation.meaning,
                "headers": {"ETag": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": record}},
            },
            "304": {"description": "Unchanged since the ETag that If-None-Match named"},
            **problems,
        },
    }
