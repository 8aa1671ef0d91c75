"""The command line."""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterable
from pathlib import Path


def read_options(benches: Iterable[str], arguments: list[str] | None = None) -> Namespace:
    """Read the command line.

    Args:
        benches: The names of the benchmarks there are.
        arguments: The words to read; those of the process by default.
    """
    parser = ArgumentParser(
        prog="python -m bench",
        description="Measure what Kolben costs, beside its peers.",
        epilog=f"benchmarks: {', '.join(benches)}; all: every one of them",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "bench",
        nargs="?",
        choices=[*benches, "all"],
        metavar="BENCH",
        help="what to measure (default: inprocess; with --check: all)",
    )
    parser.add_argument(
        "only", nargs="*", metavar="CASE", help="only these cases of inprocess, profile"
    )
    parser.add_argument("--rounds", type=int, default=15, help="interleaved rounds (default 15)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the tables (png, svg, pdf)")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
    parser.add_argument(
        "--margin",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="how far a goal may be missed, as a share of it: 0.2 lets 8 pass for 10 (default 0)",
    )
    parser.add_argument(
        "--ratios", action="store_true", help="judge ratios alone: times differ between machines"
    )
    options = parser.parse_args(arguments)
    if not 0 <= options.margin < 1:
        parser.error(f"--margin is a share from 0 to below 1, not {options.margin:g}")
    if options.rounds < 1:
        parser.error(f"--rounds must be at least 1, not {options.rounds}")
    return options
