"""Answers are kept on disk: for whom, for how long, and what may happen to them."""

from __future__ import annotations

import contextlib
import datetime
import logging
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from harness import Endpoint

from cogml import ParamError
from cogml.answers import FILE, Answers, fingerprint
from cogml.cognitive import AnalyzeImage, AnalyzeText, SimpleDetectAnomalies, TextSentiment

SECRET = "s3cr3t-of-forty-characters-0123456789abc"


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> str:
    return str(tmp_path / "new" / "answers")


@pytest.fixture(params=["folder", "store"])
def place(folder: str, request: pytest.FixtureRequest) -> str:
    """A folder of this machine, or the same as a store that others may see."""
    return folder if request.param == "folder" else f"file://{folder}"


def path_of(place: str) -> pathlib.Path:
    return pathlib.Path(place.removeprefix("file://"))


def sentiment(folder: str, **settings: Any) -> TextSentiment:
    given = {
        "textCol": "text",
        "outputCol": "out",
        "errorCol": "err",
        "cacheDir": folder,
        "subscriptionKey": SECRET,
    }
    return TextSentiment(**(given | settings))


def texts(*numbers: int) -> pd.DataFrame:
    return pd.DataFrame({"text": [f"nice {number}" for number in numbers]})


def sent(endpoint: Endpoint) -> int:
    return endpoint.documents()


def test_only_what_is_new_is_sent_however_it_is_packed(endpoint: Endpoint, place: str) -> None:
    sentiment(place).transform(texts(*range(25)))
    assert sent(endpoint) == 25
    more = sentiment(place)
    result = more.transform(texts(*range(20, 40), 3))
    assert sent(endpoint) == 40
    assert result["err"].isna().all()
    assert result["out"].list[0].struct.field("sentiment").eq("positive").all()
    assert (more.run_report.sent, more.run_report.kept) == (21, 6)
    assert "6 kept from earlier" in str(more.run_report)


def test_another_question_is_another_answer(endpoint: Endpoint, place: str) -> None:
    frame = texts(1)
    stages = [
        sentiment(place),
        sentiment(place, language="de"),
        sentiment(place, opinionMining=True),
        sentiment(place, modelVersion="2022-11-01"),
        sentiment(place, endpoint=f"{endpoint.url}/", batchSize=3),
        AnalyzeText(
            kind="SentimentAnalysis", textCol="text", cacheDir=place, subscriptionKey=SECRET
        ),
    ]
    for number, stage in enumerate(stages, start=1):
        stage.transform(frame)
        assert sent(endpoint) == min(number, 4) + (number == 6)


def test_key_names_and_pace_are_no_part_of_the_question(endpoint: Endpoint, place: str) -> None:
    frame = texts(1)
    sentiment(place).transform(frame)
    keys = frame.assign(key="another", renamed=frame["text"])
    sentiment(place, outputCol="o", errorCol="e", concurrency=1, timeout=7.0).transform(frame)
    mine = {"Authorization": "Basic x", "api-key": "y"}
    sentiment(place, subscriptionKey="another", customHeaders=mine).transform(frame)
    stage = sentiment(place, textCol="renamed").setSubscriptionKeyCol("key")
    stage.transform(keys)
    assert sent(endpoint) == 1


def test_a_header_that_is_no_credential_is_a_part_of_the_question(
    endpoint: Endpoint, place: str
) -> None:
    for number, language in enumerate(("de", "fr", "de"), start=1):
        stage = sentiment(place, customHeaders={"Accept-Language": language})
        stage.transform(texts(1))
        assert sent(endpoint) == min(number, 2)


def test_a_value_is_the_same_question_in_a_column(endpoint: Endpoint, place: str) -> None:
    frame = texts(1).assign(lang="en")
    sentiment(place, language="en").transform(frame)
    sentiment(place).setLanguageCol("lang").transform(frame)
    assert sent(endpoint) == 1


