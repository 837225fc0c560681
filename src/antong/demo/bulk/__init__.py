"""A house of a million cases: a few carried through the actions, the others written from them by COPY.

Nothing of a copy is made up but who it is about and when: every row is one that the product wrote, and every digest,
commitment, chain, leaf and node is computed anew, so that readers, audit and the offline verifier find nothing amiss.

* `carrying` carries the models, `template` reads one as text with marks in the place of what is its own,
* `variant` moves a model to another county and day and turns it into text to be filled in,
* `writing` fills it in, a chunk of cases at a time, in processes of its own, `plan` says which cases there are,
* `run` does all of it in order.
"""
