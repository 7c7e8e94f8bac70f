"""A plan holds the settings and the columns against each other before anything is sent."""

import pickle
import time

import pyarrow as pa
import pytest
from fakes import KEY, Gate, eventually, in_thread
from wire import TEXT, Service31, filled, ready, stage

from cogml import ParamError, Service, schema
from cogml.cognitive import AnalyzeText, TextSentiment
from cogml.pace import Rate
from cogml.planner import make, resolve
from cogml.policy import Policy


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    monkeypatch.delenv("COGML_ENDPOINT", raising=False)


# make


def test_a_plan_of_a_good_stage_asks_nothing():
    transport = Service31()
    made = make(stage(subscriptionKey=KEY), transport)
    assert made.needs == ["text"]
    assert (made.error, made.output) == ("err", "out")
    assert made.address == "http://host.example/text/analytics/v3.1/sentiment"
    assert transport.asked == []


def test_a_missing_required_param_says_which_setter():
    with pytest.raises(ParamError, match=r"AnalyzeText: kind is required; call setKind$"):
        make(AnalyzeText(endpoint="http://host.example"))


def test_no_address_says_what_to_set():
    with pytest.raises(ParamError, match=r"setLocation.*COGML_ENDPOINT"):
        make(TextSentiment())


def test_one_column_cannot_hold_both():
    with pytest.raises(ParamError, match="outputCol and errorCol are both 'x'"):
        make(TextSentiment(endpoint="http://host.example", outputCol="x", errorCol="x"))


def test_a_param_that_has_no_effect_is_warned_about():
    detector = Service.registry["LanguageDetector"](endpoint="http://host.example", language="en")
    with pytest.warns(UserWarning, match="LanguageDetector: language has no effect"):
        make(detector)


def test_a_plan_is_of_the_stage_as_it_was():
    one = stage(language="en")
    made = make(one)
    one.setLanguage("de")
    assert made.service.getLanguage() == "en"


@pytest.mark.parametrize(
    "url", ["host.example", "ftp://host.example/", "http://", "http://[bad/x", "", "http:///x"]
)
def test_what_is_no_address_stops_the_run(url):
    with pytest.raises(ParamError):
        make(TextSentiment(url=url))


@pytest.mark.parametrize("scheme", ["http", "https", "ftp"])
def test_an_address_with_a_password_is_refused_and_not_shown(scheme):
    with pytest.raises(ParamError) as caught:
        make(TextSentiment(url=f"{scheme}://user:{KEY}@host.example/"))
    assert KEY not in str(caught.value)


def test_a_url_with_braces_costs_no_rows():
    """Taken as it is, or refused before the run: not an internal error in each row."""
    try:
        made = make(TextSentiment(url="http://host.example/{id}", outputCol="out"), Service31())
    except ParamError:
        return
    made.check(TEXT, TEXT)
    error, _ = made.fill(pa.table({"text": ["a"]}))
    assert error.to_pylist() == [None]


# Secrets


def test_a_reference_is_resolved_when_the_plan_is_made(monkeypatch):
    monkeypatch.setenv("MY_KEY", KEY)
    one = stage(subscriptionKey="env:MY_KEY")
    made = make(one)
    assert made.service.getSubscriptionKey() == KEY
    assert one.getSubscriptionKey() == "env:MY_KEY"


def test_a_reference_to_headers_is_read_as_json(monkeypatch):
    monkeypatch.setenv("MY_HEADERS", '{"x-a": "b"}')
    assert make(stage(customHeaders="env:MY_HEADERS")).service.getCustomHeaders() == {"x-a": "b"}
    monkeypatch.setenv("MY_HEADERS", f'["{KEY}"]')
    with pytest.raises(ParamError, match="customHeaders") as caught:
        make(stage(customHeaders="env:MY_HEADERS"))
    assert KEY not in str(caught.value)


def test_a_reference_to_nothing_says_what_to_set(monkeypatch):
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(ParamError, match="MY_KEY, which is not set"):
        make(stage(subscriptionKey="env:MY_KEY"))
    assert resolve("S", TextSentiment.declared["subscriptionKey"], KEY) == KEY


def test_a_plan_shows_no_secret_before_or_after_a_run():
    made = ready(subscriptionKey=KEY, transport=Service31())
    assert KEY not in repr(made)
    made.fill(pa.table({"text": ["a"]}))
    assert KEY not in repr(made)


def test_a_plan_travels():
    made = ready(subscriptionKey=KEY, language="en")
    back = pickle.loads(pickle.dumps(made))
    assert (back.needs, back.output_type, back.address) == (
        made.needs,
        made.output_type,
        made.address,
    )
    back.transport = Service31()
    error, _ = back.fill(pa.table({"text": ["a"]}))
    assert error.to_pylist() == [None]


def test_a_pickled_plan_shows_no_key():
    made = make(TextSentiment(endpoint="http://h", subscriptionKey="planted-key-01234"))
    packed = pickle.dumps(made)
    assert b"planted-key" not in packed
    assert pickle.loads(packed).service.getSubscriptionKey() == "planted-key-01234"


# Load and policy


def test_backoffs_are_milliseconds_and_count_the_retries():
    assert make(stage(backoffs=[100, 500])).load.policy == Policy(
        retries=2, waits=(0.1, 0.5), seconds=120.0
    )
    assert make(stage(backoffs=[100], maxRetries=7)).load.policy.retries == 7
    assert make(stage(backoffs=[])).load.policy.waits == ()


