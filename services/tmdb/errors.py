"""Why TMDb did not answer a request, by what helps against it."""


class TMDbError(Exception):
    """`status_code` is TMDb's own, `http` that of the answer; None where there was none."""

    can_heal = False

    def __init__(
        self, message: str, *, status_code: int | None = None, http: int | None = None
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.http = http


class NoCredentialError(TMDbError):
    """Neither a token nor a key is configured."""


class CredentialError(TMDbError):
    """The credential is invalid or suspended: no request succeeds until an operator acts."""


class TitleNotFoundError(TMDbError):
    """TMDb knows no such id, or no longer."""


class RequestError(TMDbError):
    """The request is wrong, and would be the next time."""


class InternalRefusalError(TMDbError):
    """TMDb fails over this very id, whenever it is asked for."""


class PayloadError(TMDbError):
    """The answer as a whole cannot be used."""


class RateLimitedError(TMDbError):
    """TMDb, or our own limiter on its behalf, lets nothing through for `retry_after` seconds."""

    can_heal = True

    def __init__(
        self,
        message: str,
        *,
        retry_after: float,
        status_code: int | None = None,
        http: int | None = None,
    ) -> None:
        super().__init__(message, status_code=status_code, http=http)
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (str(self), self.retry_after, self.status_code, self.http)


class UnavailableError(TMDbError):
    """TMDb is away, too slow or answers with what is no answer."""

    can_heal = True


class LimiterAwayError(TMDbError):
    """Redis, which paces the requests, is away: nothing is sent unpaced."""

    can_heal = True


class ExportMissingError(TMDbError):
    """That day's export is not there: not yet, or no longer."""

    can_heal = True


def _restored(
    message: str, retry_after: float, status_code: int | None, http: int | None
) -> RateLimitedError:
    """Pickled exceptions are made anew from their arguments by place."""
    return RateLimitedError(message, retry_after=retry_after, status_code=status_code, http=http)
