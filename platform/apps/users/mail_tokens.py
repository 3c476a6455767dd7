"""Tokens in mails: a mail's id, signed.

Nothing secret is stored. The signature covers the account's address, and for a reset its password
hash, so that a change of either voids every token that was sent before.
"""

import re
from uuid import UUID

from django.conf import settings
from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

from apps.core.errors import APIError, ErrorCode

from .models import AccountMail, User

# A full stop is left alone by URLs, and by whatever makes links of text.
_SEPARATOR = "."
_FORM = re.compile(r"([0-9a-f]{32})\.[A-Za-z0-9_-]{43}")


def token_of(mail: AccountMail, *, user: User) -> str:
    parts = [mail.purpose, user.email]
    if mail.purpose == AccountMail.Purpose.RESET_PASSWORD:
        parts.append(user.password)
    signer = Signer(
        key=settings.SIMPLE_JWT["SIGNING_KEY"],
        fallback_keys=[],
        sep=_SEPARATOR,
        # A line break is in none of the parts, so that no two lists of them read the same.
        salt="\n".join(["apps.users.mail_tokens", *parts]),
    )
    return signer.sign(mail.pk.hex)


def is_token_of(mail: AccountMail, token: str, *, user: User) -> bool:
    return constant_time_compare(token, token_of(mail, user=user))


def mail_id_of(token: str) -> UUID:
    """The mail that the token names, with or without right.

    Raises:
        APIError: `mail_token_not_valid`, for what has not the form of a token.
    """
    found = _FORM.fullmatch(token)
    if found is None:
        raise APIError(ErrorCode.MAIL_TOKEN_NOT_VALID)
    return UUID(found[1])
