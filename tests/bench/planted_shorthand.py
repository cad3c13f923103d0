"""One harmful change each, planted into shorthand for code: semzip's own, and that of real pairs.

Run: python tests/bench/planted_shorthand.py [--per-kind N] [--pairs PATH]. Own: a function of the installed Python is
changed by its syntax tree, then written in shorthand. Real: the `compressed` of a row of PATH (JSON lines with `text`,
`compressed` and `domain`) is changed by its words. Found is a hard loss of the kind that the unchanged text has not.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import copy
import json
import keyword
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import planted_code
from planted_code import Plant

from semzip.local import check
from semzip.local.code import engine as code
from semzip.local.code_check import check as code_check
from semzip.tokens import count_tokens

_ANY = frozenset({"control", "call", "statement", "identifier", "operator", "constant", "string"})
KINDS: dict[str, frozenset[str]] = {
    "call": frozenset({"call", "identifier"}),
    "operator": frozenset({"operator"}),
    "bound": frozenset({"operator", "bound"}),
    "negation": frozenset({"operator", "negation", "control"}),
    "constant": frozenset({"constant"}),
    "string": frozenset({"string"}),
    "control": frozenset({"control", "statement"}),
    "identifier": frozenset({"identifier", "call"}),
    "arguments": frozenset({"identifier", "call", "constant", "string"}),
    "invented call": _ANY,
    "invented branch": _ANY,
    "invented return": _ANY,
}
"""What is planted, and the kinds of loss of which one must be named."""


# -- own: by the syntax tree ------------------------------------------------------------------

_BOUNDS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}


def bound(tree: ast.AST, rng: random.Random) -> bool:
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Compare) and type(n.ops[0]) in _BOUNDS]
    if found:
        node = rng.choice(found)
        node.ops[0] = _BOUNDS[type(node.ops[0])]()
    return bool(found)


def negation(tree: ast.AST, rng: random.Random) -> bool:
    """A condition means its contrary; its branches stay."""
    found = [n for n in ast.walk(tree) if isinstance(n, ast.If | ast.While | ast.IfExp)]
    if found:
        node = rng.choice(found)
        test = node.test
        node.test = (
            test.operand
            if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
            else ast.UnaryOp(ast.Not(), test)
        )
    return bool(found)


def _adding(*statements: str) -> Plant:
    def plant(tree: ast.AST, rng: random.Random) -> bool:
        bodies = [n.body for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.If | ast.For)]
        if bodies:
            body = rng.choice(bodies)
            body.insert(rng.randint(1, len(body)), ast.parse(rng.choice(statements)).body[0])
        return bool(bodies)

    return plant


PLANTS: dict[str, Plant] = {
    "call": planted_code.call,
    "operator": planted_code.operator,
    "bound": bound,
    "negation": negation,
    "constant": planted_code.constant,
    "string": planted_code.string,
    "control": planted_code.control,
    "identifier": planted_code.identifier,
    "invented call": _adding("logger.flush()", "self.reset()", "notify(self)"),
    "invented branch": _adding("if ready:\n return", "if self.closed:\n raise ValueError", "if not state:\n pass"),
    "invented return": _adding("return", "return None", "return cached"),
}


def own(texts: list[str], per_kind: int, seed: int = 0) -> Iterator[tuple[str, str, str, str]]:
    """(kind, original, its shorthand, the shorthand of the changed code)."""
    rng = random.Random(seed)
    for kind, plant in PLANTS.items():
        done = 0
        for text in rng.sample(texts, len(texts)):
            if done == per_kind:
                break
            tree = copy.deepcopy(ast.parse(text))
            before = ast.dump(tree)
            if not plant(tree, rng) or ast.dump(tree) == before:
                continue
            changed = dense(ast.unparse(ast.fix_missing_locations(tree)))
            short = dense(text)
            if changed != short:
                done += 1
                yield kind, text, short, changed


def dense(text: str) -> str:
    """A text in semzip's shorthand."""
    return code.shorten(text, level=2, dense=True)


# -- real: by the words -------------------------------------------------------------------------

