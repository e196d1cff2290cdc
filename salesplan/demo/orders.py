"""Five and a half years of order lines, from customers, products and what happens to them."""

from __future__ import annotations

__all__ = ["COLUMNS", "effect_amounts", "lines"]

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.demo import history
from salesplan.demo.company import CATEGORIES, CHANNELS, FIRST_DAY, LAST_DAY, REGIONS
from salesplan.demo.planted import DIVERTER, LAUNCH, LAUNCH_DAY, LOST_ACCOUNT, LOST_ON, SIBLING, STUFFERS

COLUMNS = [
    *("order_id", "line_no", "order_date", "customer_id", "product_id", "category", "region", "customer_group"),
    *("channel", "rep_id", "quantity", "net_cents", "list_cents", "discount_cents", "cost_cents", "promotion"),
    "order_type",
]
_CHANNEL_MIX = {
    "KEY": (0.85, 0.05, 0.04, 0.06, 0.00),
    "WHO": (0.06, 0.90, 0.00, 0.04, 0.00),
    "RET": (0.10, 0.40, 0.12, 0.23, 0.15),
    "ENT": (0.60, 0.08, 0.16, 0.12, 0.04),
}
_GROUP_DISCOUNT = {"KEY": 0.07, "WHO": 0.03, "RET": 0.0, "ENT": 0.02}
_LINE_MONEY = 43_000.0
_REPLACED = {"R05": "R06", "R12": "R11", "R20": "R11", "R15": "R01", "R23": "R22"}
_ONLINE_REP = {"OWN": "R22", "MKT": "R23", "SOC": "R24"}
_CANNIBALISED = 0.48  # of the sibling's lines; with the launch's own 0.32 this makes 60 % of its volume


