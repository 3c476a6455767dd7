"""What a mail server's refusal means for the mail. Nothing told here repeats an address."""

from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException

# The first retry comes after this time, each further one after twice the time of the one before.
RETRY_DELAY = timedelta(seconds=10)
MAX_RETRY_DELAY = timedelta(hours=1)
# Together most of a day.
MAX_ATTEMPTS = 24

EXHAUSTED = "No worker survived the last attempt."
# From here on a server's refusal is final (RFC 5321, section 4.2.1).
PERMANENT = 500


def told(error: Exception) -> str:
    """The kind of error and the server's codes: "SMTPRecipientsRefused 550"."""
    return " ".join([type(error).__name__, *map(str, _codes(error))])


def is_final(error: Exception) -> bool:
    """Whether the server will never take it. Other faults may be ours to mend meanwhile."""
    if isinstance(error, SMTPRecipientsRefused | SMTPDataError):
        return all(code >= PERMANENT for code in _codes(error))
    # An address that cannot be written into a mail's headers.
    return isinstance(error, ValueError)


def retry_delay(*, attempts: int) -> timedelta:
    doublings: int = 2 ** (attempts - 1)
    return min(RETRY_DELAY * doublings, MAX_RETRY_DELAY)


def _codes(error: Exception) -> list[int]:
    if isinstance(error, SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, SMTPResponseException) else []
