from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semzip import compress
from semzip.local import LocalCompressor, engine
from semzip.local.code import engine as code
from semzip.local.code_check import check as code_check
from semzip.local.syntax.languages import language, lex
from semzip.local.syntax.python_tree import comments, parse, same
from semzip.tokens import count_tokens

sys.path.insert(0, str(Path(__file__).parent / "bench"))
import planted_code

FUNCTIONS = planted_code.functions(150, seed=3, paths=planted_code.library()[::9])
MODULES = [Path(module.__file__).read_text(encoding="utf-8") for module in (argparse, json, textwrap)]


def equal(one: str, other: str) -> bool:
    left, right = parse(textwrap.dedent(one)), parse(other)
    return left is not None and right is not None and same(left, right)


# -- Python: the same program ------------------------------------------------------------------


@pytest.mark.parametrize("level", range(4))
def test_the_installed_library_keeps_its_syntax_trees_and_never_grows(level: int) -> None:
    for text in [*FUNCTIONS, *MODULES]:
        short = code.shorten(text, level=level)
        assert equal(text, short)
        assert count_tokens(short) <= count_tokens(text)
        assert code.shorten(text, level=level) == short


def test_functions_with_shortened_docstrings_take_under_three_quarters() -> None:
    short = sum(count_tokens(code.shorten(text, level=3)) for text in FUNCTIONS)
    assert short < 0.76 * sum(map(count_tokens, FUNCTIONS))


TRICKY = [
    "return (yield from x)",
    "x = (yield)",
    "y = yield a, b",
    "print((yield))",
    "a = b = c, = d",
    "x = a if b else (c if d else e)",
    "x = (a if b else c) if d else e",
    "f = lambda *a, k=1, **kw: (a, k)",
    "x = [*a, *b]; y = {**c, 'd': 1}",
    "x = -(-1) ** 2; y = (-1) ** -2; z = not (a and b) or c",
    "x = (a, b)[0]; y = (a := 1) + (b := 2)",
    "if (n := len(a)) > 10: pass",
    "while x := f(): g(x)",
    "x = a < b < c; y = (a < b) < c; z = a < (b < c)",
    "x = 1 .real; y = 1.0.real; z = 1j.imag; w = 0xFF; v = 1_000_000; u = 0.5; t = 10.0; s = 1e10",
    "x = 1 if a else 2; y = [0 for _ in b if c]; z = 0x1f or 1",
    "x = 'it\\'s'; y = \"a'b\"; z = '''a\n'b\"\n'''; w = r'\\d+'; v = b'\\x00'; u = u'x'; t = 'a' 'b'",
    "x = f'{a!r:>{w}}' f\"{b['k']}\" 'c'; y = f'{x}'; z = f'{{}}'",
    "x = ('a'\n     f'{b}'\n     'c')",
    "x = 'ß' + '\\u200b' + '\\ud800' + '\\n'",
    "x = a[1:2, ::3]; y = a[b,]; z = a[()]; w = a[1:]; v = a[*b]",
    "x = await_ and None or ...; y = ....__class__",
    "del (a), b[0]; assert (a, b), 'm'; assert a, (b, c)",
    "raise E from None",
    "global a, b",
    "from . import a; from .. import b as c; from .x import (d, e); from f import *; import g.h as i, j",
    "x: int = 1; (y): int = 2; z: int; a.b: str = ''",
    "x += 1; x @= y; x //= 2; x **= 3; x >>= 4; x = x @ y",
    "with (open(a) as b, c): pass",
    "with a as (b, c), d: pass",
    "for x, in y: pass\nelse: z()",
    "for x in *a, b: pass",
    "async def f():\n    async with a as b:\n        async for c in d:\n            await e\n    return [x async for x in y if await x]",
    "try:\n    a()\nexcept (B, C) as e:\n    d()\nexcept:\n    pass\nelse:\n    f()\nfinally:\n    g()",
    "try:\n    a()\nexcept* B:\n    pass",
    "match x:\n    case [1, *rest] if rest: y()\n    case {'a': b, **c}: pass\n    case A(b=1) | None: pass\n    case _: z()",
    "if a:\n    if b: c()\n    else: d()\nelse:\n    if e: f()",
    "if a: b()\nelif c: d()\nelse: e()",
    "@a.b(c)\n@d\nclass E(F, metaclass=G):\n    x = 1\n    def f(self, a, /, b: int = 1, *, c, **d) -> 'E': return self",
    "def f(*, a): ...\ndef g(a, *b, c=1): ...",
    "def f():\n    'doc'\ndef g():\n    x = 'no doc'\n    'lone'\n    return x",
    "class A:\n    '''d'''\n\n    x: int\n    y: str = 'z'",
    "def f(x):\n    return {k: v for k, v in x if v}, {k for k in x}, (k for k in x), sum(k for k in x)",
    "x = a if not b else c; y = not a in b; z = a not in b; w = a is not b",
    "x = 'a' in b and 1in c" if sys.version_info < (3, 12) else "x = 'a' in b",
]


