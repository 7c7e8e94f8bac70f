"""A shop reads its reviews: which are unhappy, what about, and which could not be judged?"""

from cogml.cognitive import KeyPhraseExtractor, TextSentiment


def follow_up(reviews, **settings):
    """The reviews with their mood, what the unhappy ones are about, and what went wrong.

    Only unhappy reviews are asked for their phrases: each document costs.
    """
    given = {
        "textCol": "review",
        "outputCol": "found",
        "errorCol": "error",
        "language": "en",
        "location": "westeurope",
        "subscriptionKey": "env:COGML_SUBSCRIPTION_KEY",
        **settings,
    }
    judged = TextSentiment(**given).transform(reviews)
    result = reviews.assign(
        mood=judged["found"].list[0].struct.field("sentiment"),
        problem=judged["error"].struct.field("code"),
    )
    unhappy = reviews[result["mood"].eq("negative").fillna(False)]
    phrases = KeyPhraseExtractor(**given).transform(unhappy)
    about = phrases["found"].list[0].struct.field("keyPhrases")
    result["about"] = about.set_axis(phrases.index)  # .list[0] of pandas 2 numbers rows anew
    result["problem"] = result["problem"].fillna(phrases["error"].struct.field("code"))
    return result
