"""How passwords are hashed."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane.

    Django's own setting takes 100 MiB and eight lanes a sign-in: a few people signing in at once would take a
    web worker beyond its 300 MB, and planting the demonstration's logins would take seconds. Guessing online is
    stopped by the pauses of sign-in.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
