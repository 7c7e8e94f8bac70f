"""The tutorial runs as it is written, its import lines changed; its tables come out.

What a cell leaves to the reader is filled in: the names in the key vault, and the key of the speech
sample, which no cell defines. The recording is another one, at the address of the tutorial's.
"""

from __future__ import annotations

import io
import pathlib
import shutil
from collections.abc import Iterator
from typing import Any

import error_rates
import httpx
import pytest
from harness import Frames, real_inputs, served
from PIL import Image
from spoken import QUESTION

import cogml_mocks
from cogml import PipelineModel as Stages
from cogml.cognitive import *  # noqa: F403
from cogml.vault import mssparkutils
from cogml_mocks.settings import Settings

SECRETS = {"service-key": "a-key", "bing-search-key": "another-key", "anomaly-key": "a-third-key"}
CLIENTS = {"an-app": "the-client-secret"}

SENTENCES = {
    "text": [
        "I am so happy today, its sunny!",
        "this is a dog",
        "I am frustrated by this rush hour traffic!",
    ],
    "language": ["en-US", "en-US", "en-US"],
}
SENTIMENTS = {
    "I am frustrated by this rush hour traffic!": "negative",
    "this is a dog": "neutral",
    "I am so happy today, its sunny!": "positive",
}
IMAGE = "https://raw.githubusercontent.com/Azure-Samples/cognitive-services-sample-data-files/master/ComputerVision/Images/objects.jpg"
TAGS = "skating person man outdoor riding sport skateboard young board shirt air park boy side jumping ramp trick doing flying".split()  # noqa: E501, SIM905
SERIES = [
    ("1972-01-01T00:00:00Z", 826.0, False),
    ("1972-02-01T00:00:00Z", 799.0, False),
    ("1972-03-01T00:00:00Z", 890.0, False),
    ("1972-04-01T00:00:00Z", 900.0, False),
    ("1972-05-01T00:00:00Z", 766.0, False),
    ("1972-06-01T00:00:00Z", 805.0, False),
    ("1972-07-01T00:00:00Z", 821.0, False),
    ("1972-08-01T00:00:00Z", 20000.0, True),
    ("1972-09-01T00:00:00Z", 883.0, False),
    ("1972-10-01T00:00:00Z", 898.0, False),
    ("1972-11-01T00:00:00Z", 957.0, False),
    ("1972-12-01T00:00:00Z", 924.0, False),
    ("1973-01-01T00:00:00Z", 881.0, False),
    ("1973-02-01T00:00:00Z", 837.0, False),
    ("1973-03-01T00:00:00Z", 9000.0, True),
]
RECORDING = "https://mmlspark.blob.core.windows.net/datasets/Speech/audio2.wav"


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, pathlib.Path]]:
    """The address of a vault, and the folder of the authority to trust."""
    folder = tmp_path_factory.mktemp("tls")
    with cogml_mocks.serve(tls=folder, secrets=SECRETS, clients=CLIENTS) as suite:
        yield suite.url, folder


@pytest.fixture(scope="module")
def services() -> Iterator[str]:
    """The address of services that take the vault's keys and no other."""
    with cogml_mocks.serve(keys=list(SECRETS.values())) as suite:
        yield suite.url


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A copy of the web in which the tutorial's recording is that of the real inputs."""
    question = real_inputs() / "audio" / "whatstheweatherlike.wav"
    folder = tmp_path_factory.mktemp("web")
    place = folder / RECORDING.removeprefix("https://")
    place.parent.mkdir(parents=True)
    shutil.copyfile(question, place)
    with served(folder) as address:
        yield address


