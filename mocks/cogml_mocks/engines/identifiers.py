"""An identifier is recognised by its form and, where it has one, its check digits.

Cards: ISO/IEC 7812 lengths, issuer digits and the Luhn check. IBAN: ISO 13616, remainder 97 is 1.
US routing numbers: the ABA's 3-7-1 check. Brazilian CPF: both check digits. US social security
numbers: the ranges the SSA does not issue (000, 666 and 900 on, group 00, serial 0000) are
refused. Phone numbers: the package phonenumbers, numbers valid in their plan, read as from the
United States. Addresses of hosts: the standard library.

Not modelled: identifiers without a check digit or a fixed form (driving licences, passports),
other national numbers, street addresses.
"""

import ipaddress
from collections.abc import Callable, Iterator

import regex
from phonenumbers import Leniency, PhoneNumberMatcher

from cogml_mocks.engines.spans import Span

_DIGITS = regex.compile(r"\D")
_EDGE_BEFORE, _EDGE_AFTER = r"(?<![\p{L}\p{N}_.+-])", r"(?![\p{L}\p{N}_]|[.-][\p{L}\p{N}])"


def _bounded(pattern: str) -> "regex.Pattern[str]":
    return regex.compile(f"{_EDGE_BEFORE}(?:{pattern}){_EDGE_AFTER}")


def _digits(text: str) -> list[int]:
    # Only ASCII digits have a check digit to agree with.
    return [int(digit) for digit in text if digit in "0123456789"]


def is_card(text: str) -> bool:
    """Check a payment card number."""
    digits = _digits(text)
    if not 13 <= len(digits) <= 19 or digits[0] not in (2, 3, 4, 5, 6):
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """Check an international bank account number."""
    compact = text.replace(" ", "")
    if not 15 <= len(compact) <= 34:
        return False
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def is_routing_number(text: str) -> bool:
    """Check a US bank routing number."""
    digits = _digits(text)
    ranges = (range(1, 13), range(21, 33), range(61, 73), range(80, 81))
    if not any(digits[0] * 10 + digits[1] in span for span in ranges):
        return False
    weights = (3, 7, 1) * 3
    return sum(w * d for w, d in zip(weights, digits, strict=True)) % 10 == 0


def is_cpf(text: str) -> bool:
    """Check a Brazilian taxpayer number."""
    digits = _digits(text)
    if len(set(digits)) == 1:
        return False
    for length in (9, 10):
        total = sum((length + 1 - i) * digit for i, digit in enumerate(digits[:length]))
        if total * 10 % 11 % 10 != digits[length]:
            return False
    return True


def is_ssn(text: str) -> bool:
    """Check the ranges of a US social security number."""
    area, group, serial = text.split("-")
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def is_ip(text: str) -> bool:
    """Check an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_anything(text: str) -> bool:
    """Accept what the form alone decides."""
    return True


_URL = regex.compile(
    r"(?<![\p{L}\p{N}@])(?:https?://|www\.)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,5})?"
    r"(?:[/?#][^\s<>\"']*[^\s<>\"'.,;:!?)\]}])?/?"
)
_EMAIL = _bounded(
    r"[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_%+-])?"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)
_IP = _bounded(
    r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|(?=[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:)[0-9A-Fa-f:.]{2,44}[0-9A-Fa-f:]"
)
_FORMS: tuple[tuple[str, "regex.Pattern[str]", Callable[[str], bool], float], ...] = (
    ("CreditCardNumber", _bounded(r"[0-9](?:[ -]?[0-9]){12,18}"), is_card, 0.85),
    (
        "InternationalBankingAccountNumber",
        _bounded(r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?"),
        is_iban,
        0.85,
    ),
    ("BRCPFNumber", _bounded(r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}"), is_cpf, 0.85),
    ("USSocialSecurityNumber", _bounded(r"[0-9]{3}-[0-9]{2}-[0-9]{4}"), is_ssn, 0.65),
    ("ABARoutingNumber", _bounded(r"[0-9]{9}"), is_routing_number, 0.75),
)


def urls_and_mail(text: str) -> Iterator[Span]:
    """Recognise addresses of pages, mailboxes and hosts."""
    if "@" in text:
        yield from _matches(text, "Email", _EMAIL, is_anything, 0.8)
    if "://" in text or "www." in text:
        yield from _matches(text, "URL", _URL, is_anything, 0.8)
    yield from _matches(text, "IPAddress", _IP, is_ip, 0.8)


def numbers(text: str) -> Iterator[Span]:
    """Recognise numbers of accounts, cards and persons."""
    for category, pattern, check, score in _FORMS:
        yield from _matches(text, category, pattern, check, score)


def phone_numbers(text: str) -> Iterator[Span]:
    """Recognise phone numbers."""
    if len(_DIGITS.sub("", text)) >= 7:
        for match in PhoneNumberMatcher(text, "US", Leniency.VALID):
            yield Span(match.start, match.end, "PhoneNumber", None, 0.8)


def _matches(
    text: str,
    category: str,
    pattern: "regex.Pattern[str]",
    check: Callable[[str], bool],
    score: float,
) -> Iterator[Span]:
    for match in pattern.finditer(text):
        if check(match[0]):
            yield Span(match.start(), match.end(), category, None, score)
