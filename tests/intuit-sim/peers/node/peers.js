// Connects a company, invoices a customer, takes a payment, disburses a commission and captures what changed with unmodified third-party clients.
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

// A commission that comes in and is passed on: each document is made, changed and deleted again.
async function disburse(books, control) {
  const effect = async () => (await (await fetch(`${control}/books?after=144`)).json()).effect;
  const before = await effect();
  const vendor = await call(books, 'createVendor', { DisplayName: 'Peer Agent' });
  const renamed = await call(books, 'updateVendor', { ...vendor, CompanyName: 'Peer Agent LLC' });
  assert.equal(renamed.SyncToken, '1');
  const expense = (amount) => ({ Amount: amount, DetailType: 'AccountBasedExpenseLineDetail', AccountBasedExpenseLineDetail: { AccountRef: { value: '7' } } });
  const side = (type, account, amount) => ({ Amount: amount, DetailType: 'JournalEntryLineDetail', JournalEntryLineDetail: { PostingType: type, AccountRef: { value: account } } });
  const documents = {
    SalesReceipt: (amount) => ({ Line: [{ Amount: amount, DetailType: 'SalesItemLineDetail', SalesItemLineDetail: { ItemRef: { value: '1' } } }] }),
    Deposit: (amount) => ({ DepositToAccountRef: { value: '35' }, Line: [{ Amount: amount, DetailType: 'DepositLineDetail', DepositLineDetail: { AccountRef: { value: '1' } } }] }),
    Bill: (amount) => ({ VendorRef: { value: vendor.Id }, Line: [expense(amount)] }),
    Purchase: (amount) => ({ PaymentType: 'Check', AccountRef: { value: '35' }, EntityRef: { value: vendor.Id, type: 'Vendor' }, Line: [expense(amount)] }),
    JournalEntry: (amount) => ({ Line: [side('Debit', '7', amount), side('Credit', '35', amount)] }),
  };
  for (const [name, body] of Object.entries(documents)) {
    const made = await call(books, `create${name}`, { ...body(780.25), PrivateNote: 'made' });
    const changed = await call(books, `update${name}`, { ...body(650.5), Id: made.Id, SyncToken: made.SyncToken, PrivateNote: 'changed' });
    assert.deepEqual([changed.Id, changed.SyncToken, changed.PrivateNote], [made.Id, '1', 'changed'], name);
    const read = await call(books, `get${name}`, made.Id);
    assert.equal(read.Line[0].Amount, 650.5, name);
    const answer = await call(books, `delete${name}`, { Id: made.Id, SyncToken: changed.SyncToken });
    assert.equal(answer[name].status, 'Deleted', name);
    await assert.rejects(call(books, `get${name}`, made.Id), name);
  }
  const bill = await call(books, 'createBill', documents.Bill(780.25));
  const paid = await call(books, 'createBillPayment', {
    VendorRef: { value: vendor.Id }, PayType: 'Check', TotalAmt: 780.25, CheckPayment: { BankAccountRef: { value: '35' } },
    Line: [{ Amount: 780.25, LinkedTxn: [{ TxnId: bill.Id, TxnType: 'Bill' }] }],
  });
  assert.equal((await call(books, 'getBill', bill.Id)).Balance, 0);
  await assert.rejects(call(books, 'deleteBill', { Id: bill.Id, SyncToken: '1' }));
  await call(books, 'deleteBillPayment', { Id: paid.Id, SyncToken: paid.SyncToken });
  await call(books, 'deleteBill', { Id: bill.Id, SyncToken: '2' });
  assert.deepEqual(await effect(), before);
}

// Bills paid less a credit, changed, voided and deleted, and what change data capture says of it.
async function capture(books) {
  const since = new Date(Date.now() - 60000);
  const vendor = await call(books, 'createVendor', { DisplayName: 'Peer Supplier' });
  const expense = { Amount: 100, DetailType: 'AccountBasedExpenseLineDetail', AccountBasedExpenseLineDetail: { AccountRef: { value: '7' } } };
  const bill = await call(books, 'createBill', { VendorRef: { value: vendor.Id }, Line: [expense] });
  const credit = await call(books, 'createVendorCredit', { VendorRef: { value: vendor.Id }, Line: [{ ...expense, Amount: 40 }] });
  const noted = await call(books, 'updateVendorCredit', { ...credit, PrivateNote: 'noted' });
  assert.deepEqual([noted.Balance, noted.PrivateNote], [40, 'noted']);
  const line = (Amount, TxnId, TxnType) => ({ Amount, LinkedTxn: [{ TxnId, TxnType }] });
  const netting = await call(books, 'createBillPayment', {
    VendorRef: { value: vendor.Id }, PayType: 'Check', TotalAmt: 0, Line: [line(40, bill.Id, 'Bill'), line(40, credit.Id, 'VendorCredit')],
  });
  assert.equal((await call(books, 'getVendorCredit', credit.Id)).Balance, 0);
  const card = await call(books, 'createBillPayment', {
    VendorRef: { value: vendor.Id }, PayType: 'CreditCard', TotalAmt: 60, CreditCardPayment: { CCAccountRef: { value: '41' } }, Line: [line(60, bill.Id, 'Bill')],
  });
  assert.equal((await call(books, 'getBill', bill.Id)).Balance, 0);
  const less = await call(books, 'updateBillPayment', { ...card, TotalAmt: 50, Line: [line(50, bill.Id, 'Bill')] });
  assert.deepEqual([less.TotalAmt, less.SyncToken], [50, '1']);
  await call(books, 'deleteBillPayment', { Id: less.Id, SyncToken: less.SyncToken });
  const found = await call(books, 'findBillPayments', [{ field: 'VendorRef', value: vendor.Id, operator: '=' }]);
  assert.deepEqual(found.QueryResponse.BillPayment.map((payment) => payment.Id), [netting.Id]);
  const captured = await call(books, 'changeDataCapture', ['BillPayment', 'VendorCredit', 'SalesReceipt', 'Class'], since);
  const [payments, credits, , none] = captured.CDCResponse[0].QueryResponse;
  const statusOf = (id) => payments.BillPayment.find((payment) => payment.Id === id).status;
  assert.deepEqual([statusOf(netting.Id), statusOf(less.Id)], [undefined, 'Deleted']);
  assert.deepEqual([credits.VendorCredit[0].Balance, none], [0, {}]);
  await assert.rejects(call(books, 'changeDataCapture', ['Barter'], since));
}

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

  await disburse(books, `${simulator}/sim/companies/${realm}`);
  await capture(books);

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
