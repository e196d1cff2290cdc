"""What happened once, and what changed for good: months that a forecast should not take for the usual."""

from __future__ import annotations

__all__ = ["Found", "event_rows", "events", "found", "say_events", "settled", "undone"]

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from salesplan.config import DIMENSIONS, Event
from salesplan.errors import PlanFileError, nearest
from salesplan.findings import Finding
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.stats import normal_quantile, units
from salesplan.targets.forecasters import ages, positive
from salesplan.targets.kinds import REGULAR
from salesplan.targets.limits import spoken_of
from salesplan.targets.series import moving
from salesplan.words import Words

_NAME = "targets/events"
_YEAR = 12
_BESIDE = 3  # months on either side that tell the level about an event
_SURE, _LEAST = 5.0, 0.1  # standard errors, and size [log], from which something is an event
_MOST = 3  # events of a series
_EMPTY = 0.1  # of what is usual: a month with less is filled from its neighbours
_NINETY = normal_quantile(0.95)


class Found(NamedTuple):
    """An event of one series: its kind, its first month's place, its size and standard error [log]."""

    kind: str
    at: int
    size: float
    error: float


def _ground(months: int, holidays: np.ndarray, *, year: int) -> np.ndarray:
    """What is usual: a straight trend, the periods of the year where two of them are known, moving holidays."""
    columns = [np.ones((months, 1)), np.arange(months)[:, None] / year]
    if months >= 2 * year:
        columns.append(np.eye(year)[np.arange(months) % year])
    if months >= 3 * year:
        columns.append(holidays[:months])
    return np.hstack(columns)


def _marks(months: int) -> tuple[np.ndarray, np.ndarray]:
    """One column for each month alone, and one for all months before each."""
    return np.eye(months), np.tri(months, k=-1).T


def found(series: np.ndarray, *, holidays: np.ndarray, year: int = _YEAR) -> list[Found]:
    """Does a series have months unlike all others, or a level that changed for good? The clearest first, three at most.

    series: of three years or more; in shorter ones nothing is looked for. holidays: what moves, a row per month. An
    event has a size of a tenth and of five standard errors or more. Source: Chen & Liu, J. of the American Statistical
    Association 88 (1993): additive outliers and level shifts, one after the other; here beside a regression on trend,
    season and holidays, with errors by the median that a few events do not move.
    """
    months, events = len(series), list[Found]()
    if months < 3 * year or not (series > 0).any():
        return events
    log = np.log(positive(series))
    ground, (alone, before) = _ground(months, holidays, year=year), _marks(months)
    breaks = np.arange(year // 2, months - year // 4)  # with months enough before and after them
    possible = np.hstack([alone, before[:, breaks]])
    while len(events) < _MOST:
        size, error = _sizes(log, possible, ground=ground, year=year)
        clear = np.where(np.abs(size) >= _LEAST, np.abs(size) / error, 0.0)
        best = int(clear.argmax())
        if clear[best] < _SURE:
            break
        ground = np.column_stack([ground, possible[:, best]])
        once = best < months
        kind, at = ("one_off", best) if once else ("break", int(breaks[best - months]))
        events.append(Found(kind, at, float(size[best] * (1 if once else -1)), float(error[best])))
    return events


def _sizes(log: np.ndarray, possible: np.ndarray, *, ground: np.ndarray, year: int) -> tuple[np.ndarray, np.ndarray]:
    """The size and standard error of each possible event beside what is usual, each taken alone."""
    months = len(log)
    both = np.column_stack([log, possible])
    left, _, rank, _ = np.linalg.lstsq(ground, both, rcond=None)
    rest = both - ground @ left
    squares = np.maximum((rest[:, 1:] ** 2).sum(axis=0), 0.1)
    size = rest[:, 1:].T @ rest[:, 0] / squares
    without = rest[:, :1] - rest[:, 1:] * size
    scale = 1.4826 * np.median(np.abs(without), axis=0) * np.sqrt(months / max(months - int(rank) - 1, 1)) + 0.01
    memory = (without[1:] * without[:-1]).sum(axis=0) / np.maximum((without**2).sum(axis=0), 1e-12)
    memory = np.clip(memory + (1 + 4 * memory) / months, 0.0, 0.8)
    lasts = np.where(np.arange(len(size)) < months, 1.0, np.sqrt((1 + memory) / (1 - memory)))
    return size, scale / np.sqrt(squares) * lasts


def settled(
    values: np.ndarray, kinds: Sequence[str], *, holidays: np.ndarray, year: int = _YEAR
) -> tuple[np.ndarray, dict[int, list[Found]]]:
    """The columns of ``values`` [month, series] without their one-offs, and what was found in each by its place.

    Breaks are found and left: a business cycle looks like one, and forecasts of planted companies were not clearly the
    better for undoing them. They count where the plan file says so (see ``undone``). Only regular series are looked at.
    """
    plain, told = values, {}
    for at, kind in enumerate(kinds):
        if kind != REGULAR:
            continue
        start = len(values) - int(ages(values[:, at]))  # a beginning is no event
        seen = found(values[start:, at], holidays=holidays[start:], year=year)
        events = [event._replace(at=event.at + start) for event in seen]
        once = [event for event in events if event.kind == "one_off"]
        if events:
            told[at] = events
        if once:
            plain = plain.copy() if plain is values else plain
            plain[[event.at for event in once], at] *= np.exp([-event.size for event in once])
    return plain, told


def event_rows(told: Mapping[int, Sequence[Found]], past: pd.DataFrame) -> pd.DataFrame:
    """What was found in the books as rows of targets/events (source "books"; breaks are not handled).

    told: as from ``settled``. past: months × (dimension, member) [cents], the series it was found in.
    """
    rows = []
    several = past.columns.get_level_values(0).value_counts()
    for at, events in told.items():
        dimension, member = (str(part) for part in past.columns[at])
        if dimension != "total" and several[dimension] == 1:
            continue  # the company once more
        scope = "" if dimension == "total" else f"{dimension}={member}"
        for event in events:
            month, once = str(past.index[event.at]), event.kind == "one_off"
            ends = [np.exp(event.size + sign * _NINETY * event.error) - 1 for sign in (0, -1, 1)]
            sold = float(past.to_numpy()[event.at, at])
            amount = units(round(sold - sold * np.exp(-event.size))) if once else float("nan")
            rows.append((scope, event.kind, month, month if once else None, "books", once, *ends, amount, None))
    return pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))


