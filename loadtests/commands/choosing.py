"""Options that choose what is compared: strategies by name, and plans of the user's own."""

import argparse
from collections.abc import Callable, Sequence

from loadtests.errors import LoadTestError
from loadtests.trials.offer import Offer, own_plan
from loadtests.trials.subject import Subject

STRATEGIES = "naive,article,layered"


def choosing_options(parser: argparse.ArgumentParser) -> None:
    """`--strategy`, `--set` and `--plan`."""
    parser.add_argument(
        "--strategy",
        metavar="A,B,...",
        help=f"strategies, rungs, mistakes (see `corral strategies`), and no_cache always; "
        f"{STRATEGIES}",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=PIECE,...",
        help="one more: the last strategy named, or --plan, with these fields changed; repeatable",
    )
    parser.add_argument(
        "--plan", metavar="FILE:NAME", help="one more: a Plan in a Python file of your own"
    )


def chosen(options: argparse.Namespace) -> Callable[[Offer], Sequence[Subject]]:
    """The subjects that these options name, once it is known what there is."""

    def subjects(offer: Offer) -> Sequence[Subject]:
        named = offer.subjects((options.strategy or STRATEGIES).split(","))
        named += [own_plan(options.plan)] if options.plan else []
        return [*named, *(offer.changed(named[-1], changes) for changes in options.set)]

    return subjects


def refuse_with_host(options: argparse.Namespace) -> None:
    """A service that runs follows the plan that it was started with. Raises LoadTestError."""
    if options.host and (options.strategy or options.set or options.plan):
        raise LoadTestError(
            "--host measures the service as it runs: start it with --strategy, --set or --plan of "
            "`corral serve`, and leave them out here."
        )