@pytest.mark.parametrize("text", TRICKY)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_construct_keeps_its_tree(text: str) -> None:
    if text.startswith(("return", "x = (yield", "y = yield", "print((yield")):
        text = "def f():\n    " + text
    for depth in range(3):
        nested = text
        for _ in range(depth):
            nested = "if outer:\n" + textwrap.indent(nested, "    ")
        assert equal(nested, code.shorten(nested, level=3))


def test_layout_is_what_the_tokenizer_likes() -> None:
    text = "def area( width , height ):\n\n    if width < 0 or (height < 0):\n        raise ValueError( 'negative' )\n    total = (width * height)\n    return total\n"
    expected = "def area(width,height):\n if width<0 or height<0:raise ValueError('negative')\n total=width*height\n return total"
    assert code.shorten(text, level=0) == expected


def test_annotations_stay() -> None:
    text = "@dataclass\nclass Point:\n    x : int\n    y : float = 0.25\n\n    def move( self, by : int ) -> None :\n        self.x += by\n"
    assert (
        code.shorten(text, level=3)
        == "@dataclass\nclass Point:\n x:int;y:float=.25\n def move(self,by:int)->None:self.x+=by"
    )


def test_a_method_may_be_indented() -> None:
    text = "    def size(self):\n        return  len(self.items)\n"
    assert code.shorten(text, level=3) == "def size(self):\n return len(self.items)"


NOTED = """\
#!/usr/bin/env python
def load(path):
    \"\"\"Load the settings that are in the file. It is never cached, and at most 5 are read.\"\"\"
    # ------------------
    # Open the file and then
    # read the whole of it.
    data = read(path)  # noqa: S101
    # This must never be None.
    return parse(data)  # parsed
"""


def test_comments_go_by_level() -> None:
    said = [[note.text for note in comments(code.shorten(NOTED, level=level))] for level in range(4)]
    assert said[0] == [note.text for note in comments(NOTED)]
    assert len(said[1]) == 4
    assert not any("noqa" in note or "---" in note for note in said[1])
    assert "read" in said[2][1]
    assert said[3][0] == "#!/usr/bin/env python"
    assert len(said[3]) == 2
    assert "must never" in said[3][1]


def test_docstrings_are_shortened_and_keep_their_facts() -> None:
    short = code.shorten(NOTED, level=3)
    assert "never cached" in short
    assert "5" in short
    assert count_tokens(short) < 0.75 * count_tokens(NOTED)
    assert not [loss for loss in code_check.compare(NOTED, short)[1] if loss.hard]


def test_a_docstring_stays_in_front_of_a_class_that_reads_it() -> None:
    text = 'class A:\n    """The   usage."""\n    usage = __doc__\n'
    tree = ast.parse(code.shorten(text, level=3))
    assert ast.get_docstring(tree.body[0])


def test_code_runs_as_before(tmp_path: Path) -> None:
    text = textwrap.dedent(PROGRAM)
    for level in range(4):
        path = tmp_path / f"program{level}.py"
        path.write_text(code.shorten(text, level=level), encoding="utf-8")
        done = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True, check=True)
        assert done.stdout == "[(3, 'fizz'), (5, 'buzz'), (15, 'fizzbuzz')] 0.5 é\\n {x} 'q' 21\n"


PROGRAM = '''
    from dataclasses import dataclass, fields

    @dataclass
    class Rule:
        """A rule."""
        divisor: int
        word: str = "fizz"

    def say(number: int, rules) -> str:
        """Say the words of all rules that apply."""
        # One word for each rule, in order.
        return "".join(rule.word for rule in rules if not (number % rule.divisor))

    def main():
        rules = [Rule(3), Rule(5, "buzz")]
        x = "q"
        said = [(n, w) for n in range(1, 16) if (w := say(n, rules)) and n in (3, 5, 15)]
        print(said, 0.50, "é\\\\n {x}", f"{x!r}", sum(ord(f.name[0]) & 0b111 for f in fields(Rule)) + 0x0A)

    if __name__ == "__main__":
        main()
'''


