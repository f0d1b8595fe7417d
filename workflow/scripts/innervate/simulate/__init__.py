"""Cohorts with a known circuit in them: the demo, the tests, the calibration."""
