"""The web page and the HTTP API: no search logic.

::

    app.py       the application: routes, headers, errors
    pages.py     what people see                        api.py, api_models.py  what scripts see
    results.py   an answer, arranged for the search page
    histogram.py how many sections a year      preview.py  a section beside the results
    reading.py   a report, arranged for the report page
    likeness.py  what is like a text                    repeats.py  templates that keep coming back
    differences.py  two texts, in rows side by side
    comparing.py  the choice of the two             years.py  a question through the years
    address.py   what a page is asked for: filters, order, page
    marks.py     text and offsets -> pieces             wording.py  what the page says, in Chinese
    operations.py  /healthz and /metrics                logs.py       what the server logs, as JSON
    access.py    who comes in, and what they may do     guessing.py   slow-down of guessing
    exports.py   results and reports as files           server.py     waitress
"""

from __future__ import annotations

from webui.access import Rules
from webui.app import create_app
from webui.server import serve

__all__ = ["Rules", "create_app", "serve"]
