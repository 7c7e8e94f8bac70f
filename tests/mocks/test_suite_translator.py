"""Azure's own client for Translator works against the suite unmodified."""

import pytest
from azure.ai.translation.text import TextTranslationClient
from azure.ai.translation.text.models import (
    DictionaryExampleTextItem,
    ProfanityAction,
    ProfanityMarker,
    TextType,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from suite_bench import KEY

TRACE = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"


@pytest.fixture(params=["global", "custom"])
def azure(bench, request):
    """A client at the address of all resources, and at one that has the word in it."""
    credential = AzureKeyCredential("a-key")
    name = bench.name if request.param == "global" else f"{bench.name}.cognitiveservices"
    bench.suite.reset(base=name)
    with TextTranslationClient(
        endpoint=bench.suite.base(name), credential=credential, region="r", retry_total=0
    ) as client:
        yield client


def texts(results):
    return [[one.text for one in result.translations] for result in results]


def test_supported_languages(azure):
    found = azure.get_supported_languages(client_trace_id=TRACE)
    assert sorted(found.translation) == ["de", "en", "es", "fr", "it", "pt"]
    assert found.translation["de"].native_name == "Deutsch"
    (deva, latn) = found.transliteration["hi"].scripts
    assert (deva.code, deva.to_scripts[0].code, latn.to_scripts[0].code) == ("Deva", "Latn", "Deva")
    assert found.transliteration["ar"].scripts[0].dir == "rtl"
    assert [one.code for one in found.dictionary["en"].translations] == [
        "de",
        "es",
        "fr",
        "it",
        "pt",
    ]
    spanish = azure.get_supported_languages(scope="translation", accept_language="es-MX, en;q=0.5")
    assert spanish.translation["en"].name == "Inglés"
    assert spanish.dictionary is None


def test_translation_into_several_languages(azure):
    results = azure.translate(body=["This is a test.", "Guten Morgen!"], to_language=["es", "fr"])
    assert [one.detected_language.language for one in results] == ["en", "de"]
    assert texts(results) == [
        ["Esto es una prueba.", "C'est un test."],
        ["¡Buenos días!", "Bonjour!"],
    ]
    assert [one.to for one in results[0].translations] == ["es", "fr"]
    (given,) = azure.translate(
        body=["Hello, what is your name?"], to_language=["es"], from_language="en"
    )
    assert given.detected_language is None
    assert texts([given]) == [["¿Hola, cómo te llamas?"]]


def test_what_is_charged_for_and_by_what_system(azure):
    seen = {}
    azure.translate(
        body=["This is a test."],
        to_language=["es", "fr", "de"],
        client_trace_id=TRACE,
        raw_response_hook=lambda got: seen.update(got.http_response.headers),
    )
    assert seen["X-Metered-Usage"] == "45"
    assert seen["X-MT-System"] == "Microsoft,Microsoft,Microsoft"
    assert seen["X-ClientTraceId"] == TRACE
    assert len(seen["X-RequestId"]) == 36


def test_html_is_kept(azure):
    page = (
        '<html><body>This <b>is</b> a test.<br/><p translate="no">The house</p>'
        "<span class=notranslate>a dog</span> Tom &amp; the caf&eacute;</body></html>"
    )
    (found,) = azure.translate(
        body=[page], to_language=["de"], from_language="en", text_type=TextType.HTML
    )
    assert found.translations[0].text == (
        '<html><body>Dies <b>ist</b> ein Test.<br/><p translate="no">The house</p>'
        "<span class=notranslate>a dog</span> Tom &amp; der café</body></html>"
    )


def test_a_dynamic_dictionary_says_what_a_word_becomes(azure):
    text = 'The word <mstrans:dictionary translation="wordomatic">book</mstrans:dictionary> is big.'
    (found,) = azure.translate(body=[text], to_language=["es"], from_language="en")
    assert found.translations[0].text == "La palabra wordomatic es grande."


@pytest.mark.parametrize(
    ("action", "marker", "expected"),
    [
        (ProfanityAction.NO_ACTION, None, "Esto es mierda y es bueno"),
        (ProfanityAction.DELETED, None, "Esto es y es bueno"),
        (ProfanityAction.MARKED, ProfanityMarker.ASTERISK, "Esto es *** y es bueno"),
        (
            ProfanityAction.MARKED,
            ProfanityMarker.TAG,
            "Esto es <profanity>mierda</profanity> y es bueno",
        ),
    ],
    ids=["none", "deleted", "asterisk", "tag"],
)
def test_profanity(azure, action, marker, expected):
    (found,) = azure.translate(
        body=["This is shit and it is good"],
        to_language=["es"],
        from_language="en",
        profanity_action=action,
        profanity_marker=marker,
    )
    assert found.translations[0].text == expected


def test_alignment_and_sentence_lengths(azure):
    text = "The red house is big. Where is my dog?"
    (found,) = azure.translate(
        body=[text],
        to_language=["es"],
        from_language="en",
        include_alignment=True,
        include_sentence_length=True,
    )
    (done,) = found.translations
    assert done.text == "La casa roja es grande. ¿Dónde está mi perro?"
    aligned = {}
    for pair in done.alignment.proj.split():
        (start, end), (first, last) = (map(int, side.split(":")) for side in pair.split("-"))
        aligned[text[start : end + 1]] = done.text[first : last + 1]
    assert aligned == {
        "The": "La", "red": "roja", "house": "casa", "is": "es", "big": "grande",
        "Where is": "Dónde está", "my": "mi", "dog": "perro",
    }  # fmt: skip
    assert done.sent_len.src_sent_len == [22, 16]
    assert done.sent_len.trans_sent_len == [24, 21]


def test_transliteration(azure):
    (found,) = azure.transliterate(
        body=["नमस्ते"], language="hi", from_script="Deva", to_script="Latn"
    )
    assert (found.text, found.script) == ("namaste", "Latn")
    back = azure.transliterate(
        body=["namaste"], language="hi", from_script="Latn", to_script="Deva"
    )
    assert back[0].text == "नमस्ते"


def test_sentence_boundaries(azure):
    (found,) = azure.find_sentence_boundaries(
        body=["How are you? I am fine. What did you do today?"]
    )
    assert found.sent_len == [13, 11, 22]
    assert found.detected_language.language == "en"
    (given,) = azure.find_sentence_boundaries(body=["Hola. Adiós."], language="es", script="Latn")
    assert (given.sent_len, given.detected_language) == ([6, 6], None)


def test_dictionary(azure):
    (found,) = azure.lookup_dictionary_entries(body=["Fly"], from_language="en", to_language="es")
    assert (found.normalized_source, found.display_source) == ("fly", "fly")
    assert {one.display_target: one.pos_tag for one in found.translations} == {
        "mosca": "NOUN",
        "volar": "VERB",
    }
    for one in found.translations:
        (back,) = one.back_translations
        assert (back.normalized_text, back.frequency_count) == ("fly", 1)
        pair = DictionaryExampleTextItem(text="fly", translation=one.normalized_target)
        (shown,) = azure.lookup_dictionary_examples(
            body=[pair], from_language="en", to_language="es"
        )
        assert back.num_examples == len(shown.examples) == 1
        assert (shown.examples[0].source_term, shown.examples[0].target_term) == (
            "fly",
            one.normalized_target,
        )
    (unknown,) = azure.lookup_dictionary_entries(
        body=["zorgle"], from_language="en", to_language="es"
    )
    assert unknown.translations == []


def test_refusals_have_the_service_s_numbers(azure):
    with pytest.raises(HttpResponseError, match="The target language is not valid") as refused:
        azure.translate(body=["x"], to_language=["xx"])
    assert refused.value.error.code == 400036
    with pytest.raises(HttpResponseError) as refused:
        azure.transliterate(body=["x"], language="hi", from_script="Latn", to_script="Grek")
    assert refused.value.error.code == 400004
    with pytest.raises(HttpResponseError) as refused:
        azure.lookup_dictionary_entries(body=["x"], from_language="es", to_language="fr")
    assert refused.value.error.code == 400023


def test_a_key_is_asked_for_except_for_the_languages(bench):
    with TextTranslationClient(endpoint=bench.url, retry_total=0) as client:
        assert client.get_supported_languages(scope="dictionary").dictionary
        with pytest.raises(ClientAuthenticationError, match="Access denied"):
            client.translate(body=["x"], to_language=["es"])


def test_a_throttled_client_tries_again(bench):
    bench.fault(kind="throttle", retry_after=0, times=1)
    credential = AzureKeyCredential(KEY["Ocp-Apim-Subscription-Key"])
    with TextTranslationClient(endpoint=bench.url, credential=credential) as client:
        assert texts(client.translate(body=["goodbye"], to_language=["it"])) == [["arrivederci"]]
    assert [entry["status"] for entry in bench.suite.requests(bench.name)] == [429, 200]
