from __future__ import annotations

import ast
import inspect
import json
import textwrap
from pydoc_data.topics import topics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semzip.local.detect import domain
from semzip.records import DOMAINS

MODULES = (ast, inspect, json.decoder, textwrap)


def functions() -> list[str]:
    found = []
    for module in MODULES:
        source = inspect.getsource(module)
        found += [
            ast.get_source_segment(source, node) or ""
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        ]
    return found


def test_python_is_code() -> None:
    texts = [*functions(), *map(inspect.getsource, MODULES)]
    assert len(texts) > 200
    assert [text[:80] for text in texts if domain(text) != "code"] == []


def test_documentation_is_prose() -> None:
    texts = [*topics.values(), *(doc for module in MODULES if (doc := module.__doc__))]
    assert sum(domain(text) != "nl" for text in texts) <= 1


@pytest.mark.parametrize(
    "text",
    [
        "    return total / count\n",
        "@cache\ndef f(x):\n    return x",
        "# set up\nimport os\n\nos.chdir('/')\n",
        '"""What it does."""\n\nimport sys\n',
        "try:\n    from _x import *\nexcept ImportError:\n    pass\n",
        "const add = (a, b) => {\n  return a + b;\n};\n",
        "export default function App() {\n  return <p>Hi</p>;\n}\n",
        "package main\n\nfunc main() {\n\tprintln(1)\n}\n",
        "pub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n",
        "#include <stdio.h>\nint main(void) {\n  return 0;\n}\n",
        "public class A {\n  private int x = 1;\n}\n",
        "SELECT name, count(*)\nFROM users\nWHERE age > 3\nGROUP BY name;\n",
        "x = 1\ny = x + 2\nprint(y)\n",
        "class Point(TypedDict):\n    # both in metres\n    x: int\n    y: int\n    z: int\n",
        "'use strict'\n\n/**\n * Parts.\n */\n\nvar express = require('express');\n",
        "\ufeff// Copyright.\nusing System;\nnamespace A\n{\n}\n",
        "/*! Docs.\n\n```\nfence\n```\n*/\nuse a::b;\n",
        "CREATE OR REPLACE FUNCTION f()\nRETURNS int AS 'SELECT 1'\nLANGUAGE SQL;\n",
        '// Copyright.\n\npackage global // import "a.b/c"\n\nfunc f() {\n}\n',
        "import {\n  a,\n  b,\n} from 'c';\n\nexport const d = a(b);\n",
    ],
)
def test_code_of_many_languages_is_code(text: str) -> None:
    assert domain(text) == "code"


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, 2]}',
        '[\n  {"a": 1}\n]\n',
        '{"a": 1}\n{"a": 2}\n',
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "id,name,age\n1,Ann,31\n2,Bo,44\n3,Cid,27\n",
        'id,note,n\n1,"Came late, left early.",3\n2,"Was fine. Paid.",4\n3,"Never came.",5\n',
        "a\tb\tc\n1\t2\t3\n4\t5\t6\n",
        "2025-01-01 10:00:00,123 INFO started\n2025-01-01 10:00:01,456 ERROR The pump failed. It was restarted.\n",
        '10.0.0.1 - - [10/Oct/2025:13:55:36 +0000] "GET / HTTP/1.1" 200 2326\n10.0.0.2 - - [10/Oct/2025:13:55:37 +0000] "GET / HTTP/1.1" 200 1\n',
        "src/a.py:12:    raise ValueError\nsrc/b.py:3:def f():\nsrc/b.py:9:    return 1\n",
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
        "name: web\nreplicas: 3\nports:\n  - 80\n  - 443\n",
        '[tool.x]\nline-length = 120\nname = "a"\n',
        '# how it is built\n[package]\nname = "a"\ndescription = "Does it. And more."\nkeys = [\n  "a",\n  "b",\n]\n',
        "name: CI\n\non: [push]\n\njobs:\n  test:\n    # Fail if there are warnings.\n    steps:\n    - run: |\n        make. Then test it.\n",
        '{\n  // Hover to see what it does.\n  "version": 1,\n  "name": "a"\n}\n',
        "id,name,note\n" + "".join(f'{i},a,"{"Long text, with a comma. " * 20}"\n' for i in range(9)),
        "src/a.py\nsrc/b.py\ndocs/c.md\n",
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: no\n',
    ],
)
def test_data_is_data(text: str) -> None:
    assert domain(text) == "data"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "Import duties rose from 4% to 5%, so prices went up.",
        "From the first day on, class sizes were small.\nNobody minded.",
        "[1] Smith et al. found that if x = 3, nothing happens.",
        "[A link](https://example.com) opens the page.",
        "Note: the class was cancelled.\nReason: rain. It rained all day.",
        "Ann: Hi, how are you?\nBo: Fine, thanks. And you?\nAnn: Great!",
        "# Title\n\nSome text with `code` in it.\n\n```python\nx = 1\n```\n",
        "1985: moved to Rome.\n1987: came back, with two sons\n1990: died there\n",
        "# Changes\n\n## v1.1\n- Fixed what was wrong.\n\n### Counts\narticles: 48\nquestions: 10570\nanswers: 34726\n",
        "# Quick start\n\n## Contents\n\n- [Build (all)](#build)\n- [Run](#run)\n- [Test](#test)\n\n```go\npackage main\n```\n",
        "# Title\n\n## Contents\n\n" + "- [Build](#build)\n" * 50 + "```go\npackage main\n\nfunc main() {\n}\n```\n",
        "At 09:30:00 the doors were opened. Nobody came.\nThen it rained.",
        "- first point\n- second point, which is longer\n- third point\n",
        "<html><body><p>Hello</p></body></html>",
        "Paris, Rome, Berlin\nwere visited, in this order, last year\nand liked, mostly, by all",
        "Während der Prüfung (§ 5) gilt: wenn x größer ist, zahlt man mehr.",
        "这是一个句子。它没有空格。",
    ],
)
def test_prose_and_documents_are_prose(text: str) -> None:
    assert domain(text) == "nl"


def test_a_table_with_a_carriage_return_in_a_line_has_a_domain() -> None:
    assert domain("a,b\n1\r2,3\n4,5\n6,7\n") in DOMAINS


@settings(deadline=None)
@given(st.text(max_size=300) | st.text('{[<|,:;-=.#"\n\r a1', max_size=80))
def test_every_text_has_a_domain(text: str) -> None:
    assert domain(text) in DOMAINS
