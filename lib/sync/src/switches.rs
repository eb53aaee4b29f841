//! The tenant's switches: what is posted without being asked, and what the host offers at all.

use domain::history::HistoryLine;
use domain::id::TenantId;
use domain::settings::Switches;

use crate::workflows::{LOOKS, load, store};
use crate::{App, Error};

/// The switches that a person changes; an absent one stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Change {
    /// A disbursement that arrives by itself is posted once it has reached 100 %.
    pub disbursement_at_100_percent: Option<bool>,
    /// A bill or payment that arrives by itself is posted once the agent's card was charged.
    pub billing_when_card_charged: Option<bool>,
    /// The customer uses agent billing at the host.
    pub agent_billing: Option<bool>,
}

/// How the switches stand.
pub async fn read(app: &App, tenant: &TenantId) -> Result<Switches, Error> {
    Ok(load(app, tenant).await?.0.switches)
}

/// Sets switches. What is held already stays held until a person releases it.
pub async fn save(app: &App, tenant: &TenantId, change: Change) -> Result<Switches, Error> {
    for _ in 0..LOOKS {
        let (before, _) = load(app, tenant).await?;
        let mut settings = before.clone();
        let switches = &mut settings.switches;
        let set = |switch: &mut bool, value: Option<bool>| *switch = value.unwrap_or(*switch);
        set(
            &mut switches.auto_sync_disbursement_at_100_percent,
            change.disbursement_at_100_percent,
        );
        set(&mut switches.auto_sync_billing_when_card_charged, change.billing_when_card_charged);
        set(&mut switches.agent_billing, change.agent_billing);
        let line = line(app, &settings.switches);
        if store(app, tenant, &before, &mut settings, &line).await? {
            return Ok(settings.switches);
        }
    }
    Err(Error::contended("the settings"))
}

fn line(app: &App, switches: &Switches) -> HistoryLine {
    let on = |switch: bool| if switch { "on" } else { "off" };
    let description = format!(
        "Auto-sync was set: disbursement at 100 % {}, billing when the card is charged {}; agent billing is {}.",
        on(switches.auto_sync_disbursement_at_100_percent),
        on(switches.auto_sync_billing_when_card_charged),
        if switches.agent_billing { "in use" } else { "not in use" },
    );
    HistoryLine::about_tenant(app.clock.now(), "settings_saved", description)
}
