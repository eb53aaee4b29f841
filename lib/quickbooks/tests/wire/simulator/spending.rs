//! Money out and money to the bank, against a QuickBooks that keeps books.

use quickbooks::entity::{
    Account, AccountLine, AccountType, Bill, BillableStatus, Class, CreditMemo, Customer,
    Department, Deposit, DepositLine, Invoice, JournalEntry, JournalLine, Line, PartyRef, Payment,
    PaymentType, Purchase, SalesLine, SalesReceipt, Vendor, can,
};
use quickbooks::{Class as Refusal, Entity, Field, ObjectId, Op, Query, RequestId, Write};
use rust_decimal::Decimal;

use super::Books;

pub(super) fn request(name: &str) -> RequestId {
    RequestId::new(format!("spend-{name}")).unwrap()
}

pub(super) fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

impl Books {
    pub(super) async fn made<T: can::Create>(&self, name: &str, object: &T) -> T {
        self.write(&Write::create(request(name), object)).await
    }

    pub(super) async fn account(&self, name: &str, account_type: AccountType) -> ObjectId {
        let word: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        id(&self.made(&word, &Account::named(name, account_type)).await)
    }

    pub(super) async fn read<T: can::Read>(&self, id: &ObjectId) -> T {
        self.client.read(&self.access, id).await.unwrap()
    }

    async fn is_gone<T: can::Read>(&self, id: &ObjectId) -> bool {
        self.client
            .read::<T>(&self.access, id)
            .await
            .is_err_and(|error| error.class() == Refusal::NotFound)
    }

    pub(super) async fn deleted<T: can::Delete + can::Read>(&self, name: &str, object: &T) {
        let delete =
            Write::delete::<T>(request(name), object.id().unwrap(), object.sync_token().unwrap());
        self.client.write(&self.access, &delete).await.unwrap();
        assert!(self.is_gone::<T>(object.id().unwrap()).await, "{name}");
    }

    pub(super) async fn found<T: Entity>(
        &self,
        field: Field<T>,
        value: impl Into<quickbooks::Value>,
    ) -> Vec<ObjectId> {
        let query = Query::<T>::new().filter(field, Op::Eq, value);
        let page = self.client.query(&self.access, &query).await.unwrap();
        page.objects.iter().map(id).collect()
    }
}

pub(super) fn id<T: Entity>(object: &T) -> ObjectId {
    object.id().unwrap().clone()
}

#[tokio::test]
async fn a_bill_is_made_changed_in_part_and_deleted() {
    let books = Books::connected().await;
    let vendor =
        id(&books.made("vendor", &Vendor::named("O'Neil & Sons").with_email("o@n.example")).await);
    let rent = books.account("Rent", AccountType::Expense).await;
    let line = AccountLine::of_account(&rent, cents(10_010)).described("June");
    let mut bill = Bill::from_vendor(&vendor, [line.into()]);
    bill.doc_number = Some("R-6".to_owned());
    let bill = books.made("bill", &bill).await;
    assert_eq!([bill.total_amt, bill.balance], [Some(cents(10_010)); 2]);
    assert_eq!(books.read::<Vendor>(&vendor).await.balance, Some(cents(10_010)));
    assert_eq!(books.found(Bill::VENDOR, &vendor).await, [id(&bill)]);
    assert_eq!(books.found(Bill::DOC_NUMBER, "R-6").await, [id(&bill)]);

    let changes = Bill { private_note: Some("x".to_owned()), ..Bill::changes(&vendor) };
    let (bill_id, token) = (id(&bill), bill.sync_token().unwrap());
    let write = Write::sparse_update_repeating(request("note"), &bill_id, token, &changes).unwrap();
    let changed: Bill = books.write(&write).await;
    assert_eq!(
        (changed.private_note.as_deref(), changed.doc_number.as_deref()),
        (Some("x"), Some("R-6"))
    );
    assert_eq!(changed.total_amt, bill.total_amt);
    books.deleted("delete", &changed).await;
    assert_eq!(books.read::<Vendor>(&vendor).await.balance, Some(Decimal::ZERO));
}

