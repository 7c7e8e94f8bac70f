"""What the tests of jobs share: how either API spells a job, and a bench that runs one."""

from dataclasses import dataclass
from typing import Any

import httpx
from suite_bench import V31, Bench, batch

TEXT = "Anna Smith loved Seattle. The food was terrible."


@dataclass(frozen=True)
class Api:
    """One of the two APIs that take jobs."""

    name: str
    path: str
    query: str
    skip: str
    top: str
    next_link: str


ANALYZE = Api("v3.1", f"{V31}/analyze", "", "$skip", "$top", "@nextLink")
LANGUAGE = Api(
    "language",
    "/language/analyze-text/jobs",
    "?api-version=2023-04-01",
    "skip",
    "top",
    "nextLink",
)
LISTS = {
    "EntityRecognition": "entityRecognitionTasks",
    "EntityLinking": "entityLinkingTasks",
    "PiiEntityRecognition": "entityRecognitionPiiTasks",
    "KeyPhraseExtraction": "keyPhraseExtractionTasks",
    "SentimentAnalysis": "sentimentAnalysisTasks",
}


@dataclass
class Jobs:
    """A bench for jobs of one API."""

    bench: Bench
    api: Api

    def body(self, documents: dict[str, Any], tasks: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """The body of a job, its tasks given by their kinds and named after them."""
        if self.api is LANGUAGE:
            listed: Any = [
                {"kind": kind, "taskName": f"my {kind}", "parameters": parameters}
                for kind, parameters in tasks.items()
            ]
        else:
            listed = {
                LISTS[kind]: [{"taskName": f"my {kind}", "parameters": parameters}]
                for kind, parameters in tasks.items()
            }
        return {"analysisInput": documents, "tasks": listed}

    def submit(self, *texts: str, **tasks: dict[str, Any]) -> httpx.Response:
        return self.send(self.body(batch(*texts), tasks or {"SentimentAnalysis": {}}))

    def send(self, body: Any) -> httpx.Response:
        return self.bench.post(self.api.path + self.api.query, body)

    def start(self, *texts: str, **tasks: dict[str, Any]) -> str:
        """The address of a new job."""
        answer = self.submit(*texts, **tasks)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        return answer.headers["operation-location"]

    def get(self, location: str, **query: Any) -> httpx.Response:
        named = {"skip": self.api.skip, "top": self.api.top}
        asked = {named.get(name, name): value for name, value in query.items()}
        return self.bench.client.get(httpx.URL(location).copy_merge_params(asked))

    def finish(self, location: str, **query: Any) -> dict[str, Any]:
        """The body of a job that has ended."""
        self.get(location)
        return self.get(location, **query).json()

    def items(self, body: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Tasks that are listed, by the names they were given."""
        tasks = body["tasks"]
        lists = [tasks["items"]] if self.api is LANGUAGE else map(tasks.get, LISTS.values())
        return {item["taskName"]: item for items in lists for item in items or ()}


def refusal(response: httpx.Response) -> tuple[int, str, str | None, str]:
    """Status, code, inner code and innermost message."""
    error = response.json()["error"]
    inner = error.get("innererror", {})
    message = inner.get("message", error["message"])
    return response.status_code, error["code"], inner.get("code"), message


def counts(body: dict[str, Any]) -> tuple[int, ...]:
    """Tasks that are completed, failed, in progress, and all."""
    tasks = body["tasks"]
    return tuple(tasks[name] for name in ("completed", "failed", "inProgress", "total"))
