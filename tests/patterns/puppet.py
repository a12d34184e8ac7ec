"""A server that answers when it is told to, in threads of its own: no event loop can hold it up."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

OK = b"$3\r\none\r\n"


class Puppet:
    """Counts what it is sent; answers each command after ``delay_s``, once ``gate`` is open."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self.answer = OK
        self.gate = threading.Event()
        self.gate.set()
        self.links = 0
        self.commands = 0
        self.closed = threading.Event()  # a client has closed its link
        self._listener = socket.create_server(("127.0.0.1", 0))
        # RESP 2 needs no handshake: the first bytes are the command.
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}?protocol=2"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.gate.set()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                link, _ = self._listener.accept()
                self.links += 1
                threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        with contextlib.suppress(OSError), link:
            while received := link.recv(65536):
                # An array of strings each; a pipeline sends several at once.
                for _ in range(received.count(b"*")):
                    self.commands += 1
                    self.gate.wait()
                    time.sleep(self.delay_s)
                    link.sendall(self.answer)
        self.closed.set()


@contextlib.contextmanager
def puppet(delay_s: float = 0.0) -> Iterator[Puppet]:
    """One that is closed at the end."""
    server = Puppet(delay_s)
    try:
        yield server
    finally:
        server.close()
