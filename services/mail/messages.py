"""What the mails say. None of it was written by a user."""

from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from apps.users.mail_tokens import token_of
from apps.users.models import AccountMail, User

Purpose = AccountMail.Purpose

SUBJECTS: dict[str, str] = {
    Purpose.VERIFY_EMAIL: "Confirm your e-mail address",
    Purpose.RESET_PASSWORD: "Choose a new password",
    Purpose.PASSWORD_CHANGED: "Your password was changed",
}
# The settings that name a frontend's page for the token; the others have none.
PAGES: dict[str, str] = {
    Purpose.VERIFY_EMAIL: "EMAIL_VERIFICATION_URL",
    Purpose.RESET_PASSWORD: "PASSWORD_RESET_URL",
}


def compose(mail: AccountMail, *, user: User) -> EmailMessage:
    return message(
        str(mail.pk), subject=SUBJECTS[mail.purpose], body=_body(mail, user=user), to=[user.email]
    )


def message(name: str, *, subject: str, body: str, to: list[str]) -> EmailMessage:
    """The same mail for the same `name`, its id included: so mailboxes can tell a repetition."""
    sender = settings.DEFAULT_FROM_EMAIL
    domain = parseaddr(sender)[1].partition("@")[2]
    return EmailMessage(
        subject=subject,
        body=body,
        from_email=sender,
        to=to,
        headers={
            "Message-ID": f"<{name}@{domain}>",
            # Absence notes and the like stay away (RFC 3834).
            "Auto-Submitted": "auto-generated",
        },
    )


def _body(mail: AccountMail, *, user: User) -> str:
    context: dict[str, Any] = {"requested_at": mail.requested_at, "expires_at": mail.expires_at}
    if mail.purpose in PAGES:
        token = token_of(mail, user=user)
        page: str = getattr(settings, PAGES[mail.purpose])
        context |= {"token": token, "link": page.replace("{token}", token)}
    return render_to_string(f"users/mail/{mail.purpose}.txt", context)
