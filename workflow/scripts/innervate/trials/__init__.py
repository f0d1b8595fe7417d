"""Agents known for the nodes, and trials in patients who meet a rule."""
