//! What keeps a record from being posted: switches, holds, workflows that do not run, the workflow's rules.

use crate::plan::plan;
use crate::posting::{PostingKey, Wish};
use crate::reason::Failure;
use crate::record::{Bill, Charge, DisbursementStatus, Payment, Record};
use crate::settings::{Stage, Value};
use crate::template::{Field, Template};

use super::samples::{amount, bill, changed, day, disbursement, host, payment, word};
use super::world::{World, income, outline, seen_at};

const BILLING: Template = Template::AgentBilling;
const INCOME: Template = Template::BrokerageIncomeInvoice;
const HOLD: Wish = Wish { trigger: crate::posting::Trigger::Hold, ..Wish::PERSON };

#[test]
fn a_disbursement_that_arrives_by_itself_is_posted_at_100_percent_if_the_switch_is_on() {
    // S0-03, S0-04
    for (switched_on, wish, percent, expected) in [
        (false, Wish::EVENT, "100", "hold auto_sync_off"),
        (false, Wish::EVENT, "95", "hold auto_sync_off"),
        (true, Wish::EVENT, "95", "hold not_complete"),
        (true, Wish::EVENT, "99.99", "hold not_complete"),
        (true, Wish::EVENT, "100", "create_invoice"),
        (true, HOLD, "100", "hold on_hold"),
        (false, Wish::PERSON, "0", "create_invoice"),
        (true, Wish::PERSON, "95", "create_invoice"),
    ] {
        let mut world = World::with(&[INCOME]);
        world.settings.switches.auto_sync_disbursement_at_100_percent = switched_on;
        world.wish = wish;
        let record = changed(&disbursement(), |d| d.percent_complete = amount(percent));
        let done = world.post_income(&record);
        assert_eq!(done.last().unwrap(), expected, "{switched_on} {wish:?} {percent}");
    }
}

#[test]
fn a_bill_or_payment_that_arrives_by_itself_is_posted_once_the_card_was_charged() {
    // S0-05
    let (succeeded, failed) = (Some(Charge::Succeeded), Some(Charge::Failed));
    for (switched_on, charge, for_bill, for_payment) in [
        (false, None, "hold auto_sync_off", "hold auto_sync_off"),
        (false, succeeded, "hold auto_sync_off", "hold auto_sync_off"),
        (false, failed, "hold charge_failed", "skip charge_failed"),
        (true, None, "hold not_charged", "hold not_charged"),
        (true, succeeded, "create_invoice", "create_payment"),
        (true, failed, "hold charge_failed", "skip charge_failed"),
    ] {
        let mut world = World::with(&[BILLING]);
        world.post_bill("B0", &bill(1, "125", None));
        world.settings.switches.auto_sync_billing_when_card_charged = switched_on;
        world.wish = Wish::EVENT;
        let bill = Bill { charge, ..bill(1, "125", None) };
        assert_eq!(world.post_bill("B1", &bill).last().unwrap(), for_bill, "{charge:?}");
        let payment = Payment { charge, ..payment(1, &[("B0", "125")], "125") };
        assert_eq!(world.post_payment("P1", &payment).last().unwrap(), for_payment, "{charge:?}");
    }
}

#[test]
fn what_is_taken_back_by_itself_needs_no_card_and_no_100_percent() {
    let mut world = World::with(&[BILLING, INCOME]);
    let (paid, booked) = (payment(1, &[("B0", "125")], "125"), disbursement());
    world.post_bill("B0", &bill(1, "125", None));
    world.post_payment("P1", &paid);
    world.post_income(&booked);
    world.wish = Wish::EVENT;
    let voided = Payment { version: 2, voided: true, ..paid };
    let canceled = changed(&booked, |d| {
        d.status = DisbursementStatus::Canceled;
        d.percent_complete = amount("0");
    });
    assert_eq!(world.post_payment("P1", &voided), ["hold auto_sync_off"]);
    assert_eq!(world.post_income(&canceled), ["hold auto_sync_off"]);
    world.settings.switches.auto_sync_billing_when_card_charged = true;
    world.settings.switches.auto_sync_disbursement_at_100_percent = true;
    assert_eq!(world.post_payment("P1", &voided), ["void_payment"]);
    assert_eq!(world.post_income(&canceled), ["void_invoice"]);
}

#[test]
fn nothing_is_posted_before_a_workflow_runs_or_while_it_is_paused() {
    // S0-16
    for (stage, expected) in [
        (Stage::Draft, "fail workflow_not_active"),
        (Stage::Applied, "fail workflow_not_active"),
        (Stage::Paused, "fail workflow_paused"),
    ] {
        let mut world = World::with(&[BILLING, INCOME]);
        world.stage(INCOME, stage);
        assert_eq!(world.post_income(&disbursement()), [expected]);
        world.stage(BILLING, stage);
        assert_eq!(world.post_bill("B1", &bill(1, "125", None)), [expected]);
        world.stage(INCOME, Stage::Active);
        assert_eq!(world.post_income(&disbursement()).last().unwrap(), "create_invoice");
    }
    assert_eq!(World::with(&[BILLING]).post_income(&disbursement()), ["fail workflow_not_active"]);
}

