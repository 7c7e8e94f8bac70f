"""Certificates are read once, and once more when their file is another."""

from __future__ import annotations

import pathlib

import pytest
import trustme

from cogml import trust
from cogml.errors import ParamError


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> pathlib.Path:
    """The file that is trusted."""
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


def test_a_context_serves_until_the_file_is_another(file: pathlib.Path) -> None:
    context = trust.context()
    assert trust.context() is context
    trustme.CA().cert_pem.write_to_path(file, append=True)
    both = trust.context()
    assert len(both.get_ca_certs()) == len(context.get_ca_certs()) + 1


def test_a_context_has_nothing_to_do_with_the_current_directory(
    file: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.chdir(file.parent)
    context = trust.context()
    file.with_name("another").touch()
    assert trust.context() is context


def test_a_context_is_of_its_own_environment(
    file: pathlib.Path, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    context = trust.context()
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    assert len(trust.context().get_ca_certs()) == len(context.get_ca_certs()) + 1


def test_a_file_that_was_good_is_checked_again_when_it_changed(file: pathlib.Path) -> None:
    trust.check_environment()
    file.write_bytes(b"no certificate any more")
    with pytest.raises(ParamError, match=r"SSL_CERT_FILE: .*no certificate in it"):
        trust.check_environment()
    file.unlink()
    with pytest.raises(ParamError, match=r"SSL_CERT_FILE: .*No such file"):
        trust.check_environment()
