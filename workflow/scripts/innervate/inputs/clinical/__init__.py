"""The clinical table and repeated visits, read as the cohort file declares them."""
