"""What auditors ask: who can read what, why, why not, and what a change gives and takes. Pure."""
