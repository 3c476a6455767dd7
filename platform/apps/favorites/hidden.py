"""The people and genres whose films a viewer does not want to be shown."""

from dataclasses import dataclass

# Two columns of a query that knows the viewer, as `Hidden` takes them. The films that the viewer
# hid one by one are not among them.
HIDDEN_COLUMNS = """
    ARRAY(SELECT person_id FROM favorites_notinterested
        WHERE user_id = %(user_id)s AND person_id IS NOT NULL),
    ARRAY(SELECT genre_id FROM favorites_notinterested
        WHERE user_id = %(user_id)s AND genre_id IS NOT NULL)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hidden:
    person_ids: tuple[int, ...] = ()
    genre_ids: tuple[int, ...] = ()
