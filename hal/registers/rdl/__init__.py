"""SystemRDL compiler: source text in, one canonical JSON description of every register out."""
