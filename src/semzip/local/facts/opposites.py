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
