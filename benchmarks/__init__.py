"""Measurements; nothing here is asserted. ``make bench`` runs them."""
