"""Requests begin no faster than the rate, and all wait where the service says so."""

import asyncio
import os
import struct
import subprocess
import sys
import tempfile
from types import SimpleNamespace

import httpx
import pytest
from fakes import NOW, Answers, Time, request, send, throttled
from filelock import FileLock

from cogml.frames._pyspark import executors
from cogml.pace import MachineTurns, Rate, machine_turns
from cogml.policy import Clock, Policy
from cogml.transport import Pace, stack


def test_pace_keeps_requests_apart():
    time = Time()
    send(Pace(Answers(200), Rate(4.0), time.clock), *[request() for _ in range(4)])
    assert time.sleeps == pytest.approx([0.25] * 3)


def test_pace_keeps_requests_apart_that_come_at_once():
    time, begun = Time(), []

    class Below:
        async def handle_async_request(self, request):
            return httpx.Response(200)

    async def sleep(seconds):
        begun.append(seconds)

    clock = Clock(sleep=sleep, monotonic=lambda: time.at, now=lambda: NOW, chance=lambda: 1.0)

    async def together():
        pace = Pace(Below(), Rate(10.0), clock)
        await asyncio.gather(*[pace.handle_async_request(request()) for _ in range(4)])

    asyncio.run(together())
    assert begun == pytest.approx([0.1, 0.2, 0.3])


def test_pace_does_not_save_up_idle_time():
    time = Time()
    pace = Pace(Answers(200), Rate(2.0), time.clock)
    send(pace, request())
    time.at += 100.0
    send(pace, request(), request())
    assert time.sleeps == pytest.approx([0.5])


def test_pace_without_a_rate_does_not_wait():
    time = Time()
    send(Pace(Answers(200), None, time.clock), *[request() for _ in range(5)])
    assert time.sleeps == []


@pytest.mark.parametrize("rate", [None, 100.0])
def test_pace_holds_all_back_after_a_throttled_answer(rate):
    time = Time()
    send(
        Pace(Answers(throttled(retry_after="3"), 200), Rate(rate), time.clock), request(), request()
    )
    assert sum(time.sleeps) == pytest.approx(3.0)


def test_pace_goes_on_after_a_throttled_answer_that_names_no_time():
    time = Time()
    send(Pace(Answers(429, 200), None, time.clock), request(), request())
    assert time.sleeps == []


@pytest.mark.parametrize("body", [b"{}", b"Out of call volume quota for F0"])
def test_one_throttled_answer_does_not_hold_the_run_back_beyond_its_seconds(body):
    """A service that says "in a day" ends its requests; the others do not wait a day in turn."""
    time = Time()
    long = httpx.Response(429, content=body, headers={"retry-after": "86400"})
    transport = stack(Answers(long, 200), Policy(seconds=120.0), None, time.clock)
    found = send(transport, request(), request(), request())
    assert len(found) == 3
    assert sum(time.sleeps) <= 120.0


def test_runs_of_one_process_are_held_back_together():
    """What one run was told of a host, another need not ask for."""
    time, hosts = Time(), {}
    told = Pace(Answers(throttled(retry_after="3")), None, time.clock, hosts=hosts)
    other = Pace(Answers(200), None, time.clock, hosts=hosts)
    send(told, request())
    send(other, request())
    assert sum(time.sleeps) == pytest.approx(3.0)


def test_runs_of_one_process_keep_to_the_rate_together():
    time, hosts = Time(), {}
    for _ in range(3):
        send(Pace(Answers(200), Rate(4.0), time.clock, hosts=hosts), request())
    assert time.sleeps == pytest.approx([0.25] * 2)


@pytest.mark.parametrize(
    "other", [request(key="another"), request(url="https://elsewhere.example/analyze")]
)
def test_another_key_or_host_is_not_held_back(other):
    """Keys have quotas of their own: rows that bring theirs are not paused for each other."""
    time, hosts = Time(), {}
    send(Pace(Answers(throttled(retry_after="3")), None, time.clock, hosts=hosts), request())
    send(Pace(Answers(200), Rate(1.0), time.clock, hosts=hosts), other)
    assert time.sleeps == []


