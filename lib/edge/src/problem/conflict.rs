//! Problems: what is asked for is not possible as things stand now.

use std::borrow::Cow;

use domain::connection::Company;
use domain::import::State;
use domain::reason::Reason;
use domain::template::{Field, Template};
use http::StatusCode;

use super::{FieldError, Problem};

impl Problem {
    /// A version came again with other content.
    pub fn version_reused(known: u64) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "version_reused",
            "Version used twice",
            format!("Version {known} of this record is known with different content."),
            format!("Give every change a higher version: at least {}.", known.saturating_add(1)),
        )
    }

    /// Nothing can be asked of QuickBooks before a company is connected.
    pub fn not_connected() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "not_connected",
            "Not connected",
            "No QuickBooks company is connected.",
            "An admin connects QuickBooks under Settings > Integrations, then tries again.",
        )
    }

    /// Something said no, in words made for people.
    pub fn conflict(
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(StatusCode::CONFLICT, code, "Not possible now", message, remedy)
    }

    /// A workflow cannot be saved, applied or run without these choices.
    pub fn incomplete(template: Template, missing: &[Field]) -> Self {
        let labels: Vec<&str> = missing.iter().map(|field| field.label()).collect();
        let mut problem = Self::conflict(
            "incomplete",
            format!(
                "The workflow \"{}\" still needs a choice: {}.",
                template.title(),
                labels.join(", ")
            ),
            "An admin opens the workflow, makes every choice listed under errors and saves it. Only a draft may be incomplete.",
        );
        let told = |field: &Field| FieldError {
            path: format!("configuration.{}", field.as_str()),
            code: "missing",
            message: "is not chosen".to_owned(),
            remedy: format!("Choose the {}.", field.label()),
        };
        problem.0.errors = missing.iter().map(told).collect();
        problem
    }

    /// A draft does not run.
    pub fn apply_first(template: Template) -> Self {
        Self::conflict(
            "apply_first",
            format!("The workflow \"{}\" is a draft, so it cannot run yet.", template.title()),
            "An admin applies the workflow, then runs it.",
        )
    }

    /// Two workflows of one kind would post the same records.
    pub fn another_active(template: Template, other: Template) -> Self {
        let kind = template.workflow().label();
        Self::conflict(
            "another_active",
            format!(
                "The workflow \"{}\" is active for {kind}. If \"{}\" ran too, both would post the same records, and every amount would be in QuickBooks twice.",
                other.title(),
                template.title()
            ),
            format!("An admin pauses \"{}\" first, then runs this one.", other.title()),
        )
    }

    /// What never ran cannot be paused.
    pub fn not_active(template: Template) -> Self {
        Self::conflict(
            "not_active",
            format!("The workflow \"{}\" has never run, so it cannot be paused.", template.title()),
            "Nothing to do; it posts nothing until an admin runs it.",
        )
    }

    /// What runs cannot be removed.
    pub fn pause_first(template: Template) -> Self {
        Self::conflict(
            "pause_first",
            format!("The workflow \"{}\" is active, so it cannot be removed.", template.title()),
            "An admin pauses the workflow, then removes it. What it posted stays in QuickBooks.",
        )
    }

    /// The company that a person confirmed is not the connected one.
    pub fn other_company(connected: &Company) -> Self {
        let Company { id, name, .. } = connected;
        Self::conflict(
            "other_company",
            format!(
                "Another company was confirmed than is connected. Connected is {name} (company id {id})."
            ),
            format!(
                "If {name} is the right company, confirm it by sending {id} as company. If not, an admin disconnects it and connects the right one under Settings > Integrations."
            ),
        )
    }

    /// Nobody said that the right company is connected.
    pub fn company_not_confirmed(connected: &Company) -> Self {
        let Company { id, name, .. } = connected;
        Self::conflict(
            "company_not_confirmed",
            format!(
                "Nobody has confirmed yet that {name} (company id {id}) is the right QuickBooks company."
            ),
            format!(
                "Show an admin the name of the company; if it is the right one, send {id} as company along with the rest."
            ),
        )
    }

    /// The customer does not use agent billing.
    pub fn agent_billing_off() -> Self {
        Self::conflict(
            "agent_billing_off",
            "Agent billing is switched off for this customer, so its workflow cannot be used.",
            "If the customer uses agent billing, an admin switches it on in the settings (agent_billing).",
        )
    }

    /// Nobody wants the payments.
    pub fn pull_off() -> Self {
        Self::conflict(
            "pull_off",
            "What the bookkeeper pays is not brought back from QuickBooks for this customer.",
            "An admin confirms the company and switches it on in the settings (PUT payment-pull).",
        )
    }

    /// Nothing of an import could be posted, or it cannot go on.
    pub fn hindered(reason: Reason) -> Self {
        Self::conflict(reason.code, reason.message, reason.remedy)
    }

    /// The import's file was not uploaded yet.
    pub fn no_file() -> Self {
        Self::conflict(
            "no_file",
            "The import's file is not there yet.",
            "PUT the file to the address that the import was answered with, then start the import. If the address has expired, make a new import.",
        )
    }

    /// A command that does not fit where an import stands.
    pub fn import_not_now(state: State) -> Self {
        let (message, remedy) = match state {
            State::AwaitingFile => {
                ("The import waits for its file.", "Upload the file, then start the import.")
            }
            State::Done => {
                ("The import is done.", "Nothing to do. For another file, make a new import.")
            }
            State::Cancelled => (
                "The import was cancelled.",
                "Make a new import with the same file; what was posted already is not posted twice.",
            ),
            State::Failed => (
                "The import has failed; its reason says why.",
                "Do what its reason says, then resume the import or make a new one.",
            ),
            State::Validating | State::Importing => ("The import is under way.", "Nothing to do."),
            State::Paused => ("The import is paused.", "Resume it first."),
        };
        Self::conflict(format!("import_{}", state.as_str()), message, remedy)
    }

    /// What QuickBooks has is not forgotten here.
    pub fn still_in_quickbooks() -> Self {
        Self::conflict(
            "still_in_quickbooks",
            "The payment is still in QuickBooks, so it cannot be removed here.",
            "The bookkeeper deletes it in QuickBooks first; once it is shown as gone, an admin removes it here.",
        )
    }

    /// Another call works on the record.
    pub fn already_working() -> Self {
        let reason = domain::reason::Reason::busy();
        let mut problem = Self::conflict(
            reason.code,
            reason.message,
            "Send the same call again in a few seconds, when that call has ended.",
        );
        problem.0.retryable = true;
        problem
    }

    /// All of the record is in QuickBooks.
    pub fn nothing_to_hold() -> Self {
        Self::conflict(
            "nothing_to_hold",
            "All of this record is settled already, so nothing of it is left to hold back.",
            "Nothing to do. What is in QuickBooks is taken back by canceling or voiding the record in the host.",
        )
    }

    /// No person removed a document of the record.
    pub fn nothing_to_unlink() -> Self {
        Self::conflict(
            "nothing_to_unlink",
            "No document of this record is known to have been deleted or voided in QuickBooks.",
            "If a person removed one, sync the record with \"verify\": true, so that it is noticed; then unlink it.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_what_is_in_the_way_and_who_removes_it() {
        // S1-18, S1-16, S0-09
        let income = Template::BrokerageIncomeInvoice;
        let company = crate::openapi::words::example_company();
        for (problem, code, detail, remedy) in [
            (
                Problem::another_active(income, Template::BrokerageIncomeDeposit),
                "another_active",
                "both would post the same records, and every amount would be in QuickBooks twice",
                "An admin pauses \"Brokerage Income as Bank Deposits\" first",
            ),
            (Problem::apply_first(income), "apply_first", "is a draft", "An admin applies"),
            (Problem::not_active(income), "not_active", "has never run", "Nothing to do"),
            (Problem::pause_first(income), "pause_first", "is active", "An admin pauses"),
            (
                Problem::other_company(&company),
                "other_company",
                "Connected is Craig's Design and Landscaping Services (company id 9341457021722202)",
                "an admin disconnects it and connects the right one",
            ),
            (
                Problem::company_not_confirmed(&company),
                "company_not_confirmed",
                "Craig's Design and Landscaping Services",
                "send 9341457021722202 as company",
            ),
            (Problem::agent_billing_off(), "agent_billing_off", "switched off", "switches it on"),
            (Problem::nothing_to_hold(), "nothing_to_hold", "settled already", "Nothing to do"),
            (Problem::nothing_to_unlink(), "nothing_to_unlink", "deleted or voided", "verify"),
            (Problem::already_working(), "already_working", "right now", "in a few seconds"),
            (Problem::pull_off(), "pull_off", "not brought back", "An admin confirms the company"),
            (Problem::still_in_quickbooks(), "still_in_quickbooks", "still in", "deletes it"),
        ] {
            assert_eq!((problem.code(), problem.status()), (code, StatusCode::CONFLICT));
            assert!(problem.detail().contains(detail), "{code}: {}", problem.detail());
            assert!(problem.remedy().contains(remedy), "{code}: {}", problem.remedy());
        }
    }

    #[test]
    fn missing_choices_are_named_for_people_and_for_programs() {
        let missing = [Field::IncomeAccount, Field::NumberPrefix];
        let problem = Problem::incomplete(Template::AgentBilling, &missing);
        assert!(problem.detail().ends_with("still needs a choice: income account, number prefix."));
        let json = problem.to_json("r");
        for path in ["configuration.income_account", "configuration.number_prefix"] {
            assert!(json.contains(path), "{json}");
        }
    }
}