def lines(
    seed: int, *, customers: pd.DataFrame, products: pd.DataFrame, staff: pd.DataFrame, plant: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Which order lines were written, and which would the lost account have written? Two frames, money in whole cents.

    With ``plant`` what is planted happens; without it nothing is lost either.
    """
    heads = _heads(seed, customers=customers)
    table = _with_products(seed, heads, products=products, plant=plant)
    table = _with_prices(seed, table, products=products, plant=plant)
    table = _with_quantities(seed, table, products=products, plant=plant)
    table = _with_returns(seed, _with_reps(table, staff=staff))
    lost = (table.customer_id == LOST_ACCOUNT) & (table.order_date > pd.Timestamp(LOST_ON)) & plant
    return _numbered(table[~lost]), _numbered(table[lost])


def effect_amounts(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """What did each planted event change in net sales, per year [CNY]? Net x (1 - 1 / factor) over its lines."""
    year = table.order_date.dt.year
    found = {}
    for effect in history.EFFECTS:
        inside = effect.covers(table) & (table.order_type == "sale").to_numpy()
        amount = (table.net_cents[inside] * (1 - 1 / effect.factor)).groupby(year[inside]).sum() / 100
        found[effect.id] = {str(y): round(float(v), 2) for y, v in amount.items()}
    return found


def _heads(seed: int, *, customers: pd.DataFrame) -> pd.DataFrame:
    """One row per order: customer, date, channel, number of lines."""
    rng = stats.generator(seed, "orders")
    weights = history.day_weights()
    busy = np.concatenate([[0.0], np.cumsum(weights / weights.mean() / 365.25)])
    first, last = customers["first"].to_numpy(), customers["last"].to_numpy()
    expected = customers.rate.to_numpy() * (busy[last + 1] - busy[first])
    regular = customers.customer_group.isin(["KEY", "WHO"]).to_numpy()
    count = np.where(regular, np.floor(expected + rng.random(len(customers))), rng.poisson(expected))
    count = np.maximum(count, 1).astype("int64")
    who = np.repeat(np.arange(len(customers)), count)
    # regular customers reorder at even intervals, the others whenever they happen to
    turn = np.arange(len(who)) - np.repeat(np.cumsum(count) - count, count)
    spot = rng.random(len(who))
    spot = np.where(regular[who], (turn + spot) / count[who], spot)
    draw = busy[first[who]] + spot * (busy[last[who] + 1] - busy[first[who]])
    day = np.clip(np.searchsorted(busy, draw, side="right") - 1, 0, len(weights) - 1)
    known = customers.iloc[who].reset_index(drop=True)
    heads = known[["customer_id", "region", "customer_group", "rep_id", "size"]].copy()
    heads["order_date"] = np.datetime64(FIRST_DAY, "D") + day.astype("timedelta64[D]")
    heads["order_date"] = heads.order_date.astype("datetime64[ns]")
    heads["channel"] = _channels(rng, customers=customers, who=who)
    heads["lines"] = 1 + rng.poisson(1.9, len(heads))
    return heads.sort_values(["order_date", "customer_id"], kind="stable").reset_index(drop=True)


def _channels(rng: np.random.Generator, *, customers: pd.DataFrame, who: np.ndarray) -> np.ndarray:
    """Nearly every order of a customer comes through its own main channel."""
    codes = np.array([c.code for c in CHANNELS])
    mix = np.cumsum(np.array([_CHANNEL_MIX[g] for g in customers.customer_group]), axis=1)
    own = (rng.random(len(customers))[:, None] > mix[:, :-1]).sum(axis=1)
    other = (rng.random(len(who))[:, None] > mix[who][:, :-1]).sum(axis=1)
    planted = customers.customer_id.isin([DIVERTER, *STUFFERS]).to_numpy()
    own = np.where(planted, 1, own)
    strays = (rng.random(len(who)) < 0.12) & ~planted[who]
    return codes[np.where(strays, other, own[who])]


def _with_products(seed: int, heads: pd.DataFrame, *, products: pd.DataFrame, plant: bool) -> pd.DataFrame:
    """One row per line; no product twice in one order, none before its launch or after its end."""
    rng = stats.generator(seed, "baskets")
    order = np.repeat(np.arange(len(heads)), heads.lines)
    table = heads.drop(columns="lines").iloc[order].reset_index(drop=True).assign(order=order)
    day = table.order_date.to_numpy()
    codes = products.product_id.to_numpy()
    category = products.category.map({c.code: c.weight for c in CATEGORIES}).to_numpy()
    weight = category * products.popularity.to_numpy() / products.groupby("category").popularity.transform("sum")
    chosen = _draw(rng, weight=weight.to_numpy(), products=products, day=day)
    switched = (codes[chosen] == SIBLING) & (day >= np.datetime64(LAUNCH_DAY)) & (rng.random(len(day)) < _CANNIBALISED)
    chosen = np.where(switched & plant, list(codes).index(LAUNCH), chosen)
    table["product_id"] = codes[chosen]
    table["category"] = products.category.to_numpy()[chosen]
    return table.drop_duplicates(["order", "product_id"]).reset_index(drop=True)


def _draw(rng: np.random.Generator, *, weight: np.ndarray, products: pd.DataFrame, day: np.ndarray) -> np.ndarray:
    """Draws products by weight among those on sale; the weights change only on a launch or an end."""
    launch = pd.to_datetime(products.launched).to_numpy()
    end = pd.to_datetime(products.withdrawn).fillna(pd.Timestamp("2099-12-31")).to_numpy()
    moments = np.unique(np.concatenate([launch, end + np.timedelta64(1, "D"), [np.datetime64("2021-01-01")]]))
    spell = np.searchsorted(moments, day, side="right")
    draw, chosen = rng.random(len(day)), np.zeros(len(day), dtype="int64")
    for number in np.unique(spell):
        on_sale = (launch <= moments[number - 1]) & (end >= moments[number - 1])
        share = np.cumsum(np.where(on_sale, weight, 0))
        here = spell == number
        chosen[here] = np.searchsorted(share, draw[here] * share[-1], side="right")
    return chosen


def _with_prices(seed: int, table: pd.DataFrame, *, products: pd.DataFrame, plant: bool) -> pd.DataFrame:
    """List price and cost of the year, and the discount: usual of the channel and group, promotion, haggling."""
    rng = stats.generator(seed, "prices")
    code = table.product_id.map({p: n for n, p in enumerate(products.product_id)}).to_numpy()
    year, month = table.order_date.dt.year.to_numpy(), table.order_date.dt.month.to_numpy()
    index = np.array([[history.list_price_index(c, y) for y in history.YEARS] for c in products.category])
    list_cents = np.rint(products.list_price.to_numpy()[:, None] * index * 10) * 10
    cost = products.cost.to_numpy()[:, None] * 100 * np.power(0.982, 2026 - np.array(list(history.YEARS)))
    fixed = products.category.isin(history.NOT_IDENTIFIED).to_numpy() & plant
    promoted = (rng.random((len(products), 66)) < 0.13) & ~fixed[:, None]
    depth = np.where(promoted, rng.uniform(0.06, 0.20, promoted.shape), 0.0)
    at = (year - 2021) * 12 + month - 1
    usual = table.channel.map({c.code: c.figure for c in CHANNELS}) + table.customer_group.map(_GROUP_DISCOUNT)
    haggled = np.clip(rng.normal(0, 0.018, len(table)), -0.06, 0.06)
    haggled = np.where(fixed[code], 0.0, haggled)
    low = ((table.customer_id == DIVERTER) & (table.category == "CLN") & (year >= 2025)).to_numpy() * plant * 0.07
    return table.assign(
        list_cents=list_cents[code, year - 2021].astype("int64"),
        unit_cost=cost[code, year - 2021],
        usual=usual,
        rate=np.clip(usual + depth[code, at] + haggled + low, 0, 0.6),
        promotion=np.where(promoted[code, at], [f"PR{y % 100}{m:02d}" for y, m in zip(year, month, strict=True)], ""),
    )


def _with_quantities(seed: int, table: pd.DataFrame, *, products: pd.DataFrame, plant: bool) -> pd.DataFrame:
    """Money a customer spends on a line, over the usual price, times markets, seasons, price response and events."""
    rng = stats.generator(seed, "quantities")
    day = table.order_date.to_numpy()
    years = (day - np.datetime64(FIRST_DAY)).astype("timedelta64[D]").astype(float) / 365.25
    reference = table.product_id.map(products.list_price).to_numpy() * (1 - table.usual)
    price = table.list_cents / 100 * (1 - table.rate)
    elasticity = table.category.map(history.ELASTICITY).to_numpy()
    money = _LINE_MONEY * table["size"] * rng.lognormal(-0.1, 0.45, len(table)) * 0.88
    wanted = (money / reference).to_numpy() * history.market_index(table.category, day)
    wanted *= history.category_season(table.category, table.order_date.dt.month.to_numpy())
    wanted *= np.power((price / reference).to_numpy(), elasticity) * np.exp(_own_growth(table) * years)
    for effect in history.EFFECTS if plant else ():
        wanted = np.where(effect.covers(table), wanted * effect.factor, wanted)
    quantity = np.maximum(np.rint(wanted), 1).astype("int64")
    gross = quantity * table.list_cents
    discount = np.rint(gross * table.rate).astype("int64")
    cost = np.rint(quantity * table.unit_cost).astype("int64")
    return table.assign(quantity=quantity, discount_cents=discount, net_cents=gross - discount, cost_cents=cost)


def _own_growth(table: pd.DataFrame) -> np.ndarray:
    """Yearly growth [share] of regions and channels beyond the market."""
    channel = {"DIR": -0.01, "DIS": -0.02, "OWN": 0.02, "MKT": 0.01, "SOC": 0.06}
    return (table.region.map({r.code: r.figure for r in REGIONS}) + table.channel.map(channel)).to_numpy()


def _with_reps(table: pd.DataFrame, *, staff: pd.DataFrame) -> pd.DataFrame:
    """Online orders belong to the online representatives; nobody sells before being hired or after leaving."""
    rep = table.channel.map(_ONLINE_REP).fillna(table.rep_id)
    known = staff.set_index("rep_id")
    early = table.order_date < pd.to_datetime(rep.map(known.hired))
    late = table.order_date > pd.to_datetime(rep.map(known.left)).fillna(pd.Timestamp("2099-12-31"))
    swap = (early | late) & rep.isin(_REPLACED)
    return table.assign(rep_id=rep.where(~swap, rep.map(_REPLACED)))


def _with_returns(seed: int, table: pd.DataFrame) -> pd.DataFrame:
    """About one line in forty-five comes back, wholly or in part, one to six weeks later."""
    rng = stats.generator(seed, "returns")
    back = table[rng.random(len(table)) < 0.022].copy()
    part = rng.uniform(0.1, 1.0, len(back))
    quantity = np.maximum(np.rint(back.quantity * part * 0.6), 1).astype("int64")
    share = (quantity / back.quantity).to_numpy()
    days = pd.to_timedelta(rng.integers(7, 42, len(back)), unit="D")
    discount = np.rint(back.discount_cents * share).astype("int64")
    back = back.assign(
        order_date=back.order_date + days,
        quantity=-quantity,
        discount_cents=-discount,
        net_cents=-(quantity * back.list_cents - discount),
        cost_cents=-np.rint(back.cost_cents * share).astype("int64"),
        order=back.order + 10_000_000,
        order_type="return",
    )
    back = back[back.order_date <= pd.Timestamp(LAST_DAY)]
    return pd.concat([table.assign(order_type="sale"), back], ignore_index=True)


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Order numbers rise with the date; lines count from one."""
    table = table.sort_values(["order_date", "order", "product_id"], kind="stable").reset_index(drop=True)
    new = table.groupby("order", sort=False).ngroup() + 1
    returned = (table.order_type == "return").to_numpy()
    prefix = np.where(returned, "RT", "SO")
    months = table.order_date.dt.strftime("%y%m").to_numpy()
    table["order_id"] = [f"{p}{m}{n:06d}" for p, m, n in zip(prefix, months, new, strict=True)]
    table["line_no"] = table.groupby("order").cumcount() + 1
    return table[COLUMNS]
