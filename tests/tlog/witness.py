"""A witness that listens (C2SP tlog-witness), written from its specification: it keeps the newest checkpoint of each log
that it cosigned, and signs another only if that goes on from it.
"""

import base64
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.tlog import tree
from tests.tlog.notes import COSIGNATURE, Checkpoint, Key, Note, Wrong

Answer = tuple[int, str, bytes]
"""Status, content type, body."""


@dataclass
class Witness:
    """One witness and what it has seen. `trouble` may answer in its place: then nothing is looked at."""

    name: str
    trusted: dict[str, list[Key]]
    """Origin -> the keys of that log."""
    clock: Callable[[], int]
    seen: dict[str, Checkpoint] = field(default_factory=dict)
    asked: list[tuple[int, int | None]] = field(default_factory=list)
    """The old size that each request named, and the status it got."""
    trouble: Callable[[], Answer | None] = lambda: None
    _secret: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    @property
    def key(self) -> Key:
        return Key(self.name, COSIGNATURE, self._secret.public_key().public_bytes_raw())

    @property
    def vkey(self) -> str:
        raw = bytes([COSIGNATURE]) + self.key.public
        return f"{self.name}+{self.key.id.hex()}+{base64.b64encode(raw).decode()}"

    def add_checkpoint(self, body: bytes) -> Answer:
        """What the specification says, in its order."""
        with self._one_at_a_time:
            status, kind, told = self.trouble() or self._judge(body)
            old = re.match(rb"old ([0-9]+)\n", body)
            self.asked.append((int(old[1]) if old else -1, status))
            return status, kind, told

    def _judge(self, body: bytes) -> Answer:
        head, gap, raw = body.partition(b"\n\n")
        first, *lines = head.decode("ascii", "replace").split("\n")
        if not gap or len(lines) > 63 or not re.fullmatch("old (0|[1-9][0-9]*)", first):
            return _plain(400, "not a request")
        try:
            hashes = [base64.b64decode(line, validate=True) for line in lines]
            note = Note.parse(raw)
            told = Checkpoint.parse(note.text)
        except (Wrong, ValueError) as error:
            return _plain(400, str(error))
        if told.origin not in self.trusted:
            return _plain(404, "unknown log")
        try:
            if not note.signed_by(self.trusted[told.origin]):
                return _plain(403, "not signed")
        except Wrong as error:
            return _plain(403, str(error))
        return self._judge_growth(int(first.removeprefix("old ")), hashes, told, note.text)

    def _judge_growth(self, old: int, hashes: list[bytes], told: Checkpoint, text: str) -> Answer:
        if old > told.size:
            return _plain(400, "the old size is over the checkpoint's")
        known = self.seen.get(told.origin)
        if old != (known.size if known else 0):
            return 409, "text/x.tlog.size", f"{known.size if known else 0}\n".encode()
        if known and old == told.size and known.root != told.root:
            return 409, "text/x.tlog.size", f"{known.size}\n".encode()
        try:
            tree.check_consistency(old, told.size, known.root if known else b"", told.root, hashes)
        except Wrong as error:
            return _plain(422, str(error))
        self.seen[told.origin] = told
        return 200, "text/plain; charset=utf-8", self.cosign(text).encode()

    def cosign(self, text: str) -> str:
        """Its signature line under a checkpoint, whatever it says."""
        moment = self.clock()
        signed = self._secret.sign(f"cosignature/v1\ntime {moment}\n{text}".encode())
        raw = self.key.id + moment.to_bytes(8, "big") + signed
        return f"— {self.name} {base64.b64encode(raw).decode()}\n"


def _plain(status: int, told: str) -> Answer:
    return status, "text/plain; charset=utf-8", f"{told}\n".encode()


@contextmanager
def listening(answer: Callable[[str, dict[str, str], bytes], Answer]) -> Iterator[str]:
    """A server on this machine that answers each POST so (path, headers, body); gives its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, kind, told = answer(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def witnessing(witness: Witness) -> Iterator[str]:
    """The witness behind its submission prefix."""

    def answer(path: str, _headers: dict[str, str], body: bytes) -> Answer:
        return witness.add_checkpoint(body) if path == "/witness/add-checkpoint" else _plain(404, "nothing here")

    with listening(answer) as address:
        yield f"{address}/witness"
