"""What stands before one process of a service while a release takes its place.

A caller keeps its connection. Each request goes to where the balancer leads when it begins, so the
former process may be ended as soon as what it was asked before has been answered: none is lost.
"""

import asyncio

from loadtests.trials.passage import Client, Passage


class Caller(Client):
    """Somebody who asks one thing at a time: what is said after an answer begins a request."""

    def __init__(self, passage: Passage) -> None:
        super().__init__(passage)
        self._asking = False
        self._held: list[bytes] = []
        self._place = passage.server

    def data_received(self, piece: bytes) -> None:
        """Pass it on; a request that begins goes to where the passage leads by now."""
        begins, self._asking = not self._asking, True
        if begins and (self.other is None or self._place != self.passage.server):
            self._held.append(piece)
            self._part()
            self.finding = asyncio.create_task(self._move())
        elif self._held:
            self._held.append(piece)
        else:
            self.pass_on(piece)

    def answered(self) -> None:
        """What is said next is another request."""
        self._asking = False

    def bereft(self) -> None:
        """A server that leaves between two requests is no loss: the next goes elsewhere."""
        self.other = None
        if self._asking:
            super().bereft()

    def _part(self) -> None:
        """At once: a former server that leaves in this moment must not be missed."""
        former, self.other = self.other, None
        if former is not None:
            former.other = None
            former.bereft()

    async def _move(self) -> None:
        self._place = self.passage.server
        await self.find()
        held, self._held = self._held, []
        for piece in held:
            self.pass_on(piece)
