"""Writes the demo company's files."""

from __future__ import annotations

__all__ = ["History", "company_of", "write"]

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from salesplan.demo import company, dirt, goals, money, orders, outside, truth
from salesplan.demo.delivery import csv_file, gz_file, xlsx_file, yuan
from salesplan.errors import SalesplanError

_CUSTOMERS, _LINES = 1960, 153_000  # so many order lines do so many customers write
_FEWEST = 20_000
_CUSTOMER_HEADS = {
    "customer_id": "客户编号",
    "name": "客户名称",
    "name_en": "英文名称",
    "region": "区域",
    "customer_group": "客户类型",
    "since": "建档日期",
    "city": "城市",
    "rep_id": "业务员",
    "credit_days": "账期天数",
}
_PRODUCT_HEADS = ["product_id", "name", "name_en", "category", "list_price", "cost", "launched", "withdrawn"]


@dataclass(frozen=True)
class History:
    """All that happened in a made-up company: products, customers, staff, order lines, and those that stayed unwritten
    because an account was lost."""

    seed: int
    plant: bool
    products: pd.DataFrame
    customers: pd.DataFrame
    staff: pd.DataFrame
    lines: pd.DataFrame
    unwritten: pd.DataFrame


def company_of(seed: int, *, lines: int = _LINES, plant: bool = True) -> History:
    """The company and its history of this seed, with about so many order lines; nothing planted without ``plant``."""
    products, staff = company.products(seed), company.team(seed)
    customers = company.customers(seed, count=round(_CUSTOMERS * lines / _LINES), staff=staff)
    written, lost = orders.lines(seed, customers=customers, products=products, staff=staff, plant=plant)
    return History(seed, plant, products, customers, staff, money.billed(written, customers=customers), lost)


def write(folder: str | Path, *, seed: int = 20260101, lines: int = _LINES, plant: bool = True) -> list[Path]:
    """Makes the demo company's plan file and data in ``folder``; the paths written, in order of name.

    lines: about how many order lines. plant: whether anything is planted. The same choices give the same bytes. Files
    of the same names are replaced. What was planted, and what should become of each faulty row, is written down in
    TRUTH.json and DIRT.json. Errors: SalesplanError below the fewest lines that hold everybody who is planted.
    """
    if lines < _FEWEST:
        raise SalesplanError(f"{lines:,} order lines are too few for the demo company: ask for {_FEWEST:,} or more.")
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    known = company_of(seed, lines=lines, plant=plant)
    plan = place / "plan.toml"
    plan.write_bytes(files("salesplan.demo").joinpath("plan.toml").read_bytes())
    told = _json(truth.truth(known.lines, known.unwritten, seed=seed, plant=plant), place / "TRUTH.json")
    made = [*_orders(known, place), *_masters(known, place), *_money(known, place), *_knowledge(known, place)]
    return sorted([plan, told, *made])


def _json(content: Any, path: Path) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return path


def _orders(known: History, place: Path) -> list[Path]:
    """One file a year, faulty rows among the true ones; where they stand is written down."""
    true = dirt.delivered(known.lines)
    years = known.lines.order_date.dt.year.to_numpy()
    faulty, told = dirt.dirty(true, seed=known.seed), dirt.reformatted(true, seed=known.seed)
    rewritten = np.where((told != true).any(axis=1), "rewritten", "")
    rows = pd.concat([told.assign(fault=rewritten), faulty[[*true.columns, "fault"]]], ignore_index=True)
    after = [*range(len(true)), *(faulty.origin + 0.5)]
    rows = rows.assign(
        year=[*years, *years[faulty.origin]], after=after, true_sales=[*true.net_sales, *faulty.net_sales]
    )
    rows = rows.sort_values("after", kind="stable")
    rows["file"] = [f"orders-{year}.csv.gz" for year in rows.year]
    rows["row"] = rows.groupby("year").cumcount() + 2
    written = [gz_file(part[true.columns], place / str(name)) for name, part in rows.groupby("file", sort=True)]
    return [*written, _json(truth.dirt(rows), place / "DIRT.json")]


def _masters(known: History, place: Path) -> list[Path]:
    customers = known.customers[list(_CUSTOMER_HEADS)].rename(columns=_CUSTOMER_HEADS)
    products = known.products[_PRODUCT_HEADS].copy()
    for day in ("launched", "withdrawn"):
        products[day] = pd.to_datetime(products[day]).dt.strftime("%Y-%m-%d")
    return [
        csv_file(customers, place / "customers.csv", encoding="gb18030"),
        xlsx_file(products, place / "products.xlsx", sheet="产品目录"),
        csv_file(known.staff.drop(columns="name_en"), place / "team.csv"),
        gz_file(_labels(known), place / "labels.csv.gz"),
    ]


def _labels(known: History) -> pd.DataFrame:
    """What members are called in both languages: dimension, member, language, label."""
    rows = [
        (dimension, member.code, language, label)
        for dimension, members in (
            ("product", company.CATEGORIES),
            ("region", company.REGIONS),
            ("customer_group", company.GROUPS),
            ("channel", company.CHANNELS),
        )
        for member in members
        for language, label in (("en", member.en), ("zh", member.zh))
    ]
    for key, table in (("product_id", known.products), ("customer_id", known.customers), ("rep_id", known.staff)):
        for language, column in (("en", "name_en"), ("zh", "name")):
            rows += [(key, code, language, label) for code, label in zip(table[key], table[column], strict=True)]
    told = [("factor", zh, zh, en) for _, zh, en, *_ in outside.FACTORS]
    own = goals.activities(known.lines)
    told += [("activity", *names) for names in zip(own.activity_id, own.name, own.name_en, strict=True)]
    rows += [(d, m, language, label) for d, m, zh, en in told for language, label in (("en", en), ("zh", zh))]
    return pd.DataFrame(rows, columns=["dimension", "member", "language", "label"])


def _money(known: History, place: Path) -> list[Path]:
    bills = money.invoices(known.lines)
    paid = money.payments(bills, customers=known.customers, seed=known.seed, plant=known.plant)
    owed = money.receivables(bills, paid)
    return [
        gz_file(_in_yuan(owed, "open_amount", "overdue_amount"), place / "receivables.csv.gz"),
        gz_file(_in_yuan(paid), place / "payments.csv.gz"),
        csv_file(_in_yuan(money.expenses(known.lines, seed=known.seed)), place / "expenses.csv"),
        gz_file(
            money.distributors(known.lines, customers=known.customers, plant=known.plant), place / "distributors.csv.gz"
        ),
        csv_file(_in_yuan(goals.price_list(known.products), "net_price"), place / "price_list.csv"),
    ]


def _knowledge(known: History, place: Path) -> list[Path]:
    deals = outside.pipeline(known.seed, customers=known.customers)
    return [
        csv_file(goals.targets(known.lines), place / "targets.csv"),
        csv_file(goals.assumptions(), place / "assumptions.csv"),
        csv_file(goals.activities(known.lines).drop(columns="name_en"), place / "activities.csv", encoding="utf-8-sig"),
        csv_file(outside.market(), place / "market.csv"),
        csv_file(outside.competitors(known.seed, plant=known.plant), place / "competitors.csv"),
        gz_file(outside.feedback(known.lines, seed=known.seed, plant=known.plant), place / "feedback.csv.gz"),
        csv_file(outside.environment(), place / "environment.csv"),
        gz_file(_in_yuan(deals), place / "pipeline.csv.gz"),
    ]


def _in_yuan(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return table.assign(**{column: yuan(table[column]) for column in columns or ("amount",)})
