"""A document is read by the rules of its language; where there are none, its warnings say so.

Its language is the one it is sent with, English if with none. What is sent as English and plainly
is not counts as what it is in. A text without letters is in no language, and is read as English.

The code of the warning is the suite's own: the service reads the languages it accepts.
"""

import regex

from cogml_mocks.text.documents import Document

ENGLISH = "en"
_LETTER = regex.compile(r"\p{L}")


def language(document: Document) -> str:
    """Return the language a document is in, without script and region."""
    from cogml_mocks.engines import foreign

    sent = document.language.lower().replace("_", "-").partition("-")[0]
    if sent == ENGLISH:
        return foreign.language(document.text) or ENGLISH
    return sent if _LETTER.search(document.text) else ENGLISH


def not_read(language: str, consequence: str) -> dict[str, str]:
    """Return the warning that there are no rules for a language, with what follows from that."""
    return {
        "code": "LanguageNotRead",
        "message": f"The document is not in English ('{language}') and was not read: {consequence}",
    }