@pytest.mark.data
def test_every_humaneval_solution_still_passes_its_tests(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (Path(os.environ["SEMZIP_DATA"]) / "humaneval.jsonl").read_text().splitlines()]
    path = tmp_path / "program.py"
    for row in rows:
        short = code.shorten(row["prompt"] + row["canonical_solution"], level=3)
        path.write_text(f"{short}\n{row['test']}\ncheck({row['entry_point']})\n", encoding="utf-8")
        subprocess.run([sys.executable, "-I", "-S", str(path)], capture_output=True, check=True, timeout=30)


# -- any text ----------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.text(max_size=200), st.integers(0, 3))
def test_any_text_is_taken(text: str, level: int) -> None:
    short = code.shorten(text, level=level)
    assert count_tokens(short) <= count_tokens(text)
    assert not code_check.compare(text, text)[1]


PIECES = [
    "if a:",
    "\n",
    "    ",
    "x",
    " = ",
    "1",
    "(",
    ")",
    "'s'",
    "#c\n",
    "def f():",
    "return ",
    "f'{x}'",
    "\\",
    '"""',
    ":",
    ";",
    "\t",
    "\0",
    "[",
    "]",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join), st.integers(0, 3))
def test_any_piece_of_code_keeps_its_tree(text: str, level: int) -> None:
    short = code.shorten(text, level=level)
    assert short == text or equal(text, short)
    code_check.compare(text, short)


@pytest.mark.parametrize(
    "text", ["(" * 5_000, "-" * 20_000 + "1", "x = " + "[" * 90 + "]" * 90, "a" * 100_000, "x=1\0", "\ud800"]
)
def test_monsters_come_back_whole_or_equal(text: str) -> None:
    short = code.shorten(text, level=3)
    assert short == text or equal(text, short)
    assert 0.0 <= code_check.compare(text, text + " ")[0] <= 1.0


# -- a budget ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [0.8, 0.6, 0.4, 0.2, 0.1, 0.05, 0.0])
def test_a_budget_is_never_exceeded_and_the_rest_parses(ratio: float) -> None:
    for text in FUNCTIONS[:40]:
        budget = int(ratio * count_tokens(text))
        short = code.fit(text, budget=budget, count=count_tokens)
        assert count_tokens(short) <= budget
        if ratio >= 0.4:
            assert parse(short) is not None


def test_what_matters_stays_longest() -> None:
    text = NOTED.replace("    return", "    extra = 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8\n    more = extra\n    return")
    short = code.fit(text, budget=24, count=count_tokens)
    assert "def load(path)" in short
    assert "return parse(data)" in short
    assert "1+2" not in short
    assert "..." in short


def test_a_question_keeps_what_it_asks_about() -> None:
    text = "\n\n".join(
        f"def {name}_user(request):\n    user = find(request.id)\n    return {name}(user)"
        for name in ("delete", "rename", "invite", "block")
    )
    short = code.fit(text, budget=40, count=count_tokens, question="How does one invite a user?")
    assert "return invite(user)" in short
    assert "return block(user)" not in short


@pytest.mark.parametrize("name", ["javascript", "go", "sql", "bash"])
def test_other_languages_fit_by_lines(name: str) -> None:
    text = OTHERS[name]
    for ratio in (0.7, 0.5, 0.3, 0.1, 0.0):
        budget = int(ratio * count_tokens(text))
        assert count_tokens(code.fit(text, budget=budget, count=count_tokens)) <= budget
    assert "err!=nil" in code.fit(OTHERS["go"], budget=30, count=count_tokens, question="What if there is an err?")
    assert "func Add(a int,b int)" in code.fit(OTHERS["go"], budget=30, count=count_tokens)


# -- shorthand ---------------------------------------------------------------------------------


def test_shorthand_says_the_same_in_fewer_tokens() -> None:
    text = 'def first(self, items: list[int], default=None) -> int:\n    """The first item. There may be none."""\n    if not items:\n        raise LookupError(\'empty\')\n    self.seen += 1\n    return items[0]\n'
    short = code.shorten(text, level=3, dense=True)
    assert short.splitlines()[1].startswith("fn:first(items:list[int],default=None)->int=")
    assert "!LookupError('empty')" in short
    assert count_tokens(short) < count_tokens(code.shorten(text, level=3))
    assert not [loss for loss in code_check.compare(text, short)[1] if loss.hard]


