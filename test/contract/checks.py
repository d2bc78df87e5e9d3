"""What Schemathesis holds the server to beside its own checks: valid bodies are accepted.

Its own check of that knows statuses alone. Here a refusal is also in order when it is about what no schema of the API can
say: what the catalog has, and rules between the fields of a match. Each of them is told by its sentence.
"""

import re

import schemathesis
from schemathesis.generation import GenerationMode

BEYOND_SCHEMAS = [
    # Names and sizes of the catalog.
    r"The catalog has no model",
    r"offers [\d, ]+ dimensions; got",
    r"a prompt that model \S+ does not have",
    r"Token id \d+ is not in the model's vocabulary",
    r"is made to (rerank|generate|embed|chat|judge)",
    r"makes vectors or scores, and answers no conversations",
    r"answers conversations, at POST /v1/chat/completions",
    r"clients of OpenAI send ids of OpenAI.s vocabulary",
    # What is in a document of any fields.
    r"has nothing to compare",
    # Its parts are one text.
    r"The field inputs(\[\d+\])? is empty or blank",
    r"has a null character",
    r"has only zeros",
    r"expected \d+, as model \S+ makes them",
    r"a number that 32 bits can hold",
    # What this server has been sent.
    r"which is no file that there is",
    r"which is not in the list",
    # Settings of a job are read with its file.
    r"The job settings in the option",
    # Rules between fields.
    r"expected (created_at|a whole number from 3600 to)",
    r"searches a collection, and this server has none",
    r"is also that of",
    r"A collection (holds whole documents|is of one model)",
    r"this deployment has no collections",
    r"JUDGE_MODEL is not set",
    r"that sum to more than 0",
    r"only one model without weights can compare",
    r"is above",
    r"comparisons; expected at most",
    r"stream_options is for streams",
    r"send one of them",
    r"top_logprobs needs logprobs",
]


@schemathesis.check
def valid_bodies_are_accepted(ctx, response, case):
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if not 400 <= response.status_code < 500 or response.status_code in (401, 404, 429):
        return
    if any(re.search(reason, response.text) for reason in BEYOND_SCHEMAS):
        return
    raise AssertionError(f"A body that fits its schema was refused: {response.text[:300]}")