def test_the_load_is_what_was_set():
    load = make(
        stage(concurrency=3, timeout=2.0, requestsPerSecond=5.0, concurrentTimeout=9.0)
    ).load
    assert (load.concurrency, load.timeout, load.policy.seconds) == (3, 2.0, 9.0)
    assert load.rate == Rate(5.0)


# check


def test_an_unknown_column_lists_those_there_are():
    with pytest.raises(ParamError) as caught:
        ready({"txet": pa.string(), "id": pa.int64()})
    message = str(caught.value)
    assert "no column 'text'" in message
    assert "did you mean 'txet'?" in message
    assert "txet, id" in message


def test_a_column_that_is_there_twice_is_refused():
    with pytest.raises(ParamError, match=r"more than one column named \['a'\]"):
        make(stage()).check(TEXT, ["text", "a", "a"])


# fields


def test_fields_are_the_error_then_the_output():
    made = ready()
    assert [(f.name, f.type) for f in made.fields({})] == [
        ("err", schema.ERROR),
        ("out", made.output_type),
    ]


@pytest.mark.parametrize(
    "there",
    [
        {"out": pa.string()},
        {"err": pa.string()},
        {"err": schema.ERROR},
        {"err": schema.ERROR, "out": pa.string()},
        {"err": pa.string(), "out": "its own"},
    ],
)
def test_a_column_of_the_callers_is_not_overwritten(there):
    made = ready()
    there = {n: made.output_type if kind == "its own" else kind for n, kind in there.items()}
    with pytest.raises(ParamError, match=r"already has a column '(out|err)'.*set another"):
        made.fields(there)


def test_columns_of_an_earlier_run_are_replaced():
    made = ready()
    assert made.fields({"err": schema.ERROR, "out": made.output_type}) == made.fields({})


def test_an_output_of_its_own_type_is_replaced_without_its_error():
    """As after dropping the error column and running the cell again."""
    made = ready()
    assert [field.name for field in made.fields({"out": made.output_type})] == ["err", "out"]


# Rows and requests


def test_rows_come_back_in_order_and_equal_ones_are_asked_once():
    texts = ["a", "b", None, "a", "c", "b", "a"]
    errors, sentiments, transport = filled(pa.table({"text": texts}))
    assert sentiments == [text and [text] for text in texts]
    assert errors == [None] * 7
    assert sorted(transport.texts()) == ["a", "b", "c"]


@pytest.mark.parametrize("rows", [[], [None], [None, None]])
def test_nothing_is_sent_where_there_is_nothing_to_send(rows):
    table = pa.table({"text": pa.array(rows, pa.string())})
    errors, sentiments, transport = filled(table)
    assert (errors, sentiments) == ([None] * len(rows), [None] * len(rows))
    assert transport.asked == []


def test_a_request_holds_as_many_documents_as_the_service_takes():
    table = pa.table({"text": [f"t{n}" for n in range(25)]})
    _, _, transport = filled(table)
    assert sorted(len(transport.body(n)["documents"]) for n in range(3)) == [5, 10, 10]
    _, _, transport = filled(table, batchSize=3)
    assert len(transport.asked) == 9
    _, _, transport = filled(table, batchSize=100)
    assert len(transport.asked) == 3


def test_a_list_of_texts_is_answered_in_its_own_order():
    texts = pa.array([["a", "b"], [], None, ["c", None, "a"]], pa.list_(pa.string()))
    errors, sentiments, transport = filled(pa.table({"text": texts}))
    assert sentiments == [["a", "b"], [], None, ["c", None, "a"]]
    assert errors == [None] * 4
    assert len(transport.asked) == 2


def test_a_stream_gives_each_batch_in_order():
    batches = [
        pa.record_batch({"text": pa.array(texts, pa.string())})
        for texts in (["a", "a"], [], ["b", None], ["c"])
    ]
    made = ready(transport=Service31())
    found = [
        [cell and cell[0]["sentiment"] for cell in output.to_pylist()]
        for _, output in made.stream(iter(batches))
    ]
    assert found == [["a", "a"], [], ["b", None], ["c"]]


def test_rows_that_share_an_answer_count_as_rows_that_are_read_ahead():
    """All wait for the first one: nulls behind it are held, however little there is to send."""
    gate, read = Gate(), []

    class Slow(Service31):
        async def handle_async_request(self, request):
            await gate(request)
            return await super().handle_async_request(request)

    def source():
        for number in range(40):
            read.append(number)
            texts = ["a" if number == 0 else None] * 5_000
            yield pa.record_batch({"text": pa.array(texts, pa.string())})

    made = ready(transport=Slow())
    result = in_thread(lambda: sum(len(output) for _, output in made.stream(source())))
    eventually(lambda: len(read) >= 10)
    time.sleep(0.03)
    assert len(read) <= 11  # fifty thousand rows, and the batch that is at hand
    gate.is_open = True
    assert result() == 200_000


def test_the_report_is_of_the_run():
    made = ready(transport=Service31())
    made.fill(pa.table({"text": ["a", "a", None]}))
    report = made.report
    assert (report.rows, report.answered, report.skipped, report.failed) == (3, 2, 1, 0)
    assert (report.requests, report.retries, report.ended) == (1, 0, True)
    made.fill(pa.table({"text": ["b"]}))
    assert made.report.rows == 1
