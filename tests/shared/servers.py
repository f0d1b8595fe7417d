"""Servers on loopback that more than one test file asks."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def ftp_server(folder: Path, **methods) -> Iterator[str]:
    """Serve a folder by ftp to everyone, and give its address.

    Parameters
    ----------
    folder
        What is served.
    methods
        Methods of pyftpdlib's handler to replace.
    """
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import ThreadedFTPServer

    authorizer = DummyAuthorizer()
    authorizer.add_anonymous(str(folder))
    handler = type("Handler", (FTPHandler,), {"authorizer": authorizer, **methods})
    running = ThreadedFTPServer(("127.0.0.1", 0), handler, ioloop=IOLoop())
    over = threading.Event()

    def serve() -> None:
        # Closed by the thread that serves: its file descriptors may be others' a moment later.
        while not over.is_set():
            running.serve_forever(timeout=0.1, blocking=False, handle_exit=False)
        running.close_all()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"ftp://127.0.0.1:{running.socket.getsockname()[1]}"
    finally:
        over.set()
        thread.join()
