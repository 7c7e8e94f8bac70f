"""A column's values go where their parameter travels, and nowhere else, whatever is in them."""

import re
from urllib.parse import parse_qsl, unquote

import httpx
import hypothesis.strategies as st
import pyarrow as pa
import pytest
from cases import CASES
from hypothesis import given, settings
from sockets import CARRIERS, Carried, Server, http

from cogml import ParamError, frames, planner
from cogml.cognitive import SpeechToTextSDK, TextSentiment
from cogml.param import Column, ServiceParam
from cogml.service import Service, wire_text

AT = "http://host.example"
HOSTILE = [
    "../../secret",
    "..",
    ".",
    "",
    "%2e%2e",
    "%2E%2E%2F",
    "a/../../b",
    "..\\..\\b",
    "//evil.example/",
    "https://evil.example/",
    "@evil.example",
    "a?b=c",
    "a#b",
    "a&admin=true",
    "a=b;c=d",
    "{model}",
    "%0d%0aX-Evil: 1",
    "a\r\nX-Evil: 1",
    "a\nb",
    "a\0b",
    "a\tb",
    " a ",
    "\u2028",
    "naïve",
    "\U0001f600",
    "\u202e",
    '"}],"x":[{"',
    "x" * 5_000,
]
TEXTS = st.one_of(st.text(), st.sampled_from(HOSTILE), st.text("./\\%?#&=\r\n\0:@é {}", min_size=1))
HEADERS = st.dictionaries(
    st.one_of(st.sampled_from(["Host", "Content-Length", "Transfer-Encoding", "X-A"]), TEXTS),
    TEXTS,
    max_size=2,
)
KINDS = {
    str: (TEXTS, pa.string()),
    list[str]: (st.lists(TEXTS, max_size=3), pa.list_(pa.string())),
    str | list[str]: (TEXTS, pa.string()),
    dict[str, str]: (HEADERS, pa.map_(pa.string(), pa.string())),
}
TRAVELLERS = [
    pytest.param(case, param, id=f"{case.stage}-{param.name}")
    for case in {case.stage: case for case in CASES}.values()
    for param in Service.registry[case.stage].declared.values()
    if isinstance(param, ServiceParam)
    and param.send in ("path", "query", "header")
    and param.kind in KINDS
]


class Sent:
    """A transport that keeps what it was to send, and refuses it."""

    def __init__(self):
        self.requests = []

    async def handle_async_request(self, request):
        self.requests.append(request)
        return httpx.Response(400)


def sent(stage, table):
    """The requests of a stage for these rows, and each row's error."""
    transport = Sent()
    rows = frames.add_columns(table, planner.make(stage, transport)).to_pylist()
    return transport.requests, [row["err"] for row in rows]


def place(request):
    """Where a request goes: all of its address but the query."""
    url = request.url
    return request.method, url.scheme, url.raw_host, url.port, url.raw_path.partition(b"?")[0]


