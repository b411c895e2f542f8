"""The endpoint's worker: `python handler.py` on RunPod, `--test_input '{…}'` or `--rp_serve_api` anywhere else."""

import runpod

from cinema.faces.serverless.boot import prepare

if __name__ == "__main__":
    runpod.serverless.start(prepare())
