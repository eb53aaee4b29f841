//! What becomes of workflows whose choices changed in QuickBooks.

use std::collections::BTreeSet;

use domain::history::HistoryLine;
use domain::id::{CompanyId, ObjectId};
use domain::list::{Entry, List};
use domain::settings::{Choice, Settings, Stage, Value};
use domain::template::Template;

use crate::reading::{ReadError, Reader};
use crate::workflows::{self, Chosen, LOOKS, Unusable};
use crate::{Error, wake};

/// Which of the entries some workflow of the company chose.
pub(super) fn chosen_among(
    settings: &Settings,
    company: &CompanyId,
    list: List,
    ids: &[ObjectId],
) -> BTreeSet<ObjectId> {
    let all = settings.workflows(company).into_iter().flat_map(|workflows| workflows.0.values());
    let chosen = all.flat_map(|setup| workflows::chosen(&setup.configuration));
    chosen
        .filter(|(field, _, choice)| workflows::list_of(*field) == list && ids.contains(&choice.id))
        .map(|(_, _, choice)| choice.id)
        .collect()
}

/// Lets workflows say which of their choices cannot be used, follow new names, and go on when a choice can be used again.
pub(super) async fn look_at(
    reader: &mut Reader<'_>,
    list: List,
    ids: &BTreeSet<ObjectId>,
    entries: &[Entry],
) -> Result<(), ReadError> {
    if ids.is_empty() {
        return Ok(());
    }
    let company = reader.connection.company.clone();
    let of_list: Vec<(List, Entry)> = entries.iter().map(|entry| (list, entry.clone())).collect();
    for template in Template::ALL {
        let (settings, _) = workflows::load(reader.app, reader.tenant).await?;
        let setup = settings.workflows(&company.id).and_then(|all| all.0.get(&template));
        let Some(setup) = setup else { continue };
        let all = workflows::chosen(&setup.configuration);
        let concerned: Vec<Chosen> = all
            .iter()
            .filter(|(field, _, choice)| {
                workflows::list_of(*field) == list && ids.contains(&choice.id)
            })
            .cloned()
            .collect();
        if concerned.is_empty() {
            continue;
        }
        let unusable = workflows::judged(&of_list, &company, &concerned);
        match (unusable.first().map(Unusable::failure), &setup.problem) {
            (Some(failure), _) => {
                let noted = workflows::note_problem(
                    reader.app,
                    reader.tenant,
                    &settings,
                    &company.id,
                    template,
                    &failure.reason,
                );
                if noted.await?.is_none() {
                    return Err(Error::contended("the settings").into());
                }
            }
            (None, problem) => {
                let mended = problem.is_some() && all_usable(reader, &all).await?;
                note(reader, template, &concerned, entries, mended).await?;
            }
        }
    }
    Ok(())
}

/// Whether every choice of a workflow can be used. A metered read for each list concerned.
async fn all_usable(reader: &mut Reader<'_>, all: &[Chosen]) -> Result<bool, ReadError> {
    let company = reader.connection.company.clone();
    let asked = reader
        .ask(async |client, access| workflows::unusable(client, access, &company, all).await)
        .await?;
    let unusable = asked.map_err(Error::quickbooks)?;
    Ok(unusable.is_empty())
}

/// Stores the names that choices have now, and that a workflow is without problems again.
async fn note(
    reader: &Reader<'_>,
    template: Template,
    concerned: &[Chosen],
    entries: &[Entry],
    mended: bool,
) -> Result<(), Error> {
    let (app, tenant) = (reader.app, reader.tenant);
    let company = &reader.connection.company.id;
    for _ in 0..LOOKS {
        let (before, _) = workflows::load(app, tenant).await?;
        let mut settings = before.clone();
        let workflows = settings.companies.entry(company.clone()).or_default();
        let Some(setup) = workflows.0.get_mut(&template) else { return Ok(()) };
        let mut renamed = Vec::new();
        for (field, value) in setup.configuration.chosen_mut() {
            let is_concerned = concerned.iter().any(|(of, _, _)| *of == field);
            let choices: Vec<&mut Choice> = match value {
                Value::Entry(choice) if is_concerned => vec![choice],
                Value::Entries(choices) if is_concerned => choices.values_mut().collect(),
                _ => Vec::new(),
            };
            for choice in choices {
                let entry = entries.iter().find(|entry| entry.id == choice.id);
                if let Some(entry) = entry.filter(|entry| entry.full_name != choice.name) {
                    renamed.push(format!("{} is called {} now", choice.name, entry.full_name));
                    choice.name.clone_from(&entry.full_name);
                }
            }
        }
        if mended {
            setup.problem = None;
            settings.wake_pending |= setup.stage == Stage::Active;
        }
        if settings == before {
            return Ok(());
        }
        let told = if renamed.is_empty() {
            "its choices can be used again".to_owned()
        } else {
            renamed.join("; ")
        };
        let description = format!("{}: {told} in QuickBooks.", template.title());
        let line = HistoryLine::about_tenant(app.clock.now(), "workflow_choices", description);
        if workflows::store(app, tenant, &before, &mut settings, &line).await? {
            return wake::settings(app, tenant, &mut settings).await;
        }
    }
    Err(Error::contended("the settings"))
}
