"""What must be there before an example can be sent: jobs, models, secrets, data."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from conformance.api_files import ApiFile, Json
from conformance.made import MADE

if TYPE_CHECKING:
    from conformance.exchanges import Exchange, Sender

POLLS = 5
POLL = "a poll"  # judged, and no example
_UNDER_WAY = {"CREATED", "RUNNING", "notStarted", "running"}
Prepare = Callable[["Sender", ApiFile, Json], Json]


def _all(sender: Sender, api: ApiFile, identifier: str) -> Iterator[Exchange]:
    """Send each example of another operation."""
    operation = api.named(identifier)
    for name, example in (*api.examples(operation), *MADE.get(identifier, {}).items()):
        yield sender.example(api, operation, name, example["parameters"])


def _first(sender: Sender, api: ApiFile, identifier: str) -> Exchange:
    """Send the first example of another operation."""
    return next(_all(sender, api, identifier))


def _of_job(identifier: str, parameter: str, asked: str = "") -> Prepare:
    """Start a job; where it can be asked after, one of each example, and wait until they end.

    Its id is the last segment of the address it is asked after at.
    """

    def prepare(sender: Sender, api: ApiFile, parameters: Json) -> Json:
        started = list(
            _all(sender, api, identifier) if asked else [_first(sender, api, identifier)]
        )
        places = [one.response.headers.get("operation-location", "") for one in started]
        made = [{parameter: place.partition("?")[0].rpartition("/")[2]} for place in places]
        for one in made if asked else ():
            _wait(sender, api, asked, {**parameters, **one})
        return made[0]

    return prepare


def _wait(sender: Sender, api: ApiFile, identifier: str, parameters: Json) -> None:
    """Ask until what was begun has ended; every answer is judged as well."""
    for _ in range(POLLS):
        asked = sender.send(api.named(identifier), POLL, parameters)
        body = asked.response.json()
        status = (body.get("modelInfo") or body.get("summary") or body).get("status")
        sender.polls.append(asked)
        if status not in _UNDER_WAY:
            return
    raise TimeoutError(f"{identifier}: {status} after {POLLS} polls")


def _secret(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    """Set a secret of the example's name; its version is the vault's own."""
    value = {"value": "a-value", "contentType": "text/plain"}
    given = {"parameters": value, "secret-name": parameters["secret-name"]}
    made = sender.send(api.named("SetSecret"), "set", {"api-version": "7.5", **given})
    return {"secret-version": made.response.json().get("id", "").rpartition("/")[2]}


def _two_versions(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    _secret(sender, api, parameters)
    return _secret(sender, api, parameters)


def _two_secrets(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    for name in ("one", "two"):
        _secret(sender, api, {"secret-name": name})
    return {}


def _deleted(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    _secret(sender, api, parameters)
    given = {"api-version": "7.5", "secret-name": parameters["secret-name"]}
    sender.send(api.named("DeleteSecret"), "delete", given)
    return {}


def _two_deleted(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    for name in ("three", "four"):
        _deleted(sender, api, {"secret-name": name})
    return {}


def _backed_up(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    given = {"api-version": "7.5", "secret-name": "kept"}
    _secret(sender, api, given)
    value = sender.send(api.named("BackupSecret"), "backup", given).response.json().get("value", "")
    for identifier in ("DeleteSecret", "PurgeDeletedSecret"):
        operation = api.named(identifier)
        if operation.modelled:
            sender.send(operation, "away", given)
    return {"parameters": {"value": value}}


def _readings(variables: int = 3, points: int = 400) -> str:
    """A table of variables that move together, a row a minute; in one the first leaves the others,
    so that an example has something to find."""
    start = datetime(2019, 3, 31, 20, tzinfo=UTC)
    lines = ["timestamp," + ",".join(f"variable_{i + 1}" for i in range(variables))]
    for minute in range(points):
        at = (start + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")
        wave = [math.sin(minute / 9 + i / 4) + (minute * 7 % 11) / 50 for i in range(variables)]
        wave[0] += 4 * (minute == 270)
        lines.append(at + "".join(f",{value:.4f}" for value in wave))
    return "\n".join(lines)


def _uploaded(sender: Sender) -> str:
    """Put the table into a container of the suite's; return its address."""
    container = f"{sender.base}/devstoreaccount1/conformance"
    signed = {"Authorization": "SharedKey devstoreaccount1:c2lnbmF0dXJl"}
    sender.put(f"{container}?restype=container", b"", **signed)
    blob = f"{container}/readings.csv"
    sender.put(blob, _readings().encode(), **signed, **{"x-ms-blob-type": "BlockBlob"})
    return blob


