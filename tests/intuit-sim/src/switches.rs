//! What a test may change about one company: preferences only the QuickBooks screens can set, and
//! every behaviour that Intuit's documentation leaves open.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Older than anything that the sample company holds, on whatever day it is made.
const FIRST_DAY: Date = jiff::civil::date(2020, 1, 1);

/// All switches of one company, with the defaults of the US sample company.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Switches {
    /// When a refresh hands out a new refresh token.
    pub(crate) rotation: Rotation,
    /// How long a replaced refresh token still works.
    pub(crate) refresh_grace_seconds: i64,
    pub(crate) authorization_code_seconds: i64,
    pub(crate) refresh_kills_access_token: bool,

    pub(crate) requestid: OnOff,
    /// How long an answer is replayed; `null` for ever.
    pub(crate) requestid_lifetime_seconds: Option<i64>,
    pub(crate) requestid_changed_body: ChangedBody,
    /// Whether a rejected call is remembered too.
    pub(crate) requestid_stores_faults: bool,

    pub(crate) custom_txn_numbers: bool,
    pub(crate) warn_duplicate_doc_numbers: bool,
    pub(crate) sales_numbers: SalesNumbers,
    pub(crate) voided_numbers: VoidedNumbers,
    pub(crate) warn_duplicate_bill_numbers: bool,
    pub(crate) bill_numbers: BillNumbers,
    pub(crate) warn_duplicate_check_numbers: bool,
    pub(crate) warn_duplicate_journal_numbers: bool,
    pub(crate) book_close_date: Option<Date>,
    /// A closing password turns code 6200 into 6210.
    pub(crate) book_close_password: bool,
    pub(crate) closed_period_links: Policy,
    /// `CompanyInfo.CompanyStartDate`.
    pub(crate) company_start_date: Date,
    pub(crate) before_company_start: Policy,
    pub(crate) multicurrency: bool,
    pub(crate) sales_tax: SalesTax,

    pub(crate) subscription_lapsed: bool,
    pub(crate) lapsed_reads: Policy,
    /// The connecting user lost access: every call answers 401 with code 120.
    pub(crate) user_lost_access: bool,

    pub(crate) limits: bool,
    pub(crate) limits_clock: LimitsClock,
    pub(crate) limits_window: LimitsWindow,
    /// What other apps use of the limits that a company's apps share.
    pub(crate) other_apps_requests_a_minute: usize,
    pub(crate) other_apps_batches_a_minute: usize,
    pub(crate) retry_after_header: bool,
    pub(crate) throttle_shape: ThrottleShape,

    pub(crate) max_results_over_1000: Overrun,
    pub(crate) total_count: TotalCount,
    pub(crate) unquoted_numbers: Policy,
    pub(crate) cdc_over_1000: CdcOver1000,
    pub(crate) cdc_over_30_days: CdcOver30Days,
    pub(crate) batch_duplicate_bid: Policy,

    pub(crate) negative_lines: Policy,
    pub(crate) token_of_paid: Token,
    pub(crate) invoice_below_paid: BelowPaid,
    pub(crate) delete_paid_invoice: PaidInvoice,
    /// A void that Intuit does not document: bills, purchases, journal entries, deposits, credit memos.
    pub(crate) undocumented_void: Policy,
    /// Whether an expense line with a customer is billable unless it says otherwise.
    pub(crate) billable_by_default: bool,
    pub(crate) inactive_reference_code: InactiveReference,
    pub(crate) reactivated_name: ReactivatedName,
    pub(crate) sparse_null: SparseNull,
    pub(crate) characters: Characters,

    pub(crate) webhooks: OnOff,
    /// How many times more each delivery is sent.
    pub(crate) webhook_duplicates: u32,
    /// The order of events that are told together.
    pub(crate) webhook_order: WebhookOrder,
    pub(crate) webhook_format: WebhookFormat,
    pub(crate) webhook_content_type: WebhookContentType,
    /// Whether a name or account is told of when only its balance moved.
    pub(crate) webhook_balance_changes: OnOff,
    /// Whether a document is told of when only what settles it changed.
    pub(crate) webhook_settled_documents: Told,
    pub(crate) webhook_inactivation: Inactivation,
    /// Whether a merge's CloudEvent names the object that is gone.
    pub(crate) webhook_merge_loser: Told,
    /// Whether later deliveries wait for one that was not acknowledged.
    pub(crate) webhook_while_failing: WhileFailing,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            rotation: Rotation::Daily,
            refresh_grace_seconds: 24 * 3600,
            authorization_code_seconds: 600,
            refresh_kills_access_token: false,
            requestid: OnOff::On,
            requestid_lifetime_seconds: None,
            requestid_changed_body: ChangedBody::Replay,
            requestid_stores_faults: false,
            custom_txn_numbers: false,
            warn_duplicate_doc_numbers: true,
            sales_numbers: SalesNumbers::Shared,
            voided_numbers: VoidedNumbers::Taken,
            warn_duplicate_bill_numbers: false,
            bill_numbers: BillNumbers::PerVendor,
            warn_duplicate_check_numbers: true,
            warn_duplicate_journal_numbers: false,
            book_close_date: None,
            book_close_password: false,
            closed_period_links: Policy::Accept,
            company_start_date: FIRST_DAY,
            before_company_start: Policy::Accept,
            multicurrency: false,
            sales_tax: SalesTax::Manual,
            subscription_lapsed: false,
            lapsed_reads: Policy::Accept,
            user_lost_access: false,
            limits: false,
            limits_clock: LimitsClock::Company,
            limits_window: LimitsWindow::Sliding,
            other_apps_requests_a_minute: 0,
            other_apps_batches_a_minute: 0,
            retry_after_header: false,
            throttle_shape: ThrottleShape::Api,
            max_results_over_1000: Overrun::Clamp,
            total_count: TotalCount::Page,
            unquoted_numbers: Policy::Reject,
            cdc_over_1000: CdcOver1000::OldestFirst,
            cdc_over_30_days: CdcOver30Days::Fault4001,
            batch_duplicate_bid: Policy::Accept,
            negative_lines: Policy::Accept,
            token_of_paid: Token::Moves,
            invoice_below_paid: BelowPaid::Unapply,
            delete_paid_invoice: PaidInvoice::Reject,
            undocumented_void: Policy::Reject,
            billable_by_default: false,
            inactive_reference_code: InactiveReference::ObjectNotFound,
            reactivated_name: ReactivatedName::Stripped,
            sparse_null: SparseNull::Ignored,
            characters: Characters::BasicPlane,
            webhooks: OnOff::On,
            webhook_duplicates: 0,
            webhook_order: WebhookOrder::AsHappened,
            webhook_format: WebhookFormat::App,
            webhook_content_type: WebhookContentType::Json,
            webhook_balance_changes: OnOff::Off,
            webhook_settled_documents: Told::Told,
            webhook_inactivation: Inactivation::Deleted,
            webhook_merge_loser: Told::Told,
            webhook_while_failing: WhileFailing::HoldLater,
        }
    }
}

