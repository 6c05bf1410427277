"""Tests of indexer.reports; the labelled tables stand in modules of their own."""
