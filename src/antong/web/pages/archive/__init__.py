"""Pages of the room `org`."""
