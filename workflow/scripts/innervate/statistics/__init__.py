"""Statistics without files and without config: arrays in, numbers out."""
