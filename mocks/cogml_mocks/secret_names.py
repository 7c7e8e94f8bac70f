"""A name says whether its value opens something: a key, a token, a password, a signature.

It is its last word that says so, in whatever way the words are joined: `subscription-key`,
`access_token`, `clientSecret`, `X-Auth-Token`. A key or a token needs the right word before it: a
`skipToken` leads to the next page, `keyPhrases` and a `foreignKey` open nothing.

Not modelled: other languages than English; what opens something under a name that does not say so.
"""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

HIDDEN = "***"
LONGEST = 64  # characters of a name, its last, that are looked at
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LAST = {"authorization", "assertion", "cookie", "credentials", "pwd", "sas", "secrets", "sig"}
_ENDS = ("secret", "password", "passwd", "passphrase", "credential", "signature")
_KEYS = (
    "access account api client encryption function functions host management master primary "
    "private secondary shared signing storage subscription"
)
_TOKENS = "access auth bearer csrf id identity refresh sas security session"
_PAIRS = {
    *("connectionstring", "identityheader", "secretvalue", "tokenvalue"),
    *(f"{word}key" for word in _KEYS.split()),
    *(f"{word}token" for word in _TOKENS.split()),
}
# Each begins where a name can begin, and gives nothing back: text of any size is read once.
_ADDRESS = re.compile(r"""(?<=[?&;])([\w.$-]++)=[^\s"'<>&;#]++""")
_QUOTED = re.compile(r"""(?P<q>["'])(?P<n>[\w.$-]++)(?P=q)(?P<j>\s*+[:=]\s*+)(["'])[^"']*+\4""")
_BARE = re.compile(
    r"""(?<![\w.$/-])(?P<n>[\w.$-]++)(?P<j>\s*+[:=]\s*+["']?|>)(?:(?<=>)[^<]++|[^\s"'<>&,;]++)"""
)
_SCHEME = re.compile(r"\b(Bearer|Basic|SharedKey|SharedAccessSignature)\s+[^\s\"'<>,]{8,}+")


def opens(name: str) -> bool:
    """Decide about the name of a field."""
    return _opens(name[-LONGEST:])


def opens_in_query(name: str) -> bool:
    """Decide about the name of a parameter or a header, where `key` and `code` open as well."""
    return name.lower() in ("key", "code") or opens(name)


@lru_cache(maxsize=1_024)
def _opens(name: str) -> bool:
    words = [word.lower() for word in _WORDS.findall(name)]
    count = len(words)
    while words and words[-1].isdigit():
        words.pop()  # key1, accessKey2
    if not words:
        return False
    last = words[-1]
    if last in _LAST or last.endswith(_ENDS) or {last, "".join(words[-2:])} & _PAIRS:
        return True
    return len(words) == 1 and (last == "token" or (last == "key" and count > 1))


def masked_query(query: str) -> str:
    """Return a query in its order, with what opens something hidden."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode([(n, HIDDEN if opens_in_query(n) else v) for n, v in pairs], safe="*/:,@$")


def masked_addresses(text: str) -> str:
    """Return text with what opens something hidden where a program wrote it: in the parameters of
    an address, in JSON, after the name of a scheme. What people write stays.
    """
    text = _ADDRESS.sub(lambda m: f"{m[1]}={HIDDEN}" if opens_in_query(m[1]) else m[0], text)
    text = _QUOTED.sub(_quoted, text)
    return _SCHEME.sub(rf"\1 {HIDDEN}", text)


def masked_text(text: str) -> str:
    """Return text of no known format with what opens something hidden, in XML for example."""
    return _BARE.sub(
        lambda m: f"{m['n']}{m['j']}{HIDDEN}" if opens(m["n"]) else m[0], masked_addresses(text)
    )


def _quoted(found: re.Match[str]) -> str:
    if not opens(found["n"]):
        return found[0]
    quote = found["q"]
    return f"{quote}{found['n']}{quote}{found['j']}{found[4]}{HIDDEN}{found[4]}"
