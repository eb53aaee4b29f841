"""PUT and GET /tenants/{tenant}/bills/{id}: a bill becomes an invoice in QuickBooks, once."""

import base64
import hashlib
import hmac
import json
import os
import re
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import boto3
from intuitlib.client import AuthClient
from quickbooks import QuickBooks
from quickbooks.objects.invoice import Invoice

TABLE_NAME = os.environ["TABLE_NAME"]
SECRET_PREFIX = os.environ["SECRET_PREFIX"]
QUICKBOOKS_URL = os.environ["QUICKBOOKS_URL"]
if QUICKBOOKS_URL.startswith("http://"):
    # oauthlib sends no token over plain HTTP otherwise; only the simulator is reached like that.
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
QuickBooks.sandbox_api_url_v3 = f"{QUICKBOOKS_URL}/v3"

dynamodb = boto3.resource("dynamodb")
table = dynamodb.Table(TABLE_NAME)
secrets = boto3.client("secretsmanager")
_cache = {}
_clients = {}


def secret(name):
    value, until = _cache.get(name, (None, 0))
    if until < time.time():
        value = json.loads(secrets.get_secret_value(SecretId=f"{SECRET_PREFIX}/{name}")["SecretString"])
        _cache[name] = (value, time.time() + 300)
    return value


def may_call(event):
    shown = event["headers"].get("authorization", "").removeprefix("Bearer ")
    keys = [key["key"] if isinstance(key, dict) else key for key in secret("application")["api_keys"]]
    return any([hmac.compare_digest(key, shown) for key in keys])


class Session:
    """What python-quickbooks asks of an AuthClient. Making a real one fetches Intuit's discovery document each time, so that is done
    only when a token has to be refreshed."""

    environment = "sandbox"

    def __init__(self, client_id, tokens):
        self.client_id = client_id
        self.access_token = tokens["access_token"]
        self.refresh_token = tokens["refresh_token"]


def client(tenant, realm):
    name = f"connection/{tenant}/{realm}"
    tokens = secret(name)
    application = secret("application")
    if datetime.fromisoformat(tokens["access_expires_at"].replace("Z", "+00:00")) < now() + timedelta(minutes=1):
        discovery = f"{QUICKBOOKS_URL}/.well-known/openid_sandbox_configuration"
        auth = AuthClient(application["client_id"], application["client_secret"], "", discovery)
        auth.refresh(refresh_token=tokens["refresh_token"])
        expires = now() + timedelta(seconds=auth.expires_in)
        tokens = tokens | {
            "access_token": auth.access_token,
            "refresh_token": auth.refresh_token,
            "access_expires_at": expires.isoformat(),
        }
        secrets.put_secret_value(SecretId=f"{SECRET_PREFIX}/{name}", SecretString=json.dumps(tokens))
        _cache.pop(name)
    made = _clients.get(name)
    # A client keeps its connection, and the token that it was made with.
    if made is None or made.auth_client.access_token != tokens["access_token"]:
        made = _clients[name] = QuickBooks(
            auth_client=Session(application["client_id"], tokens),
            refresh_token=tokens["refresh_token"],
            company_id=realm,
            minorversion=75,
        )
    return made


def now():
    return datetime.now(timezone.utc)


