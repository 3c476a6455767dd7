"""A catalogue of invented films, written by the database itself: as many facts as TMDb tells."""

from collections.abc import Iterator

GENRES = 19
# A name's share falls with its number, as that of words and of actors does.
PEOPLE_PER_FILM = 2
KEYWORDS = 4_000
COMPANIES = 3_000
WORDS = 8_000
SYLLABLES = [f"{letter}{'aeiou'[n % 5]}" for n, letter in enumerate("bcdfghjklmnpqrstvwxz")]
# Most films are in the first; a service of a higher number has fewer films, and in fewer countries.
LANGUAGES = ("en", "fr", "es", "ja", "de", "it", "ko", "hi", "zh", "ru", "sv", "da", "is", "fi")
COUNTRIES = ("US", "GB", "CH", "FR", "DE", "JP")
PROVIDERS = 60

CONSTANTS = {
    "languages": list(LANGUAGES),
    "language_count": len(LANGUAGES),
    "countries": list(COUNTRIES),
    "providers": PROVIDERS,
    "genres": GENRES,
    "keywords": KEYWORDS,
    "companies": COMPANIES,
    "words": WORDS,
    "syllables": SYLLABLES,
}

GENRE_ROWS = """
    INSERT INTO movies_genre (tmdb_id, name, slug)
    SELECT n, 'Genre ' || n, 'genre-' || n FROM generate_series(1, %(genres)s) AS n
"""

WORD_ROWS = """
    CREATE TEMP TABLE bench_word AS
    SELECT n AS number, initcap(concat((%(syllables)s::text[])[1 + n %% 20],
        (%(syllables)s::text[])[1 + n / 20 %% 20], (%(syllables)s::text[])[1 + n / 400])) AS word
    FROM generate_series(0, %(words)s - 1) AS n;
    CREATE UNIQUE INDEX ON bench_word (number)
"""

# The first films have the most votes: what is drawn by a power of random() prefers them.
FILM_ROWS = """
    CREATE TEMP TABLE bench_title AS
    SELECT n, date '2026-01-01' - floor(30000 * random() ^ 2)::int AS made,
        floor(%(words)s * random() ^ 3)::int AS first,
        floor(%(words)s * random() ^ 3)::int AS second,
        floor(%(words)s * random() ^ 2)::int AS third
    FROM generate_series(1, %(films)s) AS n;
    INSERT INTO movies_movie (
        id, tmdb_id, imdb_id, title, original_title, release_date, year, runtime,
        original_language, overview, poster_path, backdrop_path, vote_average, vote_count,
        popularity, adult, created_at, updated_at, status, tagline, production_countries,
        spoken_languages, from_tmdb, listed_at, synced_at)
    SELECT n, 1000000 + n, 'tt' || lpad(n::text, 7, '0'), title, title, made,
        extract(year FROM made), 80 + floor(60 * random()),
        (%(languages)s::text[])[1 + floor(%(language_count)s * random() ^ 3)::int],
        repeat(title || ' sees it all. ', 12), '/poster' || n || '.jpg',
        '/backdrop' || n || '.jpg', 4 + 5 * random(), 1 + 3000000 / (n + 100), 1000.0 / n, false,
        now(), now(), 'Released', title, '{US}', '{en}', true, now(), now()
    FROM (
        SELECT n, made, concat(
            CASE WHEN n %% 3 = 0 THEN 'The ' END, first.word,
            CASE WHEN n %% 4 > 0 THEN ' ' || second.word END,
            CASE WHEN n %% 7 > 3 THEN ' of ' || third.word END) AS title
        FROM bench_title
        JOIN bench_word AS first ON first.number = bench_title.first
        JOIN bench_word AS second ON second.number = bench_title.second
        JOIN bench_word AS third ON third.number = bench_title.third
    ) AS named ORDER BY n
"""

# Three different genres: each comes 1 to 6 places after the one before, of 19.
FILM_GENRE_ROWS = """
    INSERT INTO movies_movie_genres (movie_id, genre_id)
    SELECT n, 1 + (first + step) %% %(genres)s
    FROM (
        SELECT n, floor(%(genres)s * random() ^ 2)::int AS first,
            ARRAY[0, 1 + floor(6 * random())::int, 7 + floor(6 * random())::int] AS steps
        FROM generate_series(1, %(films)s) AS n
    ) AS film, unnest(steps) AS step
"""

PERSON_ROWS = """
    INSERT INTO movies_person (id, name, original_name, known_for_department, profile_path, gender,
        popularity, adult)
    SELECT n, 'Person ' || n, 'Person ' || n, 'Acting', '/person' || n || '.jpg', n %% 3,
        1000.0 / n, false
    FROM generate_series(1, %(people)s) AS n
"""

