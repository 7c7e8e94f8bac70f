"""Written by `python -m cogml.stubs`; do not edit."""

import datetime
import pathlib
from typing import Any, Literal, Self

from cogml.fitting import ServiceEstimator
from cogml.service import Service
from cogml.services.search import ImageDownloader, UrlTransformer


class _Service(Service):
    def setOutputCol(self, value: str) -> Self: ...
    def setErrorCol(self, value: str) -> Self: ...
    def setUpstreamErrorCol(self, value: str) -> Self: ...
    def getUpstreamErrorCol(self) -> str | None: ...
    def setMetaCol(self, value: str) -> Self: ...
    def getMetaCol(self) -> str | None: ...
    def setConcurrency(self, value: int) -> Self: ...
    def getConcurrency(self) -> int: ...
    def setTimeout(self, value: float) -> Self: ...
    def getTimeout(self) -> float: ...
    def setConcurrentTimeout(self, value: float) -> Self: ...
    def getConcurrentTimeout(self) -> float: ...
    def setDeadline(self, value: float) -> Self: ...
    def getDeadline(self) -> float | None: ...
    def setMaxRetries(self, value: int) -> Self: ...
    def getMaxRetries(self) -> int: ...
    def setBackoffs(self, value: list[int]) -> Self: ...
    def getBackoffs(self) -> list[int] | None: ...
    def setRequestsPerSecond(self, value: float) -> Self: ...
    def getRequestsPerSecond(self) -> float | None: ...
    def setRecordsPerMinute(self, value: float) -> Self: ...
    def getRecordsPerMinute(self) -> float | None: ...
    def setAnswerBytes(self, value: int) -> Self: ...
    def getAnswerBytes(self) -> int: ...
    def setCacheDir(self, value: str) -> Self: ...
    def getCacheDir(self) -> str | None: ...
    def setCacheBytes(self, value: int) -> Self: ...
    def getCacheBytes(self) -> int: ...
    def setTransport(self, value: Any) -> Self: ...
    def getTransport(self) -> Any | None: ...
    def setExecution(self, value: Literal["auto", "workers", "driver", "local"]) -> Self: ...
    def getExecution(self) -> Literal["auto", "workers", "driver", "local"]: ...

class _AzureService(_Service):
    def setUrl(self, value: str) -> Self: ...
    def getUrl(self) -> str | None: ...
    def setEndpoint(self, value: str) -> Self: ...
    def getEndpoint(self) -> str | None: ...
    def setLocation(self, value: str) -> Self: ...
    def getLocation(self) -> str | None: ...
    def setCustomServiceName(self, value: str) -> Self: ...
    def getCustomServiceName(self) -> str | None: ...
    def setDefaultInternalEndpoint(self, value: str) -> Self: ...
    def getDefaultInternalEndpoint(self) -> str | None: ...
    def setCustomUrlRoot(self, value: str) -> Self: ...
    def getCustomUrlRoot(self) -> str | None: ...
    def setSubscriptionKey(self, value: str) -> Self: ...
    def getSubscriptionKey(self) -> str | None: ...
    def setSubscriptionKeyCol(self, value: str) -> Self: ...
    def getSubscriptionKeyCol(self) -> str: ...
    def setAADToken(self, value: str) -> Self: ...
    def getAADToken(self) -> str | None: ...
    def setAADTokenCol(self, value: str) -> Self: ...
    def getAADTokenCol(self) -> str: ...
    def setCustomAuthHeader(self, value: str) -> Self: ...
    def getCustomAuthHeader(self) -> str | None: ...
    def setCustomAuthHeaderCol(self, value: str) -> Self: ...
    def getCustomAuthHeaderCol(self) -> str: ...
    def setLinkedService(self, value: str) -> Self: ...
    def getLinkedService(self) -> str | None: ...
    def setCredential(self, value: Any) -> Self: ...
    def getCredential(self) -> Any | None: ...
    def setCustomHeaders(self, value: dict[str, str]) -> Self: ...
    def getCustomHeaders(self) -> dict[str, str] | None: ...
    def setCustomHeadersCol(self, value: str) -> Self: ...
    def getCustomHeadersCol(self) -> str: ...

class _RowService(_Service): ...

class _AnomalyService(_RowService, _AzureService):
    def setGranularity(self, value: Literal["yearly", "monthly", "weekly", "daily", "hourly", "minutely", "secondly", "microsecond", "none"]) -> Self: ...
    def getGranularity(self) -> Literal["yearly", "monthly", "weekly", "daily", "hourly", "minutely", "secondly", "microsecond", "none"] | None: ...
    def setGranularityCol(self, value: str) -> Self: ...
    def getGranularityCol(self) -> str: ...
    def setCustomInterval(self, value: int) -> Self: ...
    def getCustomInterval(self) -> int | None: ...
    def setCustomIntervalCol(self, value: str) -> Self: ...
    def getCustomIntervalCol(self) -> str: ...
    def setMaxAnomalyRatio(self, value: float) -> Self: ...
    def getMaxAnomalyRatio(self) -> float | None: ...
    def setMaxAnomalyRatioCol(self, value: str) -> Self: ...
    def getMaxAnomalyRatioCol(self) -> str: ...
    def setSensitivity(self, value: int) -> Self: ...
    def getSensitivity(self) -> int | None: ...
    def setSensitivityCol(self, value: str) -> Self: ...
    def getSensitivityCol(self) -> str: ...
    def setPeriod(self, value: int) -> Self: ...
    def getPeriod(self) -> int | None: ...
    def setPeriodCol(self, value: str) -> Self: ...
    def getPeriodCol(self) -> str: ...
    def setImputeMode(self, value: Literal["auto", "previous", "linear", "fixed", "zero", "notFill"]) -> Self: ...
    def getImputeMode(self) -> Literal["auto", "previous", "linear", "fixed", "zero", "notFill"] | None: ...
    def setImputeModeCol(self, value: str) -> Self: ...
    def getImputeModeCol(self) -> str: ...
    def setImputeFixedValue(self, value: float) -> Self: ...
    def getImputeFixedValue(self) -> float | None: ...
    def setImputeFixedValueCol(self, value: str) -> Self: ...
    def getImputeFixedValueCol(self) -> str: ...

class _SeriesService(_AnomalyService):
    def setSeries(self, value: list[dict[str, Any]]) -> Self: ...
    def getSeries(self) -> list[dict[str, Any]] | None: ...
    def setSeriesCol(self, value: str) -> Self: ...
    def getSeriesCol(self) -> str: ...

