"""Django's PostgreSQL with instants read by psycopg's compiled loader."""
