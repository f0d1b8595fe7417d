"""What a job's log ends with, tried on real processes: signals, full disks, files cut short."""

import gzip
import os
import shutil
import signal
import subprocess
import sys
import time

import anndata as ad
import numpy as np
import pytest

from innervate.runtime.log import DEFECT

SCRIPT = """
import sys, types
from innervate.runtime.log import run

def main(snakemake):
    {body}

run(main, types.SimpleNamespace(
    rule="some_rule", log=["job.log"], threads=1, input={input}, output={output},
    wildcards=types.SimpleNamespace(cohort="demo"), resources=types.SimpleNamespace(mem_mb=1500),
))
"""
OUTPUT = "results/demo/bulk/qc.tsv"


@pytest.fixture
def start(tmp_path, repo):
    """Return a function that starts a script of a rule; it says `ready` once its work begins."""

    def begin(body, inputs=(), output=OUTPUT, before=None):
        lines = body.strip().replace("\n", "\n    ")
        script = SCRIPT.format(body=lines, input=list(inputs), output=[output])
        (tmp_path / "script.py").write_text(script)
        (tmp_path / output).parent.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"PYTHONPATH": str(repo / "workflow/scripts")}
        return subprocess.Popen(
            [sys.executable, "script.py"], cwd=tmp_path, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=before,
        )  # fmt: skip

    return begin


@pytest.fixture
def log_of(start, tmp_path):
    """Return a function that runs a script to its end, and gives its log and its status."""

    def finish(body, inputs=(), output=OUTPUT, before=None):
        process = start(body, inputs, output, before)
        process.communicate(timeout=100)
        return (tmp_path / "job.log").read_text(), process.returncode

    return finish


def stop(process, number):
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.2)
    process.send_signal(number)
    process.communicate(timeout=30)


WAITS = "print('ready', flush=True)\nimport time\ntime.sleep(60)"
WORKS = "print('ready', flush=True)\nwhile True:\n    sum(range(1000))"


