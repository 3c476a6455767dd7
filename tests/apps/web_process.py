"""Run by test_web_imports in a process of its own: one request to each endpoint and admin page.

Prints one JSON object: the status of each request, those of the admin's pages by themselves, and
the forbidden modules that were loaded.
"""

import json
import sys

from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from movie_backend.wsgi import application

FORBIDDEN = {"numpy", "scipy", "services", "celery.app.trace"}
PASSWORD = "correct horse battery staple"


def open_admin() -> dict[str, int]:
    """The status of every changelist and add page, and of a periodic task's own page."""
    from django_celery_beat.models import PeriodicTask

    from apps.users.models import User
    from workers.schedule import create_schedules

    create_schedules()
    operator = User.objects.create_superuser(email="operator@example.com", password=PASSWORD)
    client = Client()
    client.force_login(operator)
    request = RequestFactory().get("/")
    request.user = operator
    models = [model for app in admin.site.get_app_list(request) for model in app["models"]]
    change = "admin:django_celery_beat_periodictask_change"
    pages = [
        reverse("admin:index"),
        *(model["admin_url"] for model in models),
        *(model["add_url"] for model in models if model["add_url"]),
        *(reverse(change, args=[task.pk]) for task in PeriodicTask.objects.all()),
    ]
    return {page: client.get(page).status_code for page in pages}


def main() -> None:
    from apps.movies.models import Movie
    from apps.users.models import User
    from tests.factories import make_generation, make_list

    assert callable(application)
    movie = Movie.objects.create(title="Alien")
    client = Client()
    account = {"email": "web@example.com", "password": PASSWORD}
    statuses = {}

    def send(method: str, url: str, body: object = None) -> dict[str, object]:
        response = client.generic(
            method, url, json.dumps(body) if body else "", content_type="application/json"
        )
        statuses[f"{method} {url}"] = response.status_code
        if response.streaming:
            return json.loads(response.getvalue())
        return response.json() if "json" in response["Content-Type"] else {}

    send("POST", "/api/v1/auth/register/", account)
    tokens = send("POST", "/api/v1/auth/login/", account)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {tokens['access']}"
    send("POST", "/api/v1/auth/token/refresh/", {"refresh": tokens["refresh"]})
    send("GET", "/api/v1/auth/profile/")
    send("PATCH", "/api/v1/auth/profile/", {"language": "fr", "region": "CH"})
    send("GET", "/api/v1/auth/export/")
    send("GET", "/api/v1/movies/")
    send("GET", "/api/v1/movies/genres/")
    send("GET", f"/api/v1/movies/{movie.pk}/")
    favorite = send("POST", "/api/v1/favorites/", {"movie_id": movie.pk})
    send("GET", "/api/v1/favorites/")
    send("GET", f"/api/v1/favorites/check/{movie.pk}/")
    send("DELETE", f"/api/v1/favorites/{favorite['id']}/")
    rating = send("POST", "/api/v1/ratings/", {"movie_id": movie.pk, "score": 9})
    send("GET", "/api/v1/ratings/")
    send("GET", f"/api/v1/ratings/{rating['id']}/")
    send("PUT", f"/api/v1/ratings/{rating['id']}/", {"score": 8})
    send("GET", "/api/v1/recommendations/")
    send("GET", "/api/v1/recommendations/home/")
    viewer = User.objects.get(email=account["email"])
    make_list(user=viewer, generation=make_generation(active=True), movies=[movie], revision=9)
    send("GET", f"/api/v1/recommendations/{movie.pk}/why/")
    send("DELETE", f"/api/v1/ratings/{rating['id']}/")
    send("GET", "/api/schema/")
    send("GET", "/api/schema/swagger-ui/")
    send("GET", "/api/schema/redoc/")
    send("GET", "/admin/login/")
    send("GET", "/health/live")
    send("GET", "/health/ready?checks=database,migrations,broker")
    admin_statuses = open_admin()
    loaded = sorted(FORBIDDEN & sys.modules.keys())
    report = {"statuses": statuses, "admin_statuses": admin_statuses, "loaded": loaded}
    sys.stdout.write(json.dumps(report))


main()
