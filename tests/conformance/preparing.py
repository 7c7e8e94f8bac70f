"""What must be there before an example can be sent: jobs, models, secrets, data."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from conformance.api_files import ApiFile, Json
from conformance.made import MADE

if TYPE_CHECKING:
    from conformance.exchanges import Exchange, Sender

POLLS = 50
Prepare = Callable[["Sender", ApiFile, Json], Json]


def _first(sender: Sender, api: ApiFile, identifier: str) -> Exchange:
    """Send the first example of another operation."""
    operation = api.named(identifier)
    name, example = next(iter([*api.examples(operation), *MADE.get(identifier, {}).items()]))
    return sender.example(api, operation, name, example["parameters"])


def _of_job(identifier: str, parameter: str, header: str = "operation-location") -> Prepare:
    """Start a job; its id is the last segment of the address it is asked after at."""

    def prepare(sender: Sender, api: ApiFile, parameters: Json) -> Json:
        started = _first(sender, api, identifier)
        place = started.response.headers.get(header, "").partition("?")[0]
        return {parameter: place.rpartition("/")[2]}

    return prepare


def _secret(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    """Set a secret of the example's name; its version is the vault's own."""
    given = {"parameters": {"value": "a-value"}, "secret-name": parameters["secret-name"]}
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
    """A table of variables that move together, a row a minute."""
    start = datetime(2019, 3, 31, 20, tzinfo=UTC)
    lines = ["timestamp," + ",".join(f"variable_{i + 1}" for i in range(variables))]
    for minute in range(points):
        at = (start + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")
        wave = [math.sin(minute / 9 + i / 4) + (minute * 7 % 11) / 50 for i in range(variables)]
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
    for _ in range(POLLS):
        asked = sender.send(
            api.named("Multivariate_GetMultivariateModel"), "poll", {"modelId": identifier}
        )
        if asked.response.json().get("modelInfo", {}).get("status") in ("READY", "FAILED", None):
            break
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
    return {"resultId": started.response.headers.get("operation-location", "").rpartition("/")[2]}


def _query(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    """The examples leave out what was searched for; their answers name it."""
    return {"q": parameters.get("q", "degas"), "X-BingApis-SDK": "true"}


def _other_name(sender: Sender, api: ApiFile, parameters: Json) -> Json:
    """The example does not call the body what the file calls it."""
    return {"texts": parameters["text"]}


BEFORE: dict[str, Prepare] = {
    "AnalyzeStatus": _of_job("Analyze", "jobId"),
    "HealthStatus": _of_job("Health", "jobId"),
    "CancelHealthJob": _of_job("Health", "jobId"),
    "AnalyzeTextJobStatus": _of_job("AnalyzeTextSubmitJob", "jobId"),
    "AnalyzeTextCancelJob": _of_job("AnalyzeTextSubmitJob", "jobId"),
    "GetReadResult": _of_job("Read", "operationId"),
    "Images_Search": _query,
    "Images_Details": _query,
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
