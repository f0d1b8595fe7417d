"""M1-like and M2-like states of macrophages, in samples and in cells."""
