"""Django's PostgreSQL backend with one habit more: `base.py`."""
