"""The wire contract as tests: they need pytest, `schema` and the address of a server in BASE_URL.

`BASE_URL=http://127.0.0.1:8000 pytest --confcutdir=tests/contract tests/contract` runs them
against any server; without BASE_URL they run against the one that the test suite starts.
"""
