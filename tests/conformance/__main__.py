"""Write docs/conformance.md: `PYTHONPATH=mocks:tests python -m conformance`."""

from __future__ import annotations

import sys

import cogml_mocks
from conformance import api_files
from conformance.document import PATH, document
from conformance.traffic import gathering


def main() -> None:
    specs = api_files.folder()
    if specs is None:
        sys.exit("neither COGML_TEST_SPECS nor COGML_TEST_DATA names a folder of API files")
    with cogml_mocks.serve() as suite, gathering(specs, suite) as traffic:
        PATH.write_text(document(traffic), "utf-8")
    print(f"{PATH} is written")


main()
