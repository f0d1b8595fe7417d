"""From data that are new to a cohort file, and from a cohort file to what it can tell."""