@pytest.fixture
def keys(
    vault: tuple[str, pathlib.Path], services: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str, str]:
    """The keys, as the tutorial's first cell reads them."""
    address, folder = vault
    for name, value in {
        "COGML_ENDPOINT": services,
        "COGML_VAULT_URL": address,
        "REQUESTS_CA_BUNDLE": str(folder / "ca.pem"),
        "AZURE_AUTHORITY_HOST": address,
        "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
        "AZURE_TENANT_ID": Settings().tenant,
        "AZURE_CLIENT_ID": "an-app",
        "AZURE_CLIENT_SECRET": CLIENTS["an-app"],
    }.items():
        monkeypatch.setenv(name, value)

    # An Azure AI services multi-service resource key for Text Analytics and Computer Vision (or use separate keys that belong to each service)  # noqa: E501
    ai_service_key = mssparkutils.credentials.getSecret("my-vault", "service-key","my-vault-service")  # fmt: skip  # noqa: E501
    # A Bing Search v7 subscription key
    bingsearch_service_key = mssparkutils.credentials.getSecret("my-vault", "bing-search-key","my-vault-service")  # fmt: skip  # noqa: E501
    # An Anomaly Detector subscription key
    anomalydetector_key = mssparkutils.credentials.getSecret("my-vault", "anomaly-key","my-vault-service")  # fmt: skip  # noqa: E501

    assert (ai_service_key, bingsearch_service_key, anomalydetector_key) == tuple(SECRETS.values())
    return ai_service_key, bingsearch_service_key, anomalydetector_key


def assert_all_are_pictures(contents: list[bytes]) -> None:
    for content in contents:
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            assert min(picture.size) >= 50


def assert_is_the_question(heard: list[str]) -> None:
    """Nothing that was said is missing or wrong: the word error rate is 0."""
    (sentence,) = heard
    assert error_rates.of_words(QUESTION, sentence) == 0
    assert {"what's", "weather", "like?"} <= set(sentence.lower().split())


# The tutorial's cells.


@pytest.mark.spark
def test_text_sample(keys: tuple[str, str, str], spark: Any) -> None:
    ai_service_key, _, _ = keys
    shown: list[Any] = []
    display = shown.append

    from pyspark.sql.functions import col

    # Create a dataframe that's tied to it's column names
    df_sentences = spark.createDataFrame([
      ("I am so happy today, its sunny!", "en-US"),
      ("this is a dog", "en-US"),
      ("I am frustrated by this rush hour traffic!", "en-US")
    ], ["text", "language"])  # fmt: skip

    # Run the Text Analytics service with options
    sentiment = (TextSentiment()  # noqa: F405
        .setTextCol("text")
        .setLocation("eastasia") # Set the location of your Azure AI services resource
        .setSubscriptionKey(ai_service_key)
        .setOutputCol("sentiment")
        .setErrorCol("error")
        .setLanguageCol("language"))  # fmt: skip

    # Show the results of your text query in a table format

    display(sentiment.transform(df_sentences).select("text", col("sentiment")[0].getItem("sentiment").alias("sentiment")))  # fmt: skip  # noqa: E501

    (table,) = shown
    assert table.columns == ["text", "sentiment"]
    assert dict(map(tuple, table.collect())) == SENTIMENTS


@pytest.mark.spark
def test_vision_sample(keys: tuple[str, str, str], spark: Any) -> None:
    ai_service_key, _, _ = keys
    shown: list[Any] = []
    display = shown.append

    # Create a dataframe with the image URL
    df_images = spark.createDataFrame([
            ("https://raw.githubusercontent.com/Azure-Samples/cognitive-services-sample-data-files/master/ComputerVision/Images/objects.jpg", )  # noqa: E501
        ], ["image", ])  # fmt: skip

    # Run the Computer Vision service. Analyze Image extracts information from/about the images.
    analysis = (AnalyzeImage()  # noqa: F405
        .setLocation("eastasia") # Set the location of your Azure AI services resource
        .setSubscriptionKey(ai_service_key)
        .setVisualFeatures(["Categories","Color","Description","Faces","Objects","Tags"])
        .setOutputCol("analysis_results")
        .setImageUrlCol("image")
        .setErrorCol("error"))  # fmt: skip

    # Show the results of what you wanted to pull out of the images.
    display(analysis.transform(df_images).select("image", "analysis_results.description.tags"))

    (table,) = shown
    assert table.columns == ["image", "tags"]
    assert [tuple(row) for row in table.collect()] == [(IMAGE, TAGS)]


