"""What was written: JSON scripts, Fountain and Final Draft, read into a `Script` and written back."""

from cinema.script.emphasis import strip_emphasis
from cinema.script.listing import as_json
from cinema.script.read import read, read_text
from cinema.script.write import write_fountain, write_json

__all__ = ["as_json", "read", "read_text", "strip_emphasis", "write_fountain", "write_json"]
