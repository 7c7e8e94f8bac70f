"""How many words of a recording the suite gets wrong, and how long it listens.

Each FILE is followed by its TRUTH: a text file, or the words themselves. The recordings go through
the suite's fast transcription one after the other. Case and punctuation do not count, a hyphen
parts words. Run: python benchmarks/word_error_rate.py FILE TRUTH [FILE TRUTH]...
"""

from __future__ import annotations

import pathlib
import sys
import time

import httpx
from error_rates import distance, words

import cogml_mocks

PATH = "/speechtotext/transcriptions:transcribe?api-version=2024-11-15"


def main() -> None:
    given = sys.argv[1:]
    if not given or len(given) % 2:
        sys.exit(__doc__)
    print(
        f"{'recording':<28} {'seconds':>8} {'words':>6} {'wrong':>6} {'WER':>7} {'real time':>10}"
    )
    total_words = total_wrong = 0
    with (
        cogml_mocks.serve() as suite,
        httpx.Client(headers={"Ocp-Apim-Subscription-Key": "any"}, timeout=600) as client,
    ):
        warm = True
        for file, truth in zip(map(pathlib.Path, given[::2]), given[1::2], strict=True):
            parts = {"audio": file.read_bytes(), "definition": b'{"locales": ["en-US"]}'}
            if warm:  # the first request loads the model; what was heard lately is not heard anew
                other = parts | {"audio": parts["audio"][:-6_400]}
                client.post(suite.url + PATH, files=other).raise_for_status()
                warm = False
            started = time.perf_counter()
            answer = client.post(suite.url + PATH, files=parts)
            spent = time.perf_counter() - started
            result = answer.raise_for_status().json()
            said = words(" ".join(phrase["text"] for phrase in result["combinedPhrases"]))
            meant = words(pathlib.Path(truth).read_text("utf-8") if is_file(truth) else truth)
            wrong = distance(meant, said)
            seconds = result["durationMilliseconds"] / 1000
            print(
                f"{file.name:<28} {seconds:>8.1f} {len(meant):>6} {wrong:>6}"
                f" {wrong / len(meant):>7.1%} {spent / seconds:>10.2f}"
            )
            total_words += len(meant)
            total_wrong += wrong
    print(
        f"{'all':<28} {'':>8} {total_words:>6} {total_wrong:>6} {total_wrong / total_words:>7.1%}"
    )


def is_file(truth: str) -> bool:
    return len(truth) < 256 and pathlib.Path(truth).is_file()


if __name__ == "__main__":
    main()
