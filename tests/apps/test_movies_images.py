import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.movies.images import REFRESH_SECONDS, ImageURLs, KnownImageURLs
from apps.movies.models import ImageSizes
from tests.apps.query_counts import captured_queries
from tests.factories import make_movie

DEFAULT = "https://image.tmdb.org/t/p"


class FakeClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def configure(base_url: str, **sizes: list[str]) -> None:
    ImageSizes.objects.update_or_create(
        pk=ImageSizes.ROW_ID,
        defaults={"base_url": base_url, "sizes": sizes, "fetched_at": timezone.now()},
    )


def test_each_size_is_the_configured_one_that_is_nearest() -> None:
    urls = ImageURLs.of(
        "https://images.example/t/", {"poster": ["w100", "w340", "w1000", "h700", "original", "x"]}
    )

    assert urls.named("poster", "/a.jpg") == {
        "small": "https://images.example/t/w100/a.jpg",
        "medium": "https://images.example/t/w340/a.jpg",
        "large": "https://images.example/t/w340/a.jpg",
        "original": "https://images.example/t/original/a.jpg",
    }
    assert urls.url("profile", "large", "/a.jpg") == "https://images.example/t/h632/a.jpg"
    assert urls.url("poster", "large", "") is None
    assert urls.named("poster", "") is None


@pytest.mark.parametrize(
    "base_url",
    [
        *("", "http://image.tmdb.org/t/p/", "javascript:alert(1)", "https://", "//evil.example"),
        *("https://evil.example/?", "https://user@evil.example/", "https://evil.example/\n"),
        *("https://Evil.example/", "https://e_vil.example/", "https://evil.example//t"),
        f"https://evil.example/{'t' * 200}",
    ],
)
def test_a_host_that_is_not_reached_by_https_is_not_used(base_url: str) -> None:
    urls = ImageURLs.of(base_url, {})

    assert urls.url("logo", "medium", "/a.png") == f"{DEFAULT}/w92/a.png"


@pytest.mark.django_db
def test_the_configuration_is_read_again_only_after_a_while() -> None:
    clock = FakeClock()
    known = KnownImageURLs(clock=clock)
    assert known.get().url("poster", "large", "/a.jpg") == f"{DEFAULT}/w500/a.jpg"
    configure("https://images.example/", poster=["w480"])

    clock.now = REFRESH_SECONDS - 1
    with captured_queries() as statements:
        assert known.get().url("poster", "large", "/a.jpg") == f"{DEFAULT}/w500/a.jpg"
    assert statements == []

    clock.now = REFRESH_SECONDS
    assert known.get().url("poster", "large", "/a.jpg") == "https://images.example/w480/a.jpg"


@pytest.mark.django_db
def test_lists_show_images_from_where_the_configuration_says(client: APIClient) -> None:
    configure("https://images.example/", poster=["w480"], backdrop=["w1000"])
    make_movie(poster_path="/a.jpg", backdrop_path="/b.jpg")

    (shown,) = client.get("/api/v1/movies/").json()["results"]

    assert shown["poster_url"] == "https://images.example/w480/a.jpg"
    assert shown["backdrop_url"] == "https://images.example/w1000/b.jpg"
