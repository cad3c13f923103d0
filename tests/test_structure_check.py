from __future__ import annotations

import copy
import csv
import io
import json

import pytest

import semzip
from samples import service_log
from semzip.local.structure import check as structure_check
from semzip.local.structure import engine as structure


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


PEOPLE: list[dict[str, object]] = [
    {"name": "Ann Lee", "age": 31, "city": "Oslo", "rate": "4.5 %", "note": None, "active": True},
    {"name": "Bo", "age": 44, "city": "New York", "rate": "7 %", "note": "left, came back", "active": False},
    {"name": "Cid", "age": 27, "city": "Rome", "rate": "12 %", "note": None, "active": True},
]


def as_csv(people: list[dict[str, object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(people[0])
    writer.writerows(
        [["" if v is None else str(v).lower() if isinstance(v, bool) else v for v in p.values()] for p in people]
    )
    return out.getvalue()


def as_markdown(people: list[dict[str, object]]) -> str:
    lines = [" | ".join(people[0]), " | ".join("-" for _ in people[0])]
    return "\n".join(lines + [" | ".join("" if v is None else str(v) for v in p.values()) for p in people])


def as_yaml(people: list[dict[str, object]]) -> str:
    said = [[f"{key}: {json.dumps(value)}" for key, value in p.items()] for p in people]
    return "".join("- " + "\n  ".join(lines) + "\n" for lines in said)


def as_lines(people: list[dict[str, object]]) -> str:
    return "\n".join(", ".join(f"{k}: {'' if v is None else v}" for k, v in p.items()) for p in people)


FORMS = (json.dumps, as_csv, as_markdown, as_yaml, as_lines)


@pytest.mark.parametrize("original", [json.dumps, as_csv])
@pytest.mark.parametrize("form", FORMS)
def test_data_in_another_form_is_the_same_data(original, form) -> None:
    assert semzip.check(original(PEOPLE), form(PEOPLE)).passed


@pytest.mark.parametrize("original", [json.dumps, as_csv])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "change",
    [
        lambda p: p[0].update(age=13),
        lambda p: p[1].update(city="New Yorck"),
        lambda p: p[2].update(rate="12 $"),
        lambda p: p[0].update(name=p[2]["name"]) or p[2].update(name="Ann Lee"),
        lambda p: p[0].update(age=27) or p[2].update(age=31),
        lambda p: p.pop(1),
        lambda p: [q.update(town=q.pop("city")) for q in p],
        lambda p: p[2].update(active=False),
    ],
)
def test_a_change_is_found_in_any_form(original, form, change) -> None:
    people = copy.deepcopy(PEOPLE)
    change(people)
    assert not semzip.check(original(PEOPLE), form(people)).passed


@pytest.mark.parametrize("form", [json.dumps, as_yaml])
@pytest.mark.parametrize("change", [{"age": "31"}, {"note": ""}, {"active": "true"}])
def test_a_type_is_a_part_of_the_value_where_the_form_tells_it(form, change: dict[str, object]) -> None:
    assert not semzip.check(json.dumps(PEOPLE), form([PEOPLE[0] | change, *PEOPLE[1:]])).passed


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
