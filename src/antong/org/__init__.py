"""Agencies, units, posts, A/B duties, rosters, people, permissions, and the notices between them."""
