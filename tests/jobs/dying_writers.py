"""Writers that commit, and are killed by SIGKILL before they drop a cache entry.

`python -m tests.jobs.dying_writers URL < votes`: a line of JSON `[user, post, value]` each. All the
code between the statement and the drop is that of the service; every writer is a process.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from service.feed.votes import vote_on_post
from service.queries.engine import connect
from service.queries.unit_of_work import Transactions
from service.strategies.invalidation import AfterCommitAndOutbox


class Fatal:
    """Caches whose first drop never happens."""

    async def drop(self, _entries: Sequence[Any]) -> None:
        """Be killed: the commit is over, and nothing else is."""
        os.kill(os.getpid(), signal.SIGKILL)


async def vote(url: str, user_id: int, post_id: int, value: int) -> None:
    """One write that its writer does not survive."""
    transactions = Transactions(connect(url), AfterCommitAndOutbox(Fatal()))
    await vote_on_post(user_id, post_id, value, uow=transactions.begin())


def main() -> None:
    """Fork a writer for each line, one after the other; say how each ended."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            asyncio.run(vote(sys.argv[1], *json.loads(line)))
            os._exit(0)  # it should not have come to this
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