def test_shorthand_is_a_setting_of_the_compressor() -> None:
    text = "def size(self):\n    return len(self.items)\n"
    assert engine.shorten(text, "code", dense=True) == code.shorten(text, level=3, dense=True)
    assert LocalCompressor(dense=True).id != LocalCompressor().id


def test_shorthand_of_the_library_passes_the_check() -> None:
    hard = [
        text
        for text in FUNCTIONS
        if any(loss.hard for loss in code_check.compare(text, code.shorten(text, level=3, dense=True))[1])
    ]
    assert len(hard) <= 0.01 * len(FUNCTIONS)


# -- other languages ---------------------------------------------------------------------------

OTHERS = {
    "javascript": """\
/** Adds up. */
function add(a, b) {
  // just a sum
  const text = `t ${ a }  b`; const pattern = /a+  b/g;
  if (a !== b && a < 3) {
    return a + +b;
  }
  const c = a
  (b)
  return { a: 1, 'b': "x  y" };
}
""",
    "typescript": """\
export interface User {
  id: number;
}

export async function load(id: number): Promise<User> {
  const res = await fetch(`/u/${id}`);
  return res.json();
}
""",
    "java": """\
package a.b;
import java.util.List;

public class Box<T> extends Bag {
    // the items
    private final List<String> items = new ArrayList<>();

    @Override
    public int size() throws IOException {
        return items.size() - -1;
    }
}
""",
    "go": """\
package main

import (
	"fmt"
)

// Add returns the sum.
func Add(a int, b int) (int, error) {
	if err != nil {
		return 0, err
	}
	fmt.Println(a)
	return a + b, nil
}
""",
    "rust": """\
use std::io::Read;

pub fn read<'a>(r: &'a mut dyn Read) -> Result<String, Error> {
    let mut s = String::new();
    // all of it
    match r.read_to_string(&mut s) {
        Ok(_) => Ok(s),
        Err(e) => Err(e.into()),
    }
}
""",
    "c": """\
#include <stdio.h>
#define F(x) \\
   ((x) + 1)

/* frees the list */
static void free_list(struct node *n)
{
    while (n != NULL) {
        struct node *next = n->next;
        free(n);
        n = next;
    }
}
""",
    "cpp": """\
#include <vector>
namespace a {
template <typename T>
class Box : public Base<std::vector<T> > {
public:
    int size() const { return items->size(); } // all
};
}
""",
    "sql": """\
-- users
SELECT u.id, COUNT(*) AS n
FROM users u
WHERE u.name <> 'it''s  me' AND u.a = 5 - -3
GROUP BY u.id;
""",
    "bash": """\
#!/bin/bash
set -e
# all files
for f in *.txt; do
    if [ -f "$f" ]; then
        echo "a  b"   "$f"
    fi
done
""",
    "kotlin": """\
data class User(val id: Int)

fun load(id: Int): User? {
    val user = find(id) ?: return null
    // done
    return user
}
""",
    "csharp": """\
using System;
namespace Shop {
    public class Cart {
        public int Count { get; set; }
        // all
        public string Name() { return Count > 0 ? "a  b" : ""; }
    }
}
""",
}


@pytest.mark.parametrize(("name", "text"), OTHERS.items())
def test_other_languages_keep_their_tokens(name: str, text: str) -> None:
    given_language = language(text)
    assert given_language is not None
    assert given_language.name == name
    for level in range(4):
        short = code.shorten(text, level=level)
        before, after = lex(text, given_language), lex(short, given_language)
        assert before is not None
        assert after is not None
        assert [t.text for t in before if t.kind not in {"space", "comment"}] == [
            t.text for t in after if t.kind not in {"space", "comment"}
        ]
        assert count_tokens(short) < count_tokens(text)
        score, losses = code_check.compare(text, short)
        assert score > 0.8
        assert not [loss for loss in losses if loss.hard]


def test_line_ends_that_mean_something_stay() -> None:
    short = code.shorten(OTHERS["javascript"], level=3)
    assert "=a\n(b)" in short
    assert "`t ${ a }  b`" in short
    assert "/a+  b/g" in short
    assert '"x  y"' in short
    assert "a+ +b" in short
    assert "just" not in short
    assert "Adds up" in short
    assert "#define F(x) \\\n   ((x) + 1)\n" in code.shorten(OTHERS["c"], level=3)
    assert "done" in code.shorten(OTHERS["bash"], level=3).splitlines()[-1]
    assert "5- -3" in code.shorten(OTHERS["sql"], level=3)


