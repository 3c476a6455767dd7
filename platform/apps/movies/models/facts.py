"""What films share: keywords, companies, collections, countries, languages.

Only TMDb names these, so their primary keys are TMDb's ids, or ISO codes.
"""

import re

from django.core.validators import RegexValidator
from django.db import models

image_path = RegexValidator(
    r"\A/[\w.-]+\.(jpg|png|svg|webp)\Z",
    "Write a path like /abc123.jpg; it ends in jpg, png, svg or webp.",
    code="invalid_image_path",
    flags=re.ASCII,
)
PATH_CHARS = 120


class Keyword(models.Model):
    id = models.IntegerField("TMDb id", primary_key=True)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Company(models.Model):
    """A company that produces films."""

    id = models.IntegerField("TMDb id", primary_key=True)
    name = models.CharField(max_length=300)
    logo_path = models.CharField(max_length=PATH_CHARS, blank=True, validators=[image_path])
    origin_country = models.CharField(max_length=2, blank=True)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class Collection(models.Model):
    """Films that belong together, such as a series."""

    id = models.IntegerField("TMDb id", primary_key=True)
    name = models.CharField(max_length=300)
    poster_path = models.CharField(max_length=PATH_CHARS, blank=True, validators=[image_path])
    backdrop_path = models.CharField(max_length=PATH_CHARS, blank=True, validators=[image_path])

    def __str__(self) -> str:
        return self.name


class Country(models.Model):
    code = models.CharField("ISO 3166-1 code", max_length=2, primary_key=True)
    name = models.CharField(max_length=100)

    class Meta:
        verbose_name_plural = "countries"

    def __str__(self) -> str:
        return self.name


class Language(models.Model):
    code = models.CharField("ISO 639 code", max_length=3, primary_key=True)
    # In the language itself, and in English.
    name = models.CharField(max_length=100, blank=True)
    english_name = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return self.english_name or self.name or self.code
