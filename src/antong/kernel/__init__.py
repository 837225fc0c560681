"""The floor of the house: ids, actors, times, refusals. Standard library only, at most ten files."""
