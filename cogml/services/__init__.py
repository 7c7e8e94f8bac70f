"""The services, a family a file; importing this package fills the registry."""

from cogml.services import language as language
from cogml.services import text as text
