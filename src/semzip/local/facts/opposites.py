"""Words that say the contrary of each other, so that one cannot stand for the other."""

from __future__ import annotations

from semzip.local.facts.lexicon import words

_CONTRARY = (
    ("accept agree approve grant consent", "refuse reject deny decline veto dismiss"),
    ("allow permit authorize authorise enable", "forbid prohibit ban disallow prevent block disable"),
    ("open unlock unlocked", "close closed shut lock locked"), ("buy", "sell sold"), ("lend lent", "borrow"),
    ("start resume", "stop halt cease suspend"), ("import", "export"), ("include", "exclude excl"),
    ("present attend attended", "absent"), ("true", "false"), ("legal lawful", "illegal unlawful"),
    ("guilty", "innocent"), ("positive", "negative"), ("succeed success successful passed", "fail failure unsuccessful"),
    ("hot warm heat", "cold cool chill"), ("fast", "slow slower"), ("early earlier earliest", "late later latest"),
    ("heavy heavier heaviest", "light lighter lightest"), ("strong stronger strongest", "weak weaker weakest"),
    ("long longer longest", "short shorter shortest"), ("high", "low lowest"), ("large", "small"),
    ("old older oldest", "new newer newest young younger youngest"), ("rich richer", "poor poorer"),
    ("wide wider", "narrow narrower"), ("thick thicker", "thin thinner"), ("hard difficult harder", "easy easier"),
    ("safe safer", "dangerous unsafe"), ("public", "private"), ("internal inner", "external outer"),
    ("inside indoor indoors", "outside outdoor outdoors"), ("maximum", "minimum"), ("north", "south"), ("east", "west"),
    ("add added insert", "remove removed delete deleted subtract subtracted"), ("push", "pull"), ("continue persist", "stop end cease"), ("connect", "disconnect"),
    ("support favour favor favoured", "oppose opposed opposes"), ("profit", "loss"), ("credit", "debit"),
    ("better best", "worse worst"), ("majority", "minority"), ("alive survived", "dead died"), ("full", "empty"),
    ("wet", "dry"), ("clean", "dirty"), ("vertical", "horizontal"), ("mandatory compulsory", "optional voluntary"),
    ("permanent", "temporary"), ("upload", "download"), ("encrypt", "decrypt"), ("hire hired", "fire fired dismissed"),
    ("male", "female"), ("day", "night"), ("morning", "evening"), ("far farther", "near nearer"), ("deep", "shallow"),
    ("expensive", "cheap"), ("good", "bad"), ("right correct", "wrong incorrect"), ("appear", "disappear vanish"),
    ("active", "inactive"), ("remember", "forget forgot"), ("credible", "dubious"), ("gain", "loss"),
    ("improve improved improving improvement", "worsen worsened worsening deteriorate deteriorated deterioration"), ("help helped benefit", "hurt harm damage hinder"), ("simple simpler", "complex complicated intricate"),
    ("absorb", "emit release"), ("confirm prove", "discredit refute disprove"), ("top upper uppermost", "bottom lower lowermost"),
    ("front", "back rear"), ("first", "last"), ("begin beginning", "finish end ending"), ("major", "minor"), ("create build", "destroy demolish"),
    ("maximise maximize", "minimise minimize"), ("attack", "defend"), ("victory win", "defeat loss"), ("ally friend", "enemy foe rival"),
    ("ascend", "descend"), ("arrive arrival", "depart departure leave"), ("enter entry", "exit"), ("broad", "narrow"), ("bright brighter", "dark dim"),
    ("common frequent", "rare scarce"), ("domestic", "foreign"), ("even", "odd"), ("surplus excess", "deficit shortage"), ("float", "sink"),
    ("former", "latter"), ("freeze", "melt thaw"), ("healthy well", "sick ill"), ("hide conceal", "show reveal"), ("inhale", "exhale"), ("input", "output"),
    ("junior", "senior"), ("load", "unload"), ("loose loosen", "tight tighten"), ("loud noisy", "quiet silent"), ("mild", "severe harsh"),
    ("modern", "ancient"), ("natural", "artificial"), ("online", "offline"), ("partial partly", "total complete fully entire"), ("passive", "active"),
    ("peace", "war"), ("praise", "criticise criticize condemn blame"), ("predecessor", "successor"), ("rural", "urban"), ("sender", "recipient receiver"),
    ("buyer customer", "seller vendor"), ("landlord", "tenant"), ("lender creditor", "borrower debtor"), ("employer", "employee"), ("teacher", "pupil student"),
    ("smooth", "rough"), ("soft", "hard"), ("solid", "liquid"), ("stable steady", "unstable volatile"), ("tall taller", "short shorter"), ("overestimate", "underestimate"),
    ("upstream", "downstream"), ("vacant", "occupied"), ("encourage", "discourage"), ("strengthen", "weaken"), ("widen", "narrow"), ("lengthen extend", "shorten"),
    ("warmer", "cooler"), ("hasten", "delay"), ("advance", "retreat postpone"), ("demand", "supply"), ("asset", "liability"), ("income revenue", "expenditure expense cost"),
    ("inflow inbound incoming", "outflow outbound outgoing"), ("sunrise dawn", "sunset dusk"), ("summer", "winter"), ("northern", "southern"), ("eastern", "western"),
    ("northwest", "southeast"), ("northeast", "southwest"), ("parent", "child"), ("husband", "wife"), ("mother", "father"), ("son", "daughter"), ("brother", "sister"),
    ("uncle", "aunt"), ("king", "queen"), ("guest", "host"), ("left", "right"), ("clockwise", "anticlockwise counterclockwise"), ("acid acidic", "alkaline"),
    ("optimistic", "pessimistic"), ("innocuous harmless", "harmful"), ("hired", "sacked"), ("promoted", "demoted"), ("borrowed", "lent"), ("imported", "exported"),
    ("deposit", "withdrawal"), ("odd", "even"), ("converge", "diverge"), ("attract", "repel"), ("obey", "violate disobey"), ("love", "hate"), ("trust", "distrust"),
)  # fmt: skip
CONTRARIES = tuple((words(one), words(other)) for one, other in _CONTRARY)
"""Words that cannot stand for each other: those of one side say the contrary of the other."""

