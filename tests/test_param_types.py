"""A parameter takes values of its own type only, and says what it expected and found."""

import types

import numpy as np
import pytest
from sample import Sample

from cogml import ParamError

# Values


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("whole", 5, 5),
        ("whole", np.int64(5), 5),
        ("whole", np.uint8(5), 5),
        ("number", 5, 5.0),
        ("number", np.float32(1.5), 1.5),
        ("number", np.int32(2), 2.0),
        ("truth", True, True),
        ("truth", np.True_, True),
        ("label", "", ""),
        ("label", np.str_("x"), "x"),
        ("waits", (1, 2), [1, 2]),
        ("waits", np.array([1, 2]), [1, 2]),
        ("waits", [], []),
        ("words", ("a",), ["a"]),
        ("words", [np.str_("a")], ["a"]),
        ("text", "a", "a"),
        ("text", np.str_("a"), "a"),
        ("text", ["a", "b"], ["a", "b"]),
        ("extra", {"a": "b", "c": None}, {"a": "b"}),
        ("found", {}, {}),
        ("found", types.MappingProxyType({"a": [1.5, None]}), {"a": [1.5, None]}),
        ("level", "high", "high"),
    ],
)
def test_a_value_is_kept_in_its_own_plain_type(name, value, kept):
    """numpy's scalars come from data frames; JSON writers do not know them."""
    found = Sample(**{name: value}).getOrDefault(name)
    assert found == kept
    assert type(found) is type(kept)
    if isinstance(kept, list):
        assert [type(item) for item in found] == [type(item) for item in kept]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("whole", "5", "whole number ≥ 1"),
        ("whole", 5.0, "whole number"),
        ("whole", True, "whole number"),
        ("whole", np.True_, "whole number"),
        ("whole", np.float64(5), "whole number"),
        ("whole", 0, "≥ 1"),
        ("whole", [1], "whole number"),
        ("number", "5", "number"),
        ("number", True, "number"),
        ("number", np.True_, "number"),
        ("number", bytearray(b"1.5"), "number"),
        ("number", float("nan"), "number"),
        ("number", 0.25, "≥ 0.5"),
        ("truth", 1, "True or False"),
        ("truth", "true", "True or False"),
        ("truth", np.int64(1), "True or False"),
        ("label", 5, "text"),
        ("label", b"x", "text"),
        ("label", ["x"], "text"),
        ("waits", [1, -1], "≥ 0"),
        ("waits", [1.5], "whole numbers"),
        ("waits", [True], "whole numbers"),
        ("waits", "12", "whole numbers"),
        ("waits", 5, "whole numbers"),
        ("words", "a", "list of str"),
        ("words", [1], "list of str"),
        ("words", [None], "list of str"),
        ("text", 5, "text"),
        ("text", [1], "list of str"),
        ("found", 5, "a dict with names of str"),
        ("found", "x", "a dict"),
        ("found", [("a", 1)], "a dict"),
        ("found", {1: "a"}, "a dict"),
        ("level", "medium", "one of low, high"),
        ("level", "LOW", "one of low, high"),
    ],
)
def test_a_wrong_value_says_what_was_expected_and_found(name, value, expected):
    with pytest.raises(ParamError) as caught:
        Sample(**{name: value})
    message = str(caught.value)
    assert message.startswith(f"Sample: {name} expects ")
    assert expected in message
    assert type(value).__name__ in message
    assert repr(value) in message


@pytest.mark.parametrize("name", sorted(Sample.declared))
def test_a_setter_refuses_none(name):
    """A keyword argument of None is one not given; a setter's None is a mistake."""
    assert not Sample(**{name: None}).isSet(name)
    with pytest.raises(ParamError):
        Sample().set(name, None)


def test_a_wrong_value_changes_nothing():
    stage = Sample(whole=5)
    with pytest.raises(ParamError):
        stage.setWhole("6")
    assert stage.getWhole() == 5


# Values spelled as text


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("whole", "5", 5),
        ("number", "0.5", 0.5),
        ("truth", "True", True),
        ("truth", "false", False),
        ("label", "5", "5"),
        ("label", "true", "true"),
        ("waits", "[1, 2]", [1, 2]),
        ("words", "a, b", ["a", "b"]),
        ("words", '["a", "b"]', ["a", "b"]),
        ("text", "one, two", "one, two"),
        ("text", '["one", "two"]', ["one", "two"]),
        ("extra", '{"a": "b"}', {"a": "b"}),
    ],
)
def test_a_value_can_be_spelled_as_text(name, text, value):
    assert Sample.declared[name].parse(text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [("whole", "five"), ("whole", "1.5"), ("truth", "yes"), ("extra", "{"), ("number", "NaN")],
)
def test_a_text_that_spells_no_value_is_an_error(name, text):
    with pytest.raises(ParamError, match=f"{name} expects"):
        Sample.declared[name].parse(text)
