"""Pages of the room `dossier`."""