def _training(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    return {"modelInfo": {**parameters["modelInfo"], "dataSource": _uploaded(sender)}}


def _model(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    """Train a model and wait until it is ready; an example's data become those it knows."""
    trained = _first(sender, api, "Multivariate_TrainMultivariateModel")
    identifier = trained.response.headers.get("location", "").rpartition("/")[2]
    _wait(sender, api, "Multivariate_GetMultivariateModel", {"modelId": identifier})
    made: dict[str, Any] = {"modelId": identifier}
    options = json.loads(json.dumps(parameters.get("options", {})))
    if "dataSource" in options:
        made["options"] = {**options, "dataSource": _uploaded(sender)}
    for number, variable in enumerate(options.get("variables", ())):
        variable["variable"] = f"variable_{number + 1}"
        made["options"] = options
    return made


def _result(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    started = _first(sender, api, "Multivariate_DetectMultivariateBatchAnomaly")
    place = started.response.headers.get("operation-location", "")
    made = {"resultId": place.rpartition("/")[2]}
    _wait(sender, api, "Multivariate_GetMultivariateBatchDetectionResult", made)
    return made


def _query(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    """The examples leave out what was searched for: something there are pictures of."""
    return {"q": parameters.get("q", "mountain"), "X-BingApis-SDK": "true"}


def _picture(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    """Search, and ask for all about the first picture that was found."""
    given = _query(sender, api, parameters)
    found = sender.send(api.named("Images_Search"), "search", given).response.json()["value"]
    return {**given, "insightsToken": found[0]["imageInsightsToken"], "modules": ["All"]}


def _other_name(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    """The example does not call the body what the file calls it."""
    return {"texts": parameters["text"]}


BEFORE: dict[str, Prepare] = {
    "AnalyzeStatus": _of_job("Analyze", "jobId", "AnalyzeStatus"),
    "HealthStatus": _of_job("Health", "jobId", "HealthStatus"),
    "CancelHealthJob": _of_job("Health", "jobId"),
    "AnalyzeTextJobStatus": _of_job("AnalyzeTextSubmitJob", "jobId", "AnalyzeTextJobStatus"),
    "AnalyzeTextCancelJob": _of_job("AnalyzeTextSubmitJob", "jobId"),
    "GetReadResult": _of_job("Read", "operationId", "GetReadResult"),
    "Images_Search": _query,
    "Images_Details": _picture,
    "Translator_Transliterate": _other_name,
    "GetSecret": _secret,
    "GetSecrets": _two_secrets,
    "GetSecretVersions": _two_versions,
    "UpdateSecret": _secret,
    "DeleteSecret": _secret,
    "BackupSecret": _secret,
    "RestoreSecret": _backed_up,
    "GetDeletedSecrets": _two_deleted,
    "GetDeletedSecret": _deleted,
    "PurgeDeletedSecret": _deleted,
    "RecoverDeletedSecret": _deleted,
    "Multivariate_TrainMultivariateModel": _training,
    "Multivariate_GetMultivariateModel": _model,
    "Multivariate_ListMultivariateModels": _model,
    "Multivariate_DeleteMultivariateModel": _model,
    "Multivariate_DetectMultivariateBatchAnomaly": _model,
    "Multivariate_DetectMultivariateLastAnomaly": _model,
    "Multivariate_GetMultivariateBatchDetectionResult": _result,
}
