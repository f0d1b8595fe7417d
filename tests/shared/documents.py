"""The Markdown documents of the repository."""

import subprocess
from pathlib import Path


def documents(root: Path) -> list[Path]:
    """Every Markdown file that git knows or would take up.

    Parameters
    ----------
    root
        Of the repository.
    """
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    paths = sorted({root / name for name in listed.stdout.splitlines()})
    return [path for path in paths if path.is_file()]
