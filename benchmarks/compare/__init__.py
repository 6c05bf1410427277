"""Gaoku beside other search engines, on the same text: ``make bench``.

::

    texts ──> budget ──> queries ──> measure (one process an engine, one after the other) ──> report, readme
                                        └── engines: one module each

Every engine gets the same sections, split once by Gaoku's own reports code, and the same questions. What one
of them cannot do is said in the table, with what it was asked instead.
"""
