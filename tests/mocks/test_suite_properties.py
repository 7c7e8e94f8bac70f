"""No input makes the suite fail: whatever is sent, it answers, and never 500."""

import json
import re
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from suite_bench import LANGUAGE, V31, credentials

from cogml_mocks import operations

PATHS = [
    f"{V31}/sentiment?opinionMining=true&showStats=true",
    f"{V31}/keyPhrases",
    f"{V31}/languages",
    f"{V31}/entities/recognition/general",
    f"{V31}/entities/recognition/pii",
    f"{V31}/entities/linking",
]
KINDS = [
    "SentimentAnalysis",
    "EntityRecognition",
    "PiiEntityRecognition",
    "KeyPhraseExtraction",
    "LanguageDetection",
    "EntityLinking",
]
relaxed = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# Pieces that rules look for, and any Unicode, lone surrogates included.
fragments = st.sampled_from(
    ["not ", "good ", "bad ", "but ", "Mr. ", "Anna Smith ", "1.", "4111 1111 ", "a@b.co ", "::1 ",
     "\x00", "\r\n", "e\u0301", "\U0001f468\u200d\U0001f469", "\u0661\u0662\u0663", "$5 ", "New ",
     "York ", "https://x.y ", "\u2029", "n't ", "'s ", "no no ", "May 3, ", "\ufeff", "least "]
)  # fmt: skip
texts = st.one_of(
    st.lists(fragments, max_size=30).map("".join),
    st.text(max_size=60),
    st.text(st.characters(codec=None, categories=["Cs", "Cc", "Mn", "So", "Nd"]), max_size=20),
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8
)
documents = st.fixed_dictionaries(
    {"id": texts | scalars, "text": texts | scalars},
    optional={"language": st.sampled_from(["en", "de", "zh", ""]) | values, "countryHint": values},
)
operations.load()
# A session is no request that gets one answer.
REGISTERED = {
    f"{method} {path}": operation
    for path, methods in sorted(operations._ROUTES.items())
    for method, operation in sorted(methods.items())
    if method != "WEBSOCKET"
}
PARAMETERS = (
    "api-version", "q", "count", "offset", "language", "features", "visualFeatures", "width",
    "pages", "maxresults", "$skiptoken", "$top", "top", "skip", "to", "from", "comp", "restype",
    "resource", "format", "showStats", "stringIndexType", "model-version",
)  # fmt: skip
printable = st.text(st.characters(codec="utf-8"), max_size=20)
segments = st.sampled_from(["x", "a-b", "1", "..", "%", "/", "\x00"]) | st.text(
    min_size=1, max_size=9
)
media_types = st.sampled_from(
    [
        "application/json",
        "application/octet-stream",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "audio/wav; codecs=audio/pcm; samplerate=16000",
        "application/xml",
        "; ;",
    ]
)
languages = st.sampled_from(["en-US", "*", ";q=", "de;q=2,,"])


def status(bench, path: str, body: object) -> int:
    # json.dumps writes lone surrogates as escapes and NaN as is; both must be refused, not crash.
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    response = bench.client.post(bench.url + path, content=content, headers=headers)
    assert response.json() is not None
    return response.status_code


@pytest.mark.parametrize("path", PATHS)
@relaxed
@given(text=texts)
def test_any_text_is_analysed_or_refused(bench, path, text):
    assert status(bench, path, {"documents": [{"id": "1", "text": text}]}) in (200, 400)


@relaxed
@given(path=st.sampled_from(PATHS), given_documents=st.lists(documents, max_size=4) | values)
def test_any_batch_is_answered(bench, path, given_documents):
    assert status(bench, path, {"documents": given_documents}) in (200, 400)


@relaxed
@given(
    kind=st.sampled_from(KINDS) | values,
    given_input=st.fixed_dictionaries({"documents": st.lists(documents, max_size=4)}) | values,
    parameters=values,
)
def test_any_language_request_is_answered(bench, kind, given_input, parameters):
    body = {"kind": kind, "analysisInput": given_input, "parameters": parameters}
    assert status(bench, LANGUAGE, body) in (200, 400)


@relaxed
@given(rule=values | st.dictionaries(st.sampled_from(["kind", "status", "times", "path"]), values))
def test_any_fault_rule_is_taken_or_refused(bench, rule):
    assert status(bench, "/_mock/faults", rule) in (200, 400)
    bench.suite.reset(bench.name)


@relaxed
@given(junk=st.binary(max_size=200))
def test_any_bytes_are_answered_or_closed(exchange, junk):
    received = exchange(b"POST / HTTP/1.1\r\n" + junk + b"\r\n\r\n\x00\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize("asked", REGISTERED)
@settings(relaxed, max_examples=6, phases=[Phase.generate])  # to shrink what fails takes minutes
@given(
    is_right=st.sampled_from([True, True, True, False]),
    named=st.lists(segments, min_size=14, max_size=14),
    query=st.dictionaries(
        st.sampled_from(PARAMETERS), st.text(st.characters(codec="utf-8"), max_size=20), max_size=4
    ),
    media_type=media_types,
    accept_language=languages,
    content=st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()),
)
def test_any_operation_answers_any_request(
    bench, asked, is_right, named, query, media_type, accept_language, content
):
    """Whatever is registered, under any query, header and body; mostly past the gates."""
    operation = REGISTERED[asked]
    method, path = asked.split(" ")
    left = iter(named)
    filled = re.sub(r"\{\w+\*?\}", lambda _: quote(next(left), safe=""), path)
    if is_right:
        version = {"api-version": operation.api_versions[0] if operation.api_versions else "3.0"}
        query, media_type = {**query, **version}, (operation.media_types or (media_type,))[0]
    headers = {
        **credentials(operation.family.prefix),
        "Content-Type": media_type,
        "Accept-Language": accept_language,
    }
    url = f"{bench.url}{filled}?{urlencode(query)}"
    response = bench.client.request(method, url, headers=headers, content=content)
    assert response.status_code not in (500, 502, 503)
