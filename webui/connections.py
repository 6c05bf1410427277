"""Who holds the server's connections, and for how long.

waitress, with what it leaves to whoever stands in front: a request has to come within its time, an answer has
to be taken, where others want in, those that are idle or come slowly give way, and no address holds them all.
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import MultiSocketServer, TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher

from webui import operations, refusals
from webui.receiving import Allowance, Parser, answer
from webui.sources import source_of

_LINGER = 2.0  # seconds for what a refused client still sends, so that it comes to read the answer
_RECEIVED = 1 << 16  # bytes that are taken at a time
_LONGEST_HEADER = 1 << 16  # bytes
_WARNED = 60.0  # seconds between two lines of the log that say the same

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how many."""

    header_seconds: float = 20.0  # for a header to be whole, from its first byte
    grace: float = 30.0  # seconds for which a body may come, or an answer be taken, as slowly as it likes
    least_speed: float = 8192.0  # bytes a second from then on, on average: an ISDN line
    silence: float = 90.0  # seconds without a byte of a body, or of an answer, however much came before
    idle_seconds: float = 75.0  # between two requests: longer than a proxy keeps its connections
    connections: int = 200
    of_one_address: int = 100
    exempt: str = ""  # the address of the server in front: all come from there
    clock: Callable[[], float] = time.monotonic


def create_server(app: Flask, limits: Limits, **adjustments: Any) -> MultiSocketServer:
    """A server that listens, for ``run()`` and ``close()``. ``adjustments``: of waitress.

    Raises OSError and ValueError where the address cannot be had.
    """
    adj = Adjustments(
        recv_bytes=_RECEIVED,
        max_request_header_size=_LONGEST_HEADER,
        max_request_body_size=sys.maxsize,  # Parser knows
        connection_limit=limits.connections + 50,  # the listening ones count, too; who is in, is decided here
        cleanup_interval=0,
        asyncore_use_poll=True,  # select() cannot do with many open files
        ident=None,
        **adjustments,
    )
    # That requests wait for a thread is said for each of them, and seen in how long they take.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(adj.threads)
    channels: dict[int, Any] = {}
    make = partial(_Server, limits, Allowance(app), app, channels, dispatcher=dispatcher, adj=adj)
    servers = [make(sockinfo=where) for where in adj.listen]
    listening = [(server.effective_host, server.effective_port) for server in servers]
    return MultiSocketServer(channels, adj, listening, dispatcher)


