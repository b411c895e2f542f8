"""The serverless face: jobs of a RunPod endpoint, JSON in, addresses of a finished film out.

`boot.prepare()` gives the SDK its handler. This process holds no model library and makes no film: each film is made by a child
process in a session of its own (`child.py`), whose folder is named after the job, so that a retry goes on where it ended.
"""
