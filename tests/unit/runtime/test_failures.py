"""What each kind of failure is told as, and which are defects."""

import errno
import os
import subprocess
from concurrent.futures.process import BrokenProcessPool

import pytest

from innervate.runtime.errors import InnervateError
from innervate.runtime.failures import Job, explain

JOB = Job("some_rule", ["data/in.txt"], ["results/demo/out.tsv"], "demo", 2000)


def system(number, name=None):
    return OSError(number, os.strerror(number), name)


def said_by_hdf5(number):
    return RuntimeError(f"Can't close (file write failed: errno = {number}, error message = 'x')")


def read_only():
    try:
        raise system(errno.EROFS, "logs/x")
    except OSError as error:
        raise ValueError("could not write") from error


def full_while_cleaning():
    try:
        raise system(errno.ENOSPC)
    finally:
        raise KeyError("what the cleaning stumbled over")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "out of memory"),
        (system(errno.ENOMEM), "--set-resources some_rule:mem_mb=4000"),
        (BrokenProcessPool("terminated abruptly"), "killed from outside"),
        (subprocess.CalledProcessError(137, ["tool"]), "stopped from outside by SIGKILL"),
        (system(errno.ENOSPC, "a/b"), "no space is left on the disk, or a quota is used up at a/b"),
        (system(errno.EDQUOT), "quota is used up"),
        (said_by_hdf5(28), "no space is left on the disk"),
        (said_by_hdf5(27), "ulimit -f"),
        (system(errno.EACCES, "closed/file"), "permission denied at closed/file"),
        (system(errno.EROFS, "a"), "read-only"),
        (system(errno.EIO, "a"), "the file system failed at a"),
        (system(errno.ESTALE), "the file system failed"),
        (system(errno.EMFILE), "ulimit -n"),
        (TimeoutError(), "no answer in time"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "no answer in time"),
        (BlockingIOError(errno.EAGAIN, "Unable to lock file"), "HDF5_USE_FILE_LOCKING"),
        (BlockingIOError(errno.EAGAIN, "fork"), "ulimit -u"),
        (RuntimeError("can't start new thread"), "ulimit -u"),
        (EOFError("ended early"), "cut short or damaged, of data/in.txt"),
    ],
)
def test_what_happened_outside_is_said(error, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = explain(error, JOB)
    assert said in text
    assert "run the same command again" in text.splitlines()[-1]


@pytest.mark.parametrize("fail", [read_only, full_while_cleaning])
def test_what_an_error_comes_from_counts(fail):
    with pytest.raises((ValueError, KeyError)) as caught:
        fail()
    assert explain(caught.value, JOB)


@pytest.mark.parametrize(
    "error",
    [
        KeyError("x"),
        ValueError("errno = 28"),
        system(errno.ENOENT, "nowhere"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
        subprocess.CalledProcessError(1, ["tool"]),
        OSError("Can't read data (src and dest dataspaces have different sizes)"),
        RuntimeError("no"),
    ],
)
def test_other_errors_stay_defects(error, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/in.txt").write_text("whole\n")
    (tmp_path / "results/demo").mkdir(parents=True)
    assert explain(error, JOB) == ""
    assert explain(error) == ""


def other_file():
    try:
        raise system(errno.ETIMEDOUT)
    except OSError as error:
        raise InnervateError("the server sends another file") from error


def test_what_says_itself_what_is_wrong_is_not_said_anew():
    with pytest.raises(InnervateError) as caught:
        other_file()
    assert explain(caught.value, JOB) == ""


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("results/demo/circuit/nodes.tsv", "This workflow made it: delete it"),
        ("data/demo/fetched/counts.tsv", "This workflow made it: delete it"),
        ("demo/counts.tsv", "if it is yours"),
        ("results/other/nodes.tsv", "if it is yours"),
    ],
)
def test_only_what_the_workflow_made_is_to_be_deleted(path, advice, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_bytes("Köln\n".encode("latin-1"))
    job = Job("some_rule", [path], ["results/demo/clinical/out.tsv"], "demo")
    with pytest.raises(UnicodeDecodeError) as caught:
        file.read_text(encoding="utf-8")
    text = explain(caught.value, job)
    assert f"{path}: no UTF-8 text" in text
    assert advice in text
