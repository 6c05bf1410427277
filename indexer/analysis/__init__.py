"""Text analysis, one for indexing and for asking: normalise, cut into words, cut into grams."""
