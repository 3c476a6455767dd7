"""Names of people who were never in a film, made of parts of real names."""

import random
from collections.abc import Collection, Iterator


def invent_names(real: Collection[str], count: int, *, seed: int) -> Iterator[str]:
    """None is a real name; two people may have the same, as it happens."""
    rng = random.Random(seed)
    parts = [name.split() for name in real if " " in name.strip()]
    while count:
        name = f"{rng.choice(parts)[0]} {rng.choice(parts)[-1]}"
        if name not in real:
            yield name
            count -= 1
