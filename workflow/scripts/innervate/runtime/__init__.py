"""What every stage stands on: files, contracts, log, errors, digests, provenance."""