def query(request):
    pairs = parse_qsl(request.url.query.decode(), keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


@pytest.mark.parametrize(("case", "param"), TRAVELLERS)
@settings(max_examples=3)
@given(data=st.data())
def test_a_value_stays_where_its_parameter_travels(case, param, data):
    """The others' part of the request is as without it; what cannot be sent is the row's error."""
    values, kind = KINDS[param.kind]
    drawn = data.draw(st.lists(values, min_size=1, max_size=8))
    inputs = case.table(1)
    fixed = {"endpoint": AT, "outputCol": "out", "errorCol": "err", "maxRetries": 0}
    stage = case.make(**fixed)
    (usual, *_), _ = sent(stage, inputs)
    table = pa.concat_tables([inputs] * len(drawn)).append_column(
        "drawn", pa.array([value for value in drawn for _ in range(inputs.num_rows)], kind)
    )
    requests, errors = sent(stage.set(param, Column("drawn")), table)
    assert {error["code"] for error in errors if error} <= {"rejected", "row_rejected"}
    texts = [wire_text(value) for value in drawn] if param.kind != dict[str, str] else []
    for request in requests:
        if param.send == "path":
            *front, segment, end = place(request)[-1].split(b"/")
            *usual_front, _, usual_end = place(usual)[-1].split(b"/")
            assert (front, end) == (usual_front, usual_end)
            assert unquote(segment.decode()) in texts
        else:
            assert place(request) == place(usual)
        asked, others = query(request), query(usual)
        if param.send == "query":
            text = asked.pop(param.wire, None)
            assert text is None or text in texts or text in map(str.lower, texts)
            others.pop(param.wire, None)
        assert asked == others
        names = set(request.headers) - set(usual.headers)
        if param.kind == dict[str, str]:
            assert names <= {name.lower() for value in drawn for name in value}
            assert names.isdisjoint({"transfer-encoding"})
            assert request.headers["host"] == "host.example"
            assert request.headers.get("content-length", "0") == str(len(request.content))
        else:
            assert names <= {"authorization", "ocp-apim-subscription-key"}
        assert not any(
            re.search(rb"[\0\r\n]", text) for pair in request.headers.raw for text in pair
        )


class Anything(TextSentiment):
    """A service of the user's own, with any text in its path."""

    path = "/models/{model}/analyze"
    model = ServiceParam(str, "name of a model", send="path", default="latest")


Service.registry.pop("Anything")


@pytest.fixture(params=CARRIERS)
def transport(request):
    carried = Carried(request.param)
    yield carried
    carried.close()


def test_a_path_stays_a_path_on_the_wire(transport):
    """The carriers read addresses in their own ways: what counts is the line that is sent."""
    drawn = [*HOSTILE, None]
    with Server(http(b"", status="400 Bad Request")) as server:
        stage = Anything(
            endpoint=server.url, textCol="text", modelCol="model", outputCol="out", errorCol="err"
        )
        table = pa.table({"text": ["good"] * len(drawn), "model": drawn})
        rows = frames.add_columns(table, planner.make(stage, transport)).to_pylist()
    lines = {seen.partition(b"\r\n")[0].decode() for seen in server.seen}
    texts = {
        unquote(re.fullmatch(r"POST /models/([^/?#\\]+)/analyze[?][^ ]+ HTTP/1.1", line)[1])
        for line in lines
    }
    assert texts == {*HOSTILE, "latest"} - {"", ".", ".."}
    refused = {row["model"]: row["err"] for row in rows if row["err"]["code"] == "row_rejected"}
    assert set(refused) == {"", ".", ".."}
    assert refused[".."]["message"] == "model stands in a path and cannot be '..'"


@pytest.mark.parametrize("model", ["", ".", ".."])
def test_what_leads_out_of_a_path_cannot_be_set(model):
    with pytest.raises(ParamError, match="stands in a path and cannot be"):
        Anything(model=model)


@pytest.mark.parametrize("text", ["x" * 8_001, "\U0001f600" * 700, "x" * 100_000])
def test_what_is_too_long_for_an_address_is_the_rows_error(text):
    stage = TextSentiment(endpoint=AT, modelVersionCol="v", outputCol="out", errorCol="err")
    requests, errors = sent(stage, pa.table({"text": ["a", "b"], "v": [text, "x" * 8_000]}))
    assert len(requests) == 1
    assert errors[0]["code"] == "row_rejected"
    assert errors[0]["message"].endswith("bytes of an address, more than 8,000")
    with pytest.raises(ParamError, match="bytes of an address, more than 8,000"):
        TextSentiment(modelVersion=text)


FRAMING = ["Host", "content-length", "Transfer-Encoding", "Connection", "Upgrade", "TE", "Expect"]


@pytest.mark.parametrize("name", FRAMING)
def test_where_a_message_goes_and_ends_is_not_for_a_header_to_say(name):
    """A second length, or another host, would make two requests of one, or tell others the key."""
    stage = TextSentiment(endpoint=AT, outputCol="out", errorCol="err")
    table = pa.table(
        {
            "text": ["good", "bad"],
            "more": pa.array([{name: "5"}, {"X-A": "5"}], pa.map_(pa.string(), pa.string())),
        }
    )
    requests, errors = sent(stage.copy().setCustomHeadersCol("more"), table)
    assert [request.headers.get("x-a") for request in requests] == ["5"]
    assert errors[0]["code"] == "row_rejected"
    assert errors[0]["message"] == "customHeaders has what cannot be set as a header"
    with pytest.raises(ParamError, match="cannot be set as a header"):
        sent(stage.setCustomHeaders({name: "5"}), table)


def test_a_recording_cannot_end_its_part_of_a_form():
    """One that holds the boundary, and a second definition behind it, stays one part."""
    settings = {"backend": "fast", "endpoint": AT, "outputCol": "out", "errorCol": "err"}
    stage = SpeechToTextSDK(audioDataCol="data", streamIntermediateResults=False, **settings)

    def form(data):
        [request], _ = sent(stage, pa.table({"data": pa.array([data], pa.binary())}))
        boundary = request.headers["content-type"].partition("boundary=")[2].encode()
        return boundary, request.content.split(b"--" + boundary)

    usual, parts = form(b"RIFF")
    assert len(parts) == 4
    hostile = (
        b"RIFF\r\n--" + usual + b'\r\nContent-Disposition: form-data; name="definition"\r\n\r\n{}'
    )
    boundary, parts = form(hostile)
    assert boundary != usual
    assert len(parts) == 4
    assert hostile in parts[2]
    assert form(hostile)[0] == boundary
