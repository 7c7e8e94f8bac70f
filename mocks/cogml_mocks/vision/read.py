"""Read: text of a picture as a job, asked for once and then polled.

The first poll of a job finds it running; the next one reads the text and waits for it. A job
whose picture turns out to be broken fails. Errors have a flat form of their own.

Not modelled: PDF; pictures over 50 MB (the service takes 500 MB); pages of a TIFF after the tenth;
the end of a job after 48 hours (the oldest goes when there are over a hundred, or over 256 MB
unread); handwriting as a style. A language labels the answer and changes nothing else.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from uuid import UUID, uuid4

from cogml_mocks.operations import Answer, Call, Family, ServiceError
from cogml_mocks.operations import operation as register
from cogml_mocks.vision import ocr_layout, pictures, query
from cogml_mocks.vision.pictures import Picture, Rules

PREFIX = "/vision/v3.2/read"
MODEL_VERSION = "2022-04-30"
MODEL_VERSIONS = ("latest", "latest-preview", "2021-04-12", MODEL_VERSION)
READING_ORDERS = ("basic", "natural")
RULES = Rules(
    50 * 2**20,
    10_000,
    ("Jpeg", "Png", "Bmp", "Tiff"),
    bad_format="UnsupportedImageFormat",
    bad_dimension="InvalidImageDimension",
    unreachable="FailedToDownloadImage",
)
MAX_PAGES = 10
MAX_JOBS = 100
MAX_HELD = 256 * 2**20
_LOCK = Lock()
LANGUAGES = (
    "af", "ast", "bi", "br", "ca", "ceb", "ch", "co", "crh", "cs", "csb", "da", "de", "en",
    "es", "et", "eu", "fi", "fil", "fj", "fr", "fur", "fy", "ga", "gd", "gil", "gl", "gv",
    "hni", "hsb", "ht", "hu", "ia", "id", "it", "iu", "ja", "jv", "kaa", "kac", "kea", "kha",
    "kl", "ko", "ku", "kw", "lb", "ms", "mww", "nap", "nl", "no", "oc", "pl", "pt", "quc", "rm",
    "sco", "sl", "sq", "sv", "sw", "tet", "tr", "tt", "uz", "vo", "wae", "yua", "za", "zh-Hans",
    "zh-Hant", "zu",
)  # fmt: skip


def error(error: ServiceError) -> dict[str, Any]:
    """Return the flat error body of Read."""
    code, message = error.inner or (error.code, error.message)
    return {"code": code, "message": message, "requestId": str(uuid4())}


FAMILY = Family(f"{PREFIX}/", error, query.count_pictures, pictures.too_large)


@dataclass
class Job:
    """A picture to read, and the answer once it is read."""

    picture: Picture | None  # until it is read
    pages: list[int]
    language: str
    natural: bool
    created: str
    polls: int = 0
    answer: dict[str, Any] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


@register(
    "POST",
    f"{PREFIX}/analyze",
    FAMILY,
    media_types=pictures.MEDIA_TYPES,
    max_body=RULES.max_bytes + 65_536,  # what multipart puts around a picture
    slow=True,
)
def start(call: Call) -> Answer:
    """Take a picture to read; the answer's address is in ``Operation-Location``."""
    language, natural = _options(call.query)
    ranges = _ranges(call.query.get("pages", ""))
    picture = pictures.take(call, RULES)
    call.documents = 1
    pages = _pages(ranges, len(picture.header.pages))
    name = str(uuid4())
    with _LOCK:
        jobs: OrderedDict[str, Job] = call.state.setdefault("vision.read", OrderedDict())
        jobs[name] = Job(picture, pages, language, natural, _now())
        while len(jobs) > MAX_JOBS or (len(jobs) > 1 and _held(jobs) > MAX_HELD):
            jobs.popitem(last=False)
    location = f"{call.base_url}{PREFIX}/analyzeResults/{name}"
    return Answer(status=202, headers=[("Operation-Location", location)])


@register("GET", f"{PREFIX}/analyzeResults/{{operation}}", FAMILY, slow=True)
def result(call: Call) -> Answer:
    """Return how a job stands, and its text once it has succeeded."""
    try:
        name = str(UUID(call.path["operation"]))
    except ValueError:
        raise _refusal("BadArgument", "The operation id is not a GUID.") from None
    job = call.state.get("vision.read", {}).get(name)
    if job is None:
        raise ServiceError(404, "BadArgument", "There is no such operation.")
    with job.lock:
        job.polls += 1
        if job.picture is not None:
            if job.polls == 1:
                return Answer(_status(job, "running"))
            job.answer, job.picture = _read(job, job.picture), None
    return Answer(job.answer)


def _read(job: Job, picture: Picture) -> dict[str, Any]:
    from cogml_mocks.engines import ocr

    found = []
    for number in job.pages:
        try:
            pixels = picture.pixels(number - 1)
        except ServiceError:
            return _status(job, "failed")
        size = picture.header.pages[number - 1]
        scale = size[0] / pixels.shape[1]
        lines = ocr.read(pixels)
        found.append(ocr_layout.page(lines, number, job.language, job.natural, size, scale))
    result = {"version": "3.2.0", "modelVersion": MODEL_VERSION, "readResults": found}
    return {**_status(job, "succeeded"), "analyzeResult": result}


def _held(jobs: OrderedDict[str, Job]) -> int:
    return sum(len(job.picture.content) for job in jobs.values() if job.picture is not None)


def _status(job: Job, status: str) -> dict[str, Any]:
    return {"status": status, "createdDateTime": job.created, "lastUpdatedDateTime": _now()}


def _options(asked: dict[str, str]) -> tuple[str, bool]:
    language = asked.get("language", "")
    if language and language not in LANGUAGES:
        raise query.not_supported_language(language)
    if (asked.get("model-version") or "latest") not in MODEL_VERSIONS:
        known = ",".join(MODEL_VERSIONS)
        raise _refusal("BadArgument", f"Invalid model version. Possible values are: {known}.")
    order = asked.get("readingOrder") or "basic"
    if order not in READING_ORDERS:
        raise _refusal("InvalidReadingOrder", f"readingOrder must be basic or natural: {order}.")
    return language, order == "natural"


def _ranges(text: str) -> list[tuple[int, int]]:
    ranges = []
    for part in filter(None, text.split(",")):
        match = _RANGE.fullmatch(part.strip())
        if match is None or not (match[1] or match[3]):
            raise _refusal("InvalidPageRange", f"The page range {part} is not valid.")
        first, hyphen, last = match.groups()
        start, end = int(first or 1), int(last or (MAX_ALL if hyphen else first))
        if not 0 < start <= end:
            raise _refusal("InvalidPageRange", f"The page range {part} is not valid.")
        ranges.append((start, end))
    return ranges


def _pages(ranges: list[tuple[int, int]], count: int) -> list[int]:
    wanted = ranges or [(1, count)]
    pages = [n for n in range(1, count + 1) if any(a <= n <= b for a, b in wanted)]
    if not pages:
        raise _refusal("InvalidPageRange", f"The document has {count} pages.")
    return pages[:MAX_PAGES]


def _refusal(code: str, message: str) -> ServiceError:
    return ServiceError(400, code, message)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


MAX_ALL = 2_000
_RANGE = re.compile(r"(\d{0,6})(-?)(\d{0,6})")
