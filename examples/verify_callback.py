"""A callback receiver that prints and verifies what arrives. Python's standard library only.

    python3 examples/verify_callback.py SECRET [PORT]
"""
import hashlib
import hmac
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


def verify_callback(raw_body: bytes, signature_header: str, secret: str) -> bool:
    expected = "sha256=" + hmac.new(secret.encode(), raw_body, hashlib.sha256).hexdigest()
    # As bytes, because compare_digest takes no text beyond ASCII, and anybody may send a header.
    return hmac.compare_digest(expected.encode(), signature_header.encode())


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        raw_body = self.rfile.read(int(self.headers["Content-Length"]))
        genuine = verify_callback(raw_body, self.headers.get("X-Phota-Signature", ""), sys.argv[1])
        print("genuine" if genuine else "FORGED", raw_body.decode(), flush=True)
        self.send_response(204 if genuine else 401)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


if __name__ == "__main__":
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    print(f"waiting for callbacks on http://127.0.0.1:{port}/", flush=True)
    HTTPServer(("127.0.0.1", port), Receiver).serve_forever()
