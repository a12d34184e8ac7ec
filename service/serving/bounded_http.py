"""uvicorn's HTTP, with bounds on what comes before a request is known: its head.

The parser collects a head without end, and waits for its beginning and its end without end. What
is refused here has no application yet, so the answer is written by hand; the rest of the bounds
are in `http/bounds.py`. Between two requests silence is the keep-alive's business.
"""

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.http.errors import TITLES
from service.http.problems import problem

HEAD_BYTES = 64 * 1024  # where the parser's buffer ends; what is whole has a smaller bound
HEAD_S = 10.0
# As in `http/bounds.py`: whoever is refused may still be sending, and has to be able to read why.
LINGER_S = 1.0


class BoundedHttp(HttpToolsProtocol):
    """One connection."""

    _is_in_head = False
    _is_refused = False
    _head_bytes = 0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there, and may send nothing."""
        super().connection_made(transport)
        self._be_patient()

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if self._is_refused:
            return
        super().data_received(data)
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(431, f"a head has no more than {HEAD_BYTES} bytes")
                return
        # Hardly any head comes in pieces: no timer for the others. Empty lines are none, and have
        # ended the keep-alive's time.
        if self._is_in_head or self._is_idle():
            self._be_patient()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._is_in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._is_in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other end is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What arrived is no HTTP."""
        self._refuse(400, "this is no HTTP")

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _be_patient(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(HEAD_S, self._lose_patience)

    def _lose_patience(self) -> None:
        if self._is_in_head and not self._is_refused:
            self._refuse(408, f"a head is sent within {HEAD_S:.0f} s")
        elif not self._is_in_head:
            self.transport.close()  # nothing was asked, so there is nothing to answer

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _refuse(self, status: int, detail: str) -> None:
        self._is_refused = True
        answer = problem(status, TITLES[status], detail, {"Connection": "close"})
        head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
        head += [b"%b: %b" % header for header in answer.raw_headers]
        self.transport.write(b"\r\n".join([*head, b"", bytes(answer.body)]))
        self.loop.call_later(LINGER_S, self.transport.close)
