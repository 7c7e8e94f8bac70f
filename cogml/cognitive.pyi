"""Written by `python -m cogml.stubs`; do not edit."""

from typing import Literal, Self

from cogml.service import Service


class _Service(Service):
    def setOutputCol(self, value: str) -> Self: ...
    def setErrorCol(self, value: str) -> Self: ...
    def setConcurrency(self, value: int) -> Self: ...
    def getConcurrency(self) -> int: ...
    def setTimeout(self, value: float) -> Self: ...
    def getTimeout(self) -> float: ...
    def setConcurrentTimeout(self, value: float) -> Self: ...
    def getConcurrentTimeout(self) -> float: ...
    def setMaxRetries(self, value: int) -> Self: ...
    def getMaxRetries(self) -> int: ...
    def setBackoffs(self, value: list[int]) -> Self: ...
    def getBackoffs(self) -> list[int] | None: ...
    def setRequestsPerSecond(self, value: float) -> Self: ...
    def getRequestsPerSecond(self) -> float | None: ...
    def setExecution(self, value: Literal["auto", "workers", "driver"]) -> Self: ...
    def getExecution(self) -> Literal["auto", "workers", "driver"]: ...

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
    def setCustomHeaders(self, value: dict[str, str]) -> Self: ...
    def getCustomHeaders(self) -> dict[str, str] | None: ...
    def setCustomHeadersCol(self, value: str) -> Self: ...
    def getCustomHeadersCol(self) -> str: ...

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
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        execution: Literal["auto", "workers", "driver"] | None = None,
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
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        execution: Literal["auto", "workers", "driver"] | None = None,
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
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        execution: Literal["auto", "workers", "driver"] | None = None,
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
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        execution: Literal["auto", "workers", "driver"] | None = None,
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
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        execution: Literal["auto", "workers", "driver"] | None = None,
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
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        execution: Literal["auto", "workers", "driver"] | None = None,
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
        concurrency: int | None = None,
        timeout: float | None = None,
        concurrentTimeout: float | None = None,
        maxRetries: int | None = None,
        backoffs: list[int] | None = None,
        requestsPerSecond: float | None = None,
        execution: Literal["auto", "workers", "driver"] | None = None,
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

__all__ = [
    "AnalyzeText",
    "EntityDetector",
    "KeyPhraseExtractor",
    "LanguageDetector",
    "NER",
    "PII",
    "TextSentiment",
]
