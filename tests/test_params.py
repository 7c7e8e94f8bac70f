"""A stage stores what was set and shows it as pyspark does, with and without pyspark."""

import datetime
import os
import pickle
import subprocess
import sys
import textwrap
from typing import Any

import httpx
import pytest
from sample import Derived, Sample

import cogml_mocks
from cogml import ParamError, Service
from cogml.param import Address, Carrying, Column, Place, ServiceParam

STAGES = sorted(Service.registry)
SECRET = "s3cr3t-value"
SAMPLES = {
    bool: True,
    int: 7,
    float: 2.5,
    str: "some text",
    Address: "http://host/",
    Place: "abfss://container@account.dfs.core.windows.net/folder",
    list[str]: ["a", "b"],
    str | list[str]: ["a", "b"],
    list[int]: [100, 200],
    dict[str, str]: {"a": "b"},
    dict[str, Any]: {"a": [1.5, None]},
    bytes: b"\x89PNG",
    datetime.datetime: "2026-01-31T00:00:00Z",
    list[dict[str, Any]]: [{"timestamp": "2026-01-31T00:00:00Z", "value": 1.5}],
    Any: "anything",
    object: lambda: "a token",
    Carrying: httpx.AsyncHTTPTransport,
}


def capital(name):
    return name[0].upper() + name[1:]


def declared():
    return [(stage, name) for stage in STAGES for name in Service.registry[stage].declared]


def sample_of(param):
    if param.at_most is not None:
        return param.at_most
    if not param.choices:
        return SAMPLES[param.kind]
    return [param.choices[0]] if param.kind == list[str] else param.choices[0]


# Every registered service


@pytest.mark.parametrize(("stage", "name"), declared())
def test_each_declared_param_has_its_accessors(stage, name):
    """Setter, getter, keyword and, where rows may give it, the same for a column."""
    made = Service.registry[stage]()
    param = made.getParam(name)
    value = sample_of(param)
    assert getattr(made, f"set{capital(name)}")(value) is made
    assert getattr(made, f"get{capital(name)}")() == value
    assert getattr(Service.registry[stage](**{name: value}), f"get{capital(name)}")() == value
    assert made.isSet(name)
    assert param.doc
    assert f"{name}: {param.doc}" in made.explainParams()
    if isinstance(param, ServiceParam):
        assert getattr(made, f"set{capital(name)}Col")("c") is made
        assert getattr(made, f"get{capital(name)}Col")() == "c"
        by_keyword = Service.registry[stage](**{f"{name}Col": "c"})
        assert by_keyword.getOrDefault(name) == Column("c")
    else:
        assert not hasattr(made, f"set{capital(name)}Col")


@pytest.mark.parametrize("stage", STAGES)
def test_each_default_is_of_its_own_type(stage):
    for name, param in Service.registry[stage].declared.items():
        if param.default is not None and not isinstance(param.default, Column):
            assert param.check(param.default) == param.default, name


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_pickles_with_what_was_set(stage):
    made = Service.registry[stage](outputCol="out", subscriptionKey=SECRET, concurrency=3)
    back = pickle.loads(pickle.dumps(made))
    assert (back.uid, back.getConcurrency(), back.getOutputCol()) == (made.uid, 3, "out")
    assert back.getSubscriptionKey() == SECRET
    assert back.params == made.params


# Unknown names


def test_an_unknown_keyword_names_the_nearest_and_all():
    with pytest.raises(ParamError) as caught:
        Sample(lable="x")
    message = str(caught.value)
    assert "Sample has no parameter 'lable'" in message
    assert "did you mean 'label'?" in message
    assert "wordsCol" in message


@pytest.mark.parametrize("keyword", ["params", "labelCol", "nope", "Params", "", "set"])
def test_what_is_no_parameter_is_no_keyword(keyword):
    with pytest.raises(ParamError, match="has no parameter"):
        Sample(**{keyword: "x"})


def test_an_unknown_parameter_is_an_error_everywhere():
    stage = Sample()
    for use in (stage.getParam, stage.isSet, stage.clear, stage.getOrDefault, stage.explainParam):
        with pytest.raises(ParamError, match=r"no parameter 'wohle'.*did you mean 'whole'"):
            use("wohle")


# Values and columns


