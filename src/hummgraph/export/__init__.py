"""Files for other programs and people: one table of formats, and one function to write them."""

from hummgraph.export.crosswalk_files import write_crosswalk
from hummgraph.export.datahub_reader import read_datahub
from hummgraph.export.format import ENGINES, FEATURES, Format
from hummgraph.export.formats import FORMATS, NAME_A_FORMAT, write
from hummgraph.export.notebook import Shown, show
from hummgraph.export.plugins import Exporter
from hummgraph.export.pyvis.page import LargeGraphWarning
from hummgraph.export.rows import Rows
from hummgraph.records.redaction import KeptEvidence

__all__ = [
    "ENGINES",
    "FEATURES",
    "FORMATS",
    "NAME_A_FORMAT",
    "Exporter",
    "Format",
    "KeptEvidence",
    "LargeGraphWarning",
    "Rows",
    "Shown",
    "read_datahub",
    "show",
    "write",
    "write_crosswalk",
]
