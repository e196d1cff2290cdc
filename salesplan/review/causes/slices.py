"""All slices of the business up to three dimensions deep, and how far leaves pull each away from the rest."""

from __future__ import annotations

__all__ = ["Pulls", "Slices", "pulls_of", "slices_of"]

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from salesplan.words import scope_of

_DEEPEST = 3
_TINY = 1e-12  # a variance that is none


@dataclass(frozen=True)
class Slices:
    """Which leaves lie in each slice (slices × leaves, ones), and what the slices are called ("region=EC, …")."""

    matrix: csr_matrix
    labels: list[str]

    @cached_property
    def depths(self) -> np.ndarray:
        """How many dimensions each slice names."""
        return np.array([len(scope_of(label)) for label in self.labels])

    def sums(self, values: np.ndarray) -> np.ndarray:
        """The sum of leaf values in every slice; values may be leaves or leaves × cases."""
        return np.asarray(self.matrix @ values)

    def inside(self, place: int) -> np.ndarray:
        """Which leaves lie in the slice at this place?"""
        return np.asarray(self.matrix[[place]].toarray()[0] > 0)


@dataclass(frozen=True)
class Pulls:
    """How far leaves pull each slice away from all others, once what members do as wholes is taken out.

    Weighted sums of deviations, by the inverse of their covariance: each leaf errs on its own, 1 ÷ weight, and with
    every member it belongs to (Woodbury's identity). members: which leaves are whose (leaves × members); hold: the
    inverse of what the members' effects are held by.
    """

    slices: Slices
    weights: np.ndarray
    members: np.ndarray
    hold: np.ndarray

    def cleared(self, values: np.ndarray) -> np.ndarray:
        """Values (leaves or leaves × cases) times the inverse of the covariance of what leaves do by chance."""
        weighted = (self.weights * values.T).T
        return np.asarray(weighted - ((self.weights * self.members.T).T @ (self.hold @ (self.members.T @ weighted))))

    def sums(self, deviations: np.ndarray) -> np.ndarray:
        """The pull on every slice; deviations may be leaves or leaves × cases."""
        return self.slices.sums(self.cleared(deviations))

    @cached_property
    def variances(self) -> np.ndarray:
        """Of these sums, where nothing but noise is; their deviation, over this, is how far the slice moved."""
        within = self.slices.sums((self.weights * self.members.T).T)
        return self.slices.sums(self.weights) - ((within @ self.hold) * within).sum(axis=1)


def slices_of(leaves: pd.DataFrame, dimensions: Sequence[str]) -> Slices:
    """All slices of these leaves, by one, two and three of the dimensions together."""
    rows: list[np.ndarray] = []
    labels: list[str] = []
    for depth in range(1, min(_DEEPEST, len(dimensions)) + 1):
        for some in combinations(dimensions, depth):
            by = leaves.groupby(list(some), sort=True)
            rows.append(by.ngroup().to_numpy("int64") + len(labels))
            members = [key if isinstance(key, tuple) else (key,) for key in by.groups]
            labels += [", ".join(f"{d}={m}" for d, m in zip(some, key, strict=True)) for key in members]
    at = np.concatenate(rows), np.tile(np.arange(len(leaves)), len(rows))
    return Slices(csr_matrix((np.ones(len(at[0])), at), shape=(len(labels), len(leaves))), labels)


def pulls_of(slices: Slices, weights: np.ndarray, *, strays: np.ndarray) -> Pulls:
    """Where leaves weigh 1 ÷ error² [1/log²], and slices as wholes stray by these variances [log²]: members do, slices
    of several dimensions do not.
    """
    moving = strays > _TINY
    members = slices.matrix[moving].toarray().T
    hold = np.linalg.inv((members.T * weights) @ members + np.diag(1 / strays[moving]))
    return Pulls(slices, weights, members, hold)
