"""Anomaly Detector v1.1, multivariate: models are trained on stored files, then judge new data.

Data are read, and what is wrong with them is told, as the service does it: by polling. A batch
judges each time of its span that has a sliding window of data before it; `detect-last` each time
that ends a window.

Not modelled: how many models train at once (none is kept waiting), rates by themselves, data over
64 MB, the end of a result after seven days (the oldest goes when there are over 64 MB), a result
of v1.0. An epoch is a pass over the training; the score is 1 where the anomalies begin.
"""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from cogml_mocks.anomaly import models, options, tables
from cogml_mocks.anomaly.models import Result, Trained, registry
from cogml_mocks.anomaly.series import number
from cogml_mocks.anomaly.service import FAMILY, PREFIX, json_object, refusal
from cogml_mocks.anomaly.sources import DataError, check_variables
from cogml_mocks.operations import Answer, Call, ServiceError
from cogml_mocks.operations import operation as register

ROOT = f"{PREFIX}v1.1/multivariate"
MAX_BODY = 64 * 2**20
PAGE = 10
_SLOW: dict[str, Any] = {"slow": True}  # each may be the first, which reads what is kept


@register("POST", f"{ROOT}/models", FAMILY, **_SLOW)
def train(call: Call) -> Answer:
    """Make a model; its address is in ``Location``."""
    training = options.training(json_object(call.request.body))
    known = registry(call)
    known.check_room()
    model = models.train(call, training)
    name = known.add(model)
    location = ("Location", f"{call.base_url}{ROOT}/models/{name}")
    return Answer(_shown(name, model), status=201, headers=[location])


@register("GET", f"{ROOT}/models", FAMILY, **_SLOW)
def list_models(call: Call) -> Answer:
    """Models, the newest first, ten a page or as many as asked for."""
    skip = options.integer(call.query.get("skip"), 0)
    top = options.integer(call.query.get("top"), PAGE)
    if skip is None or top is None:
        raise refusal("InvalidRequestParameterError", "Invalid values for $skip or $top.")
    found = list(reversed(registry(call).models.items()))
    following = ""
    if top and skip + top < len(found):
        query = urlencode({"skip": skip + top, "top": top})
        following = f"{call.base_url}{ROOT}/models?{query}"
    return Answer(
        {
            "models": [_shown(name, model) for name, model in found[skip : skip + top]],
            "currentCount": len(found),
            "maxCount": models.MAX_MODELS,
            "nextLink": following,
        }
    )


@register("GET", f"{ROOT}/models/{{model}}", FAMILY, **_SLOW)
def get_model(call: Call) -> Answer:
    """How a model stands, and what its training came to."""
    model = registry(call).model(call.path["model"])
    model.look()
    return Answer(_shown(call.path["model"], model))


@register("DELETE", f"{ROOT}/models/{{model}}", FAMILY, **_SLOW)
def delete_model(call: Call) -> Answer:
    """Forget a model."""
    registry(call).delete(call.path["model"])
    return Answer(status=204)


@register("POST", f"{ROOT}/models/{{model}}", FAMILY, max_body=MAX_BODY, **_SLOW)
def detect(call: Call) -> Answer:
    """Detect with a model: over a span of stored data, or at the end of data in the request."""
    name, _, action = call.path["model"].rpartition(":")
    if action not in _ACTIONS:
        raise ServiceError(404, "404", "Resource not found")
    model = registry(call).model(name)
    if model.status == models.FAILED:
        raise refusal("ModelFailed", "Model failed to be trained.")
    if model.status != models.READY:
        raise refusal("ModelNotReady", "The model is not ready yet.")
    body = json_object(call.request.body)
    return _ACTIONS[action](call, model, body)


@register("GET", f"{ROOT}/detect-batch/{{result}}", FAMILY, **_SLOW)
def get_result(call: Call) -> Answer:
    """How a detection over a span stands, and its results."""
    name = call.path["result"]
    result = registry(call).result(name)
    result.polls += 1
    if result.polls == 1:
        content = models.result_body(name, result.setup, {"status": models.RUNNING})
        return Answer(content=content)
    return Answer(content=result.content)


def _detect_batch(call: Call, model: Trained, body: dict[str, Any]) -> Answer:
    span = options.span(body)
    most = options.top_contributors(body)
    name = str(uuid4())
    setup = {**span.given, "topContributorCount": most}
    found = models.detect_batch(call, model, span, most)
    registry(call).keep(name, Result(setup, models.result_body(name, setup, found)))
    headers = [
        ("Operation-Id", name),
        ("Operation-Location", f"{call.base_url}{ROOT}/detect-batch/{name}"),
    ]
    content = models.result_body(name, setup, {"status": models.CREATED})
    return Answer(content=content, status=202, headers=headers)


def _detect_last(call: Call, model: Trained, body: dict[str, Any]) -> Answer:
    most = options.top_contributors(body)
    window = model.training.window
    try:
        table = tables.merged(_variables(body)).of(model.names).aligned(model.training.align)
        size = len(table.times)
        if size > models.MAX_TIMESTAMPS:
            raise _too_many_timestamps()
        if size < window:
            raise models.not_enough(size, window)
        # A window's last time has one fewer before it.
        results = models.judged(model, table, size - window + 1, window - 1, most)
    except DataError as error:
        raise refusal(error.code, error.message) from None
    return Answer({"variableStates": table.states(), "results": results})


_ACTIONS = {"detect-batch": _detect_batch, "detect-last": _detect_last}


def _variables(body: dict[str, Any]) -> list[tuple[str, list[int], list[float]]]:
    given = body.get("variables")
    if not isinstance(given, list) or not given:
        raise refusal("BadArgument", "The 'variables' field is required in the request.")
    check_variables(len(given))
    return [_variable(entry) for entry in given]


def _variable(entry: Any) -> tuple[str, list[int], list[float]]:
    name = entry.get("variable") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        raise refusal("BadArgument", "Each of the 'variables' must have a 'variable' name.")
    times, values = entry.get("timestamps"), entry.get("values")
    if not isinstance(times, list) or not isinstance(values, list) or len(times) != len(values):
        message = f"The 'timestamps' and 'values' of {name} must be arrays of one length."
        raise refusal("BadArgument", message)
    if len(times) > models.MAX_TIMESTAMPS:
        raise _too_many_timestamps()
    return name, [options.timestamp(time) for time in times], [_value(name, v) for v in values]


def _value(name: str, value: Any) -> float:
    if value is None:
        return float("nan")
    found = number(value)
    if found is None:
        raise refusal("BadArgument", f"The 'values' of {name} must be numbers.")
    return found


def _too_many_timestamps() -> ServiceError:
    message = f"The limit timestamps of one detection request is {models.MAX_TIMESTAMPS}."
    return refusal("DataExceedsLimit", message, 413)


def _shown(name: str, model: Trained) -> dict[str, Any]:
    return {
        "modelId": name,
        "createdTime": model.created,
        "lastUpdatedTime": model.updated,
        "modelInfo": model.to_json(),
    }