HARD = {
    "typescript": (
        "import { h } from 'x';\nexport const f = (s: string) => /[/\"]  a/.test(s) ? `a ${g({ b: `c  ${s}` })}  d` : '';\n",
        ['/[/"]  a/', "`a ${g({ b: `c  ${s}` })}  d`"],
    ),
    "tsx": (
        "import React from 'react';\nexport const A = <T,>({ b }: P<T>) => {\n  // a\n  return (\n    <p  className=\"x  y\">\n      Don't  {b} {`c  d`}\n      <B {...b} />\n    </p>\n  );\n};\n",
        ["Don't  {b} {`c  d`}\n<B", 'className="x  y">'],
    ),
    "java": (
        'import a.b.C;\nclass D {\n  // e\n  private final Module module;\n  public String f() {\n    return """  \n      "g"  h\n      """ + \'\\012\';\n  }\n}\n',
        ['"""  \n      "g"  h\n      """', "Module module"],
    ),
    "csharp": (
        '\ufeffusing System;\r\nnamespace A\r\n{\r\n  [B("c  d")]\r\n  public class E {\r\n    string F() => $"<{string.Join(",  ", G())}>"; // h\r\n  }\r\n}\r\n',
        ['[B("c  d")]', '$"<{string.Join(",  ", G())}>"'],
    ),
    "go": (
        'package a\n\nimport (\n\t"fmt"\n)\n\n// B is one.\nfunc (c *C) D() error {\n\tx := `e  \\`\n\treturn fmt.Errorf(x)\n}\n',
        ["`e  \\`", '"fmt"\n)'],
    ),
    "sql": (
        "CREATE FUNCTION a() RETURNS int AS $b$\n  SELECT 1;  -- c\n$b$ LANGUAGE sql;\n\\i  d.sql\nSELECT e::text, [f  g], 1.5 FROM h -- i\nWHERE j = 'k  --l';\n",
        ["$b$\n  SELECT 1;  -- c\n$b$", "\n\\i  d.sql\n", "[f  g]", "'k  --l'"],
    ),
    "c": (
        "/* a */\r\n#ifndef B\r\n#define B(c) \\\r\n   (c)\r\n#endif\r\nint main(void) {\r\n  return B( 1 ) + +2; // d\r\n}\r\n",
        ["#ifndef B", "\\\r\n   (c)", "#endif", "+ +2"],
    ),
    "directives": ("#ifdef A\nB(c)\n#else\nD(c)\n#endif\n", ["#ifdef A\nB(c)\n#else\nD(c)\n#endif"]),
}
"""What lexers are known to misread: each with what must stay as it is."""


@pytest.mark.parametrize(("text", "kept"), HARD.values(), ids=HARD)
def test_what_is_hard_to_read_stays(text: str, kept: list[str]) -> None:
    short = compress(text)
    assert short.verdict.passed
    assert [part for part in kept if part not in short.text] == []
    assert (short.text == text) == text.startswith("#ifdef")


def test_a_change_in_the_code_of_a_string_is_found() -> None:
    text = "const a = require('b');\nlet c = `d ${ e <= 1 ? f(g) : h }  i`;\n"
    for old, new, kind in (("<=", "<", "operator"), ("f(", "k(", "call"), ("}  i", "}  j", "string")):
        assert kind in {loss.kind for loss in code_check.compare(text, text.replace(old, new))[1]}
    assert not code_check.compare(text, text.replace("${ e", "${e"))[1]


@pytest.mark.parametrize(
    "text",
    [
        "<?php\nfunction App() {\n  const x = 1;\n  console.log(x === 1);\n}\n",
        "#!/bin/bash\nset -e\ncat <<END\n  kept   # here\nEND\n",
        "print 'python 2'\nif x:\n    print  y   # why\n",
        "some   prose # with a   sign",
        'package a\n\n// #include <x.h>\nimport "C"\n\nfunc F() {\n\tx := C.f()\n\terr := g()\n}\n',
    ],
)
def test_what_is_not_sure_is_left_alone(text: str) -> None:
    assert code.shorten(text, level=3) == text


def test_comments_that_a_compiler_obeys_stay() -> None:
    text = "//go:build linux\n\npackage main\n\nfunc main() {\n\t// drop me\n\tx := f()\n\tif err != nil {\n\t\tpanic(x)\n\t}\n}\n"
    short = code.shorten(text, level=3)
    assert short.startswith("//go:build linux\n")
    assert "drop" not in short
