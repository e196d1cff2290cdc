"""Sales by month, quarter and year: the cube that nearly everything else starts from."""

from __future__ import annotations

__all__ = [
    "cumulative_share",
    "last_sellers",
    "monthly_cube",
    "order_days",
    "period_totals",
    "rep_months",
    "window_sales",
    "withdrawn_articles",
]

from typing import Any

import pandas as pd

from salesplan.config import DIMENSIONS, UNASSIGNED
from salesplan.facts.lines import collect, dated, in_cents, measures, named_customers, sells
from salesplan.periods import FiscalCalendar, level_of


def monthly_cube(orders: Any, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """What was sold in each month × product category × region × customer group × channel?

    Ibis table of order lines to frame: period (month), product, region, customer_group, channel,
    net_sales_cents [cents], quantity, cost_cents and list_cents [cents, missing where no line has one], orders,
    customers, lines [counts]. Distinct counts do not add up over cells.
    """
    lines = dated(orders, calendar).rename(period="month")
    keys = ["period", *DIMENSIONS]
    cube = lines.group_by(*keys).aggregate(
        **measures(lines),
        orders=lines.order_id.nunique(where=sells(lines)),
        customers=lines.customer_id.nunique(where=lines.customer_id != UNASSIGNED),
    )
    columns = [*keys, "net_sales_cents", "quantity", "cost_cents", "list_cents", "orders", "customers", "lines"]
    return collect(cube, columns=columns, by=keys)


def withdrawn_articles(orders: Any, products: pd.DataFrame | None, *, calendar: FiscalCalendar) -> pd.DataFrame | None:
    """What was sold of the articles that were withdrawn before these books end?

    Ibis table of order lines and the source ``products`` to frame: period (month), product (category), region,
    customer_group, channel, withdrawn [date], net_sales_cents [cents]. None where no article was.
    """
    import ibis

    given = None if products is None else products.reindex(columns=["product_id", "withdrawn"]).dropna()
    if given is None or given.empty:
        return None
    days = given.assign(withdrawn=given["withdrawn"].astype("datetime64[ns]"))
    days = days[days["withdrawn"] < pd.Timestamp(orders.order_date.max().execute())]
    dates = ibis.memtable(days, schema={"product_id": "string", "withdrawn": "date"})
    lines = dated(orders, calendar).rename(period="month").inner_join(dates, "product_id")
    keys = ["period", *DIMENSIONS, "withdrawn"]
    sums = lines.group_by(*keys).aggregate(net_sales_cents=in_cents(lines.net_sales))
    return collect(sums, columns=[*keys, "net_sales_cents"], by=keys)


def order_days(orders: Any) -> pd.DataFrame:
    """On which days were there order lines?

    Ibis table of order lines to frame, one row per day that has any: date, lines [count], net_sales_cents [cents].
    """
    sums = orders.group_by("order_date").aggregate(lines=orders.count(), net_sales_cents=in_cents(orders.net_sales))
    frame = collect(sums, columns=["order_date", "lines", "net_sales_cents"], by=["order_date"])
    return frame.rename(columns={"order_date": "date"})


def period_totals(orders: Any, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """What did the company sell in each month, quarter and year, to how many customers?

    Ibis table of order lines to frame: period, level (month, quarter, year), net_sales_cents, cost_cents,
    costed_sales_cents (net sales of the lines whose cost is known), list_cents, discount_cents, sold_cents (before
    returns) [cents], orders (without returns), customers, new_customers (first order ever in the period) [counts],
    quantity.
    """
    lines = dated(orders, calendar)
    firsts = lines.group_by("customer_id").aggregate(first=lines.order_date.min())
    lines = lines.left_join(firsts, "customer_id").drop("customer_id_right")
    frames = [_totals(lines, level) for level in ("month", "quarter", "year")]
    return pd.concat(frames, ignore_index=True)


def _totals(lines: Any, level: str) -> pd.DataFrame:
    import ibis

    dated_lines = lines.mutate(period=lines[level])
    somebody = dated_lines.customer_id != UNASSIGNED
    opening = (dated_lines.order_date == dated_lines["first"]) & somebody
    totals = dated_lines.group_by("period").aggregate(
        **measures(dated_lines),
        costed_sales_cents=in_cents(ibis.ifelse(dated_lines.cost.notnull(), dated_lines.net_sales, None)),
        discount_cents=in_cents(dated_lines.discount),
        orders=dated_lines.order_id.nunique(where=sells(dated_lines)),
        sold_cents=in_cents(ibis.ifelse(sells(dated_lines), dated_lines.net_sales, 0)),
        customers=dated_lines.customer_id.nunique(where=somebody),
        new_customers=dated_lines.customer_id.nunique(where=opening),
    )
    columns = ["period", "level", "net_sales_cents", "cost_cents", "costed_sales_cents", "list_cents"]
    columns += ["discount_cents", "sold_cents", "orders", "customers", "new_customers", "quantity"]
    return collect(totals.mutate(level=ibis.literal(level)), columns=columns, by=["period"])


def last_sellers(orders: Any) -> pd.DataFrame:
    """Who sold to each customer last, in each channel?

    Ibis table of order lines to frame: customer_id, channel, rep_id; of several on the last day the one who sold most.
    """
    lines = named_customers(orders).filter(orders.rep_id.notnull())
    keys = ["customer_id", "channel"]
    last = lines.group_by(*keys).aggregate(last=lines.order_date.max())
    both = lines.inner_join(last, [*keys, lines.order_date == last["last"]])
    sums = both.group_by(*keys, "rep_id").aggregate(net_sales_cents=in_cents(both.net_sales))
    frame = collect(sums, columns=[*keys, "rep_id", "net_sales_cents"], by=[*keys, "rep_id"])
    most = frame.sort_values([*keys, "net_sales_cents"], ascending=[True, True, False], kind="stable")
    return most.drop_duplicates(keys)[[*keys, "rep_id"]].reset_index(drop=True)


def rep_months(orders: Any, *, calendar: FiscalCalendar, owners: pd.DataFrame | None = None) -> pd.DataFrame:
    """What did each representative sell in each month?

    Ibis table of order lines to frame: rep_id, period (month), region, channel, net_sales_cents [cents]; lines without
    a representative are left out. owners: customer_id, channel, rep_id: who has an account now; then its whole history
    counts as that person's, who takes it along.
    """
    import ibis

    lines = dated(orders, calendar).rename(period="month")
    lines = lines.filter(lines.rep_id.notnull())
    if owners is not None and len(owners):
        names = {"customer_id": "of_customer", "channel": "in_channel", "rep_id": "now_with"}
        table = ibis.memtable(owners.astype("str").rename(columns=names))
        same = lines.customer_id.cast("string") == table["of_customer"], lines.channel == table["in_channel"]
        joined = lines.left_join(table, list(same))
        lines = joined.mutate(rep_id=joined.now_with.coalesce(joined.rep_id.cast("string")))
    keys = ["rep_id", "period", "region", "channel"]
    sums = lines.group_by(*keys).aggregate(net_sales_cents=in_cents(lines.net_sales))
    return collect(sums, columns=[*keys, "net_sales_cents"], by=keys)


def cumulative_share(orders: Any, *, calendar: FiscalCalendar, period: str) -> pd.DataFrame:
    """How much of a period's net sales do the largest customers make up?

    Ibis table of order lines to frame: rank (1 = largest), customer_id, net_sales_cents [cents], share,
    cumulative_share [share 0-1]; shares are missing where the period's net sales are not positive.
    """
    lines = dated(named_customers(orders), calendar)
    lines = lines.filter(lines[level_of(period)] == period)
    sums = lines.group_by("customer_id").aggregate(net_sales_cents=in_cents(lines.net_sales))
    frame = collect(sums, columns=["customer_id", "net_sales_cents"], by=["customer_id"])
    frame = frame.sort_values("net_sales_cents", ascending=False, kind="stable", ignore_index=True)
    total = int(frame["net_sales_cents"].sum())
    frame.insert(0, "rank", range(1, len(frame) + 1))
    known = total if total > 0 else float("nan")
    frame["share"] = frame["net_sales_cents"] / known
    frame["cumulative_share"] = frame["net_sales_cents"].cumsum() / known
    return frame


def window_sales(orders: Any, *, windows: pd.DataFrame) -> pd.DataFrame:
    """What was sold in windows of days that fit no fiscal period (a quota from one day to another)?

    Frame of windows (dimension: total, rep_id or one of the four dimensions; member; start, end: first and last day,
    both included) to the same rows with net_sales_cents [cents], 0 where nothing was sold. Rows whose dimension the
    orders lack are left out. Sorted by dimension, member, start, end.
    """
    keys = ["dimension", "member", "start", "end"]
    asked = windows[keys].drop_duplicates()
    frames = [
        _windowed(orders, part, str(dimension))
        for dimension, part in asked.groupby("dimension", sort=True)
        if dimension in ("total", "rep", "rep_id", *DIMENSIONS)
    ]
    empty = asked.head(0).assign(net_sales_cents=pd.Series(dtype="int64"))
    found = pd.concat(frames, ignore_index=True) if frames else empty
    return found.sort_values(keys, kind="stable", ignore_index=True)


def _windowed(orders: Any, windows: pd.DataFrame, dimension: str) -> pd.DataFrame:
    import ibis

    asked = windows.reset_index(drop=True).assign(window=range(len(windows)))
    table = ibis.memtable(asked[["window", "member", "start", "end"]].astype({"member": "str"}))
    inside = [
        orders.order_date >= table["start"].cast("date"),
        orders.order_date <= table["end"].cast("date"),
    ]
    if dimension != "total":
        column = orders["rep_id" if dimension == "rep" else dimension]
        inside.append(column.cast("string") == table["member"])
    joined = orders.select("order_date", "net_sales", *_column(dimension)).inner_join(table, inside)
    sums = joined.group_by("window").aggregate(net_sales_cents=in_cents(joined.net_sales))
    found = collect(sums, columns=["window", "net_sales_cents"], by=["window"]).set_index("window")["net_sales_cents"]
    asked["net_sales_cents"] = found.reindex(asked["window"], fill_value=0).to_numpy()
    return asked.drop(columns="window")


def _column(dimension: str) -> list[str]:
    return [] if dimension == "total" else ["rep_id" if dimension == "rep" else dimension]
