"""Checks a bundle of 案通 offline. Shares no code with the platform; depends on `cryptography` alone."""

from __future__ import annotations

from antong_verify.check import Report, verify

__all__ = ["Report", "verify"]
