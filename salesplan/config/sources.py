"""Which sources the workbook knows, which columns each may have, and what each is good for."""

from __future__ import annotations

__all__ = ["DIMENSIONS", "EVERYTHING", "SOURCES", "UNASSIGNED", "Column", "SourceShape"]

from dataclasses import dataclass, field

DIMENSIONS = ("product", "region", "customer_group", "channel")
UNASSIGNED = "unassigned"  # the member, representative or owner of what has none
EVERYTHING = "all"  # the one member of a dimension that the company does not have


@dataclass(frozen=True)
class Column:
    """One canonical column: its kind (key, text, period, date, number, money, share) and whether a row needs it.

    may_be_blank: the column is needed, but a row without it counts, as "unassigned".
    """

    kind: str
    required: bool = False
    may_be_negative: bool = False
    may_be_blank: bool = False


@dataclass(frozen=True)
class SourceShape:
    """The canonical columns of one source, and the column by which its rows are dated and valued."""

    columns: dict[str, Column]
    dated_by: str | None = None
    valued_by: str | None = None
    key: tuple[str, ...] = field(default=())


def _need(kind: str) -> Column:
    return Column(kind, required=True)


KEY, TEXT, DATE, NUMBER, MONEY, SHARE, PERIOD = (
    Column(kind) for kind in ("key", "text", "date", "number", "money", "share", "period")
)
BALANCE = Column("money", may_be_negative=True)
SCOPE = dict.fromkeys(("category", "region", "customer_group", "channel"), KEY)
SIGNED = Column("money", required=True, may_be_negative=True)
EITHER_WAY = Column("number", may_be_negative=True)

