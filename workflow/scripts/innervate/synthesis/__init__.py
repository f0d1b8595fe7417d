"""Several cohorts as one."""
