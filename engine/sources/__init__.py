"""Outside text becomes the model here: YAML, ODCS documents, bindings and the directory."""

from engine.sources.findings import Finding
from engine.sources.load import Loaded, load_mesh
from engine.sources.schemas import published_schemas

__all__ = ["Finding", "Loaded", "load_mesh", "published_schemas"]
