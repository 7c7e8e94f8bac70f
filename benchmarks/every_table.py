"""All tables one after the other, and then all goals.

Run: python benchmarks/every_table.py [--rounds N] [--quick]
"""

from __future__ import annotations

import importlib
import sys

import results

SPARK = ("spark_rows", "spark_tasks", "spark_growth")
TABLES = ("start", "saturated", "line", "peers", "growth", "vision", *SPARK)


def main() -> None:
    given = results.parsed(results.options(__doc__, rounds=0), sys.argv[1:])
    tables = []
    for name in TABLES:
        print(f"\n{name}", flush=True)
        tables.append(importlib.import_module(name).main(sys.argv[1:]))
    page = results.summary(tables)
    print(page)
    if given.results is not None:
        (given.results / "README.md").write_text(page, "utf-8")


if __name__ == "__main__":
    main()
