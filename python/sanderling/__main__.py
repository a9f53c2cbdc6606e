"""Entry point of ``sanderling`` and ``python -m sanderling``."""

import sys


def main() -> None:
    """Run the command line. Ctrl-C ends it without a traceback, even while its modules are imported."""
    try:
        from .cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