@pytest.mark.spark
def test_search_sample(keys: tuple[str, str, str], spark: Any) -> None:
    _, bingsearch_service_key, _ = keys
    shown: list[Any] = []
    display = shown.append

    from pyspark.ml import PipelineModel

    # Number of images Bing will return per query
    imgsPerBatch = 2  # noqa: N806
    # A list of offsets, used to page into the search results
    offsets = [(i*imgsPerBatch,) for i in range(10)]  # fmt: skip
    # Since web content is our data, we create a dataframe with options on that data: offsets
    bingParameters = spark.createDataFrame(offsets, ["offset"])  # noqa: N806

    # Run the Bing Image Search service with our text query
    bingSearch = (BingImageSearch()  # noqa: F405, N806
        .setSubscriptionKey(bingsearch_service_key)
        .setOffsetCol("offset")
        .setQuery("Martin Luther King Jr. quotes")
        .setCount(imgsPerBatch)
        .setOutputCol("images"))  # fmt: skip

    # Transformer that extracts and flattens the richly structured output of Bing Image Search into a simple URL column  # noqa: E501
    getUrls = BingImageSearch.getUrlTransformer("images", "url")  # noqa: F405, N806
    pipeline_bingsearch = PipelineModel(stages=[bingSearch, getUrls])

    # Show the results of your search: image URLs
    res_bingsearch = pipeline_bingsearch.transform(bingParameters)
    display(res_bingsearch.dropDuplicates())

    (table,) = shown
    assert table.columns == ["url"]
    addresses = [row["url"] for row in table.collect()]
    assert len(addresses) == len(set(addresses)) == 20
    with httpx.Client(trust_env=False) as client:
        answers = [client.get(address) for address in addresses]
    assert_all_are_pictures([answer.raise_for_status().content for answer in answers])


@pytest.mark.spark
def test_anomaly_sample(keys: tuple[str, str, str], spark: Any) -> None:
    _, _, anomalydetector_key = keys
    shown: list[Any] = []
    display = shown.append

    from pyspark.sql.functions import lit

    # Create a dataframe with the point data that Anomaly Detector requires
    df_timeseriesdata = spark.createDataFrame([
        ("1972-01-01T00:00:00Z", 826.0),
        ("1972-02-01T00:00:00Z", 799.0),
        ("1972-03-01T00:00:00Z", 890.0),
        ("1972-04-01T00:00:00Z", 900.0),
        ("1972-05-01T00:00:00Z", 766.0),
        ("1972-06-01T00:00:00Z", 805.0),
        ("1972-07-01T00:00:00Z", 821.0),
        ("1972-08-01T00:00:00Z", 20000.0), # anomaly
        ("1972-09-01T00:00:00Z", 883.0),
        ("1972-10-01T00:00:00Z", 898.0),
        ("1972-11-01T00:00:00Z", 957.0),
        ("1972-12-01T00:00:00Z", 924.0),
        ("1973-01-01T00:00:00Z", 881.0),
        ("1973-02-01T00:00:00Z", 837.0),
        ("1973-03-01T00:00:00Z", 9000.0) # anomaly
    ], ["timestamp", "value"]).withColumn("group", lit("series1"))  # fmt: skip

    # Run the Anomaly Detector service to look for irregular data
    anomaly_detector = (SimpleDetectAnomalies()  # noqa: F405
      .setSubscriptionKey(anomalydetector_key)
      .setLocation("eastasia")
      .setTimestampCol("timestamp")
      .setValueCol("value")
      .setOutputCol("anomalies")
      .setGroupbyCol("group")
      .setGranularity("monthly"))  # fmt: skip

    # Show the full results of the analysis with the anomalies marked as "True"
    display(anomaly_detector.transform(df_timeseriesdata).select("timestamp", "value", "anomalies.isAnomaly"))  # fmt: skip  # noqa: E501

    (table,) = shown
    assert table.columns == ["timestamp", "value", "isAnomaly"]
    assert sorted(tuple(row) for row in table.collect()) == SERIES