class DetectLastAnomaly(_SeriesService):
    """Whether the last point of each series is an anomaly."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        granularity: Literal["yearly", "monthly", "weekly", "daily", "hourly", "minutely", "secondly", "microsecond", "none"] | None = None,
        granularityCol: str | None = None,
        customInterval: int | None = None,
        customIntervalCol: str | None = None,
        maxAnomalyRatio: float | None = None,
        maxAnomalyRatioCol: str | None = None,
        sensitivity: int | None = None,
        sensitivityCol: str | None = None,
        period: int | None = None,
        periodCol: str | None = None,
        imputeMode: Literal["auto", "previous", "linear", "fixed", "zero", "notFill"] | None = None,
        imputeModeCol: str | None = None,
        imputeFixedValue: float | None = None,
        imputeFixedValueCol: str | None = None,
        series: list[dict[str, Any]] | None = None,
        seriesCol: str | None = None,
    ) -> None: ...

class DetectAnomalies(_SeriesService):
    """The anomalies of each series: an array with an entry for each point."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        granularity: Literal["yearly", "monthly", "weekly", "daily", "hourly", "minutely", "secondly", "microsecond", "none"] | None = None,
        granularityCol: str | None = None,
        customInterval: int | None = None,
        customIntervalCol: str | None = None,
        maxAnomalyRatio: float | None = None,
        maxAnomalyRatioCol: str | None = None,
        sensitivity: int | None = None,
        sensitivityCol: str | None = None,
        period: int | None = None,
        periodCol: str | None = None,
        imputeMode: Literal["auto", "previous", "linear", "fixed", "zero", "notFill"] | None = None,
        imputeModeCol: str | None = None,
        imputeFixedValue: float | None = None,
        imputeFixedValueCol: str | None = None,
        series: list[dict[str, Any]] | None = None,
        seriesCol: str | None = None,
    ) -> None: ...

class SimpleDetectAnomalies(_AnomalyService):
    """The anomalies of series that lie in rows: a point a row, a series a group."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        granularity: Literal["yearly", "monthly", "weekly", "daily", "hourly", "minutely", "secondly", "microsecond", "none"] | None = None,
        granularityCol: str | None = None,
        customInterval: int | None = None,
        customIntervalCol: str | None = None,
        maxAnomalyRatio: float | None = None,
        maxAnomalyRatioCol: str | None = None,
        sensitivity: int | None = None,
        sensitivityCol: str | None = None,
        period: int | None = None,
        periodCol: str | None = None,
        imputeMode: Literal["auto", "previous", "linear", "fixed", "zero", "notFill"] | None = None,
        imputeModeCol: str | None = None,
        imputeFixedValue: float | None = None,
        imputeFixedValueCol: str | None = None,
        timestamp: datetime.datetime | str | None = None,
        timestampCol: str | None = None,
        value: float | None = None,
        valueCol: str | None = None,
        groupby: Any | None = None,
        groupbyCol: str | None = None,
    ) -> None: ...
    def setTimestamp(self, value: datetime.datetime | str) -> Self: ...
    def getTimestamp(self) -> datetime.datetime | str: ...
    def setTimestampCol(self, value: str) -> Self: ...
    def getTimestampCol(self) -> str: ...
    def setValue(self, value: float) -> Self: ...
    def getValue(self) -> float: ...
    def setValueCol(self, value: str) -> Self: ...
    def getValueCol(self) -> str: ...
    def setGroupby(self, value: Any) -> Self: ...
    def getGroupby(self) -> Any | None: ...
    def setGroupbyCol(self, value: str) -> Self: ...
    def getGroupbyCol(self) -> str: ...

class _TextService(_AzureService):
    def setText(self, value: str | list[str]) -> Self: ...
    def getText(self) -> str | list[str]: ...
    def setTextCol(self, value: str) -> Self: ...
    def getTextCol(self) -> str: ...
    def setBatchSize(self, value: int) -> Self: ...
    def getBatchSize(self) -> int | None: ...

class AnalyzeText(_TextService):
    """Sentiment, key phrases, entities, personal information, language or linked entities."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        text: str | list[str] | None = None,
        textCol: str | None = None,
        batchSize: int | None = None,
        kind: Literal["SentimentAnalysis", "KeyPhraseExtraction", "EntityRecognition", "PiiEntityRecognition", "LanguageDetection", "EntityLinking"] | None = None,
        language: str | list[str] | None = None,
        languageCol: str | None = None,
        countryHint: str | list[str] | None = None,
        countryHintCol: str | None = None,
        apiVersion: str | None = None,
        apiVersionCol: str | None = None,
        showStats: bool | None = None,
        showStatsCol: str | None = None,
        modelVersion: str | None = None,
        modelVersionCol: str | None = None,
        loggingOptOut: bool | None = None,
        loggingOptOutCol: str | None = None,
        stringIndexType: Literal["TextElements_v8", "UnicodeCodePoint", "Utf16CodeUnit"] | None = None,
        stringIndexTypeCol: str | None = None,
        opinionMining: bool | None = None,
        opinionMiningCol: str | None = None,
        domain: Literal["none", "phi"] | None = None,
        domainCol: str | None = None,
        piiCategories: list[str] | None = None,
        piiCategoriesCol: str | None = None,
    ) -> None: ...
    def setKind(self, value: Literal["SentimentAnalysis", "KeyPhraseExtraction", "EntityRecognition", "PiiEntityRecognition", "LanguageDetection", "EntityLinking"]) -> Self: ...
    def getKind(self) -> Literal["SentimentAnalysis", "KeyPhraseExtraction", "EntityRecognition", "PiiEntityRecognition", "LanguageDetection", "EntityLinking"] | None: ...
    def setLanguage(self, value: str | list[str]) -> Self: ...
    def getLanguage(self) -> str | list[str] | None: ...
    def setLanguageCol(self, value: str) -> Self: ...
    def getLanguageCol(self) -> str: ...
    def setCountryHint(self, value: str | list[str]) -> Self: ...
    def getCountryHint(self) -> str | list[str] | None: ...
    def setCountryHintCol(self, value: str) -> Self: ...
    def getCountryHintCol(self) -> str: ...
    def setApiVersion(self, value: str) -> Self: ...
    def getApiVersion(self) -> str: ...
    def setApiVersionCol(self, value: str) -> Self: ...
    def getApiVersionCol(self) -> str: ...
    def setShowStats(self, value: bool) -> Self: ...
    def getShowStats(self) -> bool: ...
    def setShowStatsCol(self, value: str) -> Self: ...
    def getShowStatsCol(self) -> str: ...
    def setModelVersion(self, value: str) -> Self: ...
    def getModelVersion(self) -> str: ...
    def setModelVersionCol(self, value: str) -> Self: ...
    def getModelVersionCol(self) -> str: ...
    def setLoggingOptOut(self, value: bool) -> Self: ...
    def getLoggingOptOut(self) -> bool: ...
    def setLoggingOptOutCol(self, value: str) -> Self: ...
    def getLoggingOptOutCol(self) -> str: ...
    def setStringIndexType(self, value: Literal["TextElements_v8", "UnicodeCodePoint", "Utf16CodeUnit"]) -> Self: ...
    def getStringIndexType(self) -> Literal["TextElements_v8", "UnicodeCodePoint", "Utf16CodeUnit"]: ...
    def setStringIndexTypeCol(self, value: str) -> Self: ...
    def getStringIndexTypeCol(self) -> str: ...
    def setOpinionMining(self, value: bool) -> Self: ...
    def getOpinionMining(self) -> bool: ...
    def setOpinionMiningCol(self, value: str) -> Self: ...
    def getOpinionMiningCol(self) -> str: ...
    def setDomain(self, value: Literal["none", "phi"]) -> Self: ...
    def getDomain(self) -> Literal["none", "phi"]: ...
    def setDomainCol(self, value: str) -> Self: ...
    def getDomainCol(self) -> str: ...
    def setPiiCategories(self, value: list[str]) -> Self: ...
    def getPiiCategories(self) -> list[str] | None: ...
    def setPiiCategoriesCol(self, value: str) -> Self: ...
    def getPiiCategoriesCol(self) -> str: ...

