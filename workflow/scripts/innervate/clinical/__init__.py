"""Clinical tables, pain, and how they go with the circuit."""
