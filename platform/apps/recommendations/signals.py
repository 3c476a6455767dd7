from django.dispatch import Signal

training_requested = Signal()  # model_version_id
generation_requested = Signal()  # generation_id
measurement_requested = Signal()  # measurement_id
refresh_requested = Signal()  # user_id
explanation_requested = Signal()  # explanation_id
look_requested = Signal()  # experiment_id
alert_raised = Signal()  # alert_id