class _PolledService(_Service):
    def setInitialPollingDelay(self, value: int) -> Self: ...
    def getInitialPollingDelay(self) -> int: ...
    def setPollingDelay(self, value: int) -> Self: ...
    def getPollingDelay(self) -> int: ...
    def setMaxPollingRetries(self, value: int) -> Self: ...
    def getMaxPollingRetries(self) -> int: ...
    def setSuppressMaxRetriesException(self, value: bool) -> Self: ...
    def getSuppressMaxRetriesException(self) -> bool: ...

class _VariablesService(_AzureService):
    def setTimestamp(self, value: datetime.datetime | str) -> Self: ...
    def getTimestamp(self) -> datetime.datetime | str: ...
    def setTimestampCol(self, value: str) -> Self: ...
    def getTimestampCol(self) -> str: ...

class _StoredService(_VariablesService, _PolledService):
    def setStartTime(self, value: datetime.datetime | str) -> Self: ...
    def getStartTime(self) -> datetime.datetime | str | None: ...
    def setEndTime(self, value: datetime.datetime | str) -> Self: ...
    def getEndTime(self) -> datetime.datetime | str | None: ...
    def setInputCols(self, value: list[str]) -> Self: ...
    def getInputCols(self) -> list[str] | None: ...
    def setIntermediateSaveDir(self, value: str) -> Self: ...
    def getIntermediateSaveDir(self) -> str | None: ...
    def cleanUpIntermediateData(self) -> None: ...

class _JudgingService(_VariablesService):
    def setModelId(self, value: str) -> Self: ...
    def getModelId(self) -> str | None: ...
    def setModelIdCol(self, value: str) -> Self: ...
    def getModelIdCol(self) -> str: ...
    def setTopContributorCount(self, value: int) -> Self: ...
    def getTopContributorCount(self) -> int: ...
    def setTopContributorCountCol(self, value: str) -> Self: ...
    def getTopContributorCountCol(self) -> str: ...
    def setDiagnosticsInfo(self, value: dict[str, Any]) -> Self: ...
    def getDiagnosticsInfo(self) -> dict[str, Any] | None: ...

class SimpleDetectMultivariateAnomaly(_JudgingService, _StoredService):
    """Which rows of a span of time are anomalies, by a model; the rows may stand in any order."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        initialPollingDelay: int | None = None,
        pollingDelay: int | None = None,
        maxPollingRetries: int | None = None,
        suppressMaxRetriesException: bool | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        timestamp: datetime.datetime | str | None = None,
        timestampCol: str | None = None,
        startTime: datetime.datetime | str | None = None,
        endTime: datetime.datetime | str | None = None,
        inputCols: list[str] | None = None,
        intermediateSaveDir: str | None = None,
        modelId: str | None = None,
        modelIdCol: str | None = None,
        topContributorCount: int | None = None,
        topContributorCountCol: str | None = None,
        diagnosticsInfo: dict[str, Any] | None = None,
    ) -> None: ...

class DetectLastMultivariateAnomaly(_JudgingService):
    """Whether each row is an anomaly, by a model and the `batchSize` last rows up to it."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        timestamp: datetime.datetime | str | None = None,
        timestampCol: str | None = None,
        modelId: str | None = None,
        modelIdCol: str | None = None,
        topContributorCount: int | None = None,
        topContributorCountCol: str | None = None,
        diagnosticsInfo: dict[str, Any] | None = None,
        inputVariablesCols: list[str] | None = None,
        batchSize: int | None = None,
    ) -> None: ...
    def setInputVariablesCols(self, value: list[str]) -> Self: ...
    def getInputVariablesCols(self) -> list[str] | None: ...
    def setBatchSize(self, value: int) -> Self: ...
    def getBatchSize(self) -> int: ...

