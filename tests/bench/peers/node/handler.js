// PUT and GET /tenants/{tenant}/bills/{id}: a bill becomes an invoice in QuickBooks, once.

const crypto = require('node:crypto');
const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
const { BatchGetCommand, DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } = require('@aws-sdk/lib-dynamodb');
const { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } = require('@aws-sdk/client-secrets-manager');
const OAuthClient = require('intuit-oauth');
const QuickBooks = require('node-quickbooks');

const { TABLE_NAME, SECRET_PREFIX, QUICKBOOKS_URL } = process.env;
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}), { marshallOptions: { removeUndefinedValues: true } });
const secrets = new SecretsManagerClient({});
QuickBooks.V3_ENDPOINT_BASE_URL = `${QUICKBOOKS_URL}/v3/company/`;

const cache = new Map();
async function secret(name) {
  const cached = cache.get(name);
  if (cached && cached.until > Date.now()) return cached.value;
  const answer = await secrets.send(new GetSecretValueCommand({ SecretId: `${SECRET_PREFIX}/${name}` }));
  const value = JSON.parse(answer.SecretString);
  cache.set(name, { value, until: Date.now() + 5 * 60 * 1000 });
  return value;
}

async function mayCall(event) {
  const [, shown] = /^Bearer (.+)$/.exec(event.headers.authorization || '') || [];
  const { api_keys: keys } = await secret('application');
  const hash = (text) => crypto.createHash('sha256').update(text).digest();
  return shown && keys.some((key) => crypto.timingSafeEqual(hash(key.key || key), hash(shown)));
}

async function client(tenant, realm) {
  const name = `connection/${tenant}/${realm}`;
  let tokens = await secret(name);
  if (Date.parse(tokens.access_expires_at) < Date.now() + 60_000) {
    const { client_id: clientId, client_secret: clientSecret } = await secret('application');
    const oauth = new OAuthClient({ clientId, clientSecret, environment: 'sandbox', redirectUri: '', logging: false });
    oauth.setAuthorizeURLs({
      authorizeEndpoint: `${QUICKBOOKS_URL}/connect/oauth2`,
      tokenEndpoint: `${QUICKBOOKS_URL}/oauth2/v1/tokens/bearer`,
      revokeEndpoint: `${QUICKBOOKS_URL}/v2/oauth2/tokens/revoke`,
      userInfoEndpoint: `${QUICKBOOKS_URL}/v1/openid_connect/userinfo`,
    });
    const { access_token, refresh_token, expires_in } = (await oauth.refreshUsingToken(tokens.refresh_token)).getToken();
    const access_expires_at = new Date(Date.now() + expires_in * 1000).toISOString();
    tokens = { ...tokens, access_token, refresh_token, access_expires_at };
    await secrets.send(new PutSecretValueCommand({ SecretId: `${SECRET_PREFIX}/${name}`, SecretString: JSON.stringify(tokens) }));
    cache.delete(name);
  }
  return new QuickBooks('', '', tokens.access_token, false, realm, true, false, '75', '2.0', tokens.refresh_token);
}

function bad(bill) {
  const money = /^-?\d+(\.\d{1,2})?$/;
  const day = /^\d{4}-\d{2}-\d{2}$/;
  if (!Number.isInteger(bill.version)) return 'version';
  if (typeof bill.number !== 'string' || bill.number.length > 21) return 'number';
  if (!bill.agent || !bill.agent.id) return 'agent.id';
  if (!day.test(bill.issued_on) || !day.test(bill.due_on)) return 'issued_on, due_on';
  if (!Array.isArray(bill.lines) || bill.lines.length === 0) return 'lines';
  if (!bill.lines.every((line) => line.item && line.item.id && money.test(line.amount))) return 'lines';
  return undefined;
}

const invoiceOf = (bill, customer, items, marker) => ({
  CustomerRef: { value: customer },
  DocNumber: bill.number,
  TxnDate: bill.issued_on,
  DueDate: bill.due_on,
  PrivateNote: [bill.memo, marker].filter(Boolean).join(' '),
  Line: bill.lines.map((line) => ({
    Amount: Number(line.amount),
    Description: line.description,
    DetailType: 'SalesItemLineDetail',
    SalesItemLineDetail: { ItemRef: { value: items.get(line.item.id) }, Qty: Number(line.quantity), UnitPrice: Number(line.unit_price) },
  })),
});

