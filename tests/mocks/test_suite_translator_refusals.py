"""What Translator refuses, with which number; and its answers against its API file."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_suite_specs import validate

FILE = "translator-v3.0/TranslatorText.json"
TRANSLATE = "/translate?api-version=3.0&to=es"
EXAMPLES = [
    ("translateSuccess", "/translate", "TranslateResultAll"),
    ("transliterateSuccess", "/transliterate", "TransliterateResult"),
    ("breakSentenceSuccess", "/BreakSentence", "BreakSentenceResult"),
    ("dictionaryLookupSuccess", "/Dictionary/Lookup", "DictionaryLookupResult"),
]
TEXT = [{"Text": "The house"}]
LOOKUP = "/dictionary/lookup?api-version=3.0&from=en&to=es"
SCRIPTS = "/transliterate?api-version=3.0&language=hi&fromScript=Deva&toScript=Latn"
REFUSED = {
    "no version": ("/translate?to=es", TEXT, 400021),
    "another version": ("/translate?api-version=2.0&to=es", TEXT, 400021),
    "no target": ("/translate?api-version=3.0", TEXT, 400036),
    "empty target": ("/translate?api-version=3.0&to=", TEXT, 400036),
    "one bad target": (f"{TRANSLATE}&to=tlh", TEXT, 400036),
    "source": (f"{TRANSLATE}&from=xx", TEXT, 400035),
    "suggested source": (f"{TRANSLATE}&suggestedFrom=xx", TEXT, 400035),
    "text type": (f"{TRANSLATE}&textType=xml", TEXT, 400071),
    "profanity": (f"{TRANSLATE}&profanityAction=Bleep", TEXT, 400000),
    "flag": (f"{TRANSLATE}&includeAlignment=maybe", TEXT, 400000),
    "source script": (f"{TRANSLATE}&fromScript=Cyrl", TEXT, 400018),
    "target script": (f"{TRANSLATE}&toScript=Cyrl", TEXT, 400004),
    "target scripts": (f"{TRANSLATE}&toScript=Latn&toScript=Latn", TEXT, 400070),
    "category": (f"{TRANSLATE}&category=mine&allowFallback=false", TEXT, 400079),
    "trace id": (f"{TRANSLATE}&ClientTraceId=7", TEXT, 400043),
    "no array": (TRANSLATE, {"Text": "x"}, 400000),
    "empty array": (TRANSLATE, [], 400000),
    "no object": (TRANSLATE, ["x"], 400020),
    "no text": (TRANSLATE, [{"Txt": "x"}], 400005),
    "null": (TRANSLATE, [{"Text": None}], 400005),
    "elements": (TRANSLATE, [{"Text": "x"}] * 1_001, 400072),
    "long text": (TRANSLATE, [{"Text": "x" * 50_001}], 400050),
    "large request": (f"{TRANSLATE}&to=fr", [{"Text": "x" * 25_001}], 400077),
    "long texts": (TRANSLATE, [{"Text": "x" * 25_001}] * 2, 400077),
    "empty texts": (TRANSLATE + "&to=es" * 50, [{"Text": ""}] * 1_000, 400077),
    "no region": (f"{TRANSLATE}&to=en-", TEXT, 400036),
    "body": (TRANSLATE, [{"Text": "x" * 1_100_000}], 400077),
    "detected elements": ("/detect?api-version=3.0", TEXT * 101, 400072),
    "sentences' language": ("/breaksentence?api-version=3.0&language=xx", TEXT, 400003),
    "sentences' script": ("/breaksentence?api-version=3.0&script=7", TEXT, 400073),
    "no language": ("/transliterate?api-version=3.0", TEXT, 400003),
    "unknown language": ("/transliterate?api-version=3.0&language=xx", TEXT, 400019),
    "from script": (SCRIPTS.replace("Deva", "Cyrl"), TEXT, 400018),
    "to script": (SCRIPTS.replace("Latn", "Cyrl"), TEXT, 400004),
    "script elements": (SCRIPTS, TEXT * 11, 400072),
    "script text": (SCRIPTS, [{"Text": "x" * 5_001}], 400050),
    "pair": ("/dictionary/lookup?api-version=3.0&from=es&to=fr", TEXT, 400023),
    "term": (LOOKUP, [{"Text": "x" * 101}], 400050),
    "terms": (LOOKUP, TEXT * 11, 400072),
    "translation": (LOOKUP.replace("lookup", "examples"), TEXT, 400064),
}


@pytest.mark.parametrize(("path", "body", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refusals(bench, path, body, code):
    answer = bench.post(path, body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == code
    assert error["message"]
    custom = bench.post(f"/translator/text/v3.0{path}", body)
    assert custom.json() == answer.json()


def test_refusals_of_the_gates(bench):
    assert bench.client.get(bench.url + TRANSLATE).json()["error"]["code"] == 405000
    text = bench.client.post(bench.url + TRANSLATE, content=b"x", headers={"Content-Type": "a/b"})
    assert (text.status_code, text.json()["error"]["code"]) == (415, 415000)
    broken = bench.client.post(
        bench.url + TRANSLATE, content=b"[{", headers={"Content-Type": "application/json"}
    )
    assert broken.json()["error"]["code"] == 400074
    assert len(broken.headers["X-RequestId"]) == 36
    for status, code in ((429, 429000), (500, 500000), (503, 503000), (403, 403001)):
        bench.fault(status=status, times=1)
        assert bench.post(TRANSLATE, TEXT).json()["error"]["code"] == code
    keyless = httpx.post(bench.url + TRANSLATE, json=TEXT)
    assert (keyless.status_code, keyless.json()["error"]["code"]) == (401, "401")
    assert bench.post("/translator/text/v3.0/nothing", TEXT).json()["error"]["code"] == "404"


@pytest.mark.parametrize(("name", "path", "definition"), EXAMPLES, ids=[e[0] for e in EXAMPLES])
def test_examples_of_the_api_file(bench, specs, name, path, definition):
    folder = (specs / FILE).parent / "examples"
    parameters = json.loads((folder / f"{name}.json").read_text("utf-8"))["parameters"]
    body = parameters.pop("text")
    query = {
        k: v for k, v in parameters.items() if k not in ("Endpoint", "Ocp-Apim-Subscription-Key")
    }
    answer = bench.post(path, body, params=query)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()) == len(body)
    validate(specs, FILE, definition, answer.json())


def test_other_answers_fit_the_api_file(bench, specs):
    full = f"{TRANSLATE}&from=en&includeAlignment=true&includeSentenceLength=true"
    validate(specs, FILE, "TranslateResultAll", bench.post(full, TEXT).json())
    found = bench.post("/Detect?api-version=3.0", TEXT).json()
    validate(specs, FILE, "DetectResult", found)
    pair = [{"Text": "fly", "Translation": "volar"}]
    examples = bench.post("/Dictionary/Examples?api-version=3.0&from=en&to=es", pair).json()
    validate(specs, FILE, "DictionaryExampleResult", examples)
    listed = bench.client.get(bench.url + "/Languages?api-version=3.0").json()
    validate(specs, FILE, "LanguagesResult", listed)


def test_where_the_api_file_is_wrong(bench, specs):
    """It has codes as strings and scores as integers; the reference and recordings, as numbers."""
    definitions = json.loads((specs / FILE).read_text("utf-8"))["definitions"]
    error = definitions["ErrorMessage"]["properties"]["error"]["properties"]
    assert error["code"]["type"] == "string"
    assert isinstance(bench.post(TRANSLATE, []).json()["error"]["code"], int)
    detected = definitions["TranslateResultAll"]["items"]["properties"]["detectedLanguage"]
    assert detected["properties"]["score"]["type"] == "integer"
    (found,) = bench.post(TRANSLATE, TEXT).json()
    assert isinstance(found["detectedLanguage"]["score"], float)


def test_every_path_of_the_api_file_is_served(bench, specs):
    document = json.loads((specs / FILE).read_text("utf-8"))
    assert len(document["paths"]) == 7
    for path, methods in document["paths"].items():
        for method in methods:
            for spelling in (path, path.lower()):
                answer = bench.client.request(method, bench.url + spelling, json=[])
                assert answer.json()["error"]["code"] == 400021


def test_the_list_of_languages_is_asked_for_once(bench):
    url = f"{bench.url}/languages?api-version=3.0&scope=translation"
    first = httpx.get(url)
    assert first.headers["Content-Type"] == "application/json"
    again = httpx.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (
        httpx.get(url, headers={"Accept-Language": "fr"}).headers["ETag"] != first.headers["ETag"]
    )
    assert httpx.get(url, headers={"Accept-Language": "!,xx-??;q"}).json() == first.json()
    bad = httpx.get(f"{bench.url}/languages?api-version=3.0&scope=documents")
    assert bad.json()["error"]["code"] == 400001


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30))
def test_any_accepted_language_has_names(suite, client, accepted):
    url = suite.base("any") + "/languages?api-version=3.0&scope=translation"
    answer = client.get(url, headers={"Accept-Language": accepted})
    assert answer.status_code == 200
    assert all(one["name"] for one in answer.json()["translation"].values())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["Text", "text", "translation", "x"]), inner, max_size=3
            )
        ),
        max_leaves=6,
    )
)
def test_any_body_is_answered_or_refused(suite, client, body):
    for path in (LOOKUP, SCRIPTS, LOOKUP.replace("lookup", "examples"), TRANSLATE):
        answer = client.post(
            suite.base("any") + path,
            content=json.dumps(body),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code in (200, 400)


def test_detection(bench):
    given = ["The house is big and old", "ciao", "なの", "12", ""]
    found = bench.post("/detect?api-version=3.0", [{"text": text} for text in given])
    assert [one["language"] for one in found.json()] == ["en", "it", "ja", "en", "en"]
    assert [one["isTranslationSupported"] for one in found.json()][:3] == [True, True, False]
    assert [one["isTransliterationSupported"] for one in found.json()][:3] == [False, False, True]
    assert [one["score"] for one in found.json()][3:] == [0.0, 0.0]
    assert found.headers["X-Metered-Usage"] == str(sum(map(len, given)))
    assert found.headers["Access-Control-Expose-Headers"] == "X-RequestId, X-Metered-Usage"
    assert bench.suite.requests(bench.name)[0]["documents"] == len(given)


def test_what_a_text_in_no_known_language_is_taken_for(bench):
    (found,) = bench.post(f"{TRANSLATE}&suggestedFrom=fr", [{"text": "42"}]).json()
    assert found["detectedLanguage"] == {"language": "fr", "score": 0.0}
    (czech,) = bench.post(TRANSLATE, [{"text": "Dobrý den, jak se máte?"}]).json()
    assert czech["detectedLanguage"]["language"] == "cs"
    assert czech["translations"] == [{"text": "Dobrý den, jak se máte?", "to": "es"}]


def test_targets_may_be_regions_or_parted_by_commas(bench):
    (found,) = bench.post("/translate?api-version=3.0&from=EN-us&to=de,fr-FR", TEXT).json()
    assert [one["to"] for one in found["translations"]] == ["de", "fr"]
    assert bench.post("/translate?api-version=3.0&to=pt-PT", TEXT).status_code == 400


@given(
    st.text(max_size=60), st.sampled_from(["plain", "html"]), st.sampled_from(["en", "fr", "de"])
)
def test_any_text_is_answered(suite, client, text, kind, source):
    path = f"/translate?api-version=3.0&to=es&to=it&from={source}&textType={kind}"
    path += "&includeSentenceLength=true&includeAlignment=true"
    answer = client.post(suite.base("any") + path, json=[{"text": text}])
    assert answer.status_code == 200
    for one in answer.json()[0]["translations"]:
        assert sum(one["sentLen"]["transSentLen"]) == len(one["text"])
        for pair in one["alignment"]["proj"].split():
            assert all(int(n) >= 0 for side in pair.split("-") for n in side.split(":"))
