"""Real amounts that keep every sum and change least, by Newton's method on the dual."""

from __future__ import annotations

__all__ = ["least_change"]

import numpy as np
from scipy import linalg, sparse
from threadpoolctl import threadpool_limits

from salesplan.allocation.margins import Problem

_STEPS, _PULLS, _TRIES = 200, 60, 60
_FLAT, _STEEP = 0.1, 0.5  # of the slope at the start: near enough to the top; worth going further for
_EXACT = 1e-11  # of the total, by which a sum may be off
_LOOSE = 1e3  # how much more willingly a sum moves within its ends than its cells do
_RIDGE = 1e-5  # of a group's size: what keeps sums that depend on one another apart
_DENSE = 3000  # groups up to which Newton's equations are solved as a full matrix


def least_change(
    start: np.ndarray, problem: Problem, *, floor: np.ndarray | None = None, cap: np.ndarray | None = None
) -> np.ndarray | None:
    """Which amounts x keep every sum and bound, with Σ(x − start)²/start smallest? None where none were found.

    start [any scale; not negative, and a cell that starts at nought stays at its floor]. floor, cap: of each cell;
    nought and none where not given. The dual has one unknown a sum and is solved by semismooth Newton steps (Qi & Sun
    1993); a sum with two ends is a variable of its own, pulled towards where it stood until it rests (proximal point,
    Rockafellar 1976), so that the ends hold exactly.
    """
    total = float(problem.total)
    unit = max(total, 1.0) / max(len(start), 1)
    size = start / start.sum() * len(start) if start.sum() > 0 else np.zeros(len(start))
    bounds = tuple(
        np.full(len(start), fill) if given is None else np.asarray(given, float) / unit
        for given, fill in ((floor, 0.0), (cap, np.inf))
    )
    solver = _Dual(problem.rows, problem.low / unit, problem.high / unit, size=size, bounds=bounds)
    with threadpool_limits(1):
        found = solver.solved()
    return None if found is None else found * unit


class _Dual:
    """min ½Σ(x − a)²/a so that the sums s = Ax lie within their ends and x within its own.

    No amounts change by more than ``most``: a dual beyond it proves that nothing fits.
    """

    def __init__(
        self,
        rows: sparse.csr_array,
        low: np.ndarray,
        high: np.ndarray,
        *,
        size: np.ndarray,
        bounds: tuple[np.ndarray, ...],
    ) -> None:
        self.rows, self.columns, self.low, self.high = rows, rows.T.tocsr(), low, high
        floor, cap = bounds
        self.size, self.floor, self.cap = size, floor, cap
        self.whole = np.maximum(rows @ size, 1.0)
        self.loose = np.where(low < high, _LOOSE * self.whole, 0.0)
        self.center = np.clip(rows @ size, low, high)
        farthest = np.maximum(np.minimum(cap, len(size)), size) if len(size) else cap
        far = np.where(self.center - low > high - self.center, low, high)
        self.most = 2 * (self._value(farthest, far) + self._value(np.zeros(len(size)), far) + 1)

    def solved(self) -> np.ndarray | None:
        pull = np.zeros(len(self.low))
        for _ in range(_PULLS):
            found = self._newton(pull)
            if found is None:
                return None
            x, sums, pull = found
            moved = np.abs(sums - self.center).max()
            self.center = sums
            if moved <= _EXACT * len(self.size):
                return x
        return x

    def _at(self, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Amounts, sums and what they differ by at these multipliers: the dual's slope."""
        x = np.clip(self.size * (1 + self.columns @ pull), self.floor, self.cap)
        sums = np.clip(self.center - self.loose * pull, self.low, self.high)
        return x, sums, sums - self.rows @ x

    def _newton(self, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        x, sums, gap = self._at(pull)
        for _ in range(_STEPS):
            if np.abs(gap).max() <= _EXACT * len(self.size):
                return x, sums, pull
            step = self._step(pull, gap)
            pull = pull + self._length(pull, step) * step
            x, sums, gap = self._at(pull)
            if self._value(x, sums) + float(pull @ gap) > self.most:
                return None
        return None

    def _value(self, x: np.ndarray, sums: np.ndarray) -> float:
        change = np.divide((x - self.size) ** 2, self.size, out=np.zeros_like(x), where=self.size > 0)
        lean = np.divide((sums - self.center) ** 2, self.loose, out=np.zeros_like(sums), where=self.loose > 0)
        return float(change.sum() + lean.sum()) / 2

    def _length(self, pull: np.ndarray, step: np.ndarray) -> float:
        """How far to go: where the dual, which is concave along the step, no longer rises."""
        rise = float(self._at(pull)[2] @ step)
        low, high, length = 0.0, np.inf, 1.0
        for _ in range(_TRIES):
            slope = float(self._at(pull + length * step)[2] @ step)
            if abs(slope) <= _FLAT * rise:
                return length
            low, high = (length, high) if slope > 0 else (low, length)
            if slope > 0 and length == 1.0 and np.isinf(high) and slope <= _STEEP * rise:
                return length
            length = low * 4 if np.isinf(high) else (low + high) / 2
        return low or length

    def _step(self, pull: np.ndarray, gap: np.ndarray) -> np.ndarray:
        """Newton's step: cells and sums at a bound do not answer; where none does, as if all did."""
        wanted, leant = self.size * (1 + self.columns @ pull), self.center - self.loose * pull
        free = np.where((wanted > self.floor) & (wanted < self.cap), self.size, 0.0)
        slack = np.where((leant > self.low) & (leant < self.high), self.loose, 0.0)
        answer = self.rows.multiply(free[None, :]).tocsr() @ self.columns
        still = answer.diagonal() + slack <= _RIDGE * self.whole
        matrix = answer + sparse.diags_array(slack + np.where(still, self.whole, _RIDGE * self.whole))
        if len(gap) > _DENSE:
            return np.asarray(sparse.linalg.spsolve(matrix.tocsc(), gap))
        return np.asarray(linalg.solve(matrix.toarray(), gap, assume_a="pos"))
