"""What the fuzzer must know of ledgerbridge that no schema says. `cargo xtask fuzz` has schemathesis load this.

LEDGERBRIDGE_FUZZ_TENANTS is a JSON object: "connected" tenants, one that may be "disconnected", and one that "never" was
connected.
"""

import json
import os
import re
import zlib
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import unquote

import schemathesis

TENANTS = json.loads(os.environ["LEDGERBRIDGE_FUZZ_TENANTS"])
KNOWN = {*TENANTS["connected"], TENANTS["disconnected"], TENANTS["never"]}
ID = re.compile(r"[A-Za-z0-9._@+=-]{1,100}\Z")
# So few that calls meet each other's records.
RECORDS = 9
# More lines would only make calls slower.
LINES = 12


@schemathesis.hook
def before_call(context, case, kwargs):
    """Calls for tenants that exist, about records that may exist, with sums that add up; random all the same."""
    number = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode("utf-8", "replace"))
    path = case.path_parameters
    if is_id(path.get("tenant")) and path["tenant"] not in KNOWN:
        path["tenant"] = choose_tenant(case.operation, number)
    for name in ("id", "host_id"):
        if is_id(path.get(name)) and (number % 3 or "%" in path[name]):
            path[name] = f"R{number % RECORDS}"
    if case.meta is not None and case.meta.generation.mode.is_positive and isinstance(case.body, dict):
        case.body = mended(json.loads(json.dumps(case.body)), number)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """What is no failure although it looks like one."""
    kind = type(failure).__name__
    if kind == "AcceptedNegativeData":
        # An empty value in a query counts as left out.
        return "" not in (case.query or {}).values()
    if kind != "RejectedPositiveData" or response.status_code != 422:
        return True
    # A body that fits its schema may still break a rule that no schema says; the document lists the codes of those.
    beyond = case.operation.schema.raw_schema["x-codes-beyond-schema"]
    return not all(error["code"] in beyond for error in response.json()["errors"])


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Answers have no field that is not described. (Hosts are not promised that: fields may be added.)"""
    for path in raw_schema["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                for response in operation["responses"].values():
                    close(response, raw_schema)


def close(schema, document):
    if isinstance(schema, list):
        for part in schema:
            close(part, document)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" and "properties" in schema and "additionalProperties" not in schema:
        schema["additionalProperties"] = False
    reference = schema.get("$ref")
    if reference is not None:
        target = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        if not target.get("x-closed"):
            target["x-closed"] = True
            close(target, document)
    for name, part in schema.items():
        if name not in ("examples", "example"):
            close(part, document)


def is_id(text):
    """Parameters in a path come with their percent-encoding, so a bad one may spell a good one."""
    return isinstance(text, str) and ID.match(unquote(text)) is not None


def choose_tenant(operation, number):
    if operation.method.lower() == "delete" and operation.path.endswith("/connection"):
        return TENANTS["disconnected"]
    choices = [*TENANTS["connected"] * 3, TENANTS["disconnected"], TENANTS["never"]]
    return choices[number % len(choices)]


def mended(body, number):
    """The same record with sums that add up, so that it gets as far as QuickBooks."""
    body = {name: plain(value) for name, value in body.items()}
    if "currency" in body and number % 8:
        body["currency"] = "USD"
    if isinstance(body.get("lines"), list):
        body["lines"] = body["lines"][:LINES]
        names = {}
        for line in body["lines"]:
            line["item"]["name"] = names.setdefault(line["item"]["id"], line["item"]["name"])
            quantity, price = line.get("quantity"), line.get("unit_price")
            if quantity is None and price is None:
                line["amount"] = cents(line["amount"])
            else:
                line["unit_price"] = price = "1" if price is None else price
                line["amount"] = cents(Decimal(1 if quantity is None else quantity) * Decimal(price))
        if isinstance(body.get("payment"), dict):
            body["payment"]["amount"] = cents(body["payment"]["amount"], least="0.01")
    if isinstance(body.get("bills"), list):
        bills = {bill["id"]: bill for bill in body["bills"][:LINES]}
        for bill in bills.values():
            bill["amount"] = cents(bill["amount"], least="0.01")
        body["bills"] = list(bills.values())
        paid = sum(Decimal(bill["amount"]) for bill in bills.values())
        body["amount"] = cents(max(paid, Decimal(body["amount"])), least="0.01")
    return body


def plain(value):
    """Numbers in plain digits: JSON's exponents are not money."""
    if isinstance(value, float):
        return format(Decimal(repr(value)).quantize(Decimal("0.00001")).normalize(), "f")
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return value


def cents(amount, least="0"):
    rounded = Decimal(amount).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) % Decimal("90000000")
    return format(max(rounded, Decimal(least)), "f")