@pytest.mark.parametrize("body", [WAITS, WORKS], ids=["waits", "works"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGXCPU", "SIGUSR2"])
def test_a_job_that_is_stopped_says_so_last(start, tmp_path, name, body):
    number = signal.Signals[name]
    process = start(body)
    stop(process, number)
    # As if nobody had listened: whoever waits sees that a signal ended it.
    assert process.returncode == -number
    log = (tmp_path / "job.log").read_text()
    assert log.splitlines()[-1].startswith(f"[some_rule] stopped from outside by {name}")
    assert DEFECT not in log
    assert "Traceback" not in log


def test_a_job_that_is_stopped_from_the_keyboard_says_so(start, tmp_path):
    process = start(WAITS)
    stop(process, signal.SIGINT)
    assert process.returncode == 130
    log = (tmp_path / "job.log").read_text()
    assert "stopped from outside by SIGINT" in log
    assert "Traceback" not in log


def test_what_is_ignored_stays_ignored(start, tmp_path):
    body = "print('ready', flush=True)\nimport time\ntime.sleep(2)"
    process = start(body, before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    stop(process, signal.SIGHUP)
    assert process.returncode == 0
    assert "peak memory" in (tmp_path / "job.log").read_text()


def test_a_helping_process_that_is_killed_is_no_defect(log_of):
    body = (
        "import os, signal\n"
        "from innervate.runtime.processes import side_by_side\n"
        "side_by_side(lambda item: os.kill(os.getpid(), signal.SIGKILL), [1, 2, 3], 2)"
    )
    log, status = log_of(body)
    assert status == 1
    assert "killed from outside" in log
    assert "--set-resources some_rule:mem_mb=3000" in log
    assert "stopped from outside" not in log, "its siblings are stopped, the job is not"
    assert DEFECT not in log


@pytest.mark.parametrize(
    "body",
    [
        "with open('full', 'w') as handle:\n    handle.write('x')",
        "import anndata, numpy\nanndata.AnnData(numpy.ones((9, 9))).write_h5ad('full')",
        "import pandas\npandas.DataFrame({'a': [1]}).to_parquet('full')",
    ],
    ids=["text", "HDF5", "Parquet"],
)
def test_a_full_disk_is_named(log_of, tmp_path, body):
    # By a link: writers that remove what they failed to write would remove the device.
    (tmp_path / "full").symlink_to("/dev/full")
    log, status = log_of(body)
    assert status == 1
    assert "no space is left on the disk" in log
    assert "MB free in results/demo/bulk" in log
    assert DEFECT not in log
    assert "Traceback" not in log


def test_a_limit_of_file_sizes_is_named(log_of):
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    body = "with open('large', 'w') as handle:\n    handle.write('x' * 10**6)"
    log, _ = log_of(body, before=limit)
    assert "ulimit -f" in log
    assert DEFECT not in log


def test_too_little_memory_is_named(log_of):
    log, _ = log_of("import numpy\nnumpy.ones((10**8, 10**6))")
    assert "out of memory" in log
    assert "it has 1500 MB" in log
    assert DEFECT not in log


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_where_nothing_may_be_written_is_named(log_of, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    log, _ = log_of("open('closed/file', 'w')")
    assert "permission denied at closed/file" in log
    assert DEFECT not in log


def test_a_program_that_was_killed_is_no_defect(log_of):
    log, _ = log_of("import subprocess\nsubprocess.run(['sh', '-c', 'kill -9 $$'], check=True)")
    assert "a program that this job runs was stopped from outside by SIGKILL" in log
    assert DEFECT not in log


def write_gz(path):
    text = "gene\ts1\n" + "".join(f"G{n}\t{n * 7919 % 9973}\n" for n in range(20_000))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def write_h5ad(path):
    counts = np.random.default_rng(1).poisson(3, (200, 300)).astype(np.float32)
    ad.AnnData(counts).write_h5ad(path, compression="gzip")


def write_parquet(path):
    import pandas as pd

    pd.DataFrame({"a": range(1000)}).to_parquet(path)


def write_tsv(path):
    path.write_text("gene\ta\tb\n" + "G\t1\t2\n" * 10)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3 + 1])


READERS = {
    "table.tsv.gz": (write_gz, "import pandas\npandas.read_csv(snakemake.input[0])"),
    "cells.h5ad": (write_h5ad, "import anndata\nanndata.read_h5ad(snakemake.input[0])"),
    "cells.parquet": (write_parquet, "import pandas\npandas.read_parquet(snakemake.input[0])"),
    "qc.tsv": (
        write_tsv,
        "import pandas\npandas.read_csv(snakemake.input[0], sep='\\t')['b'].astype(int)",
    ),
}


@pytest.mark.parametrize("name", READERS)
def test_a_result_that_was_cut_short_is_to_be_deleted(log_of, tmp_path, name):
    write, body = READERS[name]
    path = tmp_path / "results/demo/single_cell" / name
    path.parent.mkdir(parents=True)
    write(path)
    cut(path)
    log, status = log_of(body, [f"results/demo/single_cell/{name}"])
    assert status == 1
    assert f"results/demo/single_cell/{name}: " in log
    assert "This workflow made it: delete it" in log
    assert DEFECT not in log
    assert "Traceback" not in log


def test_bytes_that_changed_inside_a_result_are_found(log_of, tmp_path):
    path = tmp_path / "results/demo/cells.h5ad"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_h5ad(path)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(2000)
    path.write_bytes(content)
    log, _ = log_of("import anndata\nanndata.read_h5ad(snakemake.input[0])", [
        "results/demo/cells.h5ad"])  # fmt: skip
    assert "results/demo/cells.h5ad: not readable" in log
    assert DEFECT not in log


def test_an_input_of_the_user_is_to_be_fetched_again_and_never_just_deleted(log_of, tmp_path):
    path = tmp_path / "data/demo/counts.tsv.gz"
    path.parent.mkdir(parents=True)
    write_gz(path)
    cut(path)
    body = "import pandas\npandas.read_csv(snakemake.input[0])"
    log, _ = log_of(body, ["data/demo/counts.tsv.gz"])
    assert "data/demo/counts.tsv.gz: cut short" in log
    assert "if it is yours, copy or download it again" in log
    assert "This workflow made it" not in log


def test_a_folder_that_vanished_is_named(log_of):
    body = f"import shutil\nshutil.rmtree('results/demo/bulk')\nopen('{OUTPUT}', 'w')"
    log, _ = log_of(body)
    assert "gone while this job wrote to it: results/demo/bulk" in log
    assert DEFECT not in log


def test_a_file_that_vanished_is_named(log_of):
    log, _ = log_of("open(snakemake.input[0])", ["results/demo/gone.tsv"])
    assert "gone since the run began: results/demo/gone.tsv" in log
    assert DEFECT not in log


@pytest.mark.parametrize(
    "body",
    [
        "{}['key']",
        "open('nowhere/else')",
        "b'\\xff'.decode()",
        "raise ValueError('full of errors: no space')",
        "import subprocess\nsubprocess.run(['false'], check=True)",
    ],
)
def test_what_nothing_outside_explains_is_a_defect(log_of, tmp_path, body):
    path = tmp_path / "data/whole.tsv.gz"
    path.parent.mkdir()
    write_gz(path)
    log, status = log_of(body, ["data/whole.tsv.gz"])
    assert status == 1
    assert DEFECT in log
    assert "Traceback" in log


def test_a_problem_of_the_input_is_shown_alone(log_of):
    body = "from innervate.runtime.errors import InnervateError\nraise InnervateError('so it is')"
    log, status = log_of(body)
    assert (log, status) == ("[some_rule] so it is\n", 1)


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_the_command_line_names_a_file_that_was_cut_short(tmp_path, repo):
    folder = tmp_path / "data"
    folder.mkdir()
    write_gz(folder / "counts.tsv.gz")
    cut(folder / "counts.tsv.gz")
    command = [sys.executable, "-m", "innervate", "cohort", "new", str(folder), "--name", "c"]
    environment = os.environ | {"PYTHONPATH": str(repo / "workflow/scripts")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "counts.tsv.gz" in done.stderr
    assert "cut short" in done.stderr
    assert "Traceback" not in done.stderr
