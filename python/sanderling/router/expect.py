"""Predicts the model for the next question, so that the model can be loaded in advance."""

from __future__ import annotations

from ..config import Config
from ..constraints import Constraints
from ..device.profiles import Profile
from ..engines.model_pool import ModelPool
from ..errors import SanderlingError
from ..models.inventory import ModelInventory
from . import features
from .choices import choices_for
from .contract import Router
from .guard import guard
from .rule import RuleRouter, largest_quick


def expected_model(
    router: Router, inventory: ModelInventory, pool: ModelPool, profile: Profile, config: Config
) -> str | None:
    """Return the id of the model that an ordinary question would get.

    An ordinary question has no budget and no risky subject. The rule's model depends on nothing else. None: it
    cannot be told, because a trained router reads the question, or because no model fits.
    """
    if len(inventory.models) == 1:
        return inventory.models[0].entry.id
    if not isinstance(router, RuleRouter):
        return None
    candidates = inventory.candidates(pool)
    try:
        choices = choices_for(candidates, profile.context_tokens, Constraints())
    except SanderlingError:
        return None  # the question that needs a model says why there is none
    allowed = guard(choices, "", (), config.largest_for, config.always_largest).allowed
    values = features.vector(features.of_candidates(candidates, profile.context_tokens[features.PRICED]))
    rung = largest_quick(values, {choice.candidate.rung for choice in allowed})
    return next(candidate.model_id for candidate in candidates if candidate.rung == rung)