def test_whoever_wakes_to_a_longer_wait_waits_on():
    time, hosts = Time(), {}
    pace = Pace(Answers(200), None, time.clock, hosts=hosts)
    send(Pace(Answers(throttled(retry_after="3")), None, time.clock, hosts=hosts), request())
    [host] = hosts.values()

    async def sleep(seconds):
        time.sleeps.append(seconds)
        time.at += seconds
        if len(time.sleeps) == 1:
            host.held += 2.0  # told by another answer, in the meantime

    clock = Clock(sleep=sleep, monotonic=lambda: time.at, now=lambda: NOW, chance=lambda: 1.0)
    pace = Pace(Answers(200), None, clock, hosts=hosts)
    send(pace, request())
    assert sum(time.sleeps) == pytest.approx(5.0)


def test_records_count_by_the_minute():
    time, requests = Time(), [request() for _ in range(3)]
    for one, records in zip(requests, (10, 5, 10), strict=True):
        one.extensions["records"] = records
    send(Pace(Answers(200), Rate(records=600.0), time.clock), *requests)
    assert time.sleeps == pytest.approx([1.0, 0.5])


def test_what_holds_no_records_does_not_wait_for_them():
    """A poll, a download."""
    time = Time()
    send(Pace(Answers(200), Rate(records=1.0), time.clock), request(), request())
    assert time.sleeps == []


def test_both_limits_hold():
    time, requests = Time(), [request() for _ in range(3)]
    for one, records in zip(requests, (1, 60, 1), strict=True):
        one.extensions["records"] = records
    send(Pace(Answers(200), Rate(2.0, 3_600.0), time.clock), *requests)
    assert time.sleeps == pytest.approx([0.5, 1.0])


def test_a_part_of_the_rate_is_that_much_slower():
    assert Rate(8.0, 60.0, parts=4).gap(1) == pytest.approx(4.0)
    assert Rate(8.0, parts=4).gap(1) == pytest.approx(0.5)
    assert not Rate()


def test_hosts_that_nothing_is_known_of_are_not_kept():
    time, hosts = Time(), {}
    pace = Pace(Answers(200), None, time.clock, hosts=hosts)
    send(pace, *[request(url=f"https://host{n}.example/") for n in range(50)])
    assert hosts == {}


# The turns of a machine


def machine(tmp_path):
    return lambda name: MachineTurns(tmp_path / "turns")


def test_processes_keep_to_the_rate_together(tmp_path):
    """Each has its own hosts; what they share is the file."""
    time = Time()
    paces = [
        Pace(Answers(200), Rate(4.0), time.clock, hosts={}, machine=machine(tmp_path))
        for _ in range(3)
    ]
    for pace in paces:
        send(pace, request())
    assert time.sleeps == pytest.approx([0.25] * 2)


def test_at_a_high_rate_turns_are_taken_together(tmp_path):
    """Ten at a time at 500 a second, so that the file is no burden; never more than the rate."""
    one, other = machine(tmp_path)(""), machine(tmp_path)("")
    taken = [turns.take(NOW, 0.002) for turns in (one, other) for _ in range(10)]
    assert sorted(taken) == pytest.approx([NOW + 0.002 * n for n in range(20)])
    assert one.take(NOW, 0.002) == pytest.approx(NOW + 0.04)


def test_turns_that_were_not_used_are_not_saved_up(tmp_path):
    turns = machine(tmp_path)("")
    turns.take(NOW, 0.002)
    assert turns.take(NOW + 5.0, 0.002) == NOW + 5.0
    assert turns.take(NOW + 5.0, 0.002) == pytest.approx(NOW + 5.002)


def test_a_throttled_answer_holds_the_other_processes_back(tmp_path):
    time = Time()
    told = Answers(throttled(retry_after="3"))
    send(Pace(told, Rate(100.0), time.clock, hosts={}, machine=machine(tmp_path)), request())
    time.sleeps.clear()
    other = Pace(Answers(200), Rate(100.0), time.clock, hosts={}, machine=machine(tmp_path))
    send(other, request())
    assert sum(time.sleeps) == pytest.approx(3.0)


