from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples import DIFF, service_log
from semzip import count_tokens
from semzip.local.detect import domain
from semzip.local.structure import diffs, hits, logs, separated, yamls
from semzip.local.structure import engine as structure


def restored(text: str) -> str:
    short = structure.shorten(text)
    assert count_tokens(short) <= count_tokens(text)
    return structure.expand(short)


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


@settings(deadline=None)
@given(st.lists(st.text("ab1: =[]{}\\@×AB.\n", max_size=30), max_size=30).map("\n".join))
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
                "src/c.py:A b",
                "src/c.py",
                "10:A b",
                "11-    return 2",
            ]
        ),
        max_size=25,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_lines_come_back_as_hits(lines: list[str], end: str) -> None:
    text = end.join(lines)
    assert restored(text) == text
    for way in hits.encode("\n".join(lines)):
        assert hits.decode(way) == "\n".join(lines)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["src/a.py", "src/b.py", "b.py", "/c"]),
            st.sampled_from(":::-"),
            st.sampled_from([5, 20, 999, 1000, 1005, 1020, 1999, 2005, 12_345, 12_999, 999_999, "007", "0999"]),
            st.sampled_from(["    return f(x)", "    return (y)", "return", "", " ", "005 x"]),
        ),
        min_size=3,
        max_size=25,
    )
)
def test_hits_in_any_order_of_lines_come_back(found: list[tuple[str, str, object, str]]) -> None:
    text = "\n".join(f"{path}{mark}{number}{mark}{line}" for path, mark, number, line in found)
    for way in hits.encode(text):
        assert hits.decode(way) == text, way


def test_hits_in_long_files_give_the_thousands_once() -> None:
    numbers = [*range(980, 1020, 4), *range(5000, 5100, 10), 7]
    text = "\n".join(f"big.py:{number}:    return self.total({number})" for number in numbers)
    short = structure.shorten(text)
    assert "\n996 " in short
    assert "\n1000 " in short
    assert "\n004 " in short
    assert "\n5000 " in short
    assert "\n0007 " in short
    assert structure.expand(short) == text


def test_a_log_needs_half_the_tokens() -> None:
    text = service_log(400)
    short = structure.shorten(text)
    assert short.startswith(logs.MARK)
    assert structure.expand(short) == text
    assert count_tokens(short) < 0.5 * count_tokens(text)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "time",
    [
        "[Sun Dec 04 04:{0:02}:{1:02} 2005] ",
        "17/06/09 20:{0:02}:{1:02} ",
        "081109 20{0:02}{1:02} 148 ",
        "03-17 16:{0:02}:{1:02}.811  1702  2395 ",
        "20171223-22:{0}:{1}:606|",
        "- 11178{0:02}{1:03} 2005.06.03 R02-M1-N0 2005-06-03-15.42.{1:02}.675872 R02-M1-N0 ",
        "[10.30 16:{0:02}:{1:02}] ",
    ],
)
def test_a_log_with_times_of_any_form_is_data_and_needs_half_the_tokens(time: str, end: str) -> None:
    text = "".join(
        time.format(i // 60, i % 60)
        + f"notice: worker {i * 37 % 91} found child {i * 53 % 997} in slot {i % 9}, as asked{end}"
        for i in range(300)
    )
    short = structure.shorten(text)
    assert domain(text) == "data"
    assert structure.expand(short) == text
    assert count_tokens(short) <= 0.5 * count_tokens(text)


def test_a_value_that_a_line_says_again_stands_once() -> None:
    text = "".join(f"Receiving block src: /10.{i * 7 % 255}.6:5{i} dest: /10.{i * 7 % 255}.6\n" for i in range(40))
    short = structure.shorten(text)
    assert "dest: /10.{1}.6" in short
    assert structure.expand(short) == text
    braces = text.replace("block", "{1}")
    assert structure.expand(structure.shorten(braces)) == braces


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


FOUND = [(f"src/app/{name}.py", n) for name in ("one", "two") for n in (10, 11, 30, 1041, 1042, 1099)]


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("\n".join(f"{path}:    raise ValueError('bad {n}')" for path, n in FOUND), "#path, then :text"),
        (
            "\n--\n".join(
                f"{path}-{n - 1}-def f():\n{path}:{n}:    raise ValueError('bad {n}')\n{path}-{n + 1}-"
                for path, n in FOUND
                if n != 11
            ).replace("src/app/two.py-1041-def f():\n", ""),
            "line:text; -- in gaps; :text is the next line",
        ),
        (
            "\n\n".join(
                f"src/app/{name}.py\n" + "\n".join(f"{n}:    raise ValueError('bad {n}')" for n in (3, 4, 17))
                for name in ("one", "two")
            ),
            "line:text, headed",
        ),
    ],
)
def test_hits_of_other_forms_are_hits(text: str, head: str, end: str) -> None:
    short = structure.shorten(text + end)
    assert domain(text) == "data"
    assert head in short.partition("\n")[0]
    assert structure.expand(short) == text + end
    assert count_tokens(short) < 0.75 * count_tokens(text)


def test_a_commit_with_its_diff_and_a_moved_file_comes_back() -> None:
    moved = "diff --git a/x.py b/y.py\nsimilarity index 100%\nrename from x.py\nrename to y.py\n"
    text = f"commit 1a2b3c4d5e\nAuthor: Ann\n\n    Change what is checked\n\n    =1\n\n{moved}{DIFF}"
    assert domain(text) == "data"
    assert "\nrenamed x.py -> y.py\n" in structure.shorten(text)
    assert restored(text) == text


def test_a_changed_line_stands_once_in_a_diff() -> None:
    (short,) = diffs.encode(DIFF)
    assert "~    return check({value→content}, strict=True)" in short
    assert diffs.decode(short) is not None
    assert restored(DIFF) == DIFF


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
