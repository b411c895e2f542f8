"""The other side of a serverless endpoint: packing a job, submitting it, following it, fetching what it made.

pack          a script and settings become the job's input
estimate      how long the endpoint will take, and the time limits that follow from it
runpod_api    RunPod's HTTP API, and the SDK's local one, as one `Endpoint`
told          what an endpoint says: states, progress, answers, failures
follow        a job from its queue to its answer, through broken connections
collect       its files, checked by their hashes
"""
