"""Which openers of sentences are names: capitals say nothing there, nor anywhere in German."""

from __future__ import annotations

import re
from functools import lru_cache

from semzip.local.facts import lexicon, spellings
from semzip.local.facts.items import Scan
from semzip.local.facts.terms import WORD

_COMMON_END = re.compile(
    r"(?:ly|ing|tion|sion|ment|ness|ity|ed|ers|ors|ies|ous|ful|nse|hood|ism|ology|ical|ive|able|ible|ents|ants)$|[^s]s$"
)
_OWNER = re.compile(r"['’]s$")
_VERB = re.compile(
    r" (?:is|was|has|had|will|would|can|could|did|does|said|says|went|goes|made|makes|took|takes|gave|gives|got|gets|ran|runs"
    r"|wrote|won|lost|sold|bought|left|kept|led|met|saw|began|became|held|came|paid|put|set|sent|spent|told|taught|drew|built"
    r"|lent|hid|fed|ate|drank|rode|wore|chose|broke|spoke|threw|caught|brought|thought|fought|felt|fell|rose|grew|knew|flew"
    r"|never|also|then|later|and|not|may|must|[a-z]{3,}ed(?! by)|[a-z]{2,}[^sui]s(?! (?:are|were|have|had|do|did|will|would|can|could|may|might"
    r"|must|shall|should|that|which|who|and|or|of|not|made|caused|held|kept|need|require|include)\b))\b"
)
_OPENERS = lexicon.words("""
kind regards yours sincerely dear hello hi thanks thank due later means see together written progress thing one another people someone nothing everything today yesterday oh yes
please note key core basic current only what part being given based such time work life love
press hold push pull turn switch open close lift lower place put set take keep leave make check test use apply add remove
insert replace clean wash rinse dry wear store heat cool warm boil bake fry mix stir whisk fold pour cut chop slice drain
read write call ask tell give send get go come run start stop wait try find look watch learn study choose select click tap
type enter copy move save load install update upgrade delete create build define return pass raise catch avoid prevent
ensure verify confirm review report record log measure count weigh calculate compute draw paint sing play swim walk drive
ride fly buy sell pay spend order book visit join meet help let stay stand sit lie sleep eat drink cook serve grow plant
feed water pick cover wrap tie attach fasten tighten loosen connect disconnect plug unplug charge shake spray next then
first last second third final moderate modern recent early late new old young big small large long short high low deep wide
thick thin heavy light hard soft fast slow good bad best worst better worse great little rich poor strong weak full empty
hot cold wet red blue green black white yellow grey brown common rare typical usual normal special general main major minor
total whole half certain several various different similar equal prior former future past present local national global
public private human natural social legal medical digital electric chemical physical central inner outer upper right left
north south east west northern southern eastern western inside outside above below near far additional further extra spare
free single double multiple numerous countless much enough less least data food money fire air land sea sun rain snow wind
power energy sound speed ice oil gas gold iron steel wood stone glass paper music art science history law trade war peace
health age death birth man woman child boy girl family team group party company firm bank court school church town city
country state world nature body head hand eye face heart mind blood brain skin bone hair dog cat horse bird fish tree leaf
seed root fruit meat milk bread cake rice tea coffee wine beer sugar salt car bus train ship boat plane road street house
home room door wall roof floor window table chair bed page word line number price cost rate tax rent loan debt sale profit
loss growth demand supply support access control research evidence analysis language speech text code software hardware
memory storage input output version feature error bug patch user client server network system service process method model
theory practice none neither nobody somebody anybody everybody instead overall altogether meanwhile afterwards beforehand
despite notwithstanding regarding concerning considering elsewhere perhaps maybe sometimes often always never once twice whoever whatever whichever wherever anyone anybody anything
""")
_WORD = re.compile(r"\w+")
_GERMAN = lexicon.words("der die das und ist nicht mit ein eine den von wird auf")
_ENGLISH = lexicon.words("the of and to is that for was with by a")


@lru_cache(maxsize=16)
def is_german(text: str) -> bool:
    """Whether a text reads like German, which writes every noun with a capital."""
    said = _WORD.findall(text.lower())
    found = sum(map(_GERMAN.__contains__, said))
    return found > 0 and found > 2 * sum(map(_ENGLISH.__contains__, said))


def settle(text: str, items: Scan, doubtful: list[int], names: set[str], *, german: bool) -> None:
    """Make names of those doubtful items that look like names, or stand elsewhere in the text as one."""
    if not doubtful:
        return
    kinds, keys = items.kinds, items.keys
    open_ = frozenset(doubtful)
    common = {key for at, (kind, key) in enumerate(zip(kinds, keys, strict=True)) if kind == WORD and at not in open_}

    def joined(at: int) -> bool:
        """Whether item `at` and the one after it are two capitalised words side by side."""
        if at < 0 or at + 1 >= len(keys) or items.starts[at + 1] - items.ends[at] != 1:
            return False
        return all(kinds[k] == "name" or k in open_ for k in (at, at + 1))

    for at in doubtful:
        if german:
            named = joined(at) or joined(at - 1)
        else:
            named = keys[at] in names or (keys[at] not in common and (joined(at) or _is_subject(text, items, at)))
        if named:
            kinds[at] = "name"


def _is_subject(text: str, items: Scan, at: int) -> bool:
    """Whether an opener is used as a name: it owns something, or a verb follows it."""
    word = text[items.starts[at] : items.ends[at]]
    if _OWNER.search(word):
        return True
    if _COMMON_END.search(word) or len(word) < 3 or word.lower() in _OPENERS or word.lower() in spellings.SYNONYMS:
        return False
    return _VERB.match(text, items.ends[at]) is not None
