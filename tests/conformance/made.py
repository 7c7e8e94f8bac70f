"""Examples for what has none in the folder of API files; ours, unlike those of the folder."""

from __future__ import annotations

from typing import Any

Made = dict[str, dict[str, dict[str, Any]]]

_TEXTS = {
    "documents": [
        {"id": "1", "language": "en", "text": "Anna Smith was happy in Paris. Call 206-555-0100."},
        {"id": "2", "language": "en", "text": "The room was cold but the food was good."},
    ]
}
_SPANISH = {"id": "3", "language": "es", "text": "La habitación era pequeña."}
_AND_SPANISH = {"documents": [*_TEXTS["documents"], _SPANISH]}
_TASK = {"taskName": "one", "parameters": {"model-version": "latest"}}
_TASKS = {
    f"{kind}Tasks": [_TASK]
    for kind in (
        "entityRecognition",
        "entityRecognitionPii",
        "keyPhraseExtraction",
        "entityLinking",
        "sentimentAnalysis",
    )
}
_KINDS = (
    "SentimentAnalysis",
    "EntityRecognition",
    "PiiEntityRecognition",
    "KeyPhraseExtraction",
    "EntityLinking",
)
_ALL = "Categories,Adult,Tags,Description,Faces,Color,ImageType,Objects,Brands"
_EVERY = "read,tags,objects,people,caption,denseCaptions,smartCrops"
_FEATURES = {
    "api-version": "2023-10-01",
    "smartcrops-aspect-ratios": [0.9, 1.33],
    "features": [_EVERY],
}
_URL = {"ImageUrl": {"url": "{url}"}}
_STREAM = {"Image": "{binary}"}
_VAULT = {"api-version": "7.5", "secret-name": "a-secret"}
_SERIES = [
    {"timestamp": f"2026-01-{day + 1:02}T00:00:00Z", "value": float(day % 7)} for day in range(28)
]
_WINDOW = {"startTime": "2019-03-31T20:00:00Z", "endTime": "2019-04-01T02:00:00Z"}


def _kind(kind: str, texts: dict[str, Any] = _TEXTS, **parameters: Any) -> dict[str, Any]:
    given = {"modelVersion": "latest", **parameters}
    body = {"kind": kind, "analysisInput": texts, "parameters": given}
    return {"api-version": "2023-04-01", "showStats": True, "body": body}


def _one(**parameters: Any) -> dict[str, dict[str, Any]]:
    return {"made": {"parameters": parameters}}


def _named(**examples: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"made {name}": {"parameters": example} for name, example in examples.items()}


MADE: Made = {
    "Analyze": _one(body={"displayName": "all", "analysisInput": _TEXTS, "tasks": _TASKS}),
    "AnalyzeStatus": _one(showStats=True),
    "HealthStatus": _one(showStats=True),
    "EntitiesRecognitionGeneral": _one(input=_TEXTS, showStats=True),
    "EntitiesRecognitionPii": _one(input=_TEXTS, showStats=True, domain="phi"),
    "EntitiesLinking": _one(input=_TEXTS, showStats=True, stringIndexType="UnicodeCodePoint"),
    "KeyPhrases": _one(input=_TEXTS, showStats=True, **{"model-version": "latest"}),
    "Languages": _one(input={"documents": [{"id": "1", "text": "Bonjour"}]}, showStats=True),
    "Sentiment": _one(input=_AND_SPANISH, showStats=True, opinionMining=True),
    "AnalyzeText": _named(
        LanguageDetection=_kind("LanguageDetection", {"documents": [{"id": "1", "text": "Hola"}]}),
        opinions=_kind("SentimentAnalysis", _AND_SPANISH, opinionMining=True),
        **{kind: _kind(kind) for kind in _KINDS},
    ),
    "AnalyzeTextSubmitJob": _one(
        **{"api-version": "2023-04-01"},
        body={
            "analysisInput": _TEXTS,
            "tasks": [{"kind": kind} for kind in (*_KINDS, "ExtractiveSummarization")],
        },
    ),
    "AnalyzeTextJobStatus": _one(**{"api-version": "2023-04-01"}, showStats=True),
    "Translator_Detect": _one(**{"api-version": "3.0"}, text=[{"text": "Guten Morgen"}]),
    "Translator_DictionaryExamples": _one(
        **{"api-version": "3.0", "from": "en", "to": "es"},
        text=[{"text": "house", "translation": "casa"}],
    ),
    "Translator_Translate": _one(
        **{"api-version": "3.0", "includeSentenceLength": True, "includeAlignment": True},
        to=["es"],
        text=[{"text": "The red house. Good morning."}],
    ),
    "GenerateThumbnail": _one(width=100, height=100, smartCropping=True, **_URL),
    "AnalyzeImageInStream": _one(visualFeatures=[_ALL], details=["Landmarks"], **_STREAM),
    "AnalyzeImageByDomainInStream": _one(model="landmarks", **_STREAM),
    "GenerateThumbnailInStream": _one(width=100, height=100, smartCropping=True, **_STREAM),
    "ReadInStream": _one(readingOrder="natural", **_STREAM),
    "GetReadResult": _one(),
    "AnalyzeFromUrl": _one(**_FEATURES, imageUrl={"url": "{text}"}),
    "AnalyzeFromImageData": _named(
        faces={**_FEATURES, "imageData": "{binary}"},
        text={**_FEATURES, "imageData": "{text}"},
    ),
    "Univariate_DetectUnivariateLastPoint": _one(
        options={"series": _SERIES, "granularity": "daily", "sensitivity": 95}
    ),
    "Multivariate_TrainMultivariateModel": _one(
        modelInfo={
            "slidingWindow": 28,
            "alignPolicy": {
                "alignMode": "Outer",
                "fillNAMethod": "Linear",
            },
            "dataSource": "",
            "dataSchema": "OneTable",
            "displayName": "a model",
            **_WINDOW,
        }
    ),
    "Multivariate_GetMultivariateModel": _one(),
    "Images_Search": _named(
        search={"q": "red flower", "X-BingApis-SDK": "true"},
        filters={
            "q": "mountain",
            "X-BingApis-SDK": "true",
            "count": 5,
            "offset": 2,
            "mkt": "en-US",
            "safeSearch": "Strict",
            "imageType": "Photo",
            "color": "Red",
        },
    ),
    "Images_Trending": _one(**{"X-BingApis-SDK": "true", "mkt": "en-US"}),
    "SetSecret": _one(
        **_VAULT,
        parameters={
            "value": "a-value",
            "contentType": "text/plain",
            "tags": {"team": "red"},
            "attributes": {"enabled": True, "exp": 4102444800},
        },
    ),
    "GetSecrets": _one(**{"api-version": "7.5"}),
    "GetDeletedSecret": _one(**{**_VAULT, "secret-name": "a-deleted-secret"}),
    "BackupSecret": _one(**_VAULT),
    "RestoreSecret": _one(**{"api-version": "7.5"}),
}
