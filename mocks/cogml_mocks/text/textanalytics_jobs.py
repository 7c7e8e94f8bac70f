"""Jobs of Text Analytics v3.1: five lists of tasks, at most one task in each.

Of the jobs' own refusals those of an unknown model version are recorded; the others have the words
that Language's have. A task's state is written both as `status`, as the API file wants it, and as
`state`, as the service does.
"""

from typing import Any

from cogml_mocks.operations import Answer, Call
from cogml_mocks.operations import operation as register
from cogml_mocks.text import bodies, jobs, options, tasks
from cogml_mocks.text.jobs import Job, JobTask, Page
from cogml_mocks.text.refusals import V31, malformed
from cogml_mocks.text.textanalytics import FAMILY, PREFIX

TASKS = {
    "entityRecognitionTasks": tasks.ENTITIES,
    "entityLinkingTasks": tasks.LINKING,
    "entityRecognitionPiiTasks": tasks.PERSONAL,
    "keyPhraseExtractionTasks": tasks.KEY_PHRASES,
    "sentimentAnalysisTasks": tasks.SENTIMENT,
}
_JOBS = "text.textanalytics_jobs"


@register("POST", f"{PREFIX}/analyze", FAMILY, slow=True)
def start(call: Call) -> Answer:
    """Take a job; its address is in ``operation-location``."""
    body = bodies.read_body(call)
    name = bodies.read_text(body, "displayName")
    given = bodies.read_object(body, "analysisInput").get("documents")
    batch = jobs.read_batch(call, given, V31)
    job = Job(name, batch, _tasks(bodies.read_object(body, "tasks")))
    jobs.keep(call, _JOBS, job)
    return Answer(status=202, headers=[("operation-location", _address(call, job))])


@register("GET", f"{PREFIX}/analyze/jobs/{{job}}", FAMILY, slow=True)
def status(call: Call) -> Answer:
    """Return how a job stands, and a page of the results of the tasks that ended."""
    page = jobs.read_page(call, "$")
    job = jobs.find(call, _JOBS, call.path["job"])
    with job.lock:
        job.poll()
        return Answer(_state(call, job, page))


def _tasks(given: dict[str, Any]) -> list[JobTask]:
    found = []
    for kind, task in TASKS.items():
        items = given.get(kind) or []
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise malformed(f"{kind} must be an array of objects.")
        if len(items) > 1:
            raise malformed(f"{kind}: the same task cannot be specified more than once.")
        for item in items:
            parameters = bodies.read_object(item, "parameters")
            asked = options.from_parameters(parameters, "model-version")
            default = f"{task.job_type}_{asked.model_version}"
            name = bodies.read_text(item, "taskName") or default
            found.append(JobTask(name, kind, task, asked))
    if not found:
        raise malformed("tasks must hold a task.")
    return found


def _state(call: Call, job: Job, page: Page) -> dict[str, Any]:
    lists: dict[str, list[dict[str, Any]]] = {}
    for task in job.listed():
        state = job.task_status(task)
        item = {
            "lastUpdateDateTime": jobs.task_time(job, task),
            "taskName": task.name,
            "state": state,
            "status": state,
            "results": job.results(task, page, V31),
        }
        lists.setdefault(task.kind, []).append(item)
    body: dict[str, Any] = {
        "jobId": job.id,
        **jobs.times(job, "lastUpdateDateTime"),
        "status": job.status,
        "errors": [],
    }
    if job.display_name is not None:
        body["displayName"] = job.display_name
    if page.show_stats:
        body["statistics"] = _sum(
            [item["results"]["statistics"] for items in lists.values() for item in items]
        )
    body["tasks"] = job.counts() | lists
    following = job.next_page(page)
    if following is not None:
        skip, top, show_stats = following
        query = f"$skip={skip}&$top={top}&showStats={show_stats}"
        body["@nextLink"] = f"{_address(call, job)}?{query}"
    return body


def _sum(statistics: list[dict[str, int]]) -> dict[str, int]:
    names = ("documentsCount", "validDocumentsCount", "erroneousDocumentsCount")
    return {
        name: sum(counted[name] for counted in statistics) for name in (*names, "transactionsCount")
    }


def _address(call: Call, job: Job) -> str:
    return f"{call.base_url}{PREFIX}/analyze/jobs/{job.id}"
