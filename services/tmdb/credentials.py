"""What proves to TMDb who asks, and how it is kept out of every text."""

import logging
import re
from dataclasses import dataclass, field

from requests import PreparedRequest
from requests.auth import AuthBase

from .errors import CredentialError, NoCredentialError

# These write addresses, and with them the key, at DEBUG.
_TALKATIVE = ("urllib3.connectionpool", "urllib3.util.retry", "urllib3.poolmanager")
_FIT = re.compile(r"[!-~]*")
_IN_ADDRESS = re.compile(r"(api_key=)[^&\s'\"]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Credential:
    """TMDb's token, which goes into a header, or its key, which goes into each address."""

    token: str = field(default="", repr=False)
    key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self:
            raise NoCredentialError("TMDB_API_TOKEN and TMDB_API_KEY are both empty")
        if not _FIT.fullmatch(self.token + self.key):
            raise CredentialError("TMDb's credential has characters that none has")

    def __bool__(self) -> bool:
        return bool(self.token or self.key)

    @property
    def secret(self) -> str:
        return self.token or self.key

    def query(self) -> dict[str, str]:
        return {} if self.token else {"api_key": self.key}


class CredentialAuth(AuthBase):
    """Sets the header. Its being there keeps requests from looking for a login in ~/.netrc."""

    def __init__(self, credential: Credential | None) -> None:
        self._header = f"Bearer {credential.token}" if credential and credential.token else ""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self._header:
            request.headers["Authorization"] = self._header
        return request


class _AddressFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        redacted = _IN_ADDRESS.sub(r"\1…", text)
        if redacted != text:
            record.msg, record.args = redacted, ()
        return True


_FILTER = _AddressFilter()


def keep_out_of_logs() -> None:
    """Safe to repeat: a logger has a filter once."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_FILTER)
