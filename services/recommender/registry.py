"""The models by name, as `manage.py evaluate` and settings know them."""

from collections.abc import Mapping
from types import MappingProxyType

from services.recommender.model import Fit

MODELS: Mapping[str, Fit] = MappingProxyType({})