def test_a_file_counts_for_what_lies_there(
    endpoint: Endpoint, place: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for its name: another folder's file, and what it becomes, are other questions."""
    pixels = (np.full((100, 100, 3), colour, np.uint8) for colour in ((0, 0, 200), (200, 0, 0)))
    red, blue = (cv2.imencode(".png", each)[1].tobytes() for each in pixels)
    for name, picture in (("one", red), ("two", blue)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.png").write_bytes(picture)
    stage = AnalyzeImage(
        imageBytesCol="p", visualFeatures=["Color"], outputCol="out", errorCol="err",
        cacheDir=place, subscriptionKey=SECRET,
    )  # fmt: skip

    def colour(place: str) -> str:
        row = stage.transform(pd.DataFrame({"p": [place]})).iloc[0]
        assert row["err"] is None or pd.isna(row["err"])
        return str(row["out"]["color"]["dominantColorBackground"])

    monkeypatch.chdir(tmp_path / "one")
    assert [colour("p.png"), colour("p.png")] == ["Red", "Red"]
    assert len(endpoint.requests()) == 1
    monkeypatch.chdir(tmp_path / "two")
    assert colour("p.png") == "Blue"
    (tmp_path / "two" / "p.png").write_bytes(red + b"\0")
    assert colour("p.png") == "Red"
    assert len(endpoint.requests()) == 3
    missing = stage.transform(pd.DataFrame({"p": ["none.png"]}))
    assert missing["err"].notna().all()


def test_removing_the_folder_forgets(endpoint: Endpoint, place: str) -> None:
    stage = sentiment(place)
    stage.transform(texts(1))
    shutil.rmtree(path_of(place))
    stage.transform(texts(1))
    assert sent(endpoint) == 2
    stage.transform(texts(1))
    assert sent(endpoint) == 2


def test_only_who_runs_the_process_may_read_the_folder(endpoint: Endpoint, folder: str) -> None:
    sentiment(folder).transform(texts(1))
    assert (pathlib.Path(folder) / FILE).stat().st_mode & 0o077 == 0


def test_a_folder_that_is_held_costs_a_moment_once(endpoint: Endpoint, folder: str) -> None:
    """Somebody else's transaction: what is answered meanwhile is not kept, and not waited for."""
    stage = sentiment(folder, concurrency=1)
    stage.transform(texts(0))
    with contextlib.closing(sqlite3.connect(pathlib.Path(folder) / FILE)) as other:
        other.execute("BEGIN IMMEDIATE")
        given = stage.transform(texts(*range(1, 60)))
        other.rollback()
    assert given["err"].isna().all()
    asked = sent(endpoint)
    stage.transform(texts(1))  # it rests for a minute
    assert sent(endpoint) == asked + 1


def test_what_failed_is_asked_for_again_and_what_was_answered_is_not(
    endpoint: Endpoint, place: str
) -> None:
    endpoint.fault({"status": 503, "times": 1, "after": 1})
    frame = pd.DataFrame({"text": [f"nice {n}" for n in range(30)] + [""]})
    first = sentiment(place, maxRetries=0, concurrency=1).transform(frame)
    failed = int(first["err"].notna().sum())
    assert failed == 11
    before = sent(endpoint)
    second = sentiment(place).transform(frame)
    assert sent(endpoint) - before == failed
    assert second["err"].notna().tolist() == [False] * 30 + [True]


def test_a_row_of_which_a_part_was_refused_is_not_kept(endpoint: Endpoint, place: str) -> None:
    frame = pd.DataFrame({"text": [["nice", ""]]})
    for number in (1, 2):
        result = sentiment(place).transform(frame)
        assert (result["err"].notna().all(), result["out"].notna().all()) == (True, True)
        assert len(endpoint.requests()) == number


def test_a_group_is_kept_as_a_whole(endpoint: Endpoint, place: str) -> None:
    start = datetime.datetime(2024, 1, 1)
    points = [
        {"t": start + datetime.timedelta(days=day), "v": float(day % 7), "g": group}
        for group in "ab"
        for day in range(14 if group == "a" else 15)
    ]
    stage = SimpleDetectAnomalies(
        timestampCol="t", valueCol="v", groupbyCol="g", granularity="daily", outputCol="out",
        errorCol="err", cacheDir=place, subscriptionKey=SECRET,
    )  # fmt: skip
    frame = pd.DataFrame(points)
    first = stage.transform(frame)
    assert first["err"].isna().all()
    stage.transform(frame.sample(frac=1, random_state=1))
    assert len(endpoint.requests()) == 2
    stage.transform(frame.iloc[:-1])  # b has a point less
    assert len(endpoint.requests()) == 3
    renamed = frame.assign(g=frame["g"] + "!", v=frame["v"].astype(int))
    assert stage.transform(renamed)["err"].isna().all()
    assert len(endpoint.requests()) == 3


def test_no_secret_lies_in_the_folder(endpoint: Endpoint, folder: str) -> None:
    frame = texts(1).assign(key=SECRET)
    sentiment(folder, customHeaders={"x-secret": SECRET}).transform(frame)
    sentiment(folder, endpoint=endpoint.url).setSubscriptionKeyCol("key").transform(frame)
    for path in pathlib.Path(folder).iterdir():
        content = path.read_bytes()
        assert SECRET.encode() not in content
        assert b"nice 1" not in content.replace(b"text", b"") or b"sentences" in content


# the folder


@pytest.mark.parametrize(
    "content", [b"no database at all" * 100, b"SQLite format 3\0" + b"x" * 200]
)
def test_a_file_that_is_no_folder_of_answers_is_named(
    endpoint: Endpoint, folder: str, content: bytes
) -> None:
    path = pathlib.Path(folder)
    path.mkdir(parents=True)
    (path / FILE).write_bytes(content)
    with pytest.raises(ParamError, match=r"cacheDir: .*answers\.sqlite' cannot be used: .*remove"):
        sentiment(folder).transform(texts(1))
    assert endpoint.requests() == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("/dev/null/answers", "cannot be used"),
        ("file:///dev/null/answers", "cannot be used: .*NotADirectory"),
        ("file://answers", "no absolute URL; write SCHEME://PLACE, or file:///FOLDER"),
        ("file:answers", "no absolute URL"),
        ("dbfs:/answers", "no absolute URL.* such as file:///dbfs/"),
        ("dbfs://answers", "cannot be reached: TypeError: .*'instance'"),
        ("abfsx://c@host/answers", r"no package.* knows 'abfsx.*did you mean 'abfss?'\?\)"),
        ("sftp://me:s3cr3t@host/answers", "the URL has a password, a query or one of"),
        ("abfs://c@host/answers?sig=s3cr3t", "the URL has a password, a query or one of"),
        ("file:///tmp/[answers]", "the URL has a password, a query or one of"),
    ],
)
def test_a_place_that_cannot_be_used_is_refused(endpoint: Endpoint, given: str, said: str) -> None:
    with pytest.raises(ParamError, match=said) as caught:
        sentiment(given).transform(texts(1))
    assert "s3cr3t" not in str(caught.value)
    assert endpoint.requests() == []


