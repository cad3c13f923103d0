"""What must not be published: keys by their known shapes or by the environment's own values, and personal paths."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from attrs import frozen

_KEYS: Mapping[str, str] = {
    "an Anthropic key": r"sk-ant-[\w-]{16,}",
    "a key that starts with sk-": r"\bsk-(?!ant-)(?=[\w-]*\d)[\w-]{20,}",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{20,}",
    "a Tinker key": r"\btml-[\w-]{16,}",
    "an AWS key id": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "an AWS secret key": r"(?:aws_secret_access_key|AWS_SECRET_ACCESS_KEY)\W{1,4}[A-Za-z0-9/+=]{40}",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,})",
    "a Google key": r"\bAIza[\w-]{35}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
}
_PATH = r"(?<![\w.~:-])/(?:home|Users)/(?P<unix>[\w.@-]+)|\b[A-Za-z]:[\\/]{1,2}Users[\\/]{1,2}(?P<windows>[\w.@ -]+)"
_NOBODY = frozenset(
    [
        "user",
        "users",
        "username",
        "user_name",
        "name",
        "me",
        "you",
        "someone",
        "somebody",
        "myuser",
        "your_name",
        "yourname",
        "youruser",
        "example",
        "runner",
        "ubuntu",
        "shared",
        "public",
        "default",
        "admin",
        "test",
        "foo",
        "bar",
    ]
)
"""Names in a path that stand for any person."""

_SECRET_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
_SHORTEST_SECRET = 12
_MOST_HEADER = 1 << 24


@frozen
class Finding:
    """Something that must not be published, and where: a file and its line, from 1."""

    file: str
    line: int
    what: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} ({self.text})"


@frozen
class Scanner:
    """Looks for keys and personal paths.

    Args:
        secrets: Values that must not appear, each with the name of the variable that holds it.
        allow: Texts that are no finding: exactly what a finding's match is, or a part of the line around it.
    """

    secrets: Mapping[str, str]
    allow: tuple[str, ...] = ()

    @classmethod
    def of_environment(cls, allow: Iterable[str] = ()) -> Scanner:
        """A scanner that knows the keys in the environment."""
        named = {name: value for name, value in os.environ.items() if _SECRET_NAMES.search(name)}
        return cls({value: name for name, value in named.items() if len(value) >= _SHORTEST_SECRET}, tuple(allow))

    def file(self, path: Path, name: str) -> Iterator[Finding]:
        """What a file holds; of safetensors, its header alone."""
        with path.open("rb") as file:
            lines: Iterable[bytes] = file
            if path.suffix == ".safetensors":
                lines = [file.read(min(int.from_bytes(file.read(8), "little"), _MOST_HEADER))]
            yield from self.lines(lines, name)

    def lines(self, lines: Iterable[bytes], name: str) -> Iterator[Finding]:
        """What lines of text hold."""
        for number, line in enumerate(lines, 1):
            text = line.decode("utf-8", "replace")
            # In JSON a line's end is written \\n, whose n would look like the letter before a key.
            found = dict.fromkeys([*self._found(text), *self._found(_ESCAPED.sub("  ", text))])
            for what, match, shown in found:
                if not any(match in allowed for allowed in self.allow):
                    yield Finding(name, number, what, shown)

    def _found(self, text: str) -> Iterator[tuple[str, str, str]]:
        for value, variable in self.secrets.items():
            if value in text:
                yield f"the value of {variable}", value, "not shown"
        # Most lines have none of these, which is told ten times faster than that they match nothing.
        if not any(hint in text for hint in _HINTS):
            return
        for what, pattern in _PATTERNS.items():
            for match in pattern.finditer(text):
                yield what, match[0], f"{match[0][:8]}…"
        for match in _PATHS.finditer(text):
            who = (match["unix"] or match["windows"]).strip()
            if who.lower() not in _NOBODY:
                yield "a personal path", match[0], match[0]


_HINTS = (
    "sk-", "hf_", "tml-", "AKIA", "ASIA", "AIza", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "PRIVATE KEY",
    "aws_secret", "AWS_SECRET", "/home/", "Users",
)  # fmt: skip
"""What a line must have for any of the patterns to match."""

_PATTERNS = {what: re.compile(pattern) for what, pattern in _KEYS.items()}
_PATHS = re.compile(_PATH)
_ESCAPED = re.compile(r"(?<!\\)\\[nrt]")
