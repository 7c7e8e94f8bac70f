"""Image search: Bing's API of version 7, or a SearXNG instance, behind one stage; and what follows
it: the addresses alone, and the pictures they lead to.

Bing Search left Azure on 2025-08-11; the stage serves the local suite, gateways that speak Bing's
API, and SearXNG, which anyone can host (docs.searxng.org/dev/search_api.html, read 2026-11).

Source: the OpenAPI file ImageSearch v1.0 of Azure/azure-rest-api-specs (read 2026-11).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import httpx
import msgspec
import pyarrow as pa

from cogml import frames, schema
from cogml.errors import ParamError, ServiceError
from cogml.exchange import NOT_JSON, USER_AGENT, Exchange, Outcome, bad_response, call, download
from cogml.limits import Lifecycle
from cogml.param import Param, ServiceParam
from cogml.plan import Plan, Row
from cogml.schema import struct
from cogml.services._azure import AzureService
from cogml.services._row import RowService
from cogml.stage import Transformer

_BING = "https://api.bing.microsoft.com"
_MOST_PAGES = 20  # of SearXNG's, for one row

Images = struct(
    _type=str,
    instrumentation=struct(_type=str),
    webSearchUrl=str,
    totalEstimatedMatches=int,
    nextOffset=int,
    value=[
        struct(
            accentColor=str,
            contentSize=str,
            contentUrl=str,
            datePublished=str,
            encodingFormat=str,
            height=int,
            width=int,
            hostPageDisplayUrl=str,
            hostPageUrl=str,
            id=str,
            imageId=str,
            imageInsightsToken=str,
            name=str,
            thumbnail=struct(height=int, width=int),
            thumbnailUrl=str,
            webSearchUrl=str,
        )
    ],
)
_Image = schema.record(Images.field("value").type.value_type)


class _Hit(msgspec.Struct):
    """A picture as SearXNG gives it."""

    title: str | None = None
    url: str | None = None
    img_src: str | None = None
    thumbnail_src: str | None = None
    resolution: str | None = None
    img_format: str | None = None


class _Hits(msgspec.Struct):
    results: list[_Hit]


class BingImageSearch(RowService, AzureService):
    """The pictures that a search finds, a page of them.

    Input     query (with offset and count: a page of its answers)
    Output    struct: value, a picture each: name, contentUrl, thumbnailUrl, width, height in
              pixels; nextOffset, where the next page begins
    """

    path = "/v7.0/images/search"
    method = "GET"
    version = "v7.0"
    lifecycle = Lifecycle(datetime.date(2025, 8, 11), "the local suite, or setBackend('searxng')")
    main = ("value",)
    output = Images

    backend = Param(
        str, "whose API it is that is asked", default="bing", choices=("bing", "searxng")
    )
    query = ServiceParam(
        str, "what to search for", send="query", wire="q", alias="q", required=True
    )
    count = ServiceParam(int, "pictures a page, up to 150 (default: 35)", send="query", at_least=1)
    offset = ServiceParam(int, "pictures to leave out before the page", send="query", at_least=0)
    market = ServiceParam(
        str, "where the answers come from, such as en-US", send="query", wire="mkt", alias="mkt"
    )
    imageType = ServiceParam(
        str,
        "kind of picture",
        send="query",
        choices=(
            "AnimatedGif",
            "AnimatedGifHttps",
            "Clipart",
            "Line",
            "Photo",
            "Shopping",
            "Transparent",
        ),
    )
    aspect = ServiceParam(
        str, "shape of the picture", send="query", choices=("All", "Square", "Wide", "Tall")
    )
    color = ServiceParam(str, "colour: ColorOnly, Monochrome or a colour's name", send="query")
    freshness = ServiceParam(str, "age: Day, Week, Month", send="query")
    height = ServiceParam(int, "pixels", send="query", at_least=0)
    width = ServiceParam(int, "pixels", send="query", at_least=0)
    size = ServiceParam(
        str,
        "size of the picture",
        send="query",
        choices=("All", "Small", "Medium", "Large", "Wallpaper"),
    )
    imageContent = ServiceParam(
        str, "what it shows of people", send="query", choices=("Face", "Portrait")
    )
    license = ServiceParam(
        str,
        "what may be done with it",
        send="query",
        choices=(
            "All",
            "Any",
            "Public",
            "Share",
            "ShareCommercially",
            "Modify",
            "ModifyCommercially",
        ),
    )
    safeSearch = ServiceParam(
        str, "what to keep out", send="query", choices=("Off", "Moderate", "Strict")
    )
    maxFileSize = ServiceParam(int, "bytes", send="query", at_least=0)
    maxHeight = ServiceParam(int, "pixels", send="query", at_least=0)
    maxWidth = ServiceParam(int, "pixels", send="query", at_least=0)
    minFileSize = ServiceParam(int, "bytes", send="query", at_least=0)
    minHeight = ServiceParam(int, "pixels", send="query", at_least=0)
    minWidth = ServiceParam(int, "pixels", send="query", at_least=0)

    @staticmethod
    def getUrlTransformer(imageCol: str, urlCol: str) -> UrlTransformer:
        """A stage that leaves one column, the addresses of the pictures found, one a row."""
        return UrlTransformer(imageCol=imageCol, urlCol=urlCol)

    @staticmethod
    def downloadFromUrls(
        pathCol: str, bytesCol: str, concurrency: int = 8, timeout: int = 60_000
    ) -> ImageDownloader:
        """A stage that adds the bytes at the addresses in `pathCol`; `timeout` in milliseconds.

        A picture that cannot be had is null, and the column `bytesCol_error` says why.
        """
        return ImageDownloader(
            urlCol=pathCol,
            outputCol=bytesCol,
            concurrency=concurrency,
            timeout=timeout / 1000,
        )

    def address(self) -> str:
        """Bing's own address, unless another is set; SearXNG has none of its own."""
        searxng = self.getOrDefault("backend") == "searxng"
        if given := self.getOrDefault("customUrlRoot") or self.getOrDefault("url"):
            return str(given)
        if base := self.getOrDefault("endpoint"):
            return f"{base.rstrip('/')}/{'search' if searxng else self.path.lstrip('/')}"
        if base := self.everywhere():
            return f"{base.rstrip('/')}{'/searxng/search' if searxng else self.path}"
        if searxng:
            raise ParamError(
                "BingImageSearch: no address; call setEndpoint with that of the SearXNG instance"
            )
        return f"{_BING}{self.path}"

    def within(self, base: str) -> Self:
        """Both APIs are the suite's, each at its place."""
        searxng = self.getOrDefault("backend") == "searxng"
        return super().within(f"{base}/searxng" if searxng else base)

    def full_address(self, address: str, settings: Mapping[str, Any]) -> httpx.URL:
        """SearXNG has parameters of its own; the page is asked for by the exchange."""
        if self.getOrDefault("backend") == "bing":
            return super().full_address(address, settings)
        asked = {"q": settings["query"], "categories": "images", "format": "json"}
        if market := settings.get("market"):
            asked["language"] = market
        if safe := settings.get("safeSearch"):
            asked["safesearch"] = str(("Off", "Moderate", "Strict").index(safe))
        if (fresh := str(settings.get("freshness")).lower()) in ("day", "week", "month", "year"):
            asked["time_range"] = fresh
        return httpx.URL(address).copy_merge_params(asked)

    def headers(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """A key, or a token of Azure's, is for Bing alone."""
        if self.getOrDefault("backend") == "searxng":
            azures = ("subscriptionKey", "AADToken")
            settings = {name: v for name, v in settings.items() if name not in azures}
        return super().headers(settings)

    def token_giver(self) -> Any:
        """A credential is for Bing alone."""
        return super().token_giver() if self.getOrDefault("backend") == "bing" else None

    def row(self, plan: Plan, row: Row) -> Exchange:
        """One call of Bing, or as many pages of SearXNG as the row's own page needs."""
        if self.getOrDefault("backend") == "bing":
            return (yield from super().row(plan, row))
        offset, count = row.settings.get("offset") or 0, row.settings.get("count") or 35
        found: list[_Hit] = []
        for page in range(1, _MOST_PAGES + 1):
            request = plan.request(row.key, row.settings, None)
            request = httpx.Request(
                "GET", request.url.copy_set_param("pageno", page), headers=request.headers
            )
            answer = yield from call(request)
            if isinstance(answer, ServiceError):
                return [Outcome(None, answer)]
            try:
                hits = msgspec.json.decode(answer.content, type=_Hits).results
            except NOT_JSON as error:
                return [Outcome(None, bad_response(answer, str(error)))]
            found += [hit for hit in hits if hit.img_src]
            if not hits or len(found) >= offset + count:
                break
        value = [_image(hit) for hit in found[offset : offset + count]]
        following = offset + len(value)
        made = schema.record(Images)(
            _type="Images", value=value, totalEstimatedMatches=len(found), nextOffset=following
        )
        return [Outcome(made)]


def _image(hit: _Hit) -> Any:
    size = re.match(r"\s*(\d{1,5})\s*[x*\u00d7]\s*(\d{1,5})", hit.resolution or "")
    return _Image(
        name=hit.title,
        contentUrl=hit.img_src,
        thumbnailUrl=hit.thumbnail_src,
        hostPageUrl=hit.url,
        hostPageDisplayUrl=hit.url,
        encodingFormat=hit.img_format,
        width=int(size[1]) if size else None,
        height=int(size[2]) if size else None,
    )


class UrlTransformer(Transformer):
    """The addresses of the pictures that a search found, one a row, and no other column."""

    imageCol = Param(str, "column of a search's answers", required=True)
    urlCol = Param(str, "name of the column of addresses", default="url")

    def transform(self, dataset: Any, params: Mapping[Param, Any] | None = None) -> Any:
        """A frame of one column of text; rows that found nothing, or failed, are not in it."""
        stage = self.copy(params)
        images, urls = stage.getOrDefault("imageCol"), stage.getOrDefault("urlCol")
        if images is None:
            raise ParamError("UrlTransformer: imageCol is required; call setImageCol")
        return frames.flatten(dataset, images, ("value", "contentUrl"), urls)

    def transformSchema(self, schema: Any) -> Any:
        """The Spark schema that `transform` gives for this Spark schema; raises as it does."""
        stage = self.copy()
        place = (
            stage.getOrDefault("imageCol"),
            ("value", "contentUrl"),
            stage.getOrDefault("urlCol"),
        )
        return frames.flattened_schema(schema, *place)


class ImageDownloader(RowService):
    """What lies at an address, asked for without any credential."""

    unit = ""
    output: ClassVar[pa.DataType] = pa.large_binary()
    method = "GET"
    at_once = 50

    url = ServiceParam(str, "address", send="document", required=True)

    def address(self) -> str:
        """Each row has its own."""
        return ""

    def within(self, base: str) -> Self:
        """As it is: what was found in the suite lies there, the rest where it lies."""
        return self

    def headers(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """Who asks."""
        return {"user-agent": USER_AGENT}

    def row(self, plan: Plan, row: Row) -> Exchange:
        """The bytes at the row's address."""
        answer = yield from download(row.document["url"], plan.web)
        if isinstance(answer, ServiceError):
            return [Outcome(None, answer)]
        return [Outcome(answer.content)]
