"""Which sources the workbook knows, which columns each may have, and what each is good for."""

from __future__ import annotations

__all__ = ["DIMENSIONS", "SOURCES", "Column", "SourceShape"]

from dataclasses import dataclass, field

DIMENSIONS = ("product", "region", "customer_group", "channel")


@dataclass(frozen=True)
class Column:
    """One canonical column: its kind (key, text, date, number, money, share, flag) and whether a row needs it."""

    kind: str
    required: bool = False
    may_be_negative: bool = False


@dataclass(frozen=True)
class SourceShape:
    """The canonical columns of one source, and the column by which its rows are dated and valued."""

    columns: dict[str, Column]
    dated_by: str | None = None
    valued_by: str | None = None
    key: tuple[str, ...] = field(default=())


def _need(kind: str) -> Column:
    return Column(kind, required=True)


KEY, TEXT, DATE, NUMBER, MONEY, SHARE = (Column(kind) for kind in ("key", "text", "date", "number", "money", "share"))
BALANCE = Column("money", may_be_negative=True)

SOURCES: dict[str, SourceShape] = {
    "orders": SourceShape(
        {
            "order_id": _need("key"),
            "line_no": KEY,
            "order_date": _need("date"),
            "customer_id": _need("key"),
            "product_id": _need("key"),
            "category": KEY,
            "region": KEY,
            "customer_group": KEY,
            "channel": KEY,
            "rep_id": KEY,
            "quantity": Column("number", required=True, may_be_negative=True),
            "net_sales": Column("money", required=True, may_be_negative=True),
            "list_price": MONEY,
            "discount": BALANCE,
            "cost": BALANCE,
            "promotion": KEY,
            "currency": KEY,
            "order_type": KEY,
        },
        dated_by="order_date",
        valued_by="net_sales",
    ),
    "customers": SourceShape(
        {
            "customer_id": _need("key"),
            "name": TEXT,
            "name_en": TEXT,
            "region": KEY,
            "customer_group": KEY,
            "since": DATE,
            "city": TEXT,
            "rep_id": KEY,
            "credit_days": NUMBER,
        },
        key=("customer_id",),
    ),
    "products": SourceShape(
        {
            "product_id": _need("key"),
            "name": TEXT,
            "name_en": TEXT,
            "category": KEY,
            "launch_date": DATE,
            "list_price": MONEY,
            "cost": MONEY,
            "status": KEY,
        },
        key=("product_id",),
    ),
    "labels": SourceShape(
        {
            "dimension": _need("key"),
            "member": _need("key"),
            "language": _need("key"),
            "label": _need("text"),
        },
        key=("dimension", "member", "language"),
    ),
    "payments": SourceShape(
        {
            "payment_id": KEY,
            "customer_id": _need("key"),
            "payment_date": _need("date"),
            "amount": Column("money", required=True, may_be_negative=True),
            "invoice_id": KEY,
        },
        dated_by="payment_date",
        valued_by="amount",
    ),
    "receivables": SourceShape(
        {
            "invoice_id": _need("key"),
            "customer_id": _need("key"),
            "invoice_date": _need("date"),
            "due_date": _need("date"),
            "amount": Column("money", required=True, may_be_negative=True),
        },
        dated_by="invoice_date",
        valued_by="amount",
    ),
    "targets": SourceShape(
        {
            "dimension": KEY,
            "member": KEY,
            "category": KEY,
            "region": KEY,
            "customer_group": KEY,
            "channel": KEY,
            "rep_id": KEY,
            "period": KEY,
            "start": DATE,
            "end": DATE,
            "metric": KEY,
            "target": _need("money"),
            "set_on": DATE,
        },
        dated_by="set_on",
        valued_by="target",
    ),
    "market": SourceShape(
        {
            "period": _need("key"),
            "dimension": KEY,
            "member": KEY,
            "market_size": _need("money"),
            "published_on": DATE,
            "origin": TEXT,
        },
        dated_by="published_on",
    ),
    "competitors": SourceShape(
        {
            "date": _need("date"),
            "competitor": _need("key"),
            "product": KEY,
            "region": KEY,
            "move": _need("text"),
            "price_index": NUMBER,
            "origin": TEXT,
        },
        dated_by="date",
    ),
    "feedback": SourceShape(
        {
            "date": _need("date"),
            "customer_id": KEY,
            "score": NUMBER,
            "channel": KEY,
            "product_id": KEY,
            "comment": TEXT,
        },
        dated_by="date",
    ),
    "environment": SourceShape(
        {
            "factor_id": _need("key"),
            "area": _need("key"),
            "factor": _need("text"),
            "factor_en": TEXT,
            "driver": _need("key"),
            "dimension": KEY,
            "member": KEY,
            "low": Column("share", may_be_negative=True),
            "mid": Column("share", may_be_negative=True),
            "high": Column("share", may_be_negative=True),
            "noted_on": _need("date"),
            "review_by": _need("date"),
            "origin": TEXT,
        },
        dated_by="noted_on",
    ),
    "expenses": SourceShape(
        {
            "period": _need("key"),
            "item": _need("key"),
            "channel": KEY,
            "region": KEY,
            "amount": Column("money", required=True, may_be_negative=True),
        },
        valued_by="amount",
    ),
    "pipeline": SourceShape(
        {
            "opportunity_id": _need("key"),
            "customer_id": KEY,
            "rep_id": KEY,
            "opened_on": _need("date"),
            "stage": _need("key"),
            "stage_date": _need("date"),
            "amount": MONEY,
            "expected_close": DATE,
        },
        dated_by="stage_date",
    ),
    "activities": SourceShape(
        {
            "strategy_id": _need("key"),
            "name": _need("text"),
            "name_en": TEXT,
            "lever": _need("key"),
            "dimension": KEY,
            "member": KEY,
            "start": _need("date"),
            "end": _need("date"),
            "cost": MONEY,
            "claimed_effect": BALANCE,
            "owner": TEXT,
        },
        dated_by="start",
    ),
    "team": SourceShape(
        {
            "rep_id": _need("key"),
            "name": _need("text"),
            "name_en": TEXT,
            "role": KEY,
            "region": KEY,
            "channel": KEY,
            "manager_id": KEY,
            "hired": DATE,
            "left": DATE,
            "share_of_time": SHARE,
            "target_pay": MONEY,
            "variable_share": SHARE,
        },
        key=("rep_id",),
    ),
    "distributors": SourceShape(
        {
            "period": _need("key"),
            "customer_id": _need("key"),
            "product_id": KEY,
            "sell_in": NUMBER,
            "sell_out": NUMBER,
            "stock": NUMBER,
            "sell_out_region": KEY,
        },
    ),
    "price_list": SourceShape(
        {
            "product_id": _need("key"),
            "level": _need("key"),
            "valid_from": _need("date"),
            "price": _need("money"),
        },
        dated_by="valid_from",
    ),
    "assumptions": SourceShape(
        {
            "year": _need("key"),
            "assumption": _need("key"),
            "dimension": KEY,
            "member": KEY,
            "low": Column("number", may_be_negative=True),
            "value": Column("number", required=True, may_be_negative=True),
            "high": Column("number", may_be_negative=True),
            "set_on": DATE,
            "origin": TEXT,
        },
        dated_by="set_on",
    ),
}
