"""How many requests a second the local suite answers, operation by operation.

    python benchmarks/suite_operations.py [--seconds 1] [--connections 8] [--audio FILE.wav]

The suite runs in a process of its own, pinned to the last core where the system can, and a minimal
asyncio client drives it from the first. Each operation gets one small, typical request, the same
each time, so this is the cost of the protocol and of what engines do not remember; what a
distinct document costs is in `suite_ceiling.py`. Speech is measured with a recording that is given.
"""

import argparse
import itertools
import json
import statistics
import time
import urllib.request
import zlib
from pathlib import Path

import machine
import serving

KEY = "Ocp-Apim-Subscription-Key: k"
TEXTS = [
    {"id": str(number), "text": text}
    for number, text in enumerate(
        (
            "The room was clean and the staff were friendly.",
            "We waited an hour and nobody apologised.",
            "Dr. Anna Smith flew from Seattle to Paris on 3 May 2024.",
            "Great value, but the battery is not very good.",
            "I would not buy this again!",
        )
    )
]
SERIES = [
    {
        "timestamp": f"2024-{month:02}-{day:02}T00:00:00Z",
        "value": 100 + day % 7 * 3 + (500 if (month, day) == (3, 3) else 0),
    }
    for month in (1, 2, 3)
    for day in range(1, 29)
]


def png(width: int = 320, height: int = 240) -> bytes:
    """Return a picture of stripes, with nothing but the standard library."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return len(data).to_bytes(4, "big") + kind + data + checksum.to_bytes(4, "big")

    row = b"\0" + b"".join(bytes((200, x % 256, 40 if x % 64 < 32 else 220)) for x in range(width))
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    head = chunk(b"IHDR", size + bytes((8, 2, 0, 0, 0)))
    body = chunk(b"IDAT", zlib.compress(row * height))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


def message(url: str, method: str, path: str, media_type: str, body: bytes) -> bytes:
    """Return the bytes of one request."""
    shown = "Metadata: true" if path.startswith("/metadata/") else KEY
    head = [f"{method} {path} HTTP/1.1", f"Host: {url.partition('//')[2]}", shown]
    if body:
        head += [f"Content-Type: {media_type}", f"Content-Length: {len(body)}"]
    return "\r\n".join((*head, "", "")).encode() + body


def operations(audio: Path | None) -> list[tuple[str, str, str, bytes, bytes]]:
    """Return method, path, media type, body and expected status of each request."""
    found: list[tuple[str, str, str, bytes, bytes]] = []

    def post(path: str, document: object, status: bytes = b"200") -> None:
        found.append(("POST", path, "application/json", json.dumps(document).encode(), status))

    def send(path: str, media_type: str, body: bytes, status: bytes = b"200") -> None:
        found.append(("POST", path, media_type, body, status))

    def get(path: str) -> None:
        found.append(("GET", path, "", b"", b"200"))

    documents = {"documents": TEXTS}
    for path in ("sentiment", "keyPhrases", "languages"):
        post(f"/text/analytics/v3.1/{path}", documents)
    for path in ("recognition/general", "recognition/pii", "linking"):
        post(f"/text/analytics/v3.1/entities/{path}", documents)
    for kind in ("SentimentAnalysis", "EntityRecognition", "LanguageDetection"):
        asked = {"kind": kind, "analysisInput": documents, "parameters": {}}
        post("/language/:analyze-text?api-version=2023-04-01", asked)
    task = {"kind": "SentimentAnalysis", "taskName": "a", "parameters": {}}
    job = {"analysisInput": documents, "tasks": [task]}
    post("/language/analyze-text/jobs?api-version=2023-04-01", job, b"202")
    picture = "application/octet-stream"
    for path in ("analyze?visualFeatures=Color,Tags", "tag", "describe", "detect", "ocr"):
        send(f"/vision/v3.2/{path}", picture, png())
    send("/vision/v3.2/generateThumbnail?width=50&height=50", picture, png())
    send("/vision/v3.2/read/analyze", picture, png(), b"202")
    version = "api-version=2023-10-01"
    send(f"/computervision/imageanalysis:analyze?{version}&features=tags,read", picture, png())
    for path in ("entire", "last", "changepoint"):
        given = {"series": SERIES, "granularity": "daily"}
        if path == "changepoint":
            given["stableTrendWindow"] = 5
        post(f"/anomalydetector/v1.1/timeseries/{path}/detect", given | {"imputeMode": "auto"})
    get("/v7.0/images/search?q=boats&count=10")
    get("/searxng/search?q=boats&format=json&categories=images")
    version = "api-version=3.0"
    post(f"/translate?{version}&to=es&to=fr", [{"text": "good morning"}])
    post(f"/detect?{version}", [{"text": "good morning"}])
    post(f"/breaksentence?{version}", [{"text": "Good morning. How are you?"}])
    get(f"/languages?{version}")
    post("/sts/v1.0/issueToken", {})
    get("/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net")
    if audio is not None:
        path = "/speech/recognition/conversation/cognitiveservices/v1?language=en-US"
        send(path, "audio/wav", audio.read_bytes())
    return found


def rate(url: str, asked: bytes, status: bytes, connections: int, seconds: float) -> float:
    """Return requests a second; of what takes long, from a few requests one after the other."""
    once(asked, url)  # engines are loaded by the first request
    started = time.perf_counter()
    once(asked, url)
    spent = time.perf_counter() - started
    if spent < seconds / 10:
        return serving.in_loop(url, itertools.repeat(asked), connections, seconds, status)
    times = []
    for _ in range(3):
        started = time.perf_counter()
        once(asked, url)
        times.append(time.perf_counter() - started)
    return 1 / statistics.median(times)


def once(asked: bytes, url: str) -> None:
    """Send one request; a refusal raises."""
    head, _, body = asked.partition(b"\r\n\r\n")
    method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    headers = {name: value for name, value in lines if name not in ("Host", "Content-Length")}
    request = urllib.request.Request(url + path, data=body or None, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=120) as answer:
        answer.read()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--audio", type=Path)
    given = parser.parse_args()
    print(f"{'requests/s':>12}  {'ms each':>8}  operation")
    ours, theirs = machine.sides()
    with serving.suite(core=theirs) as url:
        machine.pin(ours)
        for method, path, media_type, body, status in operations(given.audio):
            asked = message(url, method, path, media_type, body)
            found = rate(url, asked, status, given.connections, given.seconds)
            shown = path.partition("&")[0]
            print(f"{found:12,.1f}  {1000 / found:8.2f}  {method} {shown}", flush=True)


if __name__ == "__main__":
    main()
