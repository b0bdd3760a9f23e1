# Loaded into every Python that the command starts, by PYTHONPATH. Names of the hosts lead to the proxy here, where
# every client passes by, those too that ignore HTTPS_PROXY, such as aiohttp.
import importlib.machinery
import importlib.util
import json
import os
import socket
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))

with open(os.path.join(_HERE, "preload.json"), encoding="utf-8") as _file:
    _SETTINGS = json.load(_file)

_getaddrinfo = socket.getaddrinfo


def _is_ours(host):
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("latin-1")
    if not isinstance(host, str):
        return False
    name = host.lower().rstrip(".")
    return any(name.endswith(each[1:]) if each.startswith("*.") else name == each for each in _SETTINGS["hosts"])


def _lead(host, port, family=0, type=0, proto=0, flags=0):
    if _is_ours(host):
        return [(socket.AF_INET, type or socket.SOCK_STREAM, proto or 6, "", ("127.0.0.1", _SETTINGS["port"]))]
    return _getaddrinfo(host, port, family, type, proto, flags)


socket.getaddrinfo = _lead


def _load_next():
    """The sitecustomize that this one stands before, if there is one."""
    rest = [each for each in sys.path if os.path.abspath(each or ".") != _HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", rest)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


_load_next()
