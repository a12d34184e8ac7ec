"""`python -m loadtests ...`; imports late, so that a Ctrl-C meanwhile is no traceback."""

import sys


def main() -> int:
    """Run the command; its exit code."""
    try:
        from loadtests.commands.main import main as run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
