# The Python package that rules and scripts import: beside them, or in a checkout that is made here
# where Snakemake reads this workflow file by file from GitHub or GitLab, as snakedeploy sets it up.
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
