"""The base of every form: our look (``ui``), our languages, one way to bind."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import DecimalField as _DecimalField
from wtforms import Form, HiddenField, ValidationError
from wtforms.i18n import DummyTranslations
from wtforms.meta import DefaultMeta

from zhidu.texts import Text, gettext, show_number, translations


class _Texts(DummyTranslations):
    """WTForms' own messages through our catalogue."""

    def gettext(self, string: str) -> str:
        return gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        # WTForms fills in its own names, e.g. the longest length
        return str(translations().ungettext(singular, plural, n))


class Meta(DefaultMeta):
    """CSRF is checked for every POST by the app; forms need no field of their own."""

    csrf = False

    def get_translations(self, _form: Any) -> Any:
        """Speak the reader's language."""
        return _Texts()

    def bind_field(self, form: Any, unbound: Any, options: Any) -> Any:
        """Let a field be declared with ``ui={…}`` for the templates."""
        ui = unbound.kwargs.pop("ui", None) if "ui" in unbound.kwargs else None
        bound = unbound.bind(form=form, **options)
        if ui is not None:
            unbound.kwargs["ui"] = ui
        bound.ui = dict(ui or {})
        return bound


class OfficeForm(Form):
    """The root of our forms."""

    Meta = Meta

    def error_list(self) -> list[dict[str, str]]:
        """Give the error summary, linked to the inputs."""
        return [
            {"text": f"{field.label.text}: {error}", "id": field.id}
            for field in self
            for error in field.errors
            if isinstance(error, str)
        ]

    def add_errors(self, fields: dict[str, Text | str]) -> bool:
        """Put a service's complaints beside the inputs; tell whether all found their place."""
        placed = True
        for name, text in fields.items():
            if name in self._fields:
                self._fields[name].errors = [*self._fields[name].errors, str(text)]
            else:
                placed = False
        return placed


class PersonField(HiddenField):
    """A person (or another row) chosen by a typed look-up; the data is the key or None."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)

    type = "PersonField"

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the key."""
        text = (valuelist[0] if valuelist else "").strip()
        if text and not text.isdecimal():
            self.data = None
            raise ValidationError(gettext("Choose an entry of the list."))
        self.data = int(text) if text else None

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)


class NumberField(_DecimalField):
    """A Decimal with at most four places, typed with or without thousand separators."""

    data: Decimal | None

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what people type, full-width digits included."""
        import unicodedata

        text = unicodedata.normalize("NFKC", valuelist[0] if valuelist else "")
        super().process_formdata([text.replace(",", "").strip()] if text.strip() else [])
        if self.data is not None and (
            not self.data.is_finite() or self.data != self.data.quantize(Decimal("0.0001"))
        ):
            self.data = None
            raise ValidationError(gettext("At most four decimal places."))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else show_number(self.data).replace(",", "")
