"""What worked: the effect of past strategies, each beside its claim."""

from salesplan.review.effects.ledger import claims_kept
from salesplan.review.effects.verdicts import say_strategy_effects, strategy_effects

__all__ = ["claims_kept", "say_strategy_effects", "strategy_effects"]
