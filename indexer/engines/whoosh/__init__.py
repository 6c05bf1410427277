"""The default engine: a Whoosh index, evaluated over arrays of section numbers.

:mod:`.schema` says what is written, :mod:`.writer` writes it, :mod:`.reader` opens it and
:mod:`.evaluate` answers query trees on it.
"""

from indexer.engines.whoosh import pickles
from indexer.engines.whoosh.engine import WhooshEngine

pickles.restrict()

__all__ = ["WhooshEngine"]
