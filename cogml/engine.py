"""The engine drives exchanges: so many at a time, batch after batch, results in order.

Runs are driven in the loop of their process and waited for in the caller's thread. The window of
requests stays open across batches: the caller's thread reads ahead whenever the workers have begun
the last batch, and a slow request holds back only what is given out, not what is sent.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import itertools
import queue
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, NamedTuple

import httpx

from cogml.carrier import Metered
from cogml.counts import Counts
from cogml.credentials import TokenSource
from cogml.errors import Code, ServiceError, where
from cogml.exchange import Exchange, Outcome, Reply, Yielded
from cogml.loop import process_loop
from cogml.messages import ANSWER_BYTES, AnswerTooLarge
from cogml.meta import Took
from cogml.pace import Rate, machine_turns
from cogml.policy import Policy, Transport
from cogml.transport import stack
from cogml.window import Window

ROWS_AHEAD = 50_000  # given-out order may lag this far behind a slow request
_BATCHES_AHEAD = 3
_TICK = 0.25  # seconds between two looks at the progress


class Work(NamedTuple):
    """A chunk: the rows of a batch that one exchange answers, a range where they lie side by side.

    Where something was `begun` for them before, their exchange is driven even when the run's time
    is over and nothing is sent any more: it knows what of that must not be lost. Where the answer
    depends on other rows than these, `reads` are all that it depends on.
    """

    rows: list[int] | range
    exchange: Exchange
    begun: bool = False
    reads: list[int] | range | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Load:
    """How a run may use the service: requests in flight, seconds an attempt, pace, insistence.

    It begins with `first` requests in flight (by default with as many as it may have), see Window.
    An answer may have `answer_bytes`, decompressed, and what is given out may lag `ahead` rows
    behind, when one request is slow; `deadline` is in how many seconds after its start the run
    ends, whatever was reached; `meta` is whether each outcome is to say what it took.
    """

    concurrency: int = 8
    first: int | None = None
    timeout: float = 60.0
    rate: Rate = dataclasses.field(default_factory=Rate)
    ahead: int = ROWS_AHEAD
    deadline: float | None = None
    answer_bytes: int = ANSWER_BYTES
    meta: bool = False
    policy: Policy = dataclasses.field(default_factory=Policy)


class _Batch:
    """Rows that are given out together, once the last of their works has ended."""

    __slots__ = ("done", "made", "outcomes", "rows", "started", "unfinished", "works")

    def __init__(self, outcomes: list[Outcome], works: Iterator[Work], rows: int = 0) -> None:
        self.outcomes = outcomes
        self.made: Any = None
        self.rows = max(rows, len(outcomes))
        self.works: Iterator[Work] | None = works
        self.started = self.done = False
        self.unfinished = 0


def _as_they_are(outcomes: list[Outcome]) -> list[Outcome]:
    return outcomes


class Run:
    """One run over a stream of batches."""

    def __init__(
        self,
        load: Load,
        transport: Transport | None = None,
        tokens: TokenSource | None = None,
    ) -> None:
        self._load = load
        self._home = process_loop()
        self.counts = Counts()
        phases = dict.fromkeys(("connect", "read", "write", "pool"), load.timeout)
        self._extensions = {"timeout": phases, "answer_bytes": load.answer_bytes}
        self._transport = stack(
            Metered(transport or self._home.carrier, self.counts),
            load.policy,
            load.rate,
            tokens=tokens,
            window=Window(load.concurrency, load.first),
            hosts=self._home.hosts,
            machine=machine_turns,
            counts=self.counts,
        )
        self._begun: collections.deque[_Batch] = collections.deque()
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._idle: collections.deque[asyncio.Future[None]] = collections.deque()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._hungry = True
        self._awaited = False
        self._ends: float | None = None
        self._bug: BaseException | None = None

    def outcomes(
        self,
        batches: Iterable[tuple[list[Outcome], Iterator[Work], int]],
        progress: Callable[[Counts], None] | None = None,
        finish: Callable[[list[Outcome]], Any] = _as_they_are,
        together: int = 1,
    ) -> Generator[Any, None, None]:
        """The outcomes of each batch, in order; a batch comes with those known beforehand, and with
        how many rows are held for it, which are more where equal ones share an outcome. So many are
        read `together` when more are wanted: threads that wake each other cost more than a request.

        What is given is what `finish` makes of them, in the loop's thread: two threads that want
        Python at the same time would each wait for the other, with requests unanswered meanwhile.
        Whoever leaves early closes the generator: then nothing more is sent, and nobody waits for
        what is on its way: its connection is closed. (The service may have begun, and bill it.)
        """
        source = iter(batches)
        self._finish = finish
        waiting: collections.deque[_Batch] = collections.deque()
        ahead = 0
        reading = True
        cancelled = _cancelled()
        try:
            self._call(self._start)
            while True:
                if self._hungry and reading and self._has_room(waiting, ahead):
                    reading = False
                    for item in itertools.islice(source, together):
                        batch = _Batch(*item)
                        waiting.append(batch)
                        ahead += batch.rows
                        self._hungry = False
                        self._call(self._add, batch)
                        reading = True
                if not waiting:
                    return
                if isinstance(self._bug, Exception):
                    raise self._bug
                if self._bug is not None:
                    raise RuntimeError("the run was broken off") from self._bug
                # Where more is to be read, the loop says so when it is time; what has ended by then
                # is given out by the way.
                self._awaited = not reading or not self._has_room(waiting, ahead)
                if waiting[0].done:
                    batch = waiting.popleft()
                    ahead -= batch.rows
                    yield batch.made
                    continue
                with contextlib.suppress(queue.Empty):
                    self._wake.get(timeout=_TICK)
                if _cancelled() > cancelled:
                    raise asyncio.CancelledError
                if progress is not None:
                    progress(self.counts)
        finally:
            self._call(self._stop)

    def _has_room(self, waiting: collections.deque[_Batch], ahead: int) -> bool:
        return ahead < self._load.ahead or len(waiting) < _BATCHES_AHEAD

    # What follows runs in the loop's thread.

    def _call(self, function: Callable[..., None], *args: Any) -> None:
        self._home.loop.call_soon_threadsafe(function, *args)

    def _start(self) -> None:
        if self._load.deadline is not None:
            self._ends = time.monotonic() + self._load.deadline
        self._task = self._home.loop.create_task(self._workers())

    def _stop(self) -> None:
        self._closed = True
        if self._task is not None:
            self._task.cancel()

    def _add(self, batch: _Batch) -> None:
        self._begun.append(batch)
        while self._idle:
            waiter = self._idle.popleft()
            if not waiter.done():
                waiter.set_result(None)

    async def _workers(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(self._load.concurrency):
                group.create_task(self._worker())

    async def _worker(self) -> None:
        try:
            while not self._closed:
                await self._step()
        except BaseException as error:
            if self._closed:
                raise
            # No row's fault: cutting the chunks failed, or a transport was cancelled from outside.
            self._bug = error
            self._wake.put(None)

    async def _step(self) -> None:
        found = self._next()
        if found is None:
            waiter = self._home.loop.create_future()
            self._idle.append(waiter)
            await waiter
            return
        batch, work = found
        took = Took() if self._load.meta else None
        if self._is_late() and not work.begun:
            outcomes = [Outcome(None, self._late("reached"))] * len(work.rows)
        else:
            outcomes = await self._drive(work, took)
        if took is not None:
            meta = took.meta()
            outcomes = [Outcome(o.value, o.error, meta) for o in outcomes]
        rows = work.rows
        if isinstance(rows, range):
            batch.outcomes[rows.start : rows.stop] = outcomes
        else:
            for row, outcome in zip(rows, outcomes, strict=True):
                batch.outcomes[row] = outcome
        self.counts.rows += len(rows)
        batch.unfinished -= 1
        if batch.works is None and not batch.unfinished:
            self._end(batch)

    def _end(self, batch: _Batch) -> None:
        batch.made, batch.outcomes = self._finish(batch.outcomes), []
        batch.done = True
        if self._awaited or not self._begun:
            self._wake.put(None)

    def _next(self) -> tuple[_Batch, Work] | None:
        while self._begun:
            batch = self._begun[0]
            if not batch.started:
                batch.started = True
                if len(self._begun) == 1:
                    self._hungry = True
                    self._wake.put(None)
            assert batch.works is not None
            work = next(batch.works, None)
            if work is not None:
                batch.unfinished += 1
                return batch, work
            batch.works = None
            self._begun.popleft()
            if not batch.unfinished:
                self._end(batch)
        return None

    def _is_late(self) -> bool:
        return self._ends is not None and time.monotonic() >= self._ends

    def _late(self, done: str, attempts: int = 0) -> ServiceError:
        message = f"not {done} before the deadline of the run ({self._load.deadline:g} seconds)"
        return ServiceError("timeout", message, attempts=attempts)

    async def _drive(self, work: Work, took: Took | None) -> list[Outcome]:
        exchange = work.exchange
        found = None
        try:
            while True:
                step = exchange.send(found)
                if self._ends is not None:
                    found = await self._taken_in_time(step, took)
                elif isinstance(step, httpx.Request):
                    found = await self._send(step, took)
                else:
                    found = await self._taken(step, took)
        except StopIteration as stop:
            outcomes: list[Outcome] | None = stop.value
            if outcomes is not None and len(outcomes) == len(work.rows):
                return outcomes
            message = f"not one outcome for each of {len(work.rows)} rows; please report it"
            return [Outcome(None, ServiceError("internal", message))] * len(work.rows)
        except (Exception, asyncio.CancelledError) as error:
            if self._closed or _cancelled():  # the process may end: then nothing more is sent
                raise
            # A bug in one exchange, or a transport that gave up, costs its rows, not the run.
            return [Outcome(None, _internal(error))] * len(work.rows)

    async def _taken_in_time(self, step: Yielded, took: Took | None) -> Any:
        """As `_taken`; what is not there at the deadline has an error in its place."""
        assert self._ends is not None
        if self._is_late():
            return self._late("answered")
        try:
            async with asyncio.timeout(self._ends - time.monotonic()) as within:
                return await self._taken(step, took)
        except TimeoutError:
            if not within.expired():
                raise
            return self._late("answered", 1)

    async def _taken(self, step: Yielded, took: Took | None) -> Any:
        """What comes of a step that an exchange takes."""
        if isinstance(step, httpx.Request):
            return await self._send(step, took)
        if callable(step):
            return await asyncio.to_thread(step)
        return await asyncio.sleep(step)

    async def _send(self, request: httpx.Request, took: Took | None) -> Reply:
        request.extensions |= self._extensions
        begun, answer = time.monotonic(), None
        try:
            answer = await self._transport.handle_async_request(request)
        except httpx.TimeoutException:
            message = f"no answer in time ({self._load.timeout:g} seconds)"
            return _failed("timeout", message, request)
        except AnswerTooLarge as error:
            return _failed("bad_response", str(error), request)
        except (httpx.TransportError, httpx.DecodingError) as error:
            place = f"{request.url.scheme}://{request.url.netloc.decode('ascii', 'replace')}"
            message = f"{place}: {type(error).__name__}: {error}"
            return _failed("unavailable", message, request)
        finally:
            attempts = request.extensions.get("attempts", 1)
            self.counts.requests += attempts
            self.counts.retries += max(0, attempts - 1)
            if took is not None:
                took.add(begun, time.monotonic(), attempts, answer)
        answer.extensions["attempts"] = attempts
        answer.extensions["asked"] = request
        return answer


def _cancelled() -> int:
    """How often the task that blocks here was cancelled: all that Ctrl-C does in asyncio.run."""
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no loop runs in this thread
        return 0
    return 0 if task is None else task.cancelling()


def _failed(code: Code, message: str, request: httpx.Request) -> ServiceError:
    return ServiceError(code, message, attempts=request.extensions.get("attempts", 1))


def _internal(error: BaseException) -> ServiceError:
    return ServiceError("internal", f"{where(error)}; please report it")
