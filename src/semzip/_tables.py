"""Tables of a TOML file as attrs classes, by cattrs: an unknown key, a wrong type or a bad value is named with its place."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import attrs
import cattrs

from semzip.errors import ConfigError, MissingBackendError

T = TypeVar("T")

_KEYS = ("api_key", "token", "password", "secret")
_KEY_PREFIXES = ("sk-", "tml-", "hf_", "AIza")
_WORDS: Mapping[object, str] = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a path in quotes",
    dict: "a table",
}


class FaultError(Exception):
    """What is wrong, and where: keys joined by dots.

    Args:
        what: The sentence.
        where: The place inside of what is being read.
    """

    def __init__(self, what: str, where: str = "") -> None:
        super().__init__(what)
        self.what, self.where = what, where

    def inside(self, place: str) -> FaultError:
        """The same, seen from one level further out."""
        joined = f"{place}{'' if self.where.startswith('[') or not self.where else '.'}{self.where}"
        return FaultError(self.what, joined)


def structured(converter: cattrs.Converter, table: object, kind: type[T], name: str) -> T:
    """`table` as a `kind`.

    Raises:
        ConfigError: With the file's name, the place and what to write there.
        MissingBackendError: The table names a backend that is not installed.
    """
    try:
        return converter.structure(table, kind)
    except FaultError as fault:
        raise ConfigError(": ".join(part for part in (name, fault.where, fault.what) if part)) from fault


def strict() -> cattrs.Converter:
    """A converter that changes no type on the way: "3" is no number, 3 is no text."""
    converter = cattrs.Converter(detailed_validation=False)
    for kind in (str, int, float, bool, Path):
        converter.register_structure_hook(kind, _scalar)
    converter.register_structure_hook(type(None), lambda value, _: value)
    converter.register_structure_hook_func(_is_literal, _literal)
    converter.register_structure_hook_func(_is_union, lambda value, kind: _union(converter, value, kind))
    converter.register_structure_hook_func(_is_tuple, lambda value, kind: _tuple(converter, value, kind))
    converter.register_structure_hook_func(_is_mapping, lambda value, kind: _mapping(converter, value, kind))
    converter.register_structure_hook_func(attrs.has, lambda value, kind: made(converter, value, kind))
    return converter


def made(converter: cattrs.Converter, value: object, kind: Callable[..., T], *, key: str = "") -> T:
    """An object of `kind`, whose parameters are the keys of the table `value`.

    Args:
        converter: Structures each parameter.
        value: The table.
        kind: An attrs class, or another one with annotated parameters.
        key: The environment variable that holds its key, to be named where a file has the key itself.
    """
    table = as_table(value)
    parameters = _parameters(kind)
    found: dict[str, Any] = {}
    for name, given in table.items():
        refuse_keys(name, given, key)
        if name not in parameters:
            raise FaultError(unknown(name, parameters), name)
        try:
            found[name] = converter.structure(given, parameters[name][0])
        except FaultError as fault:
            raise fault.inside(name) from fault
    missing = [name for name, (_, needed) in parameters.items() if needed and name not in found]
    if missing:
        raise FaultError(f"{missing[0]} is missing")
    try:
        return kind(**found)
    except MissingBackendError:
        raise
    except (ValueError, TypeError) as error:
        raise FaultError(str(error.args[0]) if error.args else repr(error)) from error


def as_table(value: object) -> dict[str, Any]:
    """`value`, which must be a table."""
    if not isinstance(value, Mapping):
        raise FaultError(f"must be a table, not {value!r}")
    return {str(name): inner for name, inner in typing.cast("Mapping[object, Any]", value).items()}


def unknown(name: str, known: Iterable[str], what: str = "key") -> str:
    """That there is no such name, and which one may be meant."""
    choices = sorted(known)
    close = get_close_matches(name, choices, 1, 0.5)
    return f"unknown {what} {name!r}" + (f": did you mean {close[0]!r}?" if close else f": choose {', '.join(choices)}")


def refuse_keys(name: str, value: object, variable: str = "") -> None:
    """Raise a FaultError for a secret: a file is copied, committed and published."""
    if any(name == word or name.endswith(f"_{word}") for word in _KEYS) or (
        isinstance(value, str) and value.startswith(_KEY_PREFIXES)
    ):
        how = f"set the environment variable {variable}" if variable else "set its environment variable"
        raise FaultError(f"no key belongs into a file: take it out and {how}", name)


def _parameters(kind: Callable[..., object]) -> dict[str, tuple[Any, bool]]:
    """Type of each parameter, and whether it must be given. Those that no file can hold are left out."""
    if isinstance(kind, type) and attrs.has(kind):
        fields = attrs.fields(attrs.resolve_types(kind))
        every = {field.name: (field.type, field.default is attrs.NOTHING) for field in fields if field.init}
    else:
        hints = typing.get_type_hints(vars(kind).get("__init__", kind))
        parameters = inspect.signature(kind).parameters
        every = {name: (hints[name], each.default is each.empty) for name, each in parameters.items()}
    return {name: found for name, found in every.items() if get_origin(found[0]) is not Callable and name[0] != "_"}


def _scalar(value: object, kind: type) -> Any:
    if not _fits(value, kind):
        raise FaultError(f"must be {_WORDS[kind]}, not {value!r}")
    return kind(value)


def _fits(value: object, kind: Any) -> bool:
    origin = get_origin(kind) or kind
    if origin in {bool, int, float}:
        return isinstance(value, (int, float) if origin is float else origin) and isinstance(value, bool) == (
            origin is bool
        )
    if origin is Literal:
        return any(value == choice and type(value) is type(choice) for choice in get_args(kind))
    if origin in {str, Path}:
        return isinstance(value, str)
    if origin is dict or attrs.has(origin):
        return isinstance(value, Mapping)
    return True


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _literal(value: object, kind: Any) -> Any:
    if not _fits(value, kind):
        raise FaultError(unknown(value, get_args(kind), "value") if isinstance(value, str) else _must_be(value, kind))
    return value


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in {Union, types.UnionType}


def _union(converter: cattrs.Converter, value: object, kind: Any) -> Any:
    choices = [choice for choice in get_args(kind) if choice is not type(None)]
    if value is None and len(choices) < len(get_args(kind)):
        return None
    fitting = choices if len(choices) == 1 else [choice for choice in choices if _fits(value, choice)]
    if not fitting:
        raise FaultError(_must_be(value, *choices))
    return converter.structure(value, fitting[0])


def _must_be(value: object, *kinds: Any) -> str:
    words: list[str] = []
    for kind in kinds:
        words += [repr(each) for each in get_args(kind)] if _is_literal(kind) else [_words(kind)]
    return f"must be {' or '.join(words)}, not {value!r}"


def _words(kind: Any) -> str:
    return _WORDS.get(get_origin(kind) or kind, "a table")


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _tuple(converter: cattrs.Converter, value: object, kind: Any) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise FaultError(f"must be a list, not {value!r}")
    out: list[Any] = []
    for number, item in enumerate(typing.cast("list[Any]", value)):
        try:
            out.append(converter.structure(item, get_args(kind)[0]))
        except FaultError as fault:
            raise fault.inside(f"[{number}]") from fault
    return tuple(out)


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) in {dict, Mapping}


def _mapping(converter: cattrs.Converter, value: object, kind: Any) -> dict[str, Any]:
    keys, values = get_args(kind)
    out: dict[str, Any] = {}
    for name, given in as_table(value).items():
        refuse_keys(name, given)
        try:
            out[converter.structure(name, keys)] = given if values is Any else converter.structure(given, values)
        except FaultError as fault:
            raise fault.inside(name) from fault
    return out
