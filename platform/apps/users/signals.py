from django.dispatch import Signal

user_registered = Signal()  # user_id
mail_requested = Signal()  # mail_id