class BingImageSearch(_RowService, _AzureService):
    """The pictures that a search finds, a page of them."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        backend: Literal["bing", "searxng"] | None = None,
        query: str | None = None,
        queryCol: str | None = None,
        q: str | None = None,
        qCol: str | None = None,
        count: int | None = None,
        countCol: str | None = None,
        offset: int | None = None,
        offsetCol: str | None = None,
        market: str | None = None,
        marketCol: str | None = None,
        mkt: str | None = None,
        mktCol: str | None = None,
        imageType: Literal["AnimatedGif", "AnimatedGifHttps", "Clipart", "Line", "Photo", "Shopping", "Transparent"] | None = None,
        imageTypeCol: str | None = None,
        aspect: Literal["All", "Square", "Wide", "Tall"] | None = None,
        aspectCol: str | None = None,
        color: str | None = None,
        colorCol: str | None = None,
        freshness: str | None = None,
        freshnessCol: str | None = None,
        height: int | None = None,
        heightCol: str | None = None,
        width: int | None = None,
        widthCol: str | None = None,
        size: Literal["All", "Small", "Medium", "Large", "Wallpaper"] | None = None,
        sizeCol: str | None = None,
        imageContent: Literal["Face", "Portrait"] | None = None,
        imageContentCol: str | None = None,
        license: Literal["All", "Any", "Public", "Share", "ShareCommercially", "Modify", "ModifyCommercially"] | None = None,
        licenseCol: str | None = None,
        safeSearch: Literal["Off", "Moderate", "Strict"] | None = None,
        safeSearchCol: str | None = None,
        maxFileSize: int | None = None,
        maxFileSizeCol: str | None = None,
        maxHeight: int | None = None,
        maxHeightCol: str | None = None,
        maxWidth: int | None = None,
        maxWidthCol: str | None = None,
        minFileSize: int | None = None,
        minFileSizeCol: str | None = None,
        minHeight: int | None = None,
        minHeightCol: str | None = None,
        minWidth: int | None = None,
        minWidthCol: str | None = None,
    ) -> None: ...
    def setBackend(self, value: Literal["bing", "searxng"]) -> Self: ...
    def getBackend(self) -> Literal["bing", "searxng"]: ...
    def setQuery(self, value: str) -> Self: ...
    def getQuery(self) -> str | None: ...
    def setQueryCol(self, value: str) -> Self: ...
    def getQueryCol(self) -> str: ...
    def setQ(self, value: str) -> Self: ...
    def getQ(self) -> str | None: ...
    def setQCol(self, value: str) -> Self: ...
    def getQCol(self) -> str: ...
    def setCount(self, value: int) -> Self: ...
    def getCount(self) -> int | None: ...
    def setCountCol(self, value: str) -> Self: ...
    def getCountCol(self) -> str: ...
    def setOffset(self, value: int) -> Self: ...
    def getOffset(self) -> int | None: ...
    def setOffsetCol(self, value: str) -> Self: ...
    def getOffsetCol(self) -> str: ...
    def setMarket(self, value: str) -> Self: ...
    def getMarket(self) -> str | None: ...
    def setMarketCol(self, value: str) -> Self: ...
    def getMarketCol(self) -> str: ...
    def setMkt(self, value: str) -> Self: ...
    def getMkt(self) -> str | None: ...
    def setMktCol(self, value: str) -> Self: ...
    def getMktCol(self) -> str: ...
    def setImageType(self, value: Literal["AnimatedGif", "AnimatedGifHttps", "Clipart", "Line", "Photo", "Shopping", "Transparent"]) -> Self: ...
    def getImageType(self) -> Literal["AnimatedGif", "AnimatedGifHttps", "Clipart", "Line", "Photo", "Shopping", "Transparent"] | None: ...
    def setImageTypeCol(self, value: str) -> Self: ...
    def getImageTypeCol(self) -> str: ...
    def setAspect(self, value: Literal["All", "Square", "Wide", "Tall"]) -> Self: ...
    def getAspect(self) -> Literal["All", "Square", "Wide", "Tall"] | None: ...
    def setAspectCol(self, value: str) -> Self: ...
    def getAspectCol(self) -> str: ...
    def setColor(self, value: str) -> Self: ...
    def getColor(self) -> str | None: ...
    def setColorCol(self, value: str) -> Self: ...
    def getColorCol(self) -> str: ...
    def setFreshness(self, value: str) -> Self: ...
    def getFreshness(self) -> str | None: ...
    def setFreshnessCol(self, value: str) -> Self: ...
    def getFreshnessCol(self) -> str: ...
    def setHeight(self, value: int) -> Self: ...
    def getHeight(self) -> int | None: ...
    def setHeightCol(self, value: str) -> Self: ...
    def getHeightCol(self) -> str: ...
    def setWidth(self, value: int) -> Self: ...
    def getWidth(self) -> int | None: ...
    def setWidthCol(self, value: str) -> Self: ...
    def getWidthCol(self) -> str: ...
    def setSize(self, value: Literal["All", "Small", "Medium", "Large", "Wallpaper"]) -> Self: ...
    def getSize(self) -> Literal["All", "Small", "Medium", "Large", "Wallpaper"] | None: ...
    def setSizeCol(self, value: str) -> Self: ...
    def getSizeCol(self) -> str: ...
    def setImageContent(self, value: Literal["Face", "Portrait"]) -> Self: ...
    def getImageContent(self) -> Literal["Face", "Portrait"] | None: ...
    def setImageContentCol(self, value: str) -> Self: ...
    def getImageContentCol(self) -> str: ...
    def setLicense(self, value: Literal["All", "Any", "Public", "Share", "ShareCommercially", "Modify", "ModifyCommercially"]) -> Self: ...
    def getLicense(self) -> Literal["All", "Any", "Public", "Share", "ShareCommercially", "Modify", "ModifyCommercially"] | None: ...
    def setLicenseCol(self, value: str) -> Self: ...
    def getLicenseCol(self) -> str: ...
    def setSafeSearch(self, value: Literal["Off", "Moderate", "Strict"]) -> Self: ...
    def getSafeSearch(self) -> Literal["Off", "Moderate", "Strict"] | None: ...
    def setSafeSearchCol(self, value: str) -> Self: ...
    def getSafeSearchCol(self) -> str: ...
    def setMaxFileSize(self, value: int) -> Self: ...
    def getMaxFileSize(self) -> int | None: ...
    def setMaxFileSizeCol(self, value: str) -> Self: ...
    def getMaxFileSizeCol(self) -> str: ...
    def setMaxHeight(self, value: int) -> Self: ...
    def getMaxHeight(self) -> int | None: ...
    def setMaxHeightCol(self, value: str) -> Self: ...
    def getMaxHeightCol(self) -> str: ...
    def setMaxWidth(self, value: int) -> Self: ...
    def getMaxWidth(self) -> int | None: ...
    def setMaxWidthCol(self, value: str) -> Self: ...
    def getMaxWidthCol(self) -> str: ...
    def setMinFileSize(self, value: int) -> Self: ...
    def getMinFileSize(self) -> int | None: ...
    def setMinFileSizeCol(self, value: str) -> Self: ...
    def getMinFileSizeCol(self) -> str: ...
    def setMinHeight(self, value: int) -> Self: ...
    def getMinHeight(self) -> int | None: ...
    def setMinHeightCol(self, value: str) -> Self: ...
    def getMinHeightCol(self) -> str: ...
    def setMinWidth(self, value: int) -> Self: ...
    def getMinWidth(self) -> int | None: ...
    def setMinWidthCol(self, value: str) -> Self: ...
    def getMinWidthCol(self) -> str: ...
    @staticmethod
    def getUrlTransformer(imageCol: str, urlCol: str) -> UrlTransformer: ...
    @staticmethod
    def downloadFromUrls(pathCol: str, bytesCol: str, concurrency: int = 8, timeout: int = 60000) -> ImageDownloader: ...

class _SpeechService(_RowService, _AzureService):
    def setAnswerBytes(self, value: int) -> Self: ...
    def getAnswerBytes(self) -> int: ...
    def setAudioData(self, value: bytes | pathlib.Path) -> Self: ...
    def getAudioData(self) -> bytes | pathlib.Path | None: ...
    def setAudioDataCol(self, value: str) -> Self: ...
    def getAudioDataCol(self) -> str: ...
    def setLanguage(self, value: str) -> Self: ...
    def getLanguage(self) -> str: ...
    def setLanguageCol(self, value: str) -> Self: ...
    def getLanguageCol(self) -> str: ...
    def setFormat(self, value: Literal["simple", "detailed", "Simple", "Detailed"]) -> Self: ...
    def getFormat(self) -> Literal["simple", "detailed", "Simple", "Detailed"]: ...
    def setFormatCol(self, value: str) -> Self: ...
    def getFormatCol(self) -> str: ...
    def setProfanity(self, value: Literal["masked", "removed", "raw", "Masked", "Removed", "Raw"]) -> Self: ...
    def getProfanity(self) -> Literal["masked", "removed", "raw", "Masked", "Removed", "Raw"]: ...
    def setProfanityCol(self, value: str) -> Self: ...
    def getProfanityCol(self) -> str: ...
    def setWordLevelTimestamps(self, value: bool) -> Self: ...
    def getWordLevelTimestamps(self) -> bool | None: ...
    def setWordLevelTimestampsCol(self, value: str) -> Self: ...
    def getWordLevelTimestampsCol(self) -> str: ...
    def setEndpointId(self, value: str) -> Self: ...
    def getEndpointId(self) -> str | None: ...
    def setEndpointIdCol(self, value: str) -> Self: ...
    def getEndpointIdCol(self) -> str: ...

class SpeechToText(_SpeechService):
    """What is said in a recording of up to 60 seconds."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        answerBytes: int | None = None,
        audioData: bytes | pathlib.Path | None = None,
        audioDataCol: str | None = None,
        language: str | None = None,
        languageCol: str | None = None,
        format: Literal["simple", "detailed", "Simple", "Detailed"] | None = None,
        formatCol: str | None = None,
        profanity: Literal["masked", "removed", "raw", "Masked", "Removed", "Raw"] | None = None,
        profanityCol: str | None = None,
        wordLevelTimestamps: bool | None = None,
        wordLevelTimestampsCol: str | None = None,
        endpointId: str | None = None,
        endpointIdCol: str | None = None,
    ) -> None: ...

