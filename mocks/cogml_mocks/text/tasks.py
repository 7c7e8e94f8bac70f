"""A task joins one engine to the fields the service answers with; both API versions share it.

Engines are imported when their task first runs, so a run that only asks for sentiment never loads
the others, but for the classifier of languages where the words of a text leave a doubt. Model
versions are the service's names; one engine stands behind all of them. Those of sentiment are the
ones its language support page names; the others include the ones that recorded answers and the API
files' examples show, the rest being unverified: the lifecycle page now says no more than "latest".
"""

from typing import Any

from cogml_mocks.text import reading
from cogml_mocks.text.documents import Document, Task
from cogml_mocks.text.entities import entities, linked, personal
from cogml_mocks.text.memory import remember
from cogml_mocks.text.options import Options
from cogml_mocks.text.sentiment import sentiment
from cogml_mocks.text.summaries import extractive

# learn.microsoft.com, azure/ai-services/language-service/sentiment-opinion-mining/language-support,
# page of 2023-09-18. Key phrases have the same.
LANGUAGES = (
    "af", "am", "ar", "as", "az", "be", "bg", "bn", "br", "bs", "ca", "cs", "cy", "da", "de",
    "el", "en", "eo", "es", "et", "eu", "fa", "fi", "fil", "fr", "fy", "ga", "gd", "gl", "gu",
    "ha", "he", "hi", "hr", "hu", "hy", "id", "it", "ja", "jv", "ka", "kk", "km", "kn", "ko",
    "ku", "ky", "la", "lo", "lt", "lv", "mg", "mk", "ml", "mn", "mr", "ms", "my", "ne",
    "nl", "no", "om", "or", "pa", "pl", "ps", "pt-BR", "pt-PT", "ro", "ru", "sa", "sd", "si",
    "sk", "sl", "so", "sq", "sr", "su", "sv", "sw", "ta", "te", "th", "tr", "ug", "uk", "ur",
    "uz", "vi", "xh", "yi", "zh", "zh-Hans", "zh-Hant",
)  # fmt: skip


def key_phrases(document: Document, options: Options, position: int) -> dict[str, Any]:
    """Key phrases of a document, with a warning where a word was cut or none could be told."""
    from cogml_mocks.engines import key_phrases as engine

    warnings = []
    language = reading.language(document)
    is_read = engine.can_read(language)
    if not is_read:
        warnings.append(reading.not_read(language, "it has no key phrases."))
    if engine.has_long_word(document.text):
        message = (
            "The document contains very long words (longer than 64 characters). "
            "These words will be truncated and may result in unreliable model predictions."
        )
        warnings.append({"code": "LongWordsInDocument", "message": message})
    return {
        "keyPhrases": _key_phrases(document.text, language) if is_read else [],
        "warnings": warnings,
    }


@remember
def _key_phrases(text: str, language: str) -> list[str]:
    from cogml_mocks.engines import key_phrases as engine

    return engine.extract(text, language)


def language(document: Document, options: Options, position: int) -> dict[str, Any]:
    """The language of a document."""
    from cogml_mocks.engines import language_id as engine

    name, code, score = engine.detect(document.text)
    detected = {"name": name, "iso6391Name": code, "confidenceScore": score}
    return {"detectedLanguage": detected, "warnings": []}


# Named in recorded refusals of 2022-10, for the model versions below.
ENTITY_LANGUAGES = (
    "ar", "cs", "da", "fi", "hu", "nl", "no", "pl", "ru", "sv", "tr", "ja", "ko", "zh-Hans", "de",
    "en", "es", "fr", "it", "pt-BR", "pt-PT",
)  # fmt: skip
PERSONAL_LANGUAGES = ("ja", "ko", "zh-Hans", "de", "en", "es", "fr", "it", "pt-BR", "pt-PT")

SENTIMENT = Task(
    sentiment,
    10,
    ("2019-10-01", "2020-04-01", "2021-10-01", "2022-06-01", "2022-10-01", "2022-11-01"),
    LANGUAGES,
    "SentimentAnalysis",
    "sentiment-analysis",
)
KEY_PHRASES = Task(
    key_phrases,
    10,
    ("2019-10-01", "2020-07-01", "2021-05-01", "2021-06-01", "2022-07-01", "2022-10-01"),
    LANGUAGES,
    "KeyPhraseExtraction",
    "key-phrase-extraction",
)
LANGUAGE = Task(language, 1_000, ("2019-10-01", "2020-04-01", "2020-09-01", "2021-01-05"))
ENTITIES = Task(
    entities,
    5,
    ("2019-10-01", "2020-04-01", "2021-01-15", "2021-06-01"),
    ENTITY_LANGUAGES,
    "NamedEntityRecognition",
    "named-entity-recognition",
)
PERSONAL = Task(
    personal,
    5,
    ("2020-07-01", "2021-01-15"),
    PERSONAL_LANGUAGES,
    "PersonallyIdentifiableInformation",
    "named-entity-recognition",
)
LINKING = Task(
    linked,
    5,
    ("2019-10-01", "2020-02-01", "2021-06-01"),
    ("en", "es"),
    "EntityLinking",
    "entity-linking",
)
# Languages: learn.microsoft.com, .../text-summarization/language-support, for this model version.
SUMMARY = Task(
    extractive,
    25,
    ("2021-08-01",),
    ("zh-Hans", "en", "fr", "de", "it", "ja", "ko", "es", "pt-BR", "pt-PT"),
    "ExtractiveSummarization",
    "document-summarization",
)
