"""Gaoku as a folder of wheels that installs without internet (``make bundle``)."""
