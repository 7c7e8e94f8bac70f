"""What opens something is told by its name, and hidden where it is written."""

from __future__ import annotations

import pytest

from cogml_mocks import secret_names

OPEN = (
    *("Ocp-Apim-Subscription-Key", "api-key", "x-api-key", "apikey", "APIKey", "x-functions-key"),
    *("X-IDENTITY-HEADER", "Authorization", "Proxy-Authorization", "Set-Cookie", "token", "key1"),
    *("access_token", "accessToken", "id_token", "X-Amz-Security-Token", "accessKey2", "sas"),
    *("primaryMasterKey", "account_key", "AccountKey", "secret", "client_secret", "clientsecret"),
    *("secretValue", "password", "pwd", "sig", "sharedAccessSignature", "connectionString"),
    "a-very-long-name-that-goes-on-" * 9 + "clientSecret",
)
OTHER = (
    *("insightsToken", "imageInsightsToken", "$skiptoken", "skipToken", "continuationToken"),
    *("keyword", "keyPhrases", "foreignKey", "monkey", "gridToken", "tokens", "keys", "value"),
    *("countryCode", "zipcode", "design", "assign", "etag", "nextLink", "name", "key", "code", ""),
    *("1", "-"),
)


@pytest.mark.parametrize("name", OPEN)
def test_a_name_of_what_opens_something(name):
    assert secret_names.opens(name)
    assert secret_names.opens_in_query(name)


@pytest.mark.parametrize("name", OTHER)
def test_a_name_of_what_opens_nothing(name):
    assert not secret_names.opens(name)
    assert secret_names.opens_in_query(name) is (name in ("key", "code"))


def test_a_query_without_what_opens_something():
    query = "b=2&a=x%20y&code=1&insightsToken=t&sig=ab%2Fcd&password=p&empty=&b=1"
    masked = "b=2&a=x+y&code=***&insightsToken=t&sig=***&password=***&empty=&b=1"
    assert secret_names.masked_query(query) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://x/y?sv=1&sig=abc%3D&code=1&se=2", "https://x/y?sv=1&sig=***&code=***&se=2"),
        ("https://x/y?countryCode=US&$skiptoken=1", None),
        ("A=b;AccountKey=abc==;EndpointSuffix=c", "A=b;AccountKey=***;EndpointSuffix=c"),
        ('{"access_token": "a b,c", "n": 1}', '{"access_token": "***", "n": 1}'),
        ("Authorization: Bearer abcdef.ghi-jkl", "Authorization: Bearer ***"),
        ("My password: I have lost it", None),
    ],
)
def test_what_a_program_wrote_is_hidden_and_what_people_write_is_not(text, masked):
    assert secret_names.masked_addresses(text) == (masked or text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("<a><AccountKey>a b</AccountKey>c</a>", "<a><AccountKey>***</AccountKey>c</a>"),
        ("<Error><Code>BlobNotFound</Code></Error>", None),
        ("password=hunter2 user=x", "password=*** user=x"),
        ("client_secret: abc, next: 1", "client_secret: ***, next: 1"),
    ],
)
def test_in_text_of_no_known_format_more_is_hidden(text, masked):
    assert secret_names.masked_text(text) == (masked or text)


@pytest.mark.parametrize(
    "junk", ["a", "a ", "a:", '"a":"', ";a", " ", '"', ">", "key>", "-", "Bearer "]
)
def test_text_of_any_size_is_read_once(junk):
    """To look again from each place would take minutes here."""
    text = junk * (200_000 // len(junk))
    assert len(secret_names.masked_text(text)) <= 4 * len(text)
