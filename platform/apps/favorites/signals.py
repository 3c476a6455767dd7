from django.dispatch import Signal

rating_saved = Signal()  # user_id, movie_id, revision
rating_deleted = Signal()  # user_id, movie_id, revision
favorite_added = Signal()  # user_id, movie_id, revision
favorite_removed = Signal()  # user_id, movie_id, revision
watch_saved = Signal()  # user_id, movie_id, revision
watch_deleted = Signal()  # user_id, movie_id, revision
watchlist_added = Signal()  # user_id, movie_id, revision
watchlist_removed = Signal()  # user_id, movie_id, revision
not_interested_added = Signal()  # user_id, revision
not_interested_removed = Signal()  # user_id, revision
events_saved = Signal()  # user_id, revision
