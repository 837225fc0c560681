"""Pure functions from facts to decisions, each with its articles and its derivation.

Public modules: `articles`, `calendar`, `identity`, `timelimit`. No Django, no clock, no I/O
beyond the package's own data.
"""
