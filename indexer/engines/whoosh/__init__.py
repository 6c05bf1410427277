"""The default engine: a Whoosh index whose postings are arrays, evaluated over arrays of section numbers.

To be read in this order: :mod:`.schema` says what an index consists of; :mod:`.arrays`, :mod:`.lists`,
:mod:`.positions` and :mod:`.frequencies` what postings are; :mod:`.documents` and :mod:`.codec` how they
become segments of Whoosh's. :mod:`.tokenising` and :mod:`.batches` make the contents of :mod:`.segments`,
which :mod:`.writer` writes and :mod:`.merging` chooses among. :mod:`.reader` opens an index, in
:mod:`.reading_order`, and :mod:`.evaluate` answers query trees on it; :mod:`.verify` makes it all again and
compares.
"""

from indexer.engines.whoosh import pickles
from indexer.engines.whoosh.engine import WhooshEngine

pickles.restrict()

__all__ = ["WhooshEngine"]
