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
    devices.py   where someone has logged in before     passwords.py  those found right lately
    exports.py   results and reports as files
    adding.py    files that are added                   parts.py      a form with files, part by part
    added.py     which files were added                 taking_out.py  added files, taken out and put back
    indexing.py  index runs over the page               running.py    a run, told in Chinese
    soon.py      a run soon after the last file         unread.py     what was added and not read
    refusals.py  what is noted of requests that never came to the application
    leaving.py   what leaves as a file, for the audit   ended.py      sessions that were logged out of
    server.py    serving until Ctrl+C                   receiving.py  how much may be sent, and by whom
    connections.py  who holds connections, how long     api_document.py  what the API says of itself
"""

from __future__ import annotations

from webui.access import Rules
from webui.app import create_app
from webui.server import serve

__all__ = ["Rules", "create_app", "serve"]
