"""A refusal has the words services and the gateway before them use, recorded or documented."""

OUT_OF_QUOTA = (
    "Out of call volume quota for TextAnalytics F0 pricing tier. "
    "Please retry after 1 day. To increase your call volume switch to a paid tier."
)
ACCESS_DENIED = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a "
    "valid key for an active subscription and use a correct regional API endpoint for your "
    "resource."
)
# Text Analytics and others behind the same gateway, which writes it without an ``error`` around it.
BAD_TOKEN = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect "
    "(https://cognitiveservices.azure.com), or have expired."
)
STATUS_ERRORS = {
    401: ("401", ACCESS_DENIED),
    403: ("403", "Access to this resource is forbidden."),
    404: ("404", "Resource not found"),
    408: ("Timeout", "The operation was timed out."),
    410: ("410", "This service has been retired."),
    429: ("429", "Too many requests."),
    500: ("InternalServerError", "An unexpected error occurred."),
    502: ("502", "Bad gateway."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable."),
    504: ("504", "The gateway did not get an answer in time."),
}


def too_many_calls(wait: str) -> str:
    """Return the message of a 429 that asks to wait some seconds."""
    return (
        "Requests to the operation under this service have exceeded call rate limit of your "
        f"current S pricing tier. Please retry after {wait} seconds."
    )
