//! Webhooks: every change of a connected company is told to the app's endpoint.
//!
//! A write notes its [`Changes`] in the ledger. Once a call is answered, [`tell`] turns what was
//! noted into one [`Delivery`](outbox::Delivery) of the company's [`Outbox`], and a [`courier`] in
//! the background posts what is due. No call waits for that.

mod changes;
mod courier;
mod operations;
mod outbox;
mod payload;
mod schedule;
mod signature;
mod subscription;

pub(crate) use changes::{Changes, What};
pub(crate) use courier::deliver;
pub(crate) use operations::Event;
pub(crate) use outbox::{Attempt, Delivery, Outbox};
pub(crate) use subscription::{Subscription, Webhooks};

use crate::{
    switches::OnOff,
    world::{World, locked},
};

/// Puts what a call changed in a company on its way, with everything that is due by its clock now.
pub(crate) fn tell(world: &World, realm: &str) {
    let Some(company) = world.company(realm) else { return };
    let company = &mut *locked(&company);
    let changes = company.ledger.changes.take();
    let now = company.clock.now();
    let listens = company.switches.webhooks == OnOff::On && company.grants.is_connected(now);
    if let Some(subscription) = world.webhooks.subscription()
        && listens
    {
        let events = operations::events(&changes, &company.switches, |object| {
            company.outbox.instant(object, now)
        });
        company.outbox.add(realm, events, &subscription, &company.switches, now);
    }
    if company.outbox.is_due(now, &company.switches) {
        world.webhooks.wake(realm);
    }
}
