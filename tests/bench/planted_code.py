"""One harmful change each, planted into Python code by its syntax tree; and rewrites that change nothing.

Run: python tests/bench/planted_code.py [--per-kind N]. It draws functions of the installed Python, plants changes of each
kind, and prints how many `check` finds, with a loss of their kind, and how many harmless rewrites it blames.
"""

from __future__ import annotations

import argparse
import ast
import copy
import random
import sys
import sysconfig
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from semzip.local.code import engine as code
from semzip.local.code_check import check as code_check

KINDS: dict[str, frozenset[str]] = {
    "operator": frozenset({"operator"}),
    "constant": frozenset({"constant"}),
    "string": frozenset({"string"}),
    "call": frozenset({"call"}),
    "identifier": frozenset({"identifier", "call"}),
    "arguments": frozenset({"identifier", "constant", "string", "call", "statement", "operator"}),
    "control": frozenset({"control"}),
    "branch": frozenset({"control", "call", "statement", "identifier", "operator", "constant", "string"}),
    "invention": frozenset({"control", "call", "statement", "identifier"}),
    "await": frozenset({"control"}),
}
"""What is planted, and the kinds of loss of which one must be named."""

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Mod: ast.FloorDiv,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
Plant = Callable[[ast.AST, random.Random], bool]


def _pick(found: list, rng: random.Random):
    return rng.choice(found) if found else None


def operator(tree: ast.AST, rng: random.Random) -> bool:
    places: list[Callable[[], None]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for i, sign in enumerate(node.ops):
                places.append(lambda n=node, i=i, s=sign: n.ops.__setitem__(i, _SWAPS[type(s)]()))
        elif isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in _SWAPS:
            places.append(lambda n=node: setattr(n, "op", _SWAPS[type(n.op)]()))
    place = _pick(places, rng)
    if place:
        place()
    return bool(place)


def _constants(tree: ast.AST, kinds: tuple[type, ...]) -> list[ast.Constant]:
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    lone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and type(node.value) in kinds and id(node) not in documents | lone
    ]


def constant(tree: ast.AST, rng: random.Random) -> bool:
    node = _pick(_constants(tree, (int, float, bool, type(None))), rng)
    if node is None:
        return False
    value = node.value
    node.value = (not value) if isinstance(value, bool) else 0 if value is None else value + 1
    return True


def string(tree: ast.AST, rng: random.Random) -> bool:
    node = _pick([n for n in _constants(tree, (str,)) if n.value], rng)
    if node is None:
        return False
    node.value = node.value[:-1] if rng.random() < 0.5 else node.value + "s"
    return True


def call(tree: ast.AST, rng: random.Random) -> bool:
    found = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name | ast.Attribute)]
    node = _pick(found, rng)
    if isinstance(node, ast.Name):
        node.id += "_all"
    elif isinstance(node, ast.Attribute):
        node.attr = "get" if node.attr != "get" else "pop"
    return node is not None


def identifier(tree: ast.AST, rng: random.Random) -> bool:
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    node = _pick(names, rng)
    others = sorted({n.id for n in names} - {node.id}) if node else []
    if not others:
        return False
    node.id = rng.choice(others)
    return True


def arguments(tree: ast.AST, rng: random.Random) -> bool:
    found = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Call)
        and len(n.args) > 1
        and ast.dump(n.args[0]) != ast.dump(n.args[1])
        and not any(isinstance(a, ast.Starred) for a in n.args)
    ]
    node = _pick(found, rng)
    if node:
        node.args[0], node.args[1] = node.args[1], node.args[0]
    return bool(node)


def control(tree: ast.AST, rng: random.Random) -> bool:
    """A return, raise, break or continue becomes something else or goes."""
    bodies = [
        b for n in ast.walk(tree) for b in (getattr(n, "body", None), getattr(n, "orelse", None)) if isinstance(b, list)
    ]
    found = [
        (b, i)
        for b in bodies
        for i, s in enumerate(b)
        if isinstance(s, ast.Return | ast.Raise | ast.Break | ast.Continue)
    ]
    place = _pick(found, rng)
    if place:
        place[0][place[1]] = ast.Pass()
    return bool(place)


def branch(tree: ast.AST, rng: random.Random) -> bool:
    """An else, a handler's body or the whole of an if goes."""
    places: list[Callable[[], None]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.For | ast.While | ast.Try) and node.orelse:
            places.append(lambda n=node: setattr(n, "orelse", []))
        for name in ("body", "orelse"):
            body = getattr(node, name, None)
            if isinstance(body, list):
                for i, item in enumerate(body):
                    if isinstance(item, ast.If) and not item.orelse:
                        places.append(lambda b=body, i=i: b.__setitem__(slice(i, i + 1), b[i].body))
    place = _pick(places, rng)
    if place:
        place()
    return bool(place)


def invention(tree: ast.AST, rng: random.Random) -> bool:
    bodies = [n.body for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.If | ast.For)]
    body = _pick(bodies, rng)
    if body is None:
        return False
    body.append(ast.parse(rng.choice(["logger.flush()", "assert ready", "return cached", "del state"])).body[0])
    return True