MONEY = re.compile(r"-?\d+(\.\d{1,2})?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def bad(bill):
    if not isinstance(bill.get("version"), int):
        return "version"
    if not isinstance(bill.get("number"), str) or len(bill["number"]) > 21:
        return "number"
    if not bill.get("agent", {}).get("id"):
        return "agent.id"
    if not DAY.fullmatch(bill.get("issued_on", "")) or not DAY.fullmatch(bill.get("due_on", "")):
        return "issued_on, due_on"
    lines = bill.get("lines") or []
    if not lines or not all(line.get("item", {}).get("id") and MONEY.fullmatch(line["amount"]) for line in lines):
        return "lines"
    return None


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def invoice_of(bill, customer, items, marker):
    line = lambda line: {
        "Amount": float(line["amount"]),
        "Description": line.get("description"),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {
            "ItemRef": {"value": items[line["item"]["id"]]},
            "Qty": float(line["quantity"]),
            "UnitPrice": float(line["unit_price"]),
        },
    }
    return {
        "CustomerRef": {"value": customer},
        "DocNumber": bill["number"],
        "TxnDate": bill["issued_on"],
        "DueDate": bill["due_on"],
        "PrivateNote": " ".join(filter(None, [bill.get("memo"), marker])),
        "Line": [line(each) for each in bill["lines"]],
    }


def put(tenant, bill_id, bill, request_id):
    pk, sk = f"PEER#{tenant}", f"POSTING#bill#{bill_id}"
    item_ids = sorted({line["item"]["id"] for line in bill["lines"]})
    customer_sk = f"LINK#customer#{bill['agent']['id']}"
    links = [customer_sk, *(f"LINK#item#{item}" for item in item_ids)]
    keys = [{"pk": pk, "sk": key} for key in [sk, "CONNECTION", "SETTINGS", *links]]
    loaded = dynamodb.batch_get_item(RequestItems={TABLE_NAME: {"Keys": keys, "ConsistentRead": True}})
    found = {item["sk"]: item for item in loaded["Responses"][TABLE_NAME]}
    posting, connection, settings = found.get(sk), found.get("CONNECTION"), found.get("SETTINGS")
    fingerprint = digest(json.dumps([bill, settings], default=str, sort_keys=True))
    if posting and posting["state"] == "posted" and posting.get("fingerprint") == fingerprint:
        return 200, {"posting": {"state": "posted", "outcome": "unchanged", "version": bill["version"], "objects": posting["objects"]}}
    if posting and posting["version"] > bill["version"]:
        return 200, {"posting": {"state": "superseded", "version": int(posting["version"])}}
    if not connection or connection["status"] != "connected":
        return 202, {"posting": {"state": "blocked", "reason": {"code": "not_connected"}}}
    if not all(link in found for link in links):
        return 202, {"posting": {"state": "blocked", "reason": {"code": "needs_mapping"}}}

    marker = f"[lb:{digest(f'{tenant}#{sk}')[:16]}]"
    items = {item: found[f"LINK#item#{item}"]["object_id"] for item in item_ids}
    body = invoice_of(bill, found[customer_sk]["object_id"], items, marker)
    revision = int(posting["revision"]) if posting else 0
    request = digest(f"{tenant}#{sk}#{bill['version']}#{revision}")[:36]
    at = now()
    kept = {"pk": pk, "sk": sk, "version": bill["version"], "record": bill}
    intent = kept | {
        "state": "posting", "revision": revision + 1, "step": "create-invoice", "requestid": request, "body": json.dumps(body),
        "lease": {"owner": request_id, "until": (at + timedelta(minutes=1)).isoformat()},
        "state_key": "PEER#UNFINISHED", "state_since": at.isoformat(), "updated_at": at.isoformat(),
    }
    if revision:
        table.put_item(Item=intent, ConditionExpression="revision = :seen", ExpressionAttributeValues={":seen": revision})
    else:
        table.put_item(Item=intent, ConditionExpression="attribute_not_exists(pk)")

    made = Invoice.from_json(body).save(qb=client(tenant, connection["realm"]), request_id=request)
    total = sum(Decimal(line["amount"]) for line in bill["lines"])
    warnings = [] if Decimal(str(made.TotalAmt)) == total else ["total_differs"]

    objects = [{"type": "Invoice", "id": made.Id, "sync_token": made.SyncToken, "doc_number": made.DocNumber, "balance": str(made.Balance)}]
    done = now().isoformat()
    posted = kept | {
        "state": "posted", "fingerprint": fingerprint, "objects": objects, "warnings": warnings, "revision": revision + 2, "updated_at": done,
    }
    line = {"pk": pk, "sk": f"HISTORY#{done}#{request_id}", "what": "created", "posting": sk, "version": bill["version"], "objects": objects}
    dynamodb.meta.client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": TABLE_NAME, "Item": posted, "ConditionExpression": "revision = :seen",
                     "ExpressionAttributeValues": {":seen": revision + 1}}},
            {"Put": {"TableName": TABLE_NAME, "Item": line}},
        ]
    )
    return 200, {"posting": {"state": "posted", "outcome": "created", "version": bill["version"], "objects": objects}}


def answer(event, context, tenant, bill_id):
    if not may_call(event):
        return 401, {"code": "unauthorized"}
    if not tenant:
        return 404, {"code": "not_found"}
    if event["requestContext"]["http"]["method"] == "GET":
        key = {"pk": f"PEER#{tenant}", "sk": f"POSTING#bill#{bill_id}"}
        item = table.get_item(Key=key, ConsistentRead=True).get("Item")
        if not item:
            return 404, {"code": "not_found"}
        return 200, {"posting": {name: item.get(name) for name in ("state", "version", "objects")}}
    text = base64.b64decode(event["body"]) if event.get("isBase64Encoded") else event["body"]
    bill = json.loads(text)
    field = bad(bill)
    return (400, {"code": "invalid", "field": field}) if field else put(tenant, bill_id, bill, context.aws_request_id)


def handle(event, context):
    started = time.monotonic()
    match = re.fullmatch(r"/tenants/([^/]+)/bills/([^/]+)", event["rawPath"])
    tenant, bill_id = match.groups() if match else (None, None)
    status, body = answer(event, context, tenant, bill_id)
    print(json.dumps({
        "message": "handled", "request_id": context.aws_request_id, "tenant": tenant, "posting": f"bill/{bill_id}", "status": status,
        "state": body.get("posting", {}).get("state"), "duration_ms": round((time.monotonic() - started) * 1000),
    }))
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body, default=str), "isBase64Encoded": False}
