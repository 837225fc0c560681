"""Pages of those held: the board of a place of custody, one person, and the alarms of the watch."""
