from django.dispatch import Signal

# Work in the background has waited for lists that viewers waited for.
gave_way = Signal()  # work, seconds
