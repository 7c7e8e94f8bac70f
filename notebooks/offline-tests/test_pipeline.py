"""The pipeline meets a good day, bad days, and a bill that must not grow.

`cogml_suite` is a fixture of cogml's: a real server on loopback, of which each test has a part to
itself. It sets COGML_ENDPOINT and COGML_SUBSCRIPTION_KEY; the pipeline does not know it is tested.
"""

import pandas as pd
import pytest
from pipeline import follow_up

HAPPY = [f"I love parcel {i}!" for i in range(27)]
UNHAPPY = ["The zip broke.", "I hate the awful colour!", "The terrible parcel came damaged."]
REVIEWS = pd.DataFrame({"review": [*HAPPY, *UNHAPPY]})
QUICK = {"backoffs": [1, 1, 1]}  # milliseconds: a test need not wait as production does


def test_a_good_day(cogml_suite):
    found = follow_up(REVIEWS)
    assert found["problem"].isna().all()
    assert found["mood"].head(27).eq("positive").all()
    assert "terrible parcel" in found["about"].iloc[-1]
    cogml_suite.assert_all_answered()


# what it costs


def test_only_unhappy_reviews_are_asked_for_phrases(cogml_suite):
    found = follow_up(REVIEWS)
    unhappy = found["mood"].eq("negative").sum()
    cogml_suite.assert_requests(3, path="*/sentiment", documents=30)
    cogml_suite.assert_requests(1, path="*/keyPhrases", documents=unhappy)


def test_where_all_are_happy_nobody_is_asked(cogml_suite):
    follow_up(REVIEWS.head(27))
    cogml_suite.assert_no_requests(path="*/keyPhrases")


def test_equal_reviews_are_sent_once(cogml_suite):
    follow_up(pd.concat([REVIEWS, REVIEWS], ignore_index=True))
    cogml_suite.assert_requests(path="*/sentiment", documents=30)


# bad days


def test_a_throttled_request_waits_as_long_as_it_is_told(cogml_suite):
    wait = {"retry_after": 0.04, "retry_after_form": "milliseconds"}
    cogml_suite.fault("throttle", times=1, **wait)
    assert follow_up(REVIEWS.head(10))["problem"].isna().all()
    refused, answered = cogml_suite.assert_requests(2, path="*/sentiment")
    assert (refused["status"], answered["status"]) == (429, 200)
    assert answered["started_ms"] - refused["finished_ms"] >= 35


def test_a_short_outage_is_survived(cogml_suite):
    cogml_suite.fault(status=503, times=2)
    assert follow_up(REVIEWS, **QUICK)["problem"].isna().all()
    cogml_suite.assert_requests(2, status=503)


def test_a_long_outage_of_one_service_costs_only_what_it_gives(cogml_suite):
    cogml_suite.fault(status=503, path="*/keyPhrases")
    found = follow_up(REVIEWS, maxRetries=2, **QUICK)
    assert found["mood"].notna().all()
    unhappy = found[found["mood"].eq("negative")]
    assert unhappy["problem"].eq("unavailable").all()
    cogml_suite.assert_requests(3, path="*/keyPhrases", status=503)


@pytest.mark.parametrize("kind", ["drop_before_answer", "drop_mid_answer", "truncated_body"])
def test_a_broken_line_loses_no_row(cogml_suite, kind):
    cogml_suite.fault(kind, times=1)
    assert follow_up(REVIEWS, **QUICK)["mood"].notna().all()
    cogml_suite.assert_faults_fired()


@pytest.mark.parametrize("kind", ["malformed_json", "wrong_shape", "empty_body"])
def test_nonsense_is_no_answer(cogml_suite, kind):
    cogml_suite.fault(kind, path="*/sentiment")
    found = follow_up(REVIEWS)
    assert found["mood"].isna().all()
    assert found["problem"].eq("bad_response").all()


def test_a_document_that_gets_lost_is_one_rows_problem(cogml_suite):
    cogml_suite.fault("missing_document", path="*/sentiment")
    found = follow_up(REVIEWS)
    assert found["problem"].dropna().tolist() == ["bad_response"] * 3
    assert found["mood"].notna().sum() == 27


def test_an_answer_that_takes_too_long_is_a_timeout(cogml_suite):
    cogml_suite.fault("latency", delay_ms=200)
    found = follow_up(REVIEWS.head(2), timeout=0.05, maxRetries=0)
    assert found["problem"].tolist() == ["timeout", "timeout"]


# the service's own limits


def test_no_more_are_under_way_than_was_agreed(cogml_suite):
    cogml_suite.fault("latency", delay_ms=20)
    follow_up(REVIEWS, concurrency=2)
    cogml_suite.assert_in_flight_at_most(2)


@pytest.mark.parametrize("cogml_suite_settings", [{"keys": ["the-right-one"]}])
def test_a_wrong_key_is_tried_once(cogml_suite, monkeypatch):
    monkeypatch.setenv("COGML_SUBSCRIPTION_KEY", "the-wrong-one")
    assert follow_up(REVIEWS, concurrency=1)["problem"].eq("unauthorized").all()
    cogml_suite.assert_requests(1)
