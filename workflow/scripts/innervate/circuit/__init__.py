"""The circuit in patients."""