_FORMS = (
    ("higher highest greater greatest larger largest bigger biggest more most rising increasing growing increased increase increases increasingly",
     "lower lowest smaller smallest less least fewer fewest falling decreasing declining decreased decrease decreases shrinking reduced decreasingly"),
    ("gain gains gained gaining profit profits", "loss losses lost losing"), ("growth growing", "decline shrinking"), ("rose grew climbed", "fell shrank declined dropped"),
    ("faster fastest", "slower slowest"), ("before", "after"), ("above over exceeds exceed exceeded exceeding", "below under"), ("up upward upwards", "down downward downwards"),
    ("forward forwards", "backward backwards"), ("ahead", "behind"), ("into", "out"), ("older eldest elder", "younger youngest"),
    ("first earliest", "last latest"), ("north northern northward", "south southern southward"), ("east eastern eastward", "west western westward"),
    ("northwestern northeastern northeast northwest", "southwestern southeastern southeast southwest"),
    ("northwestern southwestern northwest southwest", "northeastern southeastern northeast southeast"),
    ("daytime days daily", "nighttime nights nightly"), ("winner winners winning", "loser losers losing"), ("yes", "no"),
    ("accepted accepts accepting approved agreed", "rejected rejects rejecting refused declined denied"),
    ("allowed allows permitted permits", "forbidden forbade forbids prohibited prohibits banned prevented"),
    ("opened opens opening", "closed closes closing"), ("started starts starting began begins begun beginning", "stopped stops stopping ended ends ending finished ceased"),
    ("bought buys buying purchased", "sold sells selling"), ("won wins winning", "lost loses losing"), ("supported supports supporting", "opposed opposes opposing"),
    ("succeeded succeeds successfully", "failed fails unsuccessfully"), ("included includes including", "excluded excludes excluding"),
    ("improved improves improving", "worsened worsens worsening deteriorated"), ("arrived arrives arriving", "left departed leaves"),
    ("entered enters entering", "left exited leaves"), ("joined joins joining", "left quit leaves"), ("won", "lost"), ("attacked", "defended"), ("created creates built", "destroyed destroys"),
    ("absorbs absorbed absorbing", "releases released emits emitted"), ("received receives receiving", "sent sends sending gave gives"), ("paid", "received"),
    ("raised raises raising", "lowered lowers lowering cut cuts"), ("added adds adding", "removed removes removing subtracted"), ("present", "absent"),
    ("often frequently usually", "rarely seldom never hardly"), ("always", "never sometimes rarely"), ("all every", "none no"), ("everyone everybody", "nobody none"),
    ("majority", "minority"), ("maximum max", "minimum min"), ("stronger strongest", "weaker weakest"), ("better best", "worse worst"), ("easier easiest", "harder hardest"),
    ("warmer warmest hotter", "cooler coolest colder"), ("richer", "poorer"), ("longer longest", "shorter shortest"), ("wider widest broader", "narrower narrowest"),
    ("thicker", "thinner"), ("heavier heaviest", "lighter lightest"), ("earlier sooner", "later"), ("positive positively", "negative negatively"),
    ("superior", "inferior"), ("expanded expands expanding expansion", "contracted shrank contracts shrinking contraction"), ("strengthened strengthens", "weakened weakens"),
    ("independent", "dependent"), ("voluntary voluntarily", "mandatory compulsory involuntary"), ("primary", "secondary"), ("temporary temporarily", "permanent permanently"),
    ("offline", "online"), ("left", "right"), ("inner", "outer"), ("front", "back rear"), ("alive living", "dead"), ("married", "unmarried divorced"), ("innocent", "guilty"),
    ("acquitted", "convicted"), ("victory victories", "defeat defeats"), ("defeated defeats beat", "lost"), ("agreed agrees", "disagreed disagrees"),
    ("same identical", "different"), ("similar", "different dissimilar"), ("favourable favorable favourably favorably", "unfavourable unfavorable adverse adversely"),
    ("receivable receivables", "payable payables"), ("assets asset", "liabilities liability"), ("provided", "used"), ("capped limited", "uncapped unlimited"), ("part-time", "full-time"),
    ("optimistic", "pessimistic"), ("borrowed borrows", "lent lends loaned"), ("hired hires", "fired fires dismissed"), ("admitted admits", "denied denies"),
    ("confirmed confirms proved proven", "refuted denied disproved disproven"), ("appeared appears", "disappeared disappears"), ("connected", "disconnected"), ("enabled enables", "disabled disables"),
    ("visible", "invisible"), ("known", "unknown"), ("active", "inactive passive"), ("public publicly", "private privately"), ("rural", "urban"), ("indoor indoors", "outdoor outdoors"),
    ("last previous previously prior", "current currently", "next subsequent subsequently"), ("yesterday", "today tonight", "tomorrow"),
    ("morning", "noon midday", "afternoon", "evening", "night midnight"), ("spring", "summer", "autumn", "winter"), ("half", "double twice"),
    ("discount", "premium"), ("debit", "credit"), ("lack lacks lacked lacking", "have has had having"), ("desegregate desegregated", "segregate segregated"), ("partially partly", "fully entirely wholly"),
    ("mostly mainly largely", "rarely hardly"), ("exclusively solely only", "mainly partly mostly"), ("legal legally", "illegal illegally"), ("far", "near close"),
)  # fmt: skip
COMPARED = tuple(tuple(words(side) for side in sides) for sides in _FORMS)
"""Forms of words that cannot stand for each other in one place, between the same two words."""
_TIMES = (
    ("second seconds sec secs",), ("minute minutes min mins",), ("hour hours hr hrs hourly",), ("day days daily",), ("week weeks wk wks weekly",),
    ("month months mo mos monthly",), ("quarter quarters quarterly",), ("year years yr yrs yearly annual annually",), ("decade decades",),
    ("century centuries",), ("millennium millennia",),
)  # fmt: skip
TIMES = tuple(words(*side) for side in _TIMES)
"""Spans of time, none of which is another."""
