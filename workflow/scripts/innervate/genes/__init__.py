"""Gene identifiers, orthologs and gene sets."""
