"""The web page and the HTTP API: no search logic."""
