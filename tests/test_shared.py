"""A store that many machines share: what they see of each other, and what may happen to it."""

from __future__ import annotations

import faulthandler
import itertools
import logging
import multiprocessing
import pathlib
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import fsspec
import pandas as pd
import pyarrow as pa
import pytest
from fsspec import AbstractFileSystem
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from harness import Endpoint

from cogml import MissingPackage, ParamError, planner, shared, store
from cogml.answers import _opened, answers, fingerprint
from cogml.cognitive import TextSentiment
from cogml.segments import begun, is_segment, name_of, packed, unpacked
from cogml.shared import SharedAnswers

_PLACES = itertools.count()
_PLACE = [""]


class Far(AbstractFileSystem):
    """Objects that are counted, and that fail, hang or change as a test says."""

    protocol = "far"
    objects: ClassVar[dict[str, bytes]] = {}
    calls: ClassVar[list[tuple[str, int]]] = []
    threads: ClassVar[set[str]] = set()
    fails: Exception | None = None
    before_writing: Callable[[str], None] | None = None

    def _call(self, name: str, path: str, objects: int = 1) -> None:
        if f"/{_PLACE[0]}" not in path:
            return  # what another test has left to be written
        Far.calls.append((name, objects))
        Far.threads.add(threading.current_thread().name)
        if Far.fails is not None:
            raise Far.fails

    def ls(self, path: str, detail: bool = True, **kwargs: Any) -> Any:
        self._call("list", path)
        inside = [name for name in Far.objects if name.startswith(f"{path}/")]
        if not inside:
            raise FileNotFoundError(path)
        return [{"name": n, "size": len(Far.objects[n]), "type": "file"} for n in inside]

    def cat_ranges(self, paths: list[str], *args: Any, **kwargs: Any) -> Any:
        self._call("read", paths[0], len(paths))
        return super().cat_ranges(paths, *args, **kwargs)

    def cat_file(
        self, path: str, start: int | None = None, end: int | None = None, **kwargs: Any
    ) -> bytes:
        if path not in Far.objects:
            raise FileNotFoundError(path)
        return Far.objects[path][start:end]

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: Any) -> None:
        self._call("write", path)
        if Far.before_writing is not None:
            Far.before_writing(path)
        Far.objects[path] = value

    def rm(self, path: Any, recursive: bool = False, maxdepth: int | None = None) -> None:
        self._call("remove", path[0], len(path))
        super().rm(path, recursive, maxdepth)

    def rm_file(self, path: str) -> None:
        if Far.objects.pop(path, None) is None:
            raise FileNotFoundError(path)


