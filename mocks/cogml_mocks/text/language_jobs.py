"""Jobs of Language 2022-05-01 and 2023-04-01: a list of tasks, each with its kind.

A kind this suite has no engine for (health, abstractive summaries, custom models) is accepted,
since the API file names it, and its task then fails: a custom one because there is no such
project. 2022-05-01 has no summaries.
"""

from typing import Any

from cogml_mocks.operations import Answer, Call, ServiceError
from cogml_mocks.operations import operation as register
from cogml_mocks.text import bodies, jobs, options, refusals, tasks
from cogml_mocks.text.documents import Task
from cogml_mocks.text.jobs import Job, JobTask, Page
from cogml_mocks.text.language import API_VERSIONS, FAMILY, TASKS
from cogml_mocks.text.options import Options

PATH = "/language/analyze-text/jobs"
ENGINES: dict[str, Task] = {
    **{kind: task for kind, task in TASKS.items() if kind != "LanguageDetection"},
    "ExtractiveSummarization": tasks.SUMMARY,
}
CUSTOM = (
    "CustomEntityRecognition",
    "CustomSingleLabelClassification",
    "CustomMultiLabelClassification",
)
NOT_MODELLED = ("Healthcare", "AbstractiveSummarization", *CUSTOM)
SUMMARIES = ("ExtractiveSummarization", "AbstractiveSummarization")
KINDS = {
    "2022-05-01": tuple(k for k in (*ENGINES, *NOT_MODELLED) if k not in SUMMARIES),
    "2023-04-01": (*ENGINES, *NOT_MODELLED),
}
_JOBS = "text.language_jobs"


@register("POST", PATH, FAMILY, api_versions=API_VERSIONS, slow=True)
def start(call: Call) -> Answer:
    """Take a job; its address is in ``operation-location``."""
    body = bodies.read_body(call)
    name = bodies.read_text(body, "displayName")
    given = bodies.read_object(body, "analysisInput").get("documents")
    batch = jobs.read_batch(call, given, refusals.LANGUAGE)
    job = Job(name, batch, _tasks(body.get("tasks"), KINDS[call.query["api-version"]]))
    jobs.keep(call, _JOBS, job)
    return _accepted(call, job)


@register("GET", f"{PATH}/{{job}}", FAMILY, api_versions=API_VERSIONS, slow=True)
def status(call: Call) -> Answer:
    """Return how a job stands, and a page of the results of the tasks that ended."""
    page = jobs.read_page(call)
    job = jobs.find(call, _JOBS, call.path["job"])
    with job.lock:
        job.poll()
        return Answer(_state(call, job, page))


@register("POST", f"{PATH}/{{job}}", FAMILY, api_versions=API_VERSIONS, media_types=(), slow=True)
def cancel(call: Call) -> Answer:
    """Cancel a job that has not ended; the segment is the job's id and ``:cancel``."""
    job_id, colon, action = call.path["job"].rpartition(":")
    if not colon:
        raise ServiceError(405, "405", "Method not allowed")
    if action != "cancel":
        raise ServiceError(404, "404", "Resource not found")
    job = jobs.find(call, _JOBS, job_id)
    with job.lock:
        job.cancel()
    return _accepted(call, job)


def _tasks(given: Any, kinds: tuple[str, ...]) -> list[JobTask]:
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise refusals.malformed("tasks must be an array of objects.")
    if not 0 < len(given) <= jobs.MAX_TASKS:
        raise refusals.malformed(f"tasks must be from 1 to {jobs.MAX_TASKS}.")
    return [_task(item, kinds) for item in given]


def _task(item: dict[str, Any], kinds: tuple[str, ...]) -> JobTask:
    kind = item.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise refusals.invalid_value("kind", kinds)
    name = bodies.read_text(item, "taskName")
    parameters = bodies.read_object(item, "parameters")
    if kind in ENGINES:
        return JobTask(name, kind, ENGINES[kind], options.from_parameters(parameters))
    if kind not in CUSTOM:
        failure = ("InvalidRequest", f"Job task type {kind} is not supported by this resource.")
        return JobTask(name, kind, None, Options(), failure)
    echoed = {
        part: bodies.read_text(parameters, part) or "" for part in ("projectName", "deploymentName")
    }
    failure = ("ProjectNotFound", f"The project {echoed['projectName']!r} is not found.")
    return JobTask(name, kind, None, Options(), failure, echoed)


def _state(call: Call, job: Job, page: Page) -> dict[str, Any]:
    items = []
    errors = []
    for number, task in enumerate(job.listed()):
        item: dict[str, Any] = {"kind": f"{task.kind}LROResults"}
        if task.name is not None:
            item["taskName"] = task.name
        item["lastUpdateDateTime"] = jobs.task_time(job, task)
        item["status"] = job.task_status(task)
        item["results"] = job.results(task, page, refusals.LANGUAGE)
        items.append(item)
        if item["status"] == "failed" and task.failure is not None:
            code, message = task.failure
            errors.append({"code": code, "message": message, "target": f"#/tasks/items/{number}"})
    body: dict[str, Any] = {
        "jobId": job.id,
        **jobs.times(job, "lastUpdatedDateTime"),
        "status": job.status,
        "errors": errors,
    }
    if job.display_name is not None:
        body["displayName"] = job.display_name
    body["tasks"] = {**job.counts(), "items": items}
    following = job.next_page(page)
    if following is not None:
        skip, top, show_stats = following
        query = f"showStats={show_stats}&top={top}&skip={skip}"
        body["nextLink"] = (
            f"{call.base_url}{PATH}/{job.id}?{query}&api-version={call.query['api-version']}"
        )
    return body


def _accepted(call: Call, job: Job) -> Answer:
    version = call.query["api-version"]
    location = f"{call.base_url}{PATH}/{job.id}?api-version={version}"
    return Answer(status=202, headers=[("operation-location", location)])
