"""Reports of a replay for machines: JUnit XML and JSON."""

import json
import re
from collections import defaultdict
from xml.etree import ElementTree

from trackforge_client.replay.tally import ExchangeResult, Tally, percentiles

_ID = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# Characters that XML 1.0 does not allow, even as references.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(tally: Tally, name: str) -> str:
    """JUnit XML with one test case per exchange; a case with differences is a failure."""
    suite = ElementTree.Element(
        "testsuite",
        name=name,
        tests=str(len(tally.exchanges)),
        failures=str(len(tally.mismatches)),
        errors="0",
        skipped="0",
        time=f"{tally.elapsed_s:.3f}",
    )
    for exchange in tally.exchanges:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=f"{name}.{_xml_text(exchange.device)}",
            name=_xml_text(f"{exchange.number} {exchange.request}"),
            time=f"{exchange.latency_s:.3f}",
        )
        if exchange.differences:
            text = "\n".join(map(str, exchange.differences))
            first = _xml_text(str(exchange.differences[0]))
            failure = ElementTree.SubElement(case, "failure", message=first, type="difference")
            failure.text = _xml_text(text)
    ElementTree.indent(suite)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, "unicode") + "\n"
    )


def json_report(tally: Tally, name: str) -> str:
    """JSON with counts, latencies by route, final states and differences."""
    report = {
        "recording": name,
        "requests": len(tally.exchanges),
        "retries": tally.retries,
        "skipped": dict(tally.skipped),
        "elapsed_s": round(tally.elapsed_s, 3),
        "results": dict(tally.results),
        "pulled": tally.pulled,
        "latency_ms": _latencies([exchange.latency_s for exchange in tally.exchanges]),
        "routes": _routes(tally.exchanges),
        "users": [
            {"email": user.email, "records": user.records, "digest": user.digest}
            for user in tally.users
        ],
        "differences": [
            {
                "exchange": exchange.number,
                "device": exchange.device,
                "request": exchange.request,
                "path": difference.path,
                "recorded": difference.recorded,
                "live": difference.live,
            }
            for exchange in tally.mismatches
            for difference in exchange.differences
        ],
    }
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"


def _routes(exchanges: list[ExchangeResult]) -> dict[str, dict[str, float]]:
    latencies: defaultdict[str, list[float]] = defaultdict(list)
    for exchange in exchanges:
        route = _DATE.sub("{date}", _ID.sub("{id}", exchange.request))
        latencies[route].append(exchange.latency_s)
    return {
        route: {"requests": len(seconds), **_latencies(seconds)}
        for route, seconds in sorted(latencies.items())
    }


def _latencies(seconds: list[float]) -> dict[str, float]:
    names = ("p50", "p90", "p99", "max")
    shares = percentiles(seconds)
    return {name: round(share * 1000, 1) for name, share in zip(names, shares, strict=True)}


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
