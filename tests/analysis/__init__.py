"""Tests of indexer.analysis."""
