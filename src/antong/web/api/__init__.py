"""The interface for agencies' own systems: the same actions and selectors as the pages, no rule of its own."""
