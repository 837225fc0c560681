"""Pages for people. Parses, asks `access`, calls one action or selector, renders. No rule lives here."""
