"""`[report]`: words for the report, and what to lay over its figures."""

from dataclasses import dataclass

from halograd.config.section import Section
from halograd.observations import relations
from halograd.observations.relations import Relation


@dataclass(frozen=True)
class ReportSection:
    """Words for the report, and what to lay over its figures.

    Attributes:
        title: Headline; chosen by the command where None.
        notes: What a reader must know to judge the result.
        relations: Published relations to lay over the one that was found.
    """

    title: str | None = None
    notes: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()

    @classmethod
    def parse(cls, section: Section) -> "ReportSection":
        """The checked section."""
        section.only("title", "notes", "relations", "relations_h")
        names = section.texts("relations", ())
        h = section.number("relations_h", None, above=0)
        if h is not None and not names:
            raise section.error("relations_h goes with relations: add them, or remove it")
        return cls(
            section.text("title", None),
            section.texts("notes", ()),
            section.checked(lambda: tuple(relations.load(name, h) for name in names)),
        )
