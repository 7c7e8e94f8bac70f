"""GET /languages: what this suite can really do, with names out of Unicode's CLDR (Babel).

The service lists more than a hundred languages; listed here are those of the glossary, and the
scripts that are converted. Names are in the first language of `Accept-Language` that CLDR has,
else in English. No key is asked for. An `If-None-Match` with the answer's `ETag` is answered 304.

Not modelled: the service's own names where CLDR says it otherwise ("Simplified Chinese").
"""

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from cogml_mocks.engines import transliteration
from cogml_mocks.engines.glossary import LANGUAGES
from cogml_mocks.operations import Answer, Call
from cogml_mocks.translator.refusals import refusal
from cogml_mocks.translator.requests import operation, values

if TYPE_CHECKING:
    from babel import Locale

SCOPES = ("translation", "transliteration", "dictionary")
ENGLISH = "en"
_RIGHT_TO_LEFT = ("Arab", "Hebr")
_MOST_ACCEPTED = 10  # languages of a header that are looked at


@operation("GET", "/Languages", keyless=True)
def languages(call: Call) -> Answer:
    """The languages of each kind of operation."""
    scopes = [scope.lower() for scope in values(call, "scope")] or list(SCOPES)
    if not set(scopes) <= set(SCOPES):
        raise refusal(400001)
    accepted = call.request.headers.get("accept-language", "")[:200]
    content, tag = _content(tuple(scope for scope in SCOPES if scope in scopes), accepted)
    headers = [("ETag", tag)]
    if tag in call.request.headers.get("if-none-match", ""):
        return Answer(status=304, headers=headers)
    return Answer(content=content, media_type="application/json", headers=headers)


@lru_cache(maxsize=64)
def _content(scopes: tuple[str, ...], accepted: str) -> tuple[bytes, str]:
    described = {"translation": _translation, "transliteration": _scripts, "dictionary": _pairs}
    locale = _accepted(accepted)
    content = orjson.dumps({scope: described[scope](locale) for scope in scopes})
    return content, f'"{sha256(content).hexdigest()}"'


def _accepted(header: str) -> "Locale":
    """Return the first language of a header that has names for languages."""
    for part in header.split(",")[:_MOST_ACCEPTED]:
        if (locale := _locale(part.partition(";")[0].strip())) is not None:
            return locale
    found = _locale(ENGLISH)
    assert found is not None
    return found


@lru_cache(maxsize=128)
def _locale(tag: str) -> "Locale | None":
    from babel import Locale
    from babel.core import UnknownLocaleError

    for shorter in (tag, tag.partition("-")[0]):
        try:
            locale = Locale.parse(shorter, sep="-")
            if locale.languages.get(ENGLISH):
                return locale
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return None


def _translation(locale: "Locale") -> dict[str, Any]:
    return {code: _language(code, locale) for code in sorted(LANGUAGES)}


def _scripts(locale: "Locale") -> dict[str, Any]:
    return {
        code: _named(code, locale)
        | {
            "scripts": [
                _script(script, code, locale)
                | {"toScripts": [_script(other, code, locale) for other in others]}
                for script, others in scripts.items()
            ]
        }
        for code, scripts in transliteration.scripts().items()
    }


def _pairs(locale: "Locale") -> dict[str, Any]:
    others = sorted(set(LANGUAGES) - {ENGLISH})
    return {
        code: _language(code, locale)
        | {
            "translations": [
                _language(other, locale) | {"code": other}
                for other in (others if code == ENGLISH else [ENGLISH])
            ]
        }
        for code in sorted(LANGUAGES)
    }


def _language(code: str, locale: "Locale") -> dict[str, str]:
    return _named(code, locale) | {"dir": "ltr"}


def _named(code: str, locale: "Locale") -> dict[str, str]:
    native = _locale(code) or locale
    return {"name": _name(code, locale), "nativeName": _name(code, native)}


def _name(code: str, locale: "Locale") -> str:
    """Return what a language is called, its script in brackets if CLDR has no one name."""
    main, _, script = code.partition("-")
    name = locale.languages.get(code.replace("-", "_"))
    if name is None:
        name = locale.languages.get(main, main)
        name += f" ({locale.scripts.get(script, script)})" if script else ""
    return str(name[0].upper() + name[1:])


def _script(code: str, language: str, locale: "Locale") -> dict[str, str]:
    native = _locale(language) or locale
    return {
        "code": code,
        "name": locale.scripts.get(code, code),
        "nativeName": native.scripts.get(code, code),
        "dir": "rtl" if code in _RIGHT_TO_LEFT else "ltr",
    }
