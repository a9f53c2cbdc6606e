"""Entry point of ``python -m sanderling.bench_device``, which has the same commands as ``sanderling bench``."""

from ..cli import run
from ..cli.bench import app

run(app)
