from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import semzip
from semzip import count_tokens
from semzip.local.structure import engine as structure
from semzip.local.structure import records, rows, tree
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
def test_rows_of_text_come_back_in_every_encoding(value: list[list[str]]) -> None:
    text = json.dumps(value)
    for way in rows.encode(text):
        assert same(loads(text), loads(rows.decode(way) or "0")), way


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
    "#search path, then line:text; thousands once",
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


def test_a_column_head_reads_back() -> None:
    value = loads('[{"a": 1, "b": {"c": "x"}}, {"a": 2, "b": {"c": "1"}}, {"a": 3, "b": {"c": "y"}}]')
    head, *lines = records.encode(value, ";")
    assert head == ";a=1..;b.c"
    assert lines == ["x", '"1"', "y"]
    assert records.decode(head, lines, 3)[0] == value


def test_records_keep_the_order_of_their_keys() -> None:
    records = [{"id": i, **({"note": "x y"} if i % 3 else {}), "name": f"n{i * 7}", "z": i * i} for i in range(30)]
    assert list(map(list, json.loads(structure.expand(structure.shorten(json.dumps(records)))))) == list(
        map(list, records)
    )
