"""Clients that all do one job: a frame's texts go out, ten a request, and come back as columns.

Each module has `client(url, concurrency)`: a context that gives a function from a frame with `text`
to one with `out` and `error` beside it, row by row. Connections live as long as the context.
"""
