"""Closed list of the errors that clients meet, by subject.

A docstring is the title of the problem document; a code never changes.
"""

from sync_server.web.errors.accounts import *
from sync_server.web.errors.authentication import *
from sync_server.web.errors.base import *
from sync_server.web.errors.files import *
from sync_server.web.errors.records import *
from sync_server.web.errors.requests import *
from sync_server.web.errors.server import *
from sync_server.web.errors.sync import *
