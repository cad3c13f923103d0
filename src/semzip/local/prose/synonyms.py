"""Synonyms: words that a question may use for a word of the text, and the irregular forms of one word.

Everyday English, chosen by hand. Forms of one stem stand here once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType

from semzip.local.prose.words import stem

_CLASSES = (
    "begin began begun beginning start launch commence origin originated; found establish create form set instituted "
    "inaugurated; end ends ended finish conclude cease close stop stopped terminate; died dies death dead kill perish "
    "murder murdered fatalities; born birth birthplace; marry married marriage wife husband spouse wed wedding; child "
    "children son daughter kid kids offspring; father mother parent; men male; woman women female; person people "
    "human individual individuals; live lived living reside resident inhabit inhabitants dwell settle population; "
    "write wrote written author pen penned; say said says state claim declare argue assert; think thought believe "
    "belief consider considered view; name named call term known titled dubbed nickname refer referred; big bigger "
    "biggest large largest great greatest huge major; small smallest little tiny minor; high highest height tall "
    "tallest; long longest length; wide wider width broad; deep depth deepest; old older oldest age aged ancient; new "
    "newer newest latest recent modern; first earliest initial original; last final ultimate; fast quick rapid speed; "
    "important significant key main principal chief primary; famous renowned notable prominent; rich wealthy wealth; "
    "strong strength power powerful; cause reason due result led lead effect; increase rise rose risen rising grow "
    "grew grown growth; decrease decline drop dropped fall fell fallen reduce reduction diminish; win won wins "
    "winning victory victorious defeat beat champion; lose lost loss losing; fight fought battle conflict combat; "
    "attack invade invasion assault raid; conquer conquered conquest capture seize occupy occupied; leader led head "
    "chief director chair chairman president run ran; rule ruled ruler king queen emperor monarch reign govern; "
    "government governmental; law laws legal legislation act rule regulation statute; country countries nation state; "
    "city cities town; area region territory territories zone; place location situated site lie lies; build built "
    "construct erect; make made making produce production manufacture; use used uses using utilize employ usage; buy "
    "bought purchase acquire acquisition; sell sold sale; pay paid pays payment cost price expense expensive fee; "
    "money fund finance financial; earn income salary wage; work job jobs occupation profession career; teach taught "
    "education educate instruct; student pupil; school academy; study studied research scholar; scientist scientific "
    "science; show shown demonstrate display; see saw seen sees seeing observe look; find found discover discovered "
    "discovery identify identified; give gave given grant award provide supply supplied offer; get got gets receive "
    "obtain gain; take took taken taking; bring brought introduce; go went gone goes travel travelled journey trip "
    "voyage; come came arrive; leave left depart departure; move moved moving migrate migration relocate transfer "
    "transferred; help assist assistance aid support; allow permit permitted enable; forbid forbade forbidden ban "
    "banned prohibit prevent; need require requirement necessary; want wish desire seek sought; try tried attempt; "
    "change alter modify modified convert transform; become became; happen occur occurred event; choose chose chosen "
    "choice select elect pick; send sent dispatch; hold held; keep kept retain remain maintain; know knew knowledge; "
    "speak spoke spoken language speech; sing sang sung song; eat ate eaten food feed; break broke broken; draw drew "
    "drawn; drive drove driven; fly flew flown flight; understand understood; meet met; part portion section "
    "component piece; kind type sort form category; amount number quantity total; percent percentage share proportion "
    "fraction; member membership belong; group organization organisation association team; company companies firm "
    "business corporation enterprise; disease illness sick disorder; doctor physician medical medicine; church "
    "religious religion faith; soldier troops army military forces; ship boat vessel; film movie; show program "
    "programme series; game match play; goal aim purpose objective intend; similar same equal alike resemble; "
    "different differ difference distinct; example instance include; opponent oppose opposition critic critics "
    "criticism criticize; agree agreement treaty pact accord; refuse reject deny denied; answer answered respond "
    "response reply; ask asked request; appear appearance; contain consist comprise composed; surround border "
    "bordered; near close nearby adjacent; year annual; day days daily; century centuries; foot feet; tooth teeth"
)


def _by_stem() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for number, several in enumerate(_CLASSES.split(";")):
        for one in dict.fromkeys(map(stem, several.split())):
            found[one].append(f"={number}")
    return MappingProxyType({one: tuple(classes) for one, classes in found.items()})


CLASSES = _by_stem()
"""The names of the classes that a stem is in; no stem looks like such a name."""
