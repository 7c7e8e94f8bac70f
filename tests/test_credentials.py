"""Tokens are replaced in time, by one thread; a source travels without them."""

from __future__ import annotations

import pickle
import threading
import time
from collections import namedtuple

import pytest

import cogml_mocks
from cogml.credentials import SCOPE, TokenError, TokenSource
from cogml.errors import CogmlError, ParamError
from cogml_mocks.identity import entra
from cogml_mocks.settings import Settings

HOUR = 3600.0
NOW = 1_800_000_000.0
AccessToken = namedtuple("AccessToken", "token expires_on")


class Clock:
    """A credential whose tokens are good for an hour from the time it is told."""

    def __init__(self, life=HOUR):
        self.now = NOW
        self.life = life
        self.asked = []
        self.fails = None

    def get_token(self, *scopes):
        self.asked.append(scopes)
        if self.fails is not None:
            raise self.fails
        return AccessToken(f"token-{len(self.asked)}", self.now + self.life)


class Keeper:
    """A credential that cannot be pickled."""

    def __init__(self):
        self.lock = threading.Lock()

    def get_token(self, *scopes):
        return AccessToken("kept", NOW + HOUR)


def make():
    """A function that makes a credential, as one that travels does."""
    return Clock()


def fail():
    raise RuntimeError("with a-secret in it")


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    """A suite that knows one application, and the file of the authority to trust."""
    folder = tmp_path_factory.mktemp("tls")
    with cogml_mocks.serve(tls=folder, clients={"an-app": "right"}) as running:
        yield running, folder / "ca.pem"


@pytest.fixture
def azure(secure, monkeypatch):
    """Make azure-identity's credential of the application, with this secret."""
    identity_of = pytest.importorskip("azure.identity")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    suite, authority = secure

    def credential(secret):
        return identity_of.ClientSecretCredential(
            Settings().tenant,
            "an-app",
            secret,
            authority=suite.url,
            disable_instance_discovery=True,
            connection_verify=str(authority),
            retry_total=0,
        )

    return credential


# --- what gives tokens


@pytest.mark.parametrize(
    "given",
    [
        lambda: "a-token",
        lambda: ("a-token", NOW + HOUR),
        lambda: AccessToken("a-token", int(NOW + HOUR)),
        lambda: type("Info", (), {"token": "a-token", "expires_on": NOW + HOUR})(),
        lambda: type("Made", (), {"get_token": lambda self, scope: ("a-token", NOW + HOUR)})(),
        type("Class", (), {"get_token": lambda self, scope: ("a-token", NOW + HOUR)}),
    ],
    ids=["text", "pair", "AccessToken", "object", "credential", "class"],
)
def test_a_function_gives_a_token_or_what_gives_tokens(given):
    assert TokenSource(given).token(NOW) == "a-token"


def test_a_credential_is_asked_for_the_cognitive_services_unless_told():
    clock = Clock()
    assert TokenSource(clock).token(NOW) == "token-1"
    assert TokenSource(clock, "https://vault.azure.net/.default").token(NOW) == "token-2"
    assert clock.asked == [(SCOPE,), ("https://vault.azure.net/.default",)]
    assert SCOPE == "https://cognitiveservices.azure.com/.default"


def test_a_function_makes_its_credential_once():
    made = []

    def factory():
        made.append(Clock(life=600))
        return made[-1]

    source = TokenSource(factory)
    assert [source.token(NOW), source.token(NOW + 400)] == ["token-1", "token-2"]
    assert len(made) == 1


@pytest.mark.parametrize("given", [None, 1, {}, object()])
def test_what_gives_no_tokens_is_refused(given):
    with pytest.raises(ParamError, match=type(given).__name__):
        TokenSource(given)


def test_a_token_itself_is_refused_and_not_shown():
    with pytest.raises(ParamError, match="setAADToken") as caught:
        TokenSource("a-secret-token")
    assert "a-secret-token" not in str(caught.value)


# --- when another is asked for


def test_a_token_is_used_until_five_minutes_before_its_end():
    clock = Clock()
    source = TokenSource(clock)
    assert [source.token(NOW), source.token(NOW + HOUR - 301)] == ["token-1", "token-1"]
    clock.now = NOW + HOUR - 300
    assert source.token(clock.now) == "token-2"


def test_a_short_token_is_used_for_half_its_life():
    clock = Clock(life=100)
    source = TokenSource(clock)
    assert [source.token(NOW), source.token(NOW + 49)] == ["token-1", "token-1"]
    assert source.token(NOW + 50) == "token-2"


def test_a_token_of_unknown_end_is_used_for_five_minutes():
    given = iter(["one", "two"])
    source = TokenSource(lambda: next(given))
    assert [source.token(NOW), source.token(NOW + 299), source.token(NOW + 300)] == [
        "one",
        "one",
        "two",
    ]


def test_a_token_that_a_service_refused_is_asked_for_anew():
    clock = Clock()
    source = TokenSource(clock)
    first = source.token(NOW)
    source.forget(first)
    second = source.token(NOW)
    source.forget(first)
    assert source.token(NOW) == second == "token-2", "another had refused the old one too"
    source.forget()
    assert source.token(NOW) == "token-3"


