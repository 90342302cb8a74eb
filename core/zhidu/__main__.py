"""``python -m zhidu`` is ``zhidu``."""

from zhidu.cli import main

main()
