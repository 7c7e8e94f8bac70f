"""HTTPS on loopback: one folder, an authority to trust, and the same service behind it."""

import os
import ssl
import stat
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from suite_bench import KEY, V31, batch

import cogml_mocks
from cogml_mocks import tls


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls") / "made" / "here"


@pytest.fixture(scope="module")
def secure(folder):
    with cogml_mocks.serve(tls=folder) as running:
        yield running


@pytest.fixture(scope="module")
def trusting(secure, folder):
    trusted = ssl.create_default_context(cafile=folder / tls.AUTHORITY)
    with httpx.Client(verify=trusted, headers=KEY) as client:
        yield client


def test_a_client_that_trusts_the_authority_is_served(secure, trusting):
    assert secure.url.startswith("https://127.0.0.1:")
    for _ in range(2):
        answer = trusting.post(f"{secure.url}{V31}/sentiment", json=batch("Good."))
        assert answer.json()["documents"][0]["sentiment"] == "positive"


def test_localhost_is_as_good_a_name(secure, trusting):
    port = secure.url.rpartition(":")[2]
    assert trusting.get(f"https://localhost:{port}/_mock/stats").status_code == 200


def test_a_client_that_does_not_is_not(secure):
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(secure.url, verify=ssl.create_default_context())


def test_plain_http_is_not_spoken_there(secure, trusting):
    with pytest.raises(httpx.TransportError):
        httpx.get(secure.url.replace("https", "http"))
    assert trusting.get(f"{secure.url}/_mock/stats").status_code == 200, "it goes on for others"


@pytest.mark.parametrize("kind", ["drop_before_answer", "drop_mid_answer", "truncated_body"])
def test_a_connection_that_ends_early_does_so_here_too(secure, trusting, kind):
    secure.faults({"kind": kind}, base=kind)
    with pytest.raises(httpx.TransportError):
        trusting.post(f"{secure.base(kind)}{V31}/sentiment", json=batch("Good."))


def test_what_is_there_is_used_again(tmp_path):
    tls.context(tmp_path)
    first = (tmp_path / tls.AUTHORITY).read_bytes()
    tls.context(tmp_path)
    assert (tmp_path / tls.AUTHORITY).read_bytes() == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca.pem", "server.pem"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_reads_the_servers_key(tmp_path):
    tls.context(tmp_path / "own")
    mode = stat.S_IMODE((tmp_path / "own" / "server.pem").stat().st_mode)
    assert mode == 0o600
    assert b"PRIVATE" not in (tmp_path / "own" / tls.AUTHORITY).read_bytes()


@pytest.mark.parametrize("spoiled", ["ca.pem", "server.pem"])
@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\n!"])
def test_what_cannot_be_read_is_made_anew(tmp_path, spoiled, content):
    tls.context(tmp_path)
    path = tmp_path / spoiled
    before = path.read_bytes()
    path.unlink() if content is None else path.write_bytes(content)
    tls.context(tmp_path)
    assert path.read_bytes() not in (before, content)


def test_files_of_two_authorities_are_made_anew(tmp_path):
    tls.context(tmp_path / "a")
    tls.context(tmp_path / "b")
    other = (tmp_path / "b" / tls.AUTHORITY).read_bytes()
    (tmp_path / "a" / tls.AUTHORITY).write_bytes(other)
    tls.context(tmp_path / "a")
    assert (tmp_path / "a" / tls.AUTHORITY).read_bytes() != other


def test_a_certificate_about_to_expire_is_made_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(tls, "LIFE", timedelta(hours=23))
    tls.context(tmp_path)
    first = (tmp_path / tls.AUTHORITY).read_bytes()
    monkeypatch.undo()
    tls.context(tmp_path)
    assert (tmp_path / tls.AUTHORITY).read_bytes() != first
    shown = x509.load_pem_x509_certificate((tmp_path / "server.pem").read_bytes())
    assert shown.not_valid_after_utc > datetime.now(UTC) + timedelta(days=300)
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in names} == {"localhost", "127.0.0.1", "::1"}


def test_a_folder_that_cannot_be_used_is_said_before_anything_is_served(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="file"), cogml_mocks.serve(tls=tmp_path / "file"):
        pass