#[test]
fn the_workflows_rules_leave_a_record_out_unless_a_person_overrides_them() {
    // S0-11, X-11
    let cut_off = |world: &mut World| {
        let cut_off = Some(Value::Day(day("2026-05-02")));
        world.configure(INCOME, |all| all.set(Field::CutOff, cut_off));
    };
    let history = |world: &mut World| {
        let workflows = world.settings.companies.get_mut(&world.company.id).unwrap();
        let setup = workflows.0.get_mut(&INCOME).unwrap();
        setup.first_run_at = Some("2026-05-03T00:00:00Z".parse().unwrap());
        setup.configuration.set(Field::InitialSync, word("none"));
    };
    let overriding = Wish { overrides_rules: true, ..Wish::PERSON };
    let just_now = Wish::PERSON.made_at("2026-05-03T00:00:01Z".parse().unwrap());
    let before = Wish::PERSON.made_at(seen_at());
    for (case, rule, wish, expected) in [
        ("cut off", &cut_off as &dyn Fn(&mut World), Wish::PERSON, "skip before_cut_off"),
        ("overridden", &cut_off, overriding, "create_invoice"),
        ("history", &history, before, "skip before_first_run"),
        ("asked for since", &history, just_now, "create_invoice"),
        ("history, overridden", &history, overriding, "create_invoice"),
    ] {
        let mut world = World::with(&[INCOME]);
        rule(&mut world);
        world.wish = wish;
        assert_eq!(world.post_income(&disbursement()).last().unwrap(), expected, "{case}");
    }
}

#[test]
fn what_was_posted_is_kept_in_line_by_a_workflow_that_ran_later() {
    let mut world = World::with(&[INCOME]);
    world.post_income(&disbursement());
    let receipts = Template::BrokerageIncomeSalesReceipt;
    world.run(receipts);
    world.configure(receipts, |all| all.set(Field::InitialSync, word("none")));
    let workflows = world.settings.companies.get_mut(&world.company.id).unwrap();
    workflows.0.get_mut(&receipts).unwrap().first_run_at =
        Some("2026-06-01T00:00:00Z".parse().unwrap());
    let done = world.post_income(&disbursement());
    assert_eq!(done, ["read invoice", "void_invoice", "create_sales_receipt"]);
}

#[test]
fn no_rule_lets_what_was_posted_grow_stale() {
    //
    let mut world = World::with(&[INCOME]);
    world.post_income(&disbursement());
    let cut_off = Some(Value::Day(day("2027-01-01")));
    world.configure(INCOME, |all| all.set(Field::CutOff, cut_off));
    assert_eq!(world.post_income(&disbursement()), Vec::<String>::new());
    let more = changed(&disbursement(), |d| d.memo = Some("Corrected".to_owned()));
    assert_eq!(world.post_income(&more), ["update_invoice"]);
}

#[test]
fn a_version_that_arrives_after_the_first_run_is_no_history_whichever_template_ran_first() {
    // S0-11
    let mut world = World::with(&[INCOME]);
    let receipts = Template::BrokerageIncomeSalesReceipt;
    world.run(receipts);
    let workflows = world.settings.companies.get_mut(&world.company.id).unwrap();
    for (template, first_run) in
        [(INCOME, "2026-05-03T00:00:00Z"), (receipts, "2026-06-01T00:00:00Z")]
    {
        let setup = workflows.0.entry(template).or_default();
        setup.first_run_at = Some(first_run.parse().unwrap());
        setup.configuration.set(Field::InitialSync, word("none"));
    }
    world.settings.switches.auto_sync_disbursement_at_100_percent = true;
    for (at, expected) in [
        ("2026-05-02T00:00:00Z", "skip before_first_run"),
        ("2026-05-04T00:00:00Z", "create_sales_receipt"),
    ] {
        world.wish = Wish::EVENT.made_at(at.parse().unwrap());
        assert_eq!(world.post_income(&disbursement()).last().unwrap(), expected, "{at}");
    }
}

#[test]
fn a_workflow_with_a_problem_sends_nothing_until_it_is_saved() {
    let mut world = World::with(&[INCOME]);
    let workflows = world.settings.companies.get_mut(&world.company.id).unwrap();
    let problem = Failure::choice_unusable(Field::IncomeAccount, "Services").reason;
    workflows.0.get_mut(&INCOME).unwrap().problem = Some(problem);
    assert_eq!(world.post_income(&disbursement()), ["fail choice_unusable"]);
}

#[test]
fn what_was_posted_is_taken_back_whatever_the_rules_say() {
    let mut world = World::with(&[INCOME]);
    world.post_income(&disbursement());
    let cut_off = Some(Value::Day(day("2027-01-01")));
    world.configure(INCOME, |all| all.set(Field::CutOff, cut_off));
    let canceled = changed(&disbursement(), |d| d.status = DisbursementStatus::Canceled);
    assert_eq!(world.post_income(&canceled), ["void_invoice"]);
}

#[test]
fn a_person_who_wants_to_know_has_every_document_read_first() {
    let mut world = World::with(&[BILLING]);
    let key = PostingKey::bill(host("B1"));
    let paid = bill(1, "125", Some("125"));
    world.post_bill("B1", &paid);
    world.look_first = true;
    assert_eq!(world.post_bill("B1", &paid), ["read invoice", "read payment"]);
    let planned = plan(&Record::Bill(paid), &world.facts(&key));
    assert_eq!(outline(&planned), ["read invoice"]);
    assert_eq!(
        outline(&plan(&Record::Disbursement(disbursement()), &world.facts(&income()))),
        ["fail workflow_not_active"]
    );
}
