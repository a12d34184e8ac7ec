import os
from tests.clients import serving
from tests.schemathesis.searching import listening, search

async def test_try(databases, servers, tmp_path, capsys):
    redis_url = servers.redis_urls["layered"].removesuffix("/0") + "/3"
    async with databases.copy_of("corral_test_world") as url, serving("layered", url, redis_url) as client, listening(client.app) as address:
        found = await search(address, token=client._tokens.make(client.ids["ada"], "ada"), seed=1, folder=tmp_path, more=os.environ["MORE"])
    with capsys.disabled():
        print(found.is_clean, found.said)
