"""Answers are computed: they agree with people, with published rules, and with check digits."""

import sys

import pytest
import regex
from suite_bench import V31, batch

from cogml_mocks.engines import (
    identifiers,
    key_phrases,
    language_id,
    names,
    review_words,
    sentences,
    sentiment,
)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I am so happy today, its sunny!", "positive"),
        ("this is a dog", "neutral"),
        ("I am frustrated by this rush hour traffic!", "negative"),
        ("The food was great. The service was terrible.", "mixed"),
        ("The food was great. We sat outside.", "positive"),
        ("We sat outside. It was not good.", "negative"),
        ("\U0001f600", "positive"),
        ("The food wasn\u2019t good.", "negative"),
        ("The zipper is flimsy and the sofa overpriced.", "negative"),
        ("A roomy, spotless flat", "positive"),
        ("It STOPPED WORKING after a week.", "negative"),
        ("It doesn't work.", "negative"),
        ("The screen is too small.", "negative"),
        ("The screen is small.", "neutral"),
    ],
)
def test_sentiment_of_a_document_follows_from_its_sentences(bench, text, label):
    document = bench.sentiment(text).json()["documents"][0]
    assert document["sentiment"] == label
    for part in (document, *document["sentences"]):
        scores = part["confidenceScores"]
        assert round(sum(scores.values()), 10) == 1
        assert all(round(score, 2) == score for score in scores.values())
        if part["sentiment"] != "mixed":
            assert max(scores, key=scores.get) == part["sentiment"]


def test_the_sign_agrees_with_human_ratings(reviews):
    """Twenty people rated each sentence; where they are sure, the engine rarely contradicts."""
    sure = [(rating, text) for rating, text in reviews if abs(rating) > 1][::3]
    labels = [sentiment.analyze(text).label for _, text in sure]
    wanted = ["positive" if rating > 0 else "negative" for rating, _ in sure]
    opposite = {"positive": "negative", "negative": "positive"}
    same = sum(a == b for a, b in zip(labels, wanted, strict=True)) / len(sure)
    contrary = sum(opposite[b] == a for a, b in zip(labels, wanted, strict=True)) / len(sure)
    assert same > 0.68
    assert contrary < 0.13


def test_the_words_of_reviews_are_none_of_the_lexicons_own():
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    own = SentimentIntensityAnalyzer().lexicon
    assert review_words.RATED.keys() & own.keys() == set()
    assert all(1 <= abs(rating) <= 4 for rating in review_words.RATED.values())


@pytest.mark.parametrize(
    ("sentence", "read"),
    [
        ("It does not even turn on!", "It malfunction!"),
        ("Mine FELL APART", "Mine malfunction"),
        ("Work is not far too often", "Work is not far overdone"),
        ("It does not workably load", "It does not workably load"),
    ],
)
def test_a_turn_of_phrase_is_read_as_a_word(sentence, read):
    assert review_words.in_single_words(sentence) == read


