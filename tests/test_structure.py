from __future__ import annotations

import csv
import io
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import semzip
from semzip import count_tokens
from semzip.local import structure, structure_check
from semzip.local.structure import diffs, hits, logs, records, rows, separated, tree, yamls
from semzip.local.structure.cells import NotJsonError, loads, same

WORDS = st.sampled_from(
    [
        "",
        "a",
        "null",
        "true",
        "12",
        "1.0",
        "-0",
        "x;y",
        "a|b",
        "a,b",
        '"',
        "?",
        " x",
        "x ",
        "a*b",
        "…",
        "\n",
        "\\",
        "é",
        "01",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=5),
    max_leaves=25,
)
KEYS = ["id", "name", "ok", "a.b", "x y", "größe", "n", ""]
RECORDS = st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, VALUES)), min_size=1, max_size=8)
CELLS = st.text('ab;|,/-: \\"1*', max_size=5)


def restored(text: str) -> str:
    short = structure.shorten(text)
    assert count_tokens(short) <= count_tokens(text)
    return structure.expand(short)


@settings(deadline=None)
@given(VALUES, st.sampled_from([None, 2]))
def test_any_json_comes_back(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    assert same(loads(restored(text)), loads(text))


@settings(deadline=None)
@given(RECORDS, st.booleans())
def test_records_come_back_in_every_encoding(value: list[dict[str, object]], keyed: bool) -> None:
    text = json.dumps({f"k{i}": record for i, record in enumerate(value)} if keyed else value)
    for way in tree.encode(text):
        back = tree.decode(way) or way
        assert same(loads(text), loads(back)), way


@settings(deadline=None)
@given(st.lists(st.lists(SCALARS, max_size=4), max_size=5))
def test_lists_of_rows_come_back(value: list[list[object]]) -> None:
    text = json.dumps(value)
    assert same(loads(restored(text)), loads(text))


@settings(deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=2, max_size=6)
    )
)
def test_rows_of_text_come_back_in_every_encoding_that_claims_so(value: list[list[str]]) -> None:
    text = json.dumps(value)
    proven = [way for way in rows.encode(text) if same(loads(text), loads(rows.decode(way) or "0"))]
    assert proven or not list(rows.encode(text)) or all(not any(row) for row in value) or len(value[0]) == 1


@settings(deadline=None)
@given(st.lists(st.text("ab1: =[]\\@×AB.\n", max_size=30), max_size=30).map("\n".join))
def test_any_lines_come_back_as_a_log(text: str) -> None:
    assert restored(text) == text


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                " a",
                "-b = 1",
                "+b = 2",
                "@@ -1,2 +1,2 @@",
                "@@ -3 +3 @@ def f():",
                "--- a/x",
                "+++ b/x",
                "diff --git a/x b/x",
                "",
                "~x",
                "=y",
                "@5",
            ]
        ),
        max_size=25,
    ).map("\n".join)
)
def test_any_lines_come_back_as_a_diff(text: str) -> None:
    assert restored(text) == text


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "src/a.py:1:def f():",
                "src/a.py:22:    return 1",
                "src/b.py:3:    return 2",
                "b-1-x",
                "--",
                "",
                "x/",
                "src/c.py:9:A b",
            ]
        ),
        max_size=25,
    ).map("\n".join)
)
def test_any_lines_come_back_as_hits(text: str) -> None:
    assert restored(text) == text


@settings(deadline=None)
@given(st.text(max_size=200) | st.text('[{;|,/"#jsonlgdif \n0123\ud800', max_size=60))
def test_no_text_raises_or_grows(text: str) -> None:
    structure.expand(text)
    if not any("\ud800" <= c <= "\udfff" for c in text):
        assert count_tokens(structure.shorten(text)) <= count_tokens(text)


HEADS = [
    "#json",
    "#json: a=v",
    "#log *: v",
    "#search path, then line:text",
    "#diff ~{old→new}; +9: 9 lines added",
    "#csv",
    "#yaml 20",
    "[;",
    "[[,",
    "|/",
]
LINES = st.sampled_from(
    [
        "",
        "[2;a;b=1",
        "{3;x=1..",
        "[99999999999999;a=1",
        "a",
        "a: 1",
        " b: {",
        "A=x*y",
        "×3",
        "×99999999999",
        "×b",
        "@5",
        "+7",
        "7,8A",
        "@x",
        '"',
        "[3;k:a",
        "q;b",
        "diff x a..b 1",
    ]
) | st.text(max_size=9)