# 14 to 18 of the cast and 6 to 12 of the crew, the director first.
CREDIT_ROWS = """
    INSERT INTO movies_credit (movie_id, person_id, credit_id, is_cast, character, department, job,
        position)
    SELECT n, 1 + floor(%(people)s * random() ^ 1.5)::int, concat('c', n, 'p', place, is_cast),
        is_cast, CASE WHEN is_cast THEN 'Part ' || place ELSE '' END,
        CASE WHEN is_cast THEN '' WHEN place = 0 THEN 'Directing' ELSE 'Production' END,
        CASE WHEN is_cast THEN '' WHEN place = 0 THEN 'Director' ELSE 'Producer' END, place
    FROM generate_series(1, %(films)s) AS n
    CROSS JOIN (VALUES (true), (false)) AS part (is_cast)
    CROSS JOIN LATERAL generate_series(0, CASE WHEN is_cast THEN 13 + n %% 5 ELSE 5 + n %% 7 END)
        AS place
"""

FACT_ROWS = """
    INSERT INTO movies_keyword (id, name)
    SELECT n, 'keyword ' || n FROM generate_series(1, %(keywords)s) AS n;
    INSERT INTO movies_company (id, name, logo_path, origin_country)
    SELECT n, 'Company ' || n, '', 'US' FROM generate_series(1, %(companies)s) AS n;
    INSERT INTO movies_movie_keywords (movie_id, keyword_id)
    SELECT n, 1 + floor(%(keywords)s * random() ^ 2)::int
    FROM generate_series(1, %(films)s) AS n, generate_series(1, 6 + 0 * n) ON CONFLICT DO NOTHING;
    INSERT INTO movies_movie_companies (movie_id, company_id)
    SELECT n, 1 + floor(%(companies)s * random() ^ 2)::int
    FROM generate_series(1, %(films)s) AS n, generate_series(1, 2 + 0 * n) ON CONFLICT DO NOTHING;
    INSERT INTO movies_video (movie_id, site, key, name, type, official, published_at, language,
        country, position)
    SELECT n, 'YouTube', 'key' || n, 'Trailer', 'Trailer', true, now(), 'en', 'US', place
    FROM generate_series(1, %(films)s) AS n, generate_series(0, 1) AS place;
    INSERT INTO movies_releasedate (movie_id, country, type, released_on, certification, note,
        language)
    SELECT n, country, 3, date '2020-01-01', '12', '', ''
    FROM generate_series(1, %(films)s) AS n, unnest('{US,GB,CH}'::text[]) AS country
"""

# Every second film is somewhere to be watched in a country.
WATCH_ROWS = """
    INSERT INTO movies_watchavailability (movie_id, country, link, flatrate, rent, buy, free, ads)
    SELECT n, country, '', ARRAY[1 + floor(%(providers)s * random() ^ 3)::int],
        ARRAY[1 + floor(%(providers)s * random() ^ 2)::int, 1],
        ARRAY[1 + floor(%(providers)s * random() ^ 2)::int, 2], '{}', '{}'
    FROM generate_series(1, %(films)s) AS n, unnest(%(countries)s::text[]) AS country
    WHERE random() < 0.5
"""

# What TMDb recommends are films of the same neighbourhood; the lists are of the first films.
RANKING_ROWS = """
    INSERT INTO movies_relatedtitles (movie_id, recommended_tmdb_ids, similar_tmdb_ids)
    SELECT n, ARRAY(SELECT 1000001 + (n + 17 * k) %% %(films)s FROM generate_series(1, 20) AS k),
        ARRAY(SELECT 1000001 + (n + 23 * k) %% %(films)s FROM generate_series(1, 20) AS k)
    FROM generate_series(1, %(films)s) AS n;
    INSERT INTO movies_liststate (list, fetched_at)
    SELECT list, now() FROM unnest(
        '{trending_day,trending_week,popular,top_rated,now_playing,upcoming}'::text[]) AS list;
    INSERT INTO movies_listentry (list, rank, movie_id)
    SELECT list, rank, rank * 3 FROM movies_liststate, generate_series(1, 100) AS rank
"""


def statements() -> Iterator[tuple[str, str]]:
    """What each writes, and the statement, in their order."""
    yield "genres", GENRE_ROWS
    yield "words", WORD_ROWS
    yield "films", FILM_ROWS
    yield "genres of films", FILM_GENRE_ROWS
    yield "people", PERSON_ROWS
    yield "credits", CREDIT_ROWS
    yield "facts", FACT_ROWS
    yield "where to watch", WATCH_ROWS
    yield "lists", RANKING_ROWS