@pytest.mark.spark
def test_speech_sample(
    keys: tuple[str, str, str], web: str, spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service_key, _, _ = keys
    monkeypatch.setenv("COGML_WEB", web)
    shown: list[Any] = []
    display = shown.append

    # Create a dataframe with our audio URLs, tied to the column called "url"
    df = spark.createDataFrame([("https://mmlspark.blob.core.windows.net/datasets/Speech/audio2.wav",)
                               ], ["url"])  # fmt: skip

    # Run the Speech-to-text service to translate the audio into text
    speech_to_text = (SpeechToTextSDK()  # noqa: F405
        .setSubscriptionKey(service_key)
        .setLocation("northeurope") # Set the location of your Azure AI services resource
        .setOutputCol("text")
        .setAudioDataCol("url")
        .setLanguage("en-US")
        .setProfanity("Masked"))  # fmt: skip

    # Show the results of the translation
    display(speech_to_text.transform(df).select("url", "text.DisplayText"))

    (table,) = shown
    assert table.columns == ["url", "DisplayText"]
    rows = table.collect()
    assert [row["url"] for row in rows] == [RECORDING]
    assert_is_the_question([row["DisplayText"] for row in rows])


# The same stages on frames that are no Spark frames.


def test_text_sample_elsewhere(keys: tuple[str, str, str], eager: Frames) -> None:
    sentiment = (
        TextSentiment()  # noqa: F405
        .setTextCol("text")
        .setLocation("eastasia")
        .setSubscriptionKey(keys[0])
        .setOutputCol("sentiment")
        .setErrorCol("error")
        .setLanguageCol("language")
    )
    rows = eager.rows(sentiment.transform(eager.make(SENTENCES)))
    assert {row["text"]: row["sentiment"][0]["sentiment"] for row in rows} == SENTIMENTS
    assert [row["error"] for row in rows] == [None] * 3


def test_vision_sample_elsewhere(keys: tuple[str, str, str], eager: Frames) -> None:
    analysis = (
        AnalyzeImage()  # noqa: F405
        .setLocation("eastasia")
        .setSubscriptionKey(keys[0])
        .setVisualFeatures(["Categories", "Color", "Description", "Faces", "Objects", "Tags"])
        .setOutputCol("analysis_results")
        .setImageUrlCol("image")
        .setErrorCol("error")
    )
    (row,) = eager.rows(analysis.transform(eager.make({"image": [IMAGE]})))
    assert row["analysis_results"]["description"]["tags"] == TAGS
    assert row["error"] is None


def test_search_sample_elsewhere(keys: tuple[str, str, str], eager: Frames) -> None:
    search = (
        BingImageSearch()  # noqa: F405
        .setSubscriptionKey(keys[1])
        .setOffsetCol("offset")
        .setQuery("Martin Luther King Jr. quotes")
        .setCount(2)
        .setOutputCol("images")
    )
    urls = BingImageSearch.getUrlTransformer("images", "url")  # noqa: F405
    pictures = BingImageSearch.downloadFromUrls("url", "picture")  # noqa: F405
    offsets = eager.make({"offset": list(range(0, 20, 2))})
    rows = eager.rows(Stages(stages=[search, urls, pictures]).transform(offsets))
    assert len(rows) == len({row["url"] for row in rows}) == 20
    assert [row["picture_error"] for row in rows] == [None] * 20
    assert_all_are_pictures([row["picture"] for row in rows])


def test_anomaly_sample_elsewhere(keys: tuple[str, str, str], eager: Frames) -> None:
    detector = (
        SimpleDetectAnomalies()  # noqa: F405
        .setSubscriptionKey(keys[2])
        .setLocation("eastasia")
        .setTimestampCol("timestamp")
        .setValueCol("value")
        .setOutputCol("anomalies")
        .setGroupbyCol("group")
        .setGranularity("monthly")
    )
    timestamps, values, _ = map(list, zip(*SERIES, strict=True))
    columns = {"timestamp": timestamps, "value": values, "group": ["series1"] * len(SERIES)}
    rows = eager.rows(detector.transform(eager.make(columns)))
    assert [(r["timestamp"], r["value"], r["anomalies"]["isAnomaly"]) for r in rows] == SERIES


def test_speech_sample_elsewhere(
    keys: tuple[str, str, str], web: str, eager: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGML_WEB", web)
    speech_to_text = (
        SpeechToTextSDK()  # noqa: F405
        .setSubscriptionKey(keys[0])
        .setLocation("northeurope")
        .setOutputCol("text")
        .setAudioDataCol("url")
        .setLanguage("en-US")
        .setProfanity("Masked")
    )
    rows = eager.rows(speech_to_text.transform(eager.make({"url": [RECORDING]})))
    assert [row["url"] for row in rows] == [RECORDING]
    assert_is_the_question([row["text"]["DisplayText"] for row in rows])