class _Refused(ErrorTask):  # type: ignore[misc]
    """The answer to what was not taken."""

    def execute(self) -> None:
        error = self.request.error
        self.channel.refused = True
        headers, body = answer(self.request, error.code)
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend(headers)
        self.set_close_on_finish()
        self.content_length = len(body)
        self.channel.note_refusal(self.request)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection."""

    error_task_class = _Refused
    request: Any  # the one that comes, if it has begun

    def __init__(self, limits: Limits, allowance: Allowance, *args: Any, **kwargs: Any) -> None:
        self.parser_class = partial(Parser, allowance=allowance)
        self._limits = limits
        self._since = limits.clock()  # it is idle, or what is on its way began
        self._answered = False  # a request has come
        self._in_body = False
        self._heard = self._since  # when something came last
        self._taking: float | None = None  # since when an answer lies there to be taken
        self._taken = 0  # bytes of it
        self._last_taken = self._since
        self.refused = False  # the last answer has been made
        self._lingers_until: float | None = None
        super().__init__(*args, **kwargs)
        self.source = source_of(self.addr[0])

    @property
    def idle(self) -> float | None:
        """Since when nothing is asked after an answer was taken; None while something is, or before that."""
        return self._since if self._answered and self.request is None and not self._is_busy else None

    @property
    def unfinished(self) -> float | None:
        """Since when a request is waited for: its header, or a body that comes too slowly to go on so; None
        where none is."""
        if self._is_busy or self.idle is not None:
            return None
        slow = not self._in_body or self._comes_slowly(self._limits.clock() - self._since)
        return self._since if slow else None

    @property
    def _is_busy(self) -> bool:
        return bool(self.requests or self.total_outbufs_len or self.refused)

    def _comes_slowly(self, seconds: float) -> bool:
        received: int = self.request.body_bytes_received
        return received < seconds * self._limits.least_speed

    def note_refusal(self, request: Parser) -> None:
        """Count a request that was not taken, and write it down."""
        refusals.note(self.server.app, request, self.addr[0], self._limits.exempt)

    # -- what comes ----------------------------------------------------------------------------------------

    def received(self, data: bytes) -> bool:
        self._heard = self._limits.clock()
        if self.request is None:
            self._since = self._heard
        taken: bool = super().received(data)
        if self.request is None:
            self._in_body, self._answered = False, True
        elif self.request.headers_finished and not self._in_body:
            self._in_body, self._since = True, self._heard
        return taken

    def check_time(self, now: float) -> None:
        """Close what has taken too long."""
        if self._lingers_until is not None:
            if now >= self._lingers_until:
                self.handle_close()
            return
        if self._is_left_lying(now):
            self.handle_close()
        elif self.requests or self.total_outbufs_len:  # nothing is read now: no time passes for who sends
            self._since = now
        elif self.request is None:
            if now - self._since >= (
                self._limits.idle_seconds if self._answered else self._limits.header_seconds
            ):
                self.handle_close()
        elif self._is_late(now):
            self._give_up()

    def _is_late(self, now: float) -> bool:
        seconds = now - self._since
        if not self._in_body:
            return seconds >= self._limits.header_seconds
        silent = now - max(self._since, self._heard)
        return self._is_slow(seconds, self.request.body_bytes_received, silent)

    def _is_left_lying(self, now: float) -> bool:
        """Whether nobody takes the answer: a thread may wait for room to put more of it."""
        if not self.total_outbufs_len:
            self._taking = None
        elif self._taking is None:
            self._taking = self._last_taken = now
            self._taken = 0
        return self._taking is not None and self._is_slow(
            now - self._taking, self._taken, now - self._last_taken
        )

    def _is_slow(self, seconds: float, done: int, silent: float) -> bool:
        least = (seconds - self._limits.grace) * self._limits.least_speed
        return done < least or silent >= self._limits.silence

    def _give_up(self) -> None:
        with self.requests_lock:
            self.request.refuse(408)
            self.requests.append(self.request)
            self.request = None
            self.server.add_task(self)

    # -- what goes -----------------------------------------------------------------------------------------

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent: int = super().send(data, do_close=do_close)
        if sent:
            self._taken, self._last_taken = self._taken + sent, self._limits.clock()
        return sent

    def handle_write(self) -> None:
        if not (self.refused and self.close_when_flushed) or self.will_close:
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close:
            self.handle_close()
        elif self.connected and not self.total_outbufs_len:
            self._linger()

    def _linger(self) -> None:
        """Let the client read why: closed with bytes unread, a connection takes its last words back."""
        self.close_when_flushed = False
        self._lingers_until = self._limits.clock() + _LINGER
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.handle_close()

    def handle_read(self) -> None:
        if self._lingers_until is None:
            super().handle_read()
            return
        try:
            self.recv(_RECEIVED)  # closes at the end
        except OSError:
            self.handle_close()

    # -- the end -------------------------------------------------------------------------------------------

    def readable(self) -> bool:
        return self._fileno is not None and super().readable()  # closed since the loop has looked

    def writable(self) -> bool:
        return self._fileno is not None and bool(super().writable())

    def handle_close(self) -> None:
        """Nothing of a request that was on its way stays."""
        request, self.request = self.request, None
        if request is not None:
            request.close()
        if self._fileno is not None:
            super().handle_close()


class _Server(TcpWSGIServer):  # type: ignore[misc]
    """A listening socket."""

    def __init__(self, limits: Limits, allowance: Allowance, app: Flask, *args: Any, **kwargs: Any) -> None:
        self._limits, self._allowance = limits, allowance
        self.app = app  # without what waitress puts around it
        self._checked = self._warned = float("-inf")
        super().__init__(app, *args, **kwargs)
        self._pulling, self._close_trigger = threading.Lock(), self.trigger.close
        self.trigger.close = self._closed_in_turn

    def _closed_in_turn(self) -> None:
        with self._pulling:
            self._close_trigger()

    def pull_trigger(self) -> None:
        """Wake the loop. A thread that still answers when the server is closed writes nothing: the number of
        the file that it would write to may be that of another one by then."""
        with self._pulling:
            if not self.trigger._closed:
                super().pull_trigger()

    def channel_class(
        self, server: TcpWSGIServer, sock: socket.socket, addr: Any, adj: Any, map: Any
    ) -> None:
        """Let a connection in, if there is room: called by waitress as the class it is there."""
        held = [channel for channel in map.values() if isinstance(channel, _Channel)]
        source = source_of(addr[0])
        own = [channel for channel in held if channel.source == source]
        limits = self._limits
        full = len(own) >= limits.of_one_address and addr[0] != limits.exempt
        if full and not _give_way(own):
            self._turn_away(sock, f"{addr[0]} holds {len(own)} connections; it is let have no more")
        elif not full and len(held) >= limits.connections and not _give_way(held):
            self._turn_away(sock, f"all {len(held)} connections are busy")
        else:
            _Channel(limits, self._allowance, server, sock, addr, adj, map=map)

    def maintenance(self, now: float) -> None:
        """Called by waitress whenever something happens, and each second."""
        now = self._limits.clock()
        if now - self._checked < 0.05:  # looked at often enough
            return
        self._checked = now
        for channel in list(self.active_channels.values()):
            channel.check_time(now)

    def _turn_away(self, sock: socket.socket, why: str) -> None:
        now = self._limits.clock()
        if now - self._warned >= _WARNED:
            self._warned = now
            _log.warning(why)
        operations.refused(self.app, 503)
        headers, body = answer(Parser(self.adj), 503)
        lines = [f"{name}: {value}" for name, value in headers]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "Retry-After: 5", "", ""]
        try:
            sock.setblocking(False)
            sock.send("\r\n".join(["HTTP/1.1 503 Service Unavailable", *lines]).encode("latin-1") + body)
        except OSError:
            pass
        finally:
            sock.close()


def _give_way(channels: Iterable[_Channel]) -> bool:
    """Close one: the one that has been idle for longest; else, of the address that has most of those whose
    request is not whole, the one that began first. False where there is none."""
    idle, unfinished = [], defaultdict(list)
    for channel in channels:
        if (since := channel.idle) is not None:
            idle.append((since, channel))
        elif (since := channel.unfinished) is not None:
            unfinished[channel.source].append((since, channel))
    waiting = idle or max(unfinished.values(), key=len, default=[])
    if not waiting:
        return False
    min(waiting, key=itemgetter(0))[1].handle_close()
    return True
