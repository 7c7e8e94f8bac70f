"""How far the suite's sentiment agrees in sign with people's ratings of the same sentences.

FILE is tab-separated: an id, a mean human rating from -4 to 4, a sentence. The rows go through
`cogml transform TextSentiment` against the local suite. Run: python benchmarks/agreement.py FILE
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile

import pyarrow.parquet as pq

import cogml_mocks

SIGNS = {"positive": 1, "negative": -1}


def main() -> None:
    (source,) = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, cogml_mocks.serve() as suite:
        output = pathlib.Path(folder) / "answers.parquet"
        settings = {"textCol": "text", "outputCol": "out", "endpoint": suite.url}
        command = [sys.executable, "-m", "cogml", "transform", "TextSentiment", source]
        command += ["--columns", "id,rating,text", "--delimiter", "\t", "-o", str(output)]
        command += ["--set", "subscriptionKey=env:COGML_KEY", "--strict"]
        for name, value in settings.items():
            command += ["--set", f"{name}={value}"]
        subprocess.run(command, env=os.environ | {"COGML_KEY": "any"}, check=True)
        rows = pq.read_table(output).to_pylist()
    print(f"{'ratings':>12} {'rows':>6} {'same sign':>10} {'opposite':>9} {'undecided':>10}")
    for least in (0.0, 0.5, 1.0, 2.0):
        found = [
            (SIGNS.get(row["out"][0]["sentiment"], 0), 1 if float(row["rating"]) > 0 else -1)
            for row in rows
            if abs(float(row["rating"])) > least
        ]
        shares = [
            sum(sign == rated for sign, rated in found),
            sum(sign == -rated for sign, rated in found),
            sum(sign == 0 for sign, _ in found),
        ]
        same, opposite, undecided = (f"{share / len(found):.1%}" for share in shares)
        print(
            f"{f'beyond ±{least:g}':>12} {len(found):>6,} {same:>10} {opposite:>9} {undecided:>10}"
        )


if __name__ == "__main__":
    main()