def test_a_made_credential_is_made_anew_after_a_refusal():
    """Azure's credentials keep tokens of their own: only a new one asks."""
    made = []
    source = TokenSource(lambda: made.append(1) or Clock())
    source.token(NOW)
    source.forget()
    source.token(NOW)
    assert len(made) == 2


# --- when it fails


def test_a_refresh_that_fails_leaves_the_old_token_while_it_is_good():
    clock = Clock()
    source = TokenSource(clock)
    source.token(NOW)
    clock.fails = OSError("down")
    early = NOW + HOUR - 200
    assert source.token(early) == "token-1"
    assert source.token(early + 29) == "token-1"
    assert len(clock.asked) == 2, "it is not asked again at once"
    assert source.token(early + 30) == "token-1"
    assert len(clock.asked) == 3
    with pytest.raises(TokenError):
        source.token(NOW + HOUR)
    clock.fails = None
    clock.now = NOW + HOUR
    assert source.token(clock.now) == "token-5"


def test_a_failure_names_who_was_asked_but_not_what_a_stranger_said():
    with pytest.raises(TokenError, match=r"^no token from fail: RuntimeError$") as caught:
        TokenSource(fail).token(NOW)
    assert isinstance(caught.value, CogmlError)
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_what_azure_says_is_said_in_one_line(azure):
    with azure("not-it") as wrong:
        source = TokenSource(wrong)
        with pytest.raises(TokenError, match=r"ClientSecretCredential: .*AADSTS7000215") as caught:
            source.token(NOW)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 600
    assert "not-it" not in message + repr(source)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "NoneType"),
        (1, "int"),
        ((), "tuple"),
        (("a-secret", "tomorrow"), "tuple"),
        ("", "cannot be a token"),
        ("Bearer a-secret", "cannot be a token"),
        ("a-secret\n", "cannot be a token"),
        ("s\u00e9cret", "cannot be a token"),
        (("a-secret", NOW), "run out"),
        (("a-secret", float("nan")), "run out"),
    ],
)
def test_what_is_no_token_is_no_token(answer, reason):
    with pytest.raises(TokenError, match=reason) as caught:
        TokenSource(lambda: answer).token(NOW)
    assert "a-secret" not in str(caught.value)


def test_an_asynchronous_credential_is_said_to_be_one():
    class Asynchronous:
        async def get_token(self, *scopes):
            raise AssertionError

    with pytest.raises(TokenError, match="asynchronous"):
        TokenSource(Asynchronous()).token(NOW)


def test_azures_own_credential_gives_tokens_and_travels(azure):
    audience = SCOPE.removesuffix("/.default")
    with azure("right") as credential:
        source = TokenSource(credential)
        first = source.token(time.time())
        assert entra.admits(first, audience)
        travelled = pickle.loads(pickle.dumps(source))
        second = travelled.token(time.time())
        assert entra.admits(second, audience)
        assert first != second


# --- threads


def together(count, work):
    """Run the same work in so many threads at once; return what each gave."""
    gate = threading.Barrier(count)
    given = []

    def run():
        gate.wait(5)
        given.append(work())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    return given


def test_the_first_token_is_asked_for_once():
    clock = Clock()
    source = TokenSource(clock)
    assert together(8, lambda: source.token(NOW)) == ["token-1"] * 8
    assert len(clock.asked) == 1


def test_no_one_waits_for_a_refresh_while_the_old_token_is_good():
    asking, go_on = threading.Event(), threading.Event()
    answers = iter(["old", "new"])

    def give():
        answer = next(answers)
        if answer == "new":
            asking.set()
            assert go_on.wait(5)
        return answer, NOW + HOUR

    source = TokenSource(give)
    source.token(NOW)
    late = NOW + HOUR - 100
    refreshed = []
    thread = threading.Thread(target=lambda: refreshed.append(source.token(late)))
    thread.start()
    assert asking.wait(5)
    assert source.token(late) == "old"
    go_on.set()
    thread.join(5)
    assert refreshed == ["new"]
    assert "old" not in (source.token(NOW), repr(source))


# --- travel, and what is shown


@pytest.mark.parametrize("given", [make, Clock, Clock()], ids=["function", "class", "credential"])
def test_what_gives_tokens_travels_without_them(given):
    source = TokenSource(given, "a-scope")
    source.token(NOW)
    packed = pickle.dumps(source)
    assert b"token-1" not in packed
    assert pickle.loads(packed).token(NOW).startswith("token-")


def test_a_function_without_a_name_travels_with_sparks_pickler():
    cloudpickle = pytest.importorskip("pyspark.cloudpickle")
    source = TokenSource(lambda: Clock())
    assert cloudpickle.loads(cloudpickle.dumps(source)).token(NOW) == "token-1"


def test_a_credential_that_cannot_travel_has_a_remedy():
    cloudpickle = pytest.importorskip("pyspark.cloudpickle")
    for pickler in (pickle, cloudpickle):
        with pytest.raises(ParamError, match=r"Keeper .*setCredential\(lambda: "):
            pickler.dumps(TokenSource(Keeper()))


def test_a_repr_names_who_is_asked_and_nothing_more():
    source = TokenSource(Clock())
    source.token(NOW)
    assert repr(source) == "TokenSource(Clock)"
    assert repr(TokenSource(make)) == "TokenSource(make)"
    assert repr(source._held) == f"_Held(renew={NOW + HOUR - 300}, ends={NOW + HOUR})"
