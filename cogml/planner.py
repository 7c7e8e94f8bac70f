"""The planner makes a stage ready to run, on the driver, before any request.

Settings are checked, linked services looked up, secrets and the address resolved, the environment
read; what comes of it travels to wherever the rows are.
"""

from __future__ import annotations

import itertools
import os
import pathlib
import warnings
from typing import TYPE_CHECKING, Any

import httpx

from cogml import local, vault
from cogml.answers import answers
from cogml.binding import bound, is_header, is_header_name, values
from cogml.credentials import TokenSource
from cogml.engine import ROWS_AHEAD, Load
from cogml.errors import ParamError
from cogml.filling import SLICE
from cogml.hosts import is_private
from cogml.pace import Rate
from cogml.param import Param, ServiceParam, capital, is_reference
from cogml.places import is_url
from cogml.plan import Plan
from cogml.policy import Policy, Transport
from cogml.supplied import Supplied

if TYPE_CHECKING:
    from cogml.service import Service

FIRST = 8
"""Requests in flight to begin with, where `concurrency` does not say how many there may be."""

WEB = "COGML_WEB"
"""The environment variable that names a copy of the web, for work without it: there what is
downloaded from https://host/path lies at COGML_WEB/host/path."""


def make(service: Service, transport: Transport | None = None, *, again: bool = False) -> Plan:
    """A plan of a stage; `again` is one for frames that the stage has transformed.

    Raises ParamError for what is missing or cannot be resolved.
    """
    stage = type(service).__name__
    for name, param in service.declared.items():
        if param.required and service.getOrDefault(name) is None:
            column = f" or set{capital(name)}Col" if isinstance(param, ServiceParam) else ""
            raise ParamError(f"{stage}: {name} is required; call set{capital(name)}{column}")
        if param.send == "none" and isinstance(param, ServiceParam) and service.isSet(name):
            warnings.warn(f"{stage}: {name} has no effect, the operation takes none", stacklevel=3)
    here = service.getOrDefault("execution") == local.LOCAL
    service = service.copy().within(local.BASE) if here else service.copy().completed()
    for name, param in service.declared.items():
        if param.by_reference and isinstance(service.getOrDefault(name), str):
            service.set(name, resolve(stage, param, service.getOrDefault(name)))
    giver, address = service.token_giver(), service.address()
    given = service.getOrDefault("transport")
    if here and given is not None:
        raise ParamError(
            f"{stage}: a transport is set, and execution {local.LOCAL!r}, in which nothing is "
            "carried; clear one of them"
        )
    if here:
        fixed = {param.name: value for param, value in values(service)}
        local.check(stage, service.method, service.path_filled(address, fixed))
        given = local.suite
    if transport is None and given is not None:
        transport = Supplied(given)
    there = httpx.URL(address)
    if giver is not None and not is_private(there):
        raise ParamError(
            f"{stage}: a token is sent over https, or to this machine; the address is "
            f"{there.scheme}://{there.host}"
        )
    for name, param in service.declared.items():
        if param.live:
            service.clear(name)
    meta, upstream = service.getOrDefault("metaCol"), service.getOrDefault("upstreamErrorCol")
    made = {"outputCol": service.getOutputCol(), "errorCol": service.getErrorCol(), "metaCol": meta}
    made |= {f"column {name}": name for name in service.beside}
    for one, other in itertools.combinations(made, 2):
        if made[one] == made[other]:
            raise ParamError(f"{stage}: {one} and {other} are both {made[one]!r}")
    if upstream is not None and upstream in made.values():
        raise ParamError(
            f"{stage}: upstreamErrorCol is {upstream!r}, a column that this stage makes; expected "
            f"the error column of an earlier one"
        )
    for header, value in service.headers({p.name: v for p, v in values(service)}).items():
        if not is_header_name(header):
            raise ParamError(f"{stage}: {header!r} cannot be set as a header")
        if not is_header(value):
            raise ParamError(
                f"{stage}: the value for header {header} has characters it cannot have"
            )
    waits = tuple(wait / 1000 for wait in service.getOrDefault("backoffs") or ())
    retries = len(waits) if waits and not service.isSet("maxRetries") else None
    policy = Policy(
        retries=service.getOrDefault("maxRetries") if retries is None else retries,
        seconds=service.getOrDefault("concurrentTimeout"),
        waits=waits,
    )
    return Plan(
        service=service,
        address=address,
        needs=list(
            dict.fromkeys([*(c.name for _, c in bound(service)), *filter(None, [upstream])])
        ),
        upstream=upstream,
        error=service.getErrorCol(),
        output=service.getOutputCol(),
        meta=meta,
        load=Load(
            concurrency=service.getOrDefault("concurrency"),
            first=None if service.isSet("concurrency") else FIRST,
            timeout=service.getOrDefault("timeout"),
            rate=Rate(
                service.getOrDefault("requestsPerSecond"), service.getOrDefault("recordsPerMinute")
            ),
            ahead=ROWS_AHEAD if service.at_once == SLICE else 3 * service.at_once,
            policy=policy,
            deadline=service.getOrDefault("deadline"),
            answer_bytes=service.getOrDefault("answerBytes"),
            meta=meta is not None,
        ),
        execution=service.getOrDefault("execution"),
        group=service.group(),
        web=os.environ.get(WEB, ""),
        cache=_cache(service),
        again=again,
        transport=transport,
        tokens=None if giver is None else TokenSource(giver, service.token_scope()),
    )


def _cache(service: Service) -> tuple[str, int] | None:
    """The place of answers, which can be used from here, and how large it may grow."""
    place = service.getOrDefault("cacheDir")
    if place is None:
        return None
    if not is_url(place):
        place = str(pathlib.Path(place).expanduser().absolute())
    found = place, service.getOrDefault("cacheBytes")
    answers(*found)
    return found


def resolve(stage: str, param: Param, value: str) -> Any:
    """A value as it is sent: itself, or what is kept under `env:NAME` or `vault:[VAULT/]NAME`."""
    if not is_reference(value):
        return value
    if value.startswith("vault:"):
        place, _, name = value.removeprefix("vault:").rpartition("/")
        if not place and not os.environ.get(vault.URL):
            raise ParamError(
                f"{stage}: {param.name} is to come from {value!r}; write vault:VAULT/NAME, or set "
                f"the environment variable {vault.URL}"
            )
        return param.parse(vault.getSecret(place, name))
    found = os.environ.get(value.removeprefix("env:"))
    if found is None:
        raise ParamError(
            f"{stage}: {param.name} is to come from the environment variable "
            f"{value.removeprefix('env:')}, which is not set"
        )
    return param.parse(found)
