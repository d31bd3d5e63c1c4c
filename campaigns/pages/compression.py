"""Compression: text crosses a weak network at a quarter of its size.

A page holds a secret, its form token, beside what people typed. Compressing the two together is
safe because the token is signed anew every second: it is gone before it could be guessed (BREACH).
"""

import gzip

from flask import Response, request

#: From 5 on the size hardly falls; this takes less than a millisecond for the largest board.
_LEVEL = 5
#: What fits into one packet is not worth the work.
_LEAST = 1000
_TEXT = frozenset({"application/json", "image/svg+xml"})


def compress(response: Response) -> Response:
    """The answer as gzip when it is text and the browser takes that; otherwise as it is."""
    kind = response.mimetype or ""
    if not (kind.startswith("text/") or kind in _TEXT):
        return response
    response.vary.add("Accept-Encoding")
    if not _is_whole(response) or request.accept_encodings.quality("gzip") <= 0:
        return response
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) < _LEAST:
        return response
    response.set_data(gzip.compress(content, _LEVEL, mtime=0))
    response.content_encoding = "gzip"
    response.headers.pop("Accept-Ranges", None)
    etag, _weak = response.get_etag()
    if etag is not None:
        response.set_etag(etag, weak=True)
    return response


def _is_whole(response: Response) -> bool:
    """Whether the answer is a complete text that is at hand: no part, no stream, no mere head."""
    is_file = response.direct_passthrough and request.endpoint == "static"
    return (
        request.method != "HEAD"
        and response.status_code not in {204, 206, 304}
        and "Content-Encoding" not in response.headers
        and (is_file or not response.is_streamed)
    )
