"""SynapseML's environment: its wheel, its jars, Spark 3.5, apart from the project's own.

They are kept in a folder of the user's cache (`--home`): a venv that pip fills, with Spark 3.5 at
the versions of constraints-oldest.txt, and Ivy's cache, into which Spark itself resolves the jars
(its setting `spark.jars.packages`, Maven Central). What cogml needs is there too, so that both run
in one session. Java 17 is the machine's, or a package's (see cogml.java).

Run: python benchmarks/spark_peer.py [--home FOLDER] [--version 1.1.0 ...]; it sends some rows
through SynapseML's stage, looks at the answers, and says which versions ran; or the exact error.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence

import serving
from serving import HERE, Quick
from spark_jobs import Session

VERSIONS = ("1.1.3", "1.1.0")  # newest first; not every mirror has every one
JARS = "com.microsoft.azure:synapseml-cognitive_2.12"
_TOLD = re.compile(r"(?i)unresolved dependency|: not found|download failed|Exception|^ERROR|Error:")


class Unresolved(Exception):
    """SynapseML cannot run here; the message says why, version by version."""


@dataclasses.dataclass(frozen=True)
class Peer:
    """An environment in which SynapseML runs."""

    version: str
    python: str
    confs: dict[str, str]

    def session(self, service: Quick) -> Session:
        """A session that has SynapseML, and cogml."""
        return Session(service, self.python, self.confs, spark="3.5")


def home() -> pathlib.Path:
    """Where environments of benchmarks are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base, "cogml-benchmarks", "synapseml")


def peer(service: Quick, folder: pathlib.Path, versions: Sequence[str] = VERSIONS) -> Peer:
    """The first of these versions that runs, which a few rows have shown; raises Unresolved."""
    python = _environment(folder)
    failed = []
    for version in versions:
        confs = {
            "spark.jars.packages": f"{JARS}:{version}",
            "spark.jars.ivy": str(folder / "ivy"),
        }
        found = Peer(version, str(python), confs)
        try:
            _pip(python, f"synapseml=={version}")
            with found.session(service) as session:
                session.warm("SynapseML")
        except RuntimeError as error:
            failed.append(f"SynapseML {version}: {_reason(str(error))}")
            continue
        return found
    raise Unresolved("\n".join(failed))


def _environment(folder: pathlib.Path) -> pathlib.Path:
    """The Python of the venv in a folder, which is made and filled where need be."""
    venv = folder / "venv"
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    try:
        if not python.exists():
            venv.mkdir(parents=True, exist_ok=True)
            subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        project = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]
        packages = ("pyspark", "pandas", "numpy", "orjson", "psutil", "setuptools<81")
        _pip(python, *packages, *project["dependencies"])
    except (OSError, subprocess.CalledProcessError, RuntimeError) as error:
        raise Unresolved(f"no environment for SynapseML: {error}") from None
    return python


def _pip(python: pathlib.Path, *packages: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    constraints = str(HERE.parent / "constraints-oldest.txt")
    done = subprocess.run(
        [*command, "--constraint", constraints, *packages],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)


def _reason(said: str) -> str:
    """The lines of what a failed start said that tell why."""
    lines = [line.strip(" \t:") for line in said.splitlines() if _TOLD.search(line)]
    return "; ".join(dict.fromkeys(lines)) or said[-2_000:]


def options(parser: argparse.ArgumentParser) -> None:
    """What every table with SynapseML in it takes."""
    parser.add_argument(
        "--home", type=pathlib.Path, default=home(), help="folder of SynapseML's environment"
    )
    parser.add_argument(
        "--version", nargs="+", default=list(VERSIONS), help="of SynapseML, to try in turn"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options(parser)
    given = parser.parse_args()
    with serving.quick() as service:
        try:
            found = peer(service, given.home.absolute(), given.version)
        except Unresolved as error:
            sys.exit(str(error))
        with found.session(service) as session:
            versions = ", ".join(f"{name} {v}" for name, v in session.versions.items())
    print(f"SynapseML {found.version} runs: {versions}")


if __name__ == "__main__":
    main()
