"""Translator v3.0: every operation of the text API, each in its own module.

Not modelled: documents, custom systems, quotas by themselves (they are faults), the 401 of an
address that is Translator's own (the gateway's comes, as at an address for several services).
"""

from cogml_mocks.translator import detection, dictionary, languages, scripts, translation
from cogml_mocks.translator.refusals import FAMILY

__all__ = ["FAMILY", "detection", "dictionary", "languages", "scripts", "translation"]
