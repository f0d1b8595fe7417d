"""Figures of the report: one module a topic, each function from tidy tables to a `Chart`."""
