"""The forms of what was said: lexical, and with profane words treated."""

import pytest

from cogml_mocks.engines import speech_text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What's the weather like?", "what's the weather like"),
        ("Non-real-time: yes, 5.50 or 'so'.", "non-real-time yes 5.50 or so"),
        ("...", ""),
        ("", ""),
    ],
)
def test_the_lexical_form_is_words_only(text, words):
    assert speech_text.lexical(text) == words


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        ("raw", "Oh shit, you fucking rock."),
        ("masked", "Oh ****, you ******* rock."),
        ("removed", "Oh, you rock."),
        ("tagged", "Oh <profanity>shit</profanity>, you <profanity>fucking</profanity> rock."),
    ],
)
def test_profane_words_are_treated_as_asked(mode, text):
    assert speech_text.censor("Oh shit, you fucking rock.", mode) == text


def test_innocent_words_stay_and_nothing_is_left_of_profanity_alone():
    assert speech_text.censor("Scunthorpe and Hancock class.", "masked") == (
        "Scunthorpe and Hancock class."
    )
    assert speech_text.censor("Shit.", "removed") == ""
