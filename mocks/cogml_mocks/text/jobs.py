"""A job is a batch and several tasks; the first poll finds it running, the second one ended.

Of several tasks the first has ended by the first poll. A task that cannot be done fails, with an
error for each document, and the job is then `failed` or `partiallyCompleted`; a cancelled job
keeps what had ended. Results are computed for the page of documents that is asked for: statistics
and references within them speak of that page, as recorded ones do.

Limits: learn.microsoft.com, azure/ai-services/language-service/concepts/data-limits.

A job is forgotten after 24 hours, and the oldest when there are over `MAX_JOBS`, or over `MAX_HELD`
characters to keep. These two bounds and `MAX_TASKS` are the suite's own.

Not modelled: `notStarted`, `cancelling`.
"""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from cogml_mocks.operations import Call, ServiceError
from cogml_mocks.text import documents
from cogml_mocks.text.documents import Document, Task
from cogml_mocks.text.index import count_elements
from cogml_mocks.text.options import LATEST, Options, flag
from cogml_mocks.text.refusals import Wording, invalid_batch, invalid_task, invalid_value

MAX_DOCUMENTS = 25
MAX_CHARACTERS = 125_000  # text elements, over all documents
MAX_TASKS = 25
KEPT = timedelta(hours=24)
MAX_JOBS = 100
MAX_HELD = 16 * 2**20
PAGE = 20
LARGEST_PAGE = 50
_LOCK = Lock()


