"""What was written: JSON scripts, Fountain, Final Draft and prose, read into a `Script` and written back."""

from cinema.script.emphasis import strip_emphasis
from cinema.script.listing import as_json
from cinema.script.read import prose_at, read, read_text
from cinema.script.write import write_fountain, write_json

__all__ = ["as_json", "prose_at", "read", "read_text", "strip_emphasis", "write_fountain", "write_json"]
