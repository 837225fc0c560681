"""The demonstration: a model prefecture, its papers, and a case carried through every agency. All of it fictional."""
