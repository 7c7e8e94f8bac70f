"""POST /transliterate: texts in another script of their language (`engines.transliteration`).

Codes of scripts may be of any case and come back as ISO 15924 writes them.
"""

from cogml_mocks.engines import transliteration
from cogml_mocks.operations import Answer, Call
from cogml_mocks.translator.refusals import refusal
from cogml_mocks.translator.requests import Limits, metered, operation, read_texts

LIMITS = Limits(10, 5_000, 5_000)


@operation("POST", "/transliterate")
def transliterate(call: Call) -> Answer:
    """Texts in another script."""
    tag = call.query.get("language")
    known = {code.lower(): code for code in transliteration.scripts()}
    if not tag:
        raise refusal(400003)
    if tag.lower() not in known:
        raise refusal(400019)
    code = known[tag.lower()]
    scripts = transliteration.scripts()[code]
    from_script = call.query.get("fromScript", "").title()
    to_script = call.query.get("toScript", "").title()
    if from_script not in scripts:
        raise refusal(400018)
    if to_script not in scripts[from_script]:
        raise refusal(400004)
    texts = read_texts(call, LIMITS)
    found = [
        {"text": transliteration.transliterate(text, code, to_script), "script": to_script}
        for text in texts
    ]
    return Answer(found, headers=metered(sum(map(len, texts))))
