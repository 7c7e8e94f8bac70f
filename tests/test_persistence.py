"""A saved stage holds everything but its secrets, and a broken file says what is wrong."""

import json
import sys

import pyarrow as pa
import pytest

from cogml import LoadError, ParamError, Service, _sparkml
from cogml.param import Column
from cogml.persistence import from_json, reference, to_json

TextSentiment = Service.registry["TextSentiment"]
KeyPhraseExtractor = Service.registry["KeyPhraseExtractor"]
SECRET = "s3cr3t-value"


@pytest.fixture(autouse=True)
def without_spark(monkeypatch):
    """Files, whatever session another test has left."""
    monkeypatch.setattr(_sparkml, "active_session", lambda: None)
    monkeypatch.delenv("COGML_SUBSCRIPTION_KEY", raising=False)


def saved_text(folder):
    return "".join(p.read_text("utf-8") for p in folder.rglob("*") if p.is_file())


def edited(**changes):
    """The saved form of a stage with some of it changed; None takes a part out."""
    saved = json.loads(to_json(TextSentiment(language="en"))) | changes
    return json.dumps({name: value for name, value in saved.items() if value is not None})


def test_a_loaded_stage_is_the_saved_one(tmp_path):
    stage = TextSentiment(
        endpoint="http://127.0.0.1:1",
        textCol="ä column",
        languageCol="lang",
        showStats=True,
        backoffs=[100, 200],
        timeout=2.5,
        outputCol="out",
    )
    stage.save(str(tmp_path / "stage"))
    loaded = TextSentiment.load(str(tmp_path / "stage"))
    assert type(loaded) is TextSentiment
    assert loaded.uid == stage.uid
    assert repr(loaded) == repr(stage)
    assert loaded.getOrDefault("text") == Column("ä column")
    assert {p.name: v for p, v in loaded.extractParamMap().items()} == {
        p.name: v for p, v in stage.extractParamMap().items()
    }


@pytest.mark.parametrize("name", sorted(Service.registry))
def test_every_stage_saves_and_loads(name, tmp_path):
    stage = Service.registry[name](concurrency=2)
    stage.save(tmp_path / "stage")
    assert repr(Service.registry[name].load(tmp_path / "stage")) == repr(stage)
    assert type(Service.load(tmp_path / "stage")) is Service.registry[name]


def test_defaults_are_not_saved(tmp_path):
    """A later version may have better ones."""
    assert json.loads(to_json(TextSentiment()))["paramMap"] == {}


def test_the_folder_is_sparks_layout(tmp_path):
    TextSentiment().save(tmp_path / "stage")
    files = {path.name for path in (tmp_path / "stage" / "metadata").iterdir()}
    assert files == {"part-00000", "_SUCCESS"}
    saved = json.loads(saved_text(tmp_path / "stage"))
    assert {"class", "timestamp", "sparkVersion", "uid", "paramMap"} <= set(saved)
    assert saved["class"] == "cogml.services.text.TextSentiment"


def test_an_existing_stage_is_overwritten_only_on_request(tmp_path):
    path = tmp_path / "stage"
    TextSentiment(language="en").save(path)
    with pytest.raises(FileExistsError, match="overwrite"):
        TextSentiment(language="de").save(path)
    assert TextSentiment.load(path).getLanguage() == "en"
    TextSentiment(language="de").write().overwrite().save(path)
    assert TextSentiment.load(path).getLanguage() == "de"


def test_a_file_address_is_a_local_folder(tmp_path):
    TextSentiment().save(f"file://{tmp_path}/stage/")
    assert TextSentiment.load(f"file:{tmp_path}/stage")
    assert TextSentiment.load(tmp_path / "stage")


def test_another_file_system_needs_a_session():
    with pytest.raises(LoadError, match="start a Spark session"):
        TextSentiment.load("abfss://box@account/stage")


# Secrets


def test_a_secret_is_never_in_the_file(tmp_path):
    stage = TextSentiment(subscriptionKey=SECRET, AADToken=SECRET, customHeaders={"x": SECRET})
    stage.setCustomAuthHeader(SECRET)
    stage.save(tmp_path / "stage")
    assert SECRET not in saved_text(tmp_path)
    assert stage.getSubscriptionKey() == SECRET


def test_a_stage_without_its_secret_says_what_to_set(tmp_path, monkeypatch):
    TextSentiment(subscriptionKey=SECRET).save(tmp_path / "stage")
    with pytest.raises(LoadError, match="COGML_SUBSCRIPTION_KEY") as caught:
        TextSentiment.load(tmp_path / "stage")
    assert "subscriptionKey" in str(caught.value)
    monkeypatch.setenv("COGML_SUBSCRIPTION_KEY", SECRET)
    loaded = TextSentiment.load(tmp_path / "stage")
    assert loaded.getSubscriptionKey() == "env:COGML_SUBSCRIPTION_KEY"
    loaded.save(tmp_path / "again")
    assert SECRET not in saved_text(tmp_path)


