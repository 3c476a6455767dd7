from django.conf import LazySettings
from django.contrib.auth.hashers import check_password, identify_hasher, make_password

from apps.users.hashers import LeanArgon2PasswordHasher
from movie_backend.settings import base
from tests.factories import PASSWORD


def test_a_password_is_hashed_with_owasps_minimum_of_argon2id(settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS

    encoded = make_password(PASSWORD)

    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert type(identify_hasher(encoded)) is LeanArgon2PasswordHasher
    assert check_password(PASSWORD, encoded)
    assert not check_password(PASSWORD + " ", encoded)
    assert not identify_hasher(encoded).must_update(encoded)