#[tokio::test]
async fn money_is_spent_by_check_from_the_bank_and_with_a_card() {
    let books = Books::connected().await;
    let payee = PartyRef::vendor(&id(&books.made("vendor", &Vendor::named("Agent Smith")).await));
    let bank = books.account("Bank A", AccountType::Bank).await;
    let card = books.account("A card", AccountType::CreditCard).await;
    let fees = books.account("Fees paid", AccountType::Expense).await;
    let customer = id(&books.made("customer", &Customer::named("Site 9")).await);
    let line = || -> [Line; 1] {
        let line = AccountLine::of_account(&fees, cents(3_033));
        [line.for_customer(&customer, BillableStatus::NotBillable).into()]
    };
    let check = Purchase {
        doc_number: Some("501".to_owned()),
        ..Purchase::check(&bank, payee.clone(), line())
    };
    let check = books.made("check", &check).await;
    assert_eq!((check.total_amt, check.credit), (Some(cents(3_033)), None));
    let balance = async |account: &ObjectId| books.read::<Account>(account).await.current_balance;
    assert_eq!(balance(&bank).await, Some(cents(-3_033)));
    let cash = books.made("cash", &Purchase::cash(&bank, payee.clone(), line())).await;
    assert_eq!(balance(&bank).await, Some(cents(-6_066)));
    books.made("card", &Purchase::card(&card, payee.clone(), line())).await;
    let refund = books.made("refund", &Purchase::card_refund(&card, payee, line())).await;
    assert_eq!((refund.credit, balance(&card).await), (Some(true), Some(Decimal::ZERO)));
    assert_eq!(books.found(Purchase::DOC_NUMBER, "501").await, [id(&check)]);
    assert!(books.found(Purchase::PAYMENT_TYPE, "Check").await.contains(&id(&check)));

    let changes =
        Purchase { private_note: Some("x".to_owned()), ..Purchase::changes(PaymentType::Check) };
    let (check_id, token) = (id(&check), check.sync_token().unwrap());
    let write =
        Write::sparse_update_repeating(request("note"), &check_id, token, &changes).unwrap();
    let changed: Purchase = books.write(&write).await;
    assert_eq!((changed.private_note.as_deref(), changed.total_amt), (Some("x"), check.total_amt));
    let whole = Purchase { doc_number: Some("502".to_owned()), ..changed };
    let whole: Purchase = books.write(&Write::update(request("whole"), &whole).unwrap()).await;
    assert_eq!(whole.doc_number.as_deref(), Some("502"));
    books.deleted("delete-check", &whole).await;
    books.deleted("delete-cash", &cash).await;
    assert_eq!(balance(&bank).await, Some(Decimal::ZERO));
}

#[tokio::test]
async fn payments_and_plain_money_go_to_the_bank_together() {
    let books = Books::connected().await;
    let invoice: Invoice = books.invoice("Depositor").await;
    let customer = invoice.customer_ref.clone().unwrap().value;
    let paying = Line::paying_invoice(invoice.id().unwrap(), cents(12_500));
    let payment =
        books.made("payment", &Payment::from_customer(&customer, cents(12_500), [paying])).await;
    let bank = books.account("Bank B", AccountType::Bank).await;
    let interest = books.account("Interest", AccountType::OtherIncome).await;
    let plain =
        DepositLine::of_account(&interest, cents(10)).received_from(PartyRef::customer(&customer));
    let linked = Line::depositing_payment(payment.id().unwrap(), cents(12_500));
    let deposit =
        books.made("deposit", &Deposit::into_account(&bank, [linked, plain.clone().into()])).await;
    assert_eq!(deposit.total_amt, Some(cents(12_510)));
    assert!(books.read::<Payment>(payment.id().unwrap()).await.is_deposited());

    let changes = Deposit::into_account(&bank, [plain.into()]);
    let (deposit_id, token) = (id(&deposit), deposit.sync_token().unwrap());
    let write =
        Write::sparse_update_repeating(request("release"), &deposit_id, token, &changes).unwrap();
    let released: Deposit = books.write(&write).await;
    assert_eq!(released.total_amt, Some(cents(10)));
    assert!(!books.read::<Payment>(payment.id().unwrap()).await.is_deposited());
    books.deleted("delete", &released).await;
}

