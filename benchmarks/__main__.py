"""All tables one after the other: `python benchmarks [--quick] [--results FOLDER]`."""

from __future__ import annotations

import importlib
import sys

TABLES = ("start", "saturated", "line", "peers", "growth", "vision")

for name in TABLES:
    print(f"\n{name}", flush=True)
    importlib.import_module(name).main(sys.argv[1:])
