// Connects a company, invoices a customer and takes a payment with unmodified third-party clients.
//
//   node peers.js http://127.0.0.1:PORT CLIENT_ID CLIENT_SECRET

const assert = require('node:assert/strict');
const OAuthClient = require('intuit-oauth');
const QuickBooks = require('node-quickbooks');

const [simulator, clientId, clientSecret] = process.argv.slice(2);
const redirectUri = 'http://localhost:9/callback';

async function createCompany() {
  const answer = await fetch(`${simulator}/sim/companies`, { method: 'POST', body: JSON.stringify({ name: 'Peer Proof' }) });
  return (await answer.json()).realm_id;
}

function oauthClient() {
  const oauth = new OAuthClient({ clientId, clientSecret, redirectUri, environment: 'sandbox', logging: false });
  return oauth.setAuthorizeURLs({
    authorizeEndpoint: `${simulator}/connect/oauth2`,
    tokenEndpoint: `${simulator}/oauth2/v1/tokens/bearer`,
    revokeEndpoint: `${simulator}/v2/oauth2/tokens/revoke`,
    userInfoEndpoint: `${simulator}/v1/openid_connect/userinfo`,
  });
}

// What a person's browser does: open the page, press Connect, follow the redirect.
async function consent(authorizeUri, realm) {
  const page = await fetch(authorizeUri);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /Connect to QuickBooks/);
  const form = new URLSearchParams(new URL(authorizeUri).search);
  form.set('realm', realm);
  form.set('decision', 'connect');
  const answer = await fetch(`${simulator}/connect/oauth2`, { method: 'POST', body: form, redirect: 'manual' });
  assert.equal(answer.status, 302);
  return answer.headers.get('location');
}

const call = (client, method, ...args) =>
  new Promise((resolve, reject) => client[method](...args, (error, value) => (error ? reject(error) : resolve(value))));

async function main() {
  const realm = await createCompany();
  const oauth = oauthClient();
  const authorizeUri = oauth.authorizeUri({ scope: [OAuthClient.scopes.Accounting], state: 'proof' });
  const exchanged = await oauth.createToken(await consent(authorizeUri, realm));
  assert.equal(exchanged.getToken().realmId, realm);
  const refreshed = await oauth.refresh();
  const token = refreshed.getToken();
  assert.ok(oauth.isAccessTokenValid());

  QuickBooks.TOKEN_URL = `${simulator}/oauth2/v1/tokens/bearer`;
  QuickBooks.V3_ENDPOINT_BASE_URL = `${simulator}/v3/company/`;
  const books = new QuickBooks(clientId, clientSecret, token.access_token, false, realm, true, false, 75, '2.0', token.refresh_token);

  const customer = await call(books, 'createCustomer', { DisplayName: 'Peer Customer' });
  const invoice = await call(books, 'createInvoice', {
    CustomerRef: { value: customer.Id },
    Line: [{ Amount: 125.5, DetailType: 'SalesItemLineDetail', SalesItemLineDetail: { ItemRef: { value: '1' } } }],
  });
  assert.equal(invoice.Balance, 125.5);
  const payment = await call(books, 'createPayment', {
    CustomerRef: { value: customer.Id },
    TotalAmt: 125.5,
    Line: [{ Amount: 125.5, LinkedTxn: [{ TxnId: invoice.Id, TxnType: 'Invoice' }] }],
  });
  assert.equal(payment.UnappliedAmt, 0);

  const paid = await call(books, 'getInvoice', invoice.Id);
  assert.deepEqual([paid.Balance, paid.LinkedTxn[0].TxnId], [0, payment.Id]);
  const found = await call(books, 'findCustomers', [{ field: 'DisplayName', value: 'Peer Customer', operator: '=' }]);
  assert.equal(found.QueryResponse.Customer[0].Id, customer.Id);
  const counted = await call(books, 'findInvoices', { count: true });
  assert.equal(counted.QueryResponse.totalCount, 32);
  const noted = await call(books, 'updateInvoice', { Id: paid.Id, SyncToken: paid.SyncToken, sparse: true, PrivateNote: 'seen' });
  assert.equal(noted.PrivateNote, 'seen');
  const batch = await call(books, 'batch', [{ bId: '1', operation: 'create', Customer: { DisplayName: 'Peer Customer' } }]);
  assert.equal(batch.BatchItemResponse[0].Fault.Error[0].code, '6240');
  const info = await call(books, 'getCompanyInfo', realm);
  assert.equal(info.CompanyName, 'Peer Proof');
  await call(books, 'voidPayment', { Id: payment.Id, SyncToken: payment.SyncToken });
  assert.equal((await call(books, 'getInvoice', invoice.Id)).Balance, 125.5);
  await assert.rejects(call(books, 'createCustomer', { DisplayName: 'Peer Customer' }));

  const fresh = await call(books, 'refreshAccessToken');
  assert.ok(fresh.access_token);
  await oauth.revoke();
  await assert.rejects(call(books, 'getInvoice', invoice.Id));
  console.log('intuit-oauth and node-quickbooks work against the simulator');
}

main().catch((error) => {
  console.error(error.response?.data ?? error);
  process.exit(1);
});
