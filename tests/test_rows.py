"""Equal rows are asked for once, and every row finds its way back."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogml.rows import bring_back, distinct, slices


def taken_apart(table):
    """The rows that are asked for, and the way back to all, or None where they are all."""
    found = distinct(table)
    asked = list(slices(table, found, 3))
    assert all(part.num_rows == 3 for part in asked[:-1]) or found is None
    return pa.concat_tables(asked) if asked else table, found and found.number


TEXTS = st.sampled_from(["", "a", "b", "ä", "a\x00", "null"])
CELLS = {
    "string": (TEXTS, pa.string()),
    "large": (TEXTS, pa.large_string()),
    "view": (TEXTS, pa.string_view()),
    "strings": (st.lists(st.none() | TEXTS, max_size=2), pa.list_(pa.string())),
    "large_strings": (st.lists(TEXTS, max_size=2), pa.large_list(pa.large_string())),
    "dictionary": (TEXTS, pa.dictionary(pa.int8(), pa.string())),
    "bool": (st.booleans(), pa.bool_()),
    "int": (st.integers(-1, 1), pa.int32()),
    "floats": (
        st.lists(st.none() | st.sampled_from([0.0, -1.5]), max_size=2),
        pa.list_(pa.float64()),
    ),
    "series": (
        st.lists(
            st.none()
            | st.fixed_dictionaries({"at": st.none() | TEXTS, "v": st.none() | st.just(0.5)}),
            max_size=2,
        ),
        pa.list_(pa.struct([("at", pa.string()), ("v", pa.float64())])),
    ),
    "nested": (st.lists(st.lists(TEXTS, max_size=2), max_size=2), pa.list_(pa.list_(pa.string()))),
    "float": (st.sampled_from([0.0, 1.5]), pa.float64()),
    "null": (st.none(), pa.null()),
}


@st.composite
def tables(draw):
    """Tables of few distinct values, in one or more pieces."""
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=3))
    lengths = draw(st.lists(st.integers(0, 5), max_size=3))
    columns = {}
    for number, name in enumerate(kinds):
        cells, kind = CELLS[name]
        pieces = [
            pa.array(draw(st.lists(st.none() | cells, min_size=n, max_size=n)), kind)
            for n in lengths
        ]
        columns[f"{number}"] = pa.chunked_array(pieces, kind)
    return pa.table(columns)


@given(tables())
def test_taking_by_the_way_back_gives_the_table_again(table):
    asked, inverse = taken_apart(table)
    rows = [str(row) for row in table.to_pylist()]
    found = [str(row) for row in asked.to_pylist()]
    if inverse is None:
        assert found == rows
    else:
        assert [found[place] for place in inverse.to_pylist()] == rows
    assert found == list(dict.fromkeys(rows)), "distinct, in order of first appearance"
    assert asked.column_names == table.column_names


def test_no_two_equal_rows_need_no_way_back():
    table = pa.table({"a": ["x", "y", None], "b": ["x", "x", "x"]})
    assert distinct(table) is None


def test_rows_are_equal_only_in_all_columns():
    table = pa.table({"a": ["x", "x", "y", "x"], "b": ["1", "2", "1", "1"]})
    asked, inverse = taken_apart(table)
    assert asked.to_pylist() == table.slice(0, 3).to_pylist()
    assert inverse.to_pylist() == [0, 1, 2, 0]


def test_values_are_not_mixed_up_across_columns():
    """("ab", "c") is not ("a", "bc"), and null is not the word."""
    asked, inverse = taken_apart(pa.table({"a": ["ab", "a", None], "b": ["c", "bc", "null"]}))
    assert (asked.num_rows, inverse) == (3, None)


@pytest.mark.parametrize("rows", [0, 1])
def test_few_rows_are_left_alone(rows):
    table = pa.table({"a": pa.array(["x"] * rows, pa.string())})
    assert distinct(table) is None


def test_no_column_is_nothing_to_compare():
    table = pa.table({"a": ["x", "x"]}).select([])
    assert distinct(table) is None


def test_dictionaries_of_several_pieces_compare_by_value():
    """Each piece has its own numbering."""
    pieces = [
        pa.array(["a", "b"]).dictionary_encode(),
        pa.array(["b", "a"]).dictionary_encode(),
    ]
    asked, inverse = taken_apart(pa.table({"x": pa.chunked_array(pieces)}))
    assert asked.column("x").to_pylist() == ["a", "b"]
    assert inverse.to_pylist() == [0, 1, 1, 0]


def test_many_columns_of_many_values_stay_apart():
    """The combined key is numbered anew after each column: eight columns of 256 values would push
    the first one out of 64 bits.
    """
    values = [f"{n}" for n in range(256)]
    columns = {"first": ["a"] * 256 + ["b"] * 256} | {f"c{n}": values * 2 for n in range(8)}
    table = pa.table(columns)
    assert distinct(table) is None
    asked, inverse = taken_apart(pa.concat_tables([table, table]))
    assert asked.num_rows == 512
    assert inverse.to_pylist() == [*range(512)] * 2


BYTES = [pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(6)]


@pytest.mark.parametrize("block", [2, 50_000])
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), *BYTES])
def test_each_value_is_compared_with_all_others(monkeypatch, block, kind):
    monkeypatch.setattr("cogml.rows._BLOCK", block)
    values = [f"text {n}" if kind not in BYTES else b"text %d" % n for n in range(7)]
    assert distinct(pa.table({"a": pa.array(values, kind)})) is None
    found = distinct(pa.table({"a": pa.array([*values, values[0]], kind)}))
    assert found.number.to_pylist() == [*range(7), 0]


@pytest.mark.parametrize("size", [0, 1, 1_024, 5_000])
@pytest.mark.parametrize("at", [0, 0.3, 0.5, 1])
def test_bytes_that_differ_anywhere_are_not_equal(size, at):
    """Whether it is where a glance falls or not."""
    other = bytearray(size + 1)
    other[int(at * size)] = 1
    table = pa.table({"a": [bytes(size + 1), bytes(other), None, bytes(size)]})
    assert distinct(table) is None
    found = distinct(pa.concat_tables([table, table]))
    assert found.number.to_pylist() == [0, 1, 2, 3] * 2


def test_texts_that_share_a_hash_are_not_taken_for_equal(monkeypatch):
    monkeypatch.setattr("cogml.rows.hash", len, raising=False)
    assert distinct(pa.table({"a": ["one", "two", "three"]})) is None


def test_bytes_that_are_no_text_are_compared_as_well():
    broken = pa.array([b"\xff", b"a", b"\xff"]).view(pa.string())
    assert distinct(pa.table({"a": broken})).number.to_pylist() == [0, 1, 0]


@given(st.lists(st.integers(0, 11), min_size=1, max_size=40), st.integers(1, 5))
def test_answers_are_brought_back_from_whatever_chunk_they_stand_in(numbers, size):
    answers = [f"answer {n}" for n in range(12)]
    chunks = [pa.array(answers[start : start + size]) for start in range(0, 12, size)]
    (back,) = bring_back(chunks, pa.array(numbers, pa.int64()), size)
    assert back.to_pylist() == [answers[number] for number in numbers]


def test_answers_are_brought_back_a_block_at_a_time(monkeypatch):
    monkeypatch.setattr("cogml.rows._BLOCK", 2)
    blocks = list(bring_back([pa.array(["a", "b"])], pa.array([1, 0, 1], pa.int64()), 2))
    assert [block.to_pylist() for block in blocks] == [["b", "a"], ["b"]]


def test_values_python_has_none_for_are_like_no_other() -> None:
    kind = pa.list_(pa.struct([("at", pa.timestamp("us"))]))
    far = [{"at": 10**18}]
    column = pa.array([far, [{"at": 0}], far, [{"at": 0}], None, None], kind)
    found = distinct(pa.table({"c": column}))
    assert found is not None
    assert found.number.to_pylist() == [0, 1, 2, 1, 3, 3]


NUMBERS = pa.list_(pa.float64())
TIMES = pa.list_(pa.struct([("at", pa.timestamp("us")), ("v", pa.int16())]))


@pytest.mark.parametrize(
    ("values", "kind", "numbers"),
    [
        ([[0.0], [-0.0], [float("nan")], [float("nan")]], NUMBERS, [0, 0, 1, 1]),
        ([[1.0, 2.0], [1.0], [2.0], [], None, [None], []], NUMBERS, [0, 1, 2, 3, 4, 5, 3]),
        ([[], None, [None], [None, None], None], pa.list_(pa.null()), [0, 1, 2, 3, 1]),
        ([[{}], [{}, {}], [{}]], pa.list_(pa.struct([])), [0, 1, 0]),
        ([[{"at": 0, "v": 1}], [{"at": 0, "v": None}], [{"at": 0, "v": 1}]], TIMES, [0, 1, 0]),
        ([[1, 2], [2, 1], [1, 2]], pa.list_(pa.int64(), 2), [0, 1, 0]),
        ([[1, 2], [1], None, [1, 2]], pa.list_view(pa.int64()), [0, 1, 2, 0]),
    ],
    ids=["signs", "lengths", "nulls", "no fields", "times", "fixed", "view"],
)
def test_lists_are_equal_whose_items_are(
    values: list[object], kind: pa.DataType, numbers: list[int]
) -> None:
    whole = pa.array([None, *values], kind)
    for column in (whole.slice(1), pa.chunked_array([whole.slice(1, 1), whole.slice(2)])):
        found = distinct(pa.table({"c": column}))
        assert found is not None
        assert found.number.to_pylist() == numbers
