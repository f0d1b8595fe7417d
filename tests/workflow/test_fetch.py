"""Inputs by address: fetched, verified, kept, and not asked for before they are needed.

Servers on loopback: of Python for http, pyftpdlib for ftp, moto for s3, and an emulator for gs.
"""

import contextlib
import hashlib
import http.server
import json
import re
import subprocess
import sys
import threading
import time
from functools import partial

import pandas as pd
import pytest
import yaml
from servers import ftp_server

from innervate.genes.table import load_genes

SECRET = "a-key-that-nobody-may-see"
WRONG = "sha256:" + "0" * 64


class Server(http.server.ThreadingHTTPServer):
    """Serves a folder on loopback and counts what is got."""

    def __init__(self, folder):
        self.got: list[str] = []
        self.stalls = ""
        self.go_on = threading.Event()
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        self.server.got.append(self.path)
        if self.path == self.server.stalls:
            self.stall()
        else:
            super().do_GET()

    def stall(self):
        """Send half of the file, and nothing more until told to."""
        whole = self.send_head().read()
        self.wfile.write(whole[: len(whole) // 2])
        self.wfile.flush()
        self.server.go_on.wait(60)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def s3_server(folder):
    import boto3
    from moto.server import ThreadedMotoServer

    running = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1",
                          aws_access_key_id="me", aws_secret_access_key=SECRET)  # fmt: skip
    client.create_bucket(Bucket="bucket")
    for path in folder.iterdir():
        client.upload_file(str(path), "bucket", f"cohort/{path.name}")
    try:
        yield {"SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": endpoint,
               "SNAKEMAKE_STORAGE_S3_ACCESS_KEY": "me",
               "SNAKEMAKE_STORAGE_S3_SECRET_KEY": SECRET}  # fmt: skip
    finally:
        running.stop()


@contextlib.contextmanager
def gs_server(folder, monkeypatch):
    from gcp_storage_emulator.server import create_server
    from google.cloud import storage

    running = create_server("127.0.0.1", 0, in_memory=True, default_bucket="bucket")
    running.start()
    port = running._api._httpd.server_port
    environment = {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}",
                   "SNAKEMAKE_STORAGE_GCS_PROJECT": "project"}  # fmt: skip
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", environment["STORAGE_EMULATOR_HOST"])
    client = storage.Client(project="project")
    for path in folder.iterdir():
        client.bucket("bucket").blob(f"cohort/{path.name}").upload_from_filename(str(path))
    try:
        yield environment
    finally:
        running.stop()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A sheet and a count matrix to serve, and a sheet with a sample twice."""
    folder = tmp_path_factory.mktemp("served")
    frame = load_genes("human").frame
    genes = frame.loc[frame["biotype"] == "protein_coding", "symbol"].drop_duplicates()[:300]
    names = [f"s{number}" for number in range(6)]
    pd.DataFrame(10, genes, names).to_csv(folder / "counts.tsv.gz", sep="\t")
    sheet = pd.DataFrame({"sample": names, "patient": names, "assay": "bulk", "tissue": "tumor"})
    sheet.to_csv(folder / "sheet.csv", index=False)
    text = (folder / "sheet.csv").read_text()
    (folder / "doubled.csv").write_text(f"{text}s0,s0,bulk,tumor\n")
    (folder / "large.tsv.gz").write_bytes(hashlib.shake_256(b"large").digest(2_000_000))
    return folder


@pytest.fixture(scope="module")
def server(data):
    running = Server(data)
    yield running
    running.shutdown()


def add_cohort(work, name, address, sheet="sheet.csv", counts="counts.tsv.gz", checksums=None):
    cohort = {"title": "Remote", "species": "human", "samples": {"table": f"{address}/{sheet}"},
              "bulk": {"matrices": [{"path": f"{address}/{counts}"}]}}  # fmt: skip
    if checksums:
        cohort["checksums"] = {f"{address}/{file}": digest for file, digest in checksums.items()}
    (work.folder / f"config/cohorts/{name}.yaml").write_text(yaml.safe_dump(cohort))


def cohorts(*names):
    """Arguments that make these the cohorts of a run."""
    return "--config", f"cohorts={json.dumps([f'config/cohorts/{name}.yaml' for name in names])}"


def digest(path, kind="sha256"):
    return f"{kind}:{hashlib.file_digest(path.open('rb'), kind).hexdigest()}"


PLACES = ("http", "ftp", "s3", "gs")
ASKED_OF_EACH = ("good", "wrong", "missing")


@pytest.fixture(scope="module")
def fetched(tmp_path_factory, new_workspace, server, data):
    """One run: from each server a cohort that is right, one that is changed, one that is not there.

    A job of this rule is another start of Snakemake; here they are threads, in the next run not.
    """
    work = new_workspace(tmp_path_factory.mktemp("fetched") / "work")
    right = {"sheet.csv": digest(data / "sheet.csv"),
             "counts.tsv.gz": digest(data / "counts.tsv.gz", "md5")}  # fmt: skip
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        places = {"http": server.address, "ftp": stack.enter_context(ftp_server(data)),
                  "s3": "s3://bucket/cohort", "gs": "gs://bucket/cohort"}  # fmt: skip
        environment = stack.enter_context(s3_server(data))
        environment |= stack.enter_context(gs_server(data, patch))
        for name, value in environment.items():
            patch.setenv(name, value)
        for place, address in places.items():
            add_cohort(work, f"{place}_good", address, checksums=right)
            add_cohort(work, f"{place}_wrong", address, checksums=right | {"sheet.csv": WRONG})
            add_cohort(work, f"{place}_missing", address, counts="nothing.tsv.gz")
        add_cohort(work, "doubled", server.address, sheet="doubled.csv")
        names = [f"{place}_{what}" for place in PLACES for what in ASKED_OF_EACH]
        done = work.snakemake(
            "--force-use-threads", "--keep-going", *cohorts(*names, "doubled"), "--",
            "fetch", "results/http_good/bulk/counts.h5ad", check=False,
        )  # fmt: skip
    assert done.returncode != 0
    return work, places, done.stdout + done.stderr


def copies(work, cohort, file):
    return list((work.folder / f"data/{cohort}").rglob(f"*{file}*"))


@pytest.mark.parametrize("place", PLACES)
def test_inputs_are_fetched_and_verified(fetched, data, place):
    work, _, _ = fetched
    for file in ("sheet.csv", "counts.tsv.gz"):
        (copy,) = copies(work, f"{place}_good", file)
        assert copy.name == file
        assert copy.read_bytes() == (data / file).read_bytes()


def test_nothing_is_asked_of_the_network_to_plan_and_what_is_here_is_not_fetched_again(
    fetched, server
):
    work, _, _ = fetched
    add_cohort(work, "far", "https://nowhere.invalid/data")
    target = "results/http_good/bulk/counts.h5ad"
    (work.folder / target).unlink()
    before = list(server.got)
    assert before.count("/counts.tsv.gz") == 3
    planned = work.planned(*cohorts("http_good", "far"), "--", target, "results/far/report.html")
    assert planned["bulk_matrix"] == 2
    assert planned["fetch_file"] == 2, "those of the cohort that is far"
    assert server.got == before


@pytest.mark.parametrize("place", PLACES)
def test_a_wrong_checksum_is_refused_once_and_the_copy_removed(fetched, data, place):
    work, places, text = fetched
    assert text.count(f"{places[place]}/sheet.csv: checksum") == 1
    assert f"found     {digest(data / 'sheet.csv')}" in text
    assert f"expected  {WRONG}" in text
    assert copies(work, f"{place}_wrong", "sheet.csv") == []
    assert copies(work, f"{place}_wrong", "counts.tsv.gz")
    (log,) = (work.folder / f"logs/{place}_wrong/fetch").rglob("sheet.csv.log")
    assert f"expected  {WRONG}" in log.read_text()


@pytest.mark.parametrize("place", PLACES)
def test_a_missing_file_is_not_taken_for_its_error_page(fetched, place):
    work, places, text = fetched
    assert f"{places[place]}/nothing.tsv.gz\n      found     no such file" in text
    assert copies(work, f"{place}_missing", "nothing.tsv.gz") == []
    assert copies(work, f"{place}_missing", "sheet.csv")


def test_fetched_tables_are_checked_before_anything_computes(fetched):
    work, _, _ = fetched
    done = work.snakemake("--dry-run", *cohorts("doubled"), check=False)
    assert done.returncode != 0
    assert re.search(r"doubled.csv: row 8, column sample", done.stdout + done.stderr)


def test_credentials_are_nowhere(fetched):
    work, _, text = fetched
    assert SECRET not in text
    files = [path for path in work.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(".snakemake/log" in str(path) for path in files)
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


@pytest.mark.slow
def test_a_run_killed_while_it_fetches_is_taken_up_again(workspace, server, data):
    """Killed at half of a file: that half is not taken for it, and what was whole is kept."""
    work = workspace()
    add_cohort(work, "far", server.address, counts="large.tsv.gz")
    server.got.clear()
    server.stalls = "/large.tsv.gz"
    fetch = ["--force-use-threads", *cohorts("far"), "--", "fetch"]
    command = [sys.executable, "-m", "snakemake", "--snakefile", work.checkout / "Snakefile"]
    running = subprocess.Popen(
        [*command, "--cores", "2", *fetch], cwd=work.folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: [path.name for path in copies(work, "far", "sheet")] == ["sheet.csv"])
        wait_for(lambda: any(path.stat().st_size for path in copies(work, "far", "large")))
    finally:
        running.kill()
        running.wait()
        server.stalls = ""
        server.go_on.set()
    (part,) = copies(work, "far", "large.tsv.gz")
    assert part.name.startswith(".partial-")

    locked = work.snakemake(*fetch, check=False)
    assert "--unlock" in locked.stdout + locked.stderr
    work.snakemake("--unlock", *cohorts("far"))
    work.snakemake(*fetch)
    (copy,) = copies(work, "far", "large.tsv.gz")
    assert copy.read_bytes() == (data / copy.name).read_bytes()
    assert server.got.count("/sheet.csv") == 1


def wait_for(true, seconds=120):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)
