from . import accounts, groups, mails, sessions

__all__ = ["accounts", "groups", "mails", "sessions"]
