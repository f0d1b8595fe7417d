"""A real Slurm of one node on this machine, for as long as the tests need it."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel")
INSTALLED = Path("/etc/slurm/slurm.conf")
"""Where Slurm's programs look; jobs run without SLURM_CONF, so it cannot be told to them."""

CONFIG = """\
ClusterName=innervate
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
# Without systemd and control groups, as in a container.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
# Memory is watched each second, and a job that takes more than it asked for is killed.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
KillWait=2
AccountingStorageType=accounting_storage/none
# Ended jobs stay to be seen.
MinJobAge=43200
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,batch_sched_delay=0,bf_interval=5
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# More than the machine has: jobs ask for what real data need, and these are small.
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} CoresPerSocket={cpus} RealMemory={memory}
PartitionName=debug Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@dataclass(frozen=True)
class SlurmJob:
    """A job as Slurm's controller remembers it."""

    number: int
    rule: str
    state: str
    cpus: int
    memory_mb: int
    minutes: int


@dataclass
class OneNodeSlurm:
    """Munge, Slurm's controller and one node, all in a folder of their own."""

    folder: Path

    @property
    def config(self) -> Path:
        """Slurm's own configuration file."""
        return self.folder / "slurm.conf"

    def start(self, cpus: int, memory: int) -> None:
        """Start all, and wait until the node takes jobs."""
        host = socket.gethostname().split(".")[0]
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        ports = {"controller_port": _free_port(), "node_port": _free_port()}
        self.config.write_text(
            CONFIG.format(folder=self.folder, host=host, cpus=cpus, memory=memory, **ports)
        )
        INSTALLED.parent.mkdir(exist_ok=True)
        INSTALLED.symlink_to(self.config)
        key = self.folder / "munge.key"
        key.touch(mode=0o400)
        key.write_bytes(secrets.token_bytes(1024))
        munge = {
            "socket": "socket", "key-file": "key", "seed-file": "seed",
            "log-file": "log", "pid-file": "pid",
        }  # fmt: skip
        files = [f"--{name}={self.folder}/munge.{ending}" for name, ending in munge.items()]
        _call("munged", "--force", *files)
        self.start_controller()
        _call("slurmd", "-f", self.config, "-N", host)
        ready = partial(_call, "sinfo", "--noheader", "--format=%T", check=False)
        _wait_until(lambda: "idle" in ready(), 60)

    def start_controller(self) -> None:
        """Start the controller, which takes up the jobs that an earlier one left."""
        _call("slurmctld", "-f", self.config)

    def stop_controller(self) -> None:
        """End the controller as a restart of its service does; jobs go on."""
        _end(self.folder / "slurmctld.pid")

    def stop(self) -> None:
        """Cancel all jobs and end all that was started."""
        _call("scancel", "--user=root", check=False)
        with contextlib.suppress(AssertionError):
            _wait_until(lambda: not _call("squeue", "--noheader", check=False), 10)
        for name in ("slurmd", "slurmctld", "munge"):
            _end(self.folder / f"{name}.pid")
        if INSTALLED.is_symlink() and INSTALLED.readlink() == self.config:
            INSTALLED.unlink()

    def jobs(self) -> list[SlurmJob]:
        """All jobs so far, in the order of submission; none where the controller is down."""
        columns = ["JobID", "Comment", "State", "NumCPUs", "MinMemory", "TimeLimit"]
        form = ",".join(f"{column}:;" for column in columns)
        lines = _call("squeue", "--states=all", "--noheader", f"--Format={form}", check=False)
        return sorted((_job(line) for line in lines.splitlines()), key=lambda job: job.number)

    def cancel(self, job: SlurmJob) -> None:
        """Cancel a job as a user or an administrator would."""
        _call("scancel", str(job.number))


def _job(line: str) -> SlurmJob:
    number, comment, state, cpus, memory, limit, _ = line.split(";")
    days, _, clock = limit.rpartition("-")
    hours, minutes, _ = f"0:{clock}".split(":")[-3:]
    return SlurmJob(
        int(number),
        comment.removeprefix("rule_").replace("_wildcards_", " "),
        state,
        int(cpus),
        int(memory.removesuffix("M")) if memory.endswith("M") else int(memory[:-1]) * 1024,
        (int(days or 0) * 24 + int(hours)) * 60 + int(minutes),
    )


def _call(*command: object, check: bool = True) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)
    if check and done.returncode != 0:
        pytest.fail(f"{command}: {done.stderr}")
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until(condition, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "Slurm did not do as it was told"
        time.sleep(0.2)


def _end(pid_file: Path) -> None:
    if _lives(pid_file):
        os.kill(int(pid_file.read_text()), signal.SIGTERM)
        with contextlib.suppress(AssertionError):
            _wait_until(lambda: not _lives(pid_file), 10)


def _lives(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True


@pytest.fixture(scope="session")
def slurm() -> Iterator[OneNodeSlurm]:
    """Return a Slurm that runs, or skip where it cannot."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        pytest.skip(f"Slurm is not installed (no {missing[0]}; Debian: slurm-wlm and munge)")
    if os.geteuid() != 0:
        pytest.skip("a Slurm of one's own can be started by root only")
    if INSTALLED.is_symlink() and not _lives(INSTALLED.readlink().parent / "slurmctld.pid"):
        INSTALLED.unlink()  # of a session that was killed
    if INSTALLED.exists() or INSTALLED.is_symlink():
        pytest.skip(f"this machine has a Slurm already ({INSTALLED})")
    # Not in pytest's folder: the path of a socket may have 107 characters, and munge looks at the
    # permissions of every folder above.
    folder = Path(tempfile.mkdtemp(prefix="innervate-slurm-", dir="/tmp"))
    folder.chmod(0o755)
    cluster = OneNodeSlurm(folder)
    try:
        cluster.start(cpus=4, memory=64_000)
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
