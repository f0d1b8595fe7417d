"""Transfers that break off go on where they stopped; what is not whole is never taken for it."""

import hashlib
import http.server
import logging
import re
import threading

import pytest
from servers import ftp_server

from innervate.inputs import download
from innervate.inputs.fetch import fetch
from innervate.runtime.errors import InputError

BODY = hashlib.shake_256(b"a file").digest(3_000_000)
DIGEST = f"sha256:{hashlib.sha256(BODY).hexdigest()}"


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `body`, at most `most` bytes at once, with or without ranges."""

    def do_HEAD(self):
        self._head(200, len(self.server.body))

    def do_GET(self):
        body, wanted = self.server.body, self.headers.get("Range")
        self.server.asked.append(wanted)
        if self.server.status != 200:
            self._head(self.server.status, 0)
            return
        start = 0
        same = self.headers.get("If-Range") == self.server.changed
        if wanted and same and self.server.ranges:
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
            if start >= len(body):
                self._head(416, 0)
                return
            self._head(206, len(body) - start, f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self._head(200, len(body))
        self.wfile.write(body[start:][: self.server.most])

    def _head(self, status, length, part=None):
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        if self.server.changed:
            self.send_header("Last-Modified", self.server.changed)
        if part:
            self.send_header("Content-Range", part)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.body, running.most, running.ranges, running.asked = BODY, 2_000_000, True, []
    running.changed, running.status = "Fri, 02 Oct 2026 10:00:00 GMT", 200
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()


@pytest.fixture
def get(server, tmp_path, monkeypatch):
    """Return a function that fetches from the server through Snakemake's plugin."""
    import snakemake_storage_plugin_http as plugin

    monkeypatch.setattr(download, "PAUSES", (0, 0, 0))
    settings = plugin.StorageProviderSettings()
    provider = plugin.StorageProvider(tmp_path / "plugin", logging.getLogger(), settings=settings)
    address = f"http://127.0.0.1:{server.server_port}/counts.h5"

    def fetched(checksum=DIGEST):
        copy = str(tmp_path / "copy/counts.h5")
        fetch(provider.object, address, copy, checksum, str(tmp_path / "log"))
        return (tmp_path / "copy/counts.h5").read_bytes()

    return fetched


def left(tmp_path):
    return sorted(path.name for path in (tmp_path / "copy").iterdir())


def test_a_broken_transfer_goes_on_where_it_stopped(server, get, tmp_path):
    assert get() == BODY
    assert server.asked == [None, "bytes=2000000-"]
    assert left(tmp_path) == ["counts.h5"]


def test_what_a_failed_run_left_is_continued_by_the_next(server, get, tmp_path):
    server.ranges, server.most = False, 1_000_000
    with pytest.raises(InputError, match=r"1000000 bytes, then: .*\n.*\n.*run again"):
        get()
    assert not (tmp_path / "copy/counts.h5").exists(), "a part taken for the whole"
    assert re.fullmatch(r"\.partial-\w{10}-counts\.h5", *left(tmp_path))
    server.ranges = True
    server.asked.clear()
    assert get() == BODY
    assert server.asked == ["bytes=1000000-", "bytes=2000000-"]
    assert left(tmp_path) == ["counts.h5"]


def test_bytes_of_another_version_are_not_mixed_in(server, get, tmp_path):
    server.ranges = False
    with pytest.raises(InputError):
        get()
    server.body, server.changed = BODY[::-1], "Sat, 03 Oct 2026 10:00:00 GMT"
    server.most = len(BODY)
    assert get(checksum=None) == BODY[::-1]
    assert server.asked[-1] is None
    assert left(tmp_path) == ["counts.h5"]


def test_a_server_that_dates_nothing_is_asked_for_the_whole(server, get):
    server.changed = ""
    with pytest.raises(InputError):
        get()
    assert set(server.asked) == {None}


def test_a_run_killed_after_the_last_byte_ends_well(server, get, tmp_path):
    server.ranges = False
    with pytest.raises(InputError):
        get()
    partial = next((tmp_path / "copy").iterdir())
    partial.write_bytes(BODY)
    server.ranges, server.most = True, len(BODY)
    assert get() == BODY
    assert left(tmp_path) == ["counts.h5"]


def test_an_error_page_is_not_taken_for_the_file(server, get, tmp_path):
    server.status = 503
    with pytest.raises(InputError, match="503"):
        get(checksum=None)
    assert "503" in (tmp_path / "log").read_text()
    assert left(tmp_path) == []


def test_a_wrong_checksum_leaves_nothing_to_continue(server, get, tmp_path):
    with pytest.raises(InputError, match="checksum"):
        get(checksum="md5:" + "0" * 32)
    assert left(tmp_path) == []


def test_ftp_goes_on_where_it_stopped(tmp_path):
    import snakemake_storage_plugin_ftp as plugin
    from pyftpdlib.handlers import FTPHandler

    started = []

    def from_byte(handler, line):
        started.append(int(line))
        return FTPHandler.ftp_REST(handler, line)

    (tmp_path / "served").mkdir()
    (tmp_path / "served/counts.h5").write_bytes(BODY)
    settings = plugin.StorageProviderSettings()
    provider = plugin.StorageProvider(tmp_path / "plugin", logging.getLogger(), settings=settings)
    output, log = tmp_path / "copy/counts.h5", str(tmp_path / "log")
    with ftp_server(tmp_path / "served", ftp_REST=from_byte) as server:
        address = f"{server}/counts.h5"
        fetch(provider.object, address, str(output), DIGEST, log)
        assert output.read_bytes() == BODY
        # As a run leaves it that is killed after a third: the name tells the version.
        version = provider.object(address)
        digest = hashlib.sha256(f"{address} {version.size()} {version.mtime()}".encode())
        output.unlink()
        partial = output.with_name(f".partial-{digest.hexdigest()[:10]}-counts.h5")
        partial.write_bytes(BODY[:1_000_000])
        fetch(provider.object, address, str(output), DIGEST, log)
    assert output.read_bytes() == BODY
    assert started[-1] == 1_000_000
    assert left(tmp_path) == ["counts.h5"]
