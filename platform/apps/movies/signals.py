from django.dispatch import Signal

sync_requested = Signal()  # sync_run_id
