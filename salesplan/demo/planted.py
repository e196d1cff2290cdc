"""Who and what is planted in the made-up company: the lost account, the diverter, the stuffers, the launch."""

from __future__ import annotations

__all__ = ["DIVERTER", "LAUNCH", "LAUNCH_DAY", "LOST_ACCOUNT", "LOST_ON", "SIBLING", "STUFFERS"]

import datetime as dt

SIBLING, LAUNCH = "K03", "K18"
LAUNCH_DAY = dt.date(2024, 9, 1)
LOST_ACCOUNT = "C0007"
LOST_ON = dt.date(2025, 5, 28)
DIVERTER = "C0103"
STUFFERS = tuple(f"C{n:04d}" for n in range(120, 200))