#[tokio::test]
async fn a_journal_entry_balances_or_is_refused() {
    let books = Books::connected().await;
    let customer = id(&books.made("customer", &Customer::named("Debtor")).await);
    let receivable = Query::<Account>::new().filter(Account::TYPE, Op::Eq, "Accounts Receivable");
    let receivable = books.client.query(&books.access, &receivable).await.unwrap();
    let receivable = id(&receivable.objects[0]);
    let income = books.account("Adjustments", AccountType::Income).await;
    let debit = |amount| {
        JournalLine::debit(&receivable, cents(amount)).for_party(PartyRef::customer(&customer))
    };
    let lopsided = JournalEntry::of_lines([
        debit(4_001).into(),
        JournalLine::credit(&income, cents(4_000)).into(),
    ]);
    assert_eq!(lopsided.difference(), Some(cents(1)));
    let refusal = books.refusal(&Write::create(request("lopsided"), &lopsided)).await;
    assert_eq!(
        refusal.reply().and_then(|reply| reply.faults.first()).map(|fault| fault.code.as_str()),
        Some("2300")
    );
    let entry = JournalEntry::of_lines([
        debit(4_001).into(),
        JournalLine::debit(&income, cents(-4_001)).described("open").into(),
    ]);
    let entry =
        books.made("entry", &JournalEntry { doc_number: Some("JE-7".to_owned()), ..entry }).await;
    assert_eq!(entry.difference(), Some(Decimal::ZERO));
    assert_eq!(books.read::<Customer>(&customer).await.balance, Some(cents(4_001)));
    assert_eq!(books.found(JournalEntry::DOC_NUMBER, "JE-7").await, [id(&entry)]);
    let changes = JournalEntry { private_note: Some("x".to_owned()), ..JournalEntry::default() };
    let write = Write::sparse_update(
        request("note"),
        entry.id().unwrap(),
        entry.sync_token().unwrap(),
        &changes,
    );
    let changed: JournalEntry = books.write(&write).await;
    assert_eq!(changed.line.as_ref().map(Vec::len), Some(2));
    books.deleted("delete", &changed).await;
    assert_eq!(books.read::<Customer>(&customer).await.balance, Some(Decimal::ZERO));
}

#[tokio::test]
async fn a_sales_receipt_is_voided_and_a_credit_memo_deleted() {
    let books = Books::connected().await;
    let invoice = books.invoice("Buyer").await;
    let customer = invoice.customer_ref.clone().unwrap().value;
    let item = invoice.line.as_ref().unwrap()[0].sales_item_line_detail.clone().unwrap();
    let item = item.item_ref.unwrap().value;
    let sold = || -> [Line; 1] { [SalesLine::of_item(&item, cents(7_875)).into()] };
    let receipt = books.made("receipt", &SalesReceipt::to_customer(&customer, sold())).await;
    assert_eq!((receipt.total_amt, receipt.balance), (Some(cents(7_875)), Some(Decimal::ZERO)));
    assert!(books.found(SalesReceipt::CUSTOMER, &customer).await.contains(&id(&receipt)));
    let (receipt_id, token) = (receipt.id().unwrap(), receipt.sync_token().unwrap());
    let voided: SalesReceipt =
        books.write(&Write::void::<SalesReceipt>(request("void"), receipt_id, token)).await;
    assert!(voided.is_voided(), "{voided:?}");
    books.deleted("delete-receipt", &voided).await;

    let credit = books.made("credit", &CreditMemo::to_customer(&customer, sold())).await;
    assert_eq!(credit.remaining_credit, Some(cents(7_875)));
    books.deleted("delete-credit", &credit).await;
}

#[tokio::test]
async fn classes_and_locations_are_made_and_retired() {
    let books = Books::connected().await;
    let region = books.made("region", &Class::named("Region")).await;
    let east = books.made("east", &Class::named("East").below(region.id().unwrap())).await;
    assert_eq!(east.fully_qualified_name.as_deref(), Some("Region:East"));
    assert_eq!(books.found(Class::CLASS_NAME, "East").await, [id(&east)]);
    let retired: Class = books
        .write(&Write::update(request("retire"), &Class { active: Some(false), ..east }).unwrap())
        .await;
    assert_eq!(retired.active, Some(false));
    let oak = books.made("oak", &Department::named("Oak St 1")).await;
    assert_eq!(books.found(Department::DEPARTMENT_NAME, "Oak St 1").await, [id(&oak)]);
}
