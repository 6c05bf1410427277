"""A table of attacks, made over every route and parameter there is."""
