from django.contrib.auth.hashers import Argon2PasswordHasher


class LeanArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with OWASP's minimum (Password Storage Cheat Sheet): 19 MiB, two passes, one lane.

    Django's defaults take 100 MiB and eight lanes for each hash. Anybody may try to log in, and as
    many hashes as there are web threads run at once: their memory and their cores are ours.
    """

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1
