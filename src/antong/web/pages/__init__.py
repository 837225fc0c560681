"""Pages, split by the room they show: parse, access, action or selector, render. No rule, no table."""
