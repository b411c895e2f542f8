"""Writes the JSON Schema of scripts to `configs/schema/`; run it after a change of `cinema/script/json_model.py`.

.venv/bin/python scripts/export_schema.py
"""

from __future__ import annotations

import json
from pathlib import Path

from cinema.script.json_model import json_schema

TARGET = Path(__file__).parent.parent / "configs" / "schema" / "cinema-script-1.json"


def main() -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(TARGET)


if __name__ == "__main__":
    main()
