"""Paragraphs written for the benchmarks and tests: dense in facts of every kind."""

from __future__ import annotations

TEXTS = (
    """The gateway at https://api.northwind.example/v2/orders accepts up to 500 requests per minute from each client. If a \
client sends more than 500 requests, the server answers with error E4290 and the header retry_after tells it how many \
seconds to wait. Retries must not start before 30 seconds have passed. Marta Lindqvist, who maintains the gateway, said \
"the limit protects small tenants from large ones". The limit will increase to 800 requests on March 14, 2026 unless the \
load test in Oslo fails.""",
    """Dr. Helen Okafor reported on 12 June 2019 that the vaccine reduced infections by 42 percent in patients older than 65 \
years. At least 1,200 patients took part in Lagos and Nairobi. The dose was 50 mg, given only if the patient had no \
history of allergy. Blood pressure did not change. Professor Ivan Petrov, however, argued that "the control group was far \
too small", and the study in Minsk found an increase of 3 percent after eight weeks.""",
    """Before the merger, Kestrel Bank held deposits of $4.2 billion and Halden Trust held $1.9 billion. Kestrel Bank acquired \
Halden Trust on 3 May 2017. After the merger, profits fell from $310 million to $275 million because Halden Trust had \
lent to builders in Spain. The board will not pay a dividend unless the capital ratio exceeds 11 percent. Chairman Oliver \
Brandt wrote that "patience is cheaper than panic".""",
    """To install the tool, download the archive from https://downloads.quillon.example/tool-3.8.1.tar.gz and unpack it into \
/opt/quillon/bin. Set the variable QUILLON_HOME to that folder. Do not run setup_quillon as root. The option max_workers \
defaults to 8, but it must be at most 32. If the file config.yaml is missing, the tool writes a new one after the first \
start. Questions go to help@quillon.example. Version 3.7 is no longer supported since January 2024.""",
    """The bridge over the river Varde is 1,450 metres long and 28 metres wide. Work began in April 1998 and ended in \
September 2003. Engineer Paula Reyes designed the towers, and Tomas Hahn designed the cables. Trucks over 40 tonnes may not \
cross the bridge except at night. Traffic grew from 9,000 vehicles a day in 2004 to 21,000 in 2015. Without the bridge, \
drivers from Ribe would need at least 55 minutes more.""",
    """Anna Kowalski sold 48 tickets and Ben Okoye sold 36 tickets. Each ticket cost 15 dollars. Anna gave 10 percent of her \
money to the school in Gdansk, while Ben gave nothing. If it rains on Saturday, June 8, the concert will move to the hall. \
The hall holds no more than 300 people. Anna said "we never sold out so quickly".""",
    """Under section 14 of the lease, the tenant must pay $2,300 by the fifth day of each month. The landlord may not enter \
without 24 hours' notice, unless there is an emergency. If the rent is paid more than 10 days late, a fee of 5 percent is \
added. The lease ends on 31 August 2027. Notices go to leases@harborpoint.example. Ms. Dana Whitfield signed for Harbor \
Point, and Mr. Luis Ortega signed for the tenant.""",
    """The temperature in Tromso rose from -14 °C on Monday to 3 °C on Thursday. Meteorologist Signe Dahl warned that ice on \
the lake was less than 8 cm thick. Nobody should walk on it until the ice is at least 15 cm thick. The airport did not \
close. In January 2010 the lake froze before Christmas and stayed frozen for 97 days. Wind speeds decreased after midnight \
from 62 km/h to 20 km/h.""",
    """Function parse_header in src/net/reader.py returns None if the buffer holds fewer than 16 bytes. The bug in issue \
NET-2214 appears only when use_cache is false. Rafael Moreno fixed it in commit a81f0c2 on 9 February 2025. Before the fix, \
latency was 180 ms; after the fix it dropped to 35 ms. The patch does not change the public interface. See \
https://tracker.example.org/browse/NET-2214 for the discussion. Grace Lim said "ship it on Friday".""",
    """In 1842 the explorer Edmund Farrow sailed from Bristol to Valparaiso with 62 men. According to Captain Josef Brenner, \
the voyage lasted 118 days. Farrow never reached the island of Mocha. Brenner, not Farrow, drew the chart that is now in \
the museum in Lima. Only 39 men returned. Farrow wrote in his diary on 2 November 1842: "we have eaten the last of the \
bread". The expedition had cost more than 7,500 pounds.""",
    """The reactor shuts down automatically if the pressure exceeds 155 bar or the coolant falls below 280 °C. Operators must \
never open valve VX-17 unless pump P-204 is running. The test on 21 October 2022 took 6 hours. Chief engineer Noriko \
Tanaka reported that output had decreased by 18 percent, whereas inspector Karl Weiss reported an increase of 2 percent. \
At most 4 people may be in the hall before the inspection.""",
    """Users of the camera CX-90 should charge the battery for at least 3 hours before the first use. Do not charge it above \
45 °C. The lamp turns green after charging. If the lamp blinks red, remove the battery, except when firmware_update is \
running. The warranty of 24 months does not cover water damage. Support: https://support.lumora.example/cx-90 or \
care@lumora.example. The price fell from 499 euros to 429 euros on 1 July 2023.""",
    """Maria Santos taught Jonas Keller to play the violin in Lisbon. Keller later taught Elena Rossi in Vienna. Rossi won the \
Brahms Prize in 2011, and Keller won it in 1998. Santos lost the final in 1979 to Pavel Novak. "A violin forgives \
nothing", Santos liked to say. Rossi gives no more than 20 concerts a year and never plays before noon. Her instrument, \
built in 1721, is worth over 2 million dollars.""",
    """Unless the council votes again, the tram line from Altona to Barmbek will not be built. The line would be 11.4 km long \
and would carry more than 60,000 passengers per day. Mayor Greta Paulsen supports the line, but senator Dirk Voss opposes \
it. Costs increased from 540 million euros to 780 million euros after the survey of 17 May 2021. The operator runs \
line_9 with trains of type DT6. Voss told reporters "the money is simply not there".""",
    """The diet allows at most 1,800 kcal per day. Patients lost 6.5 kg on average within 12 weeks, although those without a \
coach lost only 2.1 kg. Dr. Amara Nwosu compared 230 women in Accra with 210 men in Kumasi. The women's weight decreased \
faster than the men's before week 6, but not after it. Participants may not drink alcohol except on Sunday. The results \
were published on 30 September 2020 at https://journals.example.net/diet/230.""",
    """Order the part PN-7781-B only if the old one is broken. It weighs 340 g and costs 89 dollars. Delivery takes 5 days to \
Warsaw and 9 days to Ankara. Do not use part PN-7781-C, which fits models built after 2016. If the seal leaks, tighten \
the screw by no more than 2 turns. Technician Yusuf Demir wrote "never trust the gauge". The manual is at \
/usr/share/manuals/pump.pdf and https://parts.example.com/manuals.""",
)
