"""Django's PostgreSQL backend with two habits more: `base.py`."""
