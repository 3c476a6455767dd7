"""Run by test_web_imports in a process of its own: one request to each endpoint.

Prints one JSON object: the status of each request, and the forbidden modules that were loaded.
"""

import json
import sys

from django.test import Client

from movie_backend.wsgi import application

FORBIDDEN = {"numpy", "scipy", "services", "celery.app.trace"}
PASSWORD = "correct horse battery staple"


def main() -> None:
    from apps.movies.models import Movie

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
        return response.json() if "json" in response["Content-Type"] else {}

    send("POST", "/api/v1/auth/register/", account)
    tokens = send("POST", "/api/v1/auth/login/", account)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {tokens['access']}"
    send("POST", "/api/v1/auth/token/refresh/", {"refresh": tokens["refresh"]})
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
    send("DELETE", f"/api/v1/ratings/{rating['id']}/")
    send("GET", "/api/schema/")
    send("GET", "/api/schema/swagger-ui/")
    send("GET", "/api/schema/redoc/")
    send("GET", "/admin/login/")
    loaded = sorted(FORBIDDEN & sys.modules.keys())
    sys.stdout.write(json.dumps({"statuses": statuses, "loaded": loaded}))


main()
