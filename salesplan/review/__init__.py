"""How did we do, against which targets, and why: key figures, attainment, trend, concentration, and the causes."""

from salesplan.review import causes, effects
from salesplan.review.assortment import left_out, same_range
from salesplan.review.attainment import attainment, past_attainment, say_attainment, target_windows
from salesplan.review.capacity import capacity_use, say_capacity_use
from salesplan.review.concentration import pareto, pareto_products, say_pareto
from salesplan.review.coverage import coverage, like_for_like, say_coverage
from salesplan.review.doubts import doubts, say_doubts
from salesplan.review.funnel import funnel, say_funnel
from salesplan.review.kpis import kpi_definitions, kpis, say_kpis
from salesplan.review.lost_accounts import lost_accounts, say_lost_accounts
from salesplan.review.outside import competitor_moves, competitors, environment, say_competitors, say_environment
from salesplan.review.quality import quality, say_quality
from salesplan.review.receivables import ageing, cash_forecast, say_receivables
from salesplan.review.restated import restated, say_restated
from salesplan.review.signals import say_signals, signals
from salesplan.review.trend import member_trends, say_trend, trend
from salesplan.review.windows import Window, window
from salesplan.review.year import YEAR, say_year

__all__ = [
    "YEAR",
    "Window",
    "ageing",
    "attainment",
    "capacity_use",
    "cash_forecast",
    "causes",
    "competitor_moves",
    "competitors",
    "coverage",
    "doubts",
    "effects",
    "environment",
    "funnel",
    "kpi_definitions",
    "kpis",
    "left_out",
    "like_for_like",
    "lost_accounts",
    "member_trends",
    "pareto",
    "pareto_products",
    "past_attainment",
    "quality",
    "restated",
    "same_range",
    "say_attainment",
    "say_capacity_use",
    "say_competitors",
    "say_coverage",
    "say_doubts",
    "say_environment",
    "say_funnel",
    "say_kpis",
    "say_lost_accounts",
    "say_pareto",
    "say_quality",
    "say_receivables",
    "say_restated",
    "say_signals",
    "say_trend",
    "say_year",
    "signals",
    "target_windows",
    "trend",
    "window",
]
