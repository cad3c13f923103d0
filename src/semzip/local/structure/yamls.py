"""YAML made of maps, lists and one-line scalars, without comments: the same tree, in the lines that JSON gets.

Scalars keep their spelling, quotes included, so their types are what they were. Anything else is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from semzip.local.structure import tree
from semzip.local.structure.cells import SEPARATORS, Json, NotJsonError, compact, loads, value_of

MARK = "#yaml"
_HEAD = re.compile(rf"{MARK} (\d)(\d)(\+?)(?:: .*)?")
_KEY = re.compile(
    r"""([^\s?&*!|>%@`"'\[\]{},#:-][^"'{}\[\]#]*?|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|-[^\s"'{}\[\]#]+?):(?: (\S.*))?$"""
)
_ENCLOSED = re.compile(r"""\[[^\[\]#]*\]|\{[^{}#]*\}|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""")
_REFUSED = re.compile(r"^[&*!|>%@`\"'\[{]|^\? |(?:^|\s)#|: |:$")
_FEWEST_LINES = 3
_WORDS: dict[str, Json] = {"": None, "~": None, "Null": None, "True": True, "False": False}


class _NotYamlError(ValueError):
    """More of YAML than is read here."""


def encode(text: str) -> Iterator[str]:
    """The tree with each separator."""
    lines = text.split("\n")
    ends = lines[-1] == ""
    lines = lines[:-1] if ends else lines
    if len(lines) < _FEWEST_LINES or "\t" in text or "\r" in text:
        return
    try:
        value = _Reader(lines).node(0)
    except (_NotYamlError, RecursionError):
        return
    for step in (2, 4):
        for dash in (0, step):
            if list(_emit(value, 0, step, dash)) == lines:
                for separator in SEPARATORS[:3]:
                    body = tree.encode_value(value, separator)
                    if body:
                        yield "\n".join([f"{MARK} {step}{dash}{'' if ends else '+'}{tree.legend(body)}", *body])
                return


def decode(text: str) -> str | None:
    """The YAML that was encoded; None where the text is none of ours."""
    head, _, body = text.partition("\n")
    found = _HEAD.fullmatch(head)
    if found is None:
        return None
    lines = _emit(tree.decode_lines(body.split("\n")), 0, int(found[1]), int(found[2]))
    return "\n".join(lines) + ("" if found[3] else "\n")


def value(text: str) -> Json | None:
    """What the YAML says, with its types; None where it is more of YAML than is read here."""
    lines = [line for line in text.rstrip().split("\n") if line.strip() and not line.lstrip().startswith("#")]
    if not lines or "\t" in text:
        return None
    try:
        return _said(_Reader(lines).node(0))
    except (_NotYamlError, RecursionError):
        return None


def _said(value: Json) -> Json:
    """A value with its scalars as they are meant: quotes off, and what is null or boolean in YAML."""
    if isinstance(value, dict):
        return {str(_said(key)): _said(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_said(item) for item in value]
    if not isinstance(value, str):
        return value
    if value[:1] in ('"', "[", "{"):
        try:
            return loads(value)
        except NotJsonError:
            return value
    if value[:1] == "'":
        return value[1:-1].replace("''", "'")
    return _WORDS.get(value, value)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else compact(value)


def _emit(value: Json, indent: int, step: int, dash: int) -> Iterator[str]:
    space = " " * indent
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, dict | list):
                yield f"{space}{key}:"
                yield from _emit(item, indent + (dash if isinstance(item, list) else step), step, dash)
            else:
                yield f"{space}{key}: {_text(item)}".rstrip()
        return
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict | list):
            first, *rest = _emit(item, indent + 2, step, dash)
            yield f"{space}- {first[indent + 2 :]}"
            yield from rest
        else:
            yield f"{space}- {_text(item)}".rstrip()


class _Reader:
    """Reads the lines of a subset of YAML, one after the other."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = [(len(line) - len(line.lstrip(" ")), line.strip(" ")) for line in lines]
        self.at = 0

    def node(self, least: int) -> dict[str, Json] | list[Json]:
        """The map or list that stands at the next line's depth."""
        indent, text = self.lines[self.at]
        if indent < least or not text:
            raise _NotYamlError(text)
        value: dict[str, Json] | list[Json] = self._list(indent) if text.startswith("- ") else self._map(indent)
        if least == 0 and self.at < len(self.lines):
            raise _NotYamlError(self.lines[self.at][1])
        return value

    def _list(self, indent: int) -> list[Json]:
        items: list[Json] = []
        while (
            self.at < len(self.lines) and self.lines[self.at][0] == indent and self.lines[self.at][1].startswith("- ")
        ):
            inner = self.lines[self.at][1][2:]
            if _KEY.match(inner) or inner.startswith("- "):
                self.lines[self.at] = (indent + 2, inner)
                items.append(self._list(indent + 2) if inner.startswith("- ") else self._map(indent + 2))
            else:
                items.append(self._scalar(inner))
                self.at += 1
        return items

    def _map(self, indent: int) -> dict[str, Json]:
        members: dict[str, Json] = {}
        while self.at < len(self.lines) and self.lines[self.at][0] == indent:
            found = _KEY.match(self.lines[self.at][1])
            if found is None:
                break
            key, rest = found.groups()
            if key in members:
                raise _NotYamlError(key)
            self.at += 1
            members[key] = self._scalar(rest) if rest else self._below(indent)
        if self.at < len(self.lines) and self.lines[self.at][0] > indent:
            raise _NotYamlError(self.lines[self.at][1])
        return members

    def _below(self, indent: int) -> Json:
        """What stands under a key: a deeper map or list, a list at the same depth, or nothing."""
        if self.at < len(self.lines):
            depth, text = self.lines[self.at]
            if depth > indent:
                return self.node(depth)  # depth is at least 1, so the rest of the text may follow
            if depth == indent and text.startswith("- "):
                return self._list(indent)
        return ""

    def _scalar(self, text: str) -> Json:
        if _REFUSED.search(text) and not _ENCLOSED.fullmatch(text):
            raise _NotYamlError(text)
        return value_of(text)


__all__ = ["MARK", "decode", "encode"]
