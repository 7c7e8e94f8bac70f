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
    "cogml": "import cogml",
    "cogml and its stages": "from cogml.cognitive import TextSentiment",
    "httpx": "import httpx",
    "aiohttp": "import aiohttp",
    "requests": "import requests",
    "pandas": "import pandas",
    "Azure SDK for text": "import azure.ai.textanalytics",
}
FIRST_ROW = {
    "cogml on pandas": """
import pandas as pd
from cogml.cognitive import TextSentiment
stage = TextSentiment(endpoint={url!r}, subscriptionKey="k", outputCol="out", errorCol="error")
found = stage.transform(pd.DataFrame({{"text": ["It is good."]}}))
assert found["error"].isna().all()
""",
    "httpx and pandas": """
import httpx
import pandas as pd
documents = [{{"id": "0", "text": "It is good."}}]
path = {url!r} + "/text/analytics/v3.1/sentiment"
answer = httpx.post(path, json={{"documents": documents}}).raise_for_status()
found = pd.DataFrame(answer.json()["documents"])
""",
    "Azure SDK, no pandas": """
from azure.ai.textanalytics import TextAnalyticsClient
from azure.core.credentials import AzureKeyCredential
sdk = TextAnalyticsClient({url!r}, AzureKeyCredential("k"), api_version="v3.1")
[found] = sdk.analyze_sentiment(["It is good."])
assert not found.is_error
""",
}
TIMED = "import time\nbegun = time.perf_counter()\n{}\nprint(time.perf_counter() - begun)"
SAID = (
    "Each figure is the median of {} fresh interpreters, in turns, on one core, with all of "
    "cogml's optional packages installed; time is counted from the interpreter's first line, and a "
    "first row is there when the service, which answers at once, has answered for it. Files are in "
    "the system's cache, bytecode is compiled. The least and the most in brackets."
)
MOST = 150.0  # ms


def main(arguments: Sequence[str] | None = None) -> Table:
    given = parsed(options(__doc__, rounds=15), arguments)
    table = Table(
        "start",
        "From nothing to the first row",
        SAID.format(given.rounds),
        [
            Column("what", ""),
            Column("of", "of"),
            Column("time", "ms", ".0f"),
            Column("times", "÷ import httpx", ".2f"),
        ],
        packages=("aiohttp", "requests", "azure-ai-textanalytics", "polars", "pyspark"),
        quick=given.quick,
    )
    with serving.quick() as service:
        programs = {("import", title): program for title, program in IMPORTS.items()}
        for title, program in FIRST_ROW.items():
            programs["first row", title] = program.format(url=service.at())
        found: dict[tuple[str, str], list[float]] = {name: [] for name in programs}
        for number in range(given.rounds + 1):
            for name in programs if number % 2 == 0 else reversed(programs):
                milliseconds = _timed(programs[name], service.core)
                if number:  # the first fills the caches
                    found[name].append(milliseconds)
    for (what, title), samples in found.items():
        pairs = zip(samples, found["import", "httpx"], strict=True)
        times = spread([ours / theirs for ours, theirs in pairs])
        table.rows.append({"what": what, "of": title, "time": spread(samples), "times": times})
    ours = spread(found["import", "cogml"])
    table.goals.append(Goal("import cogml, ms", ours.median, most=MOST, form=".0f"))
    return publish(table, given, plots.start)


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
