"""The check of texts that are told in other words: who said what, what became of a denial, what stands in quotes."""

from __future__ import annotations

import pytest

from semzip import check

FAITHFUL = (
    (
        "According to Halloran, the mill closed because of the flood. His successor Petrescu held that the owners had run out of money.",
        "Halloran: mill closed ∵ flood; successor Petrescu: owners out of money",
    ),
    (
        "The report was written by Ingrid Solberg and was checked by Tomas Hale before the board met.",
        "Ingrid Solberg wrote report; Tomas Hale checked it before board met",
    ),
    ("The harbour was no longer used for fishing after 1931.", "harbour: fishing → now none (after 1931)"),
    (
        "The second engine was not as heavy as the first, which weighed 40 tonnes, and so it used little fuel.",
        "2nd engine < 1st in mass (1st: 40 t) ∴ sips fuel",
    ),
    ("The alarm now goes off at 70% instead of 90%.", "alarm: 90%→70%"),
    ("The canal remained open until the war.", "canal open til war"),
    ("The profit fell from 52 million to 47 million euros.", "profit fell 52→47M euros"),
    ("The pores measure 0.45 micrometres.", "pores: 0.45 µm"),
    ("Whoever loses a key must pay 20 dollars.", "lost key → pay $20"),
    ("The museum is open daily except on Mondays.", "museum: open daily exc. Mon"),
    ("The order prohibits all sales by the mill, absent a licence.", "order barring the mill from all sales unless licensed"),
    (
        "The plant made 129 million pounds in 2019, compared to 107 million pounds in 2018, and 90 million pounds in 2017.",
        "The plant made 129 million pounds in 2019, against 107 million in 2018, and 90 million in 2017.",
    ),
    (
        "By August 31, 2019, the loan was repaid. The bank owned two mills. As of August 31, 2019, it had no debt.",
        "By August 31, 2019, the loan was repaid. The bank owned two mills. At that date it had no debt.",
    ),
    ("The shuttle was criticised for not being as cheap as advertised.", "shuttle criticised as less cheap than advertised"),
    ("Problems with smoke preclude the routine use of these engines.", "smoke problems → no routine use of engines"),
    ("He was the hero of the First World War battle of Tannenberg.", "WWI hero: battle of Tannenberg"),
    ("Sat on the bench, the judge waited until Monday.", "judge sat on bench, waited till Mon"),
    ("The tool analyses thousands of designs.", "tool analyses 1000s of designs"),
    ("The heater was turned up to high for 4 hours.", "heater: high, 4 h"),
    ("The third bag has half the number of sweets that the first had.", "3rd bag: half as many sweets as 1st"),
    (
        "Despite attacks on the plan from Dwight Hale, the board kept it.",
        "Though Dwight Hale attacked the plan, the board kept it.",
    ),
    ("She leads Research and Development in Leeds.", "leads R&D, Leeds"),
    ("The Prime Minister said that the money was sent.", "PM said money sent"),
    ("The Brandon Harbour Authority of Leeds runs the ferry.", "BHA (Leeds) runs ferry"),
)  # fmt: skip
HARMFUL = (
    ("name", "They looked for new oil even in rugged terrain like the Arctic.", "new oil sought even in rugged terrain: Antarctic"),
    (
        "number",
        "Both firms grew. Developing a new field usually took five to ten years.",
        "Both firms grew; new field usually needs two to ten years",
    ),
    ("number", "A charge was recorded in the third quarter of 2018.", "charge recorded Q2 2018"),
    ("name", "The United States signed the treaty in 1931 with Peru.", "UK signed treaty in 1931 with Peru"),
    ("name", "He was the hero of the First World War battle of Tannenberg.", "hero of WWII battle of Tannenberg"),
    ("name", "On Monday he trained for 16 minutes, on Sunday for 23 minutes.", "trained: Sun: 23 min; Sat: 16 min"),
    ("bound", "It is the first proof of holes that weigh 25 solar masses or more.", "1st proof of holes weighing ≤25 solar masses"),
    (
        "name",
        "The images were taken from the CBS News archive and from tapes kept in Australia.",
        "images: NBC News archive & tapes kept in Australia",
    ),
    (
        "number",
        "NASA tested the rHEALTH ONE universal biomedical analyzer in May.",
        "NASA tested rHEALTH TWO universal biomedical analyzer in May",
    ),
    (
        "attribution",
        "According to Halloran, the mill closed because of the flood. His successor Petrescu held that the owners had run out of money.",
        "Petrescu: mill closed ∵ flood; successor Halloran: owners out of money",
    ),
    (
        "attribution",
        "Dr Amsel recommended surgery for the knee. Dr Brandt preferred rest and physiotherapy for six weeks.",
        "Dr Brandt: knee surgery; Dr Amsel: rest + physiotherapy 6 weeks",
    ),
    ("name", "The bridge was designed by Charles Edwin Maddox in 1911.", "bridge designed by Charles Edwin, 1911"),
    ("direction", "Rainfall rose from 400 mm to 520 mm in ten years.", "rainfall 520 → 400 mm in 10 yr"),
    ("direction", "The new rule hurt small farms in the valley.", "new rule helped small farms in valley"),
    ("direction", "The upstream gate is opened first.", "downstream gate opened first"),
    ("negation", "The keeper did not hear the bell, and the ship ran aground.", "keeper heard bell; ship ran aground"),
    (
        "quote",
        'The inspector called the tunnel "a drain with lights in it" and closed it.',
        'inspector called tunnel "a palace with lights in it" + closed it',
    ),
)  # fmt: skip


@pytest.mark.parametrize(("original", "compressed"), FAITHFUL)
def test_a_retelling_that_keeps_the_facts_is_not_blamed(original: str, compressed: str) -> None:
    verdict = check(original, compressed, domain="nl")
    assert verdict.passed, [loss for loss in verdict.losses if loss.hard]


@pytest.mark.parametrize(("kind", "original", "compressed"), HARMFUL)
def test_a_retelling_that_turns_a_fact_round_fails_by_its_kind(kind: str, original: str, compressed: str) -> None:
    verdict = check(original, compressed, domain="nl")
    assert not verdict.passed
    assert kind in {loss.kind for loss in verdict.losses}, verdict.losses


def test_a_step_in_capitals_gets_a_verdict() -> None:
    original = "The lighting went FROM paraffin TO electricity in 1911."
    assert check(original, "lighting went FROM paraffin TO electricity, 1911", domain="nl").passed
    assert not check(original, "lighting went FROM electricity TO paraffin, 1911", domain="nl").passed
