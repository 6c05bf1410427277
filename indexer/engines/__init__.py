"""Engines: where sections are stored and found. The seam is in :mod:`indexer.engines.base`."""
