"""What is said in the recordings among the real inputs, and how much of it a transcript misses."""

from __future__ import annotations

import re

QUESTION = "What's the weather like?"
"""In whatstheweatherlike.wav."""

READING = """
The Speech SDK exposes many features from the Speech service, but not all of them. The capabilities
of the Speech SDK are often associated with scenarios. The Speech SDK is ideal for both real-time
and non-real-time scenarios, using local devices, files, Azure Blob Storage, and even input and
output streams. When a scenario is not achievable with the Speech SDK, look for a REST API
alternative. Speech to text, also known as speech recognition, transcribes audio streams to text
that your applications, tools, or devices can consume or display. Use speech to text with Language
Understanding (LUIS) to derive user intents from transcribed speech and act on voice commands. Use
Speech Translation to translate speech input to a different language with a single call. For more
information, see Speech to text basics.
"""
"""In aboutSpeechSdk.wav."""


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def word_error_rate(said: str, heard: str) -> float:
    """The least number of words to change, add and leave out, as a part of those that were said."""
    expected, found = words(said), words(heard)
    above = list(range(len(found) + 1))
    for place, word in enumerate(expected, 1):
        row = [place]
        for at, other in enumerate(found):
            row.append(min(above[at] + (word != other), above[at + 1] + 1, row[at] + 1))
        above = row
    return above[-1] / len(expected)
