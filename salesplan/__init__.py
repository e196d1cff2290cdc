"""A sales planning workbook: what happened, what to aim for, which moves, who does what by when."""

__version__ = "0.1.0"
