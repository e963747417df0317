"""What can go wrong at a source, told apart because each has another remedy."""

from backend.errors import SourceError


class SourceUnreachableError(SourceError):
    """The source can't be reached now (network, 5xx): try again later, or fall back."""

    title = "Data source unreachable"


class RateLimitedError(SourceUnreachableError):
    """The source answers 429: we asked too often."""

    title = "Data source rate limit"


class UnknownTickerError(SourceError):
    """The source does not know the ticker (404: no retry will help)."""

    status = 404
    title = "Unknown ticker"


class EmptyAnswerError(SourceError):
    """The source knows the ticker but has no bars in the range."""

    title = "No bars"


class GarbageAnswerError(SourceError):
    """The source answered something that is not market data."""

    title = "Unreadable answer"
