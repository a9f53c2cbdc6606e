"""Run the comparison of the verifiers: read the rows, report, and write the weights to ship."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from ...device import profiles
from ...device.machine import machine_block
from ...errors import UsageError
from ...models import registry
from ...router.labels import settings as devices
from ...router.labels.rows import TOKENS, read
from ...router.training import verify
from ...router.training.drafts import drafts_of
from ...router.training.settings import Settings
from ...router.verifier import weights
from ..policies.shipping import COLLECTED
from . import tables
from .candidates import LOGISTIC, UNFITTED, fits
from .report import Report, report

LEAST_DRAFTS = 40
LEAST_SETS = 2
LEFT_OUT = ("smollm2-135m",)
"""Models that no verifier can tell about (area under the curve .45 to .52): they are for demos and tests."""


class Run:
    """Drafts of some collections, and the comparison of the verifiers on them."""

    def __init__(self, rows: Sequence[Path], profile: str, settings: Settings, *, network: bool) -> None:
        """Read the rows; without any, the collection that ships. ``network`` False: without the FastGRNN.

        Raises UsageError when they cannot be read or are too few.
        """
        drafts = drafts_of([read(path) for path in rows or (COLLECTED,)])
        keep = np.array([drafts.models[model] not in LEFT_OUT for model in drafts.model.tolist()])
        self.drafts = drafts.take(keep) if keep.any() else drafts
        if len(self.drafts) < LEAST_DRAFTS or len(np.unique(self.drafts.set)) < LEAST_SETS:
            raise UsageError(
                f"{len(self.drafts)} answers of {len(np.unique(self.drafts.set))} sets are too few to judge each set by"
                f" the others: {LEAST_DRAFTS} answers of {LEAST_SETS} sets are the least"
            )
        detected = profiles.choose(profile)
        self.machine = machine_block(detected.device)
        entries = [registry.get(name) for name in self.drafts.models if name not in LEFT_OUT]
        found = devices.setting(detected.profile, entries, measured=True)
        self._setting = replace(
            found,
            candidates=tuple(replace(candidate, warm=True) for candidate in found.candidates),
            context_tokens=dict(TOKENS),
        )
        self._settings, self._network = settings, network

    def report(self) -> Report:
        """Fit and judge every verifier."""
        setting = self._setting
        return report(
            self.drafts, fits(setting if self._network else None, self._settings), setting, self._settings.seed
        )

    def ship(self, found: Report, out: Path) -> None:
        """Fit the best storable verifier to all drafts, and write the verifier and its gains to ``out``.

        A file can hold the unfitted rule and the logistic regression.
        """
        name = found.best.name if found.best.name in (UNFITTED, LOGISTIC) else UNFITTED
        sure = found.confidences[name].confidence
        verifier = verify.logistic(self.drafts) if name == LOGISTIC else verify.unfitted(self.drafts)
        weights.write(
            out,
            weights.Fitted(
                verifier=replace(verifier, not_sure_below=verify.threshold(sure, self.drafts.right)),
                gains=verify.gains(self.drafts, sure),
                questions=len(np.unique(self.drafts.question)),
                answers=len(self.drafts),
                sets=tuple(self.drafts.sets[at] for at in np.unique(self.drafts.set).tolist()),
                made=datetime.now(UTC).date().isoformat(),
            ),
        )

    def markdown(self, found: Report) -> str:
        """Return the report as Markdown tables."""
        return tables.markdown(found)