def undone(
    cube: pd.DataFrame,
    *,
    events: Sequence[Event],
    calendar: FiscalCalendar,
    lunar: bool = True,
    days: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What would the books show without the plan file's events? The cube without them, and what they were.

    cube: as from ``facts.monthly_cube``. lunar, days: as ``forecast`` takes them. Of a one-off the months of its scope
    are brought to what trend, season and the months beside it make usual: by one factor where they were too high, by
    their cells' parts of the year where too low. Of a break the months before it are brought to the level after it.
    Events of one scope are told together, scopes one after the other; what begins after the books end is not handled.
    Frame targets/events: scope, kind, since, until, source ("plan"), handled, effect, low, high [share; 90 %], amount
    [currency; of a one-off what it brought], reason. Source: intervention analysis, Box & Tiao, J. of the American
    Statistical Association 70 (1975).
    Errors: PlanFileError for a month that the books do not hold, or a member that never sold.
    """
    months = calendar.span(str(cube["period"].min()), str(cube["period"].max())) if len(cube) else [""]
    later = [event for event in events if event.first > months[-1]]
    nothing = [float("nan")] * 4
    rows: list[tuple] = [(_scope(e), e.kind, e.first, e.last, "plan", False, *nothing, e.reason) for e in later]
    events = [_by_then(event, months[-1]) for event in events if event not in later]
    scopes = dict.fromkeys(_scope(event) for event in events)
    moved = moving(months, calendar=calendar, days=days, lunar=lunar) if scopes else np.zeros((len(months), 0))
    plain = cube
    for scope in scopes:
        own = [event for event in events if _scope(event) == scope]
        inside = _inside(plain, own[0])
        sales = plain[inside].groupby("period")["net_sales_cents"].sum().reindex(months).fillna(0.0).to_numpy("float64")
        usual, told = _usual(sales, own, months=months, holidays=moved)
        plain = _brought(plain, inside, months=months, sales=sales, usual=usual)
        rows += told
    return plain, pd.DataFrame(rows, columns=list(COLUMNS[_NAME]))


def _by_then(event: Event, last: str) -> Event:
    """An event as far as the month ``last`` knew it."""
    return event.model_copy(update={"last": min(event.last, last)}) if event.last else event


def _scope(event: Event) -> str:
    return ", ".join(f"{dimension}={member}" for dimension, member in sorted(event.where.items()))


def _inside(cube: pd.DataFrame, event: Event) -> np.ndarray:
    """Which rows of the cube an event speaks of."""
    for dimension, member in event.where.items():
        members = sorted(cube[dimension].astype(str).unique())
        if member not in members:
            raise PlanFileError(
                f"[[targets.events]] {_scope(event)}: {dimension} {member!r} never sold.{nearest(member, members)}"
            )
    return spoken_of(cube, event.where)


def _places(event: Event, *, months: list[str]) -> list[int]:
    """The event's months; of a break those before it."""
    for month in (event.first, event.last or event.first):
        if month not in months:
            raise PlanFileError(
                f"[[targets.events]] {event.first} {event.kind}: {month} lies outside the books, which run from "
                f"{months[0]} to {months[-1]}. Take the event out, or write another month."
            )
    if event.kind == "break":
        return list(range(months.index(event.first)))
    return list(range(months.index(event.first), months.index(event.last or event.first) + 1))


def _usual(
    sales: np.ndarray, events: Sequence[Event], *, months: list[str], holidays: np.ndarray
) -> tuple[np.ndarray, list[tuple]]:
    """What the months of one scope would have been without its events [cents], and the rows of the events."""
    log, n = np.log(positive(sales)), len(months)
    places = [_places(event, months=months) for event in events]
    marks = [np.eye(n)[at] for at in places]
    marks = [m.sum(axis=0, keepdims=True) if e.kind == "break" else m for e, m in zip(events, marks, strict=True)]
    design = np.column_stack([_ground(n, holidays, year=_YEAR), *(mark for own in marks for mark in own)])
    weights, _, rank, _ = np.linalg.lstsq(design, log, rcond=None)
    rest = log - design @ weights
    spread = np.sqrt((rest**2).sum() / max(n - int(rank), 1) * np.diag(np.linalg.pinv(design.T @ design)))
    once = np.zeros(n, dtype=bool)
    once[[m for e, at in zip(events, places, strict=True) if e.kind == "one_off" for m in at]] = True
    usual, rows, column = log.copy(), [], design.shape[1] - sum(len(own) for own in marks)
    for event, at, own in zip(events, places, marks, strict=True):
        size, error = weights[column : column + len(own)], spread[column : column + len(own)].mean()
        beside = [m for m in range(at[0] - _BESIDE, at[-1] + _BESIDE + 1) if 0 <= m < n and not once[m]]
        local = rest[beside].mean() if event.kind == "one_off" and beside else 0.0
        usual[at] = usual[at] - size + local
        rows.append(_row(event, at, sales=sales, usual=np.exp(usual), size=float(size[0]), error=float(error)))
        column += len(own)
    changed = np.abs(usual - log) > 0
    return np.where(changed, np.exp(usual), sales), rows


def _row(event: Event, at: list[int], *, sales: np.ndarray, usual: np.ndarray, size: float, error: float) -> tuple:
    last = None if event.kind == "break" else event.last or event.first
    wide = np.exp(_NINETY * error)
    if event.kind == "break":
        ratio, amount = np.exp(-size), float("nan")
    else:
        ratio, amount = sales[at].sum() / usual[at].sum(), units(round(float(sales[at].sum() - usual[at].sum())))
    ends = (ratio - 1, ratio / wide - 1, ratio * wide - 1)
    return (_scope(event), event.kind, event.first, last, "plan", True, *ends, amount, event.reason)


def _brought(
    cube: pd.DataFrame, inside: np.ndarray, *, months: list[str], sales: np.ndarray, usual: np.ndarray
) -> pd.DataFrame:
    """The cube whose rows ``inside`` sum to ``usual`` in every month: in proportion, or where a month is all but
    empty by the cells' parts of the year about it.
    """
    full = sales >= _EMPTY * usual
    factor = pd.Series(np.divide(usual, sales, out=np.ones(len(sales)), where=full & (sales > 0)), index=months)
    scaled = cube["net_sales_cents"] * np.where(inside, cube["period"].map(factor), 1.0)
    parts = [cube.assign(net_sales_cents=scaled)]
    for at in map(int, np.flatnonzero(~full)):
        near = cube[inside & cube["period"].isin(months[max(at - _YEAR, 0) : at + _YEAR + 1])]
        cells = near.groupby(list(DIMENSIONS), observed=True)["net_sales_cents"].sum()
        cells = cells[cells > 0]
        more = (cells / cells.sum() * (usual[at] - sales[at])).reset_index()
        parts.append(more.assign(period=months[at]))
    whole = pd.concat(parts, ignore_index=True)
    sums = whole.groupby(["period", *DIMENSIONS], observed=True, sort=True)["net_sales_cents"].sum()
    return sums.round().astype("int64").reset_index()


def events(declared: pd.DataFrame, seen: pd.DataFrame, *, words: Words) -> pd.DataFrame:
    """The table targets/events: the plan file's events (as from ``undone``), then what was found in the books."""
    parts = [part for part in (declared, seen) if len(part)]
    whole = pd.concat(parts, ignore_index=True) if parts else declared
    return whole.assign(reason=whole["reason"].map(words.pick, na_action="ignore"))


def say_events(table: pd.DataFrame, *, words: Words) -> Finding:
    """What was taken out of the books before forecasting, and what might have to be? From targets/events."""
    if table.empty:
        return Finding(_NAME, words.say("targets_events_none"), _NAME, (), ("orders", "plan"))
    parts = []
    for key, rows in (
        ("targets_events_plan", table[(table["source"] == "plan") & table["handled"]]),
        ("targets_events_later", table[(table["source"] == "plan") & ~table["handled"]]),
        ("targets_events_books", table[(table["source"] == "books") & table["handled"]]),
        ("targets_events_open", table[(table["source"] == "books") & ~table["handled"]]),
    ):
        if len(rows):
            named = [words.say("targets_event", **_named(row, words)) for row in rows.to_dict("records")]
            parts.append(words.say(key, list=words.join(named)))
    return Finding(_NAME, words.text(parts), _NAME, (), ("orders", "plan"))


def _named(row: dict[Any, Any], words: Words) -> dict[str, str]:
    return {
        "scope": words.name(row["scope"] or "total"),
        "kind": words.term(row["kind"]),
        "since": str(row["since"]),
        "effect": words.share(row["effect"], signed=True) if np.isfinite(row["effect"]) else words.term("not_yet"),
    }
