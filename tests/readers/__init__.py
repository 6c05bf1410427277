"""Readers: a file's bytes in, its paragraphs out."""