def test_answers_of_another_format_are_left_alone(endpoint: Endpoint, folder: str) -> None:
    Answers(folder, 10**6)
    with sqlite3.connect(pathlib.Path(folder) / FILE) as store:
        store.execute("PRAGMA user_version = 7")
    store.close()
    with pytest.raises(ParamError, match="of format 7, written by another version"):
        Answers(folder, 10**6)


def test_a_folder_that_breaks_while_it_runs_costs_no_row(
    endpoint: Endpoint, folder: str, caplog: pytest.LogCaptureFixture
) -> None:
    stage = sentiment(folder)
    stage.transform(texts(1))
    with sqlite3.connect(pathlib.Path(folder) / FILE) as store:
        store.execute("DROP TABLE answers")
    store.close()
    with caplog.at_level(logging.WARNING, "cogml"):
        result = stage.transform(texts(*range(30)))
    assert result["err"].isna().all()
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.endswith("no such table: answers")


@pytest.mark.parametrize("broken", [b"\xc1", b"", b"\x91\x82\xa2id\xa2\xff\xfe", b"\x91\x90"])
def test_answers_that_no_longer_fit_are_asked_for_again(
    endpoint: Endpoint, folder: str, broken: bytes
) -> None:
    stage = sentiment(folder)
    stage.transform(texts(1))
    with sqlite3.connect(pathlib.Path(folder) / FILE) as store:
        store.execute("UPDATE answers SET value = ?", (broken,))
    store.close()
    assert stage.transform(texts(1))["err"].isna().all()
    assert sent(endpoint) == 2


def test_the_oldest_answers_make_room(folder: str) -> None:
    limit = 1_000_000
    kept = Answers(folder, limit)
    keys = [fingerprint(number) for number in range(2_000)]
    for start in range(0, len(keys), 10):
        kept.put([(key, b"x" * 1_000) for key in keys[start : start + 10]])
    found = kept.get(keys)
    assert keys[-1] in found
    assert keys[0] not in found
    assert 0.5 * limit < sum(map(len, found.values())) <= limit
    assert (pathlib.Path(folder) / FILE).stat().st_size <= 1.1 * limit


def test_what_one_process_has_committed_another_reads_even_if_it_is_killed(folder: str) -> None:
    program = textwrap.dedent(
        """
        import sys
        from cogml.answers import Answers, fingerprint
        kept = Answers(sys.argv[1], 10**8)
        number = 0
        while True:
            kept.put([(fingerprint(number), b"%d" % number)])
            number += 1
            print(number, flush=True)
        """
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, folder], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = []
    for writer in writers:
        assert writer.stdout is not None
        with writer.stdout:
            while int(line := writer.stdout.readline()) < 50:
                pass
            writer.send_signal(signal.SIGKILL)
            said.append(int((writer.stdout.read().splitlines() or [line])[-1]))
        writer.wait()
    kept = Answers(folder, 10**8)
    keys = [fingerprint(number) for number in range(max(said))]
    assert kept.get(keys) == {key: b"%d" % number for number, key in enumerate(keys)}


# fingerprints


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (["x", None, 2.5], ("x", None, 2.5)),
        (2**70, 2**70),
        (datetime.date(2024, 1, 1), datetime.date(2024, 1, 1)),
    ],
)
def test_equal_things_have_one_fingerprint(one: Any, two: Any) -> None:
    assert fingerprint(one) == fingerprint(two)


def test_different_things_have_different_fingerprints() -> None:
    things = [1, "1", b"1", 1.5, None, [], {}, ["1"], [["1"]], {"1": 1}, 2**70, -(2**70), "é", "e"]
    assert len({fingerprint(thing) for thing in things}) == len(things)
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
