"""How soon there is a first answer: what an import takes, and what a first row.

Run: python benchmarks/start.py [--rounds N] [--quick]
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import machine
import plots
import serving
from results import Column, Goal, Table, options, parsed, publish, spread

IMPORTS = {
    "import httpx": "httpx",
    "import cogml": "cogml",
    "from cogml.cognitive import TextSentiment": "cogml, and its stages",
    "import aiohttp": "aiohttp",
    "import requests": "requests",
    "import pandas": "pandas",
    "import azure.ai.textanalytics": "Azure's SDK for text",
}
FIRST_ROW = {
    "pandas, cogml, one text answered": """
import pandas as pd
from cogml.cognitive import TextSentiment
stage = TextSentiment(endpoint={url!r}, subscriptionKey="k", outputCol="out", errorCol="error")
found = stage.transform(pd.DataFrame({{"text": ["It is good."]}}))
assert found["error"].isna().all()
""",
    "pandas, httpx, one text answered": """
import httpx
import pandas as pd
documents = [{{"id": "0", "text": "It is good."}}]
path = {url!r} + "/text/analytics/v3.1/sentiment"
answer = httpx.post(path, json={{"documents": documents}}).raise_for_status()
found = pd.DataFrame(answer.json()["documents"])
""",
    "Azure's SDK, one text answered": """
from azure.ai.textanalytics import TextAnalyticsClient
from azure.core.credentials import AzureKeyCredential
sdk = TextAnalyticsClient({url!r}, AzureKeyCredential("k"), api_version="v3.1")
[found] = sdk.analyze_sentiment(["It is good."])
assert not found.is_error
""",
}
TIMED = "import time\nbegun = time.perf_counter()\n{}\nprint(time.perf_counter() - begun)"
SAID = (
    "Each figure is the median of so many fresh interpreters, in turns, on one core, with all of "
    "cogml's optional packages installed; seconds are counted from the interpreter's first line. "
    "Files are in the system's cache, bytecode is compiled. The least and the most in brackets."
)
MOST = 150.0  # ms


def main(arguments: Sequence[str] | None = None) -> None:
    given = parsed(options(__doc__, rounds=15), arguments)
    table = Table(
        "start",
        "From nothing to the first row",
        SAID,
        [
            Column("what", "what"),
            Column("time", "ms", ".0f"),
            Column("times", "÷ import httpx", ".2f"),
        ],
        packages=("aiohttp", "requests", "azure-ai-textanalytics", "polars", "pyspark"),
        quick=given.quick,
    )
    with serving.quick() as service:
        programs = {title: program for program, title in IMPORTS.items()}
        programs |= {what: text.format(url=service.at()) for what, text in FIRST_ROW.items()}
        found: dict[str, list[float]] = {what: [] for what in programs}
        for number in range(given.rounds + 1):
            order = [*programs] if number % 2 == 0 else [*reversed(programs)]
            for what in order:
                milliseconds = _timed(programs[what], service.core)
                if number:  # the first fills the caches
                    found[what].append(milliseconds)
    for what, samples in found.items():
        pairs = zip(samples, found["httpx"], strict=True)
        table.rows.append(
            {
                "what": what,
                "time": spread(samples),
                "times": spread([ours / theirs for ours, theirs in pairs]),
            }
        )
    table.goals.append(
        Goal("import cogml, ms", spread(found["cogml"]).median, most=MOST, form=".0f")
    )
    publish(table, given, plots.start)


def _timed(program: str, core: int | None) -> float:
    """The ms that a program takes in an interpreter of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", TIMED.format(program)], stdout=subprocess.PIPE, text=True
    ) as process:
        machine.pin(core, process.pid)
        told, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"it did not end well: {program}")
    return float(told) * 1000


if __name__ == "__main__":
    main()
