"""Run every ``benchmarks/prove_*.py`` and write what it found to docs/proofs.md.

``python -m benchmarks [name…]`` runs all proofs, or those named; the sections of the others stay.
A proof is a module with ``main() -> Proof``; an ``AssertionError`` in it means that the promise is
not kept: the others still run, and the exit code is 1.
"""

from __future__ import annotations

import importlib
import platform
import re
import subprocess
import sys
import time
import traceback
from pathlib import Path

from benchmarks.proof import Proof

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "proofs.md"
HEAD = """# Proofs

Written by `make prove`; each section says which commit and machine it was run on.
"""


def commit() -> str:
    """Name the commit, and say if files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(HERE), *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    return git("rev-parse", "--short=12", "HEAD") + (
        " with changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    )


def sections(text: str) -> dict[str, str]:
    """Split the page into its sections by proof."""
    parts = re.split(r"^<!-- proof: (\w+) -->\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def section(proof: Proof, seconds: float) -> str:
    """Write one proof as a section."""
    lines = [f"## {proof.title}", "", proof.promise, ""]
    if proof.figures:
        lines += ["| what | figure |", "|---|---|"]
        lines += [f"| {name} | {value} |" for name, value in proof.figures.items()]
        lines.append("")
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    lines += [f"Commit {commit()}; {machine}; {seconds:.0f} s.", ""]
    return "\n".join(lines)


def main(names: list[str]) -> int:
    """Run the proofs and write the page; give the exit code."""
    known = sorted(path.stem.removeprefix("prove_") for path in HERE.glob("prove_*.py"))
    unknown = set(names) - set(known)
    if unknown:
        print(f"no such proof: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
        return 2
    old = sections(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    failed = []
    for name in names or known:
        print(f"{name} …", flush=True)
        begun = time.perf_counter()
        try:
            proof: Proof = importlib.import_module(f"benchmarks.prove_{name}").main()
            old[name] = section(proof, time.perf_counter() - begun)
            print(old[name])
        except Exception:  # one broken proof must not hide the others
            traceback.print_exc()
            failed.append(name)
            old.pop(name, None)  # the page claims nothing that does not hold now
        # written after each: a long run that is broken off keeps what it has
        body = [f"<!-- proof: {key} -->\n{old[key]}" for key in known if key in old]
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text("\n".join((HEAD, *body)), encoding="utf-8")
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
