"""Pages of the room `flow`."""
