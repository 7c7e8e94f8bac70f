"""Which methods of Azure's own clients the tests drive against the suite, and how often.

    python tests/azure_clients.py

The tests of the suite run with every public method of the clients counted. What is printed is the
README's table; docs/azure-clients.md gets the methods by name. Helpers that send nothing (`close`,
`from_connection_string`) are left out.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
TITLE = """# Azure's own clients against the suite

Written by `python tests/azure_clients.py`: the methods that the tests of the suite call, and how
often, of the clients as they come from PyPI. Speech goes over a WebSocket, Key Vault and tokens of
applications over TLS."""
CLIENTS: dict[str, tuple[str, ...]] = {
    "azure-ai-textanalytics": ("azure.ai.textanalytics:TextAnalyticsClient",),
    "azure-cognitiveservices-vision-computervision": (
        "azure.cognitiveservices.vision.computervision:ComputerVisionClient",
    ),
    "azure-ai-vision-imageanalysis": ("azure.ai.vision.imageanalysis:ImageAnalysisClient",),
    "azure-ai-anomalydetector": ("azure.ai.anomalydetector:AnomalyDetectorClient",),
    "azure-cognitiveservices-search-imagesearch": (
        "azure.cognitiveservices.search.imagesearch.operations:ImagesOperations",
    ),
    "azure-ai-translation-text": ("azure.ai.translation.text:TextTranslationClient",),
    "azure-cognitiveservices-speech": ("azure.cognitiveservices.speech:SpeechRecognizer",),
    "azure-keyvault-secrets": ("azure.keyvault.secrets:SecretClient",),
    "azure-identity": (
        "azure.identity:ClientSecretCredential",
        "azure.identity:CertificateCredential",
        "azure.identity:ManagedIdentityCredential",
        "azure.identity:EnvironmentCredential",
        "azure.identity:DefaultAzureCredential",
    ),
    "azure-storage-blob": (
        "azure.storage.blob:BlobServiceClient",
        "azure.storage.blob:ContainerClient",
        "azure.storage.blob:BlobClient",
    ),
}
# They send nothing, or only what another method asks for.
SILENT = frozenset(
    ("close", "send_request", "from_connection_string", "from_container_url", "from_blob_url")
) | {"get_container_client", "get_blob_client", "models", "get_token_info"}


class Calls:
    """A plugin that counts calls of the clients' methods."""

    def __init__(self) -> None:
        self.made: Counter[tuple[str, str]] = Counter()
        self.there: dict[str, set[str]] = {}
        for package, places in CLIENTS.items():
            self.there[package] = set()
            for place in places:
                module, _, name = place.partition(":")
                self._watch(package, getattr(importlib.import_module(module), name))

    def _watch(self, package: str, client: type) -> None:
        for name in dir(client):
            method = getattr(client, name)
            if name.startswith("_") or name in SILENT or not callable(method):
                continue
            if isinstance(vars(client).get(name), (staticmethod, classmethod, property)):
                continue
            counted = f"{client.__name__}.{name}"
            self.there[package].add(counted)
            setattr(client, name, self._counting(package, counted, method))

    def _counting(self, package: str, name: str, method: Any) -> Any:
        @functools.wraps(method)
        def call(*given: Any, **named: Any) -> Any:
            self.made[package, name] += 1
            return method(*given, **named)

        return call

    def table(self) -> str:
        """Numbers, a line a package."""
        lines = ["| package | methods | calls |", "|---|---:|---:|"]
        for package, names in self._driven():
            calls = sum(self.made[package, name] for name in names)
            lines.append(f"| {package} {version(package)} | {len(names)} | {calls} |")
        return "\n".join(lines)

    def document(self) -> str:
        """Each method that was called, and how often."""
        lines = [TITLE]
        for package, names in self._driven():
            lines += [f"\n## {package} {version(package)}\n", "| method | calls |", "|---|---:|"]
            lines += [f"| `{name}` | {self.made[package, name]} |" for name in names]
        return "\n".join(lines) + "\n"

    def _driven(self) -> list[tuple[str, list[str]]]:
        return [
            (package, sorted(name for kept, name in self.made if kept == package))
            for package in CLIENTS
        ]


def main() -> int:
    """Run the tests, print the table and write the document."""
    sys.path[:0] = [str(HERE.parent / "mocks"), str(HERE)]
    calls = Calls()
    tests = sorted((HERE / "mocks").glob("test_suite_*.py"))
    files = [str(path) for path in tests if "azure." in path.read_text(encoding="utf-8")]
    ended = pytest.main(["-q", "-p", "no:randomly", "--no-header", *files], plugins=[calls])
    print(calls.table())
    if ended == 0:
        document = HERE.parent / "docs" / "azure-clients.md"
        document.write_text(calls.document(), encoding="utf-8")
    return int(ended)


if __name__ == "__main__":
    raise SystemExit(main())
