"""Program that is an authenticator: its key is in the file TRACKFORGE_TEST_KEY."""

import json
import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.authenticator import SoftAuthenticator

FILE = Path(os.environ["TRACKFORGE_TEST_KEY"])


def main() -> None:
    """Prints the credential for the request on standard input."""
    request = json.load(sys.stdin)
    key = SoftAuthenticator(counts=False)
    if FILE.exists():
        id, pem = FILE.read_bytes().split(b"\n", 1)
        key.credential_id = bytes.fromhex(id.decode())
        private = load_pem_private_key(pem, None)
        assert isinstance(private, EllipticCurvePrivateKey)
        key.key = private
    pem = key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    FILE.write_bytes(key.credential_id.hex().encode() + b"\n" + pem)
    made = key.create(request["create"]) if "create" in request else key.get(request["get"])
    print(json.dumps(made))


main()
