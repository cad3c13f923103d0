"""Units and powers of ten in English, German and Chinese: which spellings of them are the same.

As in `lexicon`, every table maps a lower-case word or sign to what it means.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from semzip.local.facts.lexicon import table

MAGNITUDES: Mapping[str, int] = MappingProxyType({
    "hundred": 100, "thousand": 1000, "k": 1000, "million": 10**6, "millions": 10**6, "mio": 10**6, "mn": 10**6,
    "m": 10**6, "mil": 10**6, "billion": 10**9, "billions": 10**9, "bn": 10**9, "b": 10**9, "trillion": 10**12,
    "tn": 10**12, "t": 10**12, "hundert": 100, "tausend": 1000, "millionen": 10**6, "milliarde": 10**9,
    "milliarden": 10**9, "mrd": 10**9, "billionen": 10**12, "万": 10**4, "亿": 10**8, "thousands": 1000,
})  # fmt: skip
UNITS = table("""
%: % percent per_cent percentage prozent pct ％
pp: pp percentage_points percentage_point
km: km kilometer kilometers kilometre kilometres 公里 千米
m: m metre metres meter meters 米
cm: cm centimeter centimeters centimetre centimetres 厘米
mm: mm millimeter millimeters millimetre millimetres
mi: mi mile miles meile meilen 英里
ft: ft foot feet fuß 英尺
in: in inch inches zoll
yd: yd yds yard yards 码
kg: kg kilogram kilograms kilogramme kilogramm 公斤 千克
g: g gram grams gramm 克
mg: mg milligram milligrams milligramme milligrammes
lb: lb lbs pound pounds pfund 磅
oz: oz ounce ounces
t: t ton tons tonne tonnes tonnen 吨
l: l liter liters litre litres 升
ml: ml milliliter milliliters millilitre millilitres
cl: cl centilitre centilitres
µg: µg μg mcg ug microgram micrograms
tsp: tsp teaspoon teaspoons
tbsp: tbsp tablespoon tablespoons
gal: gal gallon gallons
s: s sec secs second_unit seconds sekunde sekunden 秒
ms: ms msec millisecond milliseconds
min: min mins minute minutes minuten 分钟
h: h hr hrs hour hours stunde stunden 小时
d: d day days tag tage tagen 天 日
wk: wk wks week weeks woche wochen 周
mo: mo mos month months monat monate monaten 月
yr: yr yrs year years y yo y/o jahr jahre jahren 年
cent_yr: century centuries cent cent. c c. jahrhundert jahrhunderts jh 世纪
decade: decade decades jahrzehnt jahrzehnte
hz: hz hertz
khz: khz kilohertz
mhz: mhz megahertz
ghz: ghz gigahertz
kb: kb kilobyte kilobytes
mb: mb megabyte megabytes
gb: gb gigabyte gigabytes
tb: tb terabyte terabytes
pb: pb petabyte petabytes
kib: kib kibibytes
mib: mib mebibytes
gib: gib gibibytes
w: w watt watts
kw: kw kilowatt kilowatts
mw: mw megawatt megawatts
gw: gw gigawatt gigawatts
wh: wh watt_hour watt_hours watt-hours
kwh: kwh kilowatt_hour kilowatt_hours kilowatt-hours
mwh: mwh megawatt_hour megawatt_hours megawatt-hours
gwh: gwh gigawatt_hour gigawatt_hours gigawatt-hours
twh: twh terawatt_hour terawatt_hours terawatt-hours
mah: mah milliamp_hours milliampere_hours milliamp-hours
ka: ka kiloampere kiloamperes
ma: ma milliamp milliamps milliampere milliamperes
v: v volt volts
a: a amp amps ampere amperes
n: n newton newtons
n·m: newton_metres newton_meters newton-metres newton-meters
pa: pa pascal pascals
kpa: kpa kilopascal kilopascals
hpa: hpa hectopascal hectopascals
mpa: mpa megapascal megapascals
j: j joule joules
kj: kj kilojoule kilojoules
mj: mj megajoule megajoules
°c: °c celsius degrees_celsius degree_celsius degrees_centigrade ℃
°f: °f fahrenheit degrees_fahrenheit ℉
k: kelvin
°: ° deg degree degrees grad
km/h: km/h kph kmh km/hr kilometers_per_hour kilometres_per_hour kilometer_per_hour kilometre_per_hour km_per_hour
km/h: kilometers_an_hour kilometres_an_hour km_an_hour
m/s: m/s metres_per_second meters_per_second metre_per_second meter_per_second metres_a_second meters_a_second
mph: mph mi/h miles_per_hour mile_per_hour miles_an_hour
km²: km² km2 sq_km sq._km square_km square_kilometers square_kilometres square_kilometer square_kilometre quadratkilometer
m³: m³ m3 cu_m cu._m cubic_m cubic_metres cubic_meters cubic_metre cubic_meter cbm kubikmeter
km³: km³ km3 cubic_km cubic_kilometres cubic_kilometers
ft³: ft³ ft3 cu_ft cu._ft cubic_ft cubic_feet cubic_foot
in³: in³ in3 cu_in cu._in cubic_in cubic_inches cubic_inch
cm³: cm³ cm3 cc cubic_cm cubic_centimetres cubic_centimeters
mi²: mi² mi2 sq_mi sq._mi square_mi square_miles square_mile
ft²: ft² ft2 sq_ft sq._ft sqft square_ft square_feet square_foot
in²: in² in2 sq_in sq._in square_in square_inches square_inch
cm²: cm² cm2 sq_cm sq._cm square_cm square_centimetres square_centimeters
m²: m² m2 sqm sq_m sq._m square_m square_metre square_meter square_meters square_metres quadratmeter
acre: acre acres
ha: ha hectare hectares hektar
USD: $ usd dollar dollars us$ us_dollars us_dollar american_dollars 美元
EUR: € eur euro euros 欧元
GBP: £ gbp pounds_sterling pound_sterling british_pounds
JPY: ¥ jpy yen japanese_yen
CNY: cny rmb yuan chinese_yuan 元 人民币
INR: ₹ inr rupee rupees indian_rupees
CHF: chf sfr swiss_francs swiss_franc schweizer_franken
AUD: aud australian_dollars
CAD: cad canadian_dollars
SEK: sek swedish_kronor swedish_kronas
NOK: nok norwegian_kroner
DKK: dkk danish_kroner
PLN: pln zloty
RUB: rub rouble roubles ruble rubles
KRW: krw ₩ won_unit
BTC: btc bitcoin bitcoins
CENT: ¢ cents ct cts
BC: bc bce b.c. b.c.e. v.chr. 公元前
AD: ad ce a.d. c.e. n.chr. 公元
am: am a.m.
pm: pm p.m.
x: x times fold
bar: bar bars
psi: psi lb/in² lbs/in² pounds_per_square_inch pound_per_square_inch
kcal: kcal
cal: calorie calories
rpm: rpm revolutions_per_minute revolutions_a_minute revolutions/min rev/min
bpm: bpm beats_per_minute beats/min beats_a_minute
bp: bp bps basis_points basis_point
au: au astronomical_units astronomical_unit
mt: mt megaton megatons megatonne megatonnes
gt: gt gigaton gigatons gigatonne gigatonnes
mtesla: millitesla
mv: mv millivolt millivolts
kv: kv kilovolt kilovolts
hp: hp horsepower
kbps: kbps kbit/s kilobits_per_second
px: px pixel pixels
nm: nm nanometer nanometers nanometre nanometres
µm: µm μm micrometer micrometers micrometre micrometres micron microns
ns: ns nanoseconds
µs: µs μs microseconds
db: db decibel decibels
ppm: ppm parts_per_million
ppb: ppb parts_per_billion
mbps: mbps mbit/s megabits_per_second
gbps: gbps gbit/s gigabits_per_second
ev: ev electronvolt electronvolts electron_volts
ly: ly light-year light-years light_year light_years
kn: knot knots kn kt kts
""")
SYMBOL_UNITS = "%％$€£¥₹¢°℃℉"