@dataclass
class JobTask:
    """One task of a job.

    One that cannot be done has no ``task`` but the code and message of its ``failure``; ``echoed``
    is what its results repeat of its parameters, in the place of a model version.
    """

    name: str | None
    kind: str
    task: Task | None
    options: Options
    failure: tuple[str, str] | None = None
    echoed: dict[str, str] = field(default_factory=dict)
    ended: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse a model version that its task does not have."""
        if self.task is None:
            return
        known = (LATEST, *self.task.model_versions)
        if self.options.model_version not in known:
            raise invalid_task(
                f"Job task parameter value {self.options.model_version} is not supported for "
                f"model-version parameter for job task type {self.task.job_type}. "
                f"Supported values {','.join(known)}."
            )


class Page(NamedTuple):
    """The documents of a job that are asked for, and whether with statistics."""

    skip: int
    top: int
    show_stats: bool


@dataclass
class Job:
    """Documents, tasks, and how far they are."""

    display_name: str | None
    batch: list[Document]
    tasks: list[JobTask]
    id: str = field(default_factory=lambda: str(uuid4()))
    created: datetime = field(default_factory=lambda: _now())
    updated: datetime = field(default_factory=lambda: _now())
    polls: int = 0
    cancelled: bool = False
    lock: Lock = field(default_factory=Lock)

    @property
    def held(self) -> int:
        """Characters of its documents."""
        return sum(len(document.text) for document in self.batch)

    @property
    def status(self) -> str:
        """The state, as the API files name it."""
        if self.cancelled:
            return "cancelled"
        if any(task.ended is None for task in self.tasks):
            return "running"
        failures = sum(task.failure is not None for task in self.tasks)
        if not failures:
            return "succeeded"
        return "failed" if failures == len(self.tasks) else "partiallyCompleted"

    def poll(self) -> None:
        """Go on with a job that is asked after."""
        self.polls += 1
        if self.status == "running":
            ready = len(self.tasks) if self.polls > 1 else min(1, len(self.tasks) - 1)
            self.updated = _now()
            for task in self.tasks[:ready]:
                task.ended = task.ended or self.updated

    def cancel(self) -> None:
        """Stop a job; 400 when there is nothing left to stop."""
        if self.status != "running":
            message = f"Failed to cancel job with job id {self.id} as its already completed."
            raise ServiceError(400, "InvalidRequest", message)
        self.cancelled = True
        self.updated = _now()

    def counts(self) -> dict[str, int]:
        """How many of the tasks are done, failed and under way."""
        ended = [task for task in self.tasks if task.ended is not None]
        failed = sum(task.failure is not None for task in ended)
        return {
            "completed": len(ended) - failed,
            "failed": failed,
            "inProgress": 0 if self.cancelled else len(self.tasks) - len(ended),
            "total": len(self.tasks),
        }

    def listed(self) -> list[JobTask]:
        """Tasks that are shown: those that ended, and when cancelled those that will not."""
        return [task for task in self.tasks if task.ended is not None or self.cancelled]

    def task_status(self, task: JobTask) -> str:
        """The state of a listed task."""
        if task.ended is None:
            return "cancelled"
        return "succeeded" if task.failure is None else "failed"

    def results(self, task: JobTask, page: Page, wording: Wording) -> dict[str, Any]:
        """Results of a listed task for a page of documents."""
        batch = self.batch[page.skip : page.skip + page.top]
        if task.ended is None or task.task is None:
            error = dict(zip(("code", "message"), task.failure or (), strict=False))
            errors = [{"id": d.id, "error": error} for d in batch] if task.ended else []
            about = task.echoed or {"modelVersion": LATEST}
            return {"documents": [], "errors": errors, **about}
        options = replace(task.options, show_stats=page.show_stats)
        return documents.results(task.task, batch, options, wording, max_elements=MAX_CHARACTERS)

    def next_page(self, page: Page) -> Page | None:
        """The page after one, as long as what is left, when there is something to show."""
        skip = page.skip + page.top
        if skip >= len(self.batch) or not self.listed():
            return None
        return Page(skip, min(page.top, len(self.batch) - skip), page.show_stats)


def read_batch(call: Call, given: Any, wording: Wording) -> list[Document]:
    """Return the documents of a job; 400 for too many, too long or nothing but empty ones."""
    batch = documents.read(call, given, MAX_DOCUMENTS, wording)
    if not any(document.text.strip() for document in batch):
        raise invalid_batch(wording, "InvalidDocumentBatch", "Document text is empty.")
    if sum(count_elements(document.text) for document in batch) > MAX_CHARACTERS:
        raise invalid_batch(
            wording,
            "InvalidDocumentBatch",
            "Batch request contains too many characters. "
            f"Max {MAX_CHARACTERS} characters are permitted.",
        )
    return batch


def read_page(call: Call, prefix: str = "") -> Page:
    """Read which documents are asked for; ``prefix`` is what the API writes before the names."""
    return Page(
        _number(call, f"{prefix}skip", 0, 0, None),
        _number(call, f"{prefix}top", PAGE, 1, LARGEST_PAGE),
        flag(call.query, "showStats"),
    )


def keep(call: Call, name: str, job: Job) -> None:
    """Keep a job with the others of an API; the oldest make room."""
    with _LOCK:
        jobs: OrderedDict[str, Job] = call.state.setdefault(name, OrderedDict())
        jobs[job.id] = job
        while len(jobs) > MAX_JOBS or sum(kept.held for kept in jobs.values()) > MAX_HELD:
            jobs.popitem(last=False)


def find(call: Call, name: str, job_id: str) -> Job:
    """Return a job of an API; 404 for one that is not known, or no more."""
    with _LOCK:
        jobs: OrderedDict[str, Job] = call.state.get(name, OrderedDict())
        try:
            job = jobs.get(str(UUID(job_id)))
        except ValueError:
            job = None
        if job is not None and _now() >= job.created + KEPT:
            del jobs[job.id]
            job = None
    if job is None:
        raise ServiceError(404, "NotFound", "The job is not found or has expired.")
    return job


def times(job: Job, updated_name: str) -> dict[str, str]:
    """Return when a job was made, last went on and will be forgotten."""
    return {
        updated_name: f"{job.updated:%Y-%m-%dT%H:%M:%SZ}",
        "createdDateTime": f"{job.created:%Y-%m-%dT%H:%M:%SZ}",
        "expirationDateTime": f"{job.created + KEPT:%Y-%m-%dT%H:%M:%SZ}",
    }


def task_time(job: Job, task: JobTask) -> str:
    """Return when a task ended, in the 100 ns the service writes."""
    return f"{task.ended or job.updated:%Y-%m-%dT%H:%M:%S.%f}0Z"


def _number(call: Call, name: str, default: int, least: int, most: int | None) -> int:
    text = call.query.get(name, str(default))
    number = int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else -1
    if number < least or (most is not None and number > most):
        allowed = f"{least} to {most}" if most is not None else f"{least} and above"
        raise invalid_value(name, (allowed,))
    return number


def _now() -> datetime:
    return datetime.now(UTC)