@pytest.mark.parametrize("content", [b"", b"123", b"\0" * 100, struct.pack("<d", NOW + 1e6)])
def test_a_file_that_holds_something_else_holds_nobody_up(tmp_path, content):
    (tmp_path / "turns").write_bytes(content)
    assert machine(tmp_path)("").take(NOW, 0.5) == NOW


def test_a_file_that_another_process_keeps_is_waited_for_only_so_long(tmp_path):
    """Whoever holds it may have been stopped: the run goes on at its own pace."""
    time = Time()
    with FileLock(tmp_path / "turns.lock"):
        send(
            Pace(Answers(200), Rate(4.0), time.clock, hosts={}, machine=machine(tmp_path)),
            request(),
            request(),
        )
    assert 0.25 <= sum(time.sleeps) < 1.0


def test_a_folder_that_cannot_be_used_is_said_once(tmp_path, caplog):
    time = Time()
    (tmp_path / "no").touch()
    pace = Pace(Answers(200), Rate(4.0), time.clock, hosts={}, machine=machine(tmp_path / "no"))
    send(pace, *[request() for _ in range(3)])
    assert time.sleeps == pytest.approx([0.25] * 2)
    assert [r.getMessage()[:40] for r in caplog.records] == [
        "each process keeps to the rate by itself"
    ]


def test_the_file_is_ours_alone_and_names_no_key(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    turns = machine_turns("https://host.example abcdef-the-key")
    turns.take(NOW, 1.0)
    [folder] = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    assert not [f.name for f in folder.iterdir() if "key" in f.name or "host" in f.name]
    assert not [f for f in folder.iterdir() if b"key" in f.read_bytes()]


def test_a_folder_of_somebody_else_is_not_used(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / f"cogml-pace-{os.getuid()}").symlink_to(elsewhere)
    assert machine_turns("name") is None
    assert "somebody else's" in caplog.text


def test_real_processes_take_no_turn_twice(tmp_path):
    script = """
import pathlib, sys
from cogml.frames._pyspark import executors
from cogml.pace import MachineTurns
turns = MachineTurns(pathlib.Path(sys.argv[1]))
while sys.stdin.readline():
    print(next(filter(None, (turns.take(float(sys.argv[2]), 0.004) for _ in iter(int, 1)))))
"""
    command = [sys.executable, "-c", script, str(tmp_path / "turns"), str(NOW)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    running = [subprocess.Popen(command, text=True, **pipes) for _ in range(3)]
    said = [process.communicate("\n" * 100)[0].split() for process in running]
    taken = sorted(round((float(turn) - NOW) / 0.004) for turns in said for turn in turns)
    assert taken == [*range(300)]


def test_the_stack_paces_each_attempt():
    time, below = Time(chance=0.0), Answers(500, 500, 200)
    send(stack(below, Policy(), Rate(2.0), time.clock), request())
    assert [seconds for seconds in time.sleeps if seconds] == pytest.approx([0.5, 0.5])


# Spark's executors


class Session:
    """What of a session says how many executors there are."""

    def __init__(self, cores=None, **settings):
        named = {f"spark.{name.replace('_', '.')}": value for name, value in settings.items()}
        self.conf = SimpleNamespace(get=named.get)
        if cores is not None:
            self._sc = SimpleNamespace(defaultParallelism=cores)


@pytest.mark.parametrize(
    ("session", "count"),
    [
        (Session(master="local[8]"), 1),
        (Session(master="local-cluster[3,2,1024]"), 3),
        (Session(master="yarn", executor_instances="12"), 12),
        (Session(master="yarn", executor_instances="2", dynamicAllocation_enabled="true"), None),
        (
            Session(
                master="yarn",
                dynamicAllocation_enabled="true",
                dynamicAllocation_maxExecutors="20",
                executor_cores="4",
                cores=8,
            ),
            20,
        ),
        (Session(master="spark://host", executor_cores="4", cores=18), 5),
        (Session(dynamicAllocation_maxExecutors=str(2**31 - 1), executor_cores="4"), None),
        (Session(master="spark://host", cores=18), None),
        (Session(), None),
    ],
)
def test_executors_are_counted_from_the_settings(session, count):
    assert executors(session) == count
