"""Fixtures for pytest: the suite runs as long as the tests do, and each test has a view of its own.

The plugin is loaded in every pytest process where cogml is installed. So it has no hooks, no
options and no markers, and imports no part of the suite before a fixture is asked for.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cogml_mocks.server import Suite
    from cogml_mocks.view import View

ENDPOINT = "COGML_ENDPOINT"
KEY = "COGML_SUBSCRIPTION_KEY"
_NAMES = itertools.count(1)


class Servers:
    """The suites of a session, one for each distinct settings; all stop when it ends."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._running: list[tuple[dict[str, Any], Suite]] = []

    def __call__(self, **settings: Any) -> Suite:
        """Return the suite with these arguments of `cogml_mocks.serve`, started if need be.

        ``TypeError``, ``ValueError`` and ``OSError`` are those of `cogml_mocks.serve`.
        """
        for known, suite in self._running:
            if known == settings:
                return suite
        from cogml_mocks.server import serve

        suite = self._stack.enter_context(serve(**settings))
        self._running.append((settings, suite))
        return suite


@pytest.fixture(scope="session")
def cogml_suite_servers() -> Iterator[Servers]:
    """Suites by their settings, for fixtures that outlive a test: `cogml_suite_servers().url`."""
    with contextlib.ExitStack() as stack:
        yield Servers(stack)


@pytest.fixture(scope="session")
def cogml_suite_settings() -> dict[str, Any]:
    """Arguments of `cogml_mocks.serve`; override it, in any scope, or parametrize it by name."""
    return {}


@pytest.fixture
def cogml_suite(
    cogml_suite_servers: Servers, cogml_suite_settings: dict[str, Any]
) -> Iterator[View]:
    """The service suite as this test alone sees it; COGML_ENDPOINT names its address.

    COGML_SUBSCRIPTION_KEY holds a key it takes; a suite that records needs the one that is there.
    A test fails where the suite's packages are not installed, or its settings are none.
    """
    try:
        from cogml_mocks.view import View

        if not isinstance(cogml_suite_settings, dict):
            raise TypeError(f"expected a dict, not {type(cogml_suite_settings).__name__}")
        suite = cogml_suite_servers(**cogml_suite_settings)
    except ModuleNotFoundError as error:
        reason = f'{error.name} is not installed: pip install "cogml[mocks]"'
        raise pytest.fail.Exception(f"cogml_suite: {reason}", pytrace=False) from None
    except (TypeError, ValueError, OSError) as error:
        raise pytest.fail.Exception(f"cogml_suite_settings: {error}", pytrace=False) from None
    keys = cogml_suite_settings.get("keys") or ("any",)
    view = View(suite, f"test{next(_NAMES)}", key=next(iter(keys)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ENDPOINT, view.url)
        if not cogml_suite_settings.get("record"):
            patch.setenv(KEY, view.key)
        yield view
    view.reset()
