"""A voice reads a sentence out, so that there is speech where nobody has brought a recording.

It is eSpeak NG, which computes speech from rules; the package `espeakng_loader` carries it.
"""

from __future__ import annotations

import ctypes
import functools
import io
import wave
from typing import Any

from cogml.cli.console import needed
from cogml.errors import MissingPackage

_SYNCHRONOUS, _RETURN_ON_FAILURE, _UTF8 = 2, 0x8000, 1  # of eSpeak's speak_lib.h
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
)  # samples, how many, events; 0 goes on


def read_out(sentence: str) -> bytes:
    """An English sentence as a WAV file: 16 bits, mono, 22 kHz; raises MissingPackage."""
    engine, rate = _engine()
    samples = bytearray()

    def keep(place: int | None, count: int, _: object) -> int:
        if place:
            samples.extend(ctypes.string_at(place, 2 * count))
        return 0

    called = _CALLBACK(keep)
    engine.espeak_SetSynthCallback(called)
    text = sentence.encode() + b"\0"
    size = ctypes.c_size_t(len(text))
    if engine.espeak_Synth(text, size, 0, 0, 0, _UTF8, None, None):
        raise MissingPackage("eSpeak NG does not speak")
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return content.getvalue()


@functools.cache
def _engine() -> tuple[Any, int]:
    """The library, set up, and the samples a second that it gives."""
    loader = needed("espeakng_loader", "voice")
    folder = loader.get_data_path()
    try:
        engine = ctypes.CDLL(loader.get_library_path())
    except OSError as error:
        raise MissingPackage(f"eSpeak NG cannot be loaded: {error}") from None
    rate = engine.espeak_Initialize(_SYNCHRONOUS, 0, folder.encode(), _RETURN_ON_FAILURE)
    if rate <= 0 or engine.espeak_SetVoiceByName(b"en-us"):
        raise MissingPackage(f"eSpeak NG finds no English voice in {folder!r}")
    return engine, rate
