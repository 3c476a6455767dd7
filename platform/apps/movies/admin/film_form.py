"""The form of a film, which knows what the operator changed and what a sync did meanwhile."""

from typing import Any

from django import forms

from apps.movies.models import EARLIEST_YEAR, LATEST_YEAR, Movie


def _labels() -> list[tuple[str, str]]:
    fields: list[Any] = [Movie._meta.get_field(name) for name in Movie.LOCKABLE_FIELDS]  # noqa: SLF001  # Django's API
    return [(field.name, str(field.verbose_name)) for field in fields]


class FilmForm(forms.ModelForm[Movie]):
    locked_fields = forms.MultipleChoiceField(
        label="Locked fields",
        choices=_labels(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Have the page send along what it showed.

        Compared with that, a field that a sync wrote while the page was open is none that the
        operator changed. A client that sends no such values is compared with what is stored.
        """
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = not self.is_bound or self._says_what_it_showed()

    def clean(self) -> None:
        """The year follows the date, unless the operator corrected it as well."""
        super().clean()
        released = self.cleaned_data.get("release_date")
        if released is None or "release_date" not in self.changed_data:
            return
        if "year" not in self.changed_data and EARLIEST_YEAR <= released.year <= LATEST_YEAR:
            self.cleaned_data["year"] = released.year
            self.changed_data.append("year")

    def corrected(self) -> set[str]:
        return set(self.changed_data) - {"locked_fields"}

    def ticked(self) -> tuple[set[str], set[str]]:
        """The locks that the operator set and those that he took away."""
        wanted, shown = set(self.cleaned_data["locked_fields"]), self._locks_shown()
        return wanted - shown, shown - wanted

    def _says_what_it_showed(self) -> bool:
        return self.add_initial_prefix("title") in self.data

    def _locks_shown(self) -> set[str]:
        if not self._says_what_it_showed():
            return set(self.initial.get("locked_fields", ()))
        hidden = self.fields["locked_fields"].hidden_widget()
        name = self.add_initial_prefix("locked_fields")
        return set(hidden.value_from_datadict(self.data, self.files, name))