@settings(deadline=None)
@given(st.sampled_from(HEADS), st.lists(LINES, max_size=6))
def test_what_only_looks_like_an_encoding_does_no_harm(head: str, lines: list[str]) -> None:
    assert isinstance(structure.expand("\n".join([head, *lines])), str)


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1.0, "b": 1e5}, {"a": 1, "b": 100000.0}, {"a": -0, "b": 1E+5}]',
        '[{"n": 123456789012345678901234567890, "s": "123"}, {"n": 2, "s": "007"}, {"n": 3, "s": "null"}]',
        '{"a": "\\ud800 alone", "b": "\\u00e9\\u2028", "c": [], "d": {}, "e": "", "f": null}',
        '[["1", "2.0", ""], ["", "", ""], ["a;b", "c|d", "e,f/g"]]',
        '[[1, true, null], [1.0, false, "1"]]',
        "[[], [1]]",
    ],
)
def test_what_json_distinguishes_stays_distinct(text: str) -> None:
    for way in [*tree.encode(text), *rows.encode(text)]:
        assert same(loads(structure.expand(way)), loads(text))


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', "[NaN]", "[1, 2", "{'a': 1}", "[" * 100_000])
def test_what_is_no_clear_json_is_left_alone(text: str) -> None:
    assert structure.shorten(text) == text
    with pytest.raises(NotJsonError):
        loads(text)


def service_log(lines: int, seed: int = 0) -> str:
    r = random.Random(seed)
    out: list[str] = []
    second = 0.0
    for _ in range(lines):
        second += r.uniform(0.05, 2)
        time = f"2025-07-01T{8 + int(second // 3600):02d}:{int(second // 60) % 60:02d}:{second % 60:06.3f}Z"
        kind = r.random()
        if kind < 0.7:
            out.append(
                f"{time} INFO  [w-{r.randint(1, 9)}] http: GET /v2/users/{r.randint(1, 9999)} 200 {r.randint(1, 900)}ms"
            )
        elif kind < 0.95:
            out.append(
                f"{time} DEBUG [w-{r.randint(1, 9)}] cache: {r.choice(('hit', 'miss'))} key={r.getrandbits(32):08x}"
            )
        else:
            out.append(
                f"{time} ERROR [w-{r.randint(1, 9)}] db: timeout after {r.randint(1, 30)}s, {r.choice(('given up', 'trying again'))}"
            )
    return "\n".join(out) + "\n"


def test_a_log_needs_half_the_tokens() -> None:
    text = service_log(400)
    short = structure.shorten(text)
    assert short.startswith(logs.MARK)
    assert structure.expand(short) == text
    assert count_tokens(short) < 0.5 * count_tokens(text)


def test_repeated_lines_are_counted_in_a_log() -> None:
    text = "start\n" + "health check ok\n" * 50 + "stop\n"
    short = structure.shorten(text)
    assert "×49" in short
    assert structure.expand(short) == text


def test_hits_name_each_path_once() -> None:
    text = "".join(
        f"src/app/{name}.py:{n}:    raise ValueError('bad {n}')\n" for name in ("one", "two") for n in range(10, 30)
    )
    short = structure.shorten(text)
    assert short.startswith(hits.MARK)
    assert short.count("one.py") == 1
    assert structure.expand(short) == text


DIFF = """diff --git a/src/app.py b/src/app.py
index 1111111..2222222 100644
--- a/src/app.py
+++ b/src/app.py
@@ -10,5 +10,6 @@ def load(path):
     with open(path) as file:
-        value = json.load(file)
-    return check(value, strict=True)
+        content = json.load(file)
+    return check(content, strict=True)
+
 # end
 # of it
@@ -40,2 +41,1 @@
-old
 kept
"""


def test_a_changed_line_stands_once_in_a_diff() -> None:
    (short,) = diffs.encode(DIFF)
    assert "~    return check({value→content}, strict=True)" in short
    assert diffs.decode(short) is not None
    assert restored(DIFF) == DIFF


