"""Speech to text for short audio: a whole recording is one result, from first word to last.

Who has said nothing for five seconds is not waited for.
"""

from cogml_mocks.engines import audio, recogniser
from cogml_mocks.operations import Answer, Call
from cogml_mocks.speech import results
from cogml_mocks.speech.results import INITIAL_SILENCE, bad_request

MOST_SECONDS = 60
_CONTAINERS = {"audio/wav": "WAV", "audio/x-wav": "WAV", "audio/wave": "WAV", "audio/ogg": "OGG"}
_CODECS = {"WAV": ("PCM_16", (8_000, 16_000)), "OGG": ("OPUS", (8_000, 16_000, 48_000))}


def recognise(call: Call) -> Answer:
    """What is said in up to 60 seconds."""
    style = results.style(call.query)
    recording = _recording(call)
    call.documents = 1
    samples = recording.mono()
    utterances = recogniser.recognise(samples)
    if not utterances or utterances[0].start > INITIAL_SILENCE:
        end = min(recording.seconds, INITIAL_SILENCE)
        is_silent = audio.is_silent(samples[: int(end * audio.RATE)])
        return Answer(results.timeout(end, is_silent))
    return Answer(results.understood(utterances, style) or results.no_match(utterances))


def _recording(call: Call) -> audio.Recording:
    """Decode what the service takes: PCM of 16 bits in WAV, Opus in OGG; mono, 8 or 16 kHz."""
    media_type = call.request.media_type
    container = _CONTAINERS.get(media_type)
    if container is None:
        raise bad_request("Unsupported audio format")
    if not call.request.body:
        raise bad_request("No audio data received")
    try:
        recording = audio.decode(call.request.body, MOST_SECONDS)
    except audio.TooLong:
        raise bad_request(f"The audio is longer than {MOST_SECONDS} seconds") from None
    except audio.NoSamples:
        raise bad_request("No audio data received") from None
    except audio.BadAudio:
        raise bad_request("Unsupported audio format") from None
    codec, rates = _CODECS[container]
    found = recording.container.replace("WAVEX", "WAV")
    if (found, recording.codec, len(recording.channels)) != (container, codec, 1):
        raise bad_request("Unsupported audio format")
    if recording.rate not in rates:
        raise bad_request("Unsupported audio format")
    return recording
