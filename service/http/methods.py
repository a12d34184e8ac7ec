"""Which methods a path takes: the `Allow` of a 405 has to name them all (RFC 9110, 15.5.6)."""

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts


def allowed(app: FastAPI, path: str) -> str:
    """The methods of every route on this path; the framework names those of the first alone."""
    found: set[str] = set()
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.path_regex.match(path):
            found |= route.methods or set()
    if "GET" in found:
        found.add("HEAD")  # every_answer.py takes it for a GET
    return ", ".join(sorted(found))
