"""Hand-overs between units and the obligations they open: one engine, flows are data from `catalog`."""
