"""The glossary, its rules of grammar, and the scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogml_mocks.engines import contractions, glossary, language_guesses, markup, transliteration
from cogml_mocks.engines.word_translation import translate

PLAIN = [
    ("The big red car is new.", "es", "El coche rojo grande es nuevo."),
    ("The big red car is new.", "fr", "La grande voiture rouge est nouvelle."),
    ("The big red car is new.", "de", "Das große rote Auto ist neu."),
    ("The big red car is new.", "it", "La macchina rossa grande è nuova."),
    ("The big red car is new.", "pt", "O carro vermelho grande é novo."),
    ("Do you speak English?", "es", "¿Tú hablas inglés?"),
    ("I have a red hat and a dog", "de", "Ich habe einen roten Hut und ein Hund"),
    ("My red shoes are in my house", "de", "Meine roten Schuhe sind in mein Haus"),
    ("There is a fly in my soup.", "it", "C'è una mosca nella mia zuppa."),
    ("I can't see the children", "fr", "Je ne peux pas voir les enfants"),
    ("My friend speaks three languages.", "it", "Il mio amico parla tre lingue."),
    ("It is a beautiful morning", "de", "Es ist ein schöner Morgen"),
    ("GOOD MORNING", "pt", "BOM DIA"),
    ("the water of the lake", "it", "l'acqua del lago"),
    (
        "The word zorgle is a dictionary entry.",
        "es",
        "La palabra zorgle es una entrada de diccionario.",
    ),
]
SCRIPTS = [
    ("ru", "Latn", "Привет, мир!", "Privet, mir!"),
    ("ja", "Latn", "がっこう コーヒー 漢字", "gakkou koohii 漢字"),
    ("ko", "Latn", "안녕하세요", "annyeonghaseyo"),
    ("zh-Hans", "Latn", "这是个测试。", "zhè shì gè cè shì。"),
    ("sr-Cyrl", "Latn", "Љубав и њива", "Ljubav i njiva"),
    ("sr-Latn", "Cyrl", "Ljubav i njiva", "Љубав и њива"),
]


def translated(text, source, target):
    return "".join(one.target for one in translate(text, source, target))


@pytest.mark.parametrize(("text", "target", "expected"), PLAIN)
def test_plain_sentences(text, target, expected):
    assert translated(text, "en", target) == expected


def test_the_way_between_two_others_goes_through_english():
    assert translated("La casa es grande.", "es", "fr") == "La maison est grande."
    assert translated("No tengo un perro.", "es", "en") == "I do not have a dog."


def test_the_glossary_s_own_sentences_come_back():
    """How many of them translate to the sentence that a person wrote: it is a glossary."""
    counts = {}
    for target in glossary.LANGUAGES[1:]:
        pairs = [(one["en"], one[target]) for one in glossary.load().examples]
        counts[target] = sum(translated(text, "en", target) == wanted for text, wanted in pairs)
    assert min(counts.values()) >= 7, counts


def test_each_line_has_each_language_and_each_form_is_found():
    known = glossary.load()
    assert len(known.entries) > 500
    for entry in known.entries:
        for language, terms in entry.terms.items():
            for term in terms:
                found = known.find(language, glossary.key(language, term.lemma))
                assert any(one.entry is entry for one in found), (language, term.lemma)


def test_contractions_are_read_apart_and_written_together():
    assert glossary.key("en", "I don't, it's") == ("i", "do", "not", "it", "is")
    assert glossary.key("fr", "l'ami va au lit") == ("le", "ami", "va", "à", "le", "lit")
    assert glossary.key("it", "nell\u2019acqua") == ("in", "il", "acqua")
    assert contractions.joined("fr", "je", "aime") == ("j'aime", "")
    assert contractions.joined("it", "il", "studente") == ("lo", "studente")
    assert contractions.joined("es", "de", "el") == ("del", "")


@pytest.mark.parametrize(("language", "script", "text", "expected"), SCRIPTS)
def test_scripts(language, script, text, expected):
    assert transliteration.transliterate(text, language, script) == expected


@given(st.text(max_size=40), st.data())
def test_any_text_is_transliterated(text, data):
    language = data.draw(st.sampled_from(sorted(transliteration.scripts())))
    for others in transliteration.scripts()[language].values():
        assert isinstance(transliteration.transliterate(text, language, others[0]), str)


def test_an_indian_text_comes_back_from_latin():
    for language, text in (("hi", "यह परीक्षण है"), ("ta", "வணக்கம்"), ("te", "నమస్కారం")):
        (native, _) = transliteration.scripts()[language]
        latin = transliteration.transliterate(text, language, "Latn")
        assert latin != text
        assert transliteration.transliterate(latin, language, native) == text


def test_a_few_words_are_in_the_one_language_that_has_them_all():
    assert language_guesses.guess("tschüss") == (("de", 1.0),)
    assert language_guesses.guess("12 + 3") == ()


def test_what_is_kept_of_html_comes_back():
    page = "a <!-- b <i> --> c <br/> &lt; <code>for</code> <p>d <code>open"
    masked, kept = markup.mask(page, is_html=True)
    assert "for" not in masked
    assert kept.sources([masked]) == kept.targets([masked]) == [page]


@pytest.mark.parametrize(
    "text",
    [
        "<" * 50_000,
        "<!--" * 12_500,
        "<p " + "class=" * 8_000 + ">",
        "l'" * 25_000,
        "not do " * 7_000,
        "dog " * 12_500,
        "&" * 50_000,
        "the big " * 6_250,
    ],
)
def test_hostile_texts_are_answered(text):
    """One that took quadratic time would run into the time limit of a test."""
    masked, kept = markup.mask(text, is_html=True)
    done = translate(masked, "en", "fr")
    assert "".join(kept.sources([one.source for one in done])) == text
