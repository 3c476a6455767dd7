"""Who may try how often. Each counts before the view looks anything up."""

from apps.core.throttles import AccountThrottle, AddressThrottle, UserThrottle


class LoginThrottle(AccountThrottle):
    purpose = "login"


class RegisterThrottle(AccountThrottle):
    purpose = "register"


class MailThrottle(AccountThrottle):
    """Of whatever has a mail sent to the address in the body."""

    purpose = "mail"


class MailTokenThrottle(AddressThrottle):
    scope = "mail_token_address"


class PasswordThrottle(UserThrottle):
    """Of whatever asks for the password once more: an access token alone must not find it."""

    scope = "password_user"


class ExportThrottle(UserThrottle):
    scope = "export_user"
