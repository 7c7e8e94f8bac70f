"""Dates, times and quantities are recognised by the forms English writes them in.

Subcategories are those of learn.microsoft.com, azure/ai-services/language-service/
named-entity-recognition/concepts/named-entity-categories, page of 2023-12-19; those written there
in two words are one word on the wire. A calendar date is recognised only if the calendar has it.

Not modelled: languages other than English, spelt-out numbers over twelve, fractions, holidays,
sets ("every Monday"), and what a relative date resolves to.
"""

from collections.abc import Callable, Iterator
from datetime import date

import regex

from cogml_mocks.engines.spans import Span

_MONTH_IN_FULL = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
)
_MONTH = rf"(?:{_MONTH_IN_FULL}|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?)"
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:1[5-9]|20|21)[0-9]{2}"
_WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_UNIT_OF_TIME = "second|minute|hour|day|week|month|year|decade"
_SEASON = "(?:summer|winter|spring|autumn)"
_NUMERAL = "(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_COUNT = rf"(?:[0-9]{{1,6}}|an?|one|{_NUMERAL})"
_NUMBER = r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[-+]?[0-9]{1,15}(?:\.[0-9]{1,10})?"
_DIMENSION = (
    "km|cm|mm|m|mi|miles?|inch(?:es)?|feet|foot|ft|yards?|met(?:er|re)s?|kilomet(?:er|re)s?"
    "|kg|g|mg|kilograms?|grams?|pounds?|lbs?|ounces?|oz|tons?|tonnes?"
    "|lit(?:er|re)s?|ml|gallons?|mph|km/h|gb|mb|tb|kb|gigabytes?|megabytes?|acres?|hectares?"
)
_BEFORE, _AFTER = r"(?<![\p{L}\p{N}_.,-])", r"(?![\p{L}\p{N}_]|[.,:/-][\p{N}])"


def _is_calendar_date(match: "regex.Match[str]") -> bool:
    names = match.groupdict()
    if names.get("y") is None:
        return True
    try:
        date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return False
    return True


def _always(match: "regex.Match[str]") -> bool:
    return True


def _form(pattern: str) -> "regex.Pattern[str]":
    return regex.compile(f"{_BEFORE}(?:{pattern}){_AFTER}", regex.IGNORECASE)


_FORMS: tuple[
    tuple[str, str, "regex.Pattern[str]", Callable[["regex.Match[str]"], bool]], ...
] = (
    (
        "DateTime", "DateTime",
        _form(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z?"),
        _is_calendar_date,
    ),
    (
        "DateTime", "Date",
        _form(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})"), _is_calendar_date,
    ),
    (
        "DateTime", "Date",
        _form(r"(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})/(?P<y>[0-9]{4})"), _is_calendar_date,
    ),
    (
        "DateTime", "Date",
        _form(
            rf"(?:{_WEEKDAY},?\s)?(?:(?:{_MONTH})\s{_DAY}(?:,?\s{_YEAR})?"
            rf"|{_DAY}\s(?:of\s)?(?:{_MONTH})(?:,?\s{_YEAR})?)"
        ),
        _always,
    ),
    ("DateTime", "DateRange", _form(rf"(?:{_MONTH}|{_SEASON}(?:\sof)?)\s{_YEAR}"), _always),
    ("DateTime", "DateRange", _form("(?:1[5-9]|20)[0-9]0s"), _always),
    (
        "DateTime", "DateRange",
        _form(
            r"(?<=\b(?:in|since|until|by|of|during|early|late|last|next)\s)"
            rf"(?-i:{_MONTH_IN_FULL})"
        ),
        _always,
    ),
    (
        "DateTime", "DateRange",
        _form(rf"(?:last|next|this|past)\s(?:week|weekend|month|year|decade|century|{_SEASON})"),
        _always,
    ),
    ("DateTime", "DateRange", _form(rf"(?<=\b(?:in|since|until|by)\s){_YEAR}"), _always),
    (
        "DateTime", "Date",
        _form(rf"today|yesterday|tomorrow|(?:(?:last|next|this)\s)?{_WEEKDAY}"), _always,
    ),
    (
        "DateTime", "Time",
        _form(r"(?:1[0-2]|0?[1-9])(?::[0-5][0-9])?\s?(?:[ap]m\b|[ap]\.m\.)|(?:[01]?[0-9]|2[0-3]):[0-5][0-9]"),
        _always,
    ),
    (
        "DateTime", "Time",
        _form(
            "noon|midnight|tonight|last night"
            r"|(?:this|yesterday|tomorrow)\s(?:morning|afternoon|evening)"
        ),
        _always,
    ),
    (
        "Quantity", "Age",
        _form(rf"{_COUNT}[\s-](?:years?|months?)[\s-]old|(?<=\baged?\s)[0-9]{{1,3}}"), _always,
    ),
    ("DateTime", "Duration", _form(rf"{_COUNT}\s(?:{_UNIT_OF_TIME})s?"), _always),
    ("Quantity", "Percentage", _form(rf"(?:{_NUMBER})\s?(?:%|percent\b)"), _always),
    (
        "Quantity", "Currency",
        _form(rf"[$€£¥]\s?(?:{_NUMBER})(?:\s(?:million|billion))?|(?:{_NUMBER})\s?"
              r"(?:dollars?|euros?|pounds sterling|usd|eur|gbp|cents?|yen|[$€£¥])"),
        _always,
    ),
    (
        "Quantity", "Temperature",
        _form(rf"(?:{_NUMBER})\s?(?:°\s?[cf]?|degrees(?:\s(?:celsius|fahrenheit))?)"), _always,
    ),
    (
        "Quantity", "Dimension",
        _form(rf"(?:(?:{_NUMBER})\s?|{_NUMERAL}\s)(?:{_DIMENSION})"), _always,
    ),
    ("Quantity", "Ordinal", _form(r"[0-9]{1,4}(?:st|nd|rd|th)|first|second|third"), _always),
    (
        "Quantity", "Number",
        _form(
            rf"(?:{_NUMBER}|{_NUMERAL})(?:\s(?:hundred|thousand|million|billion|trillion))?"
        ),
        _always,
    ),
)  # fmt: skip


def dates_and_quantities(text: str) -> Iterator[Span]:
    """Recognise dates, times, durations and quantities, the most specific first."""
    for category, subcategory, pattern, accepts in _FORMS:
        for match in pattern.finditer(text):
            if accepts(match):
                yield Span(match.start(), match.end(), category, subcategory, 0.8)
