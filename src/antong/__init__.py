"""案通 Antong: one electronic file for every agency that handles a criminal case."""
