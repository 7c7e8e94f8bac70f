"""The tutorial's text sample runs as it is written, its import lines changed and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from harness import Endpoint

from cogml.cognitive import *  # noqa: F403

EXPECTED = {
    "I am frustrated by this rush hour traffic!": "negative",
    "this is a dog": "neutral",
    "I am so happy today, its sunny!": "positive",
}
SENTENCES = [
    ("I am so happy today, its sunny!", "en-US"),
    ("this is a dog", "en-US"),
    ("I am frustrated by this rush hour traffic!", "en-US"),
]
COLUMNS = ["text", "language"]


def stage(ai_service_key: str) -> Any:
    return (TextSentiment()  # noqa: F405
        .setTextCol("text")
        .setLocation("eastasia") # Set the location of your Azure AI services resource
        .setSubscriptionKey(ai_service_key)
        .setOutputCol("sentiment")
        .setErrorCol("error")
        .setLanguageCol("language"))  # fmt: skip


@pytest.mark.spark
def test_text_sample_on_spark(endpoint: Endpoint, spark: Any) -> None:
    ai_service_key = "a-key"
    shown = []
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
    assert {row["text"]: row["sentiment"] for row in table.collect()} == EXPECTED


def test_text_sample_on_pandas(endpoint: Endpoint) -> None:
    import pandas as pd

    frame = stage("a-key").transform(pd.DataFrame(SENTENCES, columns=COLUMNS))
    found = frame["sentiment"].list[0].struct.field("sentiment")
    assert dict(zip(frame["text"], found, strict=True)) == EXPECTED
    assert frame["error"].isna().all()


def test_text_sample_on_polars(endpoint: Endpoint) -> None:
    import polars as pl

    frame = stage("a-key").transform(pl.DataFrame(SENTENCES, schema=COLUMNS, orient="row"))
    found = frame["sentiment"].list.first().struct.field("sentiment")
    assert dict(zip(frame["text"], found, strict=True)) == EXPECTED
    assert frame["error"].null_count() == 3