SOURCES: dict[str, SourceShape] = {
    "orders": SourceShape(
        {
            "order_id": _need("key"),
            "line_no": KEY,
            "order_date": _need("date"),
            "customer_id": Column("key", required=True, may_be_blank=True),
            "product_id": _need("key"),
            "category": KEY,
            "region": KEY,
            "customer_group": KEY,
            "channel": KEY,
            "rep_id": KEY,
            "quantity": Column("number", required=True, may_be_negative=True),
            "net_sales": SIGNED,
            "list_price": MONEY,
            "discount": BALANCE,
            "cost": BALANCE,
            "promotion": KEY,
            "currency": KEY,
            "order_type": KEY,
            "invoice_date": DATE,
            "due_date": DATE,
        },
        dated_by="order_date",
        valued_by="net_sales",
    ),
    "customers": SourceShape(
        {
            "customer_id": _need("key"),
            "name": TEXT,
            "name_en": TEXT,
            "customer_group": KEY,
            "region": KEY,
            "channel": KEY,
            "since": DATE,
            "rep_id": KEY,
            "parent_id": KEY,
            "distributor": KEY,
            "city": TEXT,
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
            "subcategory": KEY,
            "brand": KEY,
            "list_price": MONEY,
            "cost": MONEY,
            "launched": DATE,
            "withdrawn": DATE,
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
            "payment_date": _need("date"),
            "customer_id": _need("key"),
            "amount": SIGNED,
            "order_id": KEY,
            "invoice_id": KEY,
        },
        dated_by="payment_date",
        valued_by="amount",
    ),
    "receivables": SourceShape(
        {
            "as_of": _need("date"),
            "customer_id": _need("key"),
            "open_amount": SIGNED,
            "overdue_amount": BALANCE,
            "due_date": DATE,
        },
        dated_by="as_of",
        valued_by="open_amount",
    ),
    "targets": SourceShape(
        {
            "dimension": KEY,
            "member": KEY,
            **SCOPE,
            "rep_id": KEY,
            "period": PERIOD,
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
            "period": _need("period"),
            "market_size": _need("money"),
            "dimension": KEY,
            "member": KEY,
            **SCOPE,
            "source": TEXT,
            "published_on": DATE,
        },
        dated_by="published_on",
    ),
    "competitors": SourceShape(
        {
            "date": _need("date"),
            "competitor": _need("key"),
            "event": _need("text"),
            "category": KEY,
            "region": KEY,
            "price_index": NUMBER,
            "share": SHARE,
            "source": TEXT,
        },
        dated_by="date",
    ),
    "feedback": SourceShape(
        {
            "date": _need("date"),
            "text": _need("text"),
            "customer_id": KEY,
            "product_id": KEY,
            "score": NUMBER,
            "kind": KEY,
            "channel": KEY,
        },
        dated_by="date",
    ),
    "environment": SourceShape(
        {
            "factor": _need("key"),
            "kind": _need("key"),
            "driver": _need("key"),
            "low": Column("share", required=True, may_be_negative=True),
            "high": Column("share", required=True, may_be_negative=True),
            "review_date": _need("date"),
            "direction": KEY,
            "source": TEXT,
            **SCOPE,
            "noted_on": DATE,
        },
        dated_by="noted_on",
    ),
    "expenses": SourceShape(
        {
            "period": _need("period"),
            "amount": SIGNED,
            "kind": KEY,
            "region": KEY,
            "channel": KEY,
            "initiative_id": KEY,
        },
        valued_by="amount",
    ),
    "pipeline": SourceShape(
        {
            "opportunity_id": _need("key"),
            "created": _need("date"),
            "stage": _need("key"),
            "stage_date": _need("date"),
            "amount": _need("money"),
            "customer_id": KEY,
            "rep_id": KEY,
            "region": KEY,
            "category": KEY,
            "closed": DATE,
            "won": KEY,
        },
        dated_by="stage_date",
    ),
    "activities": SourceShape(
        {
            "activity_id": _need("key"),
            "name": _need("text"),
            "lever": _need("key"),
            "start": _need("date"),
            "end": _need("date"),
            **SCOPE,
            "customer_id": TEXT,
            "claimed_effect": BALANCE,
            "cost": MONEY,
            "owner": TEXT,
        },
        dated_by="start",
    ),
    "team": SourceShape(
        {
            "rep_id": _need("key"),
            "name": TEXT,
            "manager_id": KEY,
            "region": KEY,
            "channel": KEY,
            "hired": DATE,
            "left": DATE,
            "share_of_time": SHARE,
            "target_pay": MONEY,
            "variable_share": SHARE,
            "role": KEY,
        },
        key=("rep_id",),
    ),
    "distributors": SourceShape(
        {
            "distributor_id": _need("key"),
            "period": _need("period"),
            "region": KEY,
            "sell_in": EITHER_WAY,
            "sell_out": EITHER_WAY,
            "stock_end": EITHER_WAY,
            "product_id": KEY,
        },
    ),
    "calendar": SourceShape(
        {
            "start": _need("date"),
            "kind": _need("key"),
            "end": DATE,
            "name": TEXT,
        },
    ),
    "submissions": SourceShape(
        {
            "dimension": _need("key"),
            "member": _need("key"),
            "amount": _need("money"),
            "period": PERIOD,
            "submitted_by": TEXT,
            "submitted_on": DATE,
        },
        dated_by="submitted_on",
        valued_by="amount",
    ),
    "progress": SourceShape(
        {
            "date": _need("date"),
            "state": _need("key"),
            "task_id": KEY,
            "initiative_id": KEY,
            "share": SHARE,
            "spent": MONEY,
            "comment": TEXT,
        },
        dated_by="date",
    ),
    "price_list": SourceShape(
        {
            "product_id": _need("key"),
            "net_price": _need("money"),
            "region": KEY,
            "channel": KEY,
            "customer_group": KEY,
            "min_quantity": NUMBER,
            "valid_from": DATE,
            "valid_to": DATE,
        },
        dated_by="valid_from",
    ),
    "assumptions": SourceShape(
        {
            "vintage": _need("key"),
            "item": _need("key"),
            "value": Column("number", required=True, may_be_negative=True),
            "period": PERIOD,
            "low": EITHER_WAY,
            "high": EITHER_WAY,
            "unit": KEY,
            "owner": TEXT,
            "review_date": DATE,
            **SCOPE,
            "source": TEXT,
            "set_on": DATE,
        },
        dated_by="set_on",
    ),
}