def test_records_become_a_table_with_rules() -> None:
    people = [
        {"id": i, "name": f"user-{i * 7}", "plan": "free", "active": i != 3, "zip": f"0{i}123"} for i in range(1, 9)
    ]
    (short, *_) = [way for way in tree.encode(json.dumps(people)) if way.startswith(tree.MARK)]
    head = short.split("\n")[1]
    assert "id=1.." in head
    assert "name=user-*" in head
    assert "plan=free" in head
    assert "active?true" in head
    assert json.loads(structure.expand(short)) == people


def test_mixed_records_are_tagged_by_the_key_that_tells_them_apart() -> None:
    events = [
        {"type": "login", "user": i} if i % 2 else {"type": "error", "code": 500 + i, "text": f"t {i}"}
        for i in range(12)
    ]
    short = next(way for way in tree.encode(json.dumps(events)) if way.startswith(tree.MARK))
    assert "\nlogin;user" in short
    assert json.loads(structure.expand(short)) == events


def test_a_markdown_table_keeps_its_cells() -> None:
    table = "| Year | Sales |\n| --- | ---: |\n| 2019 | $1,452.4 |\n| 2018 | a\\|b |\n"
    plain = table.replace("---:", "---")
    assert rows.markdown_rows(restored(plain)) == rows.markdown_rows(plain)
    assert restored(table) == table


def test_thousands_commas_come_back() -> None:
    table = [["", "2019", "2018"], *([f"Item {i}", f"$1,{i}52", f"({i}2,{i}00,111)"] for i in range(1, 9))]
    short = structure.shorten(json.dumps(table))
    assert json.loads(structure.expand(short)) == table


def test_compress_and_expand_are_inverse() -> None:
    text = json.dumps([{"id": i, "ok": i % 3 == 0, "note": f"number {i}"} for i in range(30)])
    short = semzip.compress(text)
    assert short.verdict is not None
    assert short.verdict.passed
    assert short.ratio < 0.5
    assert json.loads(semzip.expand(short.text)) == json.loads(text)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda v: v[1].update(n=21), "number"),
        (lambda v: v[0].update(name="bob"), "string"),
        (lambda v: v[2].update(ok=False), "constant"),
    ],
)
def test_a_changed_value_is_a_loss_of_its_kind(change, kind: str) -> None:
    value = [{"n": 10 + i, "name": f"ann {i}", "ok": True} for i in range(5)]
    text = json.dumps(value)
    change(value)
    score, losses = structure_check.compare(text, structure.shorten(json.dumps(value)))
    assert score < 1
    assert kind in {loss.kind for loss in losses}
    assert all(loss.hard for loss in losses)


def test_the_same_data_otherwise_written_is_no_loss() -> None:
    text = json.dumps([{"n": i, "s": str(i)} for i in range(5)], indent=4)
    assert structure_check.compare(text, structure.shorten(text)) == (1.0, ())
    assert structure_check.compare(text, json.dumps(json.loads(text))) == (1.0, ())


@pytest.mark.parametrize("ratio", [0.5, 0.2, 0.05, 0.0])
@pytest.mark.parametrize(
    "text",
    [
        service_log(150),
        DIFF,
        json.dumps([{"id": i, "w": f"word {i}"} for i in range(90)]),
        json.dumps({f"k{i}": {"deep": [i] * 20} for i in range(9)}),
    ],
)
def test_a_budget_is_never_exceeded(text: str, ratio: float) -> None:
    budget = int(ratio * count_tokens(text))
    assert count_tokens(structure.fit(text, budget=budget, count=count_tokens)) <= budget


def test_what_is_asked_for_and_errors_are_kept_first() -> None:
    text = json.dumps([{"id": i, "name": f"user{i}", "score": i * i % 17} for i in range(200)])
    assert "user137" in structure.fit(text, budget=80, count=count_tokens, question="What is the score of user137?")
    log = service_log(300)
    short = structure.fit(log, budget=count_tokens(log) // 5, count=count_tokens)
    errors = [line for line in log.split("\n") if " ERROR " in line]
    assert sum(line[17:23] in short for line in errors) == len(errors)
    assert "omitted" in short


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("ab ", min_size=1, max_size=6), min_size=3, max_size=8), st.integers(0, 40))
def test_fit_says_what_it_left_out(names: list[str], budget: int) -> None:
    text = json.dumps([{"name": name, "at": i} for i, name in enumerate(names)])
    short = structure.fit(text, budget=budget, count=count_tokens)
    assert count_tokens(short) <= budget


