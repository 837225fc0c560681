"""Who is held where, since when, on which paper, and until when the place was told: the bodily fact.

What the law holds somebody on are the measures and limits of `cases`; nothing of that is kept here a second time.
"""
