"""``sanderling`` and ``python -m sanderling``: the command line."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C ends quietly while its modules are imported, too."""
    try:
        from .cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
