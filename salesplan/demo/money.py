"""What is owed and paid, what selling costs, and what lies in the distributors' warehouses."""

from __future__ import annotations

__all__ = ["billed", "distributors", "expenses", "invoices", "payments", "receivables"]

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.demo.company import CHANNELS, LAST_DAY, REGIONS
from salesplan.demo.planted import DIVERTER, STUFFERS

_DELAY = {"KEY": 9.0, "WHO": 12.0, "RET": 6.0, "ENT": 8.0}
_SLOWER_FROM, _SLOWER = "2025-03-01", 26.0
# share of a channel's net sales that goes into a kind of cost
_RATES = {
    "logistics": {"DIR": 0.028, "DIS": 0.022, "OWN": 0.062, "MKT": 0.066, "SOC": 0.064},
    "promotion": {"DIR": 0.016, "DIS": 0.024, "OWN": 0.058, "MKT": 0.046, "SOC": 0.072},
    "platform_fees": {"OWN": 0.012, "MKT": 0.062, "SOC": 0.055},
    "advertising": {"DIR": 0.006, "DIS": 0.004, "OWN": 0.045, "MKT": 0.030, "SOC": 0.038},
}


def billed(lines: pd.DataFrame, *, customers: pd.DataFrame) -> pd.DataFrame:
    """Order lines with invoice_date and due_date: orders on credit (direct and distributors); the rest is paid at once.

    An invoice is written on the day of the order and due after the customer's days; a credit note after 30.
    """
    credit = lines.channel.isin(["DIR", "DIS"])
    total = lines.groupby("order_id").net_cents.transform("sum")
    days = np.where(total > 0, lines.customer_id.map(customers.set_index("customer_id").credit_days), 30)
    invoiced = lines.order_date.where(credit)
    return lines.assign(invoice_date=invoiced, due_date=invoiced + pd.to_timedelta(days, unit="D"))


def invoices(lines: pd.DataFrame) -> pd.DataFrame:
    """One row per order on credit: order_id, customer_id, invoice_date, due_date, amount [cents]."""
    credit = lines[lines.invoice_date.notna()]
    heads = credit.groupby("order_id", sort=True).agg(
        customer_id=("customer_id", "first"),
        invoice_date=("invoice_date", "first"),
        due_date=("due_date", "first"),
        amount=("net_cents", "sum"),
    )
    return heads.reset_index()


def receivables(bills: pd.DataFrame, paid: pd.DataFrame) -> pd.DataFrame:
    """What did each customer owe at the end of each month, and how much of it was overdue [cents]?"""
    rows = []
    for day in pd.date_range("2021-01-31", LAST_DAY, freq="ME"):
        so_far = paid[paid.payment_date <= day].groupby("order_id").amount.sum()
        written = bills[bills.invoice_date <= day]
        rest = written.amount - written.order_id.map(so_far).fillna(0).astype("int64")
        owed = rest.groupby(written.customer_id).sum()
        late = rest[written.due_date < day].groupby(written.customer_id).sum()
        table = pd.DataFrame({"open_amount": owed, "overdue_amount": late.reindex(owed.index, fill_value=0)})
        rows.append(table[owed != 0].reset_index().assign(as_of=day.strftime("%Y-%m-%d")))
    return pd.concat(rows, ignore_index=True)[["as_of", "customer_id", "open_amount", "overdue_amount"]]


