"""The append-only record of what was done, the read log, and the outbox, written in the caller's transaction.

The format of entries, tree, map, heads and bundles is in docs/bundle-format.md.
"""
