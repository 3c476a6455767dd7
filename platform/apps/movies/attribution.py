"""What the sources of the catalogue's data ask to have shown with it."""

TMDB = "This product uses the TMDB API but is not endorsed or certified by TMDB."
JUSTWATCH = "Where films can be watched is known from JustWatch (https://www.justwatch.com/)."