def test_the_last_of_value_and_column_counts():
    stage = Sample().setWords(["a"]).setWordsCol("c")
    assert stage.getOrDefault("words") == Column("c")
    with pytest.raises(ParamError, match="is read from the column 'c'"):
        stage.getWords()
    stage.setWords(["b"])
    assert stage.getWords() == ["b"]
    with pytest.raises(ParamError, match="not read from a column"):
        stage.getWordsCol()


def test_a_column_is_named_by_text():
    with pytest.raises(ParamError, match=r"setWordsCol expects the name of a column; found 5"):
        Sample().setWordsCol(5)


def test_a_plain_param_cannot_be_a_column():
    with pytest.raises(ParamError, match=r"Sample\.whole cannot be read from a column"):
        Sample().set("whole", Column("c"))


def test_a_derived_stage_may_say_a_param_anew():
    assert Derived().getWhole() == 5
    assert Derived().setWhole(0).getWhole() == 0
    assert Sample().getWhole() == 3
    assert "another meaning" in Derived().explainParam("whole")
    assert set(Derived.declared) == {*Sample.declared, "more"}
    assert "more" not in Sample.declared


# Secrets


def test_secrets_are_masked_wherever_they_are_shown():
    stage = Sample(key=SECRET, extra={"x-functions-key": SECRET})
    shown = [repr(stage), str(stage), stage.explainParams(), stage.explainParam("key")]
    shown += [repr(stage.params), str(stage.key), repr(stage.extra)]
    assert SECRET not in " ".join(shown)
    assert "<secret>" in repr(stage)
    assert stage.getKey() == SECRET


@pytest.mark.parametrize("value", [SECRET.encode(), [SECRET], {"k": SECRET}])
def test_a_wrong_secret_is_not_in_the_message(value):
    with pytest.raises(ParamError) as caught:
        Sample(key=value)
    assert SECRET not in str(caught.value)
    assert type(value).__name__ in str(caught.value)


def test_a_wrong_secret_is_not_in_the_messages_causes():
    with pytest.raises(ParamError) as caught:
        Sample().setExtra({"x-functions-key": [SECRET]})
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_reference_is_shown_and_a_column_too():
    assert "env:MY_KEY" in repr(Sample(key="env:MY_KEY"))
    assert "keyCol='k'" in repr(Sample(keyCol="k"))
    assert "column 'k'" in Sample(keyCol="k").explainParam("key")


def test_a_reference_may_stand_for_any_secret():
    assert Sample(extra="env:HEADERS").getExtra() == "env:HEADERS"
    with pytest.raises(ParamError):
        Sample(words="env:WORDS")


# pyspark.ml's surface


def test_state_of_a_param():
    stage = Sample(label="x")
    assert (stage.isSet("label"), stage.hasDefault("label"), stage.isDefined("label")) == (1, 0, 1)
    assert (stage.isSet("truth"), stage.hasDefault("truth"), stage.isDefined("truth")) == (0, 1, 1)
    assert (stage.isSet("waits"), stage.isDefined("waits")) == (False, False)
    assert stage.clear("label") is stage
    assert not stage.isDefined("label")
    assert stage.getOrDefault("label") is None
    assert stage.hasParam("label")
    assert not stage.hasParam("nope")


def test_params_are_sorted_and_bound_to_their_stage():
    stage = Sample()
    assert [param.name for param in stage.params] == sorted(Sample.declared)
    assert {param.parent for param in stage.params} == {stage.uid}
    assert stage.getParam("whole") == stage.whole
    assert str(stage.whole) == f"{stage.uid}__whole"


def test_params_equal_by_stage_and_name():
    one, other = Sample(), Sample()
    assert one.whole == one.whole
    assert hash(one.whole) == hash(one.whole)
    assert one.whole != other.whole
    assert one.whole != one.label
    assert one.copy().whole == one.whole
    assert one.whole != "whole"
    assert len({one.whole, one.whole, other.whole}) == 2
    assert pickle.loads(pickle.dumps(one)).whole == one.whole


def test_params_are_reached_by_object_as_by_name():
    stage = Sample().set(Sample.whole, 4)
    assert stage.getOrDefault(stage.whole) == 4
    assert stage.set(stage.whole, 6).getWhole() == 6
    assert stage.isSet(stage.whole)
    assert not stage.clear(stage.whole).isSet(stage.whole)


