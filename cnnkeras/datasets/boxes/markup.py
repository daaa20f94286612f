"""Reads XML into a plain tree that knows its lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat


@dataclass
class Element:
    """A tag with its text, its children, and the line at which it begins."""

    tag: str
    line: int
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        """Give the children of that tag."""
        return [child for child in self.children if child.tag == tag]

    def one(self, tag: str) -> Element:
        """Give the first child of that tag. Raises ValueError where there is none."""
        found = next((child for child in self.children if child.tag == tag), None)
        if found is None:
            raise ValueError(f"line {self.line}: <{self.tag}> has no <{tag}>")
        return found


def read_xml(content: bytes) -> Element:
    """Give the outermost element. Raises ValueError, with the line, for what is no XML, or has entities of its own."""
    parser = expat.ParserCreate()
    outermost = Element("", 0)
    open_elements = [outermost]

    def start(tag: str, _: object) -> None:
        element = Element(tag, parser.CurrentLineNumber)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def text(some: str) -> None:
        open_elements[-1].text += some

    def refuse(*_: object) -> None:
        # What an entity stands for may be a file, or grow without end.
        raise ValueError(f"line {parser.CurrentLineNumber}: it declares an entity, which no annotation needs")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_elements.pop()
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ValueError(f"line {error.lineno}: {expat.ErrorString(error.code)}") from error
    except LookupError as error:
        raise ValueError(f"line 1: {error}") from error
    return outermost.children[0]
