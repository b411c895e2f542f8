"""Writes the JSON Schemas of scripts and of jobs to `configs/schema/`; run it after a change of `cinema/script/json_model.py`
or `cinema/faces/serverless/job.py`.

.venv/bin/python scripts/export_schema.py
"""

from __future__ import annotations

import json
from pathlib import Path

from cinema.faces.serverless import job_schema
from cinema.script import json_model

FOLDER = Path(__file__).parent.parent / "configs" / "schema"
SCHEMAS = {"cinema-script-1.json": json_model.json_schema, "cinema-job-1.json": job_schema.json_schema}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, schema in SCHEMAS.items():
        (FOLDER / name).write_text(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(FOLDER / name)


if __name__ == "__main__":
    main()