class SpeechToTextSDK(_SpeechService):
    """What is said in a recording of any length up to four hours, an utterance at a time."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        answerBytes: int | None = None,
        audioData: bytes | pathlib.Path | None = None,
        audioDataCol: str | None = None,
        language: str | None = None,
        languageCol: str | None = None,
        format: Literal["simple", "detailed", "Simple", "Detailed"] | None = None,
        formatCol: str | None = None,
        profanity: Literal["masked", "removed", "raw", "Masked", "Removed", "Raw"] | None = None,
        profanityCol: str | None = None,
        wordLevelTimestamps: bool | None = None,
        wordLevelTimestampsCol: str | None = None,
        endpointId: str | None = None,
        endpointIdCol: str | None = None,
        backend: Literal["rest", "fast"] | None = None,
        streamIntermediateResults: bool | None = None,
        fileType: Literal["wav", "mp3", "ogg"] | None = None,
        fileTypeCol: str | None = None,
    ) -> None: ...
    def setBackend(self, value: Literal["rest", "fast"]) -> Self: ...
    def getBackend(self) -> Literal["rest", "fast"]: ...
    def setStreamIntermediateResults(self, value: bool) -> Self: ...
    def getStreamIntermediateResults(self) -> bool: ...
    def setFileType(self, value: Literal["wav", "mp3", "ogg"]) -> Self: ...
    def getFileType(self) -> Literal["wav", "mp3", "ogg"] | None: ...
    def setFileTypeCol(self, value: str) -> Self: ...
    def getFileTypeCol(self) -> str: ...

class _TextAnalyticsService(_TextService):
    def setModelVersion(self, value: str) -> Self: ...
    def getModelVersion(self) -> str: ...
    def setModelVersionCol(self, value: str) -> Self: ...
    def getModelVersionCol(self) -> str: ...
    def setShowStats(self, value: bool) -> Self: ...
    def getShowStats(self) -> bool: ...
    def setShowStatsCol(self, value: str) -> Self: ...
    def getShowStatsCol(self) -> str: ...
    def setLanguage(self, value: str | list[str]) -> Self: ...
    def getLanguage(self) -> str | list[str] | None: ...
    def setLanguageCol(self, value: str) -> Self: ...
    def getLanguageCol(self) -> str: ...
    def setStringIndexType(self, value: Literal["TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit"]) -> Self: ...
    def getStringIndexType(self) -> Literal["TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit"] | None: ...
    def setStringIndexTypeCol(self, value: str) -> Self: ...
    def getStringIndexTypeCol(self) -> str: ...
    def setDisableServiceLogs(self, value: bool) -> Self: ...
    def getDisableServiceLogs(self) -> bool: ...
    def setDisableServiceLogsCol(self, value: str) -> Self: ...
    def getDisableServiceLogsCol(self) -> str: ...

class TextSentiment(_TextAnalyticsService):
    """The sentiment of each text and of its sentences; opinions about targets on request."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        text: str | list[str] | None = None,
        textCol: str | None = None,
        batchSize: int | None = None,
        modelVersion: str | None = None,
        modelVersionCol: str | None = None,
        showStats: bool | None = None,
        showStatsCol: str | None = None,
        language: str | list[str] | None = None,
        languageCol: str | None = None,
        stringIndexType: Literal["TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit"] | None = None,
        stringIndexTypeCol: str | None = None,
        disableServiceLogs: bool | None = None,
        disableServiceLogsCol: str | None = None,
        opinionMining: bool | None = None,
        opinionMiningCol: str | None = None,
    ) -> None: ...
    def setOpinionMining(self, value: bool) -> Self: ...
    def getOpinionMining(self) -> bool | None: ...
    def setOpinionMiningCol(self, value: str) -> Self: ...
    def getOpinionMiningCol(self) -> str: ...

class KeyPhraseExtractor(_TextAnalyticsService):
    """The main points of each text."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        text: str | list[str] | None = None,
        textCol: str | None = None,
        batchSize: int | None = None,
        modelVersion: str | None = None,
        modelVersionCol: str | None = None,
        showStats: bool | None = None,
        showStatsCol: str | None = None,
        language: str | list[str] | None = None,
        languageCol: str | None = None,
        disableServiceLogs: bool | None = None,
        disableServiceLogsCol: str | None = None,
        stringIndexType: Literal["TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit"] | None = None,
        stringIndexTypeCol: str | None = None,
    ) -> None: ...
    def setStringIndexType(self, value: Literal["TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit"]) -> Self: ...
    def getStringIndexType(self) -> Literal["TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit"] | None: ...
    def setStringIndexTypeCol(self, value: str) -> Self: ...
    def getStringIndexTypeCol(self) -> str: ...

class NER(_TextAnalyticsService):
    """The entities in each text: people, places, organisations, dates, quantities and more."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        text: str | list[str] | None = None,
        textCol: str | None = None,
        batchSize: int | None = None,
        modelVersion: str | None = None,
        modelVersionCol: str | None = None,
        showStats: bool | None = None,
        showStatsCol: str | None = None,
        language: str | list[str] | None = None,
        languageCol: str | None = None,
        stringIndexType: Literal["TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit"] | None = None,
        stringIndexTypeCol: str | None = None,
        disableServiceLogs: bool | None = None,
        disableServiceLogsCol: str | None = None,
    ) -> None: ...

class PII(_TextAnalyticsService):
    """The personal information in each text, and the text with it struck out."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        text: str | list[str] | None = None,
        textCol: str | None = None,
        batchSize: int | None = None,
        modelVersion: str | None = None,
        modelVersionCol: str | None = None,
        showStats: bool | None = None,
        showStatsCol: str | None = None,
        language: str | list[str] | None = None,
        languageCol: str | None = None,
        stringIndexType: Literal["TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit"] | None = None,
        stringIndexTypeCol: str | None = None,
        disableServiceLogs: bool | None = None,
        disableServiceLogsCol: str | None = None,
        domain: Literal["none", "phi", "PHI"] | None = None,
        domainCol: str | None = None,
        piiCategories: list[str] | None = None,
        piiCategoriesCol: str | None = None,
    ) -> None: ...
    def setDomain(self, value: Literal["none", "phi", "PHI"]) -> Self: ...
    def getDomain(self) -> Literal["none", "phi", "PHI"] | None: ...
    def setDomainCol(self, value: str) -> Self: ...
    def getDomainCol(self) -> str: ...
    def setPiiCategories(self, value: list[str]) -> Self: ...
    def getPiiCategories(self) -> list[str] | None: ...
    def setPiiCategoriesCol(self, value: str) -> Self: ...
    def getPiiCategoriesCol(self) -> str: ...

class EntityDetector(_TextAnalyticsService):
    """The entities in each text that an encyclopedia knows, with their page."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        text: str | list[str] | None = None,
        textCol: str | None = None,
        batchSize: int | None = None,
        modelVersion: str | None = None,
        modelVersionCol: str | None = None,
        showStats: bool | None = None,
        showStatsCol: str | None = None,
        language: str | list[str] | None = None,
        languageCol: str | None = None,
        stringIndexType: Literal["TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit"] | None = None,
        stringIndexTypeCol: str | None = None,
        disableServiceLogs: bool | None = None,
        disableServiceLogsCol: str | None = None,
    ) -> None: ...

