# The Python package that rules and scripts import: beside them, or in a checkout that is made here
# where Snakemake reads this workflow file by file from GitHub or GitLab, as snakedeploy sets it up.
import contextlib
import os
import sys
import tempfile


def package_folder():
    """The folder to import from, put where scripts of jobs find it as well."""
    rules = workflow.current_basedir
    beside = Path(rules.get_path_or_uri(secret_free=True)).parent / "scripts"
    if beside.is_dir():
        return beside
    try:
        repository = rules.hosted_repo.repo
    except AttributeError:
        raise WorkflowError(
            f"{rules}: clone the repository, and name the clone's Snakefile"
        ) from None
    commit = repository.commit(rules.ref).hexsha
    checkout = Path(".snakemake/innervate").absolute() / commit
    if not checkout.is_dir():
        checkout.parent.mkdir(parents=True, exist_ok=True)
        partial = tempfile.mkdtemp(dir=checkout.parent)
        repository.clone(partial).git.checkout("--detach", commit)
        os.rename(partial, checkout)
    scripts = checkout / "workflow/scripts"
    others = filter(None, [os.environ.get("PYTHONPATH")])
    os.environ.update(PYTHONPATH=os.pathsep.join(dict.fromkeys([str(scripts), *others])))
    return scripts


sys.path.insert(0, str(package_folder()))


def forget_when_scripts_were_written(folder):
    """Set the scripts' modification times to a fixed day.

    Snakemake reruns each job whose script is newer than its output, so that results copied beside
    a new clone would all be computed again. The params of each rule hold a digest of what its
    script says, which is what matters.
    """
    day = 946_684_800  # 2000-01-01, as archives cannot hold times before 1980
    for script in Path(folder).glob("*.py"):
        # Who may not change a shared checkout did not make it anew either.
        with contextlib.suppress(PermissionError):
            if script.stat().st_mtime != day:
                os.utime(script, (day, day))


if workflow.is_main_process:
    forget_when_scripts_were_written(sys.path[0])
