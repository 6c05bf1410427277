"""A form with files, read part by part.

Nothing is held here but the piece that is read. waitress has taken all of the body by then, from half a
megabyte on as a temporary file; the parts are not put into files of their own besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from werkzeug.exceptions import BadRequest
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

_CHUNK = 1 << 16
_HELD = 1 << 18  # bytes: a part's header must be complete within so many
_MOST_PARTS = 20_000


@dataclass(slots=True)
class Part:
    """A field, or a file (``filename`` is not None); it can be read until the next one is asked for."""

    name: str
    filename: str | None
    _form: Form
    _begun: bytes = b""  # what was read and not yet given

    def is_empty(self) -> bool:
        """Whether nothing of it is left to be read."""
        self._begun = self.read()
        return not self._begun

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes of it, however many; none at its end."""
        begun, self._begun = self._begun, b""
        return begun or self._form.next_data()

    def text(self, most: int) -> str:
        """A field's content. Raises BadRequest where it has more than ``most`` bytes."""
        content = b""
        while piece := self.read():
            content += piece
            if len(content) > most:
                raise BadRequest("a field of the form is too long")
        return content.decode("utf-8", "replace")


class Form:
    """The parts of ``multipart/form-data``, in the order in which they come.

    Raises BadRequest where it is none or breaks off, RequestEntityTooLarge where there are too many parts.
    """

    def __init__(self, content_type: str, stream: IO[bytes]) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get("boundary", "")
        if kind != "multipart/form-data" or not boundary:
            raise BadRequest("a form with files is expected (multipart/form-data)")
        self._decoder = MultipartDecoder(boundary.encode("ascii", "replace"), _HELD, max_parts=_MOST_PARTS)
        self._stream = stream
        self._more = False  # of the current part

    def __iter__(self) -> Iterator[Part]:
        while True:
            while self._more:  # what nobody wanted
                self.next_data()
            event = self._next()
            if isinstance(event, Epilogue):
                return
            if isinstance(event, Field | File):
                self._more = True
                filename = event.filename if isinstance(event, File) else None
                yield Part(event.name or "", filename, self)

    def next_data(self) -> bytes:
        """The next bytes of the current part; none at its end."""
        while self._more:
            event = self._next()
            if not isinstance(event, Data):
                raise BadRequest("the form is broken")
            self._more = event.more_data
            if event.data:
                return event.data
        return b""

    def _next(self) -> Event:
        try:
            while isinstance(event := self._decoder.next_event(), NeedData):
                self._decoder.receive_data(self._stream.read(_CHUNK) or None)
        except (ValueError, AttributeError) as error:  # the latter: no line ends where one must be
            raise BadRequest(f"the form is broken: {error}") from error
        return event
