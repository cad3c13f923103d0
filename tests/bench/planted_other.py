"""One harmful change each, planted into code of other languages than Python, without its comments.

Run: python tests/bench/planted_other.py [FOLDER ...]. It takes C, JavaScript, TypeScript, SQL, Go, Rust and Java files of 2 to 14 kB from
the folders, by default those of the installed Python, and prints how many changes `check` finds and how many unchanged files it blames.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import planted_shorthand as planted

from semzip.local.check import check
from semzip.local.syntax import languages

SUFFIXES = ("h", "c", "js", "ts", "sql", "go", "rs", "java")
_COMMENT = re.compile(r"/\*[\s\S]*?\*/|(?<![\w:\"'])//[^\n]*")
_PER_KIND, _PER_LANGUAGE = 80, 60
_NEGATION = planted.swap(r"!(?=[a-z(])|\bif \(", lambda m, _: {"!": "", "if (": "if (!"}[m.group()])
CHANGES = {
    kind: planted.REAL[kind]
    for kind in ("call", "operator", "bound", "constant", "string", "control", "identifier", "invented call")
} | {"negation": _NEGATION}


def bare(text: str) -> str:
    """The code without its comments."""
    given = languages.language(text)
    tokens = languages.lex(text, given) if given else None
    if tokens is None:
        return _COMMENT.sub("", text)
    return "".join(token.text for token in tokens if token.kind != "comment")


def files(folders: list[Path]) -> Iterator[str]:
    taken: Counter[str] = Counter()
    found = sorted(path for folder in folders for suffix in SUFFIXES for path in folder.rglob(f"*.{suffix}"))
    random.Random(0).shuffle(found)
    for path in found:
        if path.is_file() and 2_000 <= path.stat().st_size <= 14_000 and taken[path.suffix] < _PER_LANGUAGE:
            try:
                yield path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            taken[path.suffix] += 1


def main() -> None:
    texts = list(files([Path(folder) for folder in sys.argv[1:]] or [Path(sys.base_prefix), Path(sys.prefix)]))
    rng = random.Random(0)
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for kind, plant in CHANGES.items():
        for text in texts:
            short = bare(text)
            changed = plant(short, rng)
            if changed != short and total[kind] < _PER_KIND:
                total[kind] += 1
                verdict = check(text, changed, domain="code")
                named = any(loss.hard and loss.kind in planted.KINDS[kind] for loss in verdict.losses)
                found[kind] += named and not verdict.passed
        print(f"{kind:14} found {found[kind]}/{total[kind]}")
    print(f"overall found {found.total() / total.total():.3f} of {total.total()}")
    pairs = [(text, short) for text in texts if (short := bare(text)) != text]
    blamed = sum(not check(text, short, domain="code").passed for text, short in pairs)
    print(f"without comments: blamed {blamed}/{len(pairs)}")


if __name__ == "__main__":
    main()
