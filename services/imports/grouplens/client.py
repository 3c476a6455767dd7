"""HTTP as the download needs it: streamed, bounded, and each failure named by what helps."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import InvalidHeader
from urllib3.util.retry import Retry

from .errors import DownloadError, PassingFailureError
from .retrying import Patience

# Small, because what a cut connection delivered of an unfinished chunk is lost.
CHUNK_BYTES = 16 * 1024
# Ranges and lengths count what is sent, so it must be sent as it is stored.
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "nexus-load-movielens"}
_MAY_PASS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


class HTTPSKeepingSession(requests.Session):
    """Follows redirects to HTTPS, or from HTTP to HTTP: never down, and to no other scheme."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        target = super().get_redirect_target(resp)
        if target is not None:
            scheme = urlsplit(urljoin(resp.url, target)).scheme
            if scheme not in {"https", urlsplit(resp.url).scheme}:
                raise DownloadError(f"{resp.url} redirects to {target}, which is not HTTPS")
        return target


class Client:
    """One session. Proxies come from the environment, as requests reads it."""

    def __init__(self, patience: Patience) -> None:
        self._session = HTTPSKeepingSession()
        self._session.headers.update(_HEADERS)
        self._timeout = (patience.connect_seconds, patience.read_seconds)

    @contextmanager
    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (HTTPStatus.OK,),
    ) -> Iterator[requests.Response]:
        """The answer, its body still to be read; what fails while reading is named as well.

        Raises:
            PassingFailureError: no connection, one cut off, a 5xx, a 429 or the like.
            DownloadError: any other status outside `accept`, or an address that cannot work.
        """
        with (
            _failures_named(url),
            self._session.get(url, headers=headers, stream=True, timeout=self._timeout) as response,
        ):
            _refuse_status(response, accept)
            _refuse_encoding(response)
            yield response

    def read_text(self, url: str, *, limit: int) -> str:
        """A small text; more than `limit` bytes are refused."""
        content = b""
        with self.get(url) as response:
            for chunk in response.iter_content(limit):
                content += chunk
                if len(content) > limit:
                    raise DownloadError(f"{url} is longer than {limit:,} bytes")
        return content.decode("utf-8", errors="replace")


@contextmanager
def _failures_named(url: str) -> Iterator[None]:
    try:
        yield
    except requests.exceptions.SSLError as error:
        # A connection error to requests, but no second attempt mends a certificate.
        raise DownloadError(f"{url} cannot be read: {error}") from error
    except requests.exceptions.Timeout as error:
        raise PassingFailureError(f"{_host(url)} does not answer in time") from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise PassingFailureError(f"{_host(url)} broke the connection off") from error
    except requests.exceptions.ConnectionError as error:
        # requests wraps a time-out while the body is read into this one, too.
        raise PassingFailureError(f"No connection to {_host(url)}: {_cause(error)}") from error
    except requests.exceptions.RequestException as error:
        raise DownloadError(f"{url} cannot be read: {error}") from error


def _host(url: str) -> str:
    return urlsplit(url).netloc or url


def _cause(error: BaseException) -> str:
    """The innermost reason; requests and urllib3 wrap it in their own words."""
    reason = error.args[0] if error.args else None
    reason = getattr(reason, "reason", reason)
    return str(reason or error).rpartition(": ")[2].strip()


def _refuse_status(response: requests.Response, accept: Collection[int]) -> None:
    status = response.status_code
    if status in accept:
        return
    message = f"{response.url} answers {status} {response.reason or ''}".rstrip()
    if status in _MAY_PASS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise PassingFailureError(message, retry_after=_retry_after(response))
    raise DownloadError(message)


def _retry_after(response: requests.Response) -> float | None:
    asked = response.headers.get("Retry-After")
    try:
        return Retry().parse_retry_after(asked) if asked else None
    except InvalidHeader:
        return None


def _refuse_encoding(response: requests.Response) -> None:
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise DownloadError(f"{response.url} is sent as {encoding}, which was not asked for")
