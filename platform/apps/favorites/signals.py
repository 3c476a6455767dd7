from django.dispatch import Signal

rating_saved = Signal()  # user_id, movie_id, revision
rating_deleted = Signal()  # user_id, movie_id, revision
favorite_added = Signal()  # user_id, movie_id, revision
favorite_removed = Signal()  # user_id, movie_id, revision