def payments(bills: pd.DataFrame, *, customers: pd.DataFrame, seed: int, plant: bool) -> pd.DataFrame:
    """When were they paid? Late by group; wholesalers much later for what falls due from March 2025 on; 1.5 % never."""
    rng = stats.generator(seed, "payments")
    group = bills.customer_id.map(customers.set_index("customer_id").customer_group)
    slow = ((group == "WHO") & (bills.due_date >= pd.Timestamp(_SLOWER_FROM))).to_numpy() & plant
    mean = np.where(slow, _SLOWER, group.map(_DELAY).to_numpy())
    delay = np.rint(rng.gamma(1.2, mean / 1.2) - 3).astype("int64")
    paid = (rng.random(len(bills)) >= 0.015) | (bills.amount.to_numpy() <= 0)
    halves = rng.random(len(bills)) < 0.06
    first = bills.assign(payment_date=bills.due_date + pd.to_timedelta(delay, unit="D"))
    first["amount"] = np.where(halves, first.amount // 2, first.amount)
    second = first[halves].assign(amount=(bills.amount - first.amount)[halves])
    second["payment_date"] = second.payment_date + pd.to_timedelta(30, unit="D")
    table = pd.concat([first[paid], second[paid[halves]]]).sort_values(["payment_date", "order_id"], kind="stable")
    table["payment_date"] = table[["payment_date", "invoice_date"]].max(axis=1)
    table = table[table.payment_date <= pd.Timestamp(LAST_DAY)].reset_index(drop=True)
    table.insert(0, "payment_id", [f"P{n:06d}" for n in range(1, len(table) + 1)])
    return table[["payment_id", "payment_date", "customer_id", "amount", "order_id"]]


def expenses(lines: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """What did selling cost, per month, kind and channel or region [cents]?"""
    rng = stats.generator(seed, "expenses")
    month = lines.order_date.dt.strftime("%Y-%m")
    by_channel = lines.groupby([month, "channel"]).net_cents.sum()
    by_region = lines.groupby([month, "region"]).net_cents.sum()
    rows = []
    for period in sorted(month.unique()):
        for item, rates in _RATES.items():
            for channel in (c.code for c in CHANNELS if c.code in rates):
                share = rates[channel] * float(rng.normal(1, 0.06))
                rows.append((period, item, channel, "", round(by_channel.get((period, channel), 0) * share)))
        for region in (r.code for r in REGIONS):
            share = 0.011 * float(rng.normal(1, 0.05))
            rows.append((period, "travel", "", region, round(by_region.get((period, region), 0) * share)))
            rows.append((period, "salaries", "", region, 62_000_00 + 4_000_00 * (int(period[:4]) - 2021)))
    return pd.DataFrame(rows, columns=["period", "kind", "channel", "region", "amount"])


def distributors(lines: pd.DataFrame, *, customers: pd.DataFrame, plant: bool) -> pd.DataFrame:
    """What did the largest distributors and the stuffers take in, sell on and keep, a month from 2024 [units]?

    They sell on at the pace of the six months before; what comes on top stays in stock and is worked off. Of the
    diverter's cleaning goods four fifths are sold in South China from 2025 on.
    """
    taken = lines[(lines.channel == "DIS") & (lines.order_type == "sale") & (lines.order_date >= "2023-01-01")]
    largest = taken.groupby("customer_id").net_cents.sum().nlargest(23).index
    chosen = sorted({*largest, DIVERTER, *STUFFERS})
    taken = taken[taken.customer_id.isin(chosen)]
    month = taken.order_date.dt.strftime("%Y-%m").rename("period")
    sell_in = taken.groupby([month, "customer_id", "product_id"]).quantity.sum().unstack([1, 2]).fillna(0)
    sell_in = sell_in.sort_index(axis=1)
    pace = sell_in.rolling(6, min_periods=1).mean().shift(1)
    pace.iloc[0] = sell_in.iloc[0]
    stock = sell_in.iloc[:1].mean().to_numpy() * 1.2
    rows = []
    for period in sell_in.index:
        come = sell_in.loc[period].to_numpy()
        gone = np.floor(np.minimum(stock + come, np.maximum(pace.loc[period].to_numpy(), 0.25 * (stock + come))))
        stock = np.rint(stock + come - gone)
        rows.append(pd.DataFrame({"sell_in": come, "sell_out": gone, "stock_end": stock}, index=sell_in.columns))
    table = pd.concat(rows, keys=sell_in.index, names=["period"]).reset_index()
    return _by_region(table[table.period >= "2024-01"], customers=customers, plant=plant)


def _by_region(table: pd.DataFrame, *, customers: pd.DataFrame, plant: bool) -> pd.DataFrame:
    home = table.assign(region=table.customer_id.map(customers.set_index("customer_id").region))
    diverted = (table.customer_id == DIVERTER) & table.product_id.str.startswith("L") & (table.period >= "2025-01")
    diverted &= plant
    away = home[diverted].assign(sell_in=0, stock_end=0, region="SC")
    away["sell_out"] = np.floor(0.8 * away.sell_out)
    home.loc[diverted, "sell_out"] -= away.sell_out
    both = pd.concat([home, away]).sort_values(["period", "customer_id", "product_id", "region"])
    both = both[(both.sell_in != 0) | (both.sell_out != 0) | (both.stock_end != 0)]
    counts = both[["sell_in", "sell_out", "stock_end"]].astype("int64")
    named = both.rename(columns={"customer_id": "distributor_id"})[["distributor_id", "period", "region", "product_id"]]
    return pd.concat([named, counts], axis=1).reset_index(drop=True)
