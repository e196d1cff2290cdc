"""Sharing a total over cells under floors, caps, locks and fixed sums, exactly: the maths of every split.

``least_change`` finds real amounts by Newton's method on the dual; ``rounded`` makes them whole cents that keep every
sum; ``conflict`` names what cannot hold together. ``allocated`` is the three in one.
"""

from salesplan.allocation.margins import Margin, demand
from salesplan.allocation.raking import raked, scaled
from salesplan.allocation.sharing import allocated
from salesplan.allocation.solving import least_change

__all__ = ["Margin", "allocated", "demand", "least_change", "raked", "scaled"]
