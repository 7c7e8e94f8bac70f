"""A column is held against the type of its parameter, and each of its values against the rest."""

import pyarrow as pa
import pytest
from fakes import KEY
from wire import TEXT, Service31, filled, ready, stage

from cogml import ParamError
from cogml.binding import is_header, same_type
from cogml.cognitive import TextSentiment
from cogml.param import Column
from cogml.planner import make

# Types


def test_a_column_default_is_a_column():
    assert make(stage()).bound() == [(TextSentiment.declared["text"], Column("text"))]


@pytest.mark.parametrize("kind", [pa.int64(), pa.binary(), pa.list_(pa.int64()), pa.float64()])
def test_a_column_of_another_type_says_what_is_expected(kind):
    with pytest.raises(ParamError) as caught:
        ready({"text": kind})
    assert f"column 'text' is {kind}; text expects text or a list of text" in str(caught.value)


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.null(),
        pa.dictionary(pa.int8(), pa.string()),
    ],
)
def test_text_of_any_arrow_type_is_taken(kind):
    made = ready({"text": kind})
    assert not made.alone
    assert made.output_type == TextSentiment().output_type({})


@pytest.mark.parametrize("make_list", [pa.list_, pa.large_list, pa.list_view])
def test_a_list_of_texts_is_a_batch(make_list):
    assert ready({"text": make_list(pa.string())}).alone


def test_languages_may_be_a_list_only_beside_a_list_of_texts():
    languages = {"lang": pa.list_(pa.string())}
    with pytest.raises(ParamError, match="language is an array but text is not"):
        ready(TEXT | languages, languageCol="lang")
    assert ready({"text": pa.list_(pa.string())} | languages, languageCol="lang").alone


@pytest.mark.parametrize(
    ("setting", "kind", "fits"),
    [
        ("showStatsCol", pa.bool_(), True),
        ("showStatsCol", pa.string(), False),
        ("showStatsCol", pa.int32(), False),
        ("modelVersionCol", pa.string(), True),
        ("modelVersionCol", pa.bool_(), False),
        ("customHeadersCol", pa.string(), False),
        ("customHeadersCol", pa.map_(pa.string(), pa.string()), True),
    ],
)
def test_each_column_has_its_params_type(setting, kind, fits):
    columns = TEXT | {"c": kind}
    if fits:
        assert sorted(ready(columns, **{setting: "c"}).needs) == ["c", "text"]
    else:
        with pytest.raises(ParamError, match="column 'c' is"):
            ready(columns, **{setting: "c"})


def test_types_are_the_same_but_for_widths_and_names():
    """A frame library may give back another spelling of the type."""
    one = pa.struct([("a", pa.list_(pa.string())), ("b", pa.int32())])
    other = pa.struct(
        [("a", pa.large_list(pa.field("element", pa.large_string()))), ("b", pa.int32())]
    )
    assert same_type(other, one)
    assert same_type(one, other)
    assert not same_type(None, one)
    assert not same_type(pa.struct([("a", pa.list_(pa.string())), ("c", pa.int32())]), one)
    assert not same_type(pa.struct([("b", pa.int32()), ("a", pa.list_(pa.string()))]), one)
    assert not same_type(pa.int64(), pa.int32())
    assert not same_type(pa.string(), one)


# Headers


@pytest.mark.parametrize("value", ["a\nb", "a\r\nx-evil: 1", "\u00fc", "\x00", "a\x7f"])
@pytest.mark.parametrize("name", ["subscriptionKey", "AADToken", "CustomAuthHeader"])
def test_a_credential_that_no_header_can_hold_stops_the_run(name, value):
    with pytest.raises(ParamError, match="characters") as caught:
        make(stage(**{name: f"{KEY}{value}"}))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "headers", [{"x": "a\nb"}, {"bad name\n": "x"}, {"n\u00e4me": "x"}, {"": "x"}]
)
def test_a_custom_header_that_cannot_be_sent_stops_the_run(headers):
    with pytest.raises(ParamError):
        make(stage(customHeaders=headers))


def test_a_key_that_no_header_can_hold_costs_its_row_only():
    table = pa.table({"text": ["a", "b"], "k": ["bad\nkey", "good"]})
    errors, sentiments, _ = filled(table, subscriptionKeyCol="k")
    assert [error and error["code"] for error in errors] == ["row_rejected", None]
    assert sentiments == [None, ["b"]]
    assert "bad" not in errors[0]["message"]


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("abc", True),
        ("", True),
        ("a b\tc~", True),
        ("a\n", False),
        ("\n", False),
        ("\u00fc", False),
        ("\x7f", False),
    ],
)
def test_a_header_is_visible_ascii(value, is_one):
    assert is_header(value) is is_one


# Values


def test_a_value_out_of_the_choices_costs_its_row_only():
    table = pa.table({"text": ["a", "b"], "t": ["nope", "Utf16CodeUnit"]})
    errors, sentiments, _ = filled(table, stringIndexTypeCol="t")
    assert [error and error["code"] for error in errors] == ["row_rejected", None]
    assert "nope" in errors[0]["message"]
    assert sentiments == [None, ["b"]]


def test_a_hint_travels_with_its_document():
    table = pa.table({"text": ["a", "b"], "lang": ["de", None]})
    _, _, transport = filled(table, languageCol="lang")
    assert transport.body()["documents"] == [
        {"id": "0", "text": "a", "language": "de"},
        {"id": "1", "text": "b"},
    ]


def test_rows_of_different_settings_do_not_share_a_request():
    table = pa.table({"text": ["a", "b", "c", "d"], "v": ["x", "y", "x", None]})
    _, sentiments, transport = filled(table, modelVersionCol="v")
    assert sentiments == [["a"], ["b"], ["c"], ["d"]]
    asked = {
        request.url.params.get("model-version"): [d["text"] for d in transport.body(n)["documents"]]
        for n, request in enumerate(transport.asked)
    }
    assert asked == {"x": ["a", "c"], "y": ["b"], None: ["d"]}


def test_rows_of_different_keys_do_not_share_a_request():
    table = pa.table({"text": ["a", "b"], "k": ["one", "two"]})
    _, _, transport = filled(table, subscriptionKeyCol="k")
    assert {r.headers["ocp-apim-subscription-key"] for r in transport.asked} == {"one", "two"}


def test_a_fixed_text_is_asked_once_for_all_rows():
    made = make(stage(text="same"), transport := Service31())
    made.check({}, ["n"])
    assert made.needs == []
    error, output = made.fill(pa.table({"": pa.nulls(3)}))
    assert [cell[0]["sentiment"] for cell in output.to_pylist()] == ["same"] * 3
    assert error.null_count == 3
    assert transport.texts() == ["same"]