macro_rules! choices {
    ($($(#[$about:meta])* $name:ident { $($variant:ident),+ })+) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($variant),+ }
    )+};
}

choices! {
    /// `daily`: only when the newest value is older than 24 h. `every_refresh`: always, the old value keeps its grace.
    /// `strict`: always, the old value dies at once.
    Rotation { Daily, EveryRefresh, Strict }
    OnOff { On, Off }
    Policy { Accept, Reject }
    /// What happens when a `requestid` comes back with other content.
    ChangedBody { Replay, Fault600 }
    SalesTax { Manual, Automated, Off }
    LimitsClock { Company, Wall }
    /// Whether a limit counts back from each call, or within each minute (and second) of the clock.
    LimitsWindow { Sliding, Fixed }
    ThrottleShape { Api, Gateway }
    Overrun { Clamp, Fault }
    /// Whether `totalCount` counts the page or all rows.
    TotalCount { Page, Grand }
    /// Which changes one answer of change data capture keeps when there are more than it holds.
    CdcOver1000 { OldestFirst, NewestFirst, ByEntity }
    /// What change data capture says to a look-back of more than thirty days; `clamp` answers the last thirty without a word.
    CdcOver30Days { Fault4001, Fault2060, Clamp }
    BelowPaid { Unapply, Reject }
    /// Whether paying moves the SyncToken of what is paid.
    Token { Moves, Stays }
    /// Whether invoices, receipts and credit memos may repeat each other's numbers.
    SalesNumbers { Shared, PerKind }
    /// Whether a voided document keeps its number from others.
    VoidedNumbers { Taken, Free }
    /// Whether two vendors' bills may have one number.
    BillNumbers { PerVendor, PerCompany }
    PaidInvoice { Unlink, Reject }
    /// Code 610 or code 2500 for a reference to something inactive.
    InactiveReference { ObjectNotFound, InvalidReference }
    ReactivatedName { Stripped, Kept }
    SparseNull { Ignored, Clears }
    /// Which text code 2040 refuses: nothing, characters beyond the basic plane (emoji), everything beyond ISO-8859-1.
    Characters { Any, BasicPlane, Latin1 }
    WebhookOrder { AsHappened, Reversed }
    /// `app`: as the app subscribed.
    WebhookFormat { App, Classic, Cloudevents }
    /// Of CloudEvents; the classic format is always JSON.
    WebhookContentType { Json, CloudeventsJson }
    /// Which operation a list entry that was made inactive is told with.
    Inactivation { Deleted, Updated }
    Told { Told, Untold }
    WhileFailing { HoldLater, SendLater }
}