def test_a_reference_is_saved_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_KEY", SECRET)
    TextSentiment(subscriptionKey="env:MY_KEY").save(tmp_path / "stage")
    assert "env:MY_KEY" in saved_text(tmp_path)
    assert TextSentiment.load(tmp_path / "stage").getSubscriptionKey() == "env:MY_KEY"


def test_a_secret_of_a_column_is_no_secret(tmp_path):
    TextSentiment(subscriptionKeyCol="key").save(tmp_path / "stage")
    assert TextSentiment.load(tmp_path / "stage").getSubscriptionKeyCol() == "key"


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("subscriptionKey", "COGML_SUBSCRIPTION_KEY"),
        ("AADToken", "COGML_AAD_TOKEN"),
        ("CustomAuthHeader", "COGML_CUSTOM_AUTH_HEADER"),
        ("customHeaders", "COGML_CUSTOM_HEADERS"),
    ],
)
def test_each_secret_has_its_variable(name, variable):
    assert reference(TextSentiment.declared[name], SECRET) == f"env:{variable}"


# What cannot be loaded


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "5", "null", "{}", '{"class": "x"}', "\x00"],
)
def test_what_cogml_has_not_saved_is_a_load_error(text):
    with pytest.raises(LoadError, match="not a stage that cogml has saved"):
        from_json(text, Service)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cogmlFormat": 99}, "format 99"),
        ({"cogmlFormat": None}, "not a stage"),
        ({"uid": 5}, "not a stage"),
        ({"paramMap": []}, "not a stage"),
        ({"class": 5}, "not a stage"),
        ({"class": "cogml.services.text.Gone"}, "Gone"),
        ({"class": "cogml.services.gone.TextSentiment"}, "cogml.services.gone.TextSentiment"),
        ({"class": "cogml.services.text.SENTIMENT"}, "SENTIMENT"),
        ({"class": "cogml.errors.LoadError"}, "LoadError"),
        ({"class": "TextSentiment"}, "TextSentiment"),
        ({"class": ""}, ""),
        ({"paramMap": {"gone": {"value": 1}}}, "no parameter 'gone'"),
        ({"paramMap": {"language": {}}}, "language"),
        ({"paramMap": {"language": 5}}, "language"),
        ({"paramMap": {"language": {"value": 5}}}, "language"),
        ({"paramMap": {"concurrency": {"value": "many"}}}, "concurrency"),
        ({"paramMap": {"concurrency": {"column": "c"}}}, "concurrency"),
        ({"paramMap": {"subscriptionKey": {"value": 5}}}, "subscriptionKey"),
    ],
)
def test_a_file_of_another_version_or_hand_says_what_is_wrong(changes, message):
    """A LoadError each time: never a KeyError, an ImportError or a half-made stage."""
    with pytest.raises(LoadError) as caught:
        from_json(edited(**changes), Service)
    assert message in str(caught.value)


def test_another_stage_is_not_taken_for_this_one(tmp_path):
    TextSentiment().save(tmp_path / "stage")
    with pytest.raises(LoadError, match="is not a KeyPhraseExtractor"):
        KeyPhraseExtractor.load(tmp_path / "stage")


def test_a_missing_folder_is_a_load_error(tmp_path):
    with pytest.raises(LoadError, match="no saved stage in"):
        TextSentiment.load(tmp_path / "nowhere")


def test_a_strangers_module_is_not_imported(tmp_path, monkeypatch):
    """A saved file must not run code of its choice."""
    (tmp_path / "stranger_of_mine.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("stranger_of_mine.Stage", "cogml_stranger.Stage"):
        with pytest.raises(LoadError):
            from_json(edited(**{"class": name}), Service)
    assert "stranger_of_mine" not in sys.modules


def test_a_stage_of_ones_own_loads_where_its_module_is_known(monkeypatch):
    class Mine(TextSentiment):
        pass

    monkeypatch.setattr(sys.modules[__name__], "Mine", Mine, raising=False)
    monkeypatch.delitem(Service.registry, "Mine")
    assert type(from_json(to_json(Mine(language="en")), Service)) is Mine


def test_a_loaded_stage_without_its_secret_now_gone_says_so(tmp_path, monkeypatch):
    """The variable may vanish between loading and running."""
    monkeypatch.setenv("MY_KEY", SECRET)
    stage = TextSentiment(endpoint="http://127.0.0.1:1", subscriptionKey="env:MY_KEY")
    monkeypatch.delenv("MY_KEY")
    with pytest.raises(ParamError, match="MY_KEY"):
        stage.transform(pa.table({"text": ["a"]}))