def awaited(tree: ast.AST, rng: random.Random) -> bool:
    """A call is no longer awaited; so that there are enough, the original is made to await."""
    found = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Assign | ast.Expr | ast.Return) and isinstance(n.value, ast.Await)
    ]
    node = _pick(found, rng)
    if node:
        node.value = node.value.value
    return bool(node)


PLANTS: dict[str, Plant] = {
    "operator": operator,
    "constant": constant,
    "string": string,
    "call": call,
    "identifier": identifier,
    "arguments": arguments,
    "control": control,
    "branch": branch,
    "invention": invention,
    "await": awaited,
}


def _made_async(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.Return) and isinstance(node.value, ast.Call):
            node.value = ast.Await(node.value)
    made = ast.unparse(ast.fix_missing_locations(tree)).replace("async def ", "def ").replace("def ", "async def ", 1)
    return made if code.parse(made) else "pass"


def planted(texts: list[str], per_kind: int, seed: int = 0) -> Iterator[tuple[str, str, str]]:
    """(kind, original, changed): the changed code written by ast.unparse or as semzip does, in turns."""
    rng = random.Random(seed)
    for kind, plant in PLANTS.items():
        done = 0
        for text in rng.sample(texts, len(texts)):
            if done == per_kind:
                break
            original = _made_async(text) if kind == "await" else text
            tree = copy.deepcopy(ast.parse(original))
            before = ast.dump(tree)
            if not plant(tree, rng) or ast.dump(tree) == before:
                continue
            changed = ast.unparse(ast.fix_missing_locations(tree))
            if done % 2:
                changed = code.shorten(changed, level=1)
            done += 1
            yield kind, original, changed


def _requoted(text: str) -> str:
    return ast.unparse(ast.parse(text)).replace("    ", "\t")


def _reflowed(text: str) -> str:
    """Every bracket's content on lines of its own."""
    if not set(text).isdisjoint("\"'#\\"):
        return text
    out = []
    for line in text.split("\n"):
        piece = line
        for sign in "([{":
            piece = piece.replace(sign, sign + "\n      ")
        out.append(piece)
    return "\n".join(out)


def _uncommented(text: str) -> str:
    import io
    import tokenize

    lines = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    return "\n".join(lines)


HARMLESS: dict[str, Callable[[str], str]] = {
    "ast.unparse": lambda text: ast.unparse(ast.parse(text)),
    "tabs and quotes": _requoted,
    "reflowed": _reflowed,
    "comments out": _uncommented,
    "indented": lambda text: textwrap.indent(text, "    "),
    "layout": lambda text: code.shorten(text, level=0),
    "shortened": lambda text: code.shorten(text, level=2),
}


def library() -> list[Path]:
    """The modules of the installed Python's own library."""
    root = Path(sysconfig.get_paths()["stdlib"])
    skip = {"site-packages", "test", "tests", "idlelib", "lib2to3"}
    return [path for path in sorted(root.rglob("*.py")) if not skip & set(path.relative_to(root).parts)]


def functions(count: int, seed: int = 0, paths: list[Path] | None = None) -> list[str]:
    """Functions of these modules, by default of the whole library, 200 to 4,000 characters."""
    found: set[str] = set()
    for path in library() if paths is None else paths:
        try:
            source = path.read_text(encoding="utf-8")
            tree = code.parse(source)
        except UnicodeDecodeError:
            continue
        if tree is None:
            continue
        lines = source.split("\n")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                text = textwrap.dedent("\n".join(lines[first - 1 : node.end_lineno]))
                if 200 <= len(text) <= 4_000 and code.parse(text):
                    found.add(text)
    return random.Random(seed).sample(sorted(found), count)


def main() -> None:
    import warnings

    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-kind", type=int, default=100)
    args = parser.parse_args()
    texts = functions(1_000)
    named: Counter[str] = Counter()
    total: Counter[str] = Counter()
    start = time.perf_counter()
    for kind, original, changed in planted(texts, args.per_kind):
        score, losses = code_check.compare(original, changed)
        total[kind] += 1
        hard = [loss for loss in losses if loss.hard]
        named[kind] += bool(hard) and any(loss.kind in KINDS[kind] for loss in hard)
        if "-v" in sys.argv and not hard:
            print(kind, score, original, changed, sep="\n")
    for kind in PLANTS:
        print(f"{kind:12} found {named[kind]}/{total[kind]}")
    print(f"overall found {named.total() / total.total():.3f} of {total.total()}")
    for name, rewrite in HARMLESS.items():
        pairs = [(text, short) for text in texts for short in [rewrite(text)] if short != text]
        blamed = 0
        for text, short in pairs:
            score, losses = code_check.compare(text, short)
            blamed += score < 0.8 or any(loss.hard for loss in losses)
        print(f"{name:16} blamed {blamed}/{len(pairs)}")
    print(f"{time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
