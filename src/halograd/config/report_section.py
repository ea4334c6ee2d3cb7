"""`[report]`: words for the report."""

from dataclasses import dataclass

from halograd.config.section import Section


@dataclass(frozen=True)
class ReportSection:
    """Words for the report.

    Attributes:
        title: Headline; chosen by the command where None.
        notes: What a reader must know to judge the result.
    """

    title: str | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def parse(cls, section: Section) -> "ReportSection":
        """The checked section."""
        section.only("title", "notes")
        return cls(section.text("title", None), section.texts("notes", ()))
