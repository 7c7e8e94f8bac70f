"""Computer Vision v3.2: what is in a picture, its text, its colours, a smaller picture of it.

A picture is an address that the service fetches (`imageUrl`), or bytes that are sent
(`imageBytes`): a column of bytes (as Spark's binaryFile source reads them), of images as Spark's
image source reads them, or of the places of files as text or `pathlib.Path`, read where the request
is sent.

Source: the OpenAPI files ComputerVision and Ocr v3.2 of Azure/azure-rest-api-specs (read 2026-11).
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import httpx
import msgspec
import pyarrow as pa

from cogml.errors import ParamError, ServiceError
from cogml.exchange import Outcome, Step, bad_response
from cogml.limits import Lifecycle, Limits
from cogml.param import ServiceParam
from cogml.plan import Row
from cogml.schema import struct
from cogml.services._azure import AzureService
from cogml.services._media import png, read_file, too_large
from cogml.services._polled import PolledService
from cogml.services._row import Content, RowService

FEATURES = {
    "Categories": "categories",
    "Tags": "tags",
    "Description": "description",
    "Faces": "faces",
    "ImageType": "imageType",
    "Color": "color",
    "Adult": "adult",
    "Brands": "brands",
    "Objects": "objects",
}
_ENDED = {"v2.0": datetime.date(2026, 9, 13), "v3.1": datetime.date(2026, 9, 13)}
_LANGUAGES = ("en", "es", "ja", "pt", "zh")
_WHOLE = re.compile(rb"(?s)\xff\xd8\xff.*\xff\xd9\s*|\x89PNG.*IEND.{4}")

Rectangle = struct(left=int, top=int, width=int, height=int)
Box = struct(x=int, y=int, w=int, h=int)
Metadata = struct(width=int, height=int, format=str)
Celebrity = struct(name=str, faceRectangle=Rectangle, confidence=float)
Landmark = struct(name=str, confidence=float)
Tag = struct(name=str, confidence=float, hint=str)
Description = struct(tags=[str], captions=[struct(text=str, confidence=float)])
Word = struct(boundingBox=str, text=str)
Line = struct(
    boundingBox=[float],
    text=str,
    words=[struct(boundingBox=[float], text=str, confidence=float)],
)


class VisionService(RowService, AzureService):
    """An operation of Computer Vision.

    Billed are transactions, one an operation; of AnalyzeImage one a feature, of ReadImage one a
    page (azure.microsoft.com/pricing/details/cognitive-services/computer-vision; the answers'
    header `csp-billing-usage` names each feature).
    """

    version = "v3.2"
    limits = Limits(bytes=4 * 2**20)
    at_once = 100

    apiVersion = ServiceParam(
        str,
        "version of the service; v2.0 and v3.1 have ended",
        send="path",
        default="v3.2",
        choices=("v3.2", "v3.1", "v2.0"),
    )
    imageUrl = ServiceParam(
        str, "address of the picture, for the service to fetch", send="document"
    )
    imageBytes = ServiceParam(
        bytes, "the picture itself, or the place of its file", send="document"
    )

    def check(self, columns: Mapping[str, pa.DataType]) -> None:
        """There must be a picture."""
        if self.getOrDefault("imageUrl") is None and self.getOrDefault("imageBytes") is None:
            raise ParamError(
                f"{type(self).__name__}: there is no picture; call setImageUrl, setImageUrlCol, "
                f"setImageBytes or setImageBytesCol"
            )

    def operation_lifecycle(self) -> Lifecycle:
        """Older versions have ended."""
        ended = _ENDED.get(str(self.getOrDefault("apiVersion")))
        return Lifecycle(ended, "v3.2") if ended else self.lifecycle

    def is_empty(self, document: dict[str, Any]) -> bool:
        """Whether there is neither an address nor bytes."""
        return document.get("imageUrl") is None and document.get("imageBytes") is None

    def content(
        self, document: dict[str, Any], settings: Mapping[str, Any]
    ) -> Content | ServiceError | Callable[[], Content | ServiceError]:
        """The address as JSON, or the bytes as they are."""
        url, picture = document.get("imageUrl"), document.get("imageBytes")
        if url is not None and picture is not None:
            return ServiceError(
                "row_rejected", "both imageUrl and imageBytes are set; expected one"
            )
        if url is not None:
            return Content(msgspec.json.encode({"url": url}))
        if isinstance(picture, bytes):
            return self._sent(picture)
        return functools.partial(self._loaded, picture)

    def _loaded(self, picture: Any) -> Content | ServiceError:
        most = self.operation_limits().bytes
        return self._sent(read_file(picture, most) if isinstance(picture, str) else png(picture))

    def _sent(self, picture: bytes | ServiceError) -> Content | ServiceError:
        if isinstance(picture, ServiceError):
            return picture
        if len(picture) > self.operation_limits().bytes:
            return too_large(len(picture), self.operation_limits().bytes)
        return Content(picture, "application/octet-stream")


class AnalyzeImage(VisionService):
    """What is in a picture: categories, tags, a description, faces, colours, kind, objects, brands.

    Input     imageUrl or imageBytes: JPEG, PNG, GIF or BMP, under 4 MB, more than 50 by 50 pixels
    Output    struct with a field for each of visualFeatures; confidences 0..1, lengths in pixels
    """

    path = "/vision/{apiVersion}/analyze"
    main = ("metadata",)
    output = struct(
        categories=[
            struct(
                name=str,
                score=float,
                detail=struct(celebrities=[Celebrity], landmarks=[Landmark]),
            )
        ],
        adult=struct(
            isAdultContent=bool,
            isRacyContent=bool,
            isGoryContent=bool,
            adultScore=float,
            racyScore=float,
            goreScore=float,
        ),
        tags=[Tag],
        description=Description,
        requestId=str,
        metadata=Metadata,
        modelVersion=str,
        faces=[struct(age=int, gender=str, faceRectangle=Rectangle)],
        color=struct(
            dominantColorForeground=str,
            dominantColorBackground=str,
            dominantColors=[str],
            accentColor=str,
            isBWImg=bool,
        ),
        imageType=struct(clipArtType=int, lineDrawingType=int),
        brands=[struct(name=str, confidence=float, rectangle=Box)],
        objects=[
            struct(
                rectangle=Box,
                object=str,
                confidence=float,
                parent=struct(object=str, confidence=float),
            )
        ],
    )

    visualFeatures = ServiceParam(
        list[str], "what to find (default: Categories)", send="query", choices=tuple(FEATURES)
    )
    details = ServiceParam(
        list[str],
        "domains to look closer at",
        send="query",
        choices=("Celebrities", "Landmarks"),
    )
    descriptionExclude = ServiceParam(
        list[str],
        "domains that the description is to leave out",
        send="query",
        choices=("Celebrities", "Landmarks"),
    )
    language = ServiceParam(str, "language of the answer", send="query", choices=_LANGUAGES)
    modelVersion = ServiceParam(str, "version of the model", send="query", wire="model-version")

    def row_units(self, row: Row, value: Any) -> float:
        """A transaction for each feature and each domain that was looked for."""
        return len(_asked(row.settings)) + len(row.settings.get("details") or ())

    def needed(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """All that was asked for."""
        return (*self.main, *(FEATURES[feature] for feature in _asked(settings)))


def _asked(settings: Mapping[str, Any]) -> list[str]:
    return settings.get("visualFeatures") or ["Categories"]


class DescribeImage(VisionService):
    """A picture in words: captions and tags.

    Input     imageUrl or imageBytes: JPEG, PNG, GIF or BMP, under 4 MB, more than 50 by 50 pixels
    Output    struct: description.captions, best first, with confidence 0..1; description.tags
    """

    path = "/vision/{apiVersion}/describe"
    main = ("description",)
    output = struct(description=Description, requestId=str, metadata=Metadata, modelVersion=str)

    maxCandidates = ServiceParam(int, "most captions (default: 1)", send="query", at_least=1)
    language = ServiceParam(str, "language of the answer", send="query", choices=_LANGUAGES)
    descriptionExclude = AnalyzeImage.descriptionExclude


class TagImage(VisionService):
    """The things in a picture, one word each.

    Input     imageUrl or imageBytes: JPEG, PNG, GIF or BMP, under 4 MB, more than 50 by 50 pixels
    Output    struct: tags with name and confidence 0..1
    """

    path = "/vision/{apiVersion}/tag"
    main = ("tags",)
    output = struct(tags=[Tag], requestId=str, metadata=Metadata, modelVersion=str)

    language = ServiceParam(str, "language of the answer", send="query", choices=_LANGUAGES)


class OCR(VisionService):
    """The printed text in a picture; ReadImage reads more of it, handwriting too.

    Input     imageUrl or imageBytes: JPEG, PNG, GIF or BMP, under 4 MB, 50 to 4,200 pixels a side
    Output    struct: regions of lines of words; a boundingBox is the text "left,top,width,height"
    """

    path = "/vision/{apiVersion}/ocr"
    main = ("regions",)
    output = struct(
        language=str,
        textAngle=float,
        orientation=str,
        regions=[struct(boundingBox=str, lines=[struct(boundingBox=str, words=[Word])])],
        modelVersion=str,
    )

    language = ServiceParam(str, "language of the text (default: unk, find it)", send="query")
    detectOrientation = ServiceParam(
        bool, "whether to turn the picture upright", send="query", default=True
    )


class RecognizeDomainSpecificContent(VisionService):
    """The celebrities or the landmarks in a picture.

    Input     imageUrl or imageBytes: JPEG, PNG, GIF or BMP, under 4 MB, more than 50 by 50 pixels
    Output    struct: result.celebrities or result.landmarks, with confidence 0..1
    """

    path = "/vision/{apiVersion}/models/{model}/analyze"
    main = ("result",)
    output = struct(
        requestId=str,
        metadata=Metadata,
        modelVersion=str,
        result=struct(celebrities=[Celebrity], landmarks=[Landmark]),
    )

    model = ServiceParam(
        str, "what to look for", send="path", required=True, choices=("celebrities", "landmarks")
    )
    language = ServiceParam(str, "language of the answer", send="query", choices=_LANGUAGES)


class GenerateThumbnails(VisionService):
    """A smaller picture of a picture, cut to what matters in it.

    Input     imageUrl or imageBytes: JPEG, PNG, GIF or BMP, under 4 MB, more than 50 by 50 pixels
    Output    bytes of a JPEG picture
    """

    path = "/vision/{apiVersion}/generateThumbnail"
    output = pa.large_binary()

    width = ServiceParam(int, "pixels, 1 to 1,024", send="query", required=True, at_least=1)
    height = ServiceParam(int, "pixels, 1 to 1,024", send="query", required=True, at_least=1)
    smartCropping = ServiceParam(bool, "whether to cut to the region of interest", send="query")

    def headers(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """A picture is what comes back."""
        return super().headers(settings) | {"accept": "*/*"}

    def read_row(self, answer: httpx.Response, settings: Mapping[str, Any]) -> Outcome:
        """The bytes, if they are a whole picture's."""
        if not _WHOLE.fullmatch(answer.content):
            return Outcome(None, bad_response(answer, "the answer is no whole picture"))
        return Outcome(answer.content)


