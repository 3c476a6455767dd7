"""Why a download ended, by what helps against it."""


class DownloadError(Exception):
    """The archive cannot be had as things are. A second try would end the same way."""


class DownloadUnfinishedError(DownloadError):
    """What stopped the download may pass. A later run goes on where this one stopped."""


class PassingFailureError(DownloadError):
    """One attempt failed, the next may not. `retry_after` is what the server asks for, in s."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
