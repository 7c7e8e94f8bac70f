"""The bar: rows and rate, and beside them what makes somebody who waits look up."""

import io
import sys

import pytest
import tqdm.auto
from fakes import Time

from cogml.counts import Counts
from cogml.progress import Progress


class Bar:
    """What stands for tqdm's."""

    def __init__(self, total, desc, unit, delay):
        self.n, self.total, self.desc = 0, total, desc
        self.told, self.drawn, self.closed = [], 0, False

    def update(self, rows):
        self.n += rows
        self.drawn += 1

    def set_postfix(self, told, refresh=True):
        self.told.append(dict(told))
        self.drawn += refresh

    def close(self):
        self.closed = True


@pytest.fixture
def bars(monkeypatch):
    made = []

    def bar(**given):
        made.append(Bar(**given))
        return made[-1]

    monkeypatch.setattr(tqdm.auto, "tqdm", bar)
    return made


def test_it_shows_rows_errors_what_is_in_flight_and_throttled_time(bars):
    time = Time()
    counts = Counts(monotonic=lambda: time.at)
    with Progress("Stage", shown=True) as progress:
        counts.in_flight = 8
        progress(10, 100, counts)
        counts.errors = 1_234
        with counts.throttled():
            time.at += 2
            progress(20, 100, counts)
        counts.in_flight = 0
        progress(100, 100, counts)
    (bar,) = bars
    assert (bar.desc, bar.total, bar.n, bar.closed) == ("Stage", 100, 100, True)
    assert bar.told == [
        {"in flight": "8"},
        {"failed": "1,234", "in flight": "8", "throttled": "2 s"},
        {"failed": "1,234", "throttled": "2 s"},
    ]


def test_it_is_drawn_anew_where_rows_are_done_or_the_run_is_held_up(bars):
    time = Time()
    counts = Counts(monotonic=lambda: time.at)
    progress = Progress("Stage", shown=True)
    progress(1, 9, counts)
    counts.in_flight = 5
    progress(1, 9, counts)
    assert bars[0].drawn == 1
    with counts.throttled():
        for _ in range(8):
            time.at += 0.25
            progress(1, 9, counts)
    assert bars[0].drawn == 4  # as often as the seconds change


def test_where_nobody_watches_nothing_is_made(bars, monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Progress("Stage") as progress:
        progress(1, 2, Counts())
    assert bars == []


def test_a_real_bar_says_it(monkeypatch):
    monkeypatch.setattr(sys, "stderr", stderr := io.StringIO())
    real = tqdm.auto.tqdm
    monkeypatch.setattr(tqdm.auto, "tqdm", lambda **given: real(**given | {"delay": 0}))
    counts = Counts(errors=3, in_flight=2)
    with Progress("Stage", shown=True) as progress:
        progress(7, 7, counts)
    last = stderr.getvalue().rstrip().rpartition("\r")[2]
    assert last.startswith("Stage: 100%")
    assert "7/7" in last
    assert last.endswith("failed=3, in flight=2]")