async function put(tenant, id, bill, requestId) {
  const pk = `PEER#${tenant}`;
  const key = { pk, sk: `POSTING#bill#${id}` };
  const itemIds = [...new Set(bill.lines.map((line) => line.item.id))];
  const wanted = ['CONNECTION', 'SETTINGS', `LINK#customer#${bill.agent.id}`, ...itemIds.map((item) => `LINK#item#${item}`)];
  const Keys = [key, ...wanted.map((sk) => ({ pk, sk }))];
  const loaded = await table.send(new BatchGetCommand({ RequestItems: { [TABLE_NAME]: { Keys, ConsistentRead: true } } }));
  const found = new Map(loaded.Responses[TABLE_NAME].map((item) => [item.sk, item]));
  const [posting, connection, settings] = [key.sk, 'CONNECTION', 'SETTINGS'].map((sk) => found.get(sk));
  const fingerprint = crypto.createHash('sha256').update(JSON.stringify([bill, settings])).digest('hex');
  if (posting && posting.state === 'posted' && posting.fingerprint === fingerprint) {
    return [200, { posting: { state: 'posted', outcome: 'unchanged', version: bill.version, objects: posting.objects } }];
  }
  if (posting && posting.version > bill.version) return [200, { posting: { state: 'superseded', version: posting.version } }];
  if (!connection || connection.status !== 'connected') return [202, { posting: { state: 'blocked', reason: { code: 'not_connected' } } }];
  if (!wanted.slice(2).every((sk) => found.has(sk))) return [202, { posting: { state: 'blocked', reason: { code: 'needs_mapping' } } }];

  const marker = `[lb:${crypto.createHash('sha256').update(`${tenant}#${key.sk}`).digest('hex').slice(0, 16)}]`;
  const items = new Map(itemIds.map((item) => [item, found.get(`LINK#item#${item}`).object_id]));
  const body = invoiceOf(bill, found.get(`LINK#customer#${bill.agent.id}`).object_id, items, marker);
  const revision = posting ? posting.revision : 0;
  const requestid = crypto.createHash('sha256').update(`${tenant}#${key.sk}#${bill.version}#${revision}`).digest('hex').slice(0, 36);
  const now = new Date().toISOString();
  const lease = { owner: requestId, until: new Date(Date.now() + 60_000).toISOString() };
  const intent = {
    ...key, state: 'posting', version: bill.version, record: bill, revision: revision + 1, lease, step: 'create-invoice', requestid, body,
    state_key: 'PEER#UNFINISHED', state_since: now, updated_at: now,
  };
  const unchanged = revision
    ? { ConditionExpression: 'revision = :seen', ExpressionAttributeValues: { ':seen': revision } }
    : { ConditionExpression: 'attribute_not_exists(pk)' };
  await table.send(new PutCommand({ TableName: TABLE_NAME, Item: intent, ...unchanged }));

  const quickbooks = await client(tenant, connection.realm);
  const invoice = await new Promise((resolve, reject) => {
    quickbooks.createInvoice({ ...body, requestId: requestid }, (error, made) => (error ? reject(error) : resolve(made)));
  });
  const cents = (amount) => Math.round(Number(amount) * 100);
  const total = bill.lines.reduce((sum, line) => sum + cents(line.amount), 0);
  const warnings = cents(invoice.TotalAmt) === total ? [] : ['total_differs'];

  const objects = [{ type: 'Invoice', id: invoice.Id, sync_token: invoice.SyncToken, doc_number: invoice.DocNumber, balance: String(invoice.Balance) }];
  const { lease: _, state_key: __, state_since: ___, step: ____, body: _____, requestid: ______, ...rest } = intent;
  const posted = { ...rest, state: 'posted', fingerprint, objects, warnings, revision: revision + 2, updated_at: new Date().toISOString() };
  const line = { pk, sk: `HISTORY#${posted.updated_at}#${requestId}`, what: 'created', posting: key.sk, version: bill.version, objects };
  await table.send(new TransactWriteCommand({
    TransactItems: [
      { Put: { TableName: TABLE_NAME, Item: posted, ConditionExpression: 'revision = :seen', ExpressionAttributeValues: { ':seen': revision + 1 } } },
      { Put: { TableName: TABLE_NAME, Item: line } },
    ],
  }));
  return [200, { posting: { state: 'posted', outcome: 'created', version: bill.version, objects } }];
}

exports.handle = async (event, context) => {
  const started = Date.now();
  const [, tenant, id] = /^\/tenants\/([^/]+)\/bills\/([^/]+)$/.exec(event.rawPath) || [];
  const answer = async () => {
    if (!(await mayCall(event))) return [401, { code: 'unauthorized' }];
    if (!tenant) return [404, { code: 'not_found' }];
    if (event.requestContext.http.method === 'GET') {
      const found = await table.send(new GetCommand({ TableName: TABLE_NAME, Key: { pk: `PEER#${tenant}`, sk: `POSTING#bill#${id}` }, ConsistentRead: true }));
      return found.Item ? [200, { posting: { state: found.Item.state, version: found.Item.version, objects: found.Item.objects } }] : [404, { code: 'not_found' }];
    }
    const text = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body;
    const bill = JSON.parse(text);
    const field = bad(bill);
    return field ? [400, { code: 'invalid', field }] : put(tenant, id, bill, context.awsRequestId);
  };
  const [statusCode, body] = await answer();
  console.log(JSON.stringify({ message: 'handled', request_id: context.awsRequestId, tenant, posting: `bill/${id}`, status: statusCode, state: body.posting && body.posting.state, duration_ms: Date.now() - started }));
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), isBase64Encoded: false };
};
