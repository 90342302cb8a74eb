"""The command line. ``zhidu.cli:main`` is the console script."""

from __future__ import annotations


def main() -> None:
    """Run the command that the arguments name; ends the process with its exit code."""
    import sys

    from zhidu.cli.entry import run

    sys.exit(run(sys.argv[1:]))
