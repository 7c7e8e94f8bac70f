"""What is said in the recordings among the real inputs."""

from __future__ import annotations

import json
import pathlib

_TRUTHS = pathlib.Path(__file__).parents[1] / "benchmarks" / "truths" / "recordings.json"
_SAID = {truth["file"]: truth["said"] for truth in json.loads(_TRUTHS.read_text("utf-8"))}

QUESTION = _SAID["whatstheweatherlike.wav"]
READING = _SAID["aboutSpeechSdk.wav"]
