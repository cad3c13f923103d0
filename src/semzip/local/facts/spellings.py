"""Words that rewrites exchange: idioms, abbreviations, other spellings, and ordinary words of one meaning."""

from __future__ import annotations

from semzip.local.facts.lexicon import table

IDIOMS = table("""
also: not_only not_just not_merely not_to_mention not_least
about: not_long_after not_without not_until no_doubt no_matter whether_or_not as_if if_not_all if_not_most if_not_more if_any if_possible even_if
about: not_uncommon not_unusual not_unlike with_or_without
about: up_to_date up_to_speed up_to_par
about: only_child only_son only_daughter no_wonder
""")
"""Phrases whose "not", "if" or "only" denies, conditions or limits nothing."""

SAME = table("""
united states: us usa u.s. u.s.a. united_states america american americans
united kingdom: uk u.k. united_kingdom britain british
european union: eu european_union
united nations: un united_nations
soviet union: ussr soviet_union soviet soviets
world war 1: wwi ww1 first_world_war world_war_i world_war_one ww_i
world war 2: wwii ww2 second_world_war world_war_ii world_war_two ww_ii
government: gov govt gov't governments governmental
approximately: approx approx. ca ca. circa about around roughly ~ ≈
information: info infos
department: dept dept. depts departments
maximum: max max. maximal
minimum: min. minimal
average: avg avg. averages averaged mean
number: no. nr nr. num
university: univ univ. uni
professor: prof prof. professors
doctor: dr dr. doctors
president: pres pres. presidents
organization: org orgs organisation organisations organizations
management: mgmt mgt manage manages managed managing
development: dev develop develops developed developing
technology: tech technologies technological
environment: env environmental environments
application: app apps applications
international: intl int'l
national: natl nat'l
military: mil.
population: pop pop.
temperature: temp temps temperatures
building: bldg bldgs buildings
company: co co. corp companies corporation corporations
example: ex ex. eg e.g. examples
include: incl incl. includes included including
especially: esp esp.
versus: vs vs. versus v.
with: w/
because: b/c bc. ∵ due owing
therefore: ∴
equal: = equals ==
reference: ref refs references
require: req reqs requires required requirement requirements
specification: spec specs specifications
configuration: config configs configurations
document: doc docs documents documentation
difference: diff diffs differences
original: orig orig. originally
manufacture: mfg mfr manufacturing manufactured manufacturer manufacturers
production: prod produce produces produced producing
mount: mt mt.
street: st st. saint str. str
square: sq sq.
avenue: ave ave.
road: rd rd.
boulevard: blvd
freeway: fwy freeways
highway: hwy highways
parkway: pkwy
expressway: expwy
railway: rwy railroad
county: cty counties
sergeant: sgt
lieutenant: lt lieut
limited: ltd
incorporated: inc
north: n northern
carbon dioxide: co2 carbon_dioxide
carbon monoxide: carbon_monoxide
methane: ch4
ammonia: nh3
water: h2o
nitrous oxide: n2o nitrous_oxide
nitrogen dioxide: no2 nitrogen_dioxide
sulfur dioxide: so2 sulfur_dioxide sulphur_dioxide
sulfuric acid: h2so4 sulfuric_acid sulphuric_acid
nitric acid: hno3 nitric_acid
hydrochloric acid: hcl hydrochloric_acid
hydrogen peroxide: h2o2 hydrogen_peroxide
sodium chloride: nacl sodium_chloride
potassium chloride: kcl potassium_chloride
sodium hydroxide: naoh sodium_hydroxide
potassium hydroxide: koh potassium_hydroxide
sodium bicarbonate: nahco3 sodium_bicarbonate
calcium carbonate: caco3 calcium_carbonate
calcium chloride: cacl2 calcium_chloride
magnesium sulfate: mgso4 magnesium_sulfate magnesium_sulphate
silicon dioxide: sio2 silicon_dioxide
titanium dioxide: tio2 titanium_dioxide
ferric oxide: fe2o3 ferric_oxide
iron: fe
manganese: mn
copper: cu
zinc: zn
mercury: hg
sodium: na
r&d: r&d research_and_development research_&_development
m&a: m&a mergers_and_acquisitions mergers_&_acquisitions
memory: ram
south: southern
east: e eastern
west: w western
southeast: se southeastern
southwest: sw southwestern
northeast: ne northeastern
northwest: nw northwestern
world: global worldwide
high: highest higher
secretary: sec.
administration: admin administrator administrative
association: assn assoc
committee: cmte comm
district: dist
ceo: ceo chief_executive chief_executive_officer
cfo: cfo chief_financial_officer
cto: cto chief_technology_officer
coo: coo chief_operating_officer
yoy: yoy year_over_year year_on_year year-over-year year-on-year
qoq: qoq quarter_over_quarter quarter_on_quarter
ytd: ytd year_to_date
asap: asap as_soon_as_possible
repetition: rep reps repetitions
""")
"""Abbreviations and other spellings -> one spelling."""
PROPER = frozenset({
    "united states", "united kingdom", "european union", "united nations", "soviet union", "world war 1", "world war 2",
})  # fmt: skip
"""Spellings that are names."""

SYNONYMS = table("""
begin: begin begins began begun beginning start starts started starting commence commenced launch launched onset initial
end: end ends ended ending finish finishes finished conclude concluded stop stops stopped
use: use uses used using usage utilize utilizes utilized utilise utilised employ employs employed
large: large larger largest big bigger biggest huge great greater greatest major maj maj.
small: small smaller smallest little tiny minor
make: make makes made making create creates created creating build builds built construct constructed
show: show shows showed shown demonstrate demonstrates demonstrated reveal reveals revealed indicate indicates
help: help helps helped assist assists assisted aid aids support supports supported
need: need needs needed require requires required
important: important significant crucial key vital essential critical
buy: buy buys bought buying purchase purchases purchased
get: obtain obtains obtained acquire acquires acquired receive receives received
keep: keep keeps kept retain retains retained maintain maintains maintained
live: live lives lived reside resides resided residing
say: say says said state states stated claim claims claimed mention mentions mentioned
allow: allow allows allowed enable enables enabled permit permits permitted let
fast: fast faster fastest quick quickly rapid rapidly
approximately: nearly almost
different: different differ differs various diverse
people: people persons person
child: child children kid kids
lead: lead leads led leading cause causes caused causing result results resulted → => ⇒ ->
freeze: freeze freezes freezing froze frozen
write: write writes wrote written writing
take: take takes took taken taking
break: break breaks broke broken breaking
speak: speak speaks spoke spoken speaking
drive: drive drives drove driven driving
choose: choose chooses chose chosen choosing
send: send sends sent sending
pay: pay pays paid payment payments
lose: lose loses lost losing
bring: bring brings brought bringing
teach: teach teaches taught teaching
catch: catch catches caught catching
spend: spend spends spent spending
win: win wins won winning
hold: hold holds held holding
grow: grow grows grew grown growing
know: know knows knew known knowing
throw: throw throws threw thrown throwing
steal: steal steals stole stolen stealing
eat: eat eats ate eaten eating
give: give gives gave given provide provides provided offer offers offered
""")
"""Ordinary words that rewrites exchange freely -> one of them."""
