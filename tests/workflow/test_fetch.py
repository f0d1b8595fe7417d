"""Inputs by address: fetched, verified, kept, and not asked for before they are needed."""

import hashlib
import http.server
import re
import threading
from functools import partial

import pandas as pd
import pytest
import yaml

from innervate.genes.table import load_genes


class Server(http.server.ThreadingHTTPServer):
    """Serves a folder on loopback and counts what is got."""

    def __init__(self, folder):
        self.got: list[str] = []
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        self.server.got.append(self.path)
        super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def data(tmp_path):
    """A sheet and a count matrix to serve."""
    folder = tmp_path / "served"
    folder.mkdir()
    frame = load_genes("human").frame
    genes = frame.loc[frame["biotype"] == "protein_coding", "symbol"].drop_duplicates()[:300]
    names = [f"s{number}" for number in range(6)]
    pd.DataFrame(10, genes, names).to_csv(folder / "counts.tsv.gz", sep="\t")
    sheet = pd.DataFrame({"sample": names, "patient": names, "assay": "bulk", "tissue": "tumor"})
    sheet.to_csv(folder / "sheet.csv", index=False)
    return folder


@pytest.fixture
def server(data):
    running = Server(data)
    yield running
    running.shutdown()


def workspace_of(workspace, address, **more):
    work = workspace()
    cohort = {"title": "Remote", "species": "human", "samples": {"table": f"{address}/sheet.csv"},
              "bulk": {"matrices": [{"path": f"{address}/counts.tsv.gz"}]}, **more}  # fmt: skip
    (work.folder / "config/cohorts/far.yaml").write_text(yaml.safe_dump(cohort))
    config = {"cohorts": ["config/cohorts/far.yaml"]}
    (work.folder / "config/config.yaml").write_text(yaml.safe_dump(config))
    return work


def digest(path, kind="sha256"):
    return f"{kind}:{hashlib.file_digest(path.open('rb'), kind).hexdigest()}"


def test_a_cohort_by_address_is_planned_without_the_network(workspace):
    work = workspace_of(workspace, "https://nowhere.invalid/data")
    planned = work.planned()
    assert planned["fetch_file"] == 2
    assert planned["bulk_matrix"] == 1


def test_inputs_are_fetched_verified_and_not_fetched_again(workspace, server, data):
    declared = {
        f"{server.address}/sheet.csv": digest(data / "sheet.csv"),
        f"{server.address}/counts.tsv.gz": digest(data / "counts.tsv.gz", "md5"),
    }
    work = workspace_of(workspace, server.address, checksums=declared)
    target = "results/far/bulk/counts.h5ad"
    work.snakemake(target)
    assert sorted(server.got) == ["/counts.tsv.gz", "/sheet.csv"]
    copy = next((work.folder / "data/far/fetched").rglob("counts.tsv.gz"))
    assert copy.read_bytes() == (data / "counts.tsv.gz").read_bytes()
    (work.folder / target).unlink()
    assert set(work.planned(target)) == {"bulk_matrix"}
    assert len(server.got) == 2


def test_a_wrong_checksum_is_refused_and_the_copy_removed(workspace, server, data):
    wrong = "sha256:" + "0" * 64
    declared = {f"{server.address}/sheet.csv": wrong}
    work = workspace_of(workspace, server.address, checksums=declared)
    done = work.snakemake("--retries", "0", "fetch", check=False)
    text = done.stdout + done.stderr
    assert done.returncode != 0
    assert f"{server.address}/sheet.csv: checksum" in text
    assert f"found     {digest(data / 'sheet.csv')}" in text
    assert f"expected  {wrong}" in text
    assert not list((work.folder / "data").rglob("sheet.csv"))


def test_a_missing_file_is_not_taken_for_its_error_page(workspace, server, data):
    (data / "counts.tsv.gz").unlink()
    work = workspace_of(workspace, server.address)
    done = work.snakemake("--retries", "0", "fetch", check=False)
    assert done.returncode != 0
    assert "no such file" in done.stdout + done.stderr
    assert not list((work.folder / "data").rglob("counts.tsv.gz"))


def test_fetched_tables_are_checked_before_anything_computes(workspace, server, data):
    sheet = (data / "sheet.csv").read_text()
    (data / "sheet.csv").write_text(f"{sheet}s0,s0,bulk,tumor\n")
    work = workspace_of(workspace, server.address)
    work.snakemake("fetch")
    done = work.snakemake("--dry-run", check=False)
    assert done.returncode != 0
    assert re.search(r"sheet.csv: row 8, column sample", done.stdout + done.stderr)


def test_ftp(workspace, data):
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.servers import ThreadedFTPServer

    authorizer = DummyAuthorizer()
    authorizer.add_anonymous(str(data))
    handler = type("Handler", (FTPHandler,), {"authorizer": authorizer})
    running = ThreadedFTPServer(("127.0.0.1", 0), handler)
    port = running.socket.getsockname()[1]
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        work = workspace_of(workspace, f"ftp://127.0.0.1:{port}")
        work.snakemake("fetch")
    finally:
        running.close_all()
    copy = next((work.folder / "data/far/fetched").rglob("sheet.csv"))
    assert copy.read_bytes() == (data / "sheet.csv").read_bytes()