class LanguageDetector(_TextAnalyticsService):
    """The language of each text."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        text: str | list[str] | None = None,
        textCol: str | None = None,
        batchSize: int | None = None,
        modelVersion: str | None = None,
        modelVersionCol: str | None = None,
        showStats: bool | None = None,
        showStatsCol: str | None = None,
        disableServiceLogs: bool | None = None,
        disableServiceLogsCol: str | None = None,
        countryHint: str | list[str] | None = None,
        countryHintCol: str | None = None,
        language: str | list[str] | None = None,
        languageCol: str | None = None,
        stringIndexType: Literal["TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit"] | None = None,
        stringIndexTypeCol: str | None = None,
    ) -> None: ...
    def setCountryHint(self, value: str | list[str]) -> Self: ...
    def getCountryHint(self) -> str | list[str] | None: ...
    def setCountryHintCol(self, value: str) -> Self: ...
    def getCountryHintCol(self) -> str: ...
    def setLanguage(self, value: str | list[str]) -> Self: ...
    def getLanguage(self) -> str | list[str] | None: ...
    def setLanguageCol(self, value: str) -> Self: ...
    def getLanguageCol(self) -> str: ...
    def setStringIndexType(self, value: Literal["TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit"]) -> Self: ...
    def getStringIndexType(self) -> Literal["TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit"] | None: ...
    def setStringIndexTypeCol(self, value: str) -> Self: ...
    def getStringIndexTypeCol(self) -> str: ...

class _VisionService(_RowService, _AzureService):
    def setApiVersion(self, value: Literal["v3.2", "v3.1", "v2.0"]) -> Self: ...
    def getApiVersion(self) -> Literal["v3.2", "v3.1", "v2.0"]: ...
    def setApiVersionCol(self, value: str) -> Self: ...
    def getApiVersionCol(self) -> str: ...
    def setImageUrl(self, value: str) -> Self: ...
    def getImageUrl(self) -> str | None: ...
    def setImageUrlCol(self, value: str) -> Self: ...
    def getImageUrlCol(self) -> str: ...
    def setImageBytes(self, value: bytes | pathlib.Path) -> Self: ...
    def getImageBytes(self) -> bytes | pathlib.Path | None: ...
    def setImageBytesCol(self, value: str) -> Self: ...
    def getImageBytesCol(self) -> str: ...

class AnalyzeImage(_VisionService):
    """What is in a picture: categories, tags, a description, faces, colours, kind, objects, brands."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        apiVersion: Literal["v3.2", "v3.1", "v2.0"] | None = None,
        apiVersionCol: str | None = None,
        imageUrl: str | None = None,
        imageUrlCol: str | None = None,
        imageBytes: bytes | pathlib.Path | None = None,
        imageBytesCol: str | None = None,
        visualFeatures: list[Literal["Categories", "Tags", "Description", "Faces", "ImageType", "Color", "Adult", "Brands", "Objects"]] | None = None,
        visualFeaturesCol: str | None = None,
        details: list[Literal["Celebrities", "Landmarks"]] | None = None,
        detailsCol: str | None = None,
        descriptionExclude: list[Literal["Celebrities", "Landmarks"]] | None = None,
        descriptionExcludeCol: str | None = None,
        language: Literal["en", "es", "ja", "pt", "zh"] | None = None,
        languageCol: str | None = None,
        modelVersion: str | None = None,
        modelVersionCol: str | None = None,
    ) -> None: ...
    def setVisualFeatures(self, value: list[Literal["Categories", "Tags", "Description", "Faces", "ImageType", "Color", "Adult", "Brands", "Objects"]]) -> Self: ...
    def getVisualFeatures(self) -> list[Literal["Categories", "Tags", "Description", "Faces", "ImageType", "Color", "Adult", "Brands", "Objects"]] | None: ...
    def setVisualFeaturesCol(self, value: str) -> Self: ...
    def getVisualFeaturesCol(self) -> str: ...
    def setDetails(self, value: list[Literal["Celebrities", "Landmarks"]]) -> Self: ...
    def getDetails(self) -> list[Literal["Celebrities", "Landmarks"]] | None: ...
    def setDetailsCol(self, value: str) -> Self: ...
    def getDetailsCol(self) -> str: ...
    def setDescriptionExclude(self, value: list[Literal["Celebrities", "Landmarks"]]) -> Self: ...
    def getDescriptionExclude(self) -> list[Literal["Celebrities", "Landmarks"]] | None: ...
    def setDescriptionExcludeCol(self, value: str) -> Self: ...
    def getDescriptionExcludeCol(self) -> str: ...
    def setLanguage(self, value: Literal["en", "es", "ja", "pt", "zh"]) -> Self: ...
    def getLanguage(self) -> Literal["en", "es", "ja", "pt", "zh"] | None: ...
    def setLanguageCol(self, value: str) -> Self: ...
    def getLanguageCol(self) -> str: ...
    def setModelVersion(self, value: str) -> Self: ...
    def getModelVersion(self) -> str | None: ...
    def setModelVersionCol(self, value: str) -> Self: ...
    def getModelVersionCol(self) -> str: ...

class DescribeImage(_VisionService):
    """A picture in words: captions and tags."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        apiVersion: Literal["v3.2", "v3.1", "v2.0"] | None = None,
        apiVersionCol: str | None = None,
        imageUrl: str | None = None,
        imageUrlCol: str | None = None,
        imageBytes: bytes | pathlib.Path | None = None,
        imageBytesCol: str | None = None,
        maxCandidates: int | None = None,
        maxCandidatesCol: str | None = None,
        language: Literal["en", "es", "ja", "pt", "zh"] | None = None,
        languageCol: str | None = None,
        descriptionExclude: list[Literal["Celebrities", "Landmarks"]] | None = None,
        descriptionExcludeCol: str | None = None,
    ) -> None: ...
    def setMaxCandidates(self, value: int) -> Self: ...
    def getMaxCandidates(self) -> int | None: ...
    def setMaxCandidatesCol(self, value: str) -> Self: ...
    def getMaxCandidatesCol(self) -> str: ...
    def setLanguage(self, value: Literal["en", "es", "ja", "pt", "zh"]) -> Self: ...
    def getLanguage(self) -> Literal["en", "es", "ja", "pt", "zh"] | None: ...
    def setLanguageCol(self, value: str) -> Self: ...
    def getLanguageCol(self) -> str: ...
    def setDescriptionExclude(self, value: list[Literal["Celebrities", "Landmarks"]]) -> Self: ...
    def getDescriptionExclude(self) -> list[Literal["Celebrities", "Landmarks"]] | None: ...
    def setDescriptionExcludeCol(self, value: str) -> Self: ...
    def getDescriptionExcludeCol(self) -> str: ...

class TagImage(_VisionService):
    """The things in a picture, one word each."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        apiVersion: Literal["v3.2", "v3.1", "v2.0"] | None = None,
        apiVersionCol: str | None = None,
        imageUrl: str | None = None,
        imageUrlCol: str | None = None,
        imageBytes: bytes | pathlib.Path | None = None,
        imageBytesCol: str | None = None,
        language: Literal["en", "es", "ja", "pt", "zh"] | None = None,
        languageCol: str | None = None,
    ) -> None: ...
    def setLanguage(self, value: Literal["en", "es", "ja", "pt", "zh"]) -> Self: ...
    def getLanguage(self) -> Literal["en", "es", "ja", "pt", "zh"] | None: ...
    def setLanguageCol(self, value: str) -> Self: ...
    def getLanguageCol(self) -> str: ...

