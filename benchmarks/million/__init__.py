"""A million sections, by hand: ``python -m benchmarks.million``.

::

    text ──────> building: put, commit ─────────────┐ one process each, whose memory is watched
      ├──────> questions ──> asking: open, search   ├── apart ──> page ──> benchmarks/RESULTS.md
      ├──────> updating: put again, drop, search ───┘             │
      └──────> truth: a count over the whole text ── compared ────┘

The text is generated file by file and never held, so that memory is the engine's. It is asked through the
engine's interface alone (:mod:`indexer.engines.base`). Totals and facets of some questions of each sort are
compared with a plain count, before the updates and after them: what is measured must be right.
"""
