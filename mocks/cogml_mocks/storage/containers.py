"""The account lists its containers; a container is made, looked at, listed and deleted."""

from cogml_mocks.operations import Answer
from cogml_mocks.storage import listings
from cogml_mocks.storage.places import ACCOUNT, LEASE, Request, handles, metadata, shown, written
from cogml_mocks.storage.refusals import invalid_header


@handles("account", "GET", "list", "l")
def list_containers(request: Request) -> Answer:
    """Containers by name."""
    return listings.containers(_address(request), request.account.containers, request.call.query)


@handles("container", "PUT", "", "cw")
def create_container(request: Request) -> Answer:
    """Make a container, public where it says so."""
    public = request.headers.get("x-ms-blob-public-access", "")
    if public not in ("", "blob", "container"):
        raise invalid_header("x-ms-blob-public-access", public)
    made = request.account.create(request.container, public, metadata(request))
    return Answer(status=201, headers=written(made))


@handles("container", "GET HEAD", "", "rl")
def get_container(request: Request) -> Answer:
    """Properties and metadata of a container, as headers."""
    found = request.account.container(request.container)
    headers = [*written(found), *shown(found.metadata), *LEASE]
    if found.public:
        headers.append(("x-ms-blob-public-access", found.public))
    return Answer(headers=headers)


@handles("container", "DELETE", "", "d")
def delete_container(request: Request) -> Answer:
    """Forget a container with its blobs."""
    request.account.remove(request.container)
    return Answer(status=202)


@handles("container", "GET", "list", "l")
def list_blobs(request: Request) -> Answer:
    """Blobs by name."""
    found = request.account.container(request.container)
    name = request.container
    return listings.blobs(_address(request), name, found.blobs, request.call.query)


def _address(request: Request) -> str:
    return f"{request.call.base_url}/{ACCOUNT}/"
