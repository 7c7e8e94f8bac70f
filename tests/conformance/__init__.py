"""The suite, and what cogml sends, judged by Azure's own API files and examples.

`python -m conformance` (from tests/, with COGML_TEST_DATA set) writes docs/conformance.md.
"""