class ReadImage(VisionService, PolledService):
    """The text in a picture or a PDF, printed and written by hand; a job that is asked after.

    The service forgets it 48 hours after it was submitted.

    Input     imageUrl or imageBytes: JPEG, PNG, BMP, PDF or TIFF, under 500 MB, 2,000 pages,
              50 to 10,000 pixels a side
    Output    struct: analyzeResult.readResults, a page each: lines of words; a boundingBox is the
              eight coordinates of four corners
    """

    path = "/vision/{apiVersion}/read/analyze"
    limits: ClassVar[Limits] = Limits(bytes=500_000_000)
    main = ("analyzeResult",)
    output = struct(
        status=str,
        createdDateTime=str,
        lastUpdatedDateTime=str,
        analyzeResult=struct(
            version=str,
            modelVersion=str,
            readResults=[
                struct(
                    page=int,
                    language=str,
                    angle=float,
                    width=float,
                    height=float,
                    unit=str,
                    lines=[Line],
                )
            ],
        ),
    )

    language = ServiceParam(str, "language of the text (default: found)", send="query")
    pages = ServiceParam(list[str], "pages to read, such as 1,3-5", send="query")
    readingOrder = ServiceParam(
        str, "order of the lines", send="query", choices=("basic", "natural")
    )
    modelVersion = ServiceParam(str, "version of the model", send="query", wire="model-version")

    def row_units(self, row: Row, value: Any) -> float:
        """A transaction for each page that was read."""
        return len(value.analyzeResult.readResults or ())

    def converse(self, request: httpx.Request) -> Step:
        """Submitted, then asked after until the job has ended."""
        return self.polled(request)
