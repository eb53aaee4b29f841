"""What the fuzzer must know of ledgerbridge that no schema says. `cargo xtask fuzz` has schemathesis load this.

LEDGERBRIDGE_FUZZ_TENANTS is a JSON object: tenants by what may happen to them ("steady", "changing", "leaving", "never"
connected), "fields" by template, the "companies" of the tenants, and the "verifier" that Intuit signs with.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import zlib
from decimal import ROUND_HALF_UP, Context, Decimal
from urllib.parse import unquote

import schemathesis

TENANTS = json.loads(os.environ["LEDGERBRIDGE_FUZZ_TENANTS"])
FIELDS = TENANTS.pop("fields")
COMPANIES = TENANTS.pop("companies")
VERIFIER = TENANTS.pop("verifier")
ID = re.compile(r"[A-Za-z0-9._@+=-]{1,100}\Z")
# So few that calls meet each other's records.
RECORDS = 9
# More lines would only make calls slower.
LINES = 12
# Accounts of the sample company: of income, expense, bank, liability.
ACCOUNTS = ["1", "9", "35", "43"]
# What Intuit may tell of.
TOLD = ["billpayment.created", "bill.updated", "vendor.merged", "customer.deleted", "account.updated", "unheard.of"]
# Floats may be of any size.
EXACT = Context(prec=400)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Calls for tenants that exist, about records that may exist, with sums that add up; random all the same."""
    number = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode("utf-8", "replace"))
    path = case.path_parameters
    if case.operation.path == "/intuit/webhooks":
        return tell(case, kwargs, number)
    if is_id(path.get("tenant")):
        tenants = tenants_for(case.operation)
        if path["tenant"] not in tenants:
            path["tenant"] = tenants[number % len(tenants)]
    for name in ("id", "host_id"):
        if is_id(path.get(name)) and (number % 3 or "%" in path[name]):
            path[name] = f"R{number % RECORDS}"
    if case.meta is not None and case.meta.generation.mode.is_positive and isinstance(case.body, dict):
        case.body = mended(json.loads(json.dumps(case.body)), number, path.get("template"))


def tell(case, kwargs, number):
    """As Intuit tells it, or anything else, but signed by it: who does not sign gets no further. Bodies and signatures that
    are bad on purpose stay so."""
    if case.meta is not None and not case.meta.generation.mode.is_positive:
        return
    body = case.body if number % 3 == 0 else told(case.body, number)
    sent = json.dumps(body).encode()
    kwargs["data"] = sent
    case.body = body
    case.headers["intuit-signature"] = base64.b64encode(hmac.digest(VERIFIER.encode(), sent, hashlib.sha256)).decode()


def told(any_body, number):
    """Changes of the fuzzer's companies, in either format, with something arbitrary among them."""
    kind, realm, moment = TOLD[number % len(TOLD)], COMPANIES[number % len(COMPANIES)], "2026-04-12T09:29:58.123Z"
    entity, operation = kind.split(".")
    if number % 2:
        event = {"specversion": "1.0", "id": str(number), "source": "intuit", "type": f"qbo.{kind}.v1", "time": moment,
                 "intuitentityid": str(number % 99), "intuitaccountid": realm, "data": any_body}
        return [event, any_body] if number % 5 == 0 else [event]
    change = {"name": entity.title(), "id": str(number % 99), "operation": operation.title(), "lastUpdated": moment}
    changes = [change, any_body] if number % 5 == 0 else [change]
    return {"eventNotifications": [{"realmId": realm, "dataChangeEvent": {"entities": changes}}]}


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


def tenants_for(operation):
    """Whoever the call does not spoil for the others."""
    method, path = operation.method.lower(), operation.path
    if method == "delete" and path.endswith("/connection"):
        return [TENANTS["leaving"], TENANTS["never"]]
    if method != "get" and ("/workflows/" in path or path.endswith("/settings")):
        return [TENANTS["changing"], TENANTS["leaving"], TENANTS["never"]]
    return [TENANTS["steady"], TENANTS["steady"], *TENANTS.values()]


def mended(body, number, template):
    """The same body with sums that add up, so that it gets as far as QuickBooks."""
    body = {name: plain(value) for name, value in body.items()}
    if "currency" in body and number % 8:
        body["currency"] = "USD"
    if body.get("number") and number % 8:
        # QuickBooks takes a number once.
        body["number"] = f"N-{number}"
    if isinstance(body.get("lines"), list):
        mend_bill(body)
    if isinstance(body.get("bills"), list):
        mend_payment(body)
    if "gross_commission" in body:
        mend_disbursement(body)
    if isinstance(body.get("configuration"), dict) and template in FIELDS:
        fields = {name: value for name, value in body["configuration"].items() if name in FIELDS[template]}
        for value in fields.values():
            if isinstance(value, dict) and "id" in value and number % 4:
                value["id"] = ACCOUNTS[number % len(ACCOUNTS)]
        body["configuration"] = fields
    return body


def mend_bill(bill):
    bill["lines"] = bill["lines"][:LINES]
    names = {}
    for line in bill["lines"]:
        line["item"]["name"] = names.setdefault(line["item"]["id"], line["item"]["name"])
        quantity, price = line.get("quantity"), line.get("unit_price")
        if quantity is None and price is None:
            line["amount"] = cents(line["amount"])
        else:
            line["unit_price"] = price = "1" if price is None else price
            line["amount"] = cents(Decimal(1 if quantity is None else quantity) * Decimal(price), most=None)
    if isinstance(bill.get("payment"), dict):
        bill["payment"]["amount"] = cents(bill["payment"]["amount"], least="0.01")


def mend_payment(payment):
    # Of bills that may exist.
    for place, bill in enumerate(payment["bills"]):
        bill["id"] = f"R{place}" if place < RECORDS else bill["id"]
    bills = {bill["id"]: bill for bill in payment["bills"][:LINES]}
    for bill in bills.values():
        bill["amount"] = cents(bill["amount"], least="0.01")
    payment["bills"] = list(bills.values())
    paid = sum(Decimal(bill["amount"]) for bill in bills.values())
    payment["amount"] = format(max(paid, Decimal(cents(payment["amount"], least="0.01"))), "f")


def mend_disbursement(disbursement):
    gross, payees = Decimal(0), {}
    company = disbursement.get("company_share")
    if company is not None:
        company["amount"] = cents(company["amount"])
        gross += Decimal(company["amount"])
    for role, amount in (("agents", "split"), ("referrals", "amount"), ("franchise", "amount")):
        if disbursement.get(role) is None:
            continue
        disbursement[role] = disbursement[role][:LINES]
        for share in disbursement[role]:
            known = payees.setdefault(share["id"], share)
            for name in ("name", "email", "number"):
                share[name] = known.get(name)
            share[amount] = cents(share[amount])
            gross += Decimal(share[amount])
            # What is kept back may not be more than there is.
            for kept in [*(share.get("fees") or []), *(share.get("deductions") or [])]:
                kept["amount"] = cents(Decimal(share[amount]) / 40)
    price = disbursement["transaction"].get("sale_price")
    if price is not None:
        disbursement["transaction"]["sale_price"] = cents(price)
    disbursement["gross_commission"] = format(gross, "f")


def plain(value):
    """Numbers in plain digits: JSON's exponents are not money."""
    if isinstance(value, float):
        return format(Decimal(repr(value)).quantize(Decimal("0.00001"), context=EXACT).normalize(EXACT), "f")
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return value


def cents(amount, least="0", most="90000000"):
    rounded = Decimal(amount).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return format(max(rounded if most is None else rounded % Decimal(most), Decimal(least)), "f")