class OCR(_VisionService):
    """The printed text in a picture; ReadImage reads more of it, handwriting too."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        apiVersion: Literal["v3.2", "v3.1", "v2.0"] | None = None,
        apiVersionCol: str | None = None,
        imageUrl: str | None = None,
        imageUrlCol: str | None = None,
        imageBytes: bytes | pathlib.Path | None = None,
        imageBytesCol: str | None = None,
        language: str | None = None,
        languageCol: str | None = None,
        detectOrientation: bool | None = None,
        detectOrientationCol: str | None = None,
    ) -> None: ...
    def setLanguage(self, value: str) -> Self: ...
    def getLanguage(self) -> str | None: ...
    def setLanguageCol(self, value: str) -> Self: ...
    def getLanguageCol(self) -> str: ...
    def setDetectOrientation(self, value: bool) -> Self: ...
    def getDetectOrientation(self) -> bool: ...
    def setDetectOrientationCol(self, value: str) -> Self: ...
    def getDetectOrientationCol(self) -> str: ...

class RecognizeDomainSpecificContent(_VisionService):
    """The celebrities or the landmarks in a picture."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        apiVersion: Literal["v3.2", "v3.1", "v2.0"] | None = None,
        apiVersionCol: str | None = None,
        imageUrl: str | None = None,
        imageUrlCol: str | None = None,
        imageBytes: bytes | pathlib.Path | None = None,
        imageBytesCol: str | None = None,
        model: Literal["celebrities", "landmarks"] | None = None,
        modelCol: str | None = None,
        language: Literal["en", "es", "ja", "pt", "zh"] | None = None,
        languageCol: str | None = None,
    ) -> None: ...
    def setModel(self, value: Literal["celebrities", "landmarks"]) -> Self: ...
    def getModel(self) -> Literal["celebrities", "landmarks"] | None: ...
    def setModelCol(self, value: str) -> Self: ...
    def getModelCol(self) -> str: ...
    def setLanguage(self, value: Literal["en", "es", "ja", "pt", "zh"]) -> Self: ...
    def getLanguage(self) -> Literal["en", "es", "ja", "pt", "zh"] | None: ...
    def setLanguageCol(self, value: str) -> Self: ...
    def getLanguageCol(self) -> str: ...

class GenerateThumbnails(_VisionService):
    """A smaller picture of a picture, cut to what matters in it."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        apiVersion: Literal["v3.2", "v3.1", "v2.0"] | None = None,
        apiVersionCol: str | None = None,
        imageUrl: str | None = None,
        imageUrlCol: str | None = None,
        imageBytes: bytes | pathlib.Path | None = None,
        imageBytesCol: str | None = None,
        width: int | None = None,
        widthCol: str | None = None,
        height: int | None = None,
        heightCol: str | None = None,
        smartCropping: bool | None = None,
        smartCroppingCol: str | None = None,
    ) -> None: ...
    def setWidth(self, value: int) -> Self: ...
    def getWidth(self) -> int | None: ...
    def setWidthCol(self, value: str) -> Self: ...
    def getWidthCol(self) -> str: ...
    def setHeight(self, value: int) -> Self: ...
    def getHeight(self) -> int | None: ...
    def setHeightCol(self, value: str) -> Self: ...
    def getHeightCol(self) -> str: ...
    def setSmartCropping(self, value: bool) -> Self: ...
    def getSmartCropping(self) -> bool | None: ...
    def setSmartCroppingCol(self, value: str) -> Self: ...
    def getSmartCroppingCol(self) -> str: ...

class ReadImage(_VisionService, _PolledService):
    """The text in a picture or a PDF, printed and written by hand; a job that is asked after."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        upstreamErrorCol: str | None = None,
        metaCol: str | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        cacheDir: str | None = None,
        cacheBytes: int | None = None,
        transport: Any | None = None,
        execution: Literal["auto", "workers", "driver", "local"] | None = None,
        initialPollingDelay: int | None = None,
        pollingDelay: int | None = None,
        maxPollingRetries: int | None = None,
        suppressMaxRetriesException: bool | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        apiVersion: Literal["v3.2", "v3.1", "v2.0"] | None = None,
        apiVersionCol: str | None = None,
        imageUrl: str | None = None,
        imageUrlCol: str | None = None,
        imageBytes: bytes | pathlib.Path | None = None,
        imageBytesCol: str | None = None,
        language: str | None = None,
        languageCol: str | None = None,
        pages: list[str] | None = None,
        pagesCol: str | None = None,
        readingOrder: Literal["basic", "natural"] | None = None,
        readingOrderCol: str | None = None,
        modelVersion: str | None = None,
        modelVersionCol: str | None = None,
    ) -> None: ...
    def setLanguage(self, value: str) -> Self: ...
    def getLanguage(self) -> str | None: ...
    def setLanguageCol(self, value: str) -> Self: ...
    def getLanguageCol(self) -> str: ...
    def setPages(self, value: list[str]) -> Self: ...
    def getPages(self) -> list[str] | None: ...
    def setPagesCol(self, value: str) -> Self: ...
    def getPagesCol(self) -> str: ...
    def setReadingOrder(self, value: Literal["basic", "natural"]) -> Self: ...
    def getReadingOrder(self) -> Literal["basic", "natural"] | None: ...
    def setReadingOrderCol(self, value: str) -> Self: ...
    def getReadingOrderCol(self) -> str: ...
    def setModelVersion(self, value: str) -> Self: ...
    def getModelVersion(self) -> str | None: ...
    def setModelVersionCol(self, value: str) -> Self: ...
    def getModelVersionCol(self) -> str: ...

