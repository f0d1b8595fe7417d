"""From FASTQ files to counts: what the external tools leave to be checked, joined and reported."""
