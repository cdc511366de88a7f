"""A file for each kind of stack: what stands in it, in which order."""
