"""Places that people name for their time zone, though no zone is called so. Data alone; what a name means is `zones`' matter.

A name that stands under several zones is ambiguous, and is asked about. Names are compared without case and accents.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CITIES: Mapping[str, str] = MappingProxyType(
    {
        "Africa/Cairo": "alexandria, giza",
        "Africa/Casablanca": "rabat, marrakesh, marrakech, fez, tangier",
        "Africa/Dar_es_Salaam": "dodoma, zanzibar",
        "Africa/Johannesburg": "cape town, durban, pretoria, port elizabeth, bloemfontein, sast",
        "Africa/Lagos": "abuja, kano, ibadan, port harcourt",
        "Africa/Nairobi": "mombasa, eat",
        "Africa/Accra": "kumasi",
        "Africa/Abidjan": "yamoussoukro",
        "Africa/Douala": "yaounde",
        "America/Argentina/Buenos_Aires": "rosario, la plata",
        "America/Bogota": "medellin, cali, cartagena, barranquilla",
        "America/Caracas": "maracaibo, valencia",
        "America/Chicago": "houston, dallas, austin, san antonio, texas, fort worth, minneapolis, minnesota, milwaukee, wisconsin, st louis, "
        "saint louis, missouri, kansas city, new orleans, louisiana, memphis, nashville, tennessee, oklahoma, oklahoma city, "
        "illinois, iowa, arkansas, alabama, mississippi, birmingham, florida, indiana, cst, cdt, ct",
        "America/Costa_Rica": "san jose",
        "America/Denver": "colorado, salt lake city, utah, albuquerque, new mexico, montana, wyoming, el paso, texas, mst, mdt",
        "America/Edmonton": "calgary, alberta",
        "America/Guayaquil": "quito",
        "America/Halifax": "nova scotia",
        "America/Indiana/Indianapolis": "indiana",
        "America/Boise": "idaho, oregon",
        "America/La_Paz": "sucre, santa cruz de la sierra",
        "America/Los_Angeles": "san francisco, california, san diego, san jose, sacramento, oakland, seattle, washington, washington state, "
        "portland, oregon, las vegas, nevada, silicon valley, pst, pdt, pt",
        "America/Mexico_City": "guadalajara, puebla, cst",
        "America/New_York": "new york city, nyc, brooklyn, boston, massachusetts, philadelphia, pennsylvania, pittsburgh, washington, "
        "washington dc, atlanta, georgia, miami, orlando, tampa, florida, maine, ohio, cleveland, columbus, cincinnati, virginia, "
        "new jersey, connecticut, baltimore, maryland, charlotte, north carolina, south carolina, vermont, new hampshire, "
        "rhode island, delaware, west virginia, tennessee, portland, cambridge, est, edt, et",
        "America/Phoenix": "tucson, mst",
        "America/Sao_Paulo": "rio de janeiro, brasilia, belo horizonte, porto alegre, curitiba",
        "America/Bahia": "salvador",
        "America/El_Salvador": "salvador",
        "America/Toronto": "ottawa, montreal, quebec, quebec city, ontario, mississauga, est, edt, et",
        "America/Vancouver": "victoria, british columbia, pst, pdt, pt",
        "Asia/Bangkok": "chiang mai",
        "Asia/Dhaka": "chittagong, bst",
        "Asia/Dubai": "abu dhabi, sharjah",
        "Asia/Ho_Chi_Minh": "hanoi, saigon, da nang",
        "Asia/Hong_Kong": "hongkong",
        "Asia/Jerusalem": "tel aviv, haifa, ist",
        "Asia/Karachi": "islamabad, lahore, rawalpindi, faisalabad",
        "Asia/Kolkata": "mumbai, bombay, delhi, new delhi, bangalore, bengaluru, chennai, madras, hyderabad, pune, ahmedabad, ist",
        "Asia/Manila": "quezon city, cebu",
        "Asia/Riyadh": "jeddah, mecca, medina",
        "Asia/Seoul": "busan, incheon",
        "Asia/Shanghai": "beijing, peking, guangzhou, shenzhen, chengdu, wuhan, tianjin, nanjing, hangzhou, cst",
        "Asia/Tehran": "mashhad, isfahan",
        "Asia/Tokyo": "osaka, kyoto, yokohama, nagoya, sapporo, hiroshima, jst",
        "Asia/Jakarta": "surabaya, bandung",
        "Asia/Makassar": "bali, denpasar",
        "Asia/Almaty": "astana",
        "Australia/Sydney": "canberra, wollongong, aest, aedt",
        "Australia/Brisbane": "gold coast, cairns, aest",
        "Europe/Amsterdam": "rotterdam, the hague, den haag, utrecht, eindhoven, cet, cest",
        "Europe/Athens": "thessaloniki, piraeus, eet, eest",
        "Europe/Berlin": "munich, münchen, hamburg, cologne, köln, frankfurt, frankfurt am main, stuttgart, düsseldorf, leipzig, dresden, "
        "hanover, hannover, bremen, nuremberg, nürnberg, bonn, cet, cest",
        "Europe/Brussels": "antwerp, antwerpen, ghent, gent, bruges, liège",
        "Europe/Bucharest": "cluj, eet, eest",
        "Europe/Copenhagen": "københavn, aarhus",
        "Europe/Dublin": "cork, galway, ist",
        "Europe/Helsinki": "tampere, espoo, eet, eest",
        "Europe/Istanbul": "ankara, izmir",
        "Europe/Kyiv": "lviv, odesa, odessa, kharkiv, eet, eest",
        "Europe/Lisbon": "porto, wet",
        "Europe/London": "manchester, birmingham, leeds, liverpool, glasgow, edinburgh, bristol, cardiff, belfast, sheffield, oxford, "
        "cambridge, nottingham, newcastle, gmt, bst",
        "Europe/Madrid": "barcelona, valencia, seville, sevilla, bilbao, malaga, cordoba, merida, granada, cet, cest",
        "Europe/Moscow": "saint petersburg, st petersburg, petersburg, msk",
        "Europe/Oslo": "bergen, trondheim",
        "Europe/Paris": "lyon, marseille, marseilles, toulouse, nice, bordeaux, lille, strasbourg, nantes, cet, cest",
        "Europe/Prague": "brno",
        "Europe/Rome": "milan, milano, naples, napoli, turin, torino, florence, firenze, venice, venezia, bologna, palermo, cet, cest",
        "Europe/Stockholm": "gothenburg, göteborg, malmö, uppsala",
        "Europe/Vienna": "graz, salzburg, linz, innsbruck",
        "Europe/Warsaw": "krakow, cracow, kraków, wrocław, wroclaw, gdansk, poznan, łódź, lodz, cet, cest",
        "Europe/Zurich": "geneva, genève, genf, basel, bern, berne, lausanne",
        "Indian/Mahe": "victoria",
        "Pacific/Auckland": "wellington, christchurch",
        "UTC": "gmt, greenwich, zulu",
    }
)
"""Zones to the large cities, regions and abbreviations that go by them."""

COUNTRIES: Mapping[str, str] = MappingProxyType(
    {
        "GB": "uk, great britain, britain, england, scotland, wales, northern ireland",
        "US": "usa, us, america, united states of america",
        "AE": "uae, emirates",
        "CZ": "czech republic",
        "TR": "turkey",
        "NL": "holland, the netherlands",
        "KR": "korea",
        "KP": "korea",
        "CD": "congo, drc",
        "CG": "congo",
        "CI": "ivory coast",
        "MM": "burma",
        "PS": "palestine",
    }
)
"""ISO codes to names of countries that the tables of languages do not have."""

MAIN: Mapping[str, str] = MappingProxyType(
    {
        "AR": "America/Argentina/Buenos_Aires",
        "AU": "Australia/Sydney Australia/Brisbane Australia/Adelaide Australia/Darwin Australia/Perth Australia/Hobart",
        "BR": "America/Sao_Paulo America/Bahia America/Fortaleza America/Manaus America/Cuiaba America/Rio_Branco America/Noronha",
        "CA": "America/Toronto America/Winnipeg America/Regina America/Edmonton America/Vancouver America/Halifax America/St_Johns",
        "CL": "America/Santiago America/Punta_Arenas Pacific/Easter",
        "CD": "Africa/Kinshasa Africa/Lubumbashi",
        "CN": "Asia/Shanghai Asia/Urumqi",
        "CY": "Asia/Nicosia",
        "DE": "Europe/Berlin",
        "EC": "America/Guayaquil Pacific/Galapagos",
        "ES": "Europe/Madrid Atlantic/Canary",
        "ID": "Asia/Jakarta Asia/Makassar Asia/Jayapura",
        "KZ": "Asia/Almaty",
        "MN": "Asia/Ulaanbaatar Asia/Hovd",
        "MX": "America/Mexico_City America/Cancun America/Monterrey America/Chihuahua America/Hermosillo America/Tijuana",
        "MY": "Asia/Kuala_Lumpur",
        "NZ": "Pacific/Auckland Pacific/Chatham",
        "PT": "Europe/Lisbon Atlantic/Madeira Atlantic/Azores",
        "RU": "Europe/Moscow Europe/Kaliningrad Europe/Samara Asia/Yekaterinburg Asia/Omsk Asia/Novosibirsk Asia/Irkutsk Asia/Yakutsk "
        "Asia/Vladivostok Asia/Kamchatka",
        "UA": "Europe/Kyiv",
        "US": "America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles America/Anchorage Pacific/Honolulu",
        "UZ": "Asia/Tashkent",
    }
)
"""ISO codes to the zones to offer, where a country has more than people there would want to read."""
