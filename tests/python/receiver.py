"""Those who are told of changes, on real sockets."""

from __future__ import annotations

import base64
import contextlib
import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 24 b.").decode()
JWK: dict[str, Any] = {
    **jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True),
    **{"alg": "ES256", "kid": "k-1"},
}


class Got(NamedTuple):
    headers: dict[str, str]
    body: str


class Receiving:
    def __init__(self, url: str, got: list[Got]) -> None:
        self.url, self.got = url, got


class Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def answering(handler: type[Quiet]) -> Iterator[str]:
    """Listens on a port of its own, and gives the URL of it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def receiver(answer: Callable[[Got, int], int] = lambda got, count: 204) -> Iterator[Receiving]:
    """Listens, and answers as it is told to; what came is in ``got``."""
    got: list[Got] = []

    class Handler(Quiet):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            message = Got({name.lower(): value for name, value in self.headers.items()}, body)
            got.append(message)
            with contextlib.suppress(OSError):
                self.send_response(answer(message, len(got)))
                self.send_header("location", f"{receiving.url}/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

    with answering(Handler) as url:
        receiving = Receiving(f"{url}/told", got)
        yield receiving
