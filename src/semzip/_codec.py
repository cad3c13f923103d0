"""Records to JSON values and back, by cattrs, and JSON text that is the same for the same value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import cattrs
from cattrs.gen import make_dict_unstructure_fn, override

from semzip.records import Compression

T = TypeVar("T")

_converter = cattrs.Converter(forbid_extra_keys=True, omit_if_default=True)
_converter.register_unstructure_hook(Path, str)
_converter.register_structure_hook(Path, lambda value, _: Path(value))
# Token counts are kept: counting them again costs more than reading them.
_converter.register_unstructure_hook(
    Compression,
    make_dict_unstructure_fn(
        Compression,
        _converter,
        _cattrs_omit_if_default=True,
        tokens=override(omit_if_default=False),
        original_tokens=override(omit_if_default=False),
    ),
)


def to_json(record: object) -> dict[str, Any]:
    """The record as a JSON object; fields at their default are left out."""
    value: dict[str, Any] = _converter.unstructure(record)
    return value


def from_json(kind: type[T], value: Mapping[str, Any]) -> T:
    """The record that `to_json` made `value` of."""
    return _converter.structure(value, kind)


def dumps(value: object, *, indent: int | None = None) -> str:
    """JSON with sorted keys, so that equal values are equal bytes. Always encodes as UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which only an escape can carry
        text = json.dumps(value, sort_keys=True, indent=indent)
    return text
