"""The independent custody watch: its own SQL over three read-only views, and the alarms that come of it.

It imports nothing of `law`, `flow`, `cases` or `custody`: what is wrong there cannot be wrong here for the same reason.
"""
