"""An output type is declared once; its decoder refuses what its column could not hold."""

import json
import keyword

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogml import schema

POINT = schema.struct(name=str, score=float, count=int, is_good=bool, tags=[str])


def column(values, kind):
    return schema.writer(kind)(values)


def decode(text, kind=POINT):
    return msgspec.json.decode(text, type=schema.mirror(kind))


def test_struct_shorthand_is_arrow():
    made = schema.struct(a=str, b=float, c=int, d=bool, e=[str], f=pa.int64(), g=[[int]])
    assert made == pa.struct(
        [
            ("a", pa.string()),
            ("b", pa.float64()),
            ("c", pa.int32()),
            ("d", pa.bool_()),
            ("e", pa.list_(pa.string())),
            ("f", pa.int64()),
            ("g", pa.list_(pa.list_(pa.int32()))),
        ]
    )
    assert all(field.nullable for field in made)


def test_structs_nest():
    inner = schema.struct(x=int)
    assert schema.struct(one=inner, many=[inner]) == pa.struct(
        [("one", inner), ("many", pa.list_(inner))]
    )


def test_unknown_fields_are_ignored_and_missing_ones_null():
    found = decode('{"name": "a", "new": {"deep": [1]}}')
    assert found.name == "a"
    assert (found.score, found.count, found.is_good, found.tags) == (None,) * 4


def test_null_is_taken_everywhere():
    assert decode("null") is None
    found = decode('{"name": null, "score": null, "count": null, "is_good": null, "tags": [null]}')
    assert (found.name, found.tags) == (None, (None,))


@pytest.mark.parametrize(
    "wrong",
    [
        '{"name": 5}',
        '{"name": ["a"]}',
        '{"score": "0.5"}',
        '{"score": true}',
        '{"is_good": 1}',
        '{"is_good": "true"}',
        '{"count": true}',
        '{"count": "1"}',
        '{"tags": "a"}',
        '{"tags": ["a", 1]}',
        '{"tags": {"0": "a"}}',
        "[]",
        '"text"',
        "5",
    ],
)
def test_wrong_types_are_refused(wrong):
    with pytest.raises(msgspec.ValidationError):
        decode(wrong)


def test_whole_numbers_are_not_cut():
    """Arrow makes 1 of 1.5 without a word, so the decoder has to refuse it."""
    with pytest.raises(msgspec.ValidationError):
        decode('{"count": 1.5}')


@pytest.mark.parametrize(
    ("kind", "bits"), [(schema.struct(n=int), 32), (schema.struct(n=pa.int64()), 64)]
)
def test_whole_numbers_stay_within_their_bits(kind, bits):
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    values = [decode(f'{{"n": {n}}}', kind) for n in (low, high)]
    assert column(values, kind).to_pylist() == [{"n": low}, {"n": high}]
    for beyond in (low - 1, high + 1):
        with pytest.raises(msgspec.ValidationError):
            decode(f'{{"n": {beyond}}}', kind)


def test_a_whole_number_is_a_double_where_one_is_declared():
    found = decode('{"score": 1}')
    assert found.score == 1.0
    assert isinstance(found.score, float)


def test_empty_has_the_type_and_no_rows():
    for kind in (POINT, schema.ERROR, pa.list_(POINT)):
        assert column([], kind).type == kind
        assert len(column([], kind)) == 0


@pytest.mark.parametrize(
    ("kind", "is_text", "is_list"),
    [
        (pa.string(), True, False),
        (pa.large_string(), True, False),
        (pa.string_view(), True, False),
        (pa.null(), True, False),
        (pa.dictionary(pa.int8(), pa.string()), True, False),
        (pa.dictionary(pa.int8(), pa.int64()), False, False),
        (pa.int32(), False, False),
        (pa.binary(), False, False),
        (pa.list_(pa.string()), False, True),
        (pa.large_list(pa.string()), False, True),
        (pa.list_(pa.string(), 2), False, True),
        (pa.list_view(pa.string()), False, True),
        (POINT, False, False),
    ],
)
def test_text_and_lists_are_told_by_any_of_their_types(kind, is_text, is_list):
    assert schema.is_text(kind) is is_text
    assert schema.is_list(kind) is is_list


LEAVES = st.sampled_from([pa.string(), pa.float64(), pa.int32(), pa.int64(), pa.bool_()])
NAMES = st.from_regex(r"\A[A-Za-z][A-Za-z0-9_]{0,5}\Z").filter(lambda n: not keyword.iskeyword(n))
TYPES = st.recursive(
    LEAVES,
    lambda inner: (
        inner.map(pa.list_)
        | st.dictionaries(NAMES, inner, min_size=1, max_size=4).map(
            lambda fields: pa.struct(list(fields.items()))
        )
    ),
    max_leaves=8,
)


def values_of(kind):
    """Python values of an Arrow type, null at every level."""
    if pa.types.is_struct(kind):
        fields = {field.name: values_of(field.type) for field in kind}
        some = st.fixed_dictionaries(fields)
    elif pa.types.is_list(kind):
        some = st.lists(values_of(kind.value_type), max_size=4)
    elif pa.types.is_integer(kind):
        limit = 2 ** (kind.bit_width - 1)
        some = st.integers(-limit, limit - 1)
    elif pa.types.is_floating(kind):
        some = st.floats(allow_nan=False, allow_infinity=False)
    elif pa.types.is_boolean(kind):
        some = st.booleans()
    else:
        some = st.text(max_size=5)
    return st.none() | some


@given(st.data())
def test_column_of_decoded_json_equals_arrow_of_the_same_dicts(data):
    """The path of every answer: JSON → decoder → column, against pyarrow's own conversion."""
    kind = data.draw(TYPES)
    values = data.draw(st.lists(values_of(kind), max_size=6))
    decoded = msgspec.json.decode(json.dumps(values), type=list[schema.mirror(kind)])
    made = column(decoded, kind)
    made.validate(full=True)
    assert made.type == kind
    assert made.to_pylist() == pa.array(values, kind).to_pylist() == values


def test_column_keeps_a_null_struct_apart_from_a_struct_of_nulls():
    kind = schema.struct(a=schema.struct(b=int))
    values = [None, {"a": None}, {"a": {"b": None}}]
    decoded = [decode(json.dumps(value), kind) for value in values]
    assert column(decoded, kind).to_pylist() == values


def test_column_keeps_a_null_list_apart_from_an_empty_one():
    kind = pa.list_(pa.list_(pa.string()))
    values = [None, [], [None], [[]], [["a"], None, []]]
    assert column(values, kind).to_pylist() == values


def test_column_has_the_declared_names_of_list_items():
    kind = pa.list_(pa.field("element", pa.string()))
    assert column([["a"], None], kind).type == kind


def test_column_refuses_what_was_never_checked():
    with pytest.raises((pa.ArrowException, TypeError)):
        column(["text"], pa.float64())
