"""A small made-up company with every source and column there is, and ways to take some of it away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

PRODUCTS = {f"P{n}": ("cookware", "cleaning", "storage")[n % 3] for n in range(6)}
CUSTOMERS = {f"C{n:02d}": (("north", "south", "west")[n % 3], ("key", "shops")[n % 2]) for n in range(14)}
CHANNELS = ("direct", "online")
REPS = ("R1", "R2", "R3")
HEAD = """[company]
name = "any"
title = "Any"
currency = "CNY"
{company}
"""
INITIATIVES = """
[[initiatives]]
initiative_id = "I1"
lever = "product"
scope = { product = "cookware" }
action = "Sell lids with pans"
mechanism = "pairs"
owner = "Head of sales"
start = {start}
due = {due}
cost = 1000
impact_low = 500
impact_mid = 2000
impact_high = 4000
probability = 0.6
evidence = "pairs are bought together"
selected = true
"""


@dataclass(frozen=True)
class Company:
    """Its sources as frames of text and numbers, its plan file's further lines, and the quarter it is planned as of."""

    frames: dict[str, pd.DataFrame]
    as_of: str = "2025Q4"
    company: str = ""
    plan: str = ""
    dimensions: tuple[str, ...] = ()
    source: dict[str, str] = field(default_factory=dict)

    def without(self, source: str, column: str = "") -> Company:
        """The same company without a source, or without a column of one."""
        frames = dict(self.frames)
        frame = frames.pop(source, None)
        if column and frame is not None:
            frames[source] = frame.drop(columns=column, errors="ignore")
        return replace(self, frames=frames)

    def changed(self, source: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Company:
        """The same company with one source changed."""
        return replace(self, frames={**self.frames, source: change(self.frames[source].copy())})

    def write(self, folder: Path) -> Path:
        """Writes the files and the plan file; returns its path."""
        folder.mkdir(parents=True, exist_ok=True)
        text = [HEAD.format(company=self.company)]
        if self.dimensions:
            text.append("[dimensions]\n" + "\n".join(f"{d} = false" for d in self.dimensions))
        for name, frame in self.frames.items():
            frame.to_csv(folder / f"{name}.csv", index=False)
            text.append(f'[sources.{name}]\npath = "{name}.csv"\n{self.source.get(name, "")}')
        (folder / "plan.toml").write_text("\n".join(text) + "\n" + self.plan, encoding="utf-8")
        return folder / "plan.toml"


def any_company(*, first: str = "2023-01", months: int = 36, seed: int = 1, daily: int = 2) -> Company:
    """A whole company whose books run over ``months`` months from ``first``."""
    rng = np.random.default_rng(seed)
    orders = _orders(rng, first=first, months=months, daily=daily)
    last = pd.Period(first, "M") + months - 1
    year = last.year
    quarter = f"{year}Q{(last.month + 2) // 3}"
    plan_year = year + 1 if last.month == 12 else year
    moves = INITIATIVES.replace("{start}", f"{plan_year}-01-15").replace("{due}", f"{plan_year}-06-30")
    return Company(_sources(rng, orders, last=last), as_of=quarter, plan=moves)


def _orders(rng: np.random.Generator, *, first: str, months: int, daily: int) -> pd.DataFrame:
    days = pd.date_range(pd.Period(first, "M").start_time, (pd.Period(first, "M") + months - 1).end_time, freq="D")
    day = np.repeat(days.to_numpy(), daily)
    n = len(day)
    product = rng.choice(list(PRODUCTS), n)
    customer = rng.choice(list(CUSTOMERS), n)
    quantity = rng.integers(1, 9, n)
    price = np.array([10.0 + 5 * int(p[1:]) for p in product])
    season = 1 + 0.2 * np.sin(pd.DatetimeIndex(day).month * np.pi / 6)
    sales = np.round(quantity * price * season * rng.uniform(0.85, 1.0, n), 2)
    return pd.DataFrame(
        {
            "order_id": [f"O{i // 2:05d}" for i in range(n)],
            "line_no": [i % 2 + 1 for i in range(n)],
            "order_date": pd.DatetimeIndex(day).strftime("%Y-%m-%d"),
            "customer_id": customer,
            "product_id": product,
            "category": [PRODUCTS[p] for p in product],
            "region": [CUSTOMERS[c][0] for c in customer],
            "customer_group": [CUSTOMERS[c][1] for c in customer],
            "channel": rng.choice(CHANNELS, n),
            "rep_id": [REPS[int(c[1:]) % 3] for c in customer],
            "quantity": quantity,
            "net_sales": sales,
            "list_price": price,
            "discount": np.round(np.maximum(quantity * price - sales, 0), 2),
            "cost": np.round(sales * 0.6, 2),
            "promotion": rng.choice(["", "spring"], n),
            "order_type": "sale",
            "invoice_date": pd.DatetimeIndex(day).strftime("%Y-%m-%d"),
            "due_date": (pd.DatetimeIndex(day) + pd.Timedelta(days=30)).strftime("%Y-%m-%d"),
        }
    )


def _sources(rng: np.random.Generator, orders: pd.DataFrame, *, last: pd.Period) -> dict[str, pd.DataFrame]:
    months = sorted({d[:7] for d in orders["order_date"]})
    years = sorted({m[:4] for m in months})
    sums = orders.assign(month=orders["order_date"].str[:7]).groupby(["region", "month"])["net_sales"].sum()
    base = float(orders["net_sales"].sum()) / len(months)
    close = last.end_time.strftime("%Y-%m-%d")
    paid = orders.drop_duplicates("order_id").iloc[::2]
    invoice = orders.groupby("order_id")["net_sales"].sum()
    due = pd.to_datetime(paid["due_date"]) + pd.to_timedelta(rng.integers(-10, 20, len(paid)), unit="D")
    payments = pd.DataFrame(
        {
            "payment_date": due.dt.strftime("%Y-%m-%d").to_numpy(),
            "customer_id": paid["customer_id"].to_numpy(),
            "amount": paid["order_id"].map(invoice).round(2).to_numpy(),
            "order_id": paid["order_id"].to_numpy(),
        }
    )
    payments = payments[payments["payment_date"] <= close]
    grid = [(r, m) for r in ("north", "south", "west") for m in months]
    return {
        "orders": orders,
        "customers": pd.DataFrame(
            [(c, f"Customer {c}", r, g, "2020-01-01", REPS[int(c[1:]) % 3], "", 30) for c, (r, g) in CUSTOMERS.items()],
            columns=[
                "customer_id",
                "name",
                "region",
                "customer_group",
                "since",
                "rep_id",
                "distributor",
                "credit_days",
            ],
        ).assign(distributor=lambda t: ["true" if n < 3 else "" for n in range(len(t))]),
        "products": pd.DataFrame(
            [(p, f"Product {p}", c, "own", 10 + 5 * int(p[1:]), "2020-01-01") for p, c in PRODUCTS.items()],
            columns=["product_id", "name", "category", "brand", "list_price", "launched"],
        ),
        "payments": payments,
        "receivables": pd.DataFrame(
            [
                (pd.Period(m, "M").end_time.strftime("%Y-%m-%d"), c, 500 + n, 50)
                for m in months[-6:]
                for n, c in enumerate(CUSTOMERS)
            ],
            columns=["as_of", "customer_id", "open_amount", "overdue_amount"],
        ),
        "targets": pd.DataFrame(
            [("region", r, m, round(float(sums.get((r, m), 100.0)) * 1.05 + 1, 2)) for r, m in grid],
            columns=["dimension", "member", "period", "target"],
        ),
        "market": pd.DataFrame(
            [
                (y, c, round(base * 40 * (1 + 0.04 * n), 2))
                for n, y in enumerate(years)
                for c in sorted(set(PRODUCTS.values()))
            ],
            columns=["period", "category", "market_size"],
        ),
        "competitors": pd.DataFrame(
            [(f"{m}-05", "Rival", "price list", "cookware", 0.95 + 0.01 * (n % 5)) for n, m in enumerate(months)],
            columns=["date", "competitor", "event", "category", "price_index"],
        ),
        "feedback": pd.DataFrame(
            [
                (f"{m}-{d:02d}", "late delivery", f"C{(n + d) % 14:02d}", f"P{d % 6}", 5 + (n + d) % 5)
                for n, m in enumerate(months)
                for d in (3, 9, 17)
            ],
            columns=["date", "text", "customer_id", "product_id", "score"],
        ),
        "environment": pd.DataFrame(
            [("steel", "economic", "cost", -0.02, 0.01, f"{last.year + 1}-06-30", "threat")],
            columns=["factor", "kind", "driver", "low", "high", "review_date", "direction"],
        ),
        "expenses": pd.DataFrame(
            [(m, round(base * 0.05, 2), "travel", r) for m in months for r in ("north", "south")],
            columns=["period", "amount", "kind", "region"],
        ),
        "pipeline": pd.DataFrame(
            [
                (f"D{n:03d}", f"{m}-02", stage, f"{m}-{d:02d}", 900 + n, f"C{n % 14:02d}", REPS[n % 3])
                for n, m in enumerate(months)
                for stage, d in (("lead", 2), ("offer", 9), *((("won", 20),) if n % 2 else ()))
            ],
            columns=["opportunity_id", "created", "stage", "stage_date", "amount", "customer_id", "rep_id"],
        ),
        "activities": pd.DataFrame(
            [
                (
                    "A1",
                    "Spring sale",
                    "price",
                    f"{months[-1][:4]}-01-01",
                    f"{months[-1][:4]}-03-31",
                    "cookware",
                    3000,
                    500,
                    "Owner",
                )
            ],
            columns=["activity_id", "name", "lever", "start", "end", "category", "claimed_effect", "cost", "owner"],
        ),
        "team": pd.DataFrame(
            [(r, f"Rep {r}", "north", "2020-01-01", 1.0, 10000, 0.3) for r in REPS],
            columns=["rep_id", "name", "region", "hired", "share_of_time", "target_pay", "variable_share"],
        ),
        "distributors": pd.DataFrame(
            [("C00", m, "north", 100, 95 + n % 9, 60) for n, m in enumerate(months)],
            columns=["distributor_id", "period", "region", "sell_in", "sell_out", "stock_end"],
        ),
        "calendar": pd.DataFrame([(f"{last.year + 1}-05-01", "holiday")], columns=["start", "kind"]),
        "submissions": pd.DataFrame(
            [("region", r, round(base * 4, 2)) for r in ("north", "south", "west")],
            columns=["dimension", "member", "amount"],
        ),
        "progress": pd.DataFrame([(close, "I1", "planned", 0.0)], columns=["date", "initiative_id", "state", "share"]),
        "price_list": pd.DataFrame(
            [(p, 10 + 5 * int(p[1:]), r) for p in PRODUCTS for r in ("north", "south")],
            columns=["product_id", "net_price", "region"],
        ),
        "assumptions": pd.DataFrame(
            [(str(last.year), "market_growth", 0.03, "0.01", "0.05")],
            columns=["vintage", "item", "value", "low", "high"],
        ),
        "labels": pd.DataFrame(
            [("region", "north", "en", "North")], columns=["dimension", "member", "language", "label"]
        ),
    }


def optional_columns(company: Company, required: dict[str, Iterable[str]]) -> list[tuple[str, str]]:
    """Every column of a source that nobody has to deliver."""
    return [(s, c) for s, frame in company.frames.items() for c in frame if c not in set(required[s])]
