"""A real mail server on loopback, and a web server that takes webhooks: what they got, in order."""

import contextlib
import http.server
import socket
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Mailbox:
    """Handler of the server: keeps what it is given, refuses whom it is told to refuse."""

    def __init__(self):
        self.letters = []
        self.refused = {}  # address -> answer
        self.broken = False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.broken:
            return "451 try again later"
        self.letters.append(
            (tuple(envelope.rcpt_tos), envelope.content.decode().replace("\r\n", "\n"))
        )
        return "250 taken"


def free_port():
    """One that nobody listens on; the server wants to know its own before it starts."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


def only_ann(server, session, envelope, mechanism, data):
    is_ann = (data.login, data.password) == (b"ann", b"right")
    return AuthResult(success=is_ann, handled=False)


@contextlib.contextmanager
def running(**options):
    """A server with an empty mailbox; `options` are aiosmtpd's."""
    box = Mailbox()
    box.port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


class Hooked(http.server.ThreadingHTTPServer):
    """Keeps headers and body of each call; answers with `status`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Taker)
        self.calls, self.status, self.location = [], 204, ""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Taker(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.calls.append((dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def taking_hooks():
    with Hooked() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
