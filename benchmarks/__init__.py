"""Measurements; nothing here is asserted. ``make timings`` and ``make bench`` run them."""
