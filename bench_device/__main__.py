"""``python -m sanderling.bench_device COMMAND``: the same commands as ``sanderling bench``."""

from sanderling.cli import run
from sanderling.cli.bench import app

run(app)