def test_extract_param_map_has_what_is_set_or_has_a_default():
    stage = Sample(label="x")
    found = stage.extractParamMap()
    assert found[stage.label] == "x"
    assert found[stage.level] == "low"
    assert stage.waits not in found
    assert stage.extractParamMap({stage.whole: 9})[stage.whole] == 9
    assert stage.getWhole() == 3


def test_explain_param_tells_default_and_current():
    stage = Sample(whole=9)
    assert stage.explainParam("whole") == "whole: a whole number (default: 3, current: 9)"
    assert stage.explainParam("label") == "label: a text (undefined)"


def test_a_copy_is_independent():
    stage = Sample(waits=[1], extra={"a": "b"}, words=["x"])
    copied = stage.copy()
    assert copied.uid == stage.uid
    copied.setWaits([5]).setLabel("new").clear("words")
    assert (stage.getWaits(), stage.isSet("label"), stage.getWords()) == ([1], False, ["x"])


def test_a_copys_lists_and_dicts_are_its_own():
    given = [1]
    stage = Sample(waits=given, extra={"a": "b"})
    given.append(2)
    copied = stage.copy()
    copied.getWaits().append(3)
    copied.getExtra()["c"] = "d"
    assert (stage.getWaits(), stage.getExtra()) == ([1], {"a": "b"})


def test_a_copy_takes_params_of_its_own_only():
    """A pipeline gives every stage the same map."""
    stage, other = Sample(), Sample()
    copied = stage.copy({stage.whole: 9, other.label: "not mine"})
    assert (copied.getWhole(), stage.getWhole()) == (9, 3)
    assert not copied.isSet("label")
    with pytest.raises(ParamError):
        stage.copy({stage.whole: "9"})


def test_two_stages_are_two():
    assert Sample().uid != Sample().uid
    assert Sample().uid.startswith("Sample_")
    one, other = Sample(), Sample()
    one.setWhole(8)
    assert other.getWhole() == 3


def test_output_and_error_columns_are_named_after_the_stage():
    stage = Service.registry["TextSentiment"]()
    assert (stage.getOutputCol(), stage.getErrorCol()) == (
        "TextSentiment_output",
        "TextSentiment_output_error",
    )
    assert stage.setOutputCol("o").getErrorCol() == "o_error"
    assert stage.setErrorCol("e").getErrorCol() == "e"


# Without the extras

BARE = """
    import sys
    for name in ("pyspark", "pandas", "polars", "numpy"):
        sys.modules[name] = None
    import pickle
    import pyarrow as pa
    import cogml
    from cogml.cognitive import TextSentiment

    url, folder = sys.argv[1:]
    stage = TextSentiment(endpoint=url, subscriptionKeyCol="key", outputCol="out")
    assert stage.copy({stage.outputCol: "o"}).getOutputCol() == "o"
    assert pickle.loads(pickle.dumps(stage)).uid == stage.uid
    assert stage.hasParam("text") and stage.getParam("text") == stage.text
    assert stage.explainParams() and stage.params and stage.extractParamMap()
    table = pa.table({"text": ["a good day", None, "a bad day"], "key": ["k"] * 3})
    found = stage.transform(table)
    assert found.column_names == ["text", "key", "out_error", "out"], found.column_names
    sentiments = [cell and cell[0]["sentiment"] for cell in found["out"].to_pylist()]
    assert sentiments == ["positive", None, "negative"], found.to_pylist()
    assert found["out_error"].null_count == 3
    stage.save(folder)
    again = TextSentiment.load(folder)
    assert again.uid == stage.uid
    assert again.transform(table) == found
    try:
        stage.transform({"text": []})
    except cogml.ParamError as error:
        assert "pyarrow Table" in str(error)
    else:
        raise SystemExit("a dict was taken")
    print("done")
"""


def test_everything_works_without_pandas_polars_and_pyspark(tmp_path):
    """Nothing is imported that the user has not got."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environment.pop("COGML_ENDPOINT", None)
    with cogml_mocks.serve() as suite:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", textwrap.dedent(BARE), suite.url, tmp_path / "s"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environment,
        )
    assert done.stdout.strip() == "done", done.stderr
