"""Servers that take a connection and keep it: one says nothing, one says something for ever."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

DRIPPING = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
IN_ITS_HEAD = b"HTTP/1.1 200 OK\r\nX-Endless: "


@contextmanager
def tarpit(beginning: bytes | None, every: float = 0.05) -> Iterator[tuple[str, threading.Semaphore]]:
    """Its address, and what is released for each request that it keeps. It begins so, then drips; None: says nothing."""
    asked, closing = threading.Semaphore(0), threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.release()
            if beginning is None:
                closing.wait()
                return
            with contextlib.suppress(OSError):
                self.request.sendall(beginning)
                while not closing.wait(every):
                    self.request.sendall(b"x")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            closing.set()
            server.shutdown()
            thread.join()
