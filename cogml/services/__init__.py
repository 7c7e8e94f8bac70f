"""The services, a family a file; importing this package fills the registry."""

from cogml.service import Service as Service
from cogml.services import anomaly as anomaly
from cogml.services import language as language
from cogml.services import multivariate as multivariate
from cogml.services import search as search
from cogml.services import speech as speech
from cogml.services import text as text
from cogml.services import vision as vision
