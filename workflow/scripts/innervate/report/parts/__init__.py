"""Sections of the report: one module a topic, each function from the context to blocks."""