class SimpleFitMultivariateAnomaly(ServiceEstimator, operation=Service):
    """Trains a model on the rows of a span of time; `fit` gives the stage that judges others by it."""

    def __init__(
        self,
        *,
        outputCol: str | None = None,
        errorCol: str | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        deadline: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        recordsPerMinute: float | None = None,
        answerBytes: int | None = None,
        transport: Any | None = None,
        initialPollingDelay: int | None = None,
        pollingDelay: int | None = None,
        maxPollingRetries: int | None = None,
        suppressMaxRetriesException: bool | None = None,
        url: str | None = None,
        endpoint: str | None = None,
        location: str | None = None,
        customServiceName: str | None = None,
        defaultInternalEndpoint: str | None = None,
        customUrlRoot: str | None = None,
        subscriptionKey: str | None = None,
        subscriptionKeyCol: str | None = None,
        AADToken: str | None = None,
        AADTokenCol: str | None = None,
        CustomAuthHeader: str | None = None,
        CustomAuthHeaderCol: str | None = None,
        linkedService: str | None = None,
        credential: Any | None = None,
        customHeaders: dict[str, str] | None = None,
        customHeadersCol: str | None = None,
        timestamp: datetime.datetime | str | None = None,
        timestampCol: str | None = None,
        startTime: datetime.datetime | str | None = None,
        endTime: datetime.datetime | str | None = None,
        inputCols: list[str] | None = None,
        intermediateSaveDir: str | None = None,
        slidingWindow: int | None = None,
        alignMode: Literal["Outer", "Inner"] | None = None,
        fillNAMethod: Literal["Linear", "Previous", "Subsequent", "Zero", "Fixed"] | None = None,
        paddingValue: float | None = None,
        displayName: str | None = None,
    ) -> None: ...
    def setOutputCol(self, value: str) -> Self: ...
    def getOutputCol(self) -> str | None: ...
    def setErrorCol(self, value: str) -> Self: ...
    def getErrorCol(self) -> str | None: ...
    def setTimeout(self, value: float) -> Self: ...
    def getTimeout(self) -> float: ...
    def setConcurrentTimeout(self, value: float) -> Self: ...
    def getConcurrentTimeout(self) -> float: ...
    def setDeadline(self, value: float) -> Self: ...
    def getDeadline(self) -> float | None: ...
    def setMaxRetries(self, value: int) -> Self: ...
    def getMaxRetries(self) -> int: ...
    def setBackoffs(self, value: list[int]) -> Self: ...
    def getBackoffs(self) -> list[int] | None: ...
    def setRequestsPerSecond(self, value: float) -> Self: ...
    def getRequestsPerSecond(self) -> float | None: ...
    def setRecordsPerMinute(self, value: float) -> Self: ...
    def getRecordsPerMinute(self) -> float | None: ...
    def setAnswerBytes(self, value: int) -> Self: ...
    def getAnswerBytes(self) -> int: ...
    def setTransport(self, value: Any) -> Self: ...
    def getTransport(self) -> Any | None: ...
    def setInitialPollingDelay(self, value: int) -> Self: ...
    def getInitialPollingDelay(self) -> int: ...
    def setPollingDelay(self, value: int) -> Self: ...
    def getPollingDelay(self) -> int: ...
    def setMaxPollingRetries(self, value: int) -> Self: ...
    def getMaxPollingRetries(self) -> int: ...
    def setSuppressMaxRetriesException(self, value: bool) -> Self: ...
    def getSuppressMaxRetriesException(self) -> bool: ...
    def setUrl(self, value: str) -> Self: ...
    def getUrl(self) -> str | None: ...
    def setEndpoint(self, value: str) -> Self: ...
    def getEndpoint(self) -> str | None: ...
    def setLocation(self, value: str) -> Self: ...
    def getLocation(self) -> str | None: ...
    def setCustomServiceName(self, value: str) -> Self: ...
    def getCustomServiceName(self) -> str | None: ...
    def setDefaultInternalEndpoint(self, value: str) -> Self: ...
    def getDefaultInternalEndpoint(self) -> str | None: ...
    def setCustomUrlRoot(self, value: str) -> Self: ...
    def getCustomUrlRoot(self) -> str | None: ...
    def setSubscriptionKey(self, value: str) -> Self: ...
    def getSubscriptionKey(self) -> str | None: ...
    def setSubscriptionKeyCol(self, value: str) -> Self: ...
    def getSubscriptionKeyCol(self) -> str: ...
    def setAADToken(self, value: str) -> Self: ...
    def getAADToken(self) -> str | None: ...
    def setAADTokenCol(self, value: str) -> Self: ...
    def getAADTokenCol(self) -> str: ...
    def setCustomAuthHeader(self, value: str) -> Self: ...
    def getCustomAuthHeader(self) -> str | None: ...
    def setCustomAuthHeaderCol(self, value: str) -> Self: ...
    def getCustomAuthHeaderCol(self) -> str: ...
    def setLinkedService(self, value: str) -> Self: ...
    def getLinkedService(self) -> str | None: ...
    def setCredential(self, value: Any) -> Self: ...
    def getCredential(self) -> Any | None: ...
    def setCustomHeaders(self, value: dict[str, str]) -> Self: ...
    def getCustomHeaders(self) -> dict[str, str] | None: ...
    def setCustomHeadersCol(self, value: str) -> Self: ...
    def getCustomHeadersCol(self) -> str: ...
    def setTimestamp(self, value: datetime.datetime | str) -> Self: ...
    def getTimestamp(self) -> datetime.datetime | str: ...
    def setTimestampCol(self, value: str) -> Self: ...
    def getTimestampCol(self) -> str: ...
    def setStartTime(self, value: datetime.datetime | str) -> Self: ...
    def getStartTime(self) -> datetime.datetime | str | None: ...
    def setEndTime(self, value: datetime.datetime | str) -> Self: ...
    def getEndTime(self) -> datetime.datetime | str | None: ...
    def setInputCols(self, value: list[str]) -> Self: ...
    def getInputCols(self) -> list[str] | None: ...
    def setIntermediateSaveDir(self, value: str) -> Self: ...
    def getIntermediateSaveDir(self) -> str | None: ...
    def setSlidingWindow(self, value: int) -> Self: ...
    def getSlidingWindow(self) -> int: ...
    def setAlignMode(self, value: Literal["Outer", "Inner"]) -> Self: ...
    def getAlignMode(self) -> Literal["Outer", "Inner"]: ...
    def setFillNAMethod(self, value: Literal["Linear", "Previous", "Subsequent", "Zero", "Fixed"]) -> Self: ...
    def getFillNAMethod(self) -> Literal["Linear", "Previous", "Subsequent", "Zero", "Fixed"]: ...
    def setPaddingValue(self, value: float) -> Self: ...
    def getPaddingValue(self) -> float | None: ...
    def setDisplayName(self, value: str) -> Self: ...
    def getDisplayName(self) -> str | None: ...
    def cleanUpIntermediateData(self) -> None: ...
    def fit(self, dataset: Any, params: Any = None) -> SimpleDetectMultivariateAnomaly: ...

__all__ = [
    "AnalyzeImage",
    "AnalyzeText",
    "BingImageSearch",
    "DescribeImage",
    "DetectAnomalies",
    "DetectLastAnomaly",
    "DetectLastMultivariateAnomaly",
    "EntityDetector",
    "GenerateThumbnails",
    "KeyPhraseExtractor",
    "LanguageDetector",
    "NER",
    "OCR",
    "PII",
    "ReadImage",
    "RecognizeDomainSpecificContent",
    "SimpleDetectAnomalies",
    "SimpleDetectMultivariateAnomaly",
    "SimpleFitMultivariateAnomaly",
    "SpeechToText",
    "SpeechToTextSDK",
    "TagImage",
    "TextSentiment",
]
