"""What `ProbeMiddleware` answers itself. No other URLconf includes this one."""

from django.urls import path

from . import metrics, probes

urlpatterns = [
    path("health/live", probes.live, name="health-live"),
    path("health/ready", probes.ready, name="health-ready"),
    path("metrics", metrics.metrics_view, name="metrics"),
]
