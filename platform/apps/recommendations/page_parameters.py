"""How much of a list a request asks for, and from which write on."""

DEFAULT_LIMIT = 20
MAX_LIMIT = 50
MAX_REVISION = 999_999_999
