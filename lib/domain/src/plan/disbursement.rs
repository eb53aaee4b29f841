//! A disbursement becomes one income document and one expense document for each payee.

use crate::ledger::Object;
use crate::reason::{Failure, Reason};
use crate::record::{Disbursement, DisbursementStatus, Imbalance};

use super::reconcile::nothing_elsewhere;
use super::{Active, Facts, Plan, Planned, agent_expense, brokerage_income};

/// `Err` ends planning early with something other than steps.
pub(super) fn plan(
    disbursement: &Disbursement,
    facts: &Facts,
    active: Active<'_>,
) -> Result<Plan, Planned> {
    prove(disbursement)?;
    let canceled = disbursement.status == DisbursementStatus::Canceled;
    if disbursement.currency != facts.company.currency && !facts.company.multicurrency {
        return Err(Planned::Fail(Failure::currency_mismatch(
            disbursement.currency.as_str(),
            facts.company.currency.as_str(),
        )));
    }
    if canceled {
        nothing_elsewhere(facts)?;
    }
    let plan = match &facts.key.payee {
        None => brokerage_income::plan(disbursement, facts, active, canceled)?,
        Some(payee) => agent_expense::plan(disbursement, payee, facts, active, canceled)?,
    };
    let ours = |object: &Object| object.company == facts.company.id;
    let total = match &facts.key.payee {
        None => disbursement.income(),
        Some(payee) => disbursement.net_of(payee),
    };
    if plan.steps.is_empty() && !facts.objects.iter().any(ours) && (canceled || total.is_zero()) {
        let reason =
            if canceled { Reason::canceled_before_posting() } else { Reason::nothing_to_book() };
        return Err(Planned::Skip(reason));
    }
    Ok(plan)
}

/// Each posting of a disbursement proves all of it, so none is sent unless all tie.
fn prove(disbursement: &Disbursement) -> Result<(), Planned> {
    let currency = &disbursement.currency;
    disbursement.prove().map_err(|imbalance| {
        Planned::Fail(match imbalance {
            Imbalance::Shares { sum } => Failure::shares_differ(
                &currency.format(disbursement.gross_commission),
                &currency.format(sum),
            ),
            Imbalance::Withheld { payee, net } => {
                Failure::payout_negative(payee.as_str(), &currency.format(net))
            }
        })
    })
}

/// The memo that ties the documents of a disbursement to each other.
pub(super) fn memo(disbursement: &Disbursement, facts: &Facts, note: Option<&str>) -> String {
    let number = disbursement.number.as_deref().unwrap_or(facts.key.id.as_str());
    let tie = format!("Disbursement {number}, {}", disbursement.transaction.address);
    let parts = [Some(tie.as_str()), disbursement.memo.as_deref(), note];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
