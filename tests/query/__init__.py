"""Tests of indexer.query."""
