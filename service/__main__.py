"""`corral`; imports late, so that a Ctrl-C meanwhile is no traceback."""

import sys


def main() -> None:
    """Entry of the console script."""
    try:
        from service.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