@pytest.fixture(autouse=True)
def _far(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.register_implementation("far", Far, clobber=True)
    fsspec.register_implementation("faraway", AsyncFileSystemWrapper.wrap_class(Far), clobber=True)
    monkeypatch.setattr(Far, "calls", [])
    monkeypatch.setattr(Far, "threads", set())
    monkeypatch.setattr(Far, "fails", None)
    monkeypatch.setattr(Far, "before_writing", None)


@pytest.fixture
def far() -> str:
    _PLACE[0] = f"place{next(_PLACES)}/answers"
    return f"far://bucket/{_PLACE[0]}"


@pytest.fixture(params=["far", "faraway", "file", "memory"])
def url(far: str, request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> str:
    """A store whose files are asked one by one, or all at once; a folder that is not there yet."""
    if request.param == "file":
        return f"file://{tmp_path}/new/answers"
    return far.replace("far", request.param, 1)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def kept(url: str, limit: int = 10**8, **settings: Any) -> SharedAnswers:
    """As another process has them; it merges where it finds too many, unless told otherwise."""
    return SharedAnswers(url, limit, **{"chance": lambda: 1.0, **settings})


def pairs(numbers: Sequence[int]) -> list[tuple[bytes, bytes]]:
    return [(fingerprint(n), b"answer %d" % n) for n in numbers]


def keys(numbers: Sequence[int]) -> list[bytes]:
    return [fingerprint(n) for n in numbers]


def write(kept: SharedAnswers, numbers: Sequence[int]) -> None:
    kept.put(pairs(numbers))
    kept.flush()


def files(url: str) -> dict[str, bytes]:
    """The objects that are there, by name; looking at them is not counted."""
    calls = list(Far.calls)
    found, path = fsspec.core.url_to_fs(url)
    names = [entry["name"] for entry in found.ls(path, detail=True)]
    Far.calls[:] = calls
    return {name.rpartition("/")[2]: found.cat_file(name) for name in names}


def segments(url: str) -> list[str]:
    return sorted(name for name in files(url) if is_segment(name))


def put_object(url: str, name: str, data: bytes) -> None:
    found, path = fsspec.core.url_to_fs(url)
    if url.startswith("file:"):
        found.makedirs(path, exist_ok=True)
    found.pipe_file(f"{path}/{name}", data)


def sentiment(url: str, **settings: Any) -> TextSentiment:
    given = {"textCol": "text", "outputCol": "out", "errorCol": "err", "subscriptionKey": "key"}
    return TextSentiment(**(given | {"cacheDir": url} | settings))


def texts(numbers: Sequence[int]) -> pd.DataFrame:
    return pd.DataFrame({"text": [f"nice {number}" for number in numbers]})


# What they see of each other


def test_what_one_keeps_the_others_find_once_it_is_written(url: str) -> None:
    one, other = kept(url), kept(url)
    one.put(pairs(range(700)))
    assert one.get(keys(range(800))) == dict(pairs(range(700)))
    other.refresh()
    assert other.get(keys(range(800))) == {}
    one.flush()
    assert len(segments(url)) == 1
    other.refresh()
    assert other.get(keys(range(800))) == dict(pairs(range(700)))
    write(other, range(700, 750))
    one.refresh()
    assert one.get(keys(range(800))) == dict(pairs(range(750)))


def test_who_begins_later_finds_it_without_being_told(url: str) -> None:
    write(kept(url), range(3))
    assert kept(url).get(keys(range(5))) == dict(pairs(range(3)))


def test_a_run_looks_again_after_some_minutes(far: str) -> None:
    clock = Clock()
    one, other = kept(far), kept(far, clock=clock)
    assert other.get(keys(range(5))) == {}
    write(one, range(5))
    assert other.get(keys(range(5))) == {}
    clock.now += 300
    assert len(other.get(keys(range(5)))) == 5


def test_what_is_kept_is_written_within_seconds(far: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "WITHIN", 0.01)
    written = threading.Event()
    one = kept(far)
    monkeypatch.setattr(Far, "before_writing", lambda path: written.set())
    one.put(pairs(range(3)))
    assert written.wait(10)


def test_much_is_written_at_once(far: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "WITHIN", 600.0)
    written = threading.Event()
    one = kept(far)
    monkeypatch.setattr(Far, "before_writing", lambda path: written.set())
    one.put([(fingerprint("large"), bytes(8_000_000))])
    assert written.wait(10)


def test_of_a_large_segment_the_values_are_read_when_one_is_wanted(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "_GLANCE", 0)
    for start in (0, 10):
        write(kept(url), range(start, start + 10))
    asked: list[Any] = []
    read = store.Store.read
    monkeypatch.setattr(
        store.Store, "read", lambda self, ends: [asked.append(ends), read(self, ends)][1]
    )
    other = kept(url)
    assert other.get(keys([77])) == {}
    (index,) = asked
    assert [end < len(files(url)[name]) for name, end in index.items()] == [True, True]
    assert other.get(keys([3, 4])) == dict(pairs([3, 4]))
    assert asked[1:] == [{segments(url)[0]: None}]
    assert other.get(keys([5, 6])) == dict(pairs([5, 6]))
    assert len(asked) == 2


def test_clocks_need_not_agree(url: str) -> None:
    for number, seconds in enumerate((0.0, 1e9, 9.9e9)):
        put_object(url, name_of(1, seconds), packed(dict(pairs([number]))))
    one = kept(url)
    write(one, [3])
    assert one.get(keys(range(4))) == dict(pairs(range(4)))


@pytest.mark.parametrize("glance", [64_000, 0])
def test_of_two_answers_the_later_counts_whenever_it_is_seen(
    far: str, glance: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "_GLANCE", glance)
    key = fingerprint("a job")
    one = kept(far)
    one.put([(key, b"at 42")])
    one.flush()
    one.put([(key, b"")])
    assert one.get([key]) == {key: b""}
    one.flush()
    assert one.get([key]) == kept(far).get([key]) == {key: b""}
    put_object(far, name_of(1, 1e9), packed({key: b"at 42"}))  # as when old ones are merged
    one.refresh()
    assert one.get([key]) == kept(far).get([key]) == {key: b""}


# Keeping it small


def test_many_small_segments_become_one(url: str) -> None:
    reader = kept(url)
    for number in range(70):
        put_object(url, name_of(1, 1e9 + number), packed(dict(pairs([number]))))
    reader.refresh()
    one = kept(url, chance=lambda: 0.0)
    assert len(one.get(keys(range(70)))) == 70
    write(one, [70])
    (merged,) = segments(url)
    assert unpacked(files(url)[merged]) == dict(pairs(range(71)))
    assert begun(merged) > 1e9
    assert kept(url).get(keys(range(71))) == dict(pairs(range(71)))
    assert reader.get(keys(range(70))) == dict(pairs(range(70)))


def test_what_was_merged_since_it_was_looked_for_is_found(
    far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "_GLANCE", 0)
    for number in range(70):
        put_object(far, name_of(1, 1e9 + number), packed(dict(pairs([number]))))
    reader, merger = kept(far), kept(far, chance=lambda: 0.0)
    reader.refresh()
    merger.refresh()
    write(merger, [70])
    assert len(segments(far)) == 1
    assert reader.get(keys(range(70))) == dict(pairs(range(70)))


def test_whoever_dies_while_merging_loses_nothing(
    far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it merged is there twice, until somebody merges it again."""
    for number in range(70):
        put_object(far, name_of(1, 1e9 + number), packed(dict(pairs([number]))))

    def refuse(self: Far, path: Any, *args: Any) -> None:
        raise PermissionError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(Far, "rm", refuse)
        one = kept(far, chance=lambda: 0.0)
        one.refresh()
        write(one, [70])
    assert len(segments(far)) == 72
    other = kept(far, chance=lambda: 0.0)
    assert other.get(keys(range(71))) == dict(pairs(range(71)))
    write(other, [71])
    (left,) = segments(far)
    assert unpacked(files(far)[left]) == dict(pairs(range(72)))


def test_two_who_merge_at_once_leave_one_segment(far: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(70):
        put_object(far, name_of(1, 1e9 + number), packed(dict(pairs([number]))))
    one, other = kept(far, chance=lambda: 0.0), kept(far, chance=lambda: 0.0)
    one.refresh()
    other.refresh()
    writes = itertools.count()

    def between(path: str) -> None:
        if next(writes) == 1:  # the second thing that is written is what `one` has merged
            write(other, [71])

    monkeypatch.setattr(Far, "before_writing", between)
    write(one, [70])
    assert kept(far).get(keys(range(72))) == dict(pairs(range(72)))
    assert len(segments(far)) == 2  # what `other` merged, and what `one` wrote


def test_ten_thousand_segments_are_read_and_merged(far: str) -> None:
    for number in range(10_000):
        put_object(far, name_of(1, 1e9 + number), packed(dict(pairs([number]))))
    Far.calls.clear()
    one = kept(far, chance=lambda: 0.0)
    assert len(one.get(keys(range(10_000)))) == 10_000
    assert len(Far.calls) < 20
    for number in range(10_000, 10_010):
        write(one, [number])
    assert len(segments(far)) < 64
    assert len(kept(far).get(keys(range(10_010)))) == 10_010


def test_the_oldest_segments_make_room(url: str) -> None:
    one = kept(url, limit=10_000)
    for number in range(60):
        one.put([(fingerprint(number), bytes(map(hash, range(200)))), *pairs([10**6 + number])])
        one.flush()
    assert sum(len(files(url)[name]) for name in segments(url)) <= 10_000
    found = kept(url).get(keys(range(60)))
    assert fingerprint(59) in found
    assert fingerprint(0) not in found
    assert len(found) > 20


# What may happen to it


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_no_whole_segment_is_left_out_and_said_once(
    url: str, whole: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "_GLANCE", 64_000 if whole else 0)
    good = packed(dict(pairs(range(5))))
    halves = [name_of(5, 1e9 + number) for number in range(3)]
    for name in halves:
        put_object(url, name, good[:70])
    put_object(url, name_of(5, 2e9), b"something else")
    put_object(url, "notes.txt", b"somebody else's")
    one = kept(url)
    with caplog.at_level(logging.WARNING, "cogml"):
        for _ in range(2):
            one.refresh()
            assert one.get(keys(range(5))) == {}
    (said,) = [record.getMessage() for record in caplog.records]
    assert f"{halves[0]} in {url} is left out, as all such will be: its keys are cut off" in said
    put_object(url, halves[1], good)  # it was being written
    one.refresh()
    assert one.get(keys(range(5))) == dict(pairs(range(5)))


def test_values_that_have_changed_are_asked_for_again(
    far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "_GLANCE", 0)
    good = packed(dict(pairs(range(5))))
    put_object(far, name_of(5, 1e9), good[:-1] + bytes([good[-1] ^ 1]))
    one = kept(far)
    assert one.get(keys(range(5))) == {}
    Far.calls.clear()
    one.refresh()
    assert one.get(keys(range(5))) == {}
    assert Far.calls == [("list", 1)]


def test_other_objects_are_not_touched(url: str) -> None:
    put_object_into_new_place = kept(url, limit=1, chance=lambda: 0.0)
    put_object(url, "table.parquet", b"PAR1")
    for number in range(3):
        write(put_object_into_new_place, [number])
    assert segments(url) == []
    assert files(url)["table.parquet"] == b"PAR1"
    assert b"Answers that cogml keeps" in files(url)["cogml-answers.txt"]


def test_a_store_that_fails_for_a_while_loses_nothing(
    far: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    one = kept(far, clock=clock)
    write(one, [0])
    monkeypatch.setattr(Far, "fails", OSError("cut, see https://host/o?sig=s3cr3t&x=1"))
    with caplog.at_level(logging.WARNING, "cogml"):
        write(one, [1])
        Far.calls.clear()
        write(one, [2])
        one.refresh()
        assert one.get(keys(range(4))) == dict(pairs(range(3)))
        assert Far.calls == []
        clock.now += 60
        write(one, [3])
    (said,) = [record.getMessage() for record in caplog.records]
    assert said == f"answers are not kept in {far} for now: OSError: cut, see https://host/o?…"
    monkeypatch.setattr(Far, "fails", None)
    clock.now += 60
    one.flush()
    assert kept(far).get(keys(range(4))) == dict(pairs(range(4)))


def test_what_waits_for_a_store_that_fails_is_bounded(
    far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "_UNWRITTEN", 1_000)
    clock = Clock()
    one = kept(far, clock=clock)
    monkeypatch.setattr(Far, "fails", OSError())
    for start in range(0, 1_000, 10):
        write(one, range(start, start + 10))
    monkeypatch.setattr(Far, "fails", None)
    clock.now += 60
    one.flush()
    found = kept(far).get(keys(range(1_000)))
    assert found == dict(pairs(range(1_000 - len(found), 1_000)))
    assert 900 < sum(map(len, found.values())) <= 1_000


def test_a_store_that_hangs_is_not_waited_for(
    far: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one = kept(far)
    for module in (store, shared):
        monkeypatch.setattr(module, "PATIENCE", 0.02)
    hangs = threading.Event()
    monkeypatch.setattr(Far, "before_writing", lambda path: hangs.wait(10) and None)
    with caplog.at_level(logging.WARNING, "cogml"):
        write(one, [1])
        write(one, [2])
    hangs.set()
    assert one.get(keys(range(3))) == dict(pairs([1, 2]))
    assert "no answer in time (at most 0.02 seconds)" in caplog.text


KEEPS = """
import sys
from cogml import shared
from cogml.answers import fingerprint
kept = shared.SharedAnswers(sys.argv[1], 10**8)
number = 0
while True:
    kept.put([(fingerprint(n), b"answer %d" % n) for n in range(number, number + 10)])
    kept.flush()
    number += 10
    print(number, flush=True)
"""


def test_whoever_is_killed_has_kept_what_was_written(tmp_path: pathlib.Path) -> None:
    url = tmp_path.as_uri()
    command = [sys.executable, "-c", textwrap.dedent(KEEPS), url]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = []
    for writer in writers:
        assert writer.stdout is not None
        with writer.stdout:
            while int(line := writer.stdout.readline()) < 100:
                pass
            writer.send_signal(signal.SIGKILL)
            said.append(int((writer.stdout.read().splitlines() or [line])[-1]))
        writer.wait()
    found = kept(url).get(keys(range(max(said) + 10)))
    assert found.items() >= dict(pairs(range(max(said)))).items()
    assert dict(pairs(range(max(said) + 10))).items() >= found.items()


def _child(url: str, channel: Any, stacks: pathlib.Path) -> None:
    with stacks.open("w") as file:
        faulthandler.dump_traceback_later(9, file=file)
        _read_and_put(url, channel)
        faulthandler.cancel_dump_traceback_later()


def _read_and_put(url: str, channel: Any) -> None:
    own = answers(url, 10**8)
    found = own.get(keys(range(2)))
    own.put(pairs([1]))
    own.flush()
    channel.put(found)


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this platform has no fork"
)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_its_own(tmp_path: pathlib.Path) -> None:
    url = (tmp_path / "store").as_uri()
    mine = answers(url, 10**8)
    mine.put(pairs([0]))
    mine.flush()
    context = multiprocessing.get_context("fork")
    channel = context.SimpleQueue()
    stacks = tmp_path / "stacks"
    child = context.Process(target=_child, args=(url, channel, stacks), daemon=True)
    child.start()
    child.join(10)
    if child.is_alive():
        child.kill()
        pytest.fail(f"the child hangs: {stacks.read_text() if stacks.exists() else 'at once'}")
    assert channel.get() == dict(pairs([0]))
    mine.refresh()
    assert mine.get(keys(range(2))) == dict(pairs(range(2)))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError("Forbidden"), "PermissionError: Forbidden; name a place that can be"),
        (RuntimeError("no token\nfor https://h/?a=b"), "RuntimeError: no token; name a place"),
        (OSError("PUT https://h/o?sig=s3cr3t: 403"), "OSError: PUT https://h/o\\?… 403; name"),
    ],
)
def test_a_store_that_cannot_be_written_is_an_error_before_anything_is_sent(
    endpoint: Endpoint, far: str, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    monkeypatch.setattr(Far, "fails", error)
    with pytest.raises(ParamError, match=f"cacheDir: '{far}' cannot be used: {said}") as caught:
        sentiment(far).transform(texts([1]))
    assert "s3cr3t" not in str(caught.value)
    assert endpoint.requests() == []


@pytest.mark.parametrize(
    ("absent", "url", "said"),
    [
        ("fsspec", "memory://answers", r"needs fsspec: pip install 'cogml\[store\]'"),
        ("s3fs", "s3://bucket/answers", "'s3://bucket/answers' needs another package: .*s3fs"),
    ],
)
def test_a_missing_package_is_an_error_before_anything_is_sent(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, absent: str, url: str, said: str
) -> None:
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(MissingPackage, match=said):
        sentiment(url).transform(texts([1]))
    assert endpoint.requests() == []


# Stages


def test_a_worker_without_the_store_keeps_nothing_and_loses_nothing(
    endpoint: Endpoint, far: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = planner.make(sentiment(far))
    _opened.cache_clear()
    monkeypatch.setattr(Far, "fails", PermissionError("no role"))
    table = pa.Table.from_pandas(texts(range(3)))
    made.check({"text": table.schema.field("text").type}, ["text"])
    with caplog.at_level(logging.WARNING, "cogml"):
        error, output = made.fill(table)
    assert (error.null_count, output.null_count) == (3, 0)
    (said,) = [record.getMessage() for record in caplog.records]
    assert "answers are not kept: cacheDir:" in said


def test_a_store_that_breaks_while_a_run_goes_on_costs_no_row(
    endpoint: Endpoint, far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = sentiment(far)
    stage.transform(texts(range(30)))
    monkeypatch.setattr(Far, "fails", OSError("gone"))
    result = stage.transform(texts(range(20, 60)))
    assert result["err"].isna().all()
    assert stage.run_report.kept == 10


def test_a_run_asks_little_of_a_store_and_never_in_the_thread_that_sends(
    endpoint: Endpoint, far: str
) -> None:
    sentiment(far).transform(texts(range(2_500)))
    assert [name for name, _ in Far.calls] == ["write", "list", "write"]
    _opened.cache_clear()  # as in a process that begins
    Far.calls.clear()
    again = sentiment(far)
    again.transform(texts(range(2_500)))
    assert again.run_report.kept == 2_500
    assert [name for name, _ in Far.calls] == ["write", "list", "read"]
    assert Far.threads == {"cogml-store"}


def test_a_run_that_is_broken_off_has_kept_what_was_answered(endpoint: Endpoint, far: str) -> None:
    reader = pa.Table.from_pandas(texts(range(1_000))).to_reader(max_chunksize=100)
    result = sentiment(far).transform(reader)
    first = result.read_next_batch()
    assert first.num_rows > 0
    del result
    held = [unpacked(data) for name, data in files(far).items() if is_segment(name)]
    assert sum(map(len, held)) >= first.num_rows
