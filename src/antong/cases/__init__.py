"""The case, its parties, measures, numbers, sheet, limits, and the grants that say which unit may see it.

Hand-overs and the electronic file live in rooms above and are known here only by their ids.
"""
