"""What the clinical tests share: a clinical table and what is declared of it."""

import pytest

from innervate.config.cohort import Cohort


@pytest.fixture
def declare(tmp_path):
    """Return a function that writes a clinical table and declares columns of it."""

    def make(text, **clinical):
        path = tmp_path / "clinical.tsv"
        path.write_text(text)
        spec = {"table": str(path), "patient": "id", **clinical}
        data = {"title": "", "species": "human", "samples": {"table": "none"}, "clinical": spec}
        return Cohort.model_validate(data)

    return make
