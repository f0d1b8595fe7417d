"""From new data to a cohort file, and from a cohort file to what it can measure."""
