"""What cogml sends is what the API files describe."""

from __future__ import annotations

import pytest
from cases import CASES

from conformance.api_files import SOURCES, Source
from conformance.client_requests import MORE, UNDESCRIBED
from conformance.traffic import Traffic, no, wrong_in_answers, wrong_in_requests

# One process: what goes over the wire is gathered once.
pytestmark = pytest.mark.xdist_group("conformance")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_request_of_a_stage_is_what_the_file_describes(
    traffic: Traffic, source: Source
) -> None:
    api, sent = traffic.api(source), traffic.sent(source)
    assert no(wrong_in_requests(api, sent))
    assert no(wrong_in_answers(api, sent))


def test_every_request_is_of_exactly_one_operation(traffic: Traffic) -> None:
    found = [one for source in SOURCES for one in traffic.sent(source)]
    assert len(found) == len(traffic.requests_of_stages)
    assert len(found) >= 50
    stages = {case.name for case in CASES if case.stage not in UNDESCRIBED}
    assert {one.name for one in found} == stages
    assert set(MORE) <= {case.stage for case in CASES}
