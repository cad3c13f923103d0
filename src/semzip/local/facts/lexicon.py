"""Closed word classes in English, German and Chinese: which words carry a fact, and which carry none.

Every table maps a lower-case word or sign to what it means, so that "percent", "per cent" and "%" compare equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


def table(rows: str) -> Mapping[str, str]:
    """Lines of `meaning: form form two_word_form`, turned into form -> meaning."""
    out: dict[str, str] = {}
    for row in rows.strip().splitlines():
        meaning, _, forms = row.strip().partition(":")
        for form in forms.split():
            out[form.replace("_", " ")] = meaning.strip()
    return MappingProxyType(out)


STOP_EN = words("""
a an the this that these those there here it its it's itself he him his himself she her hers herself they them their
theirs themselves we us our ours ourselves i me my mine myself you your yours yourself who whom whose which what
is are was were be been being am isn aren do does did doing done has have had having will would shall should can could
may might must ought of to in on at by for from with as into onto upon about against between through during over
under again further then once and or but so than too very just also such own same other others another some any each
every both few more most all how when where why while because since until although though however therefore thus
hence moreover furthermore additionally indeed well still yet even much many per via among amongst within along
across toward towards around off out up down away back s t re ve ll d m o'clock etc eg ie e.g i.e
really quite rather actually basically essentially simply certainly perhaps maybe like one's let lets get gets got
i'm i'll i've i'd you're you'll you've you'd we're we'll we've we'd they're they'll they've they'd he'll he'd she'll
she'd it'll it'd that'll there'll who'll
namely respectively accordingly whereas whereby wherein thereof therein hereby like unlike
i'm i'll i've i'd you're you'll you've you'd we're we'll we've we'd they're they'll they've they'd he's he'll he'd she's
she'll she'd it's it'll that's that'll there's there'll what's who's here's let's
""")
STOP_DE = words("""
der die das den dem des ein eine einen einem einer eines dies diese dieser dieses diesem diesen jener jene jenes er sie
es ihn ihm ihr ihre ihren ihrem ihrer ihres sein seine seinen seinem seiner seines wir uns unser unsere ich mich mir
mein meine du dich dir dein deine man sich selbst ist sind war waren wird werden wurde wurden worden geworden sei
seien bin bist hat haben hatte hatten habe kann können konnte konnten muss müssen musste soll sollen sollte darf will
wollen wollte mag möchte würde würden von zu zum zur in im ins an am ans auf aus bei beim mit nach seit vom für durch
um gegen über unter zwischen neben hinter und oder aber so dass daß da als wie auch noch schon nur sehr mehr dann denn
doch hier dort wo was wer wen wem dessen deren welche welcher welches welchem welchen während weil damit dabei dadurch
dafür daran darauf daraus darin davon dazu etwa sowie jedoch also bereits zudem außerdem ebenfalls dabei hierbei
""")
STOP_ZH = frozenset("的了是在和与及也就都而着之于其这那有被把将为以所并等个该此还又则从到对由向")

NEGATIONS = table("""
no: not no never none nobody nothing nowhere neither nor without cannot cant can't n't non ¬ ∄ ✗ ✘ ❌ w/o won't don't
no: doesn't didn't isn't aren't wasn't weren't hasn't haven't hadn't couldn't wouldn't shouldn't mustn't needn't ain't
no: shan't mightn't dont doesnt didnt isnt arent wasnt werent hasnt havent couldnt wouldnt shouldnt wont ≠ ∉
no: nicht kein keine keinen keinem keiner keines nie niemals niemand nichts nirgends nirgendwo ohne weder
no: 不 没 没有 未 无 非 莫 勿 no_longer no_one
""")
WEAK_NEGATIONS = words("""
lack lacks lacked lacking fail fails failed failing failure unable unlike absent absence deny denies denied refuse
refuses refused reject rejects rejected avoid avoids avoided prevent prevents prevented exclude excludes excluded
excluding prohibit prohibits prohibited forbid forbids forbidden ban bans banned hardly barely scarcely rarely seldom
little few false impossible insufficient minus zero free ∅ ⊥ stop stopped stops cease ceased ends ended neglect
missing skip skips skipped omit omits omitted bypass bypasses waive waives waived excl excluding sans except vs rather instead despite only ignore ignores ignored decline declined declines opposed oppose
invalid illegal unknown unclear unlikely inability incapable halt nil null empty independent loses lost block blocks
blocked disallow disallowed anti instead_of rather_than unless verboten kaum ungültig unmöglich fehlt fehlen mangel
""")
"""Words by which a rewrite may say a negation in another way; they answer a lost "not", but are not themselves one."""

NEGATIVE_PREFIX = ("un", "in", "im", "ir", "il", "non", "dis", "de", "mis", "anti", "a")
"""A word that begins so may stand for "not" and its remainder: "not able" = "unable"."""

CONDITIONS = table("""
if: in_the_event_that in_the_event_of in_case_of on_the_condition_that on_the_understanding_that
if: if whenever provided_that providing_that assuming_that as_long_as so_long_as on_condition_that in_case wenn falls
if: sofern solange 如果 若 要是 假如 倘若 provided iff
unless: unless except_if except_when es_sei_denn außer_wenn 除非
when: when while
except: everyone_but everybody_but anyone_but anybody_but nobody_but none_but no_one_but
except: with_the_exception_of with_exception_of save_that save_where exc barring excepting excepted
except: except excluding other_than apart_from aside_from save_for except_for außer ausgenommen mit_ausnahme 除了
only if: only_if only_in_the_event_that only_in_the_event only_provided only_where only_when only_after only_during only_in_case only_on_condition nur_wenn nur_falls
only: only solely exclusively nur ausschließlich lediglich bloß 只 仅 仅仅 只有
otherwise: otherwise or_else else sonst andernfalls ansonsten 否则
until: until till 'til bis 直到
""")
BOUNDS = table("""
>=: at_least no_less_than not_less_than no_fewer_than a_minimum_of minimum_of greater_than_or_equal_to ≥ >= ⩾ not_below
>=: no_earlier_than not_earlier_than no_shorter_than no_smaller_than no_lower_than no_younger_than no_closer_than no_nearer_than as_few_as as_little_as
>=: mindestens wenigstens zumindest 至少 不少于 不低于 or_more and_more and_above or_above and_over or_over or_greater or_higher or_longer or_older and_older or_later and_later
>=: and_upward and_upwards or_upwards upwards_of upward_of a_floor_of
<=: at_most no_more_than not_more_than a_maximum_of maximum_of less_than_or_equal_to ≤ <= ⩽ up_to not_exceeding not_exceed not_exceeds never_exceed cannot_exceed doesn't_exceed don't_exceed not_be_more_than as_much_as as_many_as as_high_as no_later_than not_later_than no_longer_than not_longer_than no_higher_than no_larger_than no_greater_than no_older_than no_further_than no_farther_than no_heavier_than no_taller_than no_wider_than no_faster_than
<=: capped_at limited_to a_cap_of a_ceiling_of a_limit_of not_to_exceed
<=: höchstens maximal bis_zu 至多 最多 不超过 不多于 or_less and_less and_below or_below and_under or_under or_fewer and_fewer or_lower or_shorter or_younger and_younger or_earlier or_sooner not_above
>: more_than greater_than over_and_above well_over well_above in_excess_of exceeding higher_than larger_than mehr_als über_als 超过 多于 大于 > longer_than older_than taller_than heavier_than faster_than wider_than deeper_than
<: less_than fewer_than lower_than smaller_than weniger_als 少于 小于 低于 < shorter_than younger_than closer_than nearer_than lighter_than slower_than well_under well_below
~: approximately approx approx. roughly ca. circa ~ ≈ ungefähr etwa_so rund 大约 约 around_about nearly almost
""")
FEWER = (
    "few",
    "less",
    "low",
    "earl",
    "short",
    "small",
    "young",
    "cheap",
    "slow",
    "thin",
    "near",
    "shallow",
    "light",
    "cool",
)
"""Beginnings of comparatives that limit from above."""
COMPARING = words("more less fewer greater higher lower larger smaller longer shorter older younger weniger mehr")
DIRECTIONS = table("""
up: increase increases increased increasing increasingly rise rises rose risen rising grow grows grew grown growing
up: growth raise raises raised raising gain gains gained climb climbs climbed climbing soar soared surge surged ↑ ⬆ ▲
up: expand expands expanded expanding expansion upward upwards
up: steigen steigt stieg gestiegen erhöhen erhöht erhöhte wachsen wächst wuchs gewachsen zunahme zunehmen nahm_zu 增加
up: 上升 增长 提高 增多 上涨 提升 boost boosted boosts accelerate accelerated accelerates accelerating hike hiked hikes jumped spiked escalated strengthened rallied
down: decrease decreases decreased decreasing decreasingly fall falls fell fallen falling drop drops dropped dropping
down: decline declines declined declining reduce reduces reduced reducing reduction shrink shrinks shrank shrunk
down: shrinking lower lowers lowered lowering diminish diminishes diminished diminishing ↓ ⬇ ▼ plummet plummeted plunge
down: plunged downward downwards sinken sinkt sank gesunken fallen fällt fiel
down: verringern verringert abnehmen abnahme senken senkt senkte gesenkt 减少 下降 降低 下跌 缩小 slow slowed slows slowing cut_by cut_to cut_from cuts_by cuts_to slashed trimmed slid slipped tumbled dipped weakened eased
before: before prior_to earlier_than preceding ahead_of pre vor bevor vorher 之前 以前
after: after following subsequent_to later_than post nach nachdem danach 之后 以后
more: more
less: less fewer
left: left_side_of left_of
right: right_of right_side_of
win: win wins won winning gewinnen gewann gewonnen
lose: lose loses losing verlieren verlor verloren
above: above oberhalb
below: below beneath unterhalb
""")
OPPOSITE: Mapping[str, str] = MappingProxyType({
    "up": "down", "down": "up", "more": "less", "less": "more", "before": "after", "after": "before", "left": "right", "right": "left", "win": "lose",
    "lose": "win", "above": "below", "below": "above", ">=": "<=", "<=": ">=", ">": "<", "<": ">", "all": "none",
    "most": "few", "few": "many", "many": "few", "always": "sometimes", "must": "may", "may": "must",
})  # fmt: skip
QUANTIFIERS = table("""
all: all every everyone everybody everything ∀ alle allen aller alles jede jeder jedes jeden jedem 所有 全部 每
each: each
always: always immer stets 总是 始终
most: most majority mostly meisten meist 大多数 大部分
many: many numerous viele vielen 许多 很多
some: some several sometimes einige manche mehrere manchmal 一些 有些 有时
few: few seldom rarely wenige selten 少数 很少
both: both beide beiden 两者
""")
ATTRIBUTIONS = table("""
source: according_to allegedly reportedly supposedly purportedly laut angeblich zufolge 据说 据称
""")

MONTHS = table("""
01: january jan januar jänner
02: february feb februar
03: march mar märz mär
04: april apr
05: may mai
06: june jun juni
07: july jul juli
08: august aug
09: september sep sept
10: october oct oktober okt
11: november nov
12: december dec dezember dez
""")
NUMBER_WORDS = table("""
0: zero null 零
0.5: half hälfte halb halved halves halving 一半
1: one eins
2: two zwei
3: three drei
4: four vier
5: five fünf
6: six sechs
7: seven sieben
8: eight acht
9: nine neun
10: ten zehn
11: eleven elf
12: twelve zwölf dozen dutzend
13: thirteen dreizehn
14: fourteen vierzehn
15: fifteen fünfzehn
16: sixteen sechzehn
17: seventeen siebzehn
18: eighteen achtzehn
19: nineteen neunzehn
20: twenty zwanzig
30: thirty dreißig dreissig
40: forty vierzig
50: fifty fünfzig
60: sixty sechzig
70: seventy siebzig
80: eighty achtzig
90: ninety neunzig
100: hundred hundert
2nd: second zweite zweiten zweiter
1st: first erste ersten erster erstes
3rd: third thirds dritte dritten dritter
4th: fourth quarters vierte vierten
5th: fifth fünfte fünften
6th: sixth sechste sechsten
7th: seventh siebte siebten
8th: eighth achte achten
9th: ninth neunte neunten
10th: tenth zehnte zehnten
11th: eleventh
12th: twelfth
13th: thirteenth
14th: fourteenth
15th: fifteenth
16th: sixteenth
17th: seventeenth
18th: eighteenth
19th: nineteenth
20th: twentieth
12:00: noon midday mittag
0:00: midnight mitternacht
2x: twice doppelt double doubled doubles doubling twofold
3x: thrice triple tripled triples tripling threefold
4x: quadruple quadrupled quadruples quadrupling fourfold
5x: quintuple quintupled fivefold
6x: sixfold
7x: sevenfold
8x: eightfold
9x: ninefold
10x: tenfold
20x: twentyfold
100x: hundredfold
""")
PARTS = table("""
3: third thirds drittel
4: quarter quarters fourths viertel
5: fifth fifths fünftel
6: sixth sixths sechstel
7: seventh sevenths siebtel
8: eighth eighths achtel
9: ninth ninths neuntel
10: tenth tenths zehntel
20: twentieth twentieths
""")
"""Words that may name a part of a whole, and into how many such parts the whole is cut."""
FRACTION_SIGNS = MappingProxyType({
    "½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8",
    "⅕": "1/5", "⅖": "2/5", "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6",
})  # fmt: skip
WEEKDAY = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)(?=[:,)/&–-]|\.?$|\. ?\d| \d))\b"
)
"""A day's name, and its abbreviation where punctuation or a number shows that it is one."""
ROMAN = MappingProxyType({
    form: value for value, form in enumerate(["ii", "iii", "iv", ".", "vi", "vii", "viii", "ix", ".", "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix", "xx"], 2)
    if form != "."
})  # fmt: skip
"""Roman numerals that are hardly anything else: not I, V or X."""
HOMOGRAPHS = MappingProxyType({
    "falls": ("direction", "down"), **{word: ("word", word) for word in ("die", "war", "man", "hat", "bin", "mag", "elf")},
})  # fmt: skip
"""What German words of these tables mean where the text is not German."""

STOP = STOP_EN | STOP_DE
