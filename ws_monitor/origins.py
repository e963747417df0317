"""Which pages may open a WebSocket here: a browser sends any page's cookies and address, but names its origin."""

from urllib.parse import urlsplit

from websockets.datastructures import Headers


def allowed(headers: Headers, origins: frozenset[str]) -> bool:
    """Whether the handshake comes from the server's own page, an allowed one, or no browser at all."""
    origin = headers.get("Origin")
    if origin is None:
        return True
    if origin in origins:
        return True
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc == headers.get("Host", "")
