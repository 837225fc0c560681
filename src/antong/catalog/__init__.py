"""Flows, documents, the dossier catalogue and code tables as data: schema, loader, checker. No tables, no rules."""