def test_a_column_head_reads_back() -> None:
    value = loads('[{"a": 1, "b": {"c": "x"}}, {"a": 2, "b": {"c": "1"}}, {"a": 3, "b": {"c": "y"}}]')
    head, *lines = records.encode(value, ";")
    assert head == ";a=1..;b.c"
    assert lines == ["x", '"1"', "y"]
    assert records.decode(head, lines, 3)[0] == value


def test_a_dropped_row_is_lost_and_no_other() -> None:
    value = [{"n": i, "name": f"ann {i}"} for i in range(20)]
    score, losses = structure_check.compare(json.dumps(value), structure.shorten(json.dumps(value[:7] + value[8:])))
    assert [loss.what for loss in losses] == ["[7].n=7", '[7].name="ann 7"']
    assert score == pytest.approx(0.95)


def test_a_changed_line_of_a_log_is_a_loss_of_its_kind() -> None:
    text = service_log(60)
    line = next(line for line in text.split("\n") if "GET" in line)
    number = line.split("/users/")[1].split()[0]
    changed = text.replace(line, line.replace(f"/users/{number}", "/users/77777777"))
    score, losses = structure_check.compare(text, structure.shorten(changed))
    assert 0.9 < score < 1
    assert any(number in loss.what for loss in losses)
    dropped = text.replace(line + "\n", "")
    _, losses = structure_check.compare(text, structure.shorten(dropped))
    assert [(loss.kind, loss.what, loss.where) for loss in losses] == [("statement", line, text.index(line))]


def test_a_summary_is_searched_for_the_values() -> None:
    text = json.dumps([{"city": "Oslo", "people": 717710}, {"city": "Bergen", "people": 291940}])
    score, losses = structure_check.compare(text, "Oslo has 717,710 people and Bergen 291,940.")
    assert (score, losses) == (1.0, ())
    score, losses = structure_check.compare(text, "Oslo has 717,710 people, Bergen 219,940.")
    assert [(loss.kind, loss.what, loss.invented) for loss in losses] == [
        ("number", "[1].people=291940", False),
        ("number", "219940", True),
    ]


def test_what_a_budget_left_out_is_told() -> None:
    value = [{"id": i, "name": f"user{i}"} for i in range(50)]
    short = semzip.compress(json.dumps(value), max_tokens=60)
    assert short.verdict is not None
    assert not short.verdict.passed
    assert short.tokens <= 60
    assert all(not loss.invented for loss in short.verdict.losses)
    lost = {loss.what.split(".")[0] for loss in short.verdict.losses}
    assert len(lost) == 50 - short.text.count("user")


YAML = """name: web
replicas: 3
image: "nginx:1.25"
labels: {app: web}
ports:
  - name: http
    number: 80
    public: yes
  - name: https
    number: 443
    public: yes
  - name: admin
    number: 0x1F
    public: no
"""


@pytest.mark.parametrize("text", [YAML, YAML.replace("  - ", "- ").replace("    ", "  "), YAML.rstrip("\n")])
def test_yaml_comes_back_letter_by_letter(text: str) -> None:
    assert any(yamls.decode(way) == text for way in yamls.encode(text))
    assert restored(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "a: 1 # one\nb: 2\nc: 3\n",
        "a: &x 1\nb: *x\nc: 2\n",
        "a: |\n  text\nb: 1\n",
        "a: 1\n\nb: 2\nc: 3\n",
        "a: 1\na: 2\nb: 3\n",
    ],
)
def test_more_of_yaml_is_left_alone(text: str) -> None:
    assert list(yamls.encode(text)) == []


@settings(deadline=None)
@given(
    st.lists(st.lists(st.text("ab1,; \"'\n\r", max_size=5), min_size=3, max_size=3), min_size=4, max_size=8),
    st.sampled_from([",", "\t", ";"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_csv_comes_back_letter_by_letter(table: list[list[str]], delimiter: str, end: str, ended: bool) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows([["x", "y z", "n"], *table])
    text = out.getvalue() if ended else out.getvalue().removesuffix(end)
    assert restored(text) == text


def test_csv_becomes_a_table_with_rules() -> None:
    text = "id,kind,zip,note\n" + "".join(f"{i},user,0{i}123,\n" for i in range(1, 30))
    short = structure.shorten(text)
    assert short.startswith(separated.MARK)
    assert count_tokens(short) < 0.7 * count_tokens(text)
    assert structure.expand(short) == text