@pytest.mark.parametrize(
    "text", ["\U0001f600" * 5_000, "but " * 1_280, "not good " * 560, "A. " * 1_700]
)
def test_no_document_keeps_the_engine_busy_for_long(text):
    """Counted in calls, not in seconds: the machine has no part in it."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        sentiment.analyze(text)
    finally:
        sys.setprofile(before)
    assert calls < 2_500_000


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Dr. Smith paid $3.50 to J. Doe. Good.", ["Dr. Smith paid $3.50 to J. Doe.", "Good."]),
        ("Is it No. 5? Oh no. It is I. Yes.", ["Is it No. 5?", "Oh no.", "It is I.", "Yes."]),
        ('He said "stop!" Then left...', ['He said "stop!"', "Then left..."]),
        ("A title\r\n\r\nThe text.", ["A title", "The text."]),
        ("これは犬です。猫です。", ["これは犬です。", "猫です。"]),
        ("   ", []),
    ],
)
def test_sentences(text, found):
    assert [text[start:end] for start, end in sentences.split(text)] == found


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("Hello world", "English", "en"),
        ("Bonjour tout le monde", "French", "fr"),
        ("Este es un documento escrito en español.", "Spanish", "es"),
        ("Das ist ein kleiner Hund", "German", "de"),
        ("これは犬です", "Japanese", "ja"),
        ("这是我们的学校", "Chinese_Simplified", "zh_chs"),
        ("這是我們的學校", "Chinese_Traditional", "zh_cht"),
        ("12345 !?", "(Unknown)", "(Unknown)"),
        ("\U0001f600", "(Unknown)", "(Unknown)"),
    ],
)
def test_languages(bench, text, name, code):
    answer = bench.post(f"{V31}/languages", batch(text)).json()
    found = answer["documents"][0]["detectedLanguage"]
    assert (found["name"], found["iso6391Name"]) == (name, code)
    assert (found["confidenceScore"] == 0) is (code == "(Unknown)")


def test_a_language_is_never_one_without_a_name():
    for text in ("mi amas vin", "qwertz uiop", "lorem ipsum dolor", "zzz"):
        name, code, score = language_id.detect(text)
        assert name
        assert code == "(Unknown)" or language_id.NAMES[code] == name
        assert 0 <= score <= 1


@pytest.mark.parametrize(
    ("text", "language", "phrases"),
    [
        ("My cat might need to see a veterinarian.", "en", ["cat", "veterinarian"]),
        (
            "Text Analytics is one of the Azure Cognitive Services.",
            "en",
            ["Azure Cognitive Services", "Text Analytics"],
        ),
        ("Das Wetter ist schön und die Stadt ist alt.", "de", ["Wetter", "schön", "Stadt", "alt"]),
        ("?!", "en", []),
    ],
)
def test_key_phrases(text, language, phrases):
    assert key_phrases.extract(text, language) == phrases


def test_a_word_over_64_characters_is_cut_with_a_warning(bench):
    answer = bench.post(f"{V31}/keyPhrases", batch("a" * 65, "a" * 64)).json()
    long, short = answer["documents"]
    assert long["keyPhrases"] == ["a" * 64]
    assert [warning["code"] for warning in long["warnings"]] == ["LongWordsInDocument"]
    assert short["warnings"] == []


def entities(bench, text: str, path: str = "entities/recognition/general") -> list[tuple]:
    found = bench.post(f"{V31}/{path}", batch(text)).json()["documents"][0]["entities"]
    return [(e["text"], e["category"], e.get("subcategory")) for e in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "I had a trip to Seattle last week with John Adams.",
            [
                ("Seattle", "Location", "GPE"),
                ("last week", "DateTime", "DateRange"),
                ("John Adams", "Person", None),
            ],
        ),
        (
            "The University of Washington and Contoso Ltd. met on May 3, 2021 at 10:30 am.",
            [
                ("University of Washington", "Organization", None),
                ("Contoso Ltd.", "Organization", None),
                ("May 3, 2021", "DateTime", "Date"),
                ("10:30 am", "DateTime", "Time"),
            ],
        ),
        (
            "See https://contoso.com/a?b=1. Mail to anna@contoso.com from 10.0.0.1",
            [
                ("https://contoso.com/a?b=1", "URL", None),
                ("anna@contoso.com", "Email", None),
                ("10.0.0.1", "IP", None),
            ],
        ),
        (
            "It costs $20 or 15%, is 3 miles away, 30 years old, and comes 2nd",
            [
                ("$20", "Quantity", "Currency"),
                ("15%", "Quantity", "Percentage"),
                ("3 miles", "Quantity", "Dimension"),
                ("30 years old", "Quantity", "Age"),
                ("2nd", "Quantity", "Ordinal"),
            ],
        ),
        ("Call (425) 882-8080 now", [("(425) 882-8080", "PhoneNumber", None)]),
        (
            "Google and the Red Cross met in Geneva, near the Alps, by 30 September.",
            [
                ("Google", "Organization", None),
                ("Red Cross", "Organization", None),
                ("Geneva", "Location", "GPE"),
                ("Alps", "Location", "Geographical"),
                ("30 September", "DateTime", "Date"),
            ],
        ),
        (
            "My sister Laura told Professor Grace Kim of St. Mary's Hospital.",
            [
                ("Laura", "Person", None),
                ("Grace Kim", "Person", None),
                ("St. Mary's Hospital", "Organization", None),
            ],
        ),
        (
            "Last winter, in the 1970s, in May and at noon we sold two million, ten miles on",
            [
                ("Last winter", "DateTime", "DateRange"),
                ("1970s", "DateTime", "DateRange"),
                ("May", "DateTime", "DateRange"),
                ("noon", "DateTime", "Time"),
                ("two million", "Quantity", "Number"),
                ("ten miles", "Quantity", "Dimension"),
            ],
        ),
        ("I may march in, Mark, with Hope and Bill by the Charles River in Split", []),
        ("on 2021-02-30 at 300.1.1.1 we had a nice day, reading of most", []),
    ],
)
def test_entities(bench, text, expected):
    found = entities(bench, text)
    if expected:
        assert found == expected
    else:
        assert {category for _, category, _ in found} <= {"Quantity"}


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("My card is 4111 1111 1111 1111.", "CreditCardNumber"),
        ("IBAN GB82 WEST 1234 5698 7654 32", "InternationalBankingAccountNumber"),
        ("My SSN is 859-98-0987", "USSocialSecurityNumber"),
        ("Your ABA number - 111000025 - is the first", "ABARoutingNumber"),
        ("Is 998.214.865-68 your number?", "BRCPFNumber"),
        ("from 2001:db8::1 today?", "IPAddress"),
        ("mail anna@contoso.com", "Email"),
        ("Dr. Anna Smith", "Person"),
    ],
)
def test_personal_information_is_redacted_to_the_same_length(bench, text, category):
    document = bench.post(f"{V31}/entities/recognition/pii", batch(text)).json()["documents"][0]
    entity = next(e for e in document["entities"] if e["category"] == category)
    redacted = document["redactedText"]
    assert len(redacted) == len(text)
    assert entity["text"] not in redacted
    span = slice(entity["offset"], entity["offset"] + entity["length"])
    assert (text[span], set(redacted[span])) == (entity["text"], {"*"})


@pytest.mark.parametrize(
    "text",
    ["4111 1111 1111 1112", "GB82 WEST 1234 5698 7654 33", "666-98-0987", "111000026",
     "998.214.865-69", "111.111.111-11", "1.2.3.4.5", "12:30:61:99", "a@b", "859-00-0987"],
)  # fmt: skip
def test_a_wrong_check_digit_is_no_identifier(bench, text):
    found = entities(bench, text, "entities/recognition/pii")
    assert [e for e in found if e[1] not in ("PhoneNumber",)] == []


def test_domain_and_categories_filter_personal_information(bench):
    text = "Dr. Anna Smith paid with 4111 1111 1111 1111, mail anna@contoso.com on May 3, 2021"
    path = "entities/recognition/pii"

    def categories(query: str) -> list[str]:
        return [category for _, category, _ in entities(bench, text, path + query)]

    everything = ["Person", "CreditCardNumber", "Email", "DateTime"]
    assert categories("") == everything
    assert categories("?domain=none") == everything
    assert categories("?domain=phi") == ["Person", "Email", "DateTime"]
    assert categories("?piiCategories=Email,Person") == ["Person", "Email"]
    assert categories("?piiCategories=Date") == ["DateTime"]
    assert categories("?piiCategories=All") == everything
    assert categories("?piiCategories=Default,Email") == everything
    refused = bench.post(f"{V31}/{path}?piiCategories=ShoeSize", batch(text))
    assert refused.status_code == 400
    refused = bench.post(f"{V31}/{path}?domain=law", batch(text))
    assert refused.status_code == 400


def test_only_places_beyond_doubt_are_linked(bench):
    text = (
        "From Seattle to Germany, Tokyo and Germany again; not Georgia, nor Springfield or Berlinn."
    )
    answer = bench.post(f"{V31}/entities/linking", batch(text)).json()
    found = {e["name"]: e for e in answer["documents"][0]["entities"]}
    assert list(found) == ["Seattle", "Germany", "Tokyo"]
    assert len(found["Germany"]["matches"]) == 2
    assert found["Tokyo"]["url"] == "https://en.wikipedia.org/wiki/Tokyo"
    assert found["Tokyo"]["dataSource"] == "Wikipedia"
    language = {"documents": [{"id": "1", "text": text, "language": "de"}]}
    errors = bench.post(f"{V31}/entities/linking", language).json()["errors"]
    assert errors[0]["error"]["innererror"]["code"] == "UnsupportedLanguageCode"


@pytest.mark.parametrize("joined", ["Aa'", "Aa\u2019", "Aa-", "Aa\u0301", "Aa''", "Aa"])
def test_a_name_is_looked_for_once_a_word(joined):
    """Not at each capital, from which all the rest of a long word would be read again."""
    assert len(regex.findall(names.START, joined * 1_000)) == 1
    assert len(regex.findall(names.START, f"{joined * 10} '{joined} ({joined}")) == 3
    searched = [names._ORGANIZATION.pattern, names._FULL_NAME.pattern]
    assert all(pattern.startswith(names.START) for pattern in searched)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The 'Contoso Bank' of ours", ["Contoso Bank"]),
        ("at (Contoso Bank) and \u2018Contoso Museum\u2019", ["Contoso Bank", "Contoso Museum"]),
        ("the non-Contoso Bank", []),
    ],
)
def test_an_organization_begins_where_a_word_does(text, found):
    assert [text[span.start : span.end] for span in names.organizations(text)] == found


def test_the_gazetteer_has_the_worlds_countries_and_no_common_words():
    places = names.gazetteer()
    assert {"France", "Japan", "Texas", "New York", "Paris"} <= set(places)
    assert {"Geneva", "Salzburg", "Reykjavik"} <= set(places)
    assert {"Nice", "Of", "Reading", "Mobile", "Male", "Split", "Douglas"} & set(places) == set()


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (identifiers.is_card, "5500005555555559", "5500005555555558"),
        (identifiers.is_iban, "DE89370400440532013000", "DE88370400440532013000"),
        (identifiers.is_routing_number, "011000015", "990000015"),
        (identifiers.is_cpf, "529.982.247-25", "529.982.247-26"),
    ],
)
def test_check_digits(check, good, bad):
    assert check(good)
    assert not check(bad)