_STRING = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_CALL = re.compile(
    r"(?<![\w@])(?!(?:fn|if|for|while|return|ret|not|and|or|in|switch|match|catch)\b)[a-zA-Z_]\w{2,}(?=\()"
)
_SWAPPED = {
    "==": "!=", "!=": "==", "<=": ">", ">=": "<", "&&": "||", "||": "&&", "+": "-", "*": "+", "≠": "==", "≤": ">", "≥": "<",
}  # fmt: skip
_LOOSER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "≤": "<", "≥": ">"}
_FLOW = {
    "break": "continue",
    "continue": "break",
    "raise": "return",
    "throw": "return",
    "ret": "yield",
    "return": "yield",
}


_NO_NAMES = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | {"ret", "self", "cls", "throw", "match", "where"}


def _replaced(text: str, found: re.Match[str], new: str) -> str:
    return text[: found.start()] + new + text[found.end() :]


def _code_only(text: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    """Where a pattern stands outside of strings and remarks."""
    hidden = [m.span() for m in _STRING.finditer(text)] + [m.span() for m in re.finditer(r"(?:#|//|\"\"\").*", text)]
    return [m for m in pattern.finditer(text) if not any(a <= m.start() < b for a, b in hidden)]


def swap(pattern: str, new: Callable[[re.Match[str], random.Random], str]) -> Callable[[str, random.Random], str]:
    compiled = re.compile(pattern)

    def plant(text: str, rng: random.Random) -> str:
        found = _code_only(text, compiled)
        if not found:
            return text
        one = rng.choice(found)
        return _replaced(text, one, new(one, rng))

    return plant


def _string_changed(text: str, rng: random.Random) -> str:
    found = [m for m in _STRING.finditer(text) if re.search(r"\w{3}", m.group())]
    if not found:
        return text
    one = rng.choice(found)
    word = rng.choice(list(re.finditer(r"\w{3,}", one.group())))
    return text[: one.start() + word.start()] + "zebra" + text[one.start() + word.end() :]


_HEADER = re.compile(r"\bfn:\s*\w*\([^=\n]*?(?:=[^=\n]*?)*\)(?:->[^=\n]*)? ?= ?")


def _name_exchanged(text: str, rng: random.Random) -> str:
    """A name of the body becomes another of it."""
    start = found.end() if (found := _HEADER.search(text)) else 0
    places = _code_only(
        text, re.compile(r"(?<=[(,\s=+*<>\[])(?<!: )(?<!-> )(?<!->)[a-z_]\w{2,}(?=[),\s+*<>\]])(?!\s*=)")
    )
    places = [m for m in places if m.start() >= start and m.group() not in _NO_NAMES]
    names = sorted({m.group() for m in places})
    if len(names) < 2:
        return text
    one = rng.choice(places)
    return _replaced(text, one, rng.choice([name for name in names if name != one.group()]))


def _arguments_swapped(text: str, rng: random.Random) -> str:
    start = found.end() if (found := _HEADER.search(text)) else 0
    places = [
        m
        for m in _code_only(text, re.compile(r"(?<=\w\()([\w.]+), ?([\w.]+)(?=[,)])"))
        if m.start() >= start and m[1] != m[2] and not m[2].isdigit()
    ]
    if not places:
        return text
    one = rng.choice(places)
    return _replaced(text, one, f"{one[2]}, {one[1]}")


def _inserted(*statements: str) -> Callable[[str, random.Random], str]:
    def plant(text: str, rng: random.Random) -> str:
        found = _code_only(text, re.compile(r";\s?|\n\s+"))
        if not found:
            return text
        one = rng.choice(found)
        return text[: one.end()] + rng.choice(statements) + one.group() + text[one.end() :]

    return plant


REAL: dict[str, Callable[[str, random.Random], str]] = {
    "call": swap(_CALL.pattern, lambda m, _: m.group() + "_all"),
    "operator": swap(r"==|!=|<=|>=|&&|\|\||≠|≤|≥|(?<=[\w)] )[+*](?= [\w(])", lambda m, _: _SWAPPED[m.group()]),
    "bound": swap(r"(?<![<>=\-|])[<>]=?(?![<>=])(?=\s?[\w(#-])|[≤≥]", lambda m, _: _LOOSER[m.group()]),
    "negation": swap(
        r"\bif not |\bif (?!not)|(?<=; )(?=\w[\w.]*(?:→|\?))|!(?=[a-z(])",
        lambda m, _: {"if not ": "if ", "if ": "if not ", "": "!", "!": ""}[m.group()],
    ),
    "constant": swap(r"(?<![\w.])(?:[2-9]|\d{2,})(?![\w.])", lambda m, _: str(int(m.group()) + 1)),
    "string": _string_changed,
    "control": swap(r"\b(?:break|continue|raise|throw|ret|return)\b", lambda m, _: _FLOW[m.group()]),
    "identifier": _name_exchanged,
    "arguments": _arguments_swapped,
    "invented call": _inserted("logger.flush()", "notify(owner)"),
    "invented branch": _inserted("if ready: abort()", "if closed: raise ValueError"),
    "invented return": _inserted("return cached", "ret None"),
}


def real(path: Path) -> list[tuple[str, str]]:
    """Pairs of code of which calls, long strings and numbers all seem to survive."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        (r["text"], r["compressed"]) for r in rows if r["domain"] == "code" and _survives(r["text"], r["compressed"])
    ]


def _survives(text: str, short: str) -> bool:
    plain = re.sub(r"\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''|#.*", "", text)
    numbers = set(re.findall(r"(?<![\w.])\d{2,}", plain))
    words = {w.lower() for m in _STRING.finditer(plain) for w in re.findall(r"\w{4,}", m.group())}
    attributes = set(re.findall(r"\.([a-z_]\w{3,})\(", plain)) - {
        "append",
        "items",
        "join",
        "format",
        "update",
        "keys",
        "values",
    }
    below = short.lower()
    return (
        numbers <= set(re.findall(r"\d+", short))
        and all(w in below for w in words)
        and all(a.lower() in below for a in attributes)
    )


def planted_real(pairs: list[tuple[str, str]], per_kind: int, seed: int = 0) -> Iterator[tuple[str, str, str, str]]:
    """(kind, original, shorthand, shorthand with a change)."""
    rng = random.Random(seed)
    for kind, plant in REAL.items():
        done = 0
        for text, short in rng.sample(pairs, len(pairs)):
            changed = plant(short, rng)
            if changed != short and done < per_kind:
                done += 1
                yield kind, text, short, changed


# -- measure ----------------------------------------------------------------------------------


def measure(name: str, cases: Iterator[tuple[str, str, str, str]], *, show: bool) -> None:
    """Prints how many changes of each kind are found."""
    named: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for kind, original, short, changed in cases:
        before = {(loss.kind, loss.what, loss.invented) for loss in code_check.compare(original, short)[1]}
        new = [x for x in code_check.compare(original, changed)[1] if (x.kind, x.what, x.invented) not in before]
        total[kind] += 1
        hit = any(loss.hard and loss.kind in KINDS[kind] for loss in new)
        named[kind] += hit
        if show and not hit:
            print(f"---- missed {name} {kind}", original, "--", short, "--", changed, new, sep="\n")
    for kind in total:
        print(f"{name:5} {kind:16} found {named[kind]}/{total[kind]}")
    print(f"{name:5} overall found {named.total() / total.total():.3f} of {total.total()}")


def blamed(name: str, pairs: list[tuple[str, str]], *, show: bool) -> None:
    """Prints how many unchanged pairs fail."""
    count = 0
    kinds: Counter[str] = Counter()
    for text, short in pairs:
        verdict = check.check(text, short, domain="code")
        count += not verdict.passed
        hard = [loss for loss in verdict.losses if loss.hard]
        kinds.update({loss.kind + "+" * loss.invented for loss in hard})
        if show and not verdict.passed:
            print(f"==== blamed {name} {verdict.score:.2f}", text, "--", short, *hard, sep="\n")
    print(f"{name:5} blamed {count}/{len(pairs)} = {count / max(1, len(pairs)):.3f} {dict(kinds.most_common())}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-kind", type=int, default=60)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("-v", action="store_true")
    args = parser.parse_args()
    texts = planted_code.functions(600)
    measure("own", own(texts, args.per_kind), show=args.v)
    written = [(text, short) for text in texts if (short := dense(text)) != text]
    blamed("own", written, show=args.v)
    ratio = sum(count_tokens(s) for _, s in written) / sum(count_tokens(t) for t, _ in written)
    safe = sum(count_tokens(code.shorten(t, level=2)) for t, _ in written) / sum(count_tokens(t) for t, _ in written)
    print(f"tokens: dense {ratio:.3f}, safe {safe:.3f}")
    if args.pairs:
        pairs = real(args.pairs)
        measure("real", planted_real(pairs, args.per_kind), show=args.v)
        blamed("real", pairs, show=args.v)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
